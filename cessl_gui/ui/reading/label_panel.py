"""The label panel: the reader's labels of the open record, next to the file's diagnoses and the prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.core.standing import Standing, standing
from cessl_gui.core.types import Change, Prediction, ReadingState, State
from cessl_gui.core.vocabulary import Statement, own_statement
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.states import Legend, StateButton
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import ElidedLabel, named, release_focus
from cessl_gui.ui.reading.statement_row import ProbabilityBar, StatementRow
from cessl_gui.ui.reading.statement_search import StatementSearch

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

DIGITS = 9
UNSEEN = (
    "This ECG is not on the page: it is still being opened, or cannot be read. Until then it can only be"
    " deferred (D) or excluded (X)."
)


class LabelPanel(QWidget):
    """Statements with four states, a search for others, the buttons of the reading.

    statement_chosen(code)  : the reader turned to a statement
    statement_hovered(code) : the mouse is over a statement; "" when it has left
    next_wanted             : this reading is done, show the next record
    called                  : the reader must see the panel: a hint, or the keyboard comes here
    """

    statement_chosen = Signal(str)
    statement_hovered = Signal(str)
    next_wanted = Signal()
    called = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("label_panel")
        self._session = session
        self.record_id = ""
        self.is_on_page = False
        self._asked = ("", "")  # record and contradiction of which the reader was asked before confirming
        self.code = ""
        self._theme = LIGHT
        self._panel: tuple[Statement, ...] = ()
        self._panel_rows: list[StatementRow] = []
        self._other_rows: list[StatementRow] = []

        self.title = named(ElidedLabel(), "record_title", "Open record")
        self.title.set_bold(True)
        self.facts = named(ElidedLabel(), "record_facts", "About the open record")
        self.search = StatementSearch(session)
        self.search.answered.connect(self._answer_found)
        self.search.added.connect(self._answer_added)
        self.search.left.connect(self.setFocus)
        self._build_rows()
        self._build_blind()
        self.basis = named(PlainLabel(wordWrap=True), "prediction_basis", "On what the prediction rests")
        self.device_says = named(ElidedLabel(), "device_statements", "What the electrocardiograph stated")
        self.hint = named(PlainLabel(wordWrap=True), "label_hint", "Hint")
        self.hint.hide()

        self.legend = Legend()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        for part in (self.title, self.facts, self.search, self.legend):
            column.addWidget(part)
        column.addWidget(self.scroll, 1)
        column.addWidget(self.device_says)
        column.addWidget(self.basis)
        column.addWidget(self.blind)
        column.addWidget(self.hint)
        column.addLayout(self._build_buttons())
        session.changed.connect(self._on_changed)
        self._read_panel()
        self.show_record("")

    def _build_rows(self) -> None:
        inside = QWidget()
        inside.setObjectName("statements")
        self._panel_column, self._other_column = QVBoxLayout(), QVBoxLayout()
        self.others = PlainLabel("Not in the panel")
        self.others.setEnabled(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for layout in (self._panel_column, self._other_column):
            layout.setSpacing(0)
        column.addLayout(self._panel_column)
        column.addWidget(self.others)
        column.addLayout(self._other_column)
        column.addStretch(1)
        self.scroll = named(_Tall(), "statement_scroll", "Statements")
        self.scroll.setWidget(inside)
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _build_blind(self) -> None:
        self.blind = QFrame()
        self.blind.setObjectName("blind_band")
        self.reveal_button = named(
            QPushButton("Show prediction"),
            "reveal",
            "Show prediction",
            "Show the model's prediction and the file's diagnosis (P); recorded with the labels you give afterwards",
        )
        self.reveal_button.clicked.connect(self.reveal)
        self.blind_text = PlainLabel("Prediction and file's diagnosis: hidden until you confirm.", wordWrap=True)
        row = QHBoxLayout(self.blind)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.blind_text, 1)
        row.addWidget(self.reveal_button)

    def _build_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        buttons = (
            ("confirm_next", "Confirm, next  (Enter)", "Confirm this reading and open the next record"),
            ("normal_next", "Normal, next  (N)", "Sinus rhythm present, the rest of the panel absent, confirmed"),
            (
                "rest_absent",
                "Rest absent  (A)",
                "Label what is not assessed yet in the panel as absent",
            ),
            ("defer_next", "Defer, next  (D)", "Come back to this record later"),
            ("confirm", "Confirm  (C)", "Confirm this reading and stay"),
            (
                "exclude",
                "Exclude  (X)",
                "Exclude this ECG for its poor quality, or include it again (X)",
            ),
        )
        pressed = {"confirm": self._confirm_or_reopen}
        self.buttons: dict[str, QPushButton] = {}
        for i, (name, text, tip) in enumerate(buttons):
            button = named(QPushButton(text), name, text.split("  ")[0], tip)
            button.clicked.connect(pressed.get(name) or getattr(self, name))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            grid.addWidget(button, i // 2, i % 2)
            self.buttons[name] = button
        return grid

    # --- what is shown

    def show_record(self, record_id: str, on_page: bool = True) -> None:
        """Show what is said of a record; "" for none.

        on_page : whether the reader can see its ECG; before that (set_on_page) it can only be deferred or excluded
        """
        self.record_id, self.is_on_page, self._asked = record_id, on_page, ("", "")
        self.hint.hide()
        for button in self.buttons.values():
            button.setEnabled(bool(record_id))
        self.search.typed.setEnabled(bool(record_id))
        self.scroll.setEnabled(bool(record_id))
        self._refresh()

    def set_on_page(self) -> None:
        """The ECG of the record has come."""
        self.is_on_page = True
        self.hint.hide()
        self._show_device()

    def set_theme(self, theme: Theme) -> None:
        self._theme = self.legend.theme = theme
        for row in (*self._panel_rows, *self._other_rows):
            row.set_theme(theme)
        self.update()

    def _read_panel(self) -> None:
        self._panel = self._session.panel()
        if self.code not in {s.code for s in self._panel}:
            self.code = self._panel[0].code if self._panel else ""

    def _refresh(self) -> None:
        record_id, session = self.record_id, self._session
        states = session.labels(record_id) if record_id else {}
        header = session.header_labels(record_id) if record_id else {}
        prediction = session.prediction(record_id) if record_id else None
        shown = bool(record_id) and session.prediction_shown(record_id)
        refusal = session.refusal(record_id) if record_id else ""
        thresholds = session.thresholds()
        in_panel = {s.code for s in self._panel}
        predicted = set()
        if prediction and shown:
            of = prediction.probabilities
            predicted = {c for c, p in of.items() if standing(p, thresholds.get(c)) != Standing.BELOW}
        words = session.vocabulary()
        others = [
            words[c]
            for c in dict.fromkeys((*states, *header, *sorted(predicted), self.code))
            if c and c not in in_panel
        ]
        _fit(self._panel_rows, self._panel_column, len(self._panel), self._new_row)
        _fit(self._other_rows, self._other_column, len(others), self._new_row)
        self.others.setVisible(bool(others))
        model = session.active_model()
        known = set(model.statements) if model else set()
        for i, (row, statement) in enumerate(self._lines(others)):
            code = statement.code
            row.set_statement(statement, str(i + 1) if i < min(DIGITS, len(self._panel)) else "")
            row.set_state(states.get(code))
            row.set_header(header.get(code))
            row.set_picked(code == self.code)
            if code not in known:
                row.bar.show_nothing(ProbabilityBar.UNKNOWN)
            elif refusal:
                row.bar.show_nothing(ProbabilityBar.REFUSED)
            elif not shown:
                row.bar.show_nothing(ProbabilityBar.HIDDEN)
            elif prediction is None or code not in prediction.probabilities:
                row.bar.show_nothing(ProbabilityBar.WAITING)
            else:
                row.bar.show_value(prediction.probabilities[code], thresholds.get(code))
        self.scroll.updateGeometry()
        self._show_title()
        self._show_basis(refusal, prediction if shown else None)
        self._show_device()
        # Always the same band: one that came with a file's diagnosis alone would tell that there is one.
        self.blind.setVisible(bool(record_id) and not shown)
        self.reveal_button.setVisible(session.blind != "always")

    def _show_device(self) -> None:
        """Show what the device stated, where the file's opinion may be seen."""
        stated = self._session.device_statements(self.record_id) if self.record_id and self.is_on_page else ()
        self.device_says.setText(f"File, by its device: {' / '.join(stated)}" if stated else "")
        self.device_says.setVisible(bool(stated))

    def _show_basis(self, refusal: str, prediction: Prediction | None) -> None:
        """Say why there is no prediction, or that it rests on few leads, or on what the model hardly knows."""
        is_doubtful = prediction is not None and prediction.is_doubtful
        if refusal:
            self.basis.setText(f"Not predicted: {refusal}. No training learns from this record; labels are kept.")
        elif is_doubtful:
            self.basis.setText(f"Predicted {prediction.rests_on}.")
        self.basis.setVisible(bool(refusal) or is_doubtful)

    def _lines(self, others: list[Statement]):
        yield from zip(self._panel_rows, self._panel, strict=False)
        yield from zip(self._other_rows, others, strict=False)

    def _new_row(self) -> StatementRow:
        row = StatementRow()
        row.set_theme(self._theme)
        row.said.connect(self.say)
        row.picked.connect(self.pick)
        row.hovered.connect(self.statement_hovered)
        row.stepped.connect(self.step_statement)
        row.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        row.customContextMenuRequested.connect(self._row_menu)
        return row

    def _show_title(self) -> None:
        if not self.record_id:
            self.title.setText("No record open")
            self.facts.setText("")
            return
        info = self._session.info(self.record_id)
        self.title.setText(info.name)
        facts = (
            str(info.reading),
            f"age {info.age}" if info.age else "",
            info.sex,
            "SYNTHETIC" if info.synthetic else "",
            self._basis_fact(),
            *info.warnings,
        )
        self.facts.setText(" · ".join(filter(None, facts)))
        confirmed = info.reading == ReadingState.CONFIRMED
        self.buttons["confirm"].setText("Reopen  (R)" if confirmed else "Confirm  (C)")
        self.buttons["confirm"].setToolTip("Change this reading" if confirmed else "Confirm this reading and stay")
        excluded = info.reading == ReadingState.EXCLUDED
        self.buttons["exclude"].setText("Include  (X)" if excluded else "Exclude  (X)")

    def _basis_fact(self) -> str:
        prediction = self._session.prediction(self.record_id)
        is_shown = prediction is not None and self._session.prediction_shown(self.record_id)
        return f"predicted {prediction.rests_on}" if is_shown else ""

    def _rows(self) -> list[StatementRow]:
        return [row for row in (*self._panel_rows, *self._other_rows) if not row.isHidden()]

    def row(self, code: str) -> StatementRow | None:
        """The line of a statement, if it is shown."""
        return next((row for row in self._rows() if row.code == code), None)

    # --- what the reader does

    def _can_read(self) -> bool:
        """Whether there is an ECG to label and confirm. One that was never on the screen is not, which is said."""
        if self.record_id and not self.is_on_page:
            self.show_hint(UNSEEN)
        return bool(self.record_id) and self.is_on_page

    def _is_open(self) -> bool:
        """Whether the reading can be changed. If it is confirmed or excluded, that is said."""
        closed = self._session.why_closed(self.record_id) if self.record_id else ""
        if closed:
            self.show_hint(closed)
        return bool(self.record_id) and not closed

    def _can_change(self) -> bool:
        return self._can_read() and self._is_open()

    def _can_confirm(self) -> bool:
        """Whether there is a reading to confirm. Of what excludes each other the reader is asked once."""
        if not self._can_change():
            return False
        if not self._session.labels(self.record_id):
            self.show_hint("Nothing is assessed yet: answer for a statement, or press N if this ECG is normal.")
            return False
        pairs = self._session.contradictions(self.record_id)
        if pairs and self._asked != (self.record_id, pairs):
            self._asked = self.record_id, pairs
            self.show_hint(f"These exclude each other: {pairs}. Change one, or confirm again to keep both.")
            return False
        return True

    def show_hint(self, words: str) -> None:
        """Say something about what the reader did last, until the reading changes."""
        self.hint.setText(words)
        self.hint.show()
        self.called.emit()

    @Slot(str, object)
    def say(self, code: str, state: State | None) -> None:
        """Label a statement, or clear its label (None)."""
        if self._can_read():
            self.pick(code)
            if self._is_open():
                self._session.set_label(self.record_id, code, state)

    @Slot(int, object)
    def press_digit(self, digit: int, state: State) -> None:
        """Answer for the statement of a digit key; the same answer again clears it."""
        if 1 <= digit <= min(DIGITS, len(self._panel)) and self.record_id:
            code = self._panel[digit - 1].code
            self.say(code, None if self._session.labels(self.record_id).get(code) == state else state)

    @Slot(str)
    def pick(self, code: str) -> None:
        """Turn to a statement."""
        if code == self.code:
            return
        self.code = code
        if self.row(code) is None:
            self._refresh()
        for row in self._rows():
            row.set_picked(row.code == code)
        self._show_picked()
        self.statement_chosen.emit(code)

    @Slot()
    def _show_picked(self) -> None:
        row = self.row(self.code)
        if row:
            self.scroll.ensureWidgetVisible(row, 0, 0)

    @Slot(int)
    def step_statement(self, by: int) -> None:
        """Turn to the statement below (1) or above (-1), the keyboard with it; from elsewhere first to the present one.

        Nothing is answered.
        """
        rows, focus = self._rows(), QApplication.focusWidget()
        if not self.record_id or not rows:
            return
        self.called.emit()
        is_here = isinstance(focus, StateButton) and self.isAncestorOf(focus)
        now = next((i for i, row in enumerate(rows) if row.code == self.code), 0)
        row = rows[min(max(0, now + by), len(rows) - 1) if is_here else now]
        row.buttons[focus.state if is_here else State.PRESENT].setFocus()
        self.pick(row.code)
        self.scroll.ensureWidgetVisible(row, 0, 0)

    @Slot()
    def reveal(self) -> None:
        if self.record_id:
            release_focus(self.blind)
            self._session.reveal(self.record_id)

    @Slot()
    def rest_absent(self) -> None:
        if self._can_change():
            self._session.rest_absent(self.record_id)

    @Slot()
    def confirm(self) -> bool:
        """Confirm the reading and stay; False if that was not committed."""
        return self._can_confirm() and self._session.set_reading(self.record_id, ReadingState.CONFIRMED)

    @Slot()
    def reopen(self) -> None:
        """Open a confirmed reading to changes; nothing else does."""
        if self._reading == ReadingState.CONFIRMED:
            self._session.set_reading(self.record_id, ReadingState.IN_PROGRESS)
        elif self.record_id:
            self.show_hint("This reading is not confirmed: it is open to changes.")

    @Slot()
    def _confirm_or_reopen(self) -> None:
        if self._reading == ReadingState.CONFIRMED:
            self.reopen()
        else:
            self.confirm()

    @Slot()
    def confirm_next(self) -> None:
        """Confirm and go on; from a confirmed reading just go on."""
        if self._reading == ReadingState.CONFIRMED or self.confirm():
            self.next_wanted.emit()

    @Slot()
    def normal_next(self) -> None:
        if not self._can_change():
            return
        against = self._session.why_not_normal(self.record_id)
        if against:
            self.show_hint(f"Not normal: you labelled {against}. Clear these labels first, or go on with A and Enter.")
        elif self._session.normal(self.record_id):
            self.next_wanted.emit()

    @Slot()
    def defer_next(self) -> None:
        if self._is_open() and self._session.set_reading(self.record_id, ReadingState.DEFERRED):
            self.next_wanted.emit()

    @Slot()
    def exclude(self) -> None:
        """Exclude the ECG for quality, or include an excluded one: it stands where it stood before."""
        if self._reading == ReadingState.EXCLUDED or self._is_open():
            self._session.toggle_excluded(self.record_id)

    @property
    def _reading(self) -> ReadingState | None:
        return self._session.info(self.record_id).reading if self.record_id else None

    def _row_menu(self, at) -> None:
        row = self.sender()
        menu = QMenu(self)
        code = row.code
        for state in (State.PRESENT, State.UNCERTAIN, State.ABSENT):
            menu.addAction(str(state).capitalize(), lambda s=state: self.say(code, s))
        menu.addAction("Not assessed", lambda: self.say(code, None))
        menu.addSeparator()
        if code in {s.code for s in self._panel}:
            menu.addAction("Remove from the panel", lambda: self._session.remove_panel(code))
        else:
            menu.addAction("Add to the panel", lambda: self._session.add_panel(code))
        menu.popup(row.mapToGlobal(at))

    @Slot(str, object)
    def _answer_found(self, code: str, state: State) -> None:
        self.setFocus()
        self.say(code, state)

    @Slot(str, object)
    def _answer_added(self, words: str, state: State) -> None:
        self.setFocus()
        if self._can_change() and self._session.add_statement(self.record_id, words, state):
            name = own_statement(words).name
            self.pick(own_statement(words).code)
            self.show_hint(f"“{name}” is a statement of this project now, in its panel. Ctrl+Z undoes this.")
            QTimer.singleShot(0, self._show_picked)  # once its line has its place

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == "settings":
            self._read_panel()
        elif change.kind not in ("labels", "reading", "predictions", "models", "records"):
            return
        if not change.ids or self.record_id in change.ids:
            if change.kind in ("labels", "reading"):
                self.hint.hide()  # what it was about has changed
                self._asked = ("", "")
            self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(380, 600)


def _fit(rows: list[StatementRow], column: QVBoxLayout, wanted: int, make) -> None:
    """Make as many rows visible as are wanted; rows are made once and then reused."""
    while len(rows) < wanted:
        rows.append(make())
        column.addWidget(rows[-1])
    for i, row in enumerate(rows):
        if i >= wanted:
            release_focus(row)
        row.setVisible(i < wanted)


class _Tall(QScrollArea):
    def minimumSizeHint(self) -> QSize:
        # As wide as its rows need: nothing is cut off at the side, and only the height scrolls.
        inside = self.widget().minimumSizeHint().width() if self.widget() else 200
        return QSize(inside + self.verticalScrollBar().sizeHint().width(), 52)  # two rows
