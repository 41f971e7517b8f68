"""The Settings tab: what the next training starts from, and how it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFormLayout, QVBoxLayout, QWidget

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.training.results import base_name
from cessl_gui.core.training.training_job import Mode
from cessl_gui.core.types import State
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.tokens import CAPTION
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.training.cards import Card, heading
from cessl_gui.ui.training.thresholds_card import ThresholdsCard

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

MODES = (
    (Mode.AUTO, "What the folds find best"),
    (Mode.FAST, "CE-SSL, upper layers: quicker, less memory"),
    (Mode.EXACT, "CE-SSL, all layers, as published"),
)
UNCERTAIN = (("", "Leave them out"), (State.PRESENT, "As present"), (State.ABSENT, "As absent"))


class SettingsTab(QWidget):
    """Each choice is kept in the project."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("model_settings")
        self._session = session
        self.start = named(QComboBox(), "start_from", "The version that the next training starts from")
        self.mode = named(QComboBox(), "train_mode", "What is adapted")
        self.uncertain = named(QComboBox(), "train_uncertain", "What uncertain statements count as")
        for box, choices in ((self.mode, MODES), (self.uncertain, UNCERTAIN)):
            for value, words in choices:
                box.addItem(words, str(value))
        card, form = Card("The next training"), QFormLayout()
        form.setContentsMargins(4, 12, 4, 4)
        form.setSpacing(12)
        form.addRow(PlainLabel("Starts from"), self.start)
        form.addRow(PlainLabel("Adapts"), self.mode)
        form.addRow(PlainLabel("Uncertain statements"), self.uncertain)
        card.column.addLayout(form)
        card.column.addWidget(
            heading(
                "It begins at the base model of the version chosen here, learns all your labels anew, and is compared "
                "with that version. Folds by patient decide what is adapted, unless you ask for CE-SSL.",
                CAPTION,
                muted=True,
                wrap=True,
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        column.addWidget(ThresholdsCard(session), 1)
        self.fill()
        self.start.activated.connect(self._start_chosen)
        self.mode.activated.connect(lambda: session.set_setting("train_mode", self.mode.currentData()))
        self.uncertain.activated.connect(lambda: session.set_setting("uncertain", self.uncertain.currentData() or None))
        session.changed.connect(self._on_changed)

    def fill(self) -> None:
        """Offer the active version, the others, and each backbone as it is."""
        session = self._session
        active = session.active_model()
        self.start.clear()
        self.start.addItem(f"The active version ({active.name})" if active else "The active version", ("", ""))
        for model in reversed(session.models()):
            if not model.is_base:
                self.start.addItem(model.name, ("start_from", model.id))
        for name in session.backbones():
            self.start.addItem(base_name(name), ("backbone", name))
        wanted = [("start_from", session.start_from()), ("backbone", str(session.setting("backbone", "")))]
        at = next((i for value in wanted if value[1] for i in [self._row_of(value)] if i > 0), 0)
        self.start.setCurrentIndex(at)
        self.mode.setCurrentIndex(max(0, self.mode.findData(session.train_mode())))
        self.uncertain.setCurrentIndex(max(0, self.uncertain.findData(session.uncertain() or "")))

    def _row_of(self, value: tuple[str, str]) -> int:
        return next((i for i in range(self.start.count()) if tuple(self.start.itemData(i)) == value), -1)

    def _start_chosen(self) -> None:
        which, value = self.start.currentData()
        for key in ("start_from", "backbone"):
            if str(self._session.setting(key, "")) != (value if key == which else ""):
                self._session.set_setting(key, value if key == which else "")

    def _on_changed(self, change: Change) -> None:
        if change.kind in (ChangeKind.MODELS, ChangeKind.SETTINGS):
            self.fill()
