"""Labels in files of other programs and of our own exports, as tables of text: CSV, JSON, FHIR."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cessl_gui.core.errors import CesslError
from cessl_gui.core.spreadsheet import unguarded
from cessl_gui.tasks.export import fhir

LARGEST_FILE = 256 << 20  # bytes
MOST_ROWS, MOST_COLUMNS = 2_000_000, 2000
LONGEST_CELL = 10_000


class LabelsFileError(CesslError):
    """The file of labels cannot be used; the sentence says which line and why."""


@dataclass(frozen=True)
class Table:
    """columns : names, as written. rows : (line of the file, column -> cell without blanks around it)"""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_table(path: Path) -> Table:
    """Read a CSV file (commas, semicolons or tabs), our JSON export, or a FHIR bundle of ours.

    raises : LabelsFileError
    """
    if path.exists() and not path.is_file():  # a pipe would be waited for, a device read for ever
        raise LabelsFileError(f"{path.name} is not a file.", "Choose a file.")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise LabelsFileError(f"{path.name} is larger than 256 MB.", "Split it.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise LabelsFileError(f"{path.name} is not a text in UTF-8.", "Save it again as CSV UTF-8.") from None
    except OSError as error:
        raise LabelsFileError(f"{path} cannot be read ({error.strerror}).", "Check the path.") from error
    if text.lstrip().startswith("{"):
        return _of_json(text, path.name)
    return _of_csv(text, path.name)


def _of_csv(text: str, name: str) -> Table:
    named = re.match(r"sep=([,;\t])\r?\n", text)  # a line that Excel writes and reads
    text = text[named.end() :] if named else text
    first = text.partition("\n")[0]
    delimiter = named[1] if named else max(",;\t", key=first.count)
    csv.field_size_limit(LARGEST_FILE)  # a note of our own export is as long as its reader wrote it
    rows: list[tuple[int, Mapping[str, str]]] = []
    try:
        # Strict: a quote that is never closed would take all lines after it for one cell.
        # Lines end as CSV has them: a note may hold a form feed or another sign that str.splitlines() ends a line at.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        columns = tuple(_without_empty_end([unguarded(cell.strip()) for cell in next(reader, [])], 0))
        if not any(columns) or len(columns) > MOST_COLUMNS or len(set(columns)) < len(columns):
            raise LabelsFileError(f"{name} has no first line that names its columns, each once.", "Add one.")
        for row_cells in reader:
            cells = _without_empty_end(row_cells, len(columns))
            if len(cells) > len(columns):
                raise LabelsFileError(
                    f"Line {reader.line_num + bool(named)} of {name} has more cells than there are columns.",
                    "Check its commas.",
                )
            if any(cells):
                row = dict(zip(columns, (unguarded(cell).strip() for cell in cells), strict=False))
                rows.append((reader.line_num + bool(named), row))
            if len(rows) > MOST_ROWS:
                raise LabelsFileError(f"{name} has more than {MOST_ROWS:,} rows.", "Split it.")
    except csv.Error as error:
        raise LabelsFileError(
            f"{name} is not a CSV file ({error}).", "Check its quotes, or save it again as CSV."
        ) from error
    return Table(columns, tuple(rows))


def _without_empty_end(cells: list[str], least: int) -> list[str]:
    """Spreadsheets end lines with the commas of columns that were once used."""
    count = len(cells)
    while count > least and not cells[count - 1].strip():
        count -= 1
    return cells[:count]


def _of_json(text: str, name: str) -> Table:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise LabelsFileError(f"{name} is not JSON, or not whole.", "Export it again.") from None
    if document.get("resourceType") == "Bundle":
        return _table(fhir.labels(document), name)
    if isinstance(document.get("rows"), list):
        return _table(document["rows"], name)
    raise LabelsFileError(f"{name} is neither an export of this program nor a FHIR bundle of one.", "Export it again.")


def _table(given: Iterable[Any], name: str) -> Table:
    rows = []
    for number, row in enumerate(given, 1):
        if not isinstance(row, dict) or number > MOST_ROWS:
            raise LabelsFileError(f"{name} is not an export of this program.", "Export it again.")
        rows.append((number, {str(key): str(value).strip()[:LONGEST_CELL] for key, value in row.items()}))
    columns = dict.fromkeys(column for _, row in rows for column in row)
    return Table(tuple(columns), tuple(rows))
