"""Labels: an append-only trail of events; the current labels are a view of it."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import HEADER_READER, LabelSet, State
from cessl_gui.core.vocabulary import vocabulary
from cessl_gui.store.database import Database, now_utc
from cessl_gui.store.label_table import LabelTable
from cessl_gui.store.rows import Rows
from cessl_gui.store.undone import origin, origins

# Of the statements of which something was undone: the others are as their latest event says.
_UNDONE = (
    "SELECT * FROM label_events WHERE reader <> 'header' AND (record_id, code) IN"
    " (SELECT record_id, code FROM label_events WHERE kind IN ('undo', 'redo')) ORDER BY seq"
)


class Labels:
    """What readers said of statements. A code without a current event is not assessed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, record_id: str, code: str, state: State | None, reader: str, **how) -> str:
        """Say of one statement: present, absent, uncertain, or None for not assessed. On disk when this returns.

        how     : prediction_visible, file_visible, kind, act; see set_many
        returns : the UTC time of the event
        """
        return self.set_many([(record_id, code, state)], reader, **how)

    def set_many(
        self,
        changes: Sequence[tuple[str, str, State | None]],
        reader: str,
        prediction_visible: bool = False,
        *,
        kind: str = "set",
        act: str | None = None,
        file_visible: bool | None = None,
        measurements_visible: bool | None = None,
    ) -> str:
        """Append several (record id, code, state) in one transaction, as one act of one reader.

        prediction_visible : whether the reader sees, or has seen, what the model says of the record
        file_visible       : the same of what its source file says; None: not known
        measurements_visible : the same of measured figures
        kind    : set, undo, redo, rest absent, header, header accepted
        returns : the UTC time of the events
        """
        at_utc, act = now_utc(), act or uuid.uuid4().hex
        with self._database.atomic() as db:
            for record_id, given, state in changes:
                code = vocabulary()[given].code  # equal codes are one statement
                if "\0" in code:
                    raise ProjectError("A statement holds a NUL, which ends a text elsewhere.", "Type it again.")
                db.execute(
                    "INSERT INTO label_events"
                    " (record_id, code, old_state, state, reader, at_utc, prediction_visible, act, kind, file_visible,"
                    " measurements_visible) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        record_id,
                        code,
                        _state_before(db, record_id, code, reader),
                        state,
                        reader,
                        at_utc,
                        int(prediction_visible),
                        act,
                        kind,
                        None if file_visible is None else int(file_visible),
                        None if measurements_visible is None else int(measurements_visible),
                    ),
                )
        return at_utc

    def current(self, record_id: str) -> dict[str, State]:
        """The latest word of people on each statement of a record."""
        rows = self._database.all("SELECT code, state FROM current_labels WHERE record_id = ?", (record_id,))
        return {row["code"]: State(row["state"]) for row in rows}

    def measurements_seen(self, record_id: str = "") -> frozenset[str]:
        """Records with a label that was given with measured figures in sight.

        record_id : look at this one alone; "" is all
        """
        one = " AND record_id = :id" if record_id else ""
        rows = self._database.all(
            f"SELECT DISTINCT record_id FROM label_events WHERE measurements_visible = 1{one}", {"id": record_id}
        )
        return frozenset(row["record_id"] for row in rows)

    def all_current(self) -> dict[str, dict[str, State]]:
        """Record id -> current labels, for every record that has any."""
        labels: dict[str, dict[str, State]] = {}
        for row in self._database.all("SELECT record_id, code, state FROM current_labels"):
            labels.setdefault(row["record_id"], {})[row["code"]] = State(row["state"])
        return labels

    def table(self, rows: Rows) -> LabelTable:
        """The current labels of all records, compact."""
        table = LabelTable(rows)
        # The latest event wins by coming last: quicker than the view, which looks for later ones of each.
        table.fill(
            self._database.each(
                "SELECT record_id, code, state FROM label_events WHERE reader <> ? ORDER BY seq", (HEADER_READER,)
            )
        )
        return table

    def header(self, record_id: str) -> dict[str, State]:
        """What the source file says of itself."""
        return self.of_reader(record_id, HEADER_READER).states

    def of_reader(self, record_id: str, reader: str) -> LabelSet:
        """The labels one reader gave one record, and whether a prediction was visible at the last of them.

        What a reader brought back by undo is what was given before, by whoever gave it.
        """
        of = "reader = 'header'" if reader == HEADER_READER else "reader <> 'header'"
        trail: dict[str, list[sqlite3.Row]] = {}
        given: dict[str, sqlite3.Row] = {}
        last: sqlite3.Row | None = None
        for row in self._database.all(
            f"SELECT * FROM label_events WHERE record_id = ? AND {of} ORDER BY seq", (record_id,)
        ):
            trail.setdefault(row["code"], []).append(row)
            if row["reader"] != reader:
                continue
            given.pop(row["code"], None)
            last, source = row, origin(trail[row["code"]], "state")
            if row["state"] is not None and source is not None and source["reader"] == reader:
                given[row["code"]] = source
        states = {code: State(row["state"]) for code, row in given.items()}
        if last is None:
            return LabelSet(record_id, reader, states, "", False)
        return LabelSet(record_id, reader, states, last["at_utc"], bool(last["prediction_visible"]))

    def history(self, record_id: str) -> list[dict]:
        """Every event of a record, oldest first: code, old_state, state, reader, at_utc, prediction_visible, kind, act,
        file_visible and measurements_visible (None: not known)."""
        rows = self._database.all(
            "SELECT code, old_state, state, reader, at_utc, prediction_visible, act, kind, file_visible,"
            " measurements_visible FROM label_events WHERE record_id = ? ORDER BY seq",
            (record_id,),
        )
        return [dict(row) for row in rows]

    def current_with_source(self) -> list[dict]:
        """All current labels with who gave them and when: record_id, code, state, reader, at_utc, ...

        A label that came back by undo is of the reader, and the time, of whom it was before.
        """
        rows = [dict(row) for row in self._database.all("SELECT * FROM current_labels ORDER BY record_id, code")]
        given = origins(self._database.all(_UNDONE), ("record_id", "code"), "state")
        for row in rows:
            source = given.get((row["record_id"], row["code"]))
            if source is not None:
                row |= {column: source[column] for column in row}
        return rows

    def header_all(self) -> dict[str, dict[str, State]]:
        """Record id -> what its source file says."""
        labels: dict[str, dict[str, State]] = {}
        rows = self._database.all(
            "SELECT record_id, code, state FROM label_events WHERE reader = ? ORDER BY seq", (HEADER_READER,)
        )
        for row in rows:
            of_record = labels.setdefault(row["record_id"], {})
            if row["state"] is None:  # a corrected header no longer says it
                of_record.pop(row["code"], None)
            else:
                of_record[row["code"]] = State(row["state"])
        return {record_id: states for record_id, states in labels.items() if states}


def _state_before(db: sqlite3.Connection, record_id: str, code: str, reader: str) -> str | None:
    """The state this event replaces: people's latest word, or the header's for the header."""
    of = "reader = 'header'" if reader == HEADER_READER else "reader <> 'header'"
    row = db.execute(
        f"SELECT state FROM label_events WHERE record_id = ? AND code = ? AND {of} ORDER BY seq DESC LIMIT 1",
        (record_id, code),
    ).fetchone()
    return row["state"] if row else None
