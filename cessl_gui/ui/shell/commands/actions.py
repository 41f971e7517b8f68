"""What can be done in the window: each action under its name, with its keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from cessl_gui.ui.shell.commands.keys import OF_READING, REPEATED, keys_of

# What a part of the window offers: a name, for which keys.KEYS may have keys; the words in the menu; what it does.
Offer = tuple[str, str, Callable[[], object]]


class Actions(QObject):
    """Holds the actions. Their keys work wherever the focus is, but in a text box."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._named: dict[str, QAction] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._named[name]

    def items(self):
        return self._named.items()

    def add(self, name: str, text: str, act: Callable[[], object]) -> QAction:
        """Offer an action. name : its keys are those of keys.KEYS;  text : as a menu shows it"""
        action = QAction(text, self._window)
        action.setObjectName(f"action_{name}")
        action.setAutoRepeat(name in REPEATED)
        action.triggered.connect(lambda _=False: act())
        self._named[name] = action
        self._window.addAction(action)
        self._give_keys(name)
        return action

    def read_keys(self) -> None:
        """Take the keys that the person chose."""
        for name in self._named:
            self._give_keys(name)

    def allow_reading(self, on: bool) -> None:
        """Whether the actions that label or open a record may be used: only where the record is in sight."""
        for name in OF_READING:
            if name in self._named:
                self._named[name].setEnabled(on)

    def _give_keys(self, name: str) -> None:
        self._named[name].setShortcuts([QKeySequence(key) for key in keys_of(name)])
