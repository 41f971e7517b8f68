"""The calipers readers set on pages: an append-only trail of events; the current calipers are a view of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple

from cessl_gui.core.types import Caliper
from cessl_gui.store.database import Database, now_utc

COLUMNS = "caliper, lead, start_s, end_s, start_mv, end_mv, marched"  # as the fields of Caliper


class Calipers:
    """Each reader's own calipers, record by record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, record_id: str, changes: Mapping[str, Caliper | None], reader: str, kind: str = "set") -> None:
        """Append calipers of one record in one transaction; None removes. On disk when this returns.

        changes : id of the caliper -> what it is now
        kind    : set, undo, redo
        """
        at_utc = now_utc()
        with self._database.atomic() as db:
            for caliper_id, caliper in changes.items():
                values = astuple(caliper) if caliper else (caliper_id, *[None] * 6)
                db.execute(
                    f"INSERT INTO caliper_events (record_id, {COLUMNS}, reader, at_utc, kind)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (record_id, *values, reader, at_utc, kind),
                )

    def current(self, record_id: str, reader: str) -> tuple[Caliper, ...]:
        """The calipers of one reader on a record, in the order of their setting."""
        rows = self._database.all(
            f"SELECT {COLUMNS} FROM current_calipers WHERE record_id = ? AND reader = ?", (record_id, reader)
        )
        return tuple(_caliper(row) for row in rows)

    def history(self, record_id: str) -> list[dict]:
        """Every event of a record, oldest first; lead None: removed."""
        rows = self._database.all(
            f"SELECT {COLUMNS}, reader, at_utc, kind FROM caliper_events WHERE record_id = ? ORDER BY seq",
            (record_id,),
        )
        return [dict(row) for row in rows]

    def all_current(self) -> list[dict]:
        """All current calipers with who set them and when: record_id, caliper, lead, ..., reader, at_utc."""
        return [dict(row) for row in self._database.all("SELECT * FROM current_calipers")]


def _caliper(row: sqlite3.Row) -> Caliper:
    id_, lead, start_s, end_s, start_mv, end_mv, marched = row
    return Caliper(id_, lead, start_s, end_s, start_mv, end_mv, bool(marched))
