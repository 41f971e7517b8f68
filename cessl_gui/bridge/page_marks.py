"""Beats and stretches of the open project's ECGs that are marked on the page: what may be seen, and what is entered."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cessl_gui.bridge.undo import AnnotationChange, Edit
from cessl_gui.core.annotations import Annotation, GivenMark
from cessl_gui.core.types import State
from cessl_gui.core.vocabulary import Statement

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

THE_FILE = "file"


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


class PageMarks:
    """The marks of a session. What others and files gave is shown where the opinions on the ECG are; see Sight."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last = ""  # the statement that was marked last

    def of(self, record_id: str) -> tuple[ShownMark, ...]:
        """The marks of a record that may be seen now, in the order of time."""
        session = self._session
        given = session.project.annotations.given(record_id)
        if not session.prediction_shown(record_id):
            given = tuple(one for one in given if self._is_mine(one))
        known = session.vocabulary()
        once: dict[str, ShownMark] = {}
        for one in given:
            if one.mark.id in once and one.reader != session.reader:
                continue  # the same file, imported by several
            statement = known[one.mark.code]
            giver = THE_FILE if one.is_imported else "" if one.reader == session.reader else one.reader
            is_own = one.reader == session.reader
            names = statement.abbreviation, statement.name
            once[one.mark.id] = ShownMark(one.mark, *names, giver, one.at_utc, is_own)
        return tuple(once.values())

    def _is_mine(self, given: GivenMark) -> bool:
        """Whether it is this reader's own word, and not what the reader took in from a file."""
        return given.reader == self._session.reader and not given.is_imported

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
        own = self._session.project.annotations.current(record_id, self._session.reader)
        before = next((mark for mark in own if mark.id == mark_id), None)
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
