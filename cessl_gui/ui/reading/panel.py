"""The panel of the reading: the statements in groups, what the reader says of them, and the way on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from cessl_gui.bridge.reader.opinions import opinions_of, others_opinions
from cessl_gui.bridge.reader.panel import digits
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.reading.standing import Standing
from cessl_gui.core.statements.vocabulary import Statement, grouped, own_statement
from cessl_gui.core.types import State
from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.states import StateButton
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named, release_focus
from cessl_gui.ui.reading.acting import Acting
from cessl_gui.ui.reading.figure import figures_of
from cessl_gui.ui.reading.footer import Footer
from cessl_gui.ui.reading.how_read import how_read
from cessl_gui.ui.reading.key_button import Chip
from cessl_gui.ui.reading.opinions_block import OpinionsBlock
from cessl_gui.ui.reading.row_menu import row_menu
from cessl_gui.ui.reading.search_box import SearchBox
from cessl_gui.ui.reading.statement_list import StatementList, title_of
from cessl_gui.ui.reading.statement_row import StatementRow

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

NOT_IN_PANEL = "Not in the panel"
SHOWN = (ChangeKind.LABELS, ChangeKind.READING, ChangeKind.PREDICTIONS, ChangeKind.MODELS, ChangeKind.RECORDS)


class ReadingPanel(Acting):
    """Shows what is said of one record, and takes what the reader says.

    statement_chosen(code)  : the reader turned to a statement
    statement_hovered(code) : the mouse is over a statement; "" when it has left
    called                  : the reader must see the panel: a hint, or the keyboard comes here
    """

    statement_chosen = Signal(str)
    statement_hovered = Signal(str)
    called = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.setObjectName("reading")
        self.code = ""
        self._theme = tokens.LIGHT
        self._panel: tuple[Statement, ...] = ()
        self._rows: dict[str, StatementRow] = {}  # by code, made once
        self.chip = named(Chip(), "reading_chip", "How this ECG is read")
        self.basis = named(PlainLabel(wordWrap=True), "prediction_basis", "On what the prediction rests")
        self.opinions = OpinionsBlock()
        self.search = SearchBox(session, self)
        self.list = StatementList()
        self.footer = Footer(self)
        self.buttons = self.footer.buttons
        self.hint = named(PlainLabel(parent=self, wordWrap=True), "label_hint", "Hint")
        self._build()
        self.search.answered.connect(self._answer_found)
        self.search.added.connect(self._answer_added)
        self.search.left.connect(self.setFocus)
        session.changed.connect(self._on_changed)
        self._read_panel()
        self.show_record("")

    def _build(self) -> None:
        title = PlainLabel("Your reading")
        title.setFont(dressing.font(tokens.VALUE))
        header = QWidget()
        header.setFixedHeight(tokens.HEADER)
        row = QHBoxLayout(header)
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.chip)
        self.basis.setContentsMargins(12, 2, 12, 4)
        self._line = QFrame()
        self._line.setFixedHeight(tokens.HAIRLINE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (header, self._line, self.basis, self.opinions, self.search):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        column.addWidget(self.footer)
        self.hint.setMargin(8)
        self.hint.hide()

    def add_drawer(self, drawer: QWidget) -> None:
        """Give a drawer its place in the lower part, above the buttons; the list gives way to it."""
        column = self.layout()
        column.insertWidget(column.indexOf(self.footer), drawer)

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_record(self, record_id: str, on_page: bool = True) -> None:
        """Show what is said of a record; "" for none.

        on_page : whether the reader can see its ECG; before that (set_on_page) it can only be deferred or excluded
        """
        self.record_id, self.is_on_page, self._asked = record_id, on_page, ("", "")
        self.is_leaving = self.is_looked_at = False
        self.hint.hide()
        self.search.typed.setEnabled(bool(record_id))
        self.list.setEnabled(bool(record_id))
        self.refresh()

    def set_on_page(self) -> None:
        """The ECG of the record has come."""
        self.is_on_page, self.is_looked_at = True, False
        self.hint.hide()
        self._show_opinions()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (*self._rows.values(), self.list, self.search, self.opinions, self.footer):
            part.set_theme(theme)
        self.chip.theme = theme
        self._line.setStyleSheet(f"background: {theme.border};")
        self.basis.setStyleSheet(f"color: {theme.muted};")
        self.hint.setStyleSheet(
            f"background: {theme.warning_wash}; color: {theme.text};"
            f" border: 1px solid {theme.warning}; border-radius: {tokens.RADIUS}px;"
        )
        self.update()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show these keys on the buttons: name of the act, as "confirm_next", -> its key."""
        self.keys = keys
        self.footer.show_keys(keys)
        self.search.show_key(keys.get("find_statement", ""))

    def _read_panel(self) -> None:
        self._panel = self._session.panel()
        if self.code not in {s.code for s in self._panel}:
            self.code = self._panel[0].code if self._panel else ""

    def refresh(self) -> None:
        session, record_id = self._session, self.record_id
        states = session.labels(record_id) if record_id else {}
        file = session.header_labels(record_id) if record_id else {}
        figures = figures_of(session, record_id)
        found = (c for c, shown in figures.items() if shown.p is not None and shown.standing != Standing.BELOW)
        in_panel, words = {s.code for s in self._panel}, session.vocabulary()
        others = [
            words[code]
            for code in dict.fromkeys((*states, *file, *sorted(found), self.code))
            if code and code not in in_panel
        ]
        keys = {code: str(i + 1) for i, code in enumerate(digits(session)) if code}
        groups = [(title_of(group), members) for group, members in grouped(self._panel)]
        groups += [(NOT_IN_PANEL, others)] if others else []
        for statement in (*self._panel, *others):
            row, code = self._row(statement.code), statement.code
            row.set_statement(statement, keys.get(code, ""))
            row.show_opinions(states.get(code), figures[code], file.get(code), self.is_closed)
            row.set_picked(code == self.code)
        self.list.set_groups([(title, [self._rows[s.code] for s in members]) for title, members in groups])
        self.footer.show_reading(states, len(in_panel - states.keys()))
        self._show_opinions()
        self.chip.show_text(*how_read(self, session))

    def _row(self, code: str) -> StatementRow:
        if code not in self._rows:
            row = self._rows[code] = self.list.new_row()
            row.set_theme(self._theme)
            row.said.connect(self.say)
            row.picked.connect(self.pick)
            row.hovered.connect(self.statement_hovered)
            row.stepped.connect(self.step_statement)
            row.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            row.customContextMenuRequested.connect(self._show_row_menu)
        return self._rows[code]

    def _show_opinions(self) -> None:
        """Show what model and file say where that may be seen, and why the model says nothing, or on how little."""
        session, record_id = self._session, self.record_id
        opinions = None
        if record_id:
            opinions = opinions_of(session, record_id) or others_opinions(session, record_id)
        self.opinions.setVisible(opinions is not None)
        if opinions is not None:
            words = session.device_statements(record_id) if self.is_on_page else ()
            self.opinions.show_opinions(opinions, session.vocabulary(), words)
        if self.is_closed:
            release_focus(self.search)
        self.search.setVisible(not self.is_closed)
        refusal = session.refusal(record_id) if record_id else ""
        prediction = session.prediction(record_id) if opinions is not None else None
        if refusal:
            self.basis.setText(f"Not predicted: {refusal}. No training learns from this record; labels are kept.")
        elif prediction is not None and prediction.is_doubtful:
            self.basis.setText(f"Predicted {prediction.rests_on}.")
        self.basis.setVisible(bool(refusal) or (prediction is not None and prediction.is_doubtful))

    def row(self, code: str) -> StatementRow | None:
        """The line of a statement, if the panel has it now."""
        row = self._rows.get(code)
        return row if row in self.list.rows() else None

    def show_hint(self, text: str) -> None:
        self.hint.setText(text)
        self._place_hint()
        self.hint.show()
        self.hint.raise_()
        self.called.emit()

    def _place_hint(self) -> None:
        """Over the lower end of the list: it moves nothing."""
        width = self.width() - 16
        height = self.hint.heightForWidth(width)
        bottom = self.footer.geometry().top() - 4
        self.hint.setGeometry(8, max(0, bottom - height), width, height)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place_hint()

    # --- turning to a statement ----------------------------------------------------------------------------------

    @Slot(str)
    def pick(self, code: str) -> None:
        if code == self.code:
            return
        self.code = code
        if self.row(code) is None:
            self.refresh()
        for row in self.list.rows():
            row.set_picked(row.code == code)
        self._show_picked()
        self.statement_chosen.emit(code)

    @Slot()
    def _show_picked(self) -> None:
        row = self.row(self.code)
        if row:
            self.list.bring_into_sight(row)

    @Slot(int)
    def step_statement(self, by: int) -> None:
        """Turn to the statement below (1) or above (-1), the keyboard with it; from elsewhere first to the present one.

        Nothing is answered.
        """
        rows, focus = self.list.rows(), QApplication.focusWidget()
        if not self.record_id or not rows:
            return
        self.called.emit()
        is_here = isinstance(focus, StateButton | StatementRow) and self.isAncestorOf(focus)
        now = next((i for i, row in enumerate(rows) if row.code == self.code), 0)
        row = rows[min(max(0, now + by), len(rows) - 1) if is_here else now]
        self.list.bring_into_sight(row)
        row.take_focus(focus.state if isinstance(focus, StateButton) and is_here else State.PRESENT)
        self.pick(row.code)

    @Slot(QPoint)
    def _show_row_menu(self, at: QPoint) -> None:
        row = self.sender()
        row_menu(self, self._session, row.code).popup(row.mapToGlobal(at))

    # --- from the search -----------------------------------------------------------------------------------------

    @Slot(str, object)
    def _answer_found(self, code: str, state: State) -> None:
        self.setFocus()
        self.say(code, state)
        QTimer.singleShot(0, self._show_picked)  # once its line has its place

    @Slot(str, object)
    def _answer_added(self, words: str, state: State) -> None:
        self.setFocus()
        if self._can_change() and self._session.add_statement(self.record_id, words, state):
            name = own_statement(words).name
            self.pick(own_statement(words).code)
            self.show_hint(f"“{name}” is a statement of this project now, in its panel. Ctrl+Z undoes this.")
            QTimer.singleShot(0, self._show_picked)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.SETTINGS:
            self._read_panel()
        elif change.kind not in SHOWN:
            return
        if not self.is_leaving and (not change.ids or self.record_id in change.ids):
            if change.kind in (ChangeKind.LABELS, ChangeKind.READING):
                self.hint.hide()  # what it was about has changed
                self._asked = ("", "")
            self.refresh()
