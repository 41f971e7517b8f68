"""What was decided where readers differ: each decision an act, kept beside the words of both."""

from __future__ import annotations

from collections import Counter

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import State
from cessl_gui.store.log import acts, counting_as
from cessl_gui.store.sqlite.database import Database

_SAID = (  # by a reader, of this statement itself
    "SELECT 1 FROM labels AS l JOIN acts AS a ON a.id = l.act WHERE l.record_id = ? AND l.code = ? AND l.state IS NOT"
    " NULL AND l.reader <> 'header' AND json_extract(a.payload, '$.code') = l.code"
)


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
        self._count_merged(labels)
        return labels

    def _count_merged(self, labels: dict[str, dict[str, State]]) -> None:
        """What was decided on a merged statement is decided on what it counts as, unless that was said or decided.

        Of several statements that count as one, another may be present where this one is not.
        """
        merges = counting_as.merges(self._database.connection)
        several = Counter(other for _, other in merges)
        for code, other in merges * len(merges):  # one may be merged into another that is merged itself
            for record_id, states in labels.items():
                state = states.get(code)
                holds = state == State.PRESENT or (state and several[other] == 1)
                if state and holds and other not in states and not self._database.one(_SAID, (record_id, other)):
                    states[other] = state

    def with_source(self) -> list[dict]:
        """All decisions with who made them and when: record_id, code, state, reader, at_utc."""
        rows = self._database.all(
            "SELECT d.record_id, d.code, d.state, a.reader, a.at_utc FROM adjudications AS d"
            " JOIN acts AS a ON a.id = d.act WHERE d.state IS NOT NULL ORDER BY d.record_id, d.code"
        )
        return [dict(row) for row in rows]
