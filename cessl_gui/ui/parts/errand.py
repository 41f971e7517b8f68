"""A window for work that is asked for now and then: what will happen, how far it is, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.types import Ending, Outcome, Progress
from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class Errand(Beside):
    """Runs one kind of background task, which the window does not wait for; a closed window tells by `told`.

    told(sentence) : what came of it, where this window was closed meanwhile
    """

    told = Signal(str)
    kind: TaskKind
    stop_tip = "Nothing is changed"

    def __init__(self, session: Session, parent: QWidget | None, name: str, title: str, about: str) -> None:
        super().__init__(parent, name, title, QSize(560, 300))
        self._session, self._job = session, ""
        self.about = PlainLabel(about, wordWrap=True)
        self.own = QVBoxLayout()
        self.said = named(PlainLabel(wordWrap=True), f"{name}_said", "Result")
        self.lines = named(QPlainTextEdit(), f"{name}_lines", "Result, line by line")
        self.lines.setReadOnly(True)
        self.lines.hide()
        self.column.addWidget(self.about)
        self.column.addLayout(self.own)
        self.column.addWidget(self.said)
        self.column.addWidget(self.lines, 1)
        self.column.addStretch()
        self.stop = named(QPushButton("Stop"), f"{name}_stop", "Stop")
        self.go = named(QPushButton(), f"{name}_go", title)
        self.go.setProperty("primary", True)
        self.go.clicked.connect(self._go)
        self.stop.clicked.connect(lambda: session.cancel(self.kind))
        session.ended.connect(self._on_ended)
        session.progress.connect(self._on_progress)

    def begin(self) -> None:
        """Start the work."""
        raise NotImplementedError

    def lacks(self) -> str:
        """What is still to be done before it can begin; "" where nothing is."""
        return ""

    def show_result(self, result) -> None:
        """Say what came of it. result : bridge.upkeep.Done, or of a kind's own"""
        self.said.setText(result.sentence)
        self.lines.setPlainText("\n".join(result.lines))
        self.lines.setVisible(bool(result.lines))

    @property
    def runs(self) -> bool:
        return self.kind in self._session.busy

    def enable(self) -> None:
        """Make the buttons fit what is chosen and what runs; one that cannot be pressed says why."""
        reason = "It is running" if self.runs else self.lacks()
        self.go.setEnabled(not reason)
        self.go.setToolTip(plain(reason))
        self.stop.setEnabled(self.runs)
        self.stop.setToolTip(plain(self.stop_tip if self.runs else "Nothing runs"))

    @Slot()
    def _go(self) -> None:
        self.said.setText("Beginning…")
        self.lines.hide()
        self.begin()
        self._job = self._session.busy.get(self.kind, "")
        if not self._job:  # it was refused, with a reason of its own
            self.said.setText("")
        self.enable()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if self._job and progress.job_id == self._job:
            share = f" {100 * progress.fraction:.0f} %" if progress.fraction is not None else "…"
            self.said.setText(f"{progress.phase}{share}")

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind != self.kind:
            return
        if outcome.job_id != self._job:  # another window's
            self.enable()
            return
        if outcome.ending == Ending.FINISHED:
            self.show_result(outcome.result)
        else:
            self.said.setText(f"{outcome.message} {outcome.todo}".strip() or "Stopped.")
        self.enable()
        if not self.isVisible():
            self.told.emit(self.said.text())
