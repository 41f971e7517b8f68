"""Key presses that no shortcut and no list may get: digits, by their place, and held keys that seem pressed again."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from cessl_gui.core.types import State

# What names the keys of the number row from 1 to 9 by place: on most layouts some of them type no digit.
_NUMBER_ROW = {
    "xcb": range(10, 19),  # XKB keycodes of the evdev rules; Wayland's are the same
    "windows": range(2, 11),  # scan codes of set 1
    "cocoa": (18, 19, 20, 21, 23, 22, 26, 28, 25),  # kVK_ANSI_1 to _9: virtual keys, there are no scan codes
}
_ANSWERS = {
    Qt.KeyboardModifier.NoModifier: State.PRESENT,
    Qt.KeyboardModifier.ShiftModifier: State.ABSENT,
    Qt.KeyboardModifier.AltModifier: State.UNCERTAIN,
}


class KeyPresses(QObject):
    """A digit answers for one of the first statements, whatever has the focus but a text box.

    It is no shortcut: these go by what a key types, and the number row of a French keyboard types no digits.
    digit_pressed(digit, State) : an answer for the statement of that digit
    alt_pressed                 : Alt was pressed and let go, with no other key between
    """

    digit_pressed = Signal(int, object)
    alt_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_alt_alone = False
        self._released = (0, 0)  # the key let go last: its place, and when in ms

    def takes(self, event: QEvent) -> bool:
        """Whether an event of the window is the first word of a press to be taken here.

        Qt asks the window first about each key press that no text box keeps for itself; the press then follows.
        """
        if event.type() == QEvent.Type.KeyRelease:
            self._released = (event.nativeScanCode(), event.timestamp())
            if event.key() == Qt.Key.Key_Alt and self._is_alt_alone and not event.isAutoRepeat():
                self._is_alt_alone = False
                self.alt_pressed.emit()
        elif event.type() == QEvent.Type.WindowDeactivate:
            self._is_alt_alone = False
        elif event.type() == QEvent.Type.ShortcutOverride:
            self._is_alt_alone = event.key() == Qt.Key.Key_Alt
        if event.type() == QEvent.Type.ShortcutOverride and (_is_digit(event) or self._is_held(event)):
            QApplication.instance().installEventFilter(self)
            event.accept()
            return True
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the key press that follows before the widget with the focus: a list would search for the digit."""
        if event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        QApplication.instance().removeEventFilter(self)
        if self._is_held(event):
            return True
        if not _is_digit(event):
            return False
        if not event.isAutoRepeat():
            self.digit_pressed.emit(*digit_answer(event))
        return True

    def _is_held(self, event: QKeyEvent) -> bool:
        """Whether a key is held that Qt takes for pressed again: X11 repeats it as a release and a press of one moment,
        and Qt, if it finds the press late, does not see that they belong together (once in some hundred)."""
        moment = (event.nativeScanCode(), event.timestamp())
        return not event.isAutoRepeat() and event.timestamp() > 0 and moment == self._released


def _is_digit(event: QKeyEvent) -> bool:
    return digit_answer(event) is not None and not isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)


def digit_answer(event: QKeyEvent, platform: str = "") -> tuple[int, State] | None:
    """The statement (1 to 9) that a key answers for, and the answer; None if it is no such key.

    platform : of Qt, as in QGuiApplication.platformName(); "" is this one
    """
    answer = _ANSWERS.get(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier)
    key, platform = event.key(), platform or QGuiApplication.platformName()
    # No number row types a letter of A to Z: where a remote screen names places otherwise, the letter holds.
    if answer is None or event.text() == "/" or Qt.Key.Key_A <= key <= Qt.Key.Key_Z:
        return None
    place = event.nativeVirtualKey() if platform == "cocoa" else event.nativeScanCode()
    row = _NUMBER_ROW.get(platform, _NUMBER_ROW["xcb"])
    if place in row:
        return row.index(place) + 1, answer
    return (key - Qt.Key.Key_0, answer) if Qt.Key.Key_1 <= key <= Qt.Key.Key_9 else None
