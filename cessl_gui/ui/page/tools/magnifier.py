"""The page under a magnifier: twice or four times as large in both directions, with its grid and calipers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF

from cessl_gui.ui.page.drawing.lettering import Ink
from cessl_gui.ui.page.layout.plan import Plan

FACTORS = (1, 2, 4)


@dataclass(frozen=True)
class Magnifier:
    """How a page is seen: `factor` times as large, with its point `origin` (px, magnified) at the widget's corner."""

    factor: int = 1
    origin: QPointF = field(default_factory=QPointF)

    def over(self, at: QPointF, factor: int, size: QSizeF) -> Magnifier:
        """Magnified so that what lies under a point of the widget stays under it."""
        point = self.page(at)
        return Magnifier(factor, point * factor - at).within(size)

    def following(self, at: QPointF, size: QSizeF) -> Magnifier:
        """As a lens over the page that the mouse moves: under it lies what would lie there without the magnifier."""
        return replace(self, origin=at * (self.factor - 1)).within(size)

    def moved(self, by: QPointF, size: QSizeF) -> Magnifier:
        """The page was taken by hand and moved."""
        return replace(self, origin=self.origin - by).within(size)

    def within(self, size: QSizeF) -> Magnifier:
        """With no empty room beside the page."""
        most = size * (self.factor - 1)
        x, y = min(max(0.0, self.origin.x()), most.width()), min(max(0.0, self.origin.y()), most.height())
        return replace(self, origin=QPointF(round(x), round(y)))

    def page(self, at: QPointF) -> QPointF:
        """Where on the page, in px without the magnifier, a point of the widget lies."""
        return (at + self.origin) / self.factor

    def laid(self, ink: Ink, where: Plan, size: QSizeF) -> tuple[Ink, Plan]:
        """Scale and plan to paint with after moving the painter by -origin; ruled only where it is seen."""
        if self.factor == 1:
            return ink, where
        larger = replace(ink, dots_per_mm=ink.dots_per_mm * self.factor)
        seen = QRectF(self.origin / larger.dots_per_mm, size / larger.dots_per_mm)
        return larger, replace(where, seen=seen)

    def next_factor(self) -> int:
        """Twice, four times, as it is."""
        return FACTORS[(FACTORS.index(self.factor) + 1) % len(FACTORS)]
