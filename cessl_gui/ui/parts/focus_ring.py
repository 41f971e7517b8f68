"""The one ring around what has the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Slot
from PySide6.QtGui import QPainter, QPen, QRegion
from PySide6.QtWidgets import QApplication, QFocusFrame, QWidget
from shiboken6 import isValid

from cessl_gui.ui.parts.tokens import FOCUS_RING, RADIUS_KEY

NO_RING = "draws_own_focus"  # property of a widget that shows by itself which of its parts has the keyboard

MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.ParentChange, QEvent.Type.ZOrderChange)


class _Frame(QFocusFrame):
    """Lies over the edge of a widget: nothing is moved or resized by it, and clicks go through."""

    def paintEvent(self, _event) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().accent().color(), FOCUS_RING))
            half = FOCUS_RING / 2
            edge = QRectF(self._in_sight()).adjusted(half, half, -half, -half)
            painter.drawRoundedRect(edge, RADIUS_KEY, RADIUS_KEY)
            if self.widget() is not None and self.widget().property("primary"):  # it is of the ring's colour
                within = 1.5 * FOCUS_RING - half
                painter.setPen(QPen(self.palette().base().color(), FOCUS_RING / 2))
                painter.drawRoundedRect(edge.adjusted(within, within, -within, -within), RADIUS_KEY, RADIUS_KEY)

    def _in_sight(self) -> QRect:
        """Where the ring lies: within the edge of a widget that fills what it lies in, where it would be cut off."""
        room, parent = self.rect(), self.parentWidget()
        while parent is not None:
            room &= QRect(self.mapFrom(parent, QPoint()), parent.size())
            parent = None if parent.isWindow() else parent.parentWidget()
        within = self.rect().adjusted(FOCUS_RING, FOCUS_RING, -FOCUS_RING, -FOCUS_RING)
        return room | within  # no further in: of what is scrolled half out of sight the rest is ringed

    def setWidget(self, widget: QWidget | None) -> None:
        super().setWidget(widget)
        self._lay_over()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_done = super().eventFilter(watched, event)
        if event.type() in MOVES:
            self._lay_over()
        return is_done

    def _lay_over(self) -> None:
        """Qt puts it under its widget, and lets it paint only around it, where what the widget fills may end."""
        inside = self.rect().adjusted(RADIUS_KEY, RADIUS_KEY, -RADIUS_KEY, -RADIUS_KEY)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inside)))  # the page below is not painted twice
        self.raise_()


class FocusRing(QObject):
    """Follows the keyboard through all windows of the program."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.frame: QFocusFrame | None = None
        app.focusChanged.connect(self._follow)

    @Slot(QWidget, QWidget)
    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self.frame is not None and isValid(self.frame):
            self.frame.setWidget(None)
        if new is None or new.isWindow() or new.property(NO_RING):
            return
        if self.frame is None or not isValid(self.frame):  # it lies in the window, and goes with it
            self.frame = _Frame()
        self.frame.setWidget(new)
