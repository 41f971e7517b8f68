"""The record list: search, filter, sort by probability, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.core.plural import counted
from cessl_gui.core.types import Change, ReadingState, State
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import ElidedLabel, TypingEdit, named
from cessl_gui.ui.worklist.record_table import FINDING, NAME, NOT_ASSESSED, PROBABILITY, SHAPES, STATE, RecordTable

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class RecordList(QWidget):
    """Search box, filters and the table. The open record is the current row.

    chosen(record_id) : the reader opened a record
    opened            : the reader has opened one for reading, by a double click
    import_wanted     : the reader asks for records, as there are none
    """

    chosen = Signal(str)
    opened = Signal()
    import_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("record_list")
        self._session = session
        self.table = RecordTable(session, self)

        self.search = named(
            TypingEdit(), "record_search", "Search records", "Part of a record's name or folder (Ctrl+F)"
        )
        self.search.setPlaceholderText("Search name or folder")
        self.search.setClearButtonEnabled(True)
        self.reading = named(QComboBox(), "reading_filter", "Filter by reading state")
        self.statement = named(QComboBox(), "statement_filter", "Statement to filter and sort by")
        self.said = named(QComboBox(), "said_filter", "Filter by what was said of the statement")
        for box in (self.reading, self.statement, self.said):
            # Long statement names must not decide how wide the list is.
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        self.reading.addItem("Any reading state", None)
        for state in ReadingState:
            self.reading.addItem(f"{SHAPES[state]} {state}", state)
        self.said.addItem("Any answer", "")
        for word in (*State, NOT_ASSESSED):
            self.said.addItem(str(word), str(word))
        self.count = named(ElidedLabel(), "record_count", "Number of records")
        self.hint = QWidget()
        self.start = named(QPushButton("Import a folder ..."), "import_first", "Import a folder of recordings")
        self.start.clicked.connect(self.import_wanted)
        words = PlainLabel("No records yet. Drop a folder of recordings on the window, or", wordWrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside = QVBoxLayout(self.hint)
        inside.addStretch(1)
        inside.addWidget(words)
        inside.addWidget(self.start, 0, Qt.AlignmentFlag.AlignCenter)
        inside.addStretch(1)

        self.view = named(_View(), "record_table", "Records")
        self.view.setModel(self.table)
        self._set_up_view()
        filters = QGridLayout()
        filters.setSpacing(4)
        filters.addWidget(self.search, 0, 0, 1, 2)
        filters.addWidget(self.reading, 1, 0, 1, 2)
        filters.addWidget(self.statement, 2, 0)
        filters.addWidget(self.said, 2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(filters)
        column.addWidget(self.view, 1)
        column.addWidget(self.hint, 1)
        column.addWidget(self.count)

        self._fill_statements()
        self.search.textChanged.connect(self._filter)
        self.search.entered.connect(lambda _: self.view.setFocus())
        self.search.left.connect(self.view.setFocus)
        self.search.navigated.connect(self.step)
        for box in (self.reading, self.statement, self.said):
            box.currentIndexChanged.connect(self._filter)
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        self.view.doubleClicked.connect(self.opened)
        session.changed.connect(self._on_changed)
        self._say_count()

    def _set_up_view(self) -> None:
        view = self.view
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setSortingEnabled(True)
        view.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 8)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(FINDING, QHeaderView.ResizeMode.Stretch)
        width = view.fontMetrics().horizontalAdvance
        for column, sample in ((NAME, "HR000000"), (STATE, "● in progress"), (PROBABILITY, "▮ NSSTTA 0.00")):
            header.resizeSection(column, width(sample) + 14)
        edge = view.verticalScrollBar().sizeHint().width() + 2 * view.frameWidth()
        finding = max(width("SR, AF?"), header.sectionSizeFromContents(FINDING).width())
        view.setMinimumWidth(sum(map(header.sectionSize, (NAME, STATE, PROBABILITY))) + finding + edge)

    # --- the open record

    @property
    def current(self) -> str:
        """Id of the open record, "" if none."""
        index = self.view.currentIndex()
        return self.table.ids[index.row()] if index.isValid() else ""

    def choose(self, record_id: str) -> bool:
        """Open a record; a filter that hides it is lifted. False if the project has no such record."""
        if self.table.row_of(record_id) is None:
            self.table.arrange()  # it may pass the filter again, as after an undo
        if self.table.row_of(record_id) is None:
            self.clear_filters()
        row = self.table.row_of(record_id)
        if row is None:
            return False
        self._go_to(row)
        return True

    def step(self, by: int) -> bool:
        """Open the record `by` rows further; False at the end of the list."""
        at = self.view.currentIndex().row()
        row = max(0, at + by) if at >= 0 else 0
        if row == at or row >= len(self.table.ids):
            return False
        self._go_to(row)
        return True

    def _go_to(self, row: int) -> None:
        index = self.table.index(row, NAME)
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.view.scrollTo(index)

    @Slot()
    def _current_changed(self, index: QModelIndex, before: QModelIndex) -> None:
        if not index.isValid():
            return
        record_id = self.table.ids[index.row()]
        if record_id == self.table.kept:
            return
        self.chosen.emit(record_id)
        self.table.keep(record_id)
        self._say_count()

    # --- filters

    def clear_filters(self) -> None:
        self.search.clear()
        for box in (self.reading, self.statement, self.said):
            box.setCurrentIndex(0)

    def _fill_statements(self) -> None:
        box, chosen = self.statement, self.statement.currentData()
        box.blockSignals(True)
        box.clear()
        box.addItem("Any statement", "")
        model = self._session.active_model()
        vocabulary = self._session.vocabulary()
        codes = [s.code for s in self._session.panel()]
        codes += [c for c in (model.statements if model else ()) if vocabulary[c].code not in codes]
        for code in codes:
            s = vocabulary[code]
            box.addItem(f"{s.abbreviation}  {s.name}", code)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.blockSignals(False)

    @Slot()
    def _filter(self) -> None:
        table = self.table
        table.text = self.search.text().strip().casefold()
        table.reading = self.reading.currentData()
        table.code = self.statement.currentData() or ""
        table.said = self.said.currentData()
        self.said.setEnabled(bool(table.code))
        table.arrange()
        table.headerDataChanged.emit(Qt.Orientation.Horizontal, PROBABILITY, PROBABILITY)
        self._show_current()
        self._say_count()

    def _say_count(self) -> None:
        shown, total = len(self.table.ids), self.table.total
        read = sum(1 for i in self._session.records() if i.reading == ReadingState.CONFIRMED)
        whole = f"{counted(total, 'record')}, {read} confirmed"
        self.count.setText(whole if shown == total else f"{shown} of {counted(total, 'record')}")
        self.said.setEnabled(bool(self.table.code))
        self.view.setVisible(total > 0)
        self.hint.setVisible(total == 0)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == "records":
            self.table.reload()
        elif change.kind in ("labels", "reading", "predictions"):
            if change.kind == "predictions" and not change.ids:
                self.table.predictions_changed()
                self._show_current()
            self.table.refresh(change.ids)
        elif change.kind == "settings":
            self._fill_statements()
            self.table.read_statements()
            self.table.refresh(())
        elif change.kind == "models":
            self._fill_statements()
        if change.kind in ("records", "reading"):
            self._say_count()

    def _show_current(self) -> None:
        """Keep the open record in sight after a change of the order."""
        if self.view.currentIndex().isValid():
            self.view.scrollTo(self.view.currentIndex())


class _View(QTableView):
    def sizeHint(self) -> QSize:
        return QSize(330, 400)
