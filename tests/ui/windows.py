"""What tests of the whole window share."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def gone(window):
    """Delete a window now: each one left behind would be dressed again by the next test."""
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def press(qtbot, window, key, modifiers=NONE):
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifiers)
