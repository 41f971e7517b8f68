"""Merged statements: labels of the one count as labels of the other, whenever and from wherever they come.

A merge is a choice that readers agree on, in the log. What counts by it is no act: it follows from the label that it
comes from, has that one's act, and goes with it. What a reader has said of the other statement itself stands.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

SETTING = "merges"  # texts, see `text`

_MERGES = "SELECT json_extract(value, '$[0]') AS code, json_extract(value, '$[1]') AS other FROM json_each(?1)"
_ADD = (
    f"INSERT OR IGNORE INTO labels SELECT l.record_id, m.other, l.reader, l.state, l.act, 0 FROM ({_MERGES}) AS m"
    " JOIN labels AS l ON l.code = m.code WHERE l.state IS NOT NULL AND l.reader <> 'header'{of_record}"
    " ORDER BY l.act DESC"
)


def text(code: str, other: str) -> str:
    """A merge as the setting keeps it."""
    return json.dumps([code, other], ensure_ascii=False)


def pair(merge: str) -> tuple[str, str]:
    """The code of the merged statement and that of the other. raises : ValueError for what is no merge"""
    code, other = json.loads(merge)
    if not (isinstance(code, str) and isinstance(other, str) and code and other and "\0" not in code + other):
        raise ValueError("no merge")
    if text(code, other) != merge:
        raise ValueError("not written as this program writes it")
    return code, other


def merges(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """(code of the merged statement, code of the other) of all merges that hold."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (SETTING,)).fetchone()
    try:
        return [pair(one) for one in json.loads(row[0])] if row else []
    except (ValueError, TypeError, RecursionError):  # altered by hand; `verify` names it
        return []


def add(db: sqlite3.Connection, record_id: str = "") -> None:
    """Add what counts as another statement to labels made from the log alone, of one record or of all.

    Of several labels that count as one the latest does.
    """
    pairs = merges(db)
    query = _ADD.format(of_record=" AND l.record_id = ?2" if record_id else "")
    values = (json.dumps(pairs), record_id) if record_id else (json.dumps(pairs),)
    for _ in pairs:  # a statement may be merged into one that is merged itself
        if db.execute(query, values).rowcount <= 0:
            break


def change(db: sqlite3.Connection, before: Sequence[tuple[str, str]]) -> set[str]:
    """Bring all labels up to the merges that hold now. before : those that held. returns : the records concerned"""
    now = merges(db)
    if now == before:
        return set()
    pairs = json.dumps(sorted({*before, *now}))
    others = f"code IN (SELECT other FROM ({_MERGES}))"
    db.execute(
        f"DELETE FROM labels WHERE {others}"
        " AND (SELECT json_extract(payload, '$.code') FROM acts WHERE id = act) <> code",
        (pairs,),
    )
    add(db)
    db.execute(
        "UPDATE labels AS o SET shown = (act IS (SELECT MAX(act) FROM labels AS i WHERE i.record_id = o.record_id"
        f" AND i.code = o.code AND i.reader <> 'header')) WHERE {others}",
        (pairs,),
    )
    rows = db.execute(
        f"SELECT DISTINCT record_id FROM labels WHERE code IN (SELECT code FROM ({_MERGES}))", (pairs,)
    ).fetchall()
    return {row[0] for row in rows}
