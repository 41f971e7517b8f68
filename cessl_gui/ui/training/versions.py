"""The shelf of model versions, and the window that compares one with the one before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QHeaderView,
    QPushButton,
    QWidget,
)

from cessl_gui.core.types import Change, ModelInfo
from cessl_gui.ui.parts.beside import Beside, beside_table
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.training.result_card import ResultCard

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class ModelsDialog(Beside):
    """The shelf of model versions: where each came from, what it showed, which one is active."""

    def __init__(
        self, session: Session, show_result: Callable[[ModelInfo], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, "models", "Model versions", QSize(900, 420))
        self._session, self._show_result = session, show_result
        self.table = beside_table(
            "models_table", "Model versions", ("Name", "State", "Made from", "Result on test patients", "Made"), 2
        )
        for column, width in ((0, 160), (3, 260)):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(column, width)
        self.note = PlainLabel(
            "Versions never change; one is active. Making another one active predicts all records again."
        )
        self.note.setWordWrap(True)
        self.activate = named(QPushButton("Make active"), "model_activate", "Make the chosen version active")
        self.look = named(QPushButton("Before and after"), "model_look", "Show before and after of the chosen version")
        self.column.addWidget(self.note)
        self.column.addWidget(self.table, 1)
        self.add_close(self.activate, self.look)
        self.activate.clicked.connect(self._activate)
        self.look.clicked.connect(self._look)
        self.table.selectionModel().selectionChanged.connect(self._chosen)
        self._models: list[ModelInfo] = []
        session.changed.connect(self._on_changed)
        self.fill()

    def fill(self) -> None:
        active, chosen = self._session.active_model(), self.chosen
        self._models = list(reversed(self._session.models()))
        rows = []
        for m in self._models:
            state = "● active" if active and m.id == active.id else m.status
            rows.append(
                (
                    m.name,
                    state,
                    m.origin,
                    m.verdict,
                    m.created_utc[:16].replace("T", " "),
                )
            )
        self.table.model().set(rows)
        for row, model in enumerate(self._models):
            if chosen and model.id == chosen.id:
                self.table.selectRow(row)
        self._chosen()

    @property
    def chosen(self) -> ModelInfo | None:
        row = self.table.currentIndex().row()
        return self._models[row] if 0 <= row < len(self._models) else None

    def _chosen(self) -> None:
        model, active = self.chosen, self._session.active_model()
        is_active = bool(model and active and model.id == active.id)
        self.activate.setEnabled(model is not None and not is_active and model.status != "discarded")
        self.activate.setToolTip("This version is active" if is_active else "")
        self.look.setEnabled(bool(model and model.summary))

    def _activate(self) -> None:
        if self.chosen is None:
            return
        # A candidate becomes active by adoption, so that the decision is on record.
        act = self._session.adopt if self.chosen.status == "candidate" else self._session.activate
        act(self.chosen.id)

    def _look(self) -> None:
        if self.chosen:
            self._show_result(self.chosen)

    def _on_changed(self, change: Change) -> None:
        if change.kind == "models":
            self.fill()


class ResultDialog(Beside):
    """Holds the before and after card."""

    def __init__(
        self, session: Session, open_record: Callable[[str, str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, "result", "Before and after", QSize(900, 620))
        self._session = session
        self.card = ResultCard()
        self.card.opened.connect(open_record)
        self.card.decided.connect(self._decided)
        self.column.addWidget(self.card)
        self._model: ModelInfo | None = None
        session.changed.connect(self._on_changed)

    def show_model(self, model: ModelInfo) -> None:
        self._model = model
        self._fill(model)
        self.show()
        self.raise_()

    def _on_changed(self, change: Change) -> None:
        """What is read meanwhile is no longer hidden, and what is hidden again must go."""
        if change.kind in ("reading", "predictions", "settings") and self._model is not None and self.isVisible():
            self._fill(self._model)

    def _fill(self, model: ModelInfo) -> None:
        session = self._session
        names = {info.id: info.name for info in session.records()}
        hidden = {record_id for record_id in names if not session.prediction_shown(record_id)}
        self.setWindowTitle(f"Before and after: {model.name}")
        self.card.show_model(model, session.thresholds(), names, session.vocabulary(), hidden)

    def _decided(self, model_id: str, adopt: bool) -> None:
        (self._session.adopt if adopt else self._session.discard)(model_id)
        self.close()
