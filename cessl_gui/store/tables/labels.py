"""What readers say of statements: each word an act; the latest of each reader holds, and the latest of all is shown."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Sequence
from sys import intern
from typing import Any

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import HEADER_READER, LabelSet, State
from cessl_gui.store.columns.label_table import LabelTable
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.log import acts
from cessl_gui.store.sqlite.database import Database, now_utc

_WITH_SOURCE = (
    "SELECT l.record_id, l.code, l.state, l.reader, l.act, a.at_utc, a.prediction_visible, a.file_visible,"
    " a.measurements_visible, a.how AS kind FROM labels AS l JOIN acts AS a ON a.id = l.act"
    " WHERE l.state IS NOT NULL AND l.reader <> 'header'"
)


class Labels:
    """What readers said of statements. A code without a word that holds is not assessed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, record_id: str, code: str, state: State | None, reader: str, **how) -> str:
        """Say of one statement: present, absent, uncertain, or None for not assessed. On disk when this returns.

        how     : prediction_visible, file_visible, measurements_visible, kind, step; see set_many
        returns : the UTC time of the act
        """
        return self.set_many([(record_id, code, state)], reader, **how)

    def set_many(
        self,
        changes: Sequence[tuple[str, str, State | None]],
        reader: str,
        prediction_visible: bool | None = False,
        *,
        kind: str = "set",
        step: str = "",
        file_visible: bool | None = None,
        measurements_visible: bool | None = None,
        reason: str = "",
        primed: bool = False,
    ) -> str:
        """Say several (record id, code, state) in one transaction.

        prediction_visible : whether the reader sees, or has seen, what the model says of the record
        file_visible       : the same of what its source file says; None: not known
        measurements_visible : the same of its measurements
        reason, primed : for which reason of the queue the record came to the reader, and whether the reader saw it
        kind    : set, rest absent, normal, header, header accepted, imported, ...
        step    : under which these are undone together (see store.log.steps); "": a reader's undo leaves them
        returns : the UTC time of the last act
        """
        sight = acts.Sight(prediction_visible, file_visible, measurements_visible)
        step = step or uuid.uuid4().hex  # what was said together has one name, undone or not
        follows = self._database.only in ("", reader) or reader == HEADER_READER  # whether `before` is what changes
        with self._database.atomic():
            before = self.said({record_id for record_id, _, _ in changes}, reader)
            said, codes = [], {given: vocabulary()[given].code for given in {code for _, code, _ in changes}}
            for record_id, given, state in changes:
                code = codes[given]  # equal codes are one statement
                if "\0" in code:
                    raise ProjectError("A statement holds a NUL, which ends a text elsewhere.", "Type it again.")
                payload: dict[str, Any] = {"code": code, "old": before[record_id].get(code), "new": state}
                payload |= {"reason": reason, "primed": int(primed)} if reason else {}
                said.append((record_id, payload))
                if follows:
                    before[record_id][code] = state
            added = acts.append_labels(self._database, said, reader, how=kind, step=step, sight=sight)
        return added[-1].at_utc if added else now_utc()

    def said(self, ids: Collection[str], reader: str) -> dict[str, dict[str, str | None]]:
        """Record id -> code -> what holds of these records before a reader, or a file, says something else.

        None: it was said, and taken back
        """
        of, values = ("reader = 'header'", ()) if reader == HEADER_READER else self._database.shown()
        rows = self._database.each(
            f"SELECT record_id, code, state FROM labels WHERE record_id IN (SELECT value FROM json_each(?)) AND {of}",
            (json.dumps([*ids]), *values),
        )
        said: dict[str, dict[str, str | None]] = {record_id: {} for record_id in ids}
        for record_id, code, state in rows:
            said[record_id][code] = state
        return said

    def current(self, record_id: str) -> dict[str, State]:
        """The latest word of people on each statement of a record; see Project.read_apart."""
        shown, values = self._database.shown()
        rows = self._database.all(
            f"SELECT code, state FROM labels WHERE record_id = ? AND state IS NOT NULL AND {shown}",
            (record_id, *values),
        )
        return {row["code"]: State(row["state"]) for row in rows}

    def measurements_seen(self, record_id: str = "") -> frozenset[str]:
        """Records with a label that was given with measured figures in sight.

        record_id : look at this one alone; "" is all
        """
        one, values = (" AND record_id = ?", (record_id,)) if record_id else ("", ())
        rows = self._database.each(f"SELECT DISTINCT record_id FROM readings WHERE measurements_seen = 1{one}", values)
        return frozenset(row[0] for row in rows)

    def all_current(self) -> dict[str, dict[str, State]]:
        """Record id -> current labels, for every record that has any."""
        labels: dict[str, dict[str, State]] = {}
        states = {str(state): state for state in State}
        shown, values = self._database.shown()
        for record_id, code, state in self._database.all(
            f"SELECT record_id, code, state FROM labels WHERE state IS NOT NULL AND {shown}", values
        ):
            labels.setdefault(record_id, {})[code] = states[state]
        return labels

    def table(self, rows: Rows) -> LabelTable:
        """The current labels of all records, compact."""
        table = LabelTable(rows)
        shown, values = self._database.shown()
        table.fill(
            self._database.each(
                f"SELECT record_id, code, state FROM labels WHERE state IS NOT NULL AND {shown}", values
            )
        )
        return table

    def header_table(self, rows: Rows) -> LabelTable:
        """What the source files of all records say, compact."""
        table = LabelTable(rows)
        table.fill(
            self._database.each(
                "SELECT record_id, code, state FROM labels WHERE reader = ? AND state IS NOT NULL", (HEADER_READER,)
            )
        )
        return table

    def header(self, record_id: str) -> dict[str, State]:
        """What the source file says of itself."""
        return self.of_reader(record_id, HEADER_READER).states

    def of_reader(self, record_id: str, reader: str) -> LabelSet:
        """The labels one reader gave one record, and when, and whether a prediction was visible at the last of them."""
        rows = self._database.all(
            "SELECT l.code, l.state, a.at_utc, a.prediction_visible FROM labels AS l JOIN acts AS a ON a.id = l.act"
            " WHERE l.record_id = ? AND l.reader = ? ORDER BY l.act",
            (record_id, reader),
        )
        states = {row["code"]: State(row["state"]) for row in rows if row["state"] is not None}
        if not rows:
            return LabelSet(record_id, reader, states, "", False)
        return LabelSet(record_id, reader, states, rows[-1]["at_utc"], bool(rows[-1]["prediction_visible"]))

    def readers(self) -> list[str]:
        """Everybody who has labelled, by name; not the files."""
        return [
            row[0]
            for row in self._database.all("SELECT DISTINCT reader FROM labels WHERE reader <> 'header' ORDER BY reader")
        ]

    def with_source(self, record_id: str) -> list[dict]:
        """The current labels of one record, as of_all_readers(); of who reads apart alone, if somebody does."""
        shown, values = self._database.shown("l.")
        query = f"{_WITH_SOURCE} AND l.record_id = ? AND {shown} ORDER BY l.code"
        rows = self._database.all(query, (record_id, *values))
        return [dict(row) for row in rows]

    def of_all_readers(self) -> list[dict]:
        """What each reader says of each statement, beside what others say: record_id, code, state, reader, act, shown
        (whether it is what holds of all), at_utc, prediction_visible, file_visible, measurements_visible, kind.

        A label that came back by undo is of the reader, and the time, of whom it was before.
        """
        rows = self._database.all(
            _WITH_SOURCE.replace("l.act,", "l.act, l.shown,") + " ORDER BY l.record_id, l.code, l.reader"
        )
        return [dict(row) for row in rows]

    def history(self, record_id: str) -> list[dict]:
        """Every word on a record, oldest first: code, old_state, state, reader, at_utc, prediction_visible, kind, act
        (what was said together has one), file_visible and measurements_visible (None: not known), reason (of the queue;
        "": the record came in order) and primed (whether the reader saw it)."""
        rows = self._database.all(
            "SELECT * FROM acts WHERE kind = 'label' AND record IN"
            " (SELECT content FROM record_contents WHERE record_id = ?) ORDER BY id",
            (record_id,),
        )
        return [
            {
                "code": act.content.get("code", ""),
                "old_state": act.content.get("old"),
                "state": act.content.get("new"),
                "reader": act.reader,
                "at_utc": act.at_utc,
                "prediction_visible": act.prediction_visible,
                "act": act.step or act.id,
                "kind": act.how,
                "file_visible": act.file_visible,
                "measurements_visible": act.measurements_visible,
                "reason": act.content.get("reason", ""),
                "primed": int(bool(act.content.get("primed"))),
            }
            for act in acts.acts(rows)
        ]

    def under(self, code: str) -> list[dict]:
        """What each reader says of one statement, as of_all_readers(); the oldest word first."""
        rows = self._database.all(f"{_WITH_SOURCE} AND l.code = ? ORDER BY l.act", (code,))
        return [dict(row) for row in rows]

    def found(self) -> dict[str, int]:
        """Statement -> in how many ECGs it is present by what holds of all readers; not in excluded ones."""
        shown, values = self._database.shown()
        rows = self._database.each(
            "SELECT code, COUNT(*) FROM labels WHERE state = 'present' AND record_id NOT IN (SELECT record_id"
            f" FROM readings WHERE shown = 1 AND reading = 'excluded') AND {shown} GROUP BY code",
            values,
        )
        return dict(map(tuple, rows))

    def header_all(self) -> dict[str, dict[str, State]]:
        """Record id -> what its source file says."""
        labels: dict[str, dict[str, State]] = {}
        states = {str(state): state for state in State}
        for record_id, code, state in self._database.each(
            "SELECT record_id, code, state FROM labels WHERE reader = ? AND state IS NOT NULL", (HEADER_READER,)
        ):
            labels.setdefault(record_id, {})[intern(code)] = states[state]
        return labels
