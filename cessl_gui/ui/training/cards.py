"""What the Model room's cards share: the frame, headings, links, chips, and text that is painted."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cessl_gui.ui.parts.plain_text import PlainLabel, literal
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import (
    BODY,
    CAPTION,
    LIGHT,
    PAGE_TITLE,
    RADIUS_CHIP,
    SECTION,
    STRONG,
    VALUE,
    Theme,
    Type,
)
from cessl_gui.ui.parts.widgets import named

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
HEADING_SIZES = {PAGE_TITLE: "title", SECTION: "section", VALUE: "value", CAPTION: "caption"}


def heading(text: str = "", size: Type = SECTION, *, muted: bool = False, wrap: bool = False) -> PlainLabel:
    """A label in one of HEADING_SIZES. muted : in the colour of secondary text"""
    label = PlainLabel(text, wordWrap=wrap)
    label.setProperty("type", HEADING_SIZES[size])
    label.setProperty("muted", muted)
    return label


def link(text: str, name: str, accessible: str) -> QPushButton:
    """A button that looks like a link."""
    button = named(QPushButton(literal(text)), name, accessible)
    button.setProperty("link", True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


def card_css(theme: Theme) -> str:
    """The style sheet of the room: headings, links and chips."""
    t = theme
    sizes = "".join(
        f'QLabel[type="{name}"] {{ font-size: {round(size.size_px)}px; font-weight: {size.weight}; color: {t.text}; }}'
        for size, name in HEADING_SIZES.items()
    )
    return f"""{sizes}
QLabel[muted="true"] {{ color: {t.muted}; }}
QPushButton[link="true"] {{
    background: transparent; border: none; color: {t.accent}; padding: 3px 2px; font-size: 11px; min-height: 18px; }}
QPushButton[link="true"]:hover {{ text-decoration: underline; }}
QPushButton[link="true"]:disabled {{ color: {t.muted}; }}
QLabel[tone="plain"], QLabel[tone="accent"], QLabel[tone="care"] {{
    border-radius: {RADIUS_CHIP - 2}px; padding: 2px 8px; font-size: 11px; font-weight: 500; }}
QLabel[tone="plain"] {{ background: {t.accent_wash}; color: {t.accent}; }}
QLabel[tone="accent"] {{ background: {t.surface}; color: {t.accent}; border: 1px solid {t.accent}; }}
QLabel[tone="care"] {{ background: {t.warning_wash}; color: {t.warning}; }}
QPushButton[tab="true"] {{
    background: transparent; border: none; border-bottom: 2px solid transparent; border-radius: 0;
    color: {t.muted}; padding: 4px 2px; font-weight: 500; }}
QPushButton[tab="true"]:checked {{ color: {t.accent}; border-bottom-color: {t.accent}; background: transparent; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
"""


class Card(QFrame):
    """A framed part of the room. With a title, and a line of explanation under it."""

    def __init__(self, title: str = "", note: str = "") -> None:
        super().__init__()
        self.setProperty("card", True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 10, 12, 10)
        self.column.setSpacing(2)
        self.title, self.note = heading(title), heading(note, CAPTION, muted=True, wrap=True)
        self.side = QHBoxLayout()
        if title:
            self.side.addWidget(self.title, 1)
            self.column.addLayout(self.side)
        if note:
            self.column.addWidget(self.note)


class Painted(QWidget):
    """A chart that paints itself in the theme's colours and says in words what it shows."""

    def __init__(self, name: str, accessible: str, height: int) -> None:
        super().__init__()
        named(self, name, accessible)
        self.theme = LIGHT
        self._height = height
        self.setMinimumHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def paintEvent(self, _event) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        """Paint the chart."""
        raise NotImplementedError

    def text(
        self, painter: QPainter, box: QRectF, words: str, *, size: Type = BODY, color: str = "text", align=LEFT
    ) -> None:
        """Paint a line of text. color : a field of the theme"""
        painter.setFont(font(size))
        painter.setPen(self.theme.color(color))
        painter.drawText(box, int(align), words)


def width_of(words: str, size: Type = BODY) -> float:
    """How wide a line of text is, in px."""
    return QFontMetricsF(font(size)).horizontalAdvance(words)


def fitting(name: str, short: str, width: float, size: Type = BODY) -> str:
    """The name where there is room for it, else its abbreviation: nothing is cut off."""
    return name if width_of(name, size) <= width else short


def bold(size: Type) -> QFont:
    return font(STRONG if size == BODY else size)
