"""Buttons that show their key, and the caps of keys."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.icons import pixmap
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import Theme

ENTER = "Enter"  # drawn as its arrow
CAP_PX = 16
GAP_PX = 6


def cap_width(key: str) -> int:
    """The width of a key's cap in px."""
    if key == ENTER:
        return CAP_PX + 4
    return max(CAP_PX, QFontMetrics(dressing.font(tokens.CAPTION)).horizontalAdvance(key) + 8)


def draw_cap(painter: QPainter, rect: QRectF, key: str, line, text) -> None:
    """Draw a key's cap. line, text : colours of its outline and of what stands on it"""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS_KEY, tokens.RADIUS_KEY)
    if key == ENTER:
        side = tokens.ICON_SMALL - 2
        at = rect.center()
        arrow = pixmap("arrow-elbow-down-left", text, side)
        painter.drawPixmap(QRectF(at.x() - side / 2, at.y() - side / 2, side, side), arrow, QRectF(arrow.rect()))
        return
    painter.setPen(text)
    painter.setFont(dressing.font(tokens.CAPTION))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)


class KeyButton(QAbstractButton):
    """A button with the cap of its key. is_primary : the one act that goes on"""

    def __init__(self, text: str, key: str = "", tip: str = "", is_primary: bool = False, icon: str = "") -> None:
        super().__init__()
        self.theme = tokens.LIGHT
        self._key, self._is_primary, self._icon, self._tip = key, is_primary, icon, tip
        self._why_not = ""
        self.setText(text)
        policy = QSizePolicy.Policy.Expanding if is_primary else QSizePolicy.Policy.Minimum
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
        self._describe()

    @property
    def key(self) -> str:
        return self._key

    def set_key(self, key: str) -> None:
        """Show another key."""
        if key != self._key:
            self._key = key
            self._describe()
            self.updateGeometry()
            self.update()

    def set_text(self, text: str, tip: str) -> None:
        if (text, tip) != (self.text(), self._tip):
            self._tip = tip
            self.setText(text)
            self._describe()
            self.updateGeometry()

    def allow(self, on: bool, why_not: str) -> None:
        """Let it be pressed, or say in the tooltip why it cannot be."""
        self.setEnabled(on)
        self._why_not = "" if on else why_not
        self._describe()

    def _describe(self) -> None:
        tip = f"{self._tip} ({self._key})" if self._key else self._tip
        self.setToolTip(plain(f"{tip}\n{self._why_not}".strip()))
        self.setAccessibleName(self.text() or self._tip)

    def _text_font(self) -> QFont:
        return dressing.font(tokens.VALUE if self._is_primary else tokens.BODY)

    def _parts_width(self) -> int:
        words = QFontMetrics(self._text_font()).horizontalAdvance(self.text())
        icon = tokens.ICON if self._icon else 0
        cap = cap_width(self._key) if self._key else 0
        return words + icon + cap + GAP_PX * (sum(map(bool, (words, icon, cap))) - 1)

    def sizeHint(self) -> QSize:
        height = tokens.BUTTON_PRIMARY if self._is_primary else tokens.TARGET + 4
        return QSize(max(self._parts_width() + (24 if self._is_primary else 8), tokens.TARGET + 4), height)

    minimumSizeHint = sizeHint

    def enterEvent(self, event) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event) -> None:
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event) -> None:
        theme = self.theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            is_hovered = self.isEnabled() and self.underMouse()
            if self._is_primary:
                ground = "fill" if self.isEnabled() else "sunk"
                painter.setBrush(theme.color("accent_hover" if is_hovered and not theme.dark else ground))
                painter.drawRoundedRect(self.rect(), tokens.RADIUS, tokens.RADIUS)
            elif is_hovered:
                painter.setBrush(theme.color("sunk"))
                painter.drawRoundedRect(self.rect(), tokens.RADIUS, tokens.RADIUS)
            text = theme.color("text" if self.isEnabled() else "muted")
            line = theme.color("border_strong")
            if self._is_primary and self.isEnabled():
                text = line = theme.color("on_fill")
            self._paint_parts(painter, text, line)

    def _paint_parts(self, painter: QPainter, text, line) -> None:
        x, middle = (self.width() - self._parts_width()) / 2, self.height() / 2
        if self._icon:
            side = tokens.ICON
            picture = pixmap(self._icon, text, side)
            painter.drawPixmap(QRectF(x, middle - side / 2, side, side), picture, QRectF(picture.rect()))
            x += side + GAP_PX
        font = self._text_font()
        words = QFontMetrics(font).horizontalAdvance(self.text())
        painter.setFont(font)
        painter.setPen(text)
        painter.drawText(QRectF(x, 0, words + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        x += words + GAP_PX if words else 0
        if self._key:
            muted = text if self._is_primary else self.theme.color("muted")
            cap = QRectF(x, middle - CAP_PX / 2, cap_width(self._key), CAP_PX)
            draw_cap(painter, cap, self._key, line, muted)


class Chip(QWidget):
    """How the open record is read, in two or three words: "Blind until you confirm"."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = tokens.LIGHT
        self.text, self._icon, self._is_accent = "", "", False
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(tokens.CHIP)

    def show_text(self, text: str, icon: str, tip: str, is_accent: bool = False) -> None:
        if (text, icon, is_accent) != (self.text, self._icon, self._is_accent):
            self.text, self._icon, self._is_accent = text, icon, is_accent
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()
        self.setVisible(bool(text))
        self.setToolTip(plain(tip))

    def sizeHint(self) -> QSize:
        words = QFontMetrics(dressing.font(tokens.CAPTION)).horizontalAdvance(self.text)
        return QSize(words + tokens.ICON_SMALL + 4 + 16, tokens.CHIP)

    minimumSizeHint = sizeHint

    def paintEvent(self, event) -> None:
        ink = self.theme.color("accent" if self._is_accent else "muted")
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("accent_wash" if self._is_accent else "sunk"))
            painter.drawRoundedRect(self.rect(), tokens.RADIUS_CHIP, tokens.RADIUS_CHIP)
            side = tokens.ICON_SMALL
            picture = pixmap(self._icon, ink, side)
            painter.drawPixmap(QRectF(8, (self.height() - side) / 2, side, side), picture, QRectF(picture.rect()))
            painter.setFont(dressing.font(tokens.CAPTION))
            painter.setPen(ink)
            text = QRectF(8 + side + 4, 0, self.width(), self.height())
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.text)


def themed(parts: list, theme: Theme) -> None:
    """Give widgets that paint themselves another theme."""
    for part in parts:
        part.theme = theme
        part.update()
