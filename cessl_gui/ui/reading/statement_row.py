"""One statement in the panel: its key, its name in full, the reader's answer, what the model and the file say."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from cessl_gui.core.reading.standing import Standing
from cessl_gui.core.statements.vocabulary import Statement
from cessl_gui.core.types import State
from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.states import StateButton
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import release_focus
from cessl_gui.ui.reading.figure import BAR_PX, Figure, draw_bar
from cessl_gui.ui.reading.key_button import CAP_PX, draw_cap

CAP_X, NAME_X = 10, 31
NUMBER_PX, DASH_PX, FILE_PX = 34, 14, 26
BAR_ROOM_PX = 8  # below the name
ANSWERS = (State.PRESENT, State.UNCERTAIN, State.ABSENT)


class StatementRow(QWidget):
    """One line of the panel; it can be given another statement, so that rows are made once.

    said(code, State | None) : the reader answered; None takes the answer back
    picked(code)             : the reader turned to this statement
    hovered(code)            : the mouse is over it; "" when it has left
    stepped(-1 | 1)          : the reader goes on to the statement above or below
    """

    said = Signal(str, object)
    picked = Signal(str)
    hovered = Signal(str)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statement_row")
        self.theme = tokens.LIGHT
        self.statement: Statement | None = None
        self.state: State | None = None
        self.file: State | None = None
        self.digit = ""
        self.bar = Figure()
        self.is_locked = self.is_picked = False
        self.buttons = {state: StateButton(state, self) for state in ANSWERS}
        for button in self.buttons.values():
            button.clicked.connect(self._clicked)
            button.focused.connect(lambda: self.picked.emit(self.code))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def code(self) -> str:
        return self.statement.code if self.statement else ""

    # --- what it shows -------------------------------------------------------------------------------------------

    def set_statement(self, statement: Statement, digit: str) -> None:
        """digit : the key that answers for this statement, or "" """
        if (statement, digit) == (self.statement, self.digit):
            return
        self.statement, self.digit = statement, digit
        for state, button in self.buttons.items():
            keys = {State.PRESENT: digit, State.ABSENT: f"Shift+{digit}", State.UNCERTAIN: f"Alt+{digit}"}
            button.setAccessibleName(f"{statement.name} {state}")
            words = f"{statement.name}: {state}{f' ({keys[state]})' if digit else ''}; again: not assessed"
            button.setToolTip(plain(words))
        self.update()

    def show_opinions(self, state: State | None, bar: Figure, file: State | None, is_locked: bool) -> None:
        """Show what the reader, the model and the source file say. is_locked : only the answer is shown"""
        if (state, bar, file, is_locked) == (self.state, self.bar, self.file, self.is_locked) and self.toolTip():
            return
        self.state, self.bar, self.file, self.is_locked = state, bar, file, is_locked
        for each, button in self.buttons.items():  # Qt takes its time over each, changed or not
            if button.isChecked() != (each == state):
                button.setChecked(each == state)
            if button.isHidden() != (is_locked and each != state):
                if is_locked:
                    release_focus(button)
                button.setVisible(not is_locked or each == state)
        words = [self.statement.name, bar.text, f"The file states: {self.statement.name} {file}" if file else ""]
        self.setToolTip(plain("\n".join(filter(None, words))))
        self.setAccessibleName(f"{self.statement.name}: {state or 'not assessed'}")
        self.setAccessibleDescription(". ".join(filter(None, words[1:])))
        self._place_buttons()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        for part in (self, *self.buttons.values()):
            part.theme = theme
        self.update()

    def set_picked(self, picked: bool) -> None:
        if picked != self.is_picked:
            self.is_picked = picked
            self.update()

    # --- where it stands -----------------------------------------------------------------------------------------

    def _answers_px(self) -> int:
        return tokens.TARGET + NUMBER_PX if self.is_locked else tokens.TARGET * len(ANSWERS)

    def _name_px(self, width: int) -> int:
        return width - NAME_X - 4 - self._answers_px() - self._dash_px() - (FILE_PX if self.file else 0)

    def _dash_px(self) -> int:
        """The room that a dash takes from the name, where the answers leave it none."""
        return DASH_PX if self.bar.p is None and self.bar.mark and not self.is_locked else 0

    def _bar_px(self) -> int:
        return BAR_ROOM_PX if self.bar.p is not None else 0

    def heightForWidth(self, width: int) -> int:
        """As high as the name needs, were it bold: an answer moves nothing."""
        lines = len(lines_of(self.statement.name, True, self._name_px(width))) if self.statement else 1
        return tokens.STATEMENT_ROW + (lines - 1) * tokens.BODY.line_px + self._bar_px()

    def sizeHint(self) -> QSize:
        return QSize(272, self.heightForWidth(272))

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place_buttons()

    def _place_buttons(self) -> None:
        top = (self.height() - tokens.TARGET) // 2
        for i, button in enumerate(self.buttons.values()):
            place = len(ANSWERS) - 1 if self.is_locked else i
            button.move(self.width() - tokens.TARGET * (len(ANSWERS) - place), top)

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        theme = self.theme
        with QPainter(self) as painter:
            if self.is_picked:
                painter.fillRect(self.rect(), theme.color("accent_wash"))
                painter.fillRect(0, 0, 3, self.height(), theme.color("accent"))
            if self.digit:
                cap = QRectF(CAP_X, (self.height() - CAP_PX) / 2, CAP_PX, CAP_PX)
                draw_cap(painter, cap, self.digit, theme.color("border_strong"), theme.color("muted"))
            self._paint_name(painter)
            if self.file:
                self._paint_file(painter)
            if self.bar.mark:
                self._paint_figure(painter)

    def _paint_name(self, painter: QPainter) -> None:
        is_bold = self.state == State.PRESENT
        lines = lines_of(self.statement.name, is_bold, self._name_px(self.width()))
        room = self.height() - self._bar_px()
        top = (room - len(lines) * tokens.BODY.line_px) / 2
        painter.setFont(dressing.font(tokens.STRONG if is_bold else tokens.BODY))
        painter.setPen(self.theme.color("text"))
        for i, line in enumerate(lines):
            at = QRectF(NAME_X, top + i * tokens.BODY.line_px, self.width(), tokens.BODY.line_px)
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, line)

    def _paint_file(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self.height() - self._bar_px()
        left = self.width() - self._answers_px() - self._dash_px() - FILE_PX - 2
        around = QRectF(left, room / 2 - 7.5, FILE_PX - 2, 13)
        painter.setPen(QPen(self.theme.color("muted"), 1, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(around, 3, 3)
        painter.setPen(self.theme.color("muted"))
        painter.setFont(dressing.font(tokens.RAIL))
        painter.drawText(around, Qt.AlignmentFlag.AlignCenter, "file")

    def _paint_figure(self, painter: QPainter) -> None:
        """The bar below the name; the number at its end, or where answers are locked, before the answer."""
        right = self.width() - self._answers_px()
        middle = self.height() - 8
        if self.bar.p is not None:
            bar_right = right if self.is_locked else right - NUMBER_PX
            track = QRectF(NAME_X, middle - BAR_PX / 2, bar_right - NAME_X, BAR_PX)
            draw_bar(painter, track, self.bar, self.theme)
        is_likely = self.bar.standing == Standing.LIKELY
        painter.setFont(dressing.font(tokens.STRONG if is_likely else tokens.BODY))
        painter.setPen(self.theme.color("text" if self.bar.p is not None else "muted"))
        if self.is_locked or self.bar.p is None:
            left = right if self.is_locked else right - NUMBER_PX
            number = QRectF(left, 0, NUMBER_PX - 4, self.height())
        else:
            number = QRectF(right - NUMBER_PX, middle - 8, NUMBER_PX - 4, 16)
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.bar.mark)

    # --- mouse and keys ------------------------------------------------------------------------------------------

    def take_focus(self, state: State) -> None:
        """Take the keyboard at one of the answers; where they are locked, as a whole."""
        (self if self.is_locked else self.buttons[state]).setFocus()

    def mousePressEvent(self, event) -> None:
        self.picked.emit(self.code)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event) -> None:
        self.hovered.emit(self.code)
        super().enterEvent(event)

    def leaveEvent(self, event) -> None:
        self.hovered.emit("")
        super().leaveEvent(event)

    def _clicked(self) -> None:
        state = self.sender().state
        self.said.emit(self.code, None if state == self.state else state)


@lru_cache(maxsize=2048)
def lines_of(text: str, is_bold: bool, width: int) -> tuple[str, ...]:
    """The lines of a name that is broken between words, or within one that is too long; nothing is left out."""
    layout = QTextLayout(text, dressing.font(tokens.STRONG if is_bold else tokens.BODY))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    lines = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(20, width))
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].rstrip())
    layout.endLayout()
    return tuple(lines) or ("",)
