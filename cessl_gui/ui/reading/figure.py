"""What the model says of one statement: a number and a bar, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from cessl_gui.core.standing import LIKELY_FROM, Standing, figure, standing
from cessl_gui.ui.parts.tokens import Theme

HIDDEN, UNKNOWN, WAITING, REFUSED = "hidden", "no model yet", "not predicted yet", "not predicted"
_MARK = {UNKNOWN: "–", WAITING: "…"}  # where a number would stand
BAR_PX = 4
TICK_PX = 3  # above and below the bar


@dataclass(frozen=True)
class Figure:
    """A probability with its cut-off, or (p None) the reason why there is none.

    is_quiet : the reason is in the tooltip alone: the reading is blind, or there is no model at all
    """

    p: float | None = None
    threshold: float | None = None
    reason: str = UNKNOWN
    is_quiet: bool = False

    @property
    def standing(self) -> Standing:
        return standing(self.p, self.threshold) if self.p is not None else Standing.BELOW

    @property
    def mark(self) -> str:
        """What stands in the column of numbers."""
        if self.p is not None:
            return f"{self.p:.2f}"
        return "" if self.is_quiet else _MARK.get(self.reason, "")

    @property
    def text(self) -> str:
        """The same in words."""
        if self.p is None:
            return {HIDDEN: "The model's probability is hidden until you have read this record"}.get(
                self.reason, self.reason.capitalize()
            )
        words = f"Model: probability {figure(self.p)}"
        if self.threshold is None:
            return words
        limit = f"its cut-off {figure(self.threshold)}"
        return {
            Standing.LIKELY: f"{words}, likely: above {limit}",
            Standing.ABOVE: f"{words}, above {limit} but not likely: below {LIKELY_FROM:g}",
            Standing.BELOW: f"{words}, below {limit}",
        }[self.standing]


def draw_bar(painter: QPainter, track: QRectF, shown: Figure, theme: Theme) -> None:
    """Draw the bar of a probability: full where likely, outlined above its cut-off alone, grey below; a tick there."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("track"))
    painter.drawRoundedRect(track, 2, 2)
    if shown.p is None:
        return
    bar = QRectF(track.left(), track.top(), max(2.0, track.width() * shown.p), BAR_PX)
    if shown.standing == Standing.ABOVE:  # outlined, and never so short that it looks full
        painter.setPen(QPen(theme.color("accent"), 1))
        painter.setBrush(theme.color("surface"))
        bar.setWidth(max(5.0, bar.width()))
        bar.adjust(0.5, 0, -0.5, 0)
    else:
        painter.setBrush(theme.color("accent" if shown.standing == Standing.LIKELY else "unset"))
    painter.drawRoundedRect(bar, 2, 2)
    if shown.threshold is not None:
        x = track.left() + track.width() * shown.threshold
        painter.setPen(QPen(theme.color("text"), 2))
        painter.drawLine(QPointF(x, track.top() - TICK_PX), QPointF(x, track.bottom() + TICK_PX - 1))
