"""The History room: who entered what, and when, of one ECG or of the whole project."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QVBoxLayout, QWidget

from cessl_gui.bridge.reader.past import PAGE, Asked, Line
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.ask_file import ask_new_file
from cessl_gui.ui.parts.beside import beside_table
from cessl_gui.ui.parts.dates import local_words
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.whole_rows import WholeRows
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.worklist.history_filters import HistoryFilters

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

HEADINGS = ("When", "Who", "ECG", "What", "Before", "After", "In sight")
LAST = len(HEADINGS) - 1  # the column that takes what room is left
WIDEST_PX = 320  # of the others: a note is a whole text
NO_ACTS = (ChangeKind.MEASUREMENTS, ChangeKind.PREDICTIONS, ChangeKind.QUEUE)  # changes that nobody entered
SOON_MS = 300  # after an act: several are looked for at once


class HistoryTable(QAbstractTableModel):
    """The acts asked for, the newest first; more come as the end comes into sight, and new ones as they are done."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._past, self._lines = session.past, []
        self._when: dict[str, str] = {}  # times in words: Qt asks for them many times over
        self._asked, self._waits, self._is_whole = Asked(), False, True
        self._is_old = self._wants_more = False  # acts have come, the end into sight, while an answer was waited for
        session.past.page_ready.connect(self._take)

    @property
    def asked(self) -> Asked:
        return self._asked

    def line(self, row: int) -> Line:
        return self._lines[row]

    def ask(self, asked: Asked) -> None:
        """Show these acts instead."""
        self.beginResetModel()
        self._when.clear()
        self._lines, self._asked, self._waits, self._is_whole = [], asked, True, False
        self.endResetModel()
        self._past.request(asked)

    def look_again(self) -> None:
        """Acts have come: ask for the newest ones; what is there stays where it is."""
        self._is_old = self._waits
        if not self._waits:
            self._waits = True
            self._past.request(self._asked)

    @Slot(object, object)
    def _take(self, asked: Asked, lines: list[Line]) -> None:
        if asked._replace(before="") != self._asked:
            return
        self._waits = False
        if self._lines and not asked.before:
            self._join(lines)
        else:
            self._is_whole = len(lines) < PAGE
            self._insert(len(self._lines), lines)
        if self._wants_more:
            self.fetchMore(QModelIndex())
        elif self._is_old:
            self.look_again()

    def _join(self, newest: list[Line]) -> None:
        """Put new acts above those that are there; an earlier one may no longer hold."""
        end = newest[-1].act if len(newest) == PAGE else ""
        there = [line for line in self._lines if line.act >= end]
        count = max(0, len(newest) - len(there))
        again = newest[count:]
        if not there or [line.act for line in again] != [line.act for line in there]:
            # Others may lie between, or what is read blind has changed.
            self.beginResetModel()
            self._lines, self._is_whole = newest, len(newest) < PAGE
            self.endResetModel()
            return
        for row, line in enumerate(again):
            if line != self._lines[row]:
                self._lines[row] = line
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(HEADINGS) - 1))
        self._insert(0, newest[:count])

    def _insert(self, first: int, lines: list[Line]) -> None:
        if lines:
            self.beginInsertRows(QModelIndex(), first, first + len(lines) - 1)
            self._lines[first:first] = lines
            self.endInsertRows()

    def canFetchMore(self, parent: QModelIndex) -> bool:
        return not (parent.isValid() or self._is_whole or not self._lines)

    def fetchMore(self, parent: QModelIndex) -> None:
        self._wants_more = self._waits
        if self.canFetchMore(parent) and not self._waits:
            self._waits = True
            self._past.request(self._asked._replace(before=self._lines[-1].act))

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent and parent.isValid() else len(self._lines)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent and parent.isValid() else len(HEADINGS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        line = self._lines[index.row()]
        text = self._words_of(line.at_utc) if index.column() == 0 else line[index.column() + 1]
        return plain(text) if role == Qt.ItemDataRole.ToolTipRole else text

    def _words_of(self, at_utc: str) -> str:
        if at_utc not in self._when:
            self._when[at_utc] = local_words(at_utc)
        return self._when[at_utc]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return super().headerData(section, orientation, role)


class HistoryView(QWidget):
    """Asks again each time it comes into sight, and while it is in sight as acts come.

    opened(record id, code) : look at the ECG of an act, at its statement; "" without one
    """

    opened = Signal(str, str)

    def __init__(self, session: Session, record_id: Callable[[], str]) -> None:
        """record_id : the ECG that is open in Read, "" for none"""
        super().__init__()
        self.setObjectName("history_view")
        self._session = session
        self.export = named(
            QPushButton("Export these…"), "history_export", "Write what the filters choose as a table (CSV)"
        )
        self.export.clicked.connect(self._export)
        self.filters = HistoryFilters(session, record_id)
        self.filters.chosen.connect(self.refresh)
        title = PlainLabel("History")
        title.setFont(font(tokens.PAGE_TITLE))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(title, 1)
        self.export.setMinimumHeight(tokens.BUTTON)
        head.addWidget(self.export)
        self.table = beside_table("history_table", "Who entered what, and when", HEADINGS, LAST)
        self.model = HistoryTable(session, self)
        self.table.setModel(self.model)
        self.table.horizontalHeader().setMaximumSectionSize(WIDEST_PX)
        self.model.rowsInserted.connect(self._fit_columns)
        self.table.activated.connect(self._open)  # double-click, Enter
        self.nothing = PlainLabel("These filters choose nothing that was entered.")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.addWidget(self.filters)
        column.addWidget(self.nothing)
        column.addWidget(WholeRows(self.table), 1)
        column.insertLayout(0, head)  # last, and so in the order of Tab: else Enter, where the room opens, would export
        session.renewed.connect(lambda: self.refresh() if self.isVisible() else None)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.model.look_again)
        session.changed.connect(self._on_changed)
        session.past.page_ready.connect(self._say_nothing)
        self.nothing.hide()

    @Slot()
    def refresh(self) -> None:
        """Ask for the newest of the acts that the filters choose."""
        self.model.ask(self.filters.asked())

    @Slot()
    def _fit_columns(self) -> None:
        """Columns that follow their contents look at them when a model begins anew, and not when rows come."""
        header = self.table.horizontalHeader()
        for column in set(range(len(HEADINGS))) - {LAST}:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind not in NO_ACTS and self.isVisible() and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _say_nothing(self) -> None:
        self.nothing.setVisible(self.model.rowCount() == 0)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        line = self.model.line(index.row())
        if line.record_id:
            self.opened.emit(line.record_id, line.code)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.filters.fill()
        self.refresh()

    @Slot()
    def _export(self) -> None:
        out = ask_new_file(self, "Write the history to", "Table (*.csv)", "history.csv")
        if out is not None:
            self._session.past.export(out, self.model.asked)
