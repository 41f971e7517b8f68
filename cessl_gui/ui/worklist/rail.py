"""The rail of records in Read: how many are read, the one in sight with those before it, and which come next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.types import ReadingState
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.worklist.rail_head import RailHead
from cessl_gui.ui.worklist.rail_rows import NARROW, RailRows
from cessl_gui.ui.worklist.table import WorklistTable

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

# What shows on the rows.
REDRAWN = (ChangeKind.RECORDS, ChangeKind.READING, ChangeKind.LABELS, ChangeKind.NOTES, ChangeKind.SETTINGS)


class RecordRail(QWidget):
    """The records of the worklist in its order, one of which is open.

    chosen(record_id) : another record was opened
    """

    chosen = Signal(str)

    def __init__(self, session: Session, table: WorklistTable) -> None:
        super().__init__()
        self.setObjectName("record_rail")
        self._session, self.table = session, table
        self.current = ""
        self.head = RailHead()
        self.view = RailRows(session, table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.view, 1)
        self.view.clicked.connect(self._open_at)
        self.view.stepped.connect(self.step)
        table.arranged.connect(self._arranged)
        session.changed.connect(self._on_changed)
        self._count()

    @property
    def ids(self) -> list[str]:
        return self.table.ids

    def choose(self, record_id: str) -> bool:
        """Open a record; a filter that hides it is lifted. False if the project has no such record."""
        place = self.table.row_of(record_id)
        if place is None:
            if record_id not in self._session.columns().rows:
                return self._open_unlisted(record_id)
            self.table.renew()  # it may pass the filter again, as after an undo
            place = self.table.row_of(record_id)
        if place is None:
            self.table.list.clear()
            self.table.restrict(None)
            place = self.table.row_of(record_id)
        if place is None:
            return self._open_unlisted(record_id)
        self._open_at(place)
        return True

    def _open_unlisted(self, record_id: str) -> bool:
        """While a large project is being read its first record can be read already."""
        if not self._session.is_opening:
            return False
        self._open(record_id)
        return True

    def step(self, by: int) -> bool:
        """Open the record `by` rows further; False at the end of the list."""
        at = self.table.row_of(self.current)
        place = max(0, at + by) if at is not None else 0
        if place == at or place >= len(self.table.list):
            return False
        self._open_at(place)
        return True

    def next_unread(self) -> str:
        """The next unread record: of the queue where the reader goes by it, else of the list, from its beginning where
        none follows; "" if all are read."""
        queued = self._session.queue.next(self.current)
        if queued:
            return queued
        at = self.table.row_of(self.current)
        place = self.table.list.next_unread(-1 if at is None else at)
        return "" if place is None else self.table.id_at(place)

    def first_unread(self) -> str:
        """Where reading begins: the first unread record as the rail goes, the first of all where all are read."""
        if not len(self.table.list):  # as long as a large project is being read
            return self._session.first_unread()
        return self.next_unread() or self.table.id_at(0)

    def step_unread(self) -> bool:
        """Open the next unread record; False if all are read."""
        record_id = self.next_unread()
        return bool(record_id) and self.choose(record_id)

    @property
    def why_no_next(self) -> str:
        """Why there is no unread record to go on to, in a sentence or two."""
        if len(self.table.list) == self._session.count:
            return "All other ECGs of the list are read."
        return "All other ECGs that the worklist shows are read. Lift its search or filter (Ctrl+2) to see the rest."

    @Slot(int)
    def _open_at(self, place: int) -> None:
        self._open(self.table.id_at(place))

    def _open(self, record_id: str) -> None:
        is_other, self.current = record_id != self.current, record_id
        self.view.show_current(record_id)
        if is_other:
            if self.table.list.shows_all or self._session.queue.has_shown(record_id):
                self._session.note_primed([record_id])
            self.chosen.emit(record_id)

    @Slot()
    def _arranged(self) -> None:
        self.view.show_current(self.current)
        self._count()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind in (ChangeKind.RECORDS, ChangeKind.READING):
            self._count()
        if change.kind in REDRAWN:
            self.view.draw_again(change.ids)

    def _count(self) -> None:
        columns = self._session.columns()
        read = int(np.count_nonzero(columns.is_in(ReadingState.CONFIRMED)))
        self.head.show_counts(read, columns.count)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.head.set_wide(self.width() > NARROW)

    def set_theme(self, theme: Theme) -> None:
        self.head.set_theme(theme)
        self.view.set_theme(theme)
