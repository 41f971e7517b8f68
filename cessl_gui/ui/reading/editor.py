"""The Statements room: which statements the panel has, their order, groups, keys, names and words to search by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.bridge.reader import panel
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import CesslError
from cessl_gui.core.statements.vocabulary import GROUPS, Statement, Wording
from cessl_gui.core.statements.wordings import codes_in
from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.ask_file import ask_files, ask_new_file
from cessl_gui.ui.parts.in_turns import InTurns
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.whole_rows import WholeRows
from cessl_gui.ui.parts.widgets import named, put_box
from cessl_gui.ui.reading.merging import MergeDialog
from cessl_gui.ui.reading.search_box import SearchBox
from cessl_gui.ui.reading.statement_list import title_of

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

COLUMNS = ("Key", "Name", "Group", "Also found by", "Code", "In other systems")
KEY, NAME, GROUP, TYPED, CODE, CODED = range(len(COLUMNS))
ROWS_AT_ONCE = 3  # whose boxes are made in one turn
EXAMPLE = "Codes that exports name next to its own, e.g. SNOMED 698247007, AHA 50"
KINDS = "Panels (*.panel.json)"


class StatementsView(QWidget):
    """Each change holds at once; labels that were given stay, whatever becomes of their statement."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statements_room")
        self._session = session
        self._is_filling = False
        self._shown: tuple[Statement, ...] = ()
        self._boxing = InTurns(self)
        self._merging: MergeDialog | None = None
        title = PlainLabel("Statements of this project")
        title.setFont(dressing.font(tokens.PAGE_TITLE))
        self.search = SearchBox(session, self, "add to the panel")
        self.search.setMaximumWidth(420)
        self.search.layout().setContentsMargins(0, 0, 0, 0)
        self.search.typed.setPlaceholderText("Add a statement")
        self.table = named(QTableWidget(0, len(COLUMNS)), "panel_table", "Statements of the panel")
        self.notice = named(PlainLabel(wordWrap=True), "panel_notice", "What was done")
        self._set_up_table()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        for part in (title, self.search):
            column.addWidget(part)
        column.addWidget(WholeRows(self.table), 1)
        column.addWidget(self.notice)
        column.addLayout(self._build_buttons())
        self.search.answered.connect(lambda code, _: panel.add(session, code))
        self.search.added.connect(lambda words, _: panel.add_own(session, words))
        self.search.left.connect(self.table.setFocus)
        session.changed.connect(self._on_changed)
        self._fill()

    def _set_up_table(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(COLUMNS)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(tokens.TABLE_ROW + 4)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(TYPED, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.itemChanged.connect(self._take_text)

    def _build_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for name, text, tip, act in (
            ("up", "Move up", "Move the chosen statement up within its group", lambda: self._move(-1)),
            ("down", "Move down", "Move the chosen statement down within its group", lambda: self._move(1)),
            ("remove", "Remove from the panel", "Labels that were given stay", self._remove),
            ("merge", "Merge into another…", "Let the labels of the chosen statement count as another's", self._merge),
            ("save", "Save the panel…", "Write the panel as a file for other projects", self._save),
            ("load", "Load a panel…", "Take the panel of a file; labels stay", self._load),
        ):
            button = named(QPushButton(text), f"panel_{name}", text, tip)
            button.clicked.connect(lambda _=False, act=act: act())
            self.buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)
        return row

    # --- what is shown -------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        self._is_filling = True
        statements, chosen = self._session.panel(), self.code
        self.table.setRowCount(len(statements))
        self._shown = statements
        worded = {wording.code: wording for wording in panel.wordings(self._session)}
        for row, statement in enumerate(statements):
            self._set(row, NAME, statement.name)
            wording = worded.get(statement.code, Wording(statement.code))
            self._set(row, TYPED, ", ".join(wording.typed))
            self._set(row, CODE, statement.code, is_fixed=True)
            self._set(row, CODED, ", ".join(wording.codes), EXAMPLE)
            self._show_boxes(row)
        self._boxing.begin(self._add_boxes())
        codes = [statement.code for statement in statements]
        if chosen in codes:
            self.table.selectRow(codes.index(chosen))
        self._is_filling = False

    def _set(self, row: int, column: int, text: str, tip: str = "", *, is_fixed: bool = False) -> None:
        item = QTableWidgetItem(text)
        item.setToolTip(plain(text or tip))
        if is_fixed:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
        self.table.setItem(row, column, item)

    def _add_boxes(self) -> Iterator[None]:
        """The boxes of rows that have none: those of all rows at once would hold the window."""
        without = [row for row in range(self.table.rowCount()) if self.table.cellWidget(row, KEY) is None]
        for number, row in enumerate(without, 1):
            for column, options, act in (
                (KEY, ("–", *map(str, range(1, panel.DIGITS + 1))), self._take_key),
                (GROUP, tuple(map(title_of, GROUPS)), self._take_group),
            ):
                box = QComboBox()
                box.setFrame(False)
                box.addItems(options)
                box.activated.connect(lambda at, row=row, act=act: act(self._shown[row], at))
                put_box(self.table, row, column, box)
            self._show_boxes(row)
            if number % ROWS_AT_ONCE == 0:
                yield

    def _show_boxes(self, row: int) -> None:
        """What is chosen in the boxes of a row, once they are there."""
        statement, keys = self._shown[row], panel.digits(self._session)
        key = str(keys.index(statement.code) + 1) if statement.code in keys else "–"
        for column, chosen in ((KEY, key), (GROUP, title_of(statement.group))):
            box = self.table.cellWidget(row, column)
            if box is not None:
                box.setCurrentText(chosen)
                box.setAccessibleName(f"{COLUMNS[column]} of {statement.name}")

    @property
    def code(self) -> str:
        """Of the chosen statement; "" without one."""
        row = self.table.currentRow()
        item = self.table.item(row, CODE) if row >= 0 else None
        return item.text() if item else ""

    # --- what is changed -----------------------------------------------------------------------------------------

    def _take_key(self, statement: Statement, digit: int) -> None:
        keys = panel.digits(self._session)
        if digit:
            panel.set_digit(self._session, digit, statement.code)
        elif statement.code in keys:
            panel.set_digit(self._session, keys.index(statement.code) + 1, "")

    def _take_group(self, statement: Statement, at: int) -> None:
        panel.word(self._session, statement.code, group=GROUPS[at])

    @Slot(QTableWidgetItem)
    def _take_text(self, item: QTableWidgetItem) -> None:
        if self._is_filling:
            return
        code, text = self.table.item(item.row(), CODE).text(), item.text().strip()
        if item.column() == NAME:
            self._do(lambda: panel.word(self._session, code, name=text), "")
            self._fill()
        elif item.column() == TYPED:
            words = tuple(word.strip() for word in text.split(",") if word.strip())
            panel.word(self._session, code, typed=words)
        elif item.column() == CODED:
            self._do(lambda: panel.word(self._session, code, codes=codes_in(text)), "Exports also name these codes.")
            self._fill()

    def _move(self, by: int) -> None:
        if self.code:
            panel.move(self._session, self.code, by)

    def _remove(self) -> None:
        if self.code:
            panel.remove(self._session, self.code)

    def _merge(self) -> None:
        if self._merging is None:
            self._merging = MergeDialog(self._session, self)
        self._merging.show_for(self.code)

    def _save(self) -> None:
        path = ask_new_file(self, "Save the panel", KINDS, "ward.panel.json")
        if path:
            self._do(lambda: panel.save_panel(self._session, path), f"The panel is in {path.name}.")

    def _load(self) -> None:
        for path in ask_files(self, "Load a panel", KINDS)[:1]:
            self.load(path)

    def load(self, path: Path) -> None:
        """Take the panel of a file, or say why that cannot be."""
        self._do(lambda: panel.load_panel(self._session, path), f"The panel of {path.name} is in use now.")

    def _do(self, act: Callable[[], None], done: str) -> None:
        try:
            act()
        except CesslError as error:
            done = f"{error.what} {error.todo}"
        self.notice.setText(done)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.SETTINGS:
            self._fill()

    def set_theme(self, theme: Theme) -> None:
        self.search.set_theme(theme)
        self.notice.setStyleSheet(f"color: {theme.muted};")
