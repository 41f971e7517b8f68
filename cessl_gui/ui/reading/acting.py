"""What a reader does with the open record: labels, confirms, defers, excludes; and why something cannot be done now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader.opinions import last_read
from cessl_gui.bridge.reader.panel import digits
from cessl_gui.core.types import Ending, Outcome, ReadingState, Record, State
from cessl_gui.ui.parts.preferences import preferences

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

PAUSE = "pause_after_confirming"  # in the preferences: whether what was confirmed is shown before the next record
UNSEEN = "This ECG is not on the page: it is still being opened, or cannot be read. Until then it can only be"
LOOKING = "The leads of this ECG are still being looked at. It can be labelled in a moment."
READING_ONLY = "This project is open for reading only. Nothing can be labelled in it."


class Acting(QWidget):
    """The acts; the panel shows the record, turns to statements (pick) and shows hints (show_hint).

    next_wanted   : this reading is done, show the next unread record
    was_read(str) : a reading was confirmed: what reader, model and file say, in a line
    stayed        : the reading that was to be left is still the open one
    """

    next_wanted = Signal()
    stayed = Signal()
    was_read = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.record_id = ""
        self.is_on_page = False
        self.is_looked_at = False  # its traces are in sight, and no more
        self.is_leaving = False  # what changes now is the record that the reader leaves: nobody looks at it any more
        self.keys: Mapping[str, str] = {}  # name of the act, as "confirm_next" -> the key that holds
        session.record_came.connect(self._look)
        session.ended.connect(self._say_lost)
        self._asked = ("", "")  # record and contradiction of which the reader was asked before confirming

    @Slot(object)
    def _look(self, record: Record) -> None:
        """The traces of the open record are in sight; what is doubtful of them is still being found out."""
        self.is_looked_at |= record.id == self.record_id

    @Slot(object, object)
    def _say_lost(self, kind: TaskKind, outcome: Outcome) -> None:
        """Why the page stays empty is said beside it as long as the record is chosen: a toast goes away."""
        is_lost = kind == TaskKind.OPEN and outcome.ending == Ending.FAILED and kind not in self._session.busy
        if is_lost and self.record_id and not self.is_on_page:
            self.show_hint(f"{outcome.message} {outcome.todo}".strip())

    def pick(self, code: str) -> None:
        """Turn to a statement."""
        raise NotImplementedError

    def show_hint(self, text: str) -> None:
        """Say something about what the reader did last, until the reading changes."""
        raise NotImplementedError

    @property
    def reading(self) -> ReadingState | None:
        """Where the open record stands; None without one."""
        return self._session.info(self.record_id).reading if self.record_id else None

    @property
    def is_reading_only(self) -> bool:
        return self._session.project.reading_only

    @property
    def blind(self) -> str:
        """The project's setting of blind reading."""
        return self._session.blind

    @property
    def is_hidden(self) -> bool:
        """Whether the opinions of model and file are hidden now."""
        return bool(self.record_id) and not self._session.prediction_shown(self.record_id)

    @property
    def is_closed(self) -> bool:
        """Whether labels cannot be changed now."""
        return bool(self._reason_closed())

    def _reason_closed(self) -> str:
        if not self.record_id:
            return ""
        return READING_ONLY if self.is_reading_only else self._session.why_closed(self.record_id)

    def _keyed(self, words: str, name: str) -> str:
        """Words with the key of an act, if it has one."""
        return f"{words} ({self.keys[name]})" if self.keys.get(name) else words

    # --- may it be done? -----------------------------------------------------------------------------------------

    def _can_read(self) -> bool:
        """Whether there is an ECG to label and confirm. One that was never on the screen is not, which is said."""
        if self.record_id and not self.is_on_page:
            unseen = f"{UNSEEN} {self._keyed('deferred', 'defer_next')} or {self._keyed('excluded', 'exclude')}."
            self.show_hint(LOOKING if self.is_looked_at else unseen)
        return bool(self.record_id) and self.is_on_page

    def _is_open(self) -> bool:
        """Whether the reading can be changed. If it is confirmed or excluded, that is said."""
        reason = self._reason_closed()
        if reason:
            self.show_hint(reason)
        return bool(self.record_id) and not reason

    def _can_change(self) -> bool:
        return self._can_read() and self._is_open()

    def _can_confirm(self) -> bool:
        """Whether there is a reading to confirm. Of what excludes each other the reader is asked once."""
        if not self._can_change():
            return False
        if not self._session.labels(self.record_id):
            normal = self.keys.get("normal_next") or "Normal"
            self.show_hint(f"Nothing is assessed yet: answer for a statement, or press {normal} if this ECG is normal.")
            return False
        pairs = self._session.contradictions(self.record_id)
        if pairs and self._asked != (self.record_id, pairs):
            self._asked = self.record_id, pairs
            self.show_hint(f"These exclude each other: {pairs}. Change one, or confirm again to keep both.")
            return False
        return True

    # --- labels --------------------------------------------------------------------------------------------------

    @Slot(str, object)
    def say(self, code: str, state: State | None) -> None:
        """Label a statement, or clear its label (None)."""
        if self._can_read():
            self.pick(code)
            if self._is_open():
                self._session.set_label(self.record_id, code, state)

    @Slot(int, object)
    def press_digit(self, digit: int, state: State) -> None:
        """Answer for the statement of a digit key; the same answer again clears it."""
        codes = digits(self._session)
        if 1 <= digit <= len(codes) and codes[digit - 1] and self.record_id:
            code = codes[digit - 1]
            self.say(code, None if self._session.labels(self.record_id).get(code) == state else state)

    @Slot()
    def rest_absent(self) -> None:
        """Label the statements of the panel that are not assessed yet as absent."""
        if self._can_change():
            self._session.rest_absent(self.record_id)

    # --- the reading ---------------------------------------------------------------------------------------------

    @Slot()
    def confirm(self) -> bool:
        """Confirm the reading and stay; False if that was not committed."""
        done = self._can_confirm() and self._session.set_reading(self.record_id, ReadingState.CONFIRMED)
        if done:
            self.was_read.emit(last_read(self._session, self.record_id))
        return done

    @Slot()
    def confirm_next(self) -> None:
        """Confirm and go on, or show first what was confirmed; from a closed reading just go on."""
        if self.is_closed:
            self.next_wanted.emit()
        else:
            self._leave_after(self.confirm)

    @Slot()
    def normal_next(self) -> None:
        """Sinus rhythm present, the rest of the panel absent, confirmed; refused over a finding."""
        if not self._can_change():
            return
        against = self._session.why_not_normal(self.record_id)
        if against:
            rest, on = (
                self.keys.get("rest_absent") or "Rest absent",
                self.keys.get("confirm_next") or "Confirm and next",
            )
            self.show_hint(
                f"Not normal: you labelled {against}. Clear these labels first, or go on with {rest} and {on}."
            )
        else:
            self._leave_after(self._confirm_normal)

    def _confirm_normal(self) -> bool:
        done = self._session.normal(self.record_id)
        if done:
            self.was_read.emit(last_read(self._session, self.record_id))
        return done

    def _leave_after(self, act: Callable[[], bool]) -> None:
        """Go on after an act, if it was done and the reader does not pause. The panel then shows the next record alone,
        not first what became of this one."""
        self.is_leaving = not preferences().value(PAUSE, False, bool)
        try:
            if act() and self.is_leaving:
                self.next_wanted.emit()
        finally:
            if self.is_leaving:
                self.is_leaving = False
                self.refresh()
                self.stayed.emit()

    def refresh(self) -> None:
        """Show what holds now."""
        raise NotImplementedError

    @Slot()
    def reopen(self) -> None:
        """Open a confirmed reading to changes; nothing else does."""
        if self.reading == ReadingState.CONFIRMED:
            self._session.set_reading(self.record_id, ReadingState.IN_PROGRESS)
        elif self.record_id:
            self.show_hint("This reading is not confirmed: it is open to changes.")

    @Slot()
    def defer_next(self) -> None:
        if self._is_open() and self._session.set_reading(self.record_id, ReadingState.DEFERRED):
            self.next_wanted.emit()

    @Slot()
    def exclude(self) -> None:
        """Exclude the ECG for quality, or include an excluded one: it stands where it stood before."""
        if self.reading == ReadingState.EXCLUDED or self._is_open():
            self._session.toggle_excluded(self.record_id)

    @Slot()
    def reveal(self) -> None:
        """Show the opinions of model and file before confirming; that is recorded."""
        if self.record_id:
            self._session.reveal(self.record_id)
