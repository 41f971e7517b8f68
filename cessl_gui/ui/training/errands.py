"""What is asked of a model version now and then: how it does on a file of labels, and whether its training repeats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.types import ModelInfo
from cessl_gui.ui.parts.ask_file import ask_files
from cessl_gui.ui.parts.errand import Errand
from cessl_gui.ui.parts.plain_text import literal
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class EvaluateDialog(Errand):
    """Scores of a version on the labels of a table."""

    kind = TaskKind.EVALUATE

    def __init__(self, session: Session, model: ModelInfo, parent: QWidget | None = None) -> None:
        about = (
            f"Compares what {model.name} says with the labels of a CSV file: columns record, code and state. "
            "Scores have 95% CIs by patient. Nothing is changed."
        )
        super().__init__(session, parent, "evaluate", "Compare with a file of labels", about)
        self._model_id, self._path = model.id, Path()
        self.file = named(QPushButton("Choose a file…"), "evaluate_file", "Choose a file of labels")
        words = "Score also ECGs of patients that it was trained on: no measure of how it does on new patients"
        self.all = named(QCheckBox("Score also ECGs of patients that it was trained on"), "evaluate_all", words, words)
        self.own.addWidget(self.file)
        self.own.addWidget(self.all)
        self.go.setText("Compare")
        self.file.clicked.connect(self._choose)
        self.add_close(self.stop, self.go)
        self.enable()

    def lacks(self) -> str:
        return "" if self._path.name else "Choose a file first"

    @Slot()
    def _choose(self) -> None:
        for path in ask_files(self, "File of labels", "Tables (*.csv);;All files (*)")[:1]:
            self._path = path
            self.file.setText(literal(path.name))
        self.enable()

    def begin(self) -> None:
        is_all = self.all.isChecked()
        self._session.upkeep.evaluate(self._path, self._model_id, with_training_records=is_all)


class RerunDialog(Errand):
    """Whether the training of a version comes out the same again."""

    kind = TaskKind.RERUN

    def __init__(self, session: Session, model: ModelInfo, parent: QWidget | None = None) -> None:
        about = (
            f"Repeats the training of {model.name} from what was stored with it, and says whether the result is the "
            "same, bit for bit. It takes about as long as the training did. Nothing is kept or changed."
        )
        super().__init__(session, parent, "rerun", "Repeat the training", about)
        self._model_id = model.id
        self.go.setText("Repeat it")
        self.add_close(self.stop, self.go)
        self.enable()

    def begin(self) -> None:
        self._session.upkeep.rerun(self._model_id)
