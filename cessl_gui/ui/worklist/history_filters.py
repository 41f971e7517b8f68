"""Which acts the History room shows: of which ECGs and readers, of what kind, on which statement, from when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QWidget

from cessl_gui.bridge.reader.past import Asked
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

KINDS = {
    "": "Everything",
    "label": "Labels",
    "reading": "Reading states",
    "reveal": "Opinions shown before reading",
    "adjudication": "Decisions where readers differ",
    "note": "Notes",
    "annotation": "Marked beats and stretches",
    "mark": "Marks of the median beat",
    "caliper": "Calipers",
    "setting": "Statements and panel",
    "digits": "Keys of statements",
    "wording": "Names and words of statements",
    "import": "Imports of labels and marks",
    "model": "Models",
    "removal": "Removals",
}
BETWEEN = -1
READER_PX = 130  # "All readers", "All statements" and a name of usual length
DAYS = {0: "Any time", 1: "Today", 7: "The last 7 days", 30: "The last 30 days", BETWEEN: "Between two days"}


class HistoryFilters(QWidget):
    """chosen() : a filter was set"""

    chosen = Signal()

    def __init__(self, session: Session, record_id: Callable[[], str]) -> None:
        """record_id : the ECG that is open in Read, "" for none"""
        super().__init__()
        self._session, self._record_id = session, record_id
        self.scope = named(QComboBox(), "history_scope", "Of which ECGs")
        self.scope.addItem("All ECGs", False)
        self.scope.addItem("The open ECG", True)
        self.reader = named(QComboBox(), "history_reader", "Of which reader")
        self.reader.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # they come once it is shown
        self.reader.setMinimumWidth(READER_PX)
        self.kind = named(QComboBox(), "history_kind", "What was entered")
        for key, words in KINDS.items():
            self.kind.addItem(words, key)
        self.statement = named(QComboBox(), "history_statement", "On which statement")
        self.statement.setMinimumWidth(READER_PX)  # in a narrow window its long names give way
        self.time = named(QComboBox(), "history_time", "From which time")
        for days, words in DAYS.items():
            self.time.addItem(words, days)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(*4 * (tokens.FOCUS_RING,))  # else the ring about a filter is cut off
        row.setSpacing(8)
        boxes = (self.scope, self.reader, self.kind, self.statement, self.time)
        for box in boxes:
            box.setMinimumHeight(tokens.BUTTON)
            row.addWidget(box)
            box.activated.connect(self._choose)
        row.addStretch(1)

    def asked(self) -> Asked:
        """What the filters choose now."""
        since, until = self._time()
        return Asked(
            self._record_id() if self.scope.currentData() else "",
            self.reader.currentData() or "",
            self.kind.currentData(),
            self.statement.currentData() or "",
            since,
            until,
        )

    def fill(self) -> None:
        """Offer the readers and statements that there are now."""
        session, known = self._session, self._session.vocabulary()
        codes = {*(s.code for s in session.panel()), *session.label_table().codes}
        names = sorted((known[code].name, code) for code in codes)
        _offer(self.reader, "All readers", [(name, name) for name in session.team.readers()])
        _offer(self.statement, "All statements", names)

    def _time(self) -> tuple[str, str]:
        days = self.time.currentData()
        if days == BETWEEN:
            first, last = sorted(day.date().toPython() for day in self.days)
            return _utc(first), _utc(last + timedelta(days=1))
        return (_utc(date.today() - timedelta(days=days - 1)) if days else ""), ""

    @Slot()
    def _choose(self, *_) -> None:
        self._show_days()
        self.chosen.emit()

    @cached_property
    def days(self) -> tuple[QDateEdit, QDateEdit]:
        """The first day and the last, made once they are wanted: their calendars take time of the room's opening."""
        made = []
        for name, words in (("history_first", "The first day"), ("history_last", "The last day")):
            day = named(QDateEdit(QDate.currentDate(), calendarPopup=True, displayFormat="yyyy-MM-dd"), name, words)
            day.setMinimumHeight(tokens.BUTTON)
            day.dateChanged.connect(self._choose)
            self._row.insertWidget(self._row.count() - 1, day)
            made.append(day)
        return made[0], made[1]

    def _show_days(self) -> None:
        is_between = self.time.currentData() == BETWEEN
        if is_between or "days" in vars(self):
            for day in self.days:
                day.setVisible(is_between)


def _offer(box: QComboBox, every: str, choices: list[tuple[str, str]]) -> None:
    """Fill a box; what was chosen stays chosen."""
    chosen = box.currentData()
    box.clear()
    box.addItem(every, "")
    for words, key in choices:
        box.addItem(words, key)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def _utc(day: date) -> str:
    """When a day begins here, as the log writes times."""
    return datetime.combine(day, time()).astimezone().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
