"""What is said of a statement, by shape, sign and colour: the mark, the button that gives it, the legend."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
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


class Legend(QWidget):
    """The three marks and what they mean; no mark means not assessed."""

    TEXTS = {State.PRESENT: "present", State.UNCERTAIN: "uncertain", State.ABSENT: "absent", None: "none: not assessed"}
    MARK_PX, GAP_PX = 17, 9

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.setAccessibleName("Plus: present. Question mark: uncertain. Minus: absent. No mark: not assessed.")

    def sizeHint(self) -> QSize:
        words = sum(map(self.fontMetrics().horizontalAdvance, self.TEXTS.values()))
        marks = (len(self.TEXTS) - 1) * (self.MARK_PX + self.GAP_PX)
        return QSize(words + marks + 6, self.fontMetrics().height() + 4)

    minimumSizeHint = sizeHint

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, middle = 4, self.height() / 2
        for state, text in self.TEXTS.items():
            if state:
                draw_state(painter, QRectF(x, middle - 6, 12, 12), self.theme, state, True)
                x += self.MARK_PX
            painter.setPen(self.theme.color("muted"))
            painter.setFont(self.font())
            wide = self.fontMetrics().horizontalAdvance(text)
            painter.drawText(QRectF(x, 0, wide + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            x += wide + self.GAP_PX
