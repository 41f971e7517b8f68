"""The History room: who entered what, and when, of one ECG or of the whole project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cessl_gui.bridge.past import PAGE, Asked, Line
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.ask_file import ask_new_file
from cessl_gui.ui.parts.beside import beside_table
from cessl_gui.ui.parts.dates import date_words
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

HEADINGS = ("When", "Who", "ECG", "What", "Before", "After", "In sight")
WHAT = 3  # the column that takes what room is left
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
    "model": "Models",
    "removal": "Removals",
}


class HistoryTable(QAbstractTableModel):
    """The acts asked for, the newest first; more come as the end comes into sight."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._past, self._lines = session.past, []
        self._asked, self._waits, self._is_whole = Asked(), False, True
        session.past.page_ready.connect(self._take)

    def ask(self, asked: Asked) -> None:
        """Show these acts instead."""
        self.beginResetModel()
        self._lines, self._asked, self._waits, self._is_whole = [], asked, True, False
        self.endResetModel()
        self._past.request(asked)

    @Slot(object, object)
    def _take(self, asked: Asked, lines: list[Line]) -> None:
        if asked._replace(before="") != self._asked:
            return
        self._waits, self._is_whole = False, len(lines) < PAGE
        if lines:
            first = len(self._lines)
            self.beginInsertRows(QModelIndex(), first, first + len(lines) - 1)
            self._lines.extend(lines)
            self.endInsertRows()

    def canFetchMore(self, parent: QModelIndex) -> bool:
        return not (parent.isValid() or self._waits or self._is_whole)

    def fetchMore(self, parent: QModelIndex) -> None:
        if self.canFetchMore(parent):
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
        text = local(line.at_utc) if index.column() == 0 else line[index.column() + 1]
        return plain(text) if role == Qt.ItemDataRole.ToolTipRole else text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return super().headerData(section, orientation, role)


class HistoryView(QWidget):
    """Asks again each time it comes into sight."""

    def __init__(self, session: Session, record_id: Callable[[], str]) -> None:
        """record_id : the ECG that is open in Read, "" for none"""
        super().__init__()
        self.setObjectName("history_view")
        self._session, self._record_id = session, record_id
        self.scope = named(QComboBox(), "history_scope", "Of which ECGs")
        self.scope.addItem("All ECGs", False)
        self.scope.addItem("The open ECG", True)
        self.reader = named(QComboBox(), "history_reader", "Of which reader")
        self.kind = named(QComboBox(), "history_kind", "What was entered")
        for key, words in KINDS.items():
            self.kind.addItem(words, key)
        self.export = named(QPushButton("Export all"), "history_export", "Write the whole history as a table (CSV)")
        self.export.clicked.connect(self._export)
        title = PlainLabel("History")
        title.setFont(font(tokens.PAGE_TITLE))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(title, 1)
        for part in (self.scope, self.reader, self.kind, self.export):
            part.setMinimumHeight(tokens.BUTTON)
            head.addWidget(part)
        self.table = beside_table("history_table", "Who entered what, and when", HEADINGS, WHAT)
        self.model = HistoryTable(session, self)
        self.table.setModel(self.model)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        for box in (self.scope, self.reader, self.kind):
            box.activated.connect(self.refresh)
        session.renewed.connect(lambda: self.refresh() if self.isVisible() else None)

    @Slot()
    def refresh(self) -> None:
        """Ask for the newest acts of the chosen kind."""
        record_id = self._record_id() if self.scope.currentData() else ""
        self.model.ask(Asked(record_id, self.reader.currentData() or "", self.kind.currentData()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        chosen = self.reader.currentData()
        self.reader.clear()
        self.reader.addItem("All readers", "")
        for name in self._session.team.readers():
            self.reader.addItem(name, name)
        self.reader.setCurrentIndex(max(0, self.reader.findData(chosen)))
        self.refresh()

    @Slot()
    def _export(self) -> None:
        out, _ = ask_new_file(self, "Write the history to", "Table (*.csv)", "history.csv")
        if out is not None:
            self._session.past.export(out if out.suffix.lower() == ".csv" else out.with_name(f"{out.name}.csv"))


def local(at_utc: str) -> str:
    """A time of the log as the clock on the wall showed it, in the chosen style."""
    try:
        return date_words(datetime.fromisoformat(at_utc.replace("Z", "+00:00")).astimezone())
    except ValueError:
        return at_utc
