"""The marks readers set on median beats; the latest of each reader holds, and the latest of all is shown."""

from __future__ import annotations

from collections.abc import Mapping

from cessl_gui.store.log import acts
from cessl_gui.store.sqlite.database import Database


class Marks:
    """Readers' own marks, in ms from the R peak of the median beat. A mark that nobody has set is the program's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(
        self, record_id: str, changes: Mapping[str, float | None], reader: str, kind: str = "set", step: str = ""
    ) -> None:
        """Set marks of one record in one transaction; None takes a mark back. On disk when this returns.

        step : under which this is undone; "": it is not undone by a reader's undo
        """
        with self._database.atomic():
            before = self.current(record_id)
            for mark, value_ms in changes.items():
                payload = {"mark": mark, "old": before.get(mark), "new": value_ms}
                acts.append(self._database, "mark", record_id, reader, payload, how=kind, step=step)

    def current(self, record_id: str) -> dict[str, float]:
        """Mark -> ms, the latest word of a reader."""
        shown, values = self._database.shown()
        rows = self._database.all(
            f"SELECT mark, value_ms FROM marks WHERE record_id = ? AND value_ms IS NOT NULL AND {shown}",
            (record_id, *values),
        )
        return {row["mark"]: row["value_ms"] for row in rows}

    def history(self, record_id: str) -> list[dict]:
        """Every mark of a record, oldest first: mark, value_ms, reader, at_utc, kind."""
        rows = self._database.all(
            "SELECT * FROM acts WHERE kind = 'mark' AND record IN"
            " (SELECT content FROM record_contents WHERE record_id = ?) ORDER BY id",
            (record_id,),
        )
        return [
            {
                "mark": act.content.get("mark", ""),
                "value_ms": act.content.get("new"),
                "reader": act.reader,
                "at_utc": act.at_utc,
                "kind": act.how,
            }
            for act in acts.acts(rows)
        ]

    def all_current(self) -> list[dict]:
        """All current marks with who set them and when: record_id, mark, value_ms, reader, at_utc.

        A mark that came back by undo is of the reader, and the time, of whom it was before.
        """
        rows = self._database.all(
            "SELECT m.record_id, m.mark, m.value_ms, m.reader, a.at_utc FROM marks AS m JOIN acts AS a ON a.id = m.act"
            " WHERE m.shown = 1 AND m.value_ms IS NOT NULL ORDER BY m.record_id, m.mark"
        )
        return [dict(row) for row in rows]
