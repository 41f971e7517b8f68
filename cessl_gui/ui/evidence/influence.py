"""The model's influence of the open record: leads in the strip below the page, windows within them on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QStackedWidget

from cessl_gui.core.types import Change, Outcome, PerLead, PerWindow
from cessl_gui.ui.evidence.lead_strip import LeadStrip
from cessl_gui.ui.page.tint import tint_of
from cessl_gui.ui.parts.widgets import ElidedLabel, named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ASKED_AFTER_MS = 250  # a reader who pages through records asks for no influence on the way


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
        self.note = named(ElidedLabel(), "strip_note", "Why there is no influence")
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(self.strip)
        self.addWidget(self.note)
        self.setFixedHeight(self.strip.sizeHint().height())
        self.on_page = True
        self.per_lead: PerLead | None = None
        self.per_window: PerWindow | None = None
        self._is_there = False
        self._hovered = ""
        self._timer = QTimer(self, singleShot=True, interval=ASKED_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        labels.statement_chosen.connect(self._turned)
        labels.statement_hovered.connect(self._hover)
        session.per_lead_ready.connect(self._lead_came)
        session.per_window_ready.connect(self._windows_came)
        session.changed.connect(self._on_changed)
        session.ended.connect(self._on_ended)

    def open(self) -> None:
        """Another record was asked for."""
        self._is_there = False
        self.strip.set_notes({})
        self._forget()

    def came(self, notes: dict[str, tuple[str, ...]]) -> None:
        """Its recording is on the page. notes : what is doubtful about its leads"""
        self._is_there = True
        self.strip.set_notes(notes)
        self._want()

    @Slot(bool)
    def set_on_page(self, on: bool) -> None:
        """Whether the windows are computed and shown on the page."""
        self.on_page = on
        if not on:
            self._session.request_per_window("")
        self._want()

    def _forget(self) -> None:
        self.per_lead = self.per_window = None
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
        if not self._is_there and "open" in self._session.busy:
            return "Opening the recording ..."
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
            self.per_lead = per_lead
            self._want()  # the windows take longer: after the leads, once the reader stays

    @Slot(object)
    def _windows_came(self, per_window: PerWindow) -> None:
        if per_window.record_id == self._labels.record_id:
            self.per_window = per_window
            self._show()

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
        self.setCurrentWidget(self.note if note else self.strip)
        if not note:
            prediction = self._session.prediction(self._labels.record_id)
            self.strip.show_per_lead(self.per_lead, code, vocabulary, prediction.leads)

    @Slot(str, object)
    def _on_ended(self, kind: str, _outcome: Outcome) -> None:
        if kind == "open":  # also where it could not be opened: the note must not wait for ever
            self._show()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == "models":
            self._forget()
        elif change.kind == "settings" or (
            change.kind in ("reading", "predictions") and (not change.ids or self._labels.record_id in change.ids)
        ):
            self._want()
