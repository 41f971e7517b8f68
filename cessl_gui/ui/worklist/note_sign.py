"""The sign of a record with a note: a corner, as spreadsheets mark a cell with a comment."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from cessl_gui.ui.parts.tokens import Theme

CORNER_PX = 8


def draw_note_sign(painter: QPainter, area: QRectF, theme: Theme) -> None:
    """Fill the upper right corner of an area."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent"))
    right, top = area.right(), area.top()
    corners = ((right - CORNER_PX, top), (right, top), (right, top + CORNER_PX))
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
