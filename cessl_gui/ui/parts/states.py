"""What is said of a statement, by shape, sign and colour: the mark, the button that gives it, the legend."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from cessl_gui.core.types import State
from cessl_gui.ui.parts.tokens import LIGHT, STATE_MARK, Theme

BUTTON_PX = 24


def draw_state(painter: QPainter, rect: QRectF, theme: Theme, state: State, given: bool) -> None:
    """Draw a state's mark: disc and plus, diamond and question mark, square and minus; filled when it was given."""
    painter.setPen(QPen(theme.state(state) if given else theme.color("unset", 170), 1.4))
    painter.setBrush(theme.state(state) if given else Qt.BrushStyle.NoBrush)
    if state == State.PRESENT:
        painter.drawEllipse(rect)
    elif state == State.UNCERTAIN:
        around, centre = rect.adjusted(-1.5, -1.5, 1.5, 1.5), rect.center()
        corners = (
            QPointF(centre.x(), around.top()),
            QPointF(around.right(), centre.y()),
            QPointF(centre.x(), around.bottom()),
            QPointF(around.left(), centre.y()),
        )
        painter.drawPolygon(QPolygonF(corners))
    else:
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 2, 2)
    painter.setPen(theme.color("surface") if given else theme.color("muted"))
    font = painter.font()
    font.setBold(given)
    painter.setFont(font)
    painter.drawText(rect.adjusted(-4, -4, 4, 4), Qt.AlignmentFlag.AlignCenter, STATE_MARK[state])


class StateButton(QAbstractButton):
    """One of the three answers; none of the three given means not assessed. focused() : by the keyboard"""

    focused = Signal()

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state, self.theme = state, LIGHT
        self.setObjectName(f"say_{state}")
        self.setCheckable(True)
        self.setFixedSize(BUTTON_PX, BUTTON_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.focused.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()  # to the next statement, not to the next answer of this one
        else:
            super().keyPressEvent(event)

    def nextCheckState(self) -> None:
        """Clicks do not check it: it follows what the project has committed."""

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_state(painter, QRectF(self.rect()).adjusted(4, 4, -4, -4), self.theme, self.state, self.isChecked())
