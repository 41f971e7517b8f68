"""The table of the worklist: rows to choose, columns to sort by and to choose, keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from cessl_gui.bridge.worklist import Column
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.focus_ring import NO_RING
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.worklist.cells import PADDING, Cells
from cessl_gui.ui.worklist.columns import COLUMNS, HEADINGS, OFFSET, column_at, section_of
from cessl_gui.ui.worklist.table import WorklistTable

WIDTHS = {
    Column.RECORD: 108,
    Column.REASON: 170,
    Column.STATE: 108,
    Column.FINDING: 120,
    Column.MODEL: 186,
    Column.DISAGREEMENT: 160,
    Column.AGE: 56,
    Column.SEX: 52,
    Column.DATE: 96,
    Column.RATE: 58,
    Column.QTC: 62,
    Column.SOURCE: 100,
}
BOXES = 36
MOST_WIDENED = 1.4  # in a wide window, so that a row can still be followed with the eye
AT_FIRST_DESCENDING = (Column.MODEL, Column.DATE, Column.RATE, Column.QTC)
NOT_AT_FIRST = "reason"  # only the queue gives one
CHOSEN = "worklist_columns"  # of the person's preferences: the columns that are not shown


class Grid(QTableView):
    """opened(record_id) : Enter or a double click;  wanted(act) : a key or an entry of the menu, see SelectionBar"""

    opened = Signal(str)
    wanted = Signal(str)
    selection_changed = Signal()

    def __init__(self, table: WorklistTable) -> None:
        super().__init__()
        named(self, "worklist_table", "Worklist")
        self.setProperty(NO_RING, True)
        self.table, self._at = table, ""
        self._is_usual = True  # widths of the columns
        self._keys: dict[str, str] = {}
        self.setModel(table)
        self.cells = Cells(table, self)
        self.setItemDelegate(self.cells)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setStyleSheet(f"#worklist_table {{ border: none; }} QHeaderView::section {{ padding: 4px {PADDING}px; }}")
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(tokens.TABLE_ROW)
        self._set_up_header()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda at: self.menu().popup(self.viewport().mapToGlobal(at)))
        self.doubleClicked.connect(self._open)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self.selectionModel().currentChanged.connect(self._remember)
        table.arranged.connect(self._come_back)

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(BOXES)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(0, BOXES)
        for column, width in WIDTHS.items():
            header.resizeSection(section_of(column), width)
        header.setStretchLastSection(True)
        header.sectionResized.connect(self._note_resized)
        header.sectionClicked.connect(self._sort)
        hidden = str(preferences().value(CHOSEN, NOT_AT_FIRST)).split()
        for column in COLUMNS[1:]:
            header.setSectionHidden(section_of(column), str(column) in hidden)

    # --- columns -------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._widen()

    def _widen(self) -> None:
        """Give the columns of a wide window more room, as long as nobody has drawn them to a width of their own."""
        if not self._is_usual:
            return
        shown = [column for column in WIDTHS if not self.isColumnHidden(section_of(column))]
        room = (self.viewport().width() - BOXES) / sum(WIDTHS[column] for column in shown)
        for column in shown:
            self.horizontalHeader().resizeSection(
                section_of(column), int(WIDTHS[column] * min(max(room, 1), MOST_WIDENED))
            )

    def _note_resized(self) -> None:
        if QGuiApplication.mouseButtons() and self.horizontalHeader().underMouse():  # drawn by hand
            self._is_usual = False

    def columns_menu(self) -> QMenu:
        """Which columns are shown; the record's name always is."""
        menu = QMenu(self)
        for column in COLUMNS[1:]:
            action = menu.addAction(HEADINGS[column].partition(",")[0])
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(section_of(column)))
            action.toggled.connect(self._shower(column))
        return menu

    def _shower(self, column: Column) -> Callable[[bool], None]:
        return lambda on: self.show_column(column, on)

    def show_column(self, column: Column, on: bool) -> None:
        self.setColumnHidden(section_of(column), not on)
        self._widen()
        hidden = [str(one) for one in COLUMNS if self.isColumnHidden(section_of(one))]
        preferences().setValue(CHOSEN, " ".join(hidden))

    # --- order ---------------------------------------------------------------------------------------------------

    def _sort(self, section: int) -> None:
        column = column_at(section)
        if column is None:
            self.selectAll() if not self.selectionModel().hasSelection() else self.clearSelection()
            return
        before, descending = self.table.list.sorted_by
        self.table.sort_by(column, not descending if column == before else column in AT_FIRST_DESCENDING)

    # --- rows ----------------------------------------------------------------------------------------------------

    def chosen(self) -> list[str]:
        """Ids of the chosen records, in the order of the list."""
        ranges: QItemSelection = self.selectionModel().selection()
        places = {place for one in ranges for place in range(one.top(), one.bottom() + 1)}
        return [self.table.id_at(place) for place in sorted(places)]

    def chosen_count(self) -> int:
        return sum(one.height() for one in self.selectionModel().selection())

    def choose(self, ids: list[str]) -> None:
        """Choose these rows and no other, as far as they are shown."""
        selection = QItemSelection()
        for record_id in ids:
            place = self.table.row_of(record_id)
            if place is not None:
                index = self.table.index(place, 0)
                selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)

    def go_to(self, record_id: str) -> None:
        """Make a row the current one, in sight; what is chosen stays."""
        place = self.table.row_of(record_id)
        if place is not None:
            index = self.table.index(place, OFFSET)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(index)

    def _remember(self, now: QModelIndex, was: QModelIndex) -> None:
        if now.isValid():
            self._at = self.table.id_at(now.row())
        for index in (now, was):  # the ring goes from row to row; all of them take as long to draw as several keys
            if index.isValid():
                top = self.rowViewportPosition(index.row())
                self.viewport().update(0, top, self.viewport().width(), tokens.TABLE_ROW)

    def _come_back(self) -> None:
        """The rows are in another order: the current one stays in sight."""
        self.go_to(self._at)

    def selectionCommand(self, index: QModelIndex, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:
        """A click on a box chooses or leaves its row; the others stay."""
        flags = QItemSelectionModel.SelectionFlag
        is_press = event is not None and event.type() == QEvent.Type.MouseButtonPress
        if is_press and index.isValid() and index.column() == 0:
            return flags.Toggle | flags.Rows
        return super().selectionCommand(index, event)

    def menu(self) -> QMenu:
        """What can be done with the chosen rows."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for act, words in (
            ("read", "Read"),
            ("defer", "Defer"),
            ("exclude", "Exclude or include"),
            ("export", "Export…"),
            ("report", "Report as PDF…"),
            ("remove", "Remove from the project…"),
        ):
            menu.addAction(words, lambda act=act: self.wanted.emit(act))
        return menu

    def _open(self, index: QModelIndex) -> None:
        if index.isValid() and index.column() > 0:
            self.opened.emit(self.table.id_at(index.row()))

    def take_keys(self, **keys: tuple[str, ...]) -> None:
        """Which keys mean "defer" and "exclude" here; Enter and Escape stay as they are."""
        self._keys = {QKeySequence(key).toString(): act for act, of in keys.items() for key in of}

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self._keys.get(QKeySequence(event.keyCombination()).toString())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.chosen_count() > 1:
                self.wanted.emit("read")
            else:
                self._open(self.currentIndex().siblingAtColumn(OFFSET))
        elif event.key() == Qt.Key.Key_Escape and self.selectionModel().hasSelection():
            self.clearSelection()
        elif act is not None:
            self.wanted.emit(act)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.cells.draw(painter, event.rect())

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        self.cells.set_theme(theme)
        self.viewport().update()
