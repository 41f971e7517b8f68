"""Any statement, by typing: the ones that may be meant below the text box, over the list, and Enter to answer.

What no statement says can be made one of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cessl_gui.core.statements.vocabulary import OWN, own_statement
from cessl_gui.core.types import State
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.icons import pixmap
from cessl_gui.ui.parts.key_tips import with_keys
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import TypingEdit, named
from cessl_gui.ui.reading.key_button import CAP_PX, cap_width, draw_cap
from cessl_gui.ui.reading.statement_row import lines_of

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ANSWERS = "Enter present, Shift+Enter absent, Alt+Enter uncertain"
FOUND = 8  # lines at most
ADDED_FROM = 3  # letters: fewer are the beginning of something
CODE = Qt.ItemDataRole.UserRole
STATES = {Qt.KeyboardModifier.ShiftModifier: State.ABSENT, Qt.KeyboardModifier.AltModifier: State.UNCERTAIN}


class SearchBox(QWidget):
    """What the reader types, and what is found.

    answered(code, State) : a statement was found and answered for
    added(words, State)   : the reader wants these words as a statement of the project, and has answered for it
    left                  : Escape
    """

    answered = Signal(str, object)
    added = Signal(str, object)
    left = Signal()

    def __init__(self, session: Session, around: QWidget, purpose: str = ANSWERS) -> None:
        """around  : the widget over which the matches lie, so that they move nothing
        purpose : what is done with a statement that is chosen, for its tooltip"""
        super().__init__(around)
        self._purpose = purpose
        self._session = session
        of_keys = "[ ({find_statement})]" if purpose == ANSWERS else ""  # they lead to the panel's alone
        self.typed = with_keys(named(TypingEdit(), "type_ahead", "Find a statement"), f"Find any statement{of_keys}")
        self.typed.setPlaceholderText("Find a statement")
        self.typed.setClearButtonEnabled(True)
        self.typed.setFixedHeight(tokens.INPUT)
        self.typed.setTextMargins(18, 0, 0, 0)
        self._signs = _Signs(self.typed)
        self.matches = named(QListWidget(around), "found_statements", "Statements found")
        self.matches.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.matches.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.matches.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.matches.setWordWrap(True)
        self.matches.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self.typed)
        self.typed.textChanged.connect(self._search)
        self.typed.navigated.connect(self._move)
        self.typed.entered.connect(self._take)
        self.typed.left.connect(self.left)
        self.matches.itemClicked.connect(lambda _: self._take(Qt.KeyboardModifier.NoModifier))

    def show_key(self, key: str) -> None:
        """The key that comes here, in the box; "" for none."""
        self._signs.key = key
        self._signs.update()

    def set_theme(self, theme: Theme) -> None:
        self._signs.theme = theme
        self._signs.update()

    @Slot(str)
    def _search(self, typed: str) -> None:
        self.matches.clear()
        vocabulary = self._session.vocabulary()
        statements = vocabulary.search(typed, FOUND)
        for s in statements:
            is_known = vocabulary.find(s.code) is not None
            short = "" if s.abbreviation == s.name else f"  ·  {s.abbreviation}"
            self._add_line(
                f"{s.name}{short}" if is_known else f"Add “{s.name}”  (Enter)",
                f"{s.name}: {self._purpose}"
                if is_known
                else f"Make “{s.name}” a statement of this project and its panel, present in this ECG",
                s.code,
            )
        name = own_statement(typed).name
        is_offered = bool(statements) and vocabulary.find(statements[0].code) is None
        if len(name) >= ADDED_FROM and vocabulary.find(name) is None and not is_offered:
            missing = "" if statements else "No such statement. "
            tip = f"Make “{name}” a statement of this project and its panel, present in this ECG"
            self._add_line(f"{missing}Add “{name}”  (↓ Enter)", tip, "")
        if self.matches.count():
            # Enter alone never adds what was only typed: a slip of the finger would become a statement.
            self.matches.setCurrentRow(0 if statements else -1)
            self._place()
        self.matches.setVisible(self.matches.count() > 0)

    def _add_line(self, text: str, tip: str, code: str) -> None:
        item = QListWidgetItem(text)
        item.setData(CODE, code)
        item.setToolTip(plain(tip))
        lines = len(lines_of(text, False, self.typed.width() - 24))
        item.setSizeHint(QSize(0, tokens.STATEMENT_ROW + (lines - 1) * tokens.BODY.line_px))
        self.matches.addItem(item)

    def _place(self) -> None:
        around = self.matches.parentWidget()
        at = self.typed.mapTo(around, QPoint(0, self.typed.height() + 2))
        height = sum(self.matches.item(i).sizeHint().height() for i in range(self.matches.count()))
        self.matches.setGeometry(at.x(), at.y(), self.typed.width(), height + 2 * self.matches.frameWidth() + 2)
        self.matches.raise_()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self.matches.isVisible():
            self._search(self.typed.text())

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
        state = next((state for modifier, state in STATES.items() if modifiers & modifier), State.PRESENT)
        code, typed = item.data(CODE), self.typed.text()
        self.typed.clear()
        if code and self._session.vocabulary().find(code):
            self.answered.emit(code, state)
        else:
            self.added.emit(code.removeprefix(OWN) if code else typed, state)


class _Signs(QWidget):
    """The glass and the key in the text box; clicks go through."""

    def __init__(self, typed: TypingEdit) -> None:
        super().__init__(typed)
        self.theme, self.key = tokens.LIGHT, ""
        self._typed = typed
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        typed.installEventFilter(self)
        typed.textChanged.connect(self.update)

    def eventFilter(self, watched, event) -> bool:
        if event.type() == event.Type.Resize:
            self.setGeometry(self._typed.rect())
        return False

    def paintEvent(self, event) -> None:
        middle, side = self.height() / 2, tokens.ICON_SMALL
        with QPainter(self) as painter:
            glass = pixmap("magnifying-glass", self.theme.color("muted"), side)
            painter.drawPixmap(QRectF(8, middle - side / 2, side, side), glass, QRectF(glass.rect()))
            if self.key and not self._typed.text():
                width = cap_width(self.key)
                cap = QRectF(self.width() - width - 8, middle - CAP_PX / 2, width, CAP_PX)
                draw_cap(painter, cap, self.key, self.theme.color("border_strong"), self.theme.color("muted"))
