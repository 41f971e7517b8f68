"""The page of the record that probably comes next, drawn while the reader still looks at this one."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPixmap

from cessl_gui.ui.page.drawing.lettering import Ink
from cessl_gui.ui.page.drawing.names import Places, places_of
from cessl_gui.ui.page.drawing.paper import paint_paper, paint_traces, paint_words
from cessl_gui.ui.page.drawing.tint import paint_tint
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import Sheet

Laid = tuple[Ink, Plan]


def paint_below(painter: QPainter, sheet: Sheet, laid: Laid, names: Places | None, origin: QPointF) -> None:
    """All of a page on screen that lies below marks and calipers. The painter stays where the page begins.

    names : their places, where they are known;  origin : what is to stand in the corner, under a magnifier
    """
    ink, where = laid
    above = math.ceil(where.grid.top() * ink.dots_per_mm)  # the ruled paper covers the rest
    painter.fillRect(0, 0, painter.device().width(), above, sheet.theme.color("page"))
    painter.translate(-origin)
    paint_paper(painter, sheet, where, ink)
    paint_tint(painter, sheet, where, ink)
    paint_traces(painter, sheet, where, ink)
    paint_words(painter, sheet, where, ink, names)


class Ahead:
    """One page as a picture. It is shown where a page that is to be painted would look the same, else left alone.

    sheet : what it shows
    """

    def __init__(self) -> None:
        self.sheet = Sheet()
        self._laid: Laid | None = None
        self._names: Places = {}
        self._picture = QPixmap()

    def draw(self, sheet: Sheet, laid: Laid, size: QSize, ratio: float) -> None:
        """Draw a page. size : in px;  ratio : device pixels per px"""
        self.sheet, self._laid, self._names = sheet, laid, places_of(sheet, laid[1], laid[0])
        self._picture = QPixmap(size * ratio)
        self._picture.setDevicePixelRatio(ratio)
        with QPainter(self._picture) as painter:
            paint_below(painter, sheet, laid, self._names, QPointF())

    def names(self, sheet: Sheet, laid: Laid) -> Places | None:
        """Where the names stand, if that is known."""
        return self._names if laid == self._laid and sheet.looks_like(self.sheet) else None

    def picture(self, sheet: Sheet, laid: Laid, size: QSize, ratio: float) -> QPixmap | None:
        """The picture, if it is that of this page."""
        fits = self._picture.size() == size * ratio and self._picture.devicePixelRatio() == ratio
        return self._picture if fits and self.names(sheet, laid) is not None else None
