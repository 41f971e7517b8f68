"""The keys, each of which can be changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QKeySequenceEdit, QPushButton, QWidget

from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.in_turns import InTurns
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.shell.commands.key_presses import digit_answer
from cessl_gui.ui.shell.commands.keys import KEYS, choose_keys, keys_of, why_not

OF_STATEMENTS = "This key answers for a statement. Choose another key."
ROWS_AT_ONCE = 6  # made in one turn


class KeyEdit(QKeySequenceEdit):
    """digit_pressed : a key of the number row, whatever it types: these answer for statements, by their place"""

    digit_pressed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if digit_answer(event) is None:
            super().keyPressEvent(event)
        else:
            self.digit_pressed.emit()


class KeyTable(QWidget):
    """A row for each action: what it does, its key, the usual key again.

    changed    : keys were chosen
    refused(str) : why a key cannot be had; "" once one was
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.edits: dict[str, KeyEdit] = {}
        self.resets: dict[str, QPushButton] = {}
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.ICON)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        self._adding = InTurns(self)
        self._adding.begin(self._add_rows())

    def _add_rows(self) -> Iterator[None]:
        """All rows at once would hold the window for a quarter of a second."""
        for row, (name, (_, what)) in enumerate(KEYS.items()):
            edit = named(KeyEdit(), f"key_{name}", f"Key for: {what}")
            edit.setMaximumSequenceLength(1)
            edit.setClearButtonEnabled(True)
            edit.setFixedSize(150, tokens.INPUT)
            edit.digit_pressed.connect(lambda: self.refused.emit(OF_STATEMENTS))
            edit.editingFinished.connect(lambda name=name: self._take(name))
            reset = named(QPushButton("Usual key"), f"key_reset_{name}", f"The usual key for: {what}")
            reset.clicked.connect(lambda _=False, name=name: self._reset(name))
            self._grid.addWidget(PlainLabel(what), row, 0)
            self._grid.addWidget(edit, row, 1, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(reset, row, 2, Qt.AlignmentFlag.AlignVCenter)
            self.edits[name], self.resets[name] = edit, reset
            self._show([name])
            if row % ROWS_AT_ONCE == ROWS_AT_ONCE - 1:
                yield

    def _show(self, names: Iterable[str] = tuple(KEYS)) -> None:
        for name in names:
            if name not in self.edits:  # its row comes with what holds then
                continue
            edit = self.edits[name]
            keys = keys_of(name)
            edit.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
            is_usual = keys == KEYS[name][0]
            self.resets[name].setEnabled(not is_usual)
            self.resets[name].setToolTip("This is the usual key" if is_usual else "")

    def _take(self, name: str) -> None:
        """Give the action the key that was pressed. The first of several usual ones is what is shown: unless that was
        changed, all of them stay."""
        key = self.edits[name].keySequence().toString()
        keys = keys_of(name)
        if key == (QKeySequence(keys[0]).toString() if keys else ""):
            return
        refusal = why_not(name, key) if key else ""
        if not refusal:
            choose_keys(name, (key,) if key else ())
            self.changed.emit()
        self.refused.emit(refusal)
        self._show()

    def _reset(self, name: str) -> None:
        refusals = [refusal for key in KEYS[name][0] if (refusal := why_not(name, key))]
        if not refusals:
            choose_keys(name, None)
            self.changed.emit()
        self.refused.emit(refusals[0] if refusals else "")
        self._show()
