"""Consent withdrawn: what a project holds of a recording is erased; that acts were done, by whom and when, stays.

The hash of an act is over the digest of what it says, so that the chain stays whole. A removal is an act and travels
like any other; what others add to a removed recording later is erased as it arrives.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from cessl_gui.core.errors import ProjectError
from cessl_gui.store.care import backups
from cessl_gui.store.log import acts

if TYPE_CHECKING:
    from cessl_gui.store.log.acts import Act
    from cessl_gui.store.sqlite.database import Database


TO_FORGET = "to forget"  # a setting of this project alone: record id -> whether copies of earlier days hold it too


def remove(database: Database, record_ids: Iterable[str], reader: str, why: str) -> list[str]:
    """Erase recordings and all that was said of them, on disk when this returns, but for what is `to_forget`.

    returns : the ids of what was removed
    raises  : ProjectError
    """
    database.connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    with database.atomic() as db:
        for record_id in record_ids:
            rows = db.execute(
                "SELECT content FROM record_contents WHERE record_id = ? ORDER BY content", (record_id,)
            ).fetchall()
            if not rows:
                raise ProjectError(f"There is no recording {record_id[:60]} in this project.", "Check its id.")
            payload = {"contents": [row[0] for row in rows], "why": why}
            acts.append(database, "removal", record_id, reader, payload, how="removal")
        return follow(database)


def follow(database: Database) -> list[str]:
    """Erase what the log says is removed, as far as it is here, in the transaction of the caller.

    returns : the ids of the recordings that were
    """
    db = database.connection
    rows = db.execute(f"SELECT {acts.COLUMNS} FROM acts WHERE kind = 'removal' ORDER BY id").fetchall()
    for act in acts.acts(rows):
        contents = [(one, act.id) for one in act.content.get("contents", [])]
        db.executemany(
            "INSERT INTO removed VALUES (?, ?) ON CONFLICT DO UPDATE SET act = min(act, excluded.act)", contents
        )
    _widen(database)
    erased = db.execute(
        f"SELECT {acts.COLUMNS} FROM acts WHERE payload IS NOT NULL AND kind <> 'removal'"
        " AND record IN (SELECT content FROM removed)"
    ).fetchall()
    for act in acts.acts(erased):
        db.execute(
            "UPDATE acts SET payload = NULL, salt = '', digest = ? WHERE id = ?",
            (acts.digest(act.salt, act.payload or ""), act.id),
        )
    gone = [
        row[0]
        for row in db.execute(
            "SELECT DISTINCT record_id FROM record_contents WHERE content IN (SELECT content FROM removed)"
        ).fetchall()
    ]
    tables = tables_of_records(db)
    for record_id in gone:
        for table in tables:
            db.execute(f"DELETE FROM {table} WHERE record_id = ?", (record_id,))
        db.execute("DELETE FROM records WHERE id = ?", (record_id,))
    note_to_forget(db, gone, True)
    return gone


def concerns(db: sqlite3.Connection, added: Sequence[Act]) -> bool:
    """Whether one of these acts, which are in the log, removes a recording, or is of one that was removed."""
    removed = "SELECT 1 FROM removed WHERE content IN (SELECT value FROM json_each(?)) LIMIT 1"
    contents = json.dumps([*{act.record for act in added}])
    return any(act.kind == "removal" for act in added) or db.execute(removed, (contents,)).fetchone() is not None


def to_forget(db: sqlite3.Connection) -> dict[str, bool]:
    """Records of which signals outside the tables are still to be deleted -> whether they are in copies too.

    It is kept with what erased them: a kill, a full disk or a person who cancels leaves it to the next opening.
    """
    row = db.execute("SELECT value FROM settings WHERE key = ?", (TO_FORGET,)).fetchone()
    try:
        return {str(record_id): bool(copies) for record_id, copies in json.loads(row[0]).items()} if row else {}
    except (ValueError, TypeError, AttributeError, RecursionError):  # altered by hand
        return {}


def note_to_forget(db: sqlite3.Connection, record_ids: Iterable[str], copies: bool) -> None:
    """Add to these, in the transaction of the caller."""
    before = to_forget(db)
    now = before | {record_id: copies or before.get(record_id, False) for record_id in record_ids}
    if now != before:
        db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (TO_FORGET, json.dumps(now)))


def forgotten(database: Database, record_ids: Iterable[str]) -> None:
    """The signals of these are deleted: let go of the copies, then of the note."""
    if any(to_forget(database.connection).values()):
        forget_copies(database)
    with database.atomic() as db:
        left = {one: copies for one, copies in to_forget(db).items() if one not in set(record_ids)}
        db.execute("DELETE FROM settings WHERE key = ?", (TO_FORGET,))
        note_to_forget(db, left, False)


def _widen(database: Database) -> None:
    """Remove recordings by every content they have here: who removed them elsewhere may not have met all of them."""
    partly = database.all(
        "SELECT c.record_id, MIN(r.act) AS act FROM record_contents AS c JOIN removed AS r ON r.content = c.content"
        " WHERE EXISTS (SELECT 1 FROM record_contents AS o WHERE o.record_id = c.record_id"
        " AND o.content NOT IN (SELECT content FROM removed)) GROUP BY c.record_id"
    )
    for record_id, act_id in partly:
        rows = database.all("SELECT content FROM record_contents WHERE record_id = ? ORDER BY content", (record_id,))
        _remove_too(database, record_id, [one[0] for one in rows], act_id)


def widen(database: Database, contents: Sequence[str], gone: str) -> None:
    """Remove all contents of a recording of which one is removed; `follow` has to come after it."""
    (row,) = database.all("SELECT act FROM removed WHERE content = ?", (gone,))
    _remove_too(database, gone, contents, row["act"])


def _remove_too(database: Database, record_id: str, contents: Sequence[str], act_id: str) -> None:
    """Add the removal of these contents, by who has removed the recording, and for the same reason."""
    (row,) = database.all("SELECT reader, payload FROM acts WHERE id = ?", (act_id,))
    payload = {"contents": sorted(contents), "why": acts.content(row["payload"]).get("why", "")}
    acts.append(database, "removal", record_id, row["reader"], payload, how="removal")


def forget_copies(database: Database) -> None:
    """Let no copy of earlier days, no log and no free page hold what was erased: a fresh copy takes their place."""
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.connection.execute("VACUUM")
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fresh = backups.today(database.backups)
    backups.back_up(database.connection, fresh)
    kept_beside = database.path.parent.glob("damaged-*.sqlite*")  # by a repair, with their logs
    for copy in (*database.backups.glob("*.sqlite"), *kept_beside):
        if copy != fresh:
            with suppress(OSError):
                copy.unlink()


def tables_of_records(db: sqlite3.Connection) -> list[str]:
    """Every table with rows of records, whoever added it to the schema."""
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    return [
        name for name in names if any(row[2] == "records" for row in db.execute(f"PRAGMA foreign_key_list({name})"))
    ]
