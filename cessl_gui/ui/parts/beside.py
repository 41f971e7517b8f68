"""Windows beside the main one, none of which blocks it, and the tables in them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.widgets import named


class Beside(QDialog):
    """A window that leaves the main one usable; Escape closes it."""

    def __init__(self, parent: QWidget | None, name: str, title: str, size: QSize) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setModal(False)
        self.resize(size)
        self.column = QVBoxLayout(self)

    def add_close(self, *buttons: QPushButton) -> None:
        """A row of these buttons and *Close*; not in a box of its own, which would cut off the focus ring."""
        row, close = QHBoxLayout(), named(QPushButton("Close"), f"{self.objectName()}_close", "Close")
        close.clicked.connect(self.close)
        row.addStretch(1)
        for button in (*buttons, close):
            row.addWidget(button)
        self.column.addLayout(row)


class Rows(QAbstractTableModel):
    """Rows of text, whole in their tooltips. Thousands are set at once: the view asks for those that it shows."""

    def __init__(self, headings: Iterable[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._headings, self._rows = tuple(headings), []

    def set(self, rows: list[tuple[str, ...]]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent and parent.isValid() else len(self._headings)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(text)
        return text if role == Qt.ItemDataRole.DisplayRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole):
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        return super().headerData(section, orientation, role)


def beside_table(name: str, accessible: str, headings: Iterable[str], stretch: int) -> QTableView:
    table = named(QTableView(), name, accessible)
    table.setModel(Rows(headings, table))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setResizeContentsPrecision(0)  # by the rows in sight
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table
