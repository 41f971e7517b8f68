"""What can be done with the chosen rows of the worklist; its place is reserved, whether any are chosen or not."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from cessl_gui.core.plural import counted
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.key_tips import with_keys
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import named

HINT = "Shift or Ctrl and click, or the boxes, to choose several ECGs"


class SelectionBar(QFrame):
    """wanted(act) : "read", "defer", "exclude", "export" or "clear" was pressed"""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("selection_bar")
        self.setFixedHeight(tokens.SELECTION_BAR)
        self.theme = LIGHT
        self.count = named(PlainLabel(), "selected_count", "Number of chosen ECGs")
        self.count.setFont(font(tokens.STRONG))
        self.note = named(PlainLabel(), "worklist_note", "About the order of the list")
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.count)
        for act, words, tip in (
            ("read", "Read these", "Read the chosen ECGs one after the other (Enter)"),
            ("defer", "Defer", "Put the chosen ECGs off[ ({defer_next})]"),
            ("exclude", "Exclude", "Exclude the chosen ECGs, or include them if all are excluded[ ({exclude})]"),
            ("export", "Export selected", "Write what is known of the chosen ECGs"),
        ):
            self._add(row, act, words, tip)
        row.addStretch(1)
        row.addWidget(self.note)
        self._add(row, "clear", "Clear", "Choose none (Esc)")
        self.buttons["read"].setProperty("primary", True)
        self.show_count(0)

    def _add(self, row: QHBoxLayout, act: str, words: str, tip: str) -> None:
        button = with_keys(named(QPushButton(words), f"selected_{act}", words), tip)
        button.setMinimumHeight(tokens.BUTTON)
        button.clicked.connect(lambda: self.wanted.emit(act))
        self.buttons[act] = button
        row.addWidget(button)

    def show_count(self, number: int, *, may_change: bool = True) -> None:
        """How many rows are chosen. may_change : whether the project can be written"""
        self.count.setText(f"{number} selected" if number else HINT)
        for act, button in self.buttons.items():
            button.setVisible(number > 0)
            button.setEnabled(may_change or act in ("read", "export", "clear"))
        self.buttons["read"].setText("Read this one" if number == 1 else f"Read these {number}")
        self.buttons["read"].setAccessibleName(f"Read {counted(number, 'ECG')}")
        self._dress(number > 0)

    def say(self, note: str) -> None:
        self.note.setText(note)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._dress(self.buttons["clear"].isVisibleTo(self))

    def _dress(self, chosen: bool) -> None:
        theme = self.theme
        self.setStyleSheet(
            f"#selection_bar {{ background: {theme.accent_wash if chosen else theme.window};"
            f" border-top: 1px solid {theme.border}; }}"
            f" #selected_count {{ color: {theme.accent if chosen else theme.muted}; }}"
            f" #worklist_note {{ color: {theme.muted}; }}"
        )
