"""A project's numbers: balance of the labels, what a verdict lacks, agreement, pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QPushButton, QStyledItemDelegate, QTableView, QTabWidget, QWidget

from cessl_gui.core.types import State
from cessl_gui.ui.parts.beside import Beside, beside_table
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.tokens import LIGHT, THEMES
from cessl_gui.ui.parts.whole_rows import WholeRows
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

BALANCE = ("Statement", "Share", "Present", "Absent", "Uncertain", "Not assessed", "More patients until a verdict")
AGREEMENT = ("Who", "Statement", "ECGs", "Equal", "Kappa", "95% CI", "Kappa from 0 to 1")
PACE = ("Day (UTC)", "Reader", "Confirmed", "Seconds each", "ECGs a day")
BAR_HEIGHT, BAR_WIDTH = 8, 90
SHARE = 1  # the column of bars
DOT = 7


class Bars(QStyledItemDelegate):
    """Present, uncertain and absent as parts of one bar, in that order."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self.shares: list[tuple] = []

    def sizeHint(self, option, index: QModelIndex) -> QSize:
        return QSize(BAR_WIDTH, super().sizeHint(option, index).height())

    def paint(self, painter: QPainter, option, index: QModelIndex) -> None:
        theme = THEMES.get(QApplication.instance().property("theme"), LIGHT)
        bar = QRectF(option.rect).adjusted(6, 0, -6, 0)
        bar.setTop(bar.center().y() - BAR_HEIGHT / 2)
        bar.setHeight(BAR_HEIGHT)
        painter.fillRect(bar, theme.color("track"))
        left = bar.left()
        for share, state in zip(self.shares[index.row()], (State.PRESENT, State.UNCERTAIN, State.ABSENT), strict=True):
            part = QRectF(left, bar.top(), share * bar.width(), BAR_HEIGHT)
            painter.fillRect(part, theme.state(state))
            left = part.right()


class Intervals(Bars):
    """A value from 0 to 1 as a dot, with its interval as a line; where there is none, nothing.

    shares : (value, low, high) of each row, None where there is none
    """

    def paint(self, painter: QPainter, option, index: QModelIndex) -> None:
        value, low, high = self.shares[index.row()]
        theme = THEMES.get(QApplication.instance().property("theme"), LIGHT)
        room = QRectF(option.rect).adjusted(6 + DOT, 0, -6 - DOT, 0)
        middle = room.center().y()
        painter.fillRect(QRectF(room.left(), middle, room.width(), 1), theme.color("track"))
        if value is None:
            return
        left, dot, right = (
            room.left() + room.width() * min(max(x, 0.0), 1.0)
            for x in (value if low is None else low, value, value if high is None else high)
        )
        painter.fillRect(QRectF(left, middle - 1, right - left, 3), theme.color("accent"))
        painter.fillRect(QRectF(dot - DOT / 2, middle - DOT / 2, DOT, DOT), theme.color("accent"))


class NumbersDialog(Beside):
    """Asks for the numbers when it is shown; they are made behind the window."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "numbers", "Numbers", QSize(900, 560))
        self._session = session
        self.text = PlainLabel(wordWrap=True)
        self.column.addWidget(self.text)
        self.tabs = named(QTabWidget(), "numbers_tabs", "Which numbers")
        self.balance = beside_table("numbers_balance", "Balance of the labels", BALANCE, 0)
        self.agreement = beside_table("numbers_agreement", "Agreement", AGREEMENT, 1)
        self.pace = beside_table("numbers_pace", "Pace", PACE, 1)
        self.bars = Bars(self.balance)
        self.balance.setItemDelegateForColumn(SHARE, self.bars)
        self.kappas, self.days = Intervals(self.agreement), Bars(self.pace)
        self.agreement.setItemDelegateForColumn(len(AGREEMENT) - 1, self.kappas)
        self.pace.setItemDelegateForColumn(len(PACE) - 1, self.days)
        for table, title in ((self.balance, "Balance"), (self.agreement, "Agreement"), (self.pace, "Pace")):
            self.tabs.addTab(WholeRows(table), title)
        self.column.addWidget(self.tabs, 1)
        self.again = named(QPushButton("Count again"), "numbers_again", "Count again")
        self.again.clicked.connect(self.refresh)
        self.add_close(self.again)
        session.team.numbers_ready.connect(self._fill)
        self.refresh()

    def refresh(self) -> None:
        """Ask for the numbers."""
        self.text.setText("Counting…")
        self.again.setEnabled(False)
        self._session.team.request_numbers()

    def _fill(self, numbers) -> None:
        self.again.setEnabled(True)
        words = f"{numbers.read:,} of {numbers.records:,} ECGs are read. {numbers.sentence}"
        if numbers.hidden:
            words += f" Not compared with model and file: {numbers.hidden:,} labelled, of which these are still hidden."
        self.text.setText(words)
        known = self._session.vocabulary()
        assessed = [max(row.present + row.uncertain + row.absent, 1) for row in numbers.balance]
        self.bars.shares = [
            (row.present / n, row.uncertain / n, row.absent / n)
            for row, n in zip(numbers.balance, assessed, strict=True)
        ]
        self.balance.model().set([_balance_row(row, known[row.code].name) for row in numbers.balance])
        pairs = {"You, the model": numbers.with_model, "You, the file": numbers.with_file}
        pairs |= {", ".join(readers): found for readers, found in numbers.between.items()}
        self.kappas.shares = [(one.kappa, one.low, one.high) for found in pairs.values() for one in found.values()]
        most = max((row.confirmed for row in numbers.pace), default=1)
        self.days.shares = [(row.confirmed / max(most, 1), 0.0, 0.0) for row in numbers.pace]
        self.agreement.model().set(
            [
                _agreement_row(who, known[code].name, agreed)
                for who, found in pairs.items()
                for code, agreed in found.items()
            ]
        )
        self.pace.model().set(
            [
                (row.day, row.reader, f"{row.confirmed:,}", "" if row.seconds is None else f"{row.seconds:.0f}", "")
                for row in numbers.pace
            ]
        )
        for table, column in ((self.balance, SHARE), (self.agreement, len(AGREEMENT) - 1), (self.pace, len(PACE) - 1)):
            table.horizontalHeader().resizeSection(column, BAR_WIDTH)
        self.balance.setAlternatingRowColors(True)
        self.balance.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def _balance_row(row, name: str) -> tuple[str, ...]:
    lacks = [f"{n} {word} it" for n, word in ((row.more_present, "with"), (row.more_absent, "without")) if n]
    until = f"{', '.join(lacks)}" if lacks else "enough"
    counts = (row.present, row.absent, row.uncertain, row.not_assessed)
    return (name, "", *(f"{count:,}" for count in counts), until)


def _agreement_row(who: str, name: str, agreed) -> tuple[str, ...]:
    kappa = "none: one answer throughout" if agreed.kappa is None else f"{agreed.kappa:.2f}"
    interval = "too few patients" if agreed.low is None else f"{agreed.low:.2f} to {agreed.high:.2f}"
    interval = "" if agreed.kappa is None else "all equal" if agreed.n_equal == agreed.n else interval
    return who, name, f"{agreed.n:,}", f"{100 * agreed.share_equal:.0f} %", kappa, interval, ""
