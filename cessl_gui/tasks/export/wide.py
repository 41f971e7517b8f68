"""Labels as a wide table: a row per ECG and reader, a column per statement, what was decided, note and marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from cessl_gui.core.statements.vocabulary import OWN, vocabulary
from cessl_gui.core.types import RecordInfo, State

BEFORE = ("record", "reading", "reader", "note", "marks")
DECIDED = "decided: "  # begins the column of what was decided on a statement; no statement is called so


def wide_table(
    infos: Iterable[RecordInfo],
    rows: Iterable[Mapping[str, Any]],
    notes: Iterable[Mapping[str, Any]] = (),
    marks: Iterable[Mapping[str, Any]] = (),
    decisions: Mapping[str, Mapping[str, State]] = MappingProxyType({}),
) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Return (columns, rows): states as words, empty where the reader has not assessed the statement.

    rows  : record_id, code, state, reader of each label
    notes : record_id, reader, note
    marks : record_id, reader, code, start_s, end_s, lead of each marked beat and stretch
    decisions : record_id -> code -> what was decided where readers differ: in the rows of all of them, or in one
                without a reader where nobody says anything any more
    A column has the name of its statement, or its code where that name means another one too.
    """
    said: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        said.setdefault((row["record_id"], row["reader"]), {})[row["code"]] = str(row["state"])
    noted = {(row["record_id"], row["reader"]): str(row["note"]) for row in notes}
    marked: dict[tuple[str, str], list[str]] = {}
    for row in marks:
        marked.setdefault((row["record_id"], row["reader"]), []).append(_mark(row))
    column = _columns({code for states in said.values() for code in states})
    decided = _columns({code for states in decisions.values() for code in states})
    readers: dict[str, list[str]] = {}
    for record_id, reader in sorted({*said, *noted, *marked}):
        readers.setdefault(record_id, []).append(reader)
    for record_id in decisions:
        readers.setdefault(record_id, [""])
    table = [
        {"record": info.id, "reading": str(info.reading), "reader": reader}
        | {"note": noted.get((info.id, reader), ""), "marks": "; ".join(marked.get((info.id, reader), ()))}
        | {name: said.get((info.id, reader), {}).get(code, "") for code, name in column.items()}
        | {f"{DECIDED}{name}": str(decisions.get(info.id, {}).get(code, "")) for code, name in decided.items()}
        for info in infos
        for reader in readers.get(info.id, ())
    ]
    return (*BEFORE, *column.values(), *(f"{DECIDED}{name}" for name in decided.values())), table


def names_statement(column: str) -> bool:
    """Whether a column of an earlier wide table can be that of a statement."""
    word = column.removeprefix(DECIDED)
    return word.startswith(OWN) or vocabulary().find(word) is not None


def _mark(row: Mapping[str, Any]) -> str:
    """E.g. "PVC at 2.31 s in V1", "AF 3.00 to 8.50 s in all leads"."""
    where = f"in {row['lead']}" if row["lead"] else "in all leads"
    when = f"at {row['start_s']:.2f}" if row["end_s"] is None else f"{row['start_s']:.2f} to {row['end_s']:.2f}"
    return f"{vocabulary()[row['code']].abbreviation} {when} s {where}"


def _columns(used: set[str]) -> dict[str, str]:
    """Code -> its column, in the order of the vocabulary."""
    in_order = [s.code for s in vocabulary().statements if s.code in used]
    return {code: _column(code) for code in (*in_order, *sorted(used - set(in_order)))}


def _column(code: str) -> str:
    name = vocabulary()[code].name
    known = vocabulary().find(name)
    return name if known and known.code == code else code
