"""The training in the status bar: name, share, time left. A click leads to the Model room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.training.pace import Ahead, time_left
from cessl_gui.core.types import Ending, Outcome, Progress
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import CAPTION, STATUS_BAR
from cessl_gui.ui.training.cards import Painted, width_of

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

BAR = 56
WAITS = "ready to review"


class TrainingPill(Painted):
    """Shown while a training runs, a version waits, or a training has failed.

    clicked : the reader wants to see more
    """

    clicked = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__("training_pill", "Training", STATUS_BAR - 4)
        self._session = session
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(STATUS_BAR - 4)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.words, self._share, self._failed = "", None, ""
        session.shelf.paced.connect(self._on_paced)
        session.ended.connect(self._on_ended)
        session.changed.connect(self._on_changed)
        self._mirror()

    @property
    def is_training(self) -> bool:
        return TaskKind.TRAIN in self._session.busy

    def sizeHint(self) -> QSize:
        bar = BAR + 12 if self._share is not None else 0
        return QSize(round(width_of(self.words, CAPTION)) + bar + 24, STATUS_BAR - 4)

    def _say(self, words: str, share: float | None = None) -> None:
        self.words, self._share = words, share
        self.setAccessibleName(words or "Training")
        self.setToolTip(plain(f"{words}. Click to see more."))
        self.setVisible(bool(words))
        self.updateGeometry()
        self.update()

    def _mirror(self) -> None:
        waiting = self._session.candidate()
        if self.is_training:
            self._say("Training")
        elif self._failed:
            self._say(self._failed)
        else:
            self._say(f"{waiting.name} {WAITS}" if waiting else "")

    @Slot(object, object)
    def _on_paced(self, progress: Progress, ahead: Ahead) -> None:
        if ahead.share is None:
            part = "" if progress.fraction is None else f" {100 * progress.fraction:.0f} %"  # of this phase alone
            self._say(f"Training: {progress.phase}{part}")
            return
        left = time_left(ahead.seconds_left, "").strip()
        self._say(f"Training {ahead.share:.0%} · {left}".replace("%", " %"), ahead.share)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind == TaskKind.TRAIN:
            self._failed = "Training failed; the model is as it was" if outcome.ending == Ending.FAILED else ""
            self._mirror()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.MODELS:
            self._mirror()

    def draw(self, painter: QPainter) -> None:
        theme = self.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("warning_wash" if self._failed else "accent_wash"))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        color = "warning" if self._failed else "accent"
        self.text(painter, QRectF(12, 0, self.width(), self.height()), self.words, size=CAPTION, color=color)
        if self._share is not None:
            bar = QRectF(self.width() - BAR - 12, self.height() / 2 - 2, BAR, 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("track"))
            painter.drawRoundedRect(bar, 2, 2)
            bar.setWidth(BAR * self._share)
            painter.setBrush(theme.color("accent"))
            painter.drawRoundedRect(bar, 2, 2)

    def mousePressEvent(self, event) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
