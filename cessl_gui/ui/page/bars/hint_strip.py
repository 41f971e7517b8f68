"""The place of the hints in the toolbar: as many as it has room for, all of them on hover or a click."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cessl_gui.ecg.hints import FINE, LOOKING, Hint
from cessl_gui.ui.parts import icons
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import LIGHT, Theme

ICON_PX, GAP_PX = 18, 20
ICONS = {FINE: "check", LOOKING: "clock"}


class HintStrip(QWidget):
    """The hints at the right end of their place: as many as there is room for, then "+2". All of them on hover and in
    the menu that a click opens."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_hints")
        self.setAccessibleName("Hints about this ECG")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme = LIGHT
        self.shown: tuple[Hint, ...] = ()

    def show_hints(self, shown: Sequence[Hint]) -> None:
        """Say these hints."""
        self.shown = tuple(shown)
        lines = [f"{hint.words}: {hint.reason}" if hint.reason else hint.words for hint in shown]
        self.setToolTip(plain("\n".join(lines)))
        self.setAccessibleDescription(". ".join(lines))
        self.setCursor(Qt.CursorShape.PointingHandCursor if shown else Qt.CursorShape.ArrowCursor)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def fitting(self) -> tuple[tuple[Hint, ...], int]:
        """The hints that there is room for, and how many there is none for."""
        wide = QFontMetricsF(self.font()).horizontalAdvance
        for count in range(len(self.shown), 0, -1):
            rest = len(self.shown) - count
            room = self.width() - (wide(f"+{rest}") + GAP_PX if rest else 0)
            needed = sum(ICON_PX + wide(hint.words) for hint in self.shown[:count]) + GAP_PX * (count - 1)
            if needed <= room:
                return self.shown[:count], rest
        return (), len(self.shown)

    def paintEvent(self, _event: QPaintEvent) -> None:
        hints_, rest = self.fitting()
        wide = QFontMetricsF(self.font()).horizontalAdvance
        words = [hint.words for hint in hints_]
        if rest and not hints_:  # no room for the first: what of it can be read, and how many there are
            room = self.width() - ICON_PX - wide(f"+{rest}") - GAP_PX
            words = [QFontMetricsF(self.font()).elidedText(self.shown[0].words, Qt.TextElideMode.ElideRight, room)]
            hints_, rest = self.shown[:1], rest - 1
        total = sum(ICON_PX + wide(text) for text in words) + GAP_PX * (len(words) - 1)
        total += GAP_PX + wide(f"+{rest}") if rest else 0
        x, middle = self.width() - total, self.height() / 2
        with QPainter(self) as painter:
            for number, (hint, text) in enumerate(zip(hints_, words, strict=True)):
                if number:
                    painter.setPen(self._theme.color("border_strong"))
                    painter.drawLine(QPointF(x - GAP_PX / 2, middle - 8), QPointF(x - GAP_PX / 2, middle + 8))
                color = "warning" if hint.warns else "muted"
                name = "warning" if hint.warns else ICONS.get(hint, "info")
                drawing = icons.pixmap(name, self._theme.color(color), 14)
                painter.drawPixmap(QPointF(x, middle - 7), drawing)
                painter.setPen(self._theme.color(color))
                box = QRectF(x + ICON_PX, 0, wide(text) + 2, self.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
                x += ICON_PX + wide(text) + GAP_PX
            if rest:
                painter.setPen(self._theme.color("accent"))
                box = QRectF(x, 0, wide(f"+{rest}") + 2, self.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, f"+{rest}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        """All hints with their reasons, to read."""
        if self.shown:
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), self.toolTip(), self)
