"""Who reads in a project, and what each of them says: apart from what the others say."""

from __future__ import annotations

from sys import intern

from cessl_gui.core.reading.people import again
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.sqlite.database import Database

APART = "readers apart"  # the setting that names who reads without sight of what the others say


class Readers:
    """The readers of a project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self) -> list[str]:
        """Everybody who has labelled or read an ECG, by name; not the files."""
        rows = self._database.all(
            "SELECT reader FROM labels WHERE reader <> 'header' UNION SELECT reader FROM readings ORDER BY reader"
        )
        return [row[0] for row in rows]

    def at_work(self) -> list[str]:
        """Everybody who has put an ECG somewhere in the queue, without who read once more; not the files."""
        query = "SELECT DISTINCT reader FROM readings WHERE reading <> '' AND reader NOT LIKE ?"
        return [row[0] for row in self._database.all(query, (f"%{again('')}",))]

    def labels_of(self, reader: str) -> dict[str, dict[str, State]]:
        """Record id -> what one reader says of it."""
        found: dict[str, dict[str, State]] = {}
        for record_id, code, state in self._database.each(
            "SELECT record_id, code, state FROM labels WHERE reader = ? AND state IS NOT NULL", (reader,)
        ):
            found.setdefault(record_id, {})[intern(code)] = State(state)
        return found

    def by_reader(self) -> dict[str, dict[str, dict[str, State]]]:
        """Record id -> reader -> code -> state, of all readers."""
        found: dict[str, dict[str, dict[str, State]]] = {}
        states = {str(state): state for state in State}
        for record_id, reader, code, state in self._database.each(
            "SELECT record_id, reader, code, state FROM labels WHERE reader <> 'header' AND state IS NOT NULL"
        ):
            found.setdefault(record_id, {}).setdefault(intern(reader), {})[intern(code)] = states[state]
        return found

    def differing(self) -> list[tuple[str, str]]:
        """(record id, code) of which two readers say different things, without who read once more."""
        rows = self._database.each(
            "SELECT record_id, code FROM labels WHERE reader <> 'header' AND state IS NOT NULL AND reader NOT LIKE ?"
            " GROUP BY record_id, code HAVING COUNT(DISTINCT state) > 1",
            (f"%{again('')}",),
        )
        return [(record_id, code) for record_id, code in rows]

    def readings_of(self, reader: str) -> dict[str, ReadingState]:
        """Record id -> where one reader has put it in the queue; what the reader has not moved is not there."""
        rows = self._database.all(
            "SELECT record_id, reading FROM readings WHERE reader = ? AND reading <> ''", (reader,)
        )
        return {row[0]: ReadingState(row[1]) for row in rows}

    def reading_of(self, record_id: str, reader: str) -> ReadingState:
        """Where one reader has put a record in the queue; new where the reader has not moved it."""
        query = "SELECT reading FROM readings WHERE record_id = ? AND reader = ? AND reading <> ''"
        row = self._database.one(query, (record_id, reader))
        return ReadingState(row[0]) if row else ReadingState.NEW

    def confirmed_at(self, reader: str) -> dict[str, str]:
        """Record id -> when this reader confirmed it (UTC), of those whose confirmation holds."""
        rows = self._database.all(
            "SELECT r.record_id, a.at_utc FROM readings AS r JOIN acts AS a ON a.id = r.act"
            " WHERE r.reader = ? AND r.reading = ?",
            (reader, str(ReadingState.CONFIRMED)),
        )
        return {row[0]: row[1] for row in rows}
