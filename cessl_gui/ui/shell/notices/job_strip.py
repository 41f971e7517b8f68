"""Background tasks other than training, in the status bar: what runs, how far it is, and a way to end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.training.pace import time_left
from cessl_gui.core.types import Ending, Outcome, Progress
from cessl_gui.ui.parts.widgets import ElidedLabel, named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

WORDS = {
    TaskKind.IMPORT: "Importing",
    TaskKind.PREDICT: "Predicting",
    TaskKind.EXPORT: "Exporting",
    TaskKind.MOVE: "Moving ECGs",
    TaskKind.BUNDLE: "Taking in a bundle",
}


class JobStrip(QWidget):
    """Shows one import or prediction run at a time; the newest progress wins."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("job_strip")
        self._session = session
        self._kind: TaskKind | None = None
        self.text = named(ElidedLabel(), "job_text", "Background task")
        self.bar = named(QProgressBar(), "job_progress", "How far the background task is")
        self.bar.setRange(0, 1000)
        self.bar.setFixedSize(80, 6)
        self.bar.setTextVisible(False)
        self.cancel = named(QPushButton("Cancel"), "job_cancel", "Cancel the background task")
        self.cancel.setProperty("flat", True)
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text, 1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        session.progress.connect(self._on_progress)
        session.ended.connect(self._on_ended)
        self._show(False)

    def _show(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.cancel.setVisible(on)

    def begin(self, kind: TaskKind) -> None:
        """Say that a task runs, before its first progress comes."""
        if kind in self._session.busy and kind != self._kind:
            self._kind = kind
            self.cancel.setEnabled(True)
            self.text.setText(f"{WORDS[kind]} ...")
            self.bar.setRange(0, 0)
            self._show(True)

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        kind = next((kind for kind, job_id in self._session.busy.items() if job_id == progress.job_id), None)
        if kind not in WORDS:
            return
        self.begin(kind)
        if self.cancel.isEnabled():
            parts = (progress.phase or WORDS[kind], progress.message, time_left(progress.seconds_left))
            self.text.setText(" · ".join(filter(None, parts)))
        self.bar.setRange(0, 0 if progress.fraction is None else 1000)
        self.bar.setValue(round(1000 * (progress.fraction or 0)))

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind != self._kind:
            return
        self._kind = None
        self.cancel.setEnabled(True)
        self._show(False)
        self.text.setText(f"{WORDS[kind]} cancelled." if outcome.ending == Ending.CANCELLED else "")
        self.begin(TaskKind.PREDICT)  # an import that brought new records is followed by their prediction

    @Slot()
    def _cancel(self) -> None:
        self.text.setText("Cancelling…")
        self.cancel.setEnabled(False)
        if self._kind:
            self._session.cancel(self._kind)
