"""The statements in their groups: whole rows only, the group's name always above, the groups below named at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QFrame, QSizePolicy, QVBoxLayout, QWidget

from cessl_gui.core.types import State
from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.icons import pixmap
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named, release_focus
from cessl_gui.ui.reading.statement_row import StatementRow

SHORT = {"Ischaemia and infarction": "Ischaemia", "Axis and voltage": "Axis"}

Group = tuple[str, Sequence[StatementRow]]


def title_of(group: str) -> str:
    """The heading of a group."""
    return group[:1].upper() + group[1:]


class StatementList(QWidget):
    """Shows rows from a first one on, as many as fit. It scrolls by rows, so that none is cut."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.area = named(_Area(), "statement_scroll", "Statements")
        self.end = named(_EndBar(), "statements_below", "More statements below")
        self.end.clicked.connect(self.show_next_group)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.area, 1)
        column.addWidget(self.end)
        self.area.placed.connect(lambda: self.end.show_groups(self.area.groups_below()))

    def set_groups(self, groups: Sequence[Group]) -> None:
        """Show these rows under their headings. A row that is in no group is hidden."""
        self.area.set_groups(groups)

    def rows(self) -> list[StatementRow]:
        """All rows, in or out of sight."""
        return self.area.rows

    def new_row(self) -> StatementRow:
        return StatementRow(self.area.viewport())

    def place(self) -> None:
        """Put the rows in their places again: their heights may have changed."""
        self.area.place()

    def bring_into_sight(self, row: StatementRow) -> None:
        self.area.bring_into_sight(row)

    def set_covered(self, px: int) -> None:
        """Something lies over so much of the list, from its top: a row that its edge would cut stays out of sight."""
        self.area.set_covered(px)

    def show_next_group(self) -> None:
        """Scroll to the first group that is not whole in sight."""
        self.area.show_next_group()

    def set_theme(self, theme: Theme) -> None:
        self.end.theme = self.area.theme = theme
        self.update()


class _Area(QAbstractScrollArea):
    """placed : rows have come into sight or left it"""

    placed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme = tokens.LIGHT
        self.rows: list[StatementRow] = []
        self._titles: list[str] = []  # of the group of each row
        self._headings: list[_Heading] = []
        self._end = 0  # the first row below those in sight
        self._covered = 0
        self._blank = _Blank(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().setSingleStep(1)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, tokens.GROUP_HEADING + 2 * tokens.STATEMENT_ROW)

    def set_groups(self, groups: Sequence[Group]) -> None:
        rows = [row for _, members in groups for row in members]
        for row in self.rows:
            if row not in rows:
                release_focus(row)
                row.hide()
        self.rows = rows
        self._titles = [title for title, members in groups for _ in members]
        self.place()

    def _height(self, first: int, row: int) -> int:
        """The height of a row with the heading above it, if it has one where the list begins with `first`."""
        own = self.rows[row].heightForWidth(self.viewport().width())
        return own + (tokens.GROUP_HEADING if self._is_headed(first, row) else 0)

    def _is_headed(self, first: int, row: int) -> bool:
        return row in (0, first) or self._titles[row] != self._titles[row - 1]

    def _last_first(self) -> int:
        """The row with which the list begins when it is scrolled to its end."""
        room, first, width = self.viewport().height() - tokens.GROUP_HEADING, len(self.rows), self.viewport().width()
        for row in reversed(range(len(self.rows))):
            room -= self.rows[row].heightForWidth(width)
            if row + 1 < len(self.rows) and self._is_headed(-1, row + 1):
                room -= tokens.GROUP_HEADING
            if room < 0:
                break
            first = row
        return max(0, min(first, len(self.rows) - 1))

    def place(self) -> None:
        """Put the rows that fit in their places, and hide the others."""
        bar = self.verticalScrollBar()
        with QSignalBlocker(bar):
            bar.setRange(0, self._last_first())
        bar.setEnabled(bar.maximum() > 0)  # else its handle is not shown
        first, y, width = bar.value(), 0, self.viewport().width()
        headings = self._new_headings()
        self._end = first
        for i in range(first, len(self.rows)):
            height = self._height(first, i)
            if y + height > self.viewport().height() and i > first:
                break
            if self._is_headed(first, i):
                next(headings).show_group(self._titles[i], self._present_in(self._titles[i]), y, width)
            row_height = height - (tokens.GROUP_HEADING if self._is_headed(first, i) else 0)
            self.rows[i].setGeometry(0, y + height - row_height, width, row_height)
            if self.rows[i].isHidden():
                self.rows[i].show()
            y, self._end = y + height, i + 1
        bar.setPageStep(max(1, self._end - first))
        for heading in headings:
            if not heading.isHidden():
                heading.hide()
        for row in (*self.rows[:first], *self.rows[self._end :]):
            if not row.isHidden():
                release_focus(row)
                row.hide()
        self._show_whole()
        self.placed.emit()

    def set_covered(self, px: int) -> None:
        if px != self._covered:
            self._covered = px
            self._show_whole()

    def _show_whole(self) -> None:
        """Lay a blank over what is cut by the edge of what covers the list."""
        parts = [part for part in (*self.rows, *self._headings) if not part.isHidden()]
        cut = [part for part in parts if part.y() < self._covered < part.y() + part.height()]
        self._blank.setVisible(bool(cut))
        if cut:
            self._blank.setGeometry(0, 0, self.viewport().width(), max(part.geometry().bottom() + 1 for part in cut))
            self._blank.raise_()

    def _new_headings(self) -> Iterator[_Heading]:
        """The headings that there are, then new ones; asked for one after the other."""
        wanted = len(dict.fromkeys(self._titles)) + 1
        while len(self._headings) < wanted:
            self._headings.append(_Heading(self))
        return iter(self._headings)

    def _present_in(self, title: str) -> int:
        return sum(row.state == State.PRESENT for row, of in zip(self.rows, self._titles, strict=True) if of == title)

    def groups_below(self) -> list[str]:
        return list(dict.fromkeys(self._titles[self._end :]))

    def bring_into_sight(self, row: StatementRow) -> None:
        if row not in self.rows:
            return
        at, bar = self.rows.index(row), self.verticalScrollBar()
        if at < bar.value():
            bar.setValue(at)
        while at >= self._end and bar.value() < bar.maximum():
            bar.setValue(bar.value() + 1)

    def show_next_group(self) -> None:
        if self._end < len(self.rows):
            title = self._titles[self._end]
            self.verticalScrollBar().setValue(max(self._titles.index(title), self.verticalScrollBar().value() + 1))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.place()

    def resizeEvent(self, event) -> None:
        """The statement that the reader has turned to stays in sight, as when a drawer takes the lower part."""
        picked = next((row for row in self.rows if row.is_picked and not row.isHidden()), None)
        super().resizeEvent(event)
        self.place()
        if picked is not None:
            self.bring_into_sight(picked)

    def paintEvent(self, event) -> None:
        """Nothing between the rows: the panel's ground shows."""


class _Heading(QWidget):
    """The name of a group, and how many of its statements are present."""

    def __init__(self, area: _Area) -> None:
        super().__init__(area.viewport())
        self._area = area
        self.title, self.count = "", 0

    def show_group(self, title: str, count: int, y: int, width: int) -> None:
        self.setGeometry(0, y, width, tokens.GROUP_HEADING)
        if (title, count) != (self.title, self.count):
            self.title, self.count = title, count
            self.setAccessibleName(title)
            self.update()
        if self.isHidden():
            self.show()

    def paintEvent(self, event) -> None:
        theme, inside = self._area.theme, QRectF(self.rect()).adjusted(12, 0, -4, 0)
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.color("window"))
            painter.setPen(theme.color("muted"))
            painter.setFont(dressing.font(tokens.Type(11, 16, 600)))
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.title)
            if self.count:
                painter.setFont(dressing.font(tokens.CAPTION))
                right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(inside, right, f"{self.count} present")


class _Blank(QWidget):
    """The panel's ground, over rows."""

    def __init__(self, area: _Area) -> None:
        super().__init__(area.viewport())
        self._area = area
        self.hide()

    def paintEvent(self, event) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._area.theme.color("surface"))


class _EndBar(QAbstractButton):
    """Names the groups below; a click goes there. It keeps its place where there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = tokens.LIGHT
        self.groups: list[str] = []
        self.setFixedHeight(tokens.TARGET)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard goes from statement to statement

    def show_groups(self, groups: list[str]) -> None:
        if groups != self.groups:
            self.groups = groups
            whole = f"Below: {', '.join(groups)}" if groups else ""
            self.setToolTip(plain(whole))
            self.setAccessibleName(whole or "No more statements")
            self.setEnabled(bool(groups))
            self.update()

    @property
    def shown_text(self) -> str:
        """As many groups as there is room for, and how many more there are."""
        names = [SHORT.get(group, group) for group in self.groups]
        text, room = ", ".join(names), self.width() - 40
        for shown in range(len(names) - 1, 0, -1):
            if QFontMetrics(dressing.font(tokens.CAPTION)).horizontalAdvance(text) <= room:
                break
            text = f"{', '.join(names[:shown])} and {len(names) - shown} more"
        return text

    def paintEvent(self, event) -> None:
        with QPainter(self) as painter:
            if not self.groups:
                return
            painter.fillRect(self.rect(), self.theme.color("window"))
            ink, side = self.theme.color("muted"), tokens.ICON_SMALL
            caret = pixmap("caret-down", ink, side)
            painter.drawPixmap(QRectF(12, (self.height() - side) / 2, side, side), caret, QRectF(caret.rect()))
            painter.setPen(ink)
            painter.setFont(dressing.font(tokens.CAPTION))
            painter.drawText(QRectF(32, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, self.shown_text)
