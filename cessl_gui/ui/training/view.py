"""The Model room: what a version shows, how a training goes, and the shelf of versions beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QVBoxLayout, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.plural import counted
from cessl_gui.core.types import ModelInfo, Outcome
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.ask_file import ask_files, ask_new_file
from cessl_gui.ui.parts.in_turns import InTurns
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import LIGHT, PAGE_TITLE, Theme
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.training.cards import card_css, heading
from cessl_gui.ui.training.errands import EvaluateDialog, RerunDialog
from cessl_gui.ui.training.evidence_tab import EvidenceTab
from cessl_gui.ui.training.shelf_column import ShelfColumn, file_name
from cessl_gui.ui.training.tabs import Tabs
from cessl_gui.ui.training.training_tab import TrainingTab

if TYPE_CHECKING:
    from cessl_gui.bridge.models.shelf import Judged
    from cessl_gui.bridge.session import Session

VERSIONS = "Versions (*.zip)"
TRAINING = "Training the next version"
COUNTED = (ChangeKind.LABELS, ChangeKind.READING, ChangeKind.SETTINGS, ChangeKind.RECORDS, ChangeKind.MODELS)
ERRANDS = {"evaluate": EvaluateDialog, "rerun": RerunDialog}
COUNT_AFTER_MS = 150  # counting all labels of a large project takes longer than a quick reader's next key


class ModelView(QWidget):
    """Four tabs and the shelf.

    opened(record_id, code) : the reader clicked an ECG
    listed(record ids)      : these are wanted in the worklist
    said(words)             : something to tell in passing
    """

    opened = Signal(str, str)
    listed = Signal(object)
    said = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model_room")
        self.setAccessibleName("Model")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._session, self._theme = session, LIGHT
        self._chosen, self._against = "", ""
        self._title_of_version = self._newest = ""  # the latter waited or was active when it was last turned to
        self._is_stale, self._words = True, session.vocabulary()
        self.title = heading(size=PAGE_TITLE)
        named(self.title, "model_title", "What is shown")
        self.tabs, self.shelf = Tabs(session), ShelfColumn(session)
        self._lay_out()
        self._soon = QTimer(self, singleShot=True, interval=COUNT_AFTER_MS)
        self._soon.timeout.connect(self._count)
        self._turns = InTurns(self)
        self.tabs.turned.connect(lambda name: self._count() if name == "Training" else None)
        self.shelf.chosen.connect(self.choose)
        self.shelf.used.connect(self._use)
        self.shelf.asked.connect(self._asked)
        self.shelf.train_wanted.connect(self.train)
        self.shelf.import_wanted.connect(self._import)
        session.shelf.judged.connect(self._on_judged)
        session.changed.connect(self._on_changed)
        session.ended.connect(self._on_ended)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(self.title)
        head.addStretch(1)
        self.tabs.add_buttons(head)
        left = QVBoxLayout()
        left.setContentsMargins(16, 12, 16, 8)
        left.setSpacing(14)
        left.addLayout(head)
        left.addWidget(self.tabs, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self.shelf)

    @cached_property
    def evidence(self) -> EvidenceTab:
        evidence = self.tabs.evidence
        evidence.opened.connect(self.opened)
        evidence.listed.connect(self.listed)
        evidence.decided.connect(self._decided)
        return evidence

    @property
    def training(self) -> TrainingTab:
        return self.tabs.training

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            card_css(theme) + f"#shelf {{ background: {theme.surface}; border-left: 1px solid {theme.border}; }}"
        )
        self.tabs.set_theme(theme)
        self.shelf.set_theme(theme)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.shelf.setFixedWidth(tokens.layout(self.window().width()).versions)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._turns.begin(self._come_up())

    def _come_up(self) -> Iterator[object]:
        """What stands in the room, one part after another."""
        if not self.shelf.cards:
            yield self._show_models()
        yield self.evidence
        if self._is_stale:
            self._is_stale = False
            yield self.show_newest()
        yield self._refresh()
        yield self._count()

    # --- what is shown

    def show_tab(self, name: str) -> None:
        """Turn to one of TABS."""
        self.tabs.turn_to(name)

    def show_newest(self) -> None:
        """Turn to the version that waits, else the active one; before there is any, to what one would learn from."""
        self._newest = self._newest_id()
        if self._newest:
            self.choose(self._newest)
        if all(model.is_base for model in self._session.models()):
            self.show_tab("Training")

    def _newest_id(self) -> str:
        model = self._session.candidate() or self._session.active_model()
        return model.id if model else ""

    def choose(self, model_id: str, against: str = "") -> None:
        """Show what a version shows against the one it was made from, or against another."""
        model = self._model(model_id)
        if model is None:
            return
        self._chosen, self._against = model_id, against
        self.shelf.mark(model_id)
        other = self._model(against) if against else self._session.shelf.parent_of(model)
        before = other.name if other else (model.summary.compared_with if model.summary else "")
        if self.tabs.current == "Training" and TaskKind.TRAIN not in self._session.busy:
            self.show_tab("Evidence")
        self._title_of_version = f"{model.name} against {before}" if before else model.name
        if self.title.text() != TRAINING or self.tabs.current != "Training":
            self.title.setText(self._title_of_version)
        if model.summary is None and not against:
            self.evidence.show_waiting(model)
            knows = f"It knows {counted(len(model.statements), 'statement')}. Train it with your labels to compare."
            self.evidence.show_nothing(f"{model.name} knows none of your labels.", knows)
            self.tabs.show_calibration(None, (before, model.name), model)
        else:
            self.evidence.show_waiting(model)
            self._session.shelf.ask(model_id, against)

    def _model(self, model_id: str) -> ModelInfo | None:
        return next((m for m in self._session.models() if m.id == model_id), None)

    @Slot(object)
    def _on_judged(self, judged: Judged) -> None:
        model = self._model(self._chosen)
        if model is None or (judged.model_id, judged.against) != (self._chosen, self._against):
            return
        other = self._model(judged.against or (judged.compared.before if judged.compared else ""))
        before = other.name if other else (model.summary.compared_with if model.summary else "") or "before"
        self.evidence.show_judged(model, before, judged)
        evidence = judged.compared.evidence if judged.compared else None
        self.tabs.show_calibration(evidence, (before, model.name), model)

    def _show_models(self) -> None:
        self.shelf.fill(self._chosen)

    @Slot()
    def _count(self) -> None:
        """Count the labels for the button and the plan; not at every key of a quick reader."""
        if not self.isVisible():
            return
        session = self._session
        n, patients = session.counts_to_learn()
        why = session.readiness()
        given = f"{counted(n, 'labelled ECG')} of {counted(patients, 'patient')}; reading goes on meanwhile."
        self.shelf.show_ready(n, why, given)
        if self.tabs.current != "Training" or session.is_opening:
            return
        if TaskKind.TRAIN not in session.busy or self.training.plan is None:
            self.training.show_plan(session.shelf.plan())

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.MODELS:
            self._show_models()
            # Predictions change the versions, too: the one that a person has turned to stays.
            self._is_stale = self._is_stale or self._newest_id() != self._newest
            if self._is_stale and self.isVisible():
                self._is_stale = False
                self.show_newest()
        if change.kind == ChangeKind.SETTINGS:
            self._show_models()
        if change.kind in COUNTED:
            self._soon.start()
        if change.kind in (ChangeKind.READING, ChangeKind.PREDICTIONS, ChangeKind.SETTINGS) and self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        """Readings, predictions, or how statements are called, may have changed."""
        before, self._words = self._words, self._session.vocabulary()
        if self._words is not before and self.evidence.is_compared:
            self._session.shelf.ask(self._chosen, self._against)
        self.evidence.refresh_lists()

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind == TaskKind.TRAIN:
            self._soon.start()
            if self.title.text() == TRAINING:
                self.title.setText(self._title_of_version)
            if self.tabs.current == "Training" and self._session.candidate():
                self.show_tab("Evidence")

    # --- acts

    def train(self) -> None:
        """Start a training on the labels as they are now, and show it."""
        self._session.train()
        if TaskKind.TRAIN in self._session.busy:
            self.training.begin(self._session.busy[TaskKind.TRAIN])
            self.show_tab("Training")
            self.title.setText(TRAINING)
            self._count()

    @Slot(str, bool)
    def _decided(self, model_id: str, adopt: bool) -> None:
        (self._session.adopt if adopt else self._session.discard)(model_id)

    def _use(self, model_id: str) -> None:
        """A candidate, or one put aside, becomes active by adoption, so that the decision is on record."""
        model = self._model(model_id)
        if model is not None:
            (self._session.activate if model.may_be_active else self._session.adopt)(model_id)

    def _asked(self, what: str, model_id: str) -> None:
        model = self._model(model_id)
        if model is None:
            return
        if what == "branch":
            self._session.set_setting("start_from", model_id)
            self.show_tab("Settings")
        elif what == "note":
            text, given = QInputDialog.getText(self, "Note", plain(model.name), text=self._session.shelf.note(model_id))
            if given:
                self._session.shelf.set_note(model_id, text)
        elif what == "compare":
            self._compare(model)
        elif what in ERRANDS:
            dialog = ERRANDS[what](self._session, model, self)
            dialog.told.connect(self.said)
            dialog.show()
        elif what == "export":
            out = ask_new_file(self, "Export a version", VERSIONS, file_name(model))
            if out is not None:
                self._session.shelf.export(model_id, out)

    def _compare(self, model: ModelInfo) -> None:
        others = [m for m in self._session.models() if m.id != model.id]
        names = [m.name for m in others]
        name, given = QInputDialog.getItem(self, "Compare", plain(f"{model.name} against"), names, 0, False)
        if given and name in names:
            self.show_tab("Evidence")
            self.choose(model.id, others[names.index(name)].id)

    def _import(self) -> None:
        for path in ask_files(self, "Import a version", VERSIONS)[:1]:
            self._session.shelf.import_(path)

    def keyPressEvent(self, event) -> None:
        """Enter keeps the present version where one waits; it never adopts."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self.tabs.current == "Evidence" and self.evidence.waits:
            self.evidence.decide(False)
        else:
            super().keyPressEvent(event)
