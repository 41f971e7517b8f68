"""The rail of records: what tells them apart, the chosen one always in sight."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.worklist.record_list import RecordList
from cessl_gui.ui.worklist.record_table import NAME


class RecordStrip(QWidget):
    """The names of the record list, in its order and with its choice. chosen(record_id) as there."""

    chosen = Signal(str)

    def __init__(self, records: RecordList) -> None:
        super().__init__()
        self._records = records
        self.view = named(QListView(), "record_strip", "Records")
        self.view.setModel(records.table)
        self.view.setModelColumn(NAME)
        self.view.setSelectionModel(records.view.selectionModel())
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setUniformItemSizes(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        records.chosen.connect(self.chosen)
        records.view.selectionModel().currentChanged.connect(lambda now, _: self.view.scrollTo(now))

    @property
    def current(self) -> str:
        return self._records.current

    @property
    def ids(self) -> list[str]:
        return self._records.table.ids

    def choose(self, record_id: str) -> bool:
        return self._records.choose(record_id)

    def step(self, by: int) -> bool:
        return self._records.step(by)
