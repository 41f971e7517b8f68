"""News over the window, one at a time: nothing moves for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.plain_text import PlainLabel, literal
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import named, release_focus

SECONDS = 8
WIDEST = 560


@dataclass(frozen=True)
class News:
    """One message. seconds : 0 stays until it is closed. closed : called where a person closed it"""

    text: str
    action: str = ""
    act: Callable[[], None] | None = None
    seconds: int = SECONDS
    is_warning: bool = False


class Toasts(QFrame):
    """Shows the newest message over a part of the window, with one button for what can be done about it.

    It stays while the pointer is on it. A newer message takes the place of an older one; one that waits for an answer
    comes back after it.

    over_resized : there may be another place for it, see place()
    """

    over_resized = Signal()

    def __init__(self, over: QWidget) -> None:
        """over : the widget in which it stands; place() says where"""
        super().__init__(over)
        self.setObjectName("toast")
        self._waiting: list[News] = []
        self._shown: News | None = None
        self._left, self._right, self._bottom = 0, 0, 0
        self.mark = PlainLabel()
        self.text = named(PlainLabel(wordWrap=True), "toast_text", "Message")
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = named(QPushButton(), "toast_action", "What to do")
        self.action.setProperty("quiet", True)
        self.action.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button = named(QToolButton(), "toast_close", "Close the message", "Close")
        self.close_button.setProperty("quiet", True)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.setSpacing(8)
        for part, share in ((self.mark, 0), (self.text, 1), (self.action, 0), (self.close_button, 0)):
            row.addWidget(part, share)
        self._going = QTimer(self, singleShot=True)
        self._going.timeout.connect(self._next)
        self.action.clicked.connect(self._on_action)
        self.close_button.clicked.connect(self._next)
        over.installEventFilter(self)
        self.set_theme(LIGHT)
        self.hide()

    def say(
        self,
        text: str,
        action: str = "",
        act: Callable[[], None] | None = None,
        *,
        seconds: int = SECONDS,
        is_warning: bool = False,
    ) -> None:
        """Show a message now.

        action, act : the words of a button and what it does; the message goes with the press
        seconds     : how long it stays; 0: until it is closed
        """
        if self._shown is not None and self._shown.seconds == 0 and self._shown.text != text:
            self._waiting.append(self._shown)
        self._show(News(text, action, act, seconds, is_warning))

    def place(self, left: int, right: int, bottom: int) -> None:
        """Where it stands: between which x, in the middle, and the y of its lower edge."""
        self._left, self._right, self._bottom = left, right, bottom
        self._fit()
        self.raise_()

    def dismiss(self, text: str) -> None:
        """Take back a message that no longer holds."""
        self._waiting = [news for news in self._waiting if news.text != text]
        if self._shown is not None and self._shown.text == text:
            self._next()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            f"#toast {{ background: {theme.raised}; border: 1px solid {theme.border_strong};"
            f" border-radius: {tokens.RADIUS_CARD}px; }}"
            f"#toast_action {{ color: {theme.accent}; font-weight: 600; }}"
        )
        self.close_button.setIcon(icons.icon("x", theme.text))
        self._draw_mark()

    def _show(self, news: News) -> None:
        self._shown = news
        self._going.stop()
        self.text.setText(news.text)
        self.setAccessibleName(news.text)
        self.action.setText(literal(news.action))
        self.action.setAccessibleName(news.action)
        self.action.setVisible(bool(news.action))
        self._draw_mark()
        self._fit()
        self.show()
        self.raise_()
        if news.seconds and not self.underMouse():
            self._going.start(1000 * news.seconds)

    def _draw_mark(self) -> None:
        warns = self._shown is not None and self._shown.is_warning
        name, color = ("warning", self._theme.warning) if warns else ("info", self._theme.muted)
        self.mark.setPixmap(icons.pixmap(name, color))

    def _fit(self) -> None:
        """As wide as its words, up to WIDEST, and as high as they then need; its lower edge and middle are fixed."""
        right = min(self._right, self.parentWidget().width())
        room = right - self._left - 2 * tokens.TOAST_MARGIN
        rest = self.sizeHint().width() - self.text.sizeHint().width()
        words = self.text.fontMetrics().horizontalAdvance(self.text.text()) + 4
        width = min(rest + words, WIDEST, room)
        height = max(tokens.TOAST, self.heightForWidth(width))
        self.setGeometry(
            self._left + tokens.TOAST_MARGIN + (room - width) // 2, max(0, self._bottom - height), width, height
        )

    def _next(self) -> None:
        release_focus(self)
        self._going.stop()
        self._shown = None
        if self._waiting:
            self._show(self._waiting.pop())
        else:
            self.hide()

    def _on_action(self) -> None:
        act = self._shown.act if self._shown else None
        self._next()
        if act is not None:
            act()

    def hideEvent(self, event) -> None:
        super().hideEvent(event)
        self._going.stop()  # the window closes, or shows another room

    def showEvent(self, event) -> None:
        super().showEvent(event)
        if self._shown is not None and self._shown.seconds:
            self._going.start(1000 * self._shown.seconds)

    def enterEvent(self, event) -> None:
        super().enterEvent(event)
        self._going.stop()

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        if self._shown is not None and self._shown.seconds:
            self._going.start(1000 * self._shown.seconds)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
            self.over_resized.emit()
        return super().eventFilter(watched, event)
