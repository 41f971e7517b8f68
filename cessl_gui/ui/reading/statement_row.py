"""One statement in the label panel: its state, the file's opinion, the model's bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from cessl_gui.core.standing import LIKELY_FROM, Standing, figure, standing
from cessl_gui.core.types import State
from cessl_gui.core.vocabulary import Statement
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.states import StateButton
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import ElidedLabel, named


class ProbabilityBar(QWidget):
    """What the model says of one statement: bar, tick at the threshold, number; or why there is none.

    The bar is full and the number bold where the statement is likely, hollow where it is above its threshold alone.
    """

    HIDDEN, UNKNOWN, WAITING, REFUSED = "hidden", "no model yet", "not predicted yet", "not predicted"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.p: float | None = None
        self.threshold: float | None = None
        self.why = self.UNKNOWN
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(max(96, metrics.horizontalAdvance(self.UNKNOWN) + 6), metrics.height() + 4)

    minimumSizeHint = sizeHint

    @property
    def text(self) -> str:
        """What the bar says, in words."""
        if self.p is None:
            return {self.HIDDEN: "The model's probability is hidden until you have read this record"}.get(
                self.why, self.why.capitalize()
            )
        words = f"Model: probability {figure(self.p)}"
        if self.threshold is None:
            return words
        limit = f"its threshold {figure(self.threshold)}"
        return {
            Standing.LIKELY: f"{words}, likely: above {limit}",
            Standing.ABOVE: f"{words}, above {limit} but not likely: below {LIKELY_FROM:g}",
            Standing.BELOW: f"{words}, below {limit}",
        }[self.standing]

    @property
    def standing(self) -> Standing:
        return standing(self.p, self.threshold) if self.p is not None else Standing.BELOW

    def show_value(self, p: float, threshold: float | None) -> None:
        self._set(p, threshold, "")

    def show_nothing(self, why: str) -> None:
        """why : HIDDEN, UNKNOWN, WAITING or REFUSED"""
        self._set(None, None, why)

    def _set(self, p: float | None, threshold: float | None, why: str) -> None:
        if (p, threshold, why) != (self.p, self.threshold, self.why) or not self.toolTip():
            self.p, self.threshold, self.why = p, threshold, why
            self.setToolTip(plain(self.text))
            self.setAccessibleName(self.text)
            self.update()

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, right = self.theme, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if self.p is None and self.why != self.HIDDEN:
            painter.setPen(theme.color("muted"))
            elided = self.fontMetrics().elidedText(self.why, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(self.rect(), right, elided)
            return
        number = self.fontMetrics().horizontalAdvance("0.00") + 6
        track = QRectF(2, self.height() / 2 - 4, self.width() - number - 4, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("border", 130))
        painter.drawRoundedRect(track, 2, 2)
        if self.p is None:
            painter.setBrush(QBrush(theme.color("unset", 150), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(track)
            return
        long = QRectF(track.left(), track.top(), max(2.0, track.width() * self.p), track.height())
        if self.standing == Standing.ABOVE:  # hollow, and never so short that it looks full
            painter.setPen(QPen(theme.color("accent"), 1.2))
            painter.setBrush(theme.color("surface"))
            long.setWidth(max(5.0, long.width()))
            long.adjust(0.6, 0.6, -0.6, -0.6)
        else:
            painter.setBrush(theme.color("accent" if self.standing == Standing.LIKELY else "unset"))
        painter.drawRoundedRect(long, 2, 2)
        painter.setPen(QPen(theme.color("text"), 1.6))
        if self.threshold is not None:
            x = track.left() + track.width() * self.threshold
            painter.drawLine(QPointF(x, track.top() - 4), QPointF(x, track.bottom() + 4))
        font = self.font()
        font.setBold(self.standing == Standing.LIKELY)
        painter.setFont(font)
        painter.drawText(self.rect(), right, f"{self.p:.2f}")


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
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.statement: Statement | None = None
        self.state: State | None = None
        self._picked = False
        self.digit = PlainLabel()
        self.digit.setFixedWidth(self.fontMetrics().horizontalAdvance("0") + 4)
        self.digit.setEnabled(False)
        self.name = ElidedLabel()
        self.name.setMinimumWidth(80)
        self.header = named(PlainLabel("file"), "header_mark", "The file's header says so")
        self.header.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.header.setStyleSheet("border: 1px dotted palette(text); border-radius: 3px; padding: 0 3px;")
        self.buttons = {state: StateButton(state) for state in (State.PRESENT, State.UNCERTAIN, State.ABSENT)}
        self.bar = ProbabilityBar()
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        row.setSpacing(3)
        row.addWidget(self.digit)
        row.addWidget(self.name, 1)
        row.addWidget(self.header)
        for button in self.buttons.values():
            row.addWidget(button)
            button.clicked.connect(self._clicked)
            button.focused.connect(lambda: self.picked.emit(self.code))
        row.addSpacing(4)
        row.addWidget(self.bar)

    @property
    def code(self) -> str:
        return self.statement.code if self.statement else ""

    def set_statement(self, statement: Statement, digit: str) -> None:
        """digit : the key that answers for this statement, or "" """
        if (statement, digit) == (self.statement, self.digit.text()):
            return
        self.statement = statement
        self.digit.setText(digit)
        abbreviation = "" if statement.abbreviation == statement.name else f"{statement.abbreviation}  "
        self.name.setText(f"{abbreviation}{statement.name}")
        for state, button in self.buttons.items():
            keys = {State.PRESENT: digit, State.ABSENT: f"Shift+{digit}", State.UNCERTAIN: f"Alt+{digit}"}
            button.setAccessibleName(f"{statement.name} {state}")
            words = f"{statement.name}: {state}{f' ({keys[state]})' if digit else ''}; again: not assessed"
            button.setToolTip(plain(words))

    def set_state(self, state: State | None) -> None:
        self.state = state
        for each, button in self.buttons.items():
            if button.isChecked() != (each == state):
                button.setChecked(each == state)
        self.name.set_bold(state == State.PRESENT)
        self.setAccessibleName(f"{self.name.text()}: {state or 'not assessed'}")

    def set_header(self, state: State | None) -> None:
        """What the file itself says, marked apart from what people say."""
        self.header.setVisible(state is not None)
        text = f"The file's header says: {self.statement.name} {state}" if state else ""
        self.header.setToolTip(plain(text))
        self.header.setAccessibleName(text)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.bar, *self.buttons.values()):
            part.theme = theme
        self.update()

    def set_picked(self, picked: bool) -> None:
        if picked != self._picked:
            self._picked = picked
            self.update()

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self._picked:
            painter = QPainter(self)
            painter.fillRect(self.rect(), self.bar.theme.color("accent", 28))
            painter.fillRect(0, 2, 3, self.height() - 4, self.bar.theme.color("accent"))

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
