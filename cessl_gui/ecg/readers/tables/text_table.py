"""Text tables: CSV and TXT of any dialect, Apple Watch too. What a table does not say is guessed, and said so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.spreadsheet import unguarded_line
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.given import Given, hertz, step_of
from cessl_gui.ecg.readers.guesses import (
    CLOCKS_DIFFER,
    RATES_HZ,
    are_whole,
    guessed_leads,
    guessed_rate,
    guessed_step,
    rate_by_frequency,
)
from cessl_gui.ecg.readers.person import agreed, sex_word
from cessl_gui.ecg.readers.recording import (
    Facts,
    checked_size,
    read_bytes,
    recording,
    sha256,
    signal_of,
    statement_lines,
)
from cessl_gui.ecg.readers.stand_ins import without_stand_ins
from cessl_gui.ecg.readers.tables.above import ONCE, all_said, differs, heading, rate_by_interval, said_by
from cessl_gui.ecg.readers.tables.body import LOOKED_THROUGH, blocks, values_of
from cessl_gui.ecg.readers.tables.clock import without_clock
from cessl_gui.ecg.readers.tables.column_names import SIGNAL_NAME, bare, is_column, is_unit, step_in, unit_in
from cessl_gui.ecg.readers.tables.decimal_comma import comma_separates, marked_thousands
from cessl_gui.ecg.readers.tables.fills import without_fill
from cessl_gui.ecg.readers.tables.statistics import disagreeing

NAME = "text table (CSV)"
LARGEST_TEXT = 1 << 27  # bytes
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
LEAST_ROWS = 10
MOST_BEFORE = 60  # lines before the numbers
LOOKED_AT, FAR = 200, 3.0  # rows after the first; of the largest change from one of them to the next
VALUE = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?", re.ASCII)
MISSING = re.compile(r"nan|na|n/a|null|none|-|", re.IGNORECASE)


@dataclass
class _Table:
    """before: key -> value of the lines above; names: of the columns, if any; body: the lines of numbers.

    again : key -> another value, of what is said twice
    person : what the lines above say of the patient and the recording

    doubt : what is guessed of them
    """

    separator: str
    decimal_comma: bool
    before: dict[str, str] = field(default_factory=dict)
    again: dict[str, str] = field(default_factory=dict)
    person: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    body: str = ""
    columns: int = 0
    doubt: str = ""


def claims(head: bytes, path: Path) -> bool:
    """Rows of numbers, and if they have a heading, one that names leads, times or voltages."""
    if (b"\0" in head and head[:2] not in UTF_16) or head[:1] in (b"<", b"{", b"["):
        return False
    try:
        table = _table(_decoded(head), whole=len(head) < 4096)
    except ValueError:
        return False
    return (
        bool({"rate", "some rate"} & table.before.keys())
        or any(canonical_lead(bare(name)) in LEADS_12 for name in table.names)
        or all(map(is_column, table.names))
    )


def read(path: Path, given: Given | None = None) -> Record:
    """Read a table of samples; `given` goes before what the table says or suggests.

    raises : UnreadableRecording with the reason; where only a person can know, it asks for the setting
    """
    given = given or Given()
    digest, text = _text(path)
    try:
        table = _table(text, whole=True, leads=len(given.leads))
        del text  # of a long table each copy takes a hundred MB
        values = values_of(table.body, table.separator, table.columns, decimal_comma=table.decimal_comma)
    except ValueError as error:
        raise UnreadableRecording(f"{path.name} is no table of numbers ({error}).", "Check the file.") from error
    if number := marked_thousands(table.body, table.separator):
        raise UnreadableRecording(
            f"{path.name} writes {number} beside numbers without decimals: it may be a thousand times as much.",
            "Export it without marks of thousands.",
        )
    checked_size(path, *values.shape)
    facts = _facts(table)
    guesses = [f"{table.doubt} (--set leads=...)"] if table.doubt else []
    guesses += _said_twice(table, given, values.shape[1])
    names = table.names or [""] * len(values)
    stated_hz, some_hz = _stated_hz(table), hertz(table.before.get("some rate", ""))
    values, names, clock_hz = without_clock(path, values, names, facts.warnings)
    values, names = _voltages(values, names, facts.warnings)
    values, doubts = without_fill(values, _of_kind(table, "fill "), facts.warnings)
    values = without_stand_ins(values, list(map(bare, names)), facts.warnings)
    _check_first_row(path, values, names)
    fs_hz = given.fs_hz or stated_hz or clock_hz
    if not fs_hz and some_hz:
        fs_hz = rate_by_frequency(path, some_hz, values.shape[1], guesses, _rate_by_duration(table, values.shape[1]))
    fs_hz = fs_hz or guessed_rate(path, values.shape[1], guesses)
    if stated_hz and clock_hz and abs(stated_hz / clock_hz - 1) > CLOCKS_DIFFER and not given.fs_hz:
        facts.warnings.append(f"the file states {stated_hz:g} Hz, which is taken; by its clock it has {clock_hz:g} Hz")
    leads = list(given.leads) or list(map(bare, names))
    if not any(leads) and len(leads) == 1 and "lead" in table.before:
        leads = [re.sub(r"^(lead|ableitung|dérivation|derivación)\s+", "", table.before["lead"], flags=re.IGNORECASE)]
    if not any(leads):
        leads = guessed_leads(values, guesses)
    if len(leads) != len(values):
        raise UnreadableRecording(
            f"{path.name} has {len(values)} columns of samples, and {len(leads)} leads are named.", "Name each column."
        )
    stated = _steps(names, table.before.get("unit", ""), given)
    steps = [step or 0.0 for step in stated]
    if unsaid := [place for place, step in enumerate(stated) if step is None]:
        guessed = guessed_step(path, values[unsaid], [leads[place] for place in unsaid], guesses, len(leads))
        steps = [step or guessed for step in steps]
    if "unread rate" in table.before and not (given.fs_hz or stated_hz):
        guesses.append(f"sampling rate {table.before['unread rate'][:40]!r} not understood: not applied (--set fs=...)")
    later: list[str] = []
    signal = signal_of(values, leads, steps, later, sixteen_bit=are_whole(values), raw=False)
    doubts += [table.before["step"]] if "step" in table.before else []
    doubts += disagreeing(values, signal, _of_kind(table, "statistic "))
    if doubts and not given.step_mv:
        words = ", ".join(repr(doubt[:60]) for doubt in doubts)
        guesses.append(f"meaning of {words} not stated: not applied (--set unit=5uV gives the step)")
    facts.warnings += guesses + later
    return recording(path, digest, NAME, signal, leads, fs_hz, facts, guesses=tuple(guesses))


def _said_twice(table: _Table, given: Given, samples: int) -> list[str]:
    """What the file says in two ways, where no person says which holds."""
    again = dict(table.again)
    unit = table.before.get("unit", "")
    for other in filter(None, map(unit_in, table.names)):
        if unit and step_of(other) is not None and differs("unit", unit, other):
            again.setdefault("unit", f"{other} in the heading")
    by_interval = rate_by_interval(table.before.get("interval", ""))
    stated_hz = _stated_hz(table)
    for what, hz in (("duration", _rate_by_duration(table, samples)), ("interval of the samples", by_interval)):
        if stated_hz and hz and abs(stated_hz / hz - 1) > CLOCKS_DIFFER:
            again.setdefault("rate", f"{hz:.5g} Hz by the {what}")
    settled = {"rate": given.fs_hz, "unit": given.step_mv, "lead": given.leads or table.columns > 1}
    return [
        f"{key} said twice, another time as {value[:40]!r}: not applied (--set {ONCE[key][1]}=...)"
        for key, value in again.items()
        if not settled[key]
    ]


def _check_first_row(path: Path, values: np.ndarray, names: list[str]) -> None:
    """raises : UnreadableRecording for no samples, and for a first row that is a rate or a gain of each column"""
    if not len(values):
        raise UnreadableRecording(f"{path.name} holds no column of samples.", "Check the file.")
    first, others = values[:, 0], values[:, 1 : 1 + LOOKED_AT]
    is_one = np.isin(first, RATES_HZ).all() or (len(first) > 1 and first[0] >= 1 and (first == first[0]).all())
    if not (any(names) and is_one and others.shape[1] >= LEAST_ROWS):
        return
    largest = np.abs(np.diff(others, axis=1)).max(axis=1)
    if (np.abs(first - others[:, 0]) > FAR * largest).all():  # NaN is not
        row = " ".join(f"{x:g}" for x in first[:3])
        raise UnreadableRecording(
            f"The first numbers of {path.name}, {row}, are far from all others: they may be rates or gains.",
            "Say them in a line above the heading, and take that row out.",
        )


def _of_kind(table: _Table, kind: str) -> dict[str, list[str]]:
    return {key.removeprefix(kind): [value] for key, value in table.before.items() if key.startswith(kind)}


def _stated_hz(table: _Table) -> float | None:
    """The sampling rate that is stated, or that the stated time between two samples tells."""
    return hertz(table.before.get("rate", "")) or rate_by_interval(table.before.get("interval", ""))


def _rate_by_duration(table: _Table, samples: int) -> float | None:
    """What the stated duration tells, None where none is stated in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|sec\w*|sek\w*)?", table.before.get("duration", ""), re.IGNORECASE)
    return samples / float(match[1]) if match and float(match[1]) else None


def _text(path: Path) -> tuple[str, str]:
    """The SHA-256 of a file, and its text."""
    data = read_bytes(path, LARGEST_TEXT)
    return sha256(data), _decoded(data)


def _decoded(data: bytes) -> str:
    if data.startswith(UTF_16):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _table(text: str, whole: bool, leads: int = 0) -> _Table:
    """Where the numbers begin, how they are separated, and what stands above them.

    whole  : the text goes to the end of the file; else its last line is cut
    leads  : how many a person says there are; 0 where nothing is said
    raises : ValueError where there are no rows of numbers
    """
    lines = text[:LOOKED_THROUGH].splitlines()
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    for separator, comma in ((";", True), ("\t", True), (",", False), (None, True)):
        start = _start(lines, separator, comma)
        if start is not None:
            break
    else:
        raise ValueError("no rows of numbers in it")
    first = _cells(lines[start], separator)
    above = [line for line in lines[:start] if line.strip()]
    doubt = ""
    if len(first) == 1 and "," in first[0]:
        separates = _comma_separates(lines[start : start + 200], above)
        if separates is None:
            doubt = f"the comma of {first[0][:40]!r} taken for a decimal point, and not for the end of a column"
            separates = leads == 2
        if separates:
            separator, comma = ",", False
            first = _cells(lines[start], separator)
    count = len(above)
    while (
        above[:count]
        and len(_cells(above[count - 1], separator)) == len(first)
        and not said_by(above[count - 1]).keys() & {"rate", "some rate", "unread rate", "interval", "unit", "lead"}
    ):
        count -= 1
    names, rates, units, used = heading([_cells(line, separator) for line in above[count:]])
    before, again, said = all_said(above[: len(above) - used], rates, units)
    table = _Table(
        separator or " ", comma, before, again, said, names, columns=len(first), doubt="" if leads else doubt
    )
    if whole:  # whatever ends the lines
        lines = "\n".join("\n".join(block.splitlines()) for block in blocks(text)).split("\n", start)
    table.body = "\n".join(lines[start:])
    return table


def _comma_separates(rows: list[str], above: list[str]) -> bool | None:
    """As comma_separates; False where a line above says which lead it is."""
    if any("lead" in said_by(line) for line in above):
        return False
    headings = [[cell.strip(" '\"#") for cell in _cells(line, ",")] for line in above if not said_by(line)]
    for cells in headings:
        if SIGNAL_NAME.fullmatch(cells[0]) and [*map(is_unit, cells)] == [False, True]:  # Voltage, mV
            del cells[1:]
    return comma_separates(rows, headings, lambda cell: is_unit(cell) or is_column(cell) or bool(step_in(cell)))


def _cells(line: str, separator: str | None) -> list[str]:
    cells = [cell.strip().strip('"') for cell in line.strip("\r\n").split(separator)]
    return cells[:-1] if len(cells) > 1 and not cells[-1] and separator else cells


def _start(lines: list[str], separator: str | None, comma: bool) -> int | None:
    """The first of LEAST_ROWS lines of numbers of one width (or of fewer, long ones); None if there are none."""
    for start, line in enumerate(lines[:MOST_BEFORE]):
        cells = _cells(line, separator)
        if not _numeric(cells, comma):
            continue
        rows = [_cells(row, separator) for row in lines[start : start + LEAST_ROWS]]
        long = len(cells) >= 200
        if (len(rows) == LEAST_ROWS or long) and all(len(r) == len(cells) and _numeric(r, comma) for r in rows):
            return start
        return start if long and len(rows) == 1 else None
    return None


def _numeric(cells: list[str], comma: bool) -> bool:
    if not any(VALUE.fullmatch(cell) for cell in cells):
        return False
    return all((VALUE.fullmatch(cell) and (comma or "," not in cell)) or MISSING.fullmatch(cell) for cell in cells)


def _voltages(values: np.ndarray, names: list[str], warnings: list[str]) -> tuple[np.ndarray, list[str]]:
    """The columns without those that are in a unit of something else, where others are in one of voltage."""
    units = list(map(unit_in, names))
    kept = [not unit or step_of(unit) is not None for unit in units]
    if all(kept) or not any(unit and step_of(unit) for unit in units):
        return values, names
    for name, is_kept in zip(names, kept, strict=True):
        if not is_kept:
            warnings.append(f"column {name} left out: its unit is no voltage")
    return values[kept], [name for name, is_kept in zip(names, kept, strict=True) if is_kept]


def _steps(names: list[str], unit: str, given: Given) -> list[float | None]:
    """mV of the number 1 in each column, None where nothing says it."""
    stated = [step_in(name, unit) for name in names]
    if given.step_mv and (all(stated) or not any(stated)):
        return [given.step_mv] * len(names)
    return [step or given.step_mv for step in stated]  # one that is said for some is that of those that state none


def _facts(table: _Table) -> Facts:
    taken, not_taken = agreed(table.person)
    return Facts(
        patient=taken.get("patient", ""),
        recorded_at=taken.get("date", ""),
        age=taken.get("age", ""),
        birth=taken.get("birth", ""),
        sex=sex_word(taken.get("sex", "")),
        warnings=not_taken,
        device_statements=statement_lines(map(unguarded_line, table.before.get("statement", "").split("\n"))),
    )
