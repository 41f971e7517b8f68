"""A note of each reader on a record; each writing of it is an act."""

from __future__ import annotations

from cessl_gui.store.log import acts
from cessl_gui.store.log.acts import NOT_KNOWN, Sight
from cessl_gui.store.sqlite.database import Database


class Notes:
    """Readers' notes; "" is no note."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, record_id: str, note: str, reader: str, step: str = "", *, sight: Sight = NOT_KNOWN) -> None:
        """Write the note of one reader on a record. On disk when this returns.

        step : under which this is undone; "": it is not undone by a reader's undo
        sight : of what others say of the record
        """
        with self._database.atomic():
            payload = {"old": self.of_readers(record_id).get(reader, ""), "new": note.replace("\0", " ")}
            acts.append(self._database, "note", record_id, reader, payload, step=step, sight=sight)

    def of_readers(self, record_id: str) -> dict[str, str]:
        """Reader -> note on a record, for those who have one, by name; see Project.read_apart."""
        rows = self._database.all(
            "SELECT reader, note FROM notes WHERE record_id = ? AND note <> '' ORDER BY reader", (record_id,)
        )
        return {row["reader"]: row["note"] for row in rows if self._database.only in ("", row["reader"])}

    def noted(self) -> dict[str, list[str]]:
        """Record id -> the readers who have a note on it."""
        found: dict[str, list[str]] = {}
        for row in self._database.all("SELECT record_id, reader FROM notes WHERE note <> ''"):
            if self._database.only in ("", row["reader"]):
                found.setdefault(row["record_id"], []).append(row["reader"])
        return found

    def all_current(self) -> list[dict]:
        """All notes: record_id, reader, note, at_utc."""
        rows = self._database.all(
            "SELECT n.record_id, n.reader, n.note, a.at_utc FROM notes AS n JOIN acts AS a ON a.id = n.act"
            " WHERE n.note <> '' ORDER BY n.record_id, n.reader"
        )
        return [dict(row) for row in rows]
