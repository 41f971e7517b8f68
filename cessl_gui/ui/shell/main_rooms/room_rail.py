"""The rail at the left edge: the menu, the rooms, help and settings."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QVBoxLayout, QWidget

from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.key_tips import with_keys
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme

BUTTON_HEIGHT = 52
MARK_WIDTH = 2


class RailButton(QAbstractButton):
    """An icon above its word. The chosen one has a filled icon, the accent and a bar at its left."""

    def __init__(self, name: str, word: str, icon: str, tip: str) -> None:
        super().__init__()
        self.setObjectName(f"rail_{name}")
        self.setText(word)
        self.setAccessibleName(word)
        with_keys(self, tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(tokens.RAIL_WIDTH, BUTTON_HEIGHT)
        self.theme, self._icon = LIGHT, icon

    def sizeHint(self) -> QSize:
        return QSize(tokens.RAIL_WIDTH, BUTTON_HEIGHT)

    def paintEvent(self, _event) -> None:
        theme, chosen = self.theme, self.isChecked()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.underMouse() or self.isDown():
                painter.fillRect(self.rect(), theme.color("sunk"))
            if chosen:
                painter.fillRect(0, 4, MARK_WIDTH, self.height() - 8, theme.color("accent"))
            color = theme.accent if chosen else theme.muted
            drawn = icons.pixmap(f"{self._icon}-fill" if chosen else self._icon, color, tokens.ICON_LARGE)
            left = (self.width() - tokens.ICON_LARGE) // 2
            painter.drawPixmap(left, 7, drawn)
            words = font(tokens.RAIL)
            words.setBold(chosen)
            painter.setFont(words)
            painter.setPen(theme.color("accent" if chosen else "muted"))
            below = QRectF(0, 29, self.width(), 18)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.text())


class RoomRail(QFrame):
    """chosen(name) : a room was clicked;  menu_wanted : the menu button was pressed"""

    chosen = Signal(str)
    menu_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("room_rail")
        self.setFixedWidth(tokens.RAIL_WIDTH)
        self.buttons: dict[str, RailButton] = {}
        self._group = QButtonGroup(self)
        self.menu = RailButton("menu", "Menu", "list", "All actions (Alt[ or {menu}])")
        self.menu.clicked.connect(self.menu_wanted)
        self._top, self._below = QVBoxLayout(), QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 4)
        column.setSpacing(0)
        for part in (self._top, self._below):
            part.setSpacing(0)
        self._top.addWidget(self.menu)
        column.addLayout(self._top)
        column.addStretch(1)
        column.addLayout(self._below)

    def add(self, name: str, word: str, icon: str, tip: str, *, below: bool = False) -> None:
        """Add a room. below : at the lower end, apart from the rooms of the work"""
        button = RailButton(name, word, icon, tip)
        button.setCheckable(True)
        button.clicked.connect(lambda: self.chosen.emit(name))
        self._group.addButton(button)
        (self._below if below else self._top).addWidget(button)
        self.buttons[name] = button

    def mark(self, name: str) -> None:
        """Show which room is open."""
        self.buttons[name].setChecked(True)

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(f"#room_rail {{ background: {theme.window}; border-right: 1px solid {theme.border}; }}")
        for button in (self.menu, *self.buttons.values()):
            button.theme = theme
            button.update()
