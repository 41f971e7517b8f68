"""Tables that end at whole rows: half a row tells nothing."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QTableView, QVBoxLayout, QWidget


class WholeRows(QWidget):
    """Holds a table whose rows are equally high, and leaves free what is too low for another row."""

    def __init__(self, table: QTableView) -> None:
        super().__init__()
        self._table = table
        self._column = QVBoxLayout(self)
        self._column.addWidget(table)
        self.resizeEvent(None)

    def sizeHint(self) -> QSize:
        return self._table.sizeHint()

    def resizeEvent(self, event) -> None:
        if event is not None:
            super().resizeEvent(event)
        table = self._table
        others = table.horizontalHeader().sizeHint().height() + 2 * table.frameWidth()
        row = table.verticalHeader().defaultSectionSize()
        self._column.setContentsMargins(0, 0, 0, max(0, self.height() - others) % row)
