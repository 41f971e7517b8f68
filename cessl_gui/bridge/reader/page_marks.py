"""Beats and stretches of the open project's ECGs that are marked on the page: what may be seen, and what is entered."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader.undo import AnnotationChange, Edit
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.statements.vocabulary import Statement, Vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome, State

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

THE_FILE = "file"
AT_ONCE = 500  # marks of a record that are read in the window's thread: some ms
RECORDS_KEPT = 4


class ShownMark(NamedTuple):
    """A mark as a page and a list show it.

    short, name : of its statement
    giver       : another reader, THE_FILE, or "" for who reads now
    at_utc      : when it was given
    is_own      : who reads now can remove it
    """

    mark: Annotation
    short: str
    name: str
    giver: str = ""
    at_utc: str = ""
    is_own: bool = True

    @property
    def where(self) -> str:
        """When and in which lead, in words."""
        mark = self.mark
        lead = f"in {mark.lead}" if mark.lead else "in all leads"
        if mark.end_s is None:
            return f"beat at {mark.start_s:.2f} s {lead}"
        return f"{mark.start_s:.2f} to {mark.end_s:.2f} s {lead}"


class ShownMarks(tuple[ShownMark, ...]):
    """Marks in the order of time, with the times at which each begins and ends, in s."""

    @cached_property
    def times(self) -> tuple[np.ndarray, np.ndarray]:
        starts = np.array([one.mark.start_s for one in self], float)
        ends = [one.mark.start_s if one.mark.end_s is None else one.mark.end_s for one in self]
        return starts, np.array(ends, float)


class Asked(NamedTuple):
    """Whose marks are wanted, by whom, and whether opinions of others may be seen."""

    record_id: str
    reader: str
    is_shown: bool


class PageMarks(QObject):
    """The marks of a session. What others and files gave is shown where the opinions on the ECG are; see Sight.

    ready(record_id) : many marks, which `of` has asked for, have been read
    """

    ready = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._last = ""  # the statement that was marked last
        self._shown: dict[Asked, ShownMarks] = {}  # where they are many
        self._fresh: set[str] = set()  # records of which that is what holds now
        self._wanted: Asked | None = None
        self._coming: Asked | None = None
        session.changed.connect(self._on_changed)

    def of(self, record_id: str) -> ShownMarks:
        """The marks of a record that may be seen now, in the order of time.

        Many are read behind the window: until `ready` says so there are none, or those of before the latest change.
        """
        asked = Asked(record_id, self._session.reader, self._session.prediction_shown(record_id))
        if not self._session.project.annotations.are_more_than(AT_ONCE, record_id):
            return self._read(asked, self._session.vocabulary())
        is_coming = asked == self._coming and record_id in self._fresh
        if not is_coming and (asked not in self._shown or record_id not in self._fresh):
            self._wanted = asked
            self._start()
        return self._shown.get(asked, ShownMarks())

    def now(self, record_id: str) -> ShownMarks:
        """The same, however long it takes."""
        asked = Asked(record_id, self._session.reader, self._session.prediction_shown(record_id))
        return self._read(asked, self._session.vocabulary())

    def _start(self) -> None:
        asked = self._wanted
        if asked is None or TaskKind.MARKS in self._session.busy:
            return
        self._wanted, self._coming, known = None, asked, self._session.vocabulary()
        self._fresh.add(asked.record_id)

        def work(task: Task) -> tuple[Asked, ShownMarks]:
            shown = self._read(asked, known)
            assert shown.times  # found here, and not when they are drawn
            return asked, shown

        self._session._runner.start(TaskKind.MARKS, work)

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end."""
        if kind != TaskKind.MARKS:
            return
        self._coming = None
        if outcome.ending == Ending.FINISHED:
            asked, shown = outcome.result
            if len(self._shown) >= RECORDS_KEPT:
                self._shown.clear()
            self._shown[asked] = shown
            self.ready.emit(asked.record_id)
        self._start()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.ANNOTATIONS:
            self._fresh -= set(change.ids) if change.ids else self._fresh

    def _read(self, asked: Asked, known: Vocabulary) -> ShownMarks:
        once: dict[str, ShownMark] = {}
        for one in self._session.project.annotations.given(asked.record_id):
            is_own = one.reader == asked.reader
            if (one.mark.id in once and not is_own) or not (asked.is_shown or (is_own and not one.is_imported)):
                continue  # the same file, imported by several; or what blind reading hides
            statement = known[one.mark.code]
            giver = THE_FILE if one.is_imported else "" if is_own else one.reader
            names = statement.abbreviation, statement.name
            once[one.mark.id] = ShownMark(one.mark, *names, giver, one.at_utc, is_own)
        return ShownMarks(once.values())

    def why_not(self, record_id: str) -> str:
        """Why nothing can be marked on a record now; "" where it can."""
        reason = self._session.project.reading_only
        return "This project is open for reading only." if reason else self._session.why_closed(record_id)

    def add(self, record_id: str, place: Annotation, code: str) -> bool:
        """Mark a beat or a stretch with a statement. place : its times and lead. Committed on return."""
        mark = replace(place, id=secrets.token_hex(8), code=code)
        self._last = code
        return self._change(record_id, AnnotationChange(mark.id, None, mark))

    def remove(self, record_id: str, mark_id: str) -> bool:
        """Remove a mark of this reader. Committed on return."""
        before = self._session.project.annotations.one(record_id, self._session.reader, mark_id)
        return before is not None and self._change(record_id, AnnotationChange(mark_id, before, None))

    def _change(self, record_id: str, change: AnnotationChange) -> bool:
        if self.why_not(record_id):
            return False
        return self._session.carry_out(Edit(record_id, (change,)))

    def suggestions(self, record_id: str) -> list[Statement]:
        """Statements to choose from: the one marked last, those labelled present or uncertain, then the panel."""
        known, labels = self._session.vocabulary(), self._session.labels(record_id)
        likely = [code for code, state in labels.items() if state != State.ABSENT]
        panel = [statement.code for statement in self._session.panel()]
        first = [self._last] if self._last else []
        return [known[code] for code in dict.fromkeys((*first, *likely, *panel))]
