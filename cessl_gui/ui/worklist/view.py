"""The Worklist room: all ECGs, to search, filter, sort, choose and open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader import several, sight
from cessl_gui.bridge.worklist import Filter
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.plural import counted
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.key_tips import with_keys
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import TypingEdit, named
from cessl_gui.ui.worklist import primed_line
from cessl_gui.ui.worklist.chips import Chips
from cessl_gui.ui.worklist.empty import EmptyList
from cessl_gui.ui.worklist.grid import Grid
from cessl_gui.ui.worklist.primed_line import PrimedLine
from cessl_gui.ui.worklist.selection_bar import SelectionBar
from cessl_gui.ui.worklist.statement_filter import StatementFilter
from cessl_gui.ui.worklist.table import WorklistTable

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

KEPT_CHOSEN = 1000  # rows; more are chosen again by hand
STAYS = "Order and counts stay as they are until you press F5"
CHANGED = "Something has changed since: F5 sorts and counts again"


class WorklistView(QWidget):
    """opened(record_id)      : to be read
    import_wanted             : the reader asks for recordings to import
    export_wanted(ids)        : to be written; none are all
    report_wanted(record_id)  : as PDF
    remove_wanted(ids)        : to be erased
    said(words)               : something to tell the reader in passing
    """

    opened = Signal(str)
    import_wanted = Signal()
    export_wanted = Signal(object)
    report_wanted = Signal(str)
    remove_wanted = Signal(object)
    said = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("worklist_view")
        self._session, self._theme, self._was_seen = session, LIGHT, False
        self.table = WorklistTable(session, self)
        self.grid = Grid(self.table)
        self.chips = Chips(session, self.table.list.count)
        self.statement = StatementFilter(session)
        self.primed = PrimedLine()
        self.bar = SelectionBar()
        self.empty = EmptyList()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(self._build_filters())
        for part in (self.primed, self.stack, self.bar):
            column.addWidget(part, int(part is self.stack))
        self._connect()
        self._follow()

    def _build_head(self) -> QWidget:
        head = QFrame()
        head.setObjectName("worklist_head")
        head.setFixedHeight(48)
        title = PlainLabel("Worklist")
        title.setFont(font(tokens.PAGE_TITLE))
        self.summary = named(PlainLabel(), "worklist_summary", "How many ECGs there are")
        self.search = with_keys(
            named(TypingEdit(), "record_search", "Search ECGs"), "Part of a record, patient or folder[ ({search})]"
        )
        self.search.setPlaceholderText("Record, patient or folder")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedSize(240, tokens.BUTTON)
        self._glass = QAction(self.search)  # made here: of one that Qt makes, Python lost hold once a dialog closed
        self.search.addAction(self._glass, TypingEdit.ActionPosition.LeadingPosition)
        self.columns = named(QToolButton(), "worklist_columns", "Columns", "Which columns are shown")
        self.columns.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.columns.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.columns.setText("Columns")
        self.columns.setMinimumHeight(tokens.BUTTON)
        self.columns.setMenu(self.grid.columns_menu())
        self.import_ = with_keys(
            named(QPushButton("Import"), "worklist_import", "Import"), "Import recordings[ ({import})]"
        )
        self.export = named(
            QPushButton("Export"), "worklist_export", "Export", "Write labels, predictions or recordings"
        )
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(title)
        row.addSpacing(8)
        row.addWidget(self.summary, 1)
        for part in (self.search, self.columns, self.import_, self.export):
            row.addWidget(part)
        return head

    def _build_filters(self) -> QWidget:
        filters = QFrame()
        filters.setObjectName("worklist_filters")
        row = QHBoxLayout(filters)
        row.setContentsMargins(16, 6, 16, 6)
        row.addWidget(self.chips, 1)
        row.addWidget(self.statement, 0, Qt.AlignmentFlag.AlignTop)
        return filters

    def _connect(self) -> None:
        session, table = self._session, self.table
        self.search.textChanged.connect(lambda text: self._show(replace(table.list.filter, text=text)))
        for signal in (self.search.entered, self.search.left, self.search.navigated):
            signal.connect(lambda *_: self.grid.setFocus())
        self.chips.chosen.connect(self._choose)
        self.statement.chosen.connect(lambda code, said: self._show(replace(table.list.filter, code=code, said=said)))
        self.primed.toggled.connect(self._show_all)
        self.grid.opened.connect(self.opened)
        self.grid.wanted.connect(self._do)
        self.grid.selection_changed.connect(self._count_chosen)
        self.bar.wanted.connect(self._do)
        self.import_.clicked.connect(self.import_wanted)
        self.export.clicked.connect(lambda: self.export_wanted.emit([]))
        self.empty.import_wanted.connect(self.import_wanted)
        self.empty.clear_wanted.connect(lambda: self._choose(Filter()))
        table.opinions_shown.connect(session.note_primed)
        table.arranged.connect(self._follow)
        table.stale.connect(lambda: self.bar.say(CHANGED))
        session.changed.connect(self._on_changed)
        session.opened.connect(self._follow)
        session.ended.connect(self._on_ended)
        renew = QAction(self)
        renew.setShortcut(QKeySequence(Qt.Key.Key_F5))
        renew.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        renew.triggered.connect(self.renew)
        self.addAction(renew)

    # --- what is shown -------------------------------------------------------------------------------------------

    @Slot()
    def renew(self) -> None:
        """Sort, filter and count again; what is chosen stays."""
        chosen = self.grid.chosen() if self.grid.chosen_count() < KEPT_CHOSEN else []
        self.table.renew()
        self.chips.recount()
        self.grid.choose(chosen)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_seen:  # nobody knows an order yet that would have to stay
            self._was_seen = True
            self.renew()

    @property
    def current(self) -> str:
        """Id of the row that the keyboard is on, "" if none."""
        index = self.grid.currentIndex()
        return self.table.id_at(index.row()) if index.isValid() and index.row() < len(self.table.list) else ""

    def follow(self, record_id: str) -> None:
        """A record was opened: its row is the current one, in sight."""
        self.grid.go_to(record_id)

    def show_only(self, ids: Sequence[str]) -> None:
        """Show these records alone, until another filter is chosen."""
        self._choose(Filter())
        self.table.restrict(list(ids))

    def _show(self, wanted: Filter) -> None:
        self.table.show_filter(wanted)

    @Slot(object)
    def _choose(self, wanted: Filter) -> None:
        """A chip: it says all but which statement is shown and what is searched for."""
        shown = self.table.list.filter
        if not wanted.code:
            wanted = replace(wanted, code=shown.code)
        self.search.blockSignals(True)
        self.search.setText(wanted.text)
        self.search.blockSignals(False)
        self.statement.show_choice(wanted.code, wanted.said)
        self._show(wanted)

    @Slot(bool)
    def _show_all(self, on: bool) -> None:
        self.table.show_all_opinions(on)

    @Slot()
    def _follow(self) -> None:
        """Say how many there are, what is hidden, and why nothing is shown."""
        session, columns, shown = self._session, self._session.columns(), self.table.list
        patients = columns.patient_count
        words = f"{session.project_name} · {counted(columns.count, 'ECG')}"
        words += f" of {counted(patients, 'patient')}" if patients else ""
        if len(shown) != columns.count:
            words += f" · {len(shown)} shown"
        self.summary.setText(words)
        self.chips.mark(shown.filter, is_restricted=shown.is_restricted)
        self.bar.say(STAYS if columns.count else "")
        line = {sight.OFF: primed_line.OFF, sight.ALWAYS: primed_line.ALWAYS}.get(session.blind)
        on = shown.shows_all and line is None
        self.primed.show_state(line or (primed_line.SHOWN if on else primed_line.HIDDEN), on=on)
        self.stack.setCurrentWidget(self.grid if len(shown) else self.empty)
        self.empty.show_reason(is_opening=session.is_opening, has_records=bool(columns.count))
        self._count_chosen()

    @Slot()
    def _count_chosen(self) -> None:
        self.bar.show_count(self.grid.chosen_count(), may_change=not self._session.project.reading_only)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind in (ChangeKind.SETTINGS, ChangeKind.MODELS):
            self.statement.fill()
        if change.kind == ChangeKind.SETTINGS:
            if self._session.blind != sight.FIRST_READ and self.table.list.shows_all:
                self.table.show_all_opinions(False)
            self._follow()
        arrives = change.kind == ChangeKind.RECORDS or (
            change.kind in (ChangeKind.LABELS, ChangeKind.PREDICTIONS) and not change.ids
        )
        if arrives and self._was_seen:  # else it counts when it is shown first
            self.chips.recount()

    # --- what is done --------------------------------------------------------------------------------------------

    @Slot(str)
    def _do(self, act: str) -> None:
        """act : see SelectionBar and Grid.menu; it concerns the chosen rows, else the current one"""
        ids = self.grid.chosen() or ([self.current] if self.current else [])
        if act == "clear":
            self.grid.clearSelection()
        elif not ids:
            return
        elif act == "read":
            if len(ids) > 1:
                self.table.restrict(ids)
            self.opened.emit(ids[0])
        elif act == "defer":
            several.defer(self._session, ids)
        elif act == "exclude":
            several.toggle_excluded(self._session, ids)
        elif act == "export":
            self.export_wanted.emit(ids)
        elif act == "report":
            self.report_wanted.emit(ids[0])
        elif act == "remove":
            self.remove_wanted.emit(ids)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind != TaskKind.MOVE or outcome.ending != Ending.FINISHED:
            return
        self.said.emit(outcome.result.sentence)

    # --- how it looks --------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.grid, self.primed, self.bar, self.empty):
            part.set_theme(theme)
        for button, name in ((self.columns, "columns"), (self.import_, "tray-arrow-down"), (self.export, "export")):
            icons.put_before_words(button, name, theme.text)
        self._glass.setIcon(icons.icon("magnifying-glass", theme.muted))
        self.setStyleSheet(
            f"#worklist_view {{ background: {theme.surface}; }} #worklist_summary {{ color: {theme.muted}; }}"
            f" #worklist_head, #worklist_filters {{ background: {theme.surface};"
            f" border-bottom: 1px solid {theme.border}; }}"
        )
