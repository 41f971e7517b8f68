"""Labels as a wide table: a row per ECG and reader, a column per statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cessl_gui.core.types import RecordInfo
from cessl_gui.core.vocabulary import vocabulary

BEFORE = ("record", "reading", "reader")


def wide_table(
    infos: Iterable[RecordInfo], rows: Iterable[Mapping[str, Any]]
) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Return (columns, rows): states as words, empty where the reader has not assessed the statement.

    rows : record_id, code, state, reader of each label
    A column has the name of its statement, or its code where that name means another one too.
    """
    said: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        said.setdefault((row["record_id"], row["reader"]), {})[row["code"]] = str(row["state"])
    used = {code for states in said.values() for code in states}
    in_order = [s.code for s in vocabulary().statements if s.code in used]
    column = {code: _column(code) for code in (*in_order, *sorted(used - set(in_order)))}
    readers: dict[str, list[str]] = {}
    for record_id, reader in sorted(said):
        readers.setdefault(record_id, []).append(reader)
    table = [
        {"record": info.id, "reading": str(info.reading), "reader": reader}
        | {name: said[info.id, reader].get(code, "") for code, name in column.items()}
        for info in infos
        for reader in readers.get(info.id, ())
    ]
    return (*BEFORE, *column.values()), table


def _column(code: str) -> str:
    name = vocabulary()[code].name
    known = vocabulary().find(name)
    return name if known and known.code == code else code
