"""Merged statements: labels of the one count as labels of the other, whenever and from wherever they come.

A merge is a choice that readers agree on, in the log. What counts by it is no act: it follows from the label that it
comes from, has that one's act, and goes with it. What a reader has said of the other statement itself stands.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cessl_gui.store.sqlite.database import Database

SETTING = "merges"  # texts, see `text`
TO_BRING_IN = "merges to bring in"  # a setting of this project alone, see `to_bring_in`
AT_ONCE = 1000  # records of which all labels are brought up in the transaction of a merge
TOGETHER = 200  # records in one transaction where there are more
LET_OTHERS_S = 0.002  # who waits for the lock has it before the next transaction

Span = tuple[str, str]

_MERGES = "SELECT json_extract(value, '$[0]') AS code, json_extract(value, '$[1]') AS other FROM json_each(?1)"
_ADD = (
    f"INSERT OR IGNORE INTO labels SELECT l.record_id, m.other, l.reader, l.state, l.act, 0 FROM ({_MERGES}) AS m"
    " JOIN labels AS l ON l.code = m.code WHERE l.state IS NOT NULL AND l.reader <> 'header'{of_records}"
    " ORDER BY CASE l.state WHEN 'present' THEN 0 WHEN 'uncertain' THEN 1 ELSE 2 END, l.act DESC"
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
    """Add what counts as another statement to labels made from the log alone, of one record or of all."""
    _add(db, (record_id, record_id) if record_id else None)


def change(db: sqlite3.Connection, before: Sequence[tuple[str, str]]) -> set[str]:
    """Bring labels up to the merges that hold now: at once where records are few, else `bring_in` has to follow.

    before  : the merges that held
    returns : the records concerned, as far as they are brought up
    """
    now = merges(db)
    if now == before:
        return set()
    pairs = sorted({*to_bring_in(db), *before, *now})
    if db.execute("SELECT COUNT(*) FROM records").fetchone()[0] > AT_ONCE:
        db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (TO_BRING_IN, json.dumps(pairs)))
        return set()
    return _bring_up(db, pairs)


def to_bring_in(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """The merges, made or taken apart, that not all labels follow yet; `bring_in` goes on where it broke off."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (TO_BRING_IN,)).fetchone()
    try:
        return [(str(code), str(other)) for code, other in json.loads(row[0])] if row else []
    except (ValueError, TypeError, RecursionError):
        return merges(db)


def bring_in(database: Database, between: Callable[[float], None] = lambda share: None) -> set[str]:
    """Bring the labels of all records up to the merges that hold, some records in each transaction.

    Who gives a label meanwhile goes between. What is done stays if the program ends, and the next call goes on.
    between : hears the share that is done
    returns : the records concerned
    """
    concerned, last, count, pairs = set[str](), "", 0, to_bring_in(database.connection)
    total = database.connection.execute("SELECT COUNT(*) FROM records").fetchone()[0] if pairs else 0
    while pairs:
        rows = database.all("SELECT id FROM records WHERE id > ? ORDER BY id LIMIT ?", (last, TOGETHER))
        with database.atomic() as db:
            now = to_bring_in(db)
            if now != pairs:  # another merge came between
                last, count, pairs = "", 0, now
                continue
            if not rows:
                db.execute("DELETE FROM settings WHERE key = ?", (TO_BRING_IN,))
                break
            concerned |= _bring_up(db, pairs, (rows[0][0], rows[-1][0]))
        last, count = rows[-1][0], count + len(rows)
        # Else the next label's commit would write what was done here back into the database: up to a second.
        database.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        between(count / max(total, 1))
        time.sleep(LET_OTHERS_S)
    return concerned


def _add(db: sqlite3.Connection, span: Span | None) -> None:
    """Of several labels that count as one, present goes before uncertain, and that before absent: who found one, and
    marked the rest of the panel absent, did find it. span : the first and the last record; None: all"""
    pairs = merges(db)
    of_records, values = _within(span, "l.record_id")
    for _ in pairs:  # a statement may be merged into one that is merged itself
        if db.execute(_ADD.format(of_records=of_records), (json.dumps(pairs), *values)).rowcount <= 0:
            break


def _bring_up(db: sqlite3.Connection, pairs: Sequence[tuple[str, str]], span: Span | None = None) -> set[str]:
    """The labels of these records, after merges of these pairs were made or taken apart."""
    of_records, values = _within(span, "record_id")
    asked = (json.dumps(pairs), *values)
    others = f"code IN (SELECT other FROM ({_MERGES})){of_records}"
    db.execute(
        f"DELETE FROM labels WHERE {others}"
        " AND (SELECT json_extract(payload, '$.code') FROM acts WHERE id = act) <> code",
        asked,
    )
    _add(db, span)
    db.execute(
        "UPDATE labels AS o SET shown = (act IS (SELECT MAX(act) FROM labels AS i WHERE i.record_id = o.record_id"
        f" AND i.code = o.code AND i.reader <> 'header')) WHERE {others}",
        asked,
    )
    rows = db.execute(
        f"SELECT DISTINCT record_id FROM labels WHERE code IN (SELECT code FROM ({_MERGES})){of_records}", asked
    ).fetchall()
    return {row[0] for row in rows}


def _within(span: Span | None, column: str) -> tuple[str, tuple[str, ...]]:
    """A condition on the records, after one other value of the query, and its values."""
    return (f" AND {column} BETWEEN ?2 AND ?3", span) if span else ("", ())
