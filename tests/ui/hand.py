"""A person with a mouse alone: clicks what is in sight, and waits only where the screen says for what."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

SIZE = 1366, 768
MOST_S = 30.0


class Hand:
    """acts : what was done, in words"""

    def __init__(self) -> None:
        self.acts: list[str] = []

    def click(self, widget: QWidget) -> None:
        """Click the middle of what is whole in sight, may be used, and has nothing over it."""
        window, middle = widget.window(), widget.rect().center()
        at = widget.mapTo(window, middle)
        assert (window.width(), window.height()) == SIZE or window.isModal()
        assert QApplication.activeModalWidget() in (None, window)
        assert window.rect().contains(widget.rect().translated(widget.mapTo(window, QPoint())))
        assert widget.visibleRegion().boundingRect() == widget.rect()
        assert window.childAt(at) is widget, f"{window.childAt(at)} lies over {widget}"
        assert widget.isEnabled()
        self.acts.append(f"click {widget.accessibleName()}")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=middle)

    def wait(self, until: Callable[[], bool], said: Callable[[], str]) -> None:
        """Wait for something in sight. said : what the screen says meanwhile of what is being waited for"""
        began = time.monotonic()
        while not until():
            assert said(), "nothing on the screen says what is being waited for"
            assert time.monotonic() - began < MOST_S, f"still: {said()}"
            QApplication.processEvents()
            time.sleep(0.005)


def in_sight(label: QLabel) -> str:
    """The words of a label that can be read."""
    return label.text() if label.isVisible() and not label.visibleRegion().isEmpty() else ""
