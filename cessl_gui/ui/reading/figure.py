"""What the model says of one statement: a number and a bar, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from cessl_gui.core.reading.standing import LIKELY_FROM, Standing, figure, standing
from cessl_gui.ui.parts.tokens import Theme

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

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


class Figures(dict[str, Figure]):
    """What the model says, by code; of what it does not know, that."""

    def __init__(self, known: Mapping[str, Figure], is_quiet: bool) -> None:
        super().__init__(known)
        self._unknown = Figure(reason=UNKNOWN, is_quiet=is_quiet)

    def __missing__(self, code: str) -> Figure:
        return self._unknown


def figures_of(session: Session, record_id: str) -> Figures:
    """What may be seen now of what the model says of a record; "" for none."""
    model, prediction = session.active_model(), session.prediction(record_id) if record_id else None
    reason, is_quiet = WAITING, model is None
    shown: dict[str, Figure] = {}
    if record_id and session.refusal(record_id):
        reason = REFUSED
    elif not record_id or not session.prediction_shown(record_id):
        reason, is_quiet = HIDDEN, True
    elif prediction:
        cut_offs = session.thresholds()
        shown = {code: Figure(p, cut_offs.get(code)) for code, p in prediction.probabilities.items()}
    known = {code: Figure(reason=reason, is_quiet=is_quiet) for code in (model.statements if model else ())}
    return Figures(known | shown, is_quiet)
