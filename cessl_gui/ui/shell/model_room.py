"""The Model room: the training bar, and the versions with what each of them showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import PAGE_TITLE, Theme
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.training.training_bar import TrainingBar
from cessl_gui.ui.training.versions import ModelsDialog, ResultDialog

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class ModelRoom(QWidget):
    """Starts and ends a training, and opens what compares models."""

    def __init__(self, session: Session, open_flipped) -> None:
        super().__init__()
        self.setObjectName("model_room")
        self._session = session
        self.training = TrainingBar(session)
        self.result = ResultDialog(session, open_flipped, self)
        self._models: ModelsDialog | None = None
        title = PlainLabel("Model")
        title.setFont(font(PAGE_TITLE))
        self.versions = named(QPushButton("Model versions…"), "show_models", "Model versions")
        self.versions.clicked.connect(self.show_models)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(title)
        column.addWidget(self.training)
        column.addWidget(self.versions)
        column.addStretch(1)
        self.training.result_wanted.connect(self.show_result)

    def show_result(self) -> None:
        """Before and after of the model that waits for a decision."""
        candidate = self._session.candidate()
        if candidate:
            self.result.show_model(candidate)

    def show_models(self) -> None:
        self._models = self._models or ModelsDialog(self._session, self.result.show_model, self)
        self._models.show()
        self._models.raise_()

    def set_theme(self, theme: Theme) -> None:
        self.training.set_theme(theme)
