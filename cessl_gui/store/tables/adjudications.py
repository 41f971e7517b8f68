"""What was decided where readers differ: each decision an act, kept beside the words of both."""

from __future__ import annotations

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import State
from cessl_gui.store.log import acts
from cessl_gui.store.sqlite.database import Database


class Adjudications:
    """The latest decision on a statement of a record holds, whoever made it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, record_id: str, code: str, state: State | None, reader: str, step: str = "") -> None:
        """Decide on one statement; None takes the decision back. On disk when this returns.

        reader : who decides
        step   : under which this is undone; "": it is not undone by a reader's undo
        """
        with self._database.atomic():
            code = vocabulary()[code].code
            payload = {"code": code, "old": self.of_record(record_id).get(code), "new": state}
            acts.append(self._database, "adjudication", record_id, reader, payload, step=step)

    def of_record(self, record_id: str) -> dict[str, State]:
        rows = self._database.all(
            "SELECT code, state FROM adjudications WHERE record_id = ? AND state IS NOT NULL", (record_id,)
        )
        return {row["code"]: State(row["state"]) for row in rows}

    def all_current(self) -> dict[str, dict[str, State]]:
        """Record id -> code -> what was decided."""
        labels: dict[str, dict[str, State]] = {}
        for record_id, code, state in self._database.all(
            "SELECT record_id, code, state FROM adjudications WHERE state IS NOT NULL"
        ):
            labels.setdefault(record_id, {})[code] = State(state)
        return labels

    def with_source(self) -> list[dict]:
        """All decisions with who made them and when: record_id, code, state, reader, at_utc."""
        rows = self._database.all(
            "SELECT d.record_id, d.code, d.state, a.reader, a.at_utc FROM adjudications AS d"
            " JOIN acts AS a ON a.id = d.act WHERE d.state IS NOT NULL ORDER BY d.record_id, d.code"
        )
        return [dict(row) for row in rows]
