"""The keys, each of which can be changed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QKeySequenceEdit, QPushButton, QWidget

from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.shell.commands.keys import KEYS, choose_keys, keys_of, why_not


class KeyTable(QWidget):
    """A row for each action: what it does, its key, the usual key again.

    changed    : keys were chosen
    refused(str) : why a key cannot be had; "" once one was
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.edits: dict[str, QKeySequenceEdit] = {}
        self.resets: dict[str, QPushButton] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.ICON)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, (name, (_, what)) in enumerate(KEYS.items()):
            edit = named(QKeySequenceEdit(), f"key_{name}", f"Key for: {what}")
            edit.setMaximumSequenceLength(1)
            edit.setClearButtonEnabled(True)
            edit.setFixedSize(150, tokens.INPUT)
            edit.editingFinished.connect(lambda name=name: self._take(name))
            reset = named(QPushButton("Usual key"), f"key_reset_{name}", f"The usual key for: {what}")
            reset.clicked.connect(lambda _=False, name=name: self._reset(name))
            grid.addWidget(PlainLabel(what, wordWrap=True), row, 0)
            grid.addWidget(edit, row, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(reset, row, 2, Qt.AlignmentFlag.AlignVCenter)
            self.edits[name], self.resets[name] = edit, reset
        self._show()

    def _show(self) -> None:
        for name, edit in self.edits.items():
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
