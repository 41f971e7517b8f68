"""The line that says what blind reading hides in the worklist, and what it means to show it all the same."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import named

HEIGHT = 32
SHOWN = (
    "Probabilities of unread ECGs are shown: readings that start here are recorded as primed, not as blind.",
    "Hide them",
)
HIDDEN = ("What the model and the file say of unread ECGs is hidden: they are read blind.", "Show them")
ALWAYS = ("What the model and the file say of an ECG is hidden until its reading is confirmed (Settings).", "")
OFF = ("Blind reading is off: what the model and the file say is shown, and recorded as seen.", "")


class PrimedLine(QFrame):
    """Always there, so that no row moves. toggled(on) : show what is hidden, or hide it again"""

    toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("primed_line")
        self.setFixedHeight(HEIGHT)
        self.theme, self._is_on = LIGHT, False
        self.mark = PlainLabel()
        self.text = named(PlainLabel(), "primed_text", "What is hidden")
        self.button = named(QPushButton(), "primed_toggle", "Show or hide what blind reading hides")
        self.button.setProperty("flat", True)
        self.button.clicked.connect(lambda: self.toggled.emit(not self._is_on))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.addWidget(self.mark)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        self.show_state(HIDDEN, on=False)
        self.set_theme(LIGHT)

    def show_state(self, words: tuple[str, str], *, on: bool) -> None:
        """words : one of the pairs above; on : whether hidden opinions are shown"""
        is_other, self._is_on = on != self._is_on, on
        self.text.setText(words[0])
        self.button.setText(words[1])
        self.button.setVisible(bool(words[1]))
        if is_other:
            self.set_theme(self.theme)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        ground, ink = (theme.warning_wash, theme.warning) if self._is_on else (theme.window, theme.muted)
        self.mark.setPixmap(icons.pixmap("eye" if self._is_on else "eye-slash", ink, tokens.ICON_SMALL))
        self.setStyleSheet(
            f"#primed_line {{ background: {ground}; border-bottom: 1px solid {theme.border}; }}"
            f" #primed_text {{ color: {ink}; }}"
        )
