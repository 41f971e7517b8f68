"""Any statement of the vocabulary, by typing: the ones found below the text box, and Enter to answer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cessl_gui.core.types import State
from cessl_gui.ui.widgets import TypingEdit, named

FOUND = 8  # lines at most


class StatementSearch(QWidget):
    """answered(code, State) : a statement was found and answered for;  left : Escape"""

    answered = Signal(str, object)
    left = Signal()

    def __init__(self, session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.typed = named(TypingEdit(), "type_ahead", "Find a statement", "Find any statement (/ or Ctrl+K)")
        self.typed.setPlaceholderText("Find a statement  ( / )")
        self.typed.setClearButtonEnabled(True)
        self.found = named(QListWidget(), "found_statements", "Statements found")
        self.found.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.found.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.found.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.typed)
        column.addWidget(self.found)
        self.typed.textChanged.connect(self._search)
        self.typed.navigated.connect(self._move)
        self.typed.entered.connect(self._take)
        self.typed.left.connect(self.left)
        self.found.itemClicked.connect(lambda _: self._take(Qt.KeyboardModifier.NoModifier))

    @Slot(str)
    def _search(self, typed: str) -> None:
        self.found.clear()
        for statement in self._session.vocabulary().search(typed, FOUND):
            item = QListWidgetItem(f"{statement.abbreviation}  {statement.name}")
            item.setData(Qt.ItemDataRole.UserRole, statement.code)
            item.setToolTip(f"{statement.name}: Enter present, Shift+Enter absent, Alt+Enter uncertain")
            self.found.addItem(item)
        self.found.setVisible(self.found.count() > 0)
        if self.found.count():
            self.found.setCurrentRow(0)
            line = self.found.sizeHintForRow(0)
            self.found.setFixedHeight(line * self.found.count() + 2 * self.found.frameWidth() + 2)

    @Slot(int)
    def _move(self, by: int) -> None:
        if self.found.count():
            self.found.setCurrentRow((self.found.currentRow() + by) % self.found.count())

    @Slot(object)
    def _take(self, modifiers: Qt.KeyboardModifier) -> None:
        item = self.found.currentItem()
        if item is None:
            return
        state = State.PRESENT
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            state = State.ABSENT
        elif modifiers & Qt.KeyboardModifier.AltModifier:
            state = State.UNCERTAIN
        code = item.data(Qt.ItemDataRole.UserRole)
        self.typed.clear()
        self.answered.emit(code, state)
