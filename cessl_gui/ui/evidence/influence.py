"""The model's influence of the open record: leads in the drawer of the panel, windows within them on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.types import LEADS_12, LeadCheck, Outcome, PerLead, PerWindow
from cessl_gui.ui.evidence.lead_strip import LeadStrip
from cessl_gui.ui.evidence.lead_table import LeadTableDialog
from cessl_gui.ui.page.drawing.tint import tint_of
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ASKED_AFTER_MS = 250  # a reader who pages through records asks for no influence on the way
BUTTONS = 30  # height of the row of buttons, in px
ALIKE = 0.6  # a rank correlation with random weights from which on the picture shows little that was learned
CHECK_TIP = (
    "Compares this picture with that of the same network with random weights. Where the two agree, the picture shows "
    "little that was learned. 0: no agreement, 1: the same order of leads."
)


class Influence(QStackedWidget):
    """Shows the strip, or a sentence why there is none; the page gets its tint from here.

    Hidden as long as the prediction is. A statement that the mouse comes to is shown instead of the chosen one.

    tinted(object) : the Tint to show on the page, or None
    """

    tinted = Signal(object)

    def __init__(self, session: Session, labels) -> None:
        super().__init__()
        self._session, self._labels = session, labels
        self.strip = LeadStrip()
        self.leave_out = self._button("leave_out", "Leave out doubtful", "Leave out doubtful leads")
        self.leave_out.setCheckable(True)
        self.all = self._button("all_statements", "All statements")
        self.check = self._button("check_leads", "Check")
        self.drawer = self._laid_out()
        self.note = named(PlainLabel(wordWrap=True), "strip_note", "Why there is no influence")
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(self.drawer)
        self.addWidget(self.note)
        self.setFixedHeight(self.strip.sizeHint().height() + BUTTONS)
        self.on_page = True
        self.per_lead: PerLead | None = None
        self.per_window: PerWindow | None = None
        self._before: PerLead | None = None  # with all leads, while doubtful ones are left out
        self._checked: LeadCheck | None = None
        self._table: LeadTableDialog | None = None
        self._doubtful: tuple[str, ...] = ()
        self._is_there = False
        self._hovered = ""
        self._timer = QTimer(self, singleShot=True, interval=ASKED_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        labels.statement_chosen.connect(self._turned)
        labels.statement_hovered.connect(self._hover)
        session.per_lead_ready.connect(self._lead_came)
        session.per_window_ready.connect(self._windows_came)
        session.lead_check_ready.connect(self._check_came)
        self.leave_out.toggled.connect(self._leave_out)
        self.all.clicked.connect(self._show_all)
        self.check.clicked.connect(lambda: session.request_lead_check(labels.record_id))
        session.changed.connect(self._on_changed)
        session.ended.connect(self._on_ended)

    @staticmethod
    def _button(name: str, text: str, accessible: str = "") -> QPushButton:
        button = named(QPushButton(text), name, accessible or text)
        button.setProperty("quiet", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _laid_out(self) -> QWidget:
        drawer, column, row = QWidget(), QVBoxLayout(), QHBoxLayout()
        for layout in (column, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        row.setContentsMargins(6, 0, 6, 2)
        for button in (self.leave_out, self.all, self.check):
            row.addWidget(button)
        row.addStretch(1)
        column.addWidget(self.strip)
        column.addLayout(row)
        drawer.setLayout(column)
        return drawer

    def open(self) -> None:
        """Another record was asked for."""
        self._is_there = False
        self._doubtful = ()
        self.strip.set_notes({})
        self._forget()

    def came(self, notes: dict[str, tuple[str, ...]]) -> None:
        """Its recording is on the page. notes : what is doubtful about its leads"""
        self._is_there = True
        self.strip.set_notes(notes)
        self._doubtful = tuple(lead for lead in LEADS_12 if lead in notes)
        self._want()

    @Slot(bool)
    def set_on_page(self, on: bool) -> None:
        """Whether the windows are computed and shown on the page."""
        self.on_page = on
        if not on:
            self._session.request_per_window("")
        self._want()

    def _forget(self) -> None:
        self.per_lead = self.per_window = self._before = self._checked = None
        self.leave_out.blockSignals(True)
        self.leave_out.setChecked(False)
        self.leave_out.blockSignals(False)
        self._session.request_per_window("")
        self._want()

    def _want(self) -> None:
        """Ask for what is missing, soon, if the record's prediction may be seen."""
        self._show()
        missing = self.per_lead is None or (self.on_page and self.per_window is None)
        if self._why_not() == "" and missing:
            self._timer.start()
        else:
            self._timer.stop()

    def _why_not(self) -> str:
        record_id = self._labels.record_id
        if not record_id:
            return "No record open."
        if not self._is_there and TaskKind.OPEN in self._session.busy:
            return "Opening the recording…"
        refusal = self._session.refusal(record_id)
        if refusal:
            return f"Influence per lead: this record is not predicted: {refusal}."
        if self._session.prediction(record_id) is None:
            return "Influence per lead: this record is not predicted yet."
        if not self._session.prediction_shown(record_id):
            return "Influence per lead: hidden, as the prediction is, until you confirm."
        return ""

    @Slot()
    def _ask(self) -> None:
        record_id = self._labels.record_id
        if record_id and self.per_lead is None:
            self._session.request_per_lead(record_id)
        elif record_id and self.on_page:
            self._session.request_per_window(record_id)

    @Slot(object)
    def _lead_came(self, per_lead: PerLead) -> None:
        if per_lead.record_id == self._labels.record_id:
            self._before = None if not per_lead.left_out else self._before or self.per_lead
            self.per_lead = per_lead
            if self._table is not None and self._table.isVisible():
                self._show_all()
            self._want()  # the windows take longer: after the leads, once the reader stays

    @Slot(object)
    def _windows_came(self, per_window: PerWindow) -> None:
        if per_window.record_id == self._labels.record_id:
            self.per_window = per_window
            self._show()

    @Slot(bool)
    def _leave_out(self, wanted: bool) -> None:
        """Renew the prediction without the doubtful leads, or with them again. What is kept stays as it is."""
        if self._labels.record_id:
            self._session.request_per_lead(self._labels.record_id, self._leads_to_leave_out() if wanted else ())

    def _leads_to_leave_out(self) -> tuple[str, ...]:
        """The doubtful ones that the prediction rests on: it may have been made without some."""
        prediction = self._session.prediction(self._labels.record_id)
        return tuple(lead for lead in self._doubtful if prediction is None or lead in prediction.leads)

    @Slot(object)
    def _check_came(self, check: LeadCheck) -> None:
        if check.record_id == self._labels.record_id:
            self._checked = check
            self._show()

    @Slot()
    def _show_all(self) -> None:
        """All statements by all leads, in a window beside."""
        if self.per_lead is None:
            return
        self._table = self._table or LeadTableDialog(self)
        self._table.show_per_lead(self.per_lead, self._session.vocabulary(), self.strip.theme)
        self._table.show()

    def _show_buttons(self, code: str) -> None:
        left = self.per_lead.left_out if self.per_lead else ()
        leads = self._leads_to_leave_out()
        self.leave_out.setVisible(bool(leads))
        self.leave_out.setText(f"Without {', '.join(leads) if len(leads) <= 2 else len(leads)}")
        tip = f"Predict again without the doubtful leads {', '.join(leads)}; nothing is stored"
        if left and self._before is not None and code in self._before.statements:
            tip += f". With all leads: {float(self._before.full[self._before.statements.index(code)]):.2f}"
        self.leave_out.setToolTip(plain(tip))
        self.check.setText(check_words(self._checked, code))
        self.check.setToolTip(plain(CHECK_TIP))

    @Slot(str)
    def _hover(self, code: str) -> None:
        self._hovered = code
        self._show()

    @Slot()
    def _turned(self) -> None:
        self._hover("")  # also by key, wherever the mouse rests

    @Slot()
    def _show(self) -> None:
        note = self._why_not()
        code = self._hovered or self._labels.code
        vocabulary = self._session.vocabulary()
        tint = None
        if not note and self.on_page and self.per_lead is not None and code in self.per_lead.statements:
            tint = tint_of(self.per_window, code, vocabulary[code].name)
        self.tinted.emit(tint)
        if not note and self.per_lead is None:
            note = "Influence per lead …"
        self.note.setText(note)
        self.setCurrentWidget(self.note if note else self.drawer)
        if not note:
            prediction = self._session.prediction(self._labels.record_id)
            cut = self._session.thresholds().get(code)
            self.strip.show_per_lead(self.per_lead, code, vocabulary, prediction.leads, cut)
            self._show_buttons(code)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, _outcome: Outcome) -> None:
        if kind == TaskKind.OPEN:  # also where it could not be opened: the note must not wait for ever
            self._show()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.MODELS:
            self._forget()
        elif change.kind == ChangeKind.SETTINGS or (
            change.kind in (ChangeKind.READING, ChangeKind.PREDICTIONS)
            and (not change.ids or self._labels.record_id in change.ids)
        ):
            self._want()


def check_words(checked: LeadCheck | None, code: str) -> str:
    """What the comparison with random weights found, for a button that asks for it."""
    if checked is None or code not in checked.agreement:
        return "Check"
    agreement = checked.agreement[code]
    return f"Random weights agree {agreement:.1f}" if agreement < ALIKE else f"Not learned? {agreement:.1f}"
