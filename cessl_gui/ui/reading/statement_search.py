"""Any statement of the vocabulary, by typing: the ones found below the text box, and Enter to answer.

Words that no statement has can be made one of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cessl_gui.core.types import State
from cessl_gui.core.vocabulary import OWN, own_statement
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.widgets import TypingEdit, named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

FOUND = 8  # lines at most
ADDED_FROM = 3  # letters: fewer are the beginning of something


class StatementSearch(QWidget):
    """What the reader types, and what is found.

    answered(code, State) : a statement was found and answered for
    added(words, State)   : the reader wants these words as a statement of the project, and has answered for it
    left                  : Escape
    """

    answered = Signal(str, object)
    added = Signal(str, object)
    left = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.typed = named(TypingEdit(), "type_ahead", "Find a statement", "Find any statement (/ or Ctrl+K)")
        self.typed.setPlaceholderText("Find a statement  ( / )")
        self.typed.setClearButtonEnabled(True)
        self.matches = named(QListWidget(), "found_statements", "Statements found")
        self.matches.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.matches.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.matches.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.matches.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.typed)
        column.addWidget(self.matches)
        self.typed.textChanged.connect(self._search)
        self.typed.navigated.connect(self._move)
        self.typed.entered.connect(self._take)
        self.typed.left.connect(self.left)
        self.matches.itemClicked.connect(lambda _: self._take(Qt.KeyboardModifier.NoModifier))

    @Slot(str)
    def _search(self, typed: str) -> None:
        self.matches.clear()
        vocabulary = self._session.vocabulary()
        statements = vocabulary.search(typed, FOUND)
        for statement in statements:
            item = QListWidgetItem(f"{statement.abbreviation}  {statement.name}")
            item.setData(Qt.ItemDataRole.UserRole, statement.code)
            item.setToolTip(plain(f"{statement.name}: Enter present, Shift+Enter absent, Alt+Enter uncertain"))
            self.matches.addItem(item)
        name = own_statement(typed).name
        if len(name) >= ADDED_FROM and vocabulary.find(name) is None:
            why = "" if statements else "No such statement. "
            item = QListWidgetItem(f"{why}Add “{name}”  (↓ Enter)")
            item.setToolTip(plain(f"Make “{name}” a statement of this project and its panel, present in this ECG"))
            self.matches.addItem(item)
        self.matches.setVisible(self.matches.count() > 0)
        if self.matches.count():
            # Enter alone never adds: a slip of the finger would become a statement.
            self.matches.setCurrentRow(0 if statements else -1)
            line = self.matches.sizeHintForRow(0)
            self.matches.setFixedHeight(line * self.matches.count() + 2 * self.matches.frameWidth() + 2)

    @Slot(int)
    def _move(self, by: int) -> None:
        if self.matches.count():
            row = self.matches.currentRow()
            self.matches.setCurrentRow((row + by) % self.matches.count() if row >= 0 else 0)

    @Slot(object)
    def _take(self, modifiers: Qt.KeyboardModifier) -> None:
        item = self.matches.currentItem()
        if item is None:
            return
        state = State.PRESENT
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            state = State.ABSENT
        elif modifiers & Qt.KeyboardModifier.AltModifier:
            state = State.UNCERTAIN
        code, typed = item.data(Qt.ItemDataRole.UserRole), self.typed.text()
        self.typed.clear()
        if code and self._session.vocabulary().find(code):
            self.answered.emit(code, state)
        else:
            self.added.emit(code.removeprefix(OWN) if code else typed, state)
