"""The training bar: one button, what it waits for in a sentence, and while training how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from cessl_gui.core.plural import counted
from cessl_gui.core.types import Change, Ending, Outcome, Progress
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.time_left import time_left
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import ElidedLabel, named, release_focus

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

GRAPH_HEIGHT_PX = 120
COUNT_AFTER_MS = 150
IDLE = "Training runs in the background while you go on labelling; nothing changes until you use the new model."


class TrainingBar(QFrame):
    """Starts, shows and ends a training. Saving a label never starts one.

    result_wanted : the reader asks for before and after of the model that waits
    """

    result_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training_bar")
        self._session = session
        # Counting all labels of a large project takes longer than a quick reader's next key.
        self._soon = QTimer(self, singleShot=True, interval=COUNT_AFTER_MS)
        self._soon.timeout.connect(self._mirror)
        self._seen_job = ""
        self._waiting = ""
        self._why: str | None = ""
        self._asked_at = 0
        self._with_graph = True
        self._steps: list[int] = []
        self._loss: list[float] = []
        self._checked: list[int] = []
        self._validation: list[float] = []

        self.start = named(QPushButton(), "train", "Improve the model with my labels")
        self.start.setProperty("primary", True)
        self.start.clicked.connect(self.train)
        self.look = named(QPushButton("Before and after"), "show_result", "Show before and after of the new model")
        self.look.setProperty("primary", True)
        self.look.clicked.connect(self.result_wanted)
        self.sentence = named(ElidedLabel(), "train_sentence", "What training needs or did")
        idle = QWidget()
        idle_row = QHBoxLayout(idle)
        idle_row.setContentsMargins(0, 0, 0, 0)
        idle_row.addWidget(self.start)
        idle_row.addWidget(self.sentence, 1)
        idle_row.addWidget(self.look)
        self.idle = idle

        self.phase = named(ElidedLabel(), "train_phase", "What the training does now")
        self.bar = named(QProgressBar(), "train_progress", "How far the training is")
        self.bar.setRange(0, 1000)
        self.bar.setMinimumWidth(60)
        self.bar.setTextVisible(False)  # the number would stand half on the bar; the phase has it
        self.left = named(ElidedLabel(), "train_left", "Time left")
        self.best = named(ElidedLabel(), "train_best", "Best yet")
        self.curve_button = named(QToolButton(), "train_curve", "Show the training curve")
        self.curve_button.clicked.connect(self._toggle_graph)
        self.keep = self._button("stop_keep", "Stop and keep the best", "End now; you then decide on the best model")
        self.keep.clicked.connect(self._keep)
        self.cancel = self._button("cancel_train", "Cancel and discard", "End now; the model stays as it was")
        self.cancel.clicked.connect(self._cancel)
        self.running = QWidget()
        row = QHBoxLayout(self.running)
        row.setContentsMargins(0, 0, 0, 0)
        for part, share in ((self.phase, 4), (self.bar, 4), (self.left, 4), (self.best, 2)):
            row.addWidget(part, share)
        for part in (self.curve_button, self.keep, self.cancel):
            row.addWidget(part)

        self.graph = _Graph()
        named(self.graph, "train_graph", "Training loss and validation score by step")
        self.graph.setMinimumHeight(1)  # on a low screen the ECG goes first
        self.graph.setMaximumHeight(GRAPH_HEIGHT_PX)
        self._loss_plot = self.graph.addPlot(title="Training loss by step")
        self._score_plot = self.graph.addPlot(title="Validation by step: mean average precision")
        self._loss_line = self._loss_plot.plot()
        self._score_line = self._score_plot.plot(symbol="o", symbolSize=5)
        for plot in (self._loss_plot, self._score_plot):
            plot.setMouseEnabled(False, False)
            plot.hideButtons()
            plot.setMenuEnabled(False)

        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        column.addWidget(self.graph)
        column.addWidget(self.idle)
        column.addWidget(self.running)
        self.set_theme(LIGHT)
        session.changed.connect(self._on_changed)
        session.progress.connect(self._on_progress)
        session.ended.connect(self._on_ended)
        self._look_for_candidate()
        self._mirror()

    @staticmethod
    def _button(name: str, text: str, tip: str) -> QPushButton:
        return named(QPushButton(text), name, text, tip)

    def set_theme(self, theme: Theme) -> None:
        self.graph.setBackground(theme.surface)
        for plot in (self._loss_plot, self._score_plot):
            plot.setTitle(plot.titleLabel.text, color=theme.text, size="9pt")
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(theme.muted)
                axis.setTextPen(theme.muted)
        self._loss_line.setPen(theme.accent)
        self._score_line.setPen(theme.uncertain)
        self._score_line.setSymbolBrush(theme.uncertain)
        self._score_line.setSymbolPen(theme.uncertain)

    @Slot()
    def train(self) -> None:
        """Start a training on the labels as they are now."""
        self._session.train()
        if "train" in self._session.busy:
            self.phase.setText("Starting ...")
            self.bar.setRange(0, 0)
            self._begin(self._session.busy["train"])

    # --- what is shown

    def _mirror(self) -> None:
        """Show the bar for a training that runs, or the button with what it needs."""
        busy = "train" in self._session.busy
        release_focus(self.idle if busy else self.running)
        self.idle.setVisible(not busy)
        self.running.setVisible(busy)
        self._show_graph()
        n, patients = self._session.counts_to_learn()
        self.start.setText(f"Improve the model with my {counted(n, 'ECG') if n else 'labels'}")
        if not busy:
            # Asking takes long in a project of many labels. Once it could start, more labels seldom change that; where
            # they do, train() says so.
            if self._why is not None or n < self._asked_at:
                self._why, self._asked_at = self._session.readiness(), n
            why = self._why
            self.start.setEnabled(why is None)
            self.start.setToolTip(plain(why or "Training runs in the background; go on labelling meanwhile"))
            given = f"{counted(n, 'labelled ECG')} of {counted(patients, 'patient')}."
            self.sentence.setText(self._waiting or why or f"{given} {IDLE}")

    def _look_for_candidate(self) -> None:
        candidate = self._session.candidate()
        self.look.setVisible(candidate is not None)
        self._waiting = f"A new model waits: {candidate.verdict or candidate.name}" if candidate else ""

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == "models":
            self._look_for_candidate()
        # An exclusion takes its labels out; a setting says what uncertain ones count for.
        if change.kind in ("labels", "reading", "settings"):
            self._soon.start()
        elif change.kind in ("records", "models"):
            self._mirror()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.job_id != self._session.busy.get("train"):
            return
        if progress.job_id != self._seen_job:
            self._begin(progress.job_id)
        if self.cancel.isEnabled() and self.keep.isEnabled():
            done = "" if progress.fraction is None else f"{progress.fraction:.0%}"
            self.phase.setText("  ".join(filter(None, (progress.phase, done, progress.message))))
        if progress.fraction is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * progress.fraction))
        self.left.setText(time_left(progress.seconds_left, "at most"))
        self.left.setToolTip(plain(f"{self.left.text()}; it ends sooner where the validation no longer gets better"))
        if progress.best is not None:
            self.best.setText(f"best {progress.best:.3f}")
            self.best.setToolTip("Best mean average precision on the validation patients yet")
        self._extend(progress)

    def _begin(self, job_id: str) -> None:
        self._seen_job = job_id
        for values in (self._steps, self._loss, self._checked, self._validation):
            values.clear()
        self._loss_line.setData([], [])
        self._score_line.setData([], [])
        self.left.setText("")
        self.best.setText("")
        self.keep.setEnabled(True)
        self.cancel.setEnabled(True)
        self._mirror()

    def _extend(self, progress: Progress) -> None:
        if progress.train_loss is not None and progress.step:
            self._steps.append(progress.step)
            self._loss.append(progress.train_loss)
        if progress.validation is not None and progress.step not in self._checked[-1:]:
            self._checked.append(progress.step)
            self._validation.append(progress.validation)
        if self.graph.isVisible():
            self._draw()

    def _draw(self) -> None:
        self._loss_line.setData(self._steps, self._loss)
        self._score_line.setData(self._checked, self._validation)

    @Slot()
    def _toggle_graph(self) -> None:
        self._with_graph = not self._with_graph
        self._show_graph()

    def _show_graph(self) -> None:
        self.curve_button.setText("Hide curve" if self._with_graph else "Show curve")
        self.graph.setVisible(self._with_graph and "train" in self._session.busy)
        self._draw()

    @Slot()
    def _keep(self) -> None:
        self.phase.setText("Stopping, keeping the best ...")
        self.keep.setEnabled(False)
        self._session.stop_and_keep()

    @Slot()
    def _cancel(self) -> None:
        self.phase.setText("Cancelling ...")
        self.keep.setEnabled(False)
        self.cancel.setEnabled(False)
        self._session.cancel("train")

    @Slot(str, object)
    def _on_ended(self, kind: str, outcome: Outcome) -> None:
        if kind != "train":
            return
        self._mirror()
        if outcome.ending == Ending.CANCELLED:
            self.sentence.setText("Training cancelled; the model is as it was.")
        elif outcome.ending == Ending.FAILED:
            self.sentence.setText(f"{outcome.message} {outcome.todo}".strip())


class _Graph(pg.GraphicsLayoutWidget):
    def sizeHint(self) -> QSize:
        return QSize(600, GRAPH_HEIGHT_PX)
