"""How many records are read, in words and as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame

from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme

HEIGHT, BAR = tokens.HEADER + tokens.TOOLBAR, 4


class RailHead(QFrame):
    """As high as the page's header and toolbar: "148 of 242"."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail_head")
        self.setFixedHeight(HEIGHT)
        self.theme, self._read, self._all, self._is_wide = LIGHT, 0, 0, False

    def show_counts(self, read: int, total: int) -> None:
        self._read, self._all = read, total
        words = f"{read} of {total} ECGs read"
        self.setAccessibleName(words)
        self.setToolTip(plain(words))
        self.update()

    def set_wide(self, on: bool) -> None:
        self._is_wide = on
        self.update()

    @property
    def texts(self) -> tuple[str, str]:
        """What is written: the number read, and of how many."""
        return str(self._read), f"of {self._all} read" if self._is_wide else f"of {self._all}"

    def paintEvent(self, _event) -> None:
        theme, share = self.theme, self._read / self._all if self._all else 0
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), theme.color("surface"))
            painter.fillRect(QRectF(0, HEIGHT - 1, self.width(), 1), theme.color("border"))
            read, of = self.texts
            number = font(tokens.SECTION)
            if len(read) > 5 and not self._is_wide:
                number = font(tokens.VALUE)
            painter.setFont(number)
            painter.setPen(theme.color("text"))
            if self._is_wide:
                painter.drawText(QRectF(12, 8, self.width() - 24, 20), Qt.AlignmentFlag.AlignVCenter, read)
                after = 12 + painter.fontMetrics().horizontalAdvance(read) + 6
                painter.setFont(font(tokens.CAPTION))
                painter.setPen(theme.color("muted"))
                painter.drawText(QRectF(after, 9, self.width() - after, 20), Qt.AlignmentFlag.AlignVCenter, of)
                right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(12, 9, self.width() - 24, 20), right, f"{100 * share:.0f} %")
            else:
                painter.drawText(QRectF(0, 8, self.width(), 20), Qt.AlignmentFlag.AlignCenter, read)
                painter.setFont(font(tokens.CAPTION))
                painter.setPen(theme.color("muted"))
                painter.drawText(QRectF(0, 28, self.width(), 16), Qt.AlignmentFlag.AlignCenter, of)
            self._bar(painter, QRectF(8, 52, self.width() - 16, BAR), share)

    def _bar(self, painter: QPainter, bar: QRectF, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("track"))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
        bar.setWidth(bar.width() * share)
        painter.setBrush(self.theme.color("accent"))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()
