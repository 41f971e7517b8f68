"""The marks readers set on median beats: an append-only trail of events; the current marks are a view of it."""

from __future__ import annotations

from collections.abc import Mapping

from cessl_gui.store.database import Database, now_utc
from cessl_gui.store.undone import origins

_UNDONE = (
    "SELECT * FROM measurement_events WHERE (record_id, mark) IN"
    " (SELECT record_id, mark FROM measurement_events WHERE kind IN ('undo', 'redo')) ORDER BY seq"
)


class Marks:
    """Readers' own marks, in ms from the R peak of the median beat. A mark without a current event is the program's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, record_id: str, changes: Mapping[str, float | None], reader: str, kind: str = "set") -> None:
        """Append marks of one record in one transaction; None takes a mark back. On disk when this returns.

        kind : set, undo, redo
        """
        at_utc = now_utc()
        with self._database.atomic() as db:
            for mark, value_ms in changes.items():
                db.execute(
                    "INSERT INTO measurement_events (record_id, mark, value_ms, reader, at_utc, kind)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (record_id, mark, value_ms, reader, at_utc, kind),
                )

    def current(self, record_id: str) -> dict[str, float]:
        """Mark -> ms, the latest word of a reader."""
        rows = self._database.all("SELECT mark, value_ms FROM current_marks WHERE record_id = ?", (record_id,))
        return {row["mark"]: row["value_ms"] for row in rows}

    def history(self, record_id: str) -> list[dict]:
        """Every event of a record, oldest first: mark, value_ms, reader, at_utc, kind."""
        rows = self._database.all(
            "SELECT mark, value_ms, reader, at_utc, kind FROM measurement_events WHERE record_id = ? ORDER BY seq",
            (record_id,),
        )
        return [dict(row) for row in rows]

    def all_current(self) -> list[dict]:
        """All current marks with who set them and when: record_id, mark, value_ms, reader, at_utc.

        A mark that came back by undo is of the reader, and the time, of whom it was before.
        """
        rows = [dict(row) for row in self._database.all("SELECT * FROM current_marks ORDER BY record_id, mark")]
        given = origins(self._database.all(_UNDONE), ("record_id", "mark"), "value_ms")
        for row in rows:
            source = given.get((row["record_id"], row["mark"]))
            if source is not None:
                row |= {column: source[column] for column in row}
        return rows
