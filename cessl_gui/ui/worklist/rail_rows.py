"""The rows of the rail of records: state, what tells a name from the others, and below "Next" what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.types import ReadingState
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.focus_ring import NO_RING
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.worklist.columns import STATE_ICONS
from cessl_gui.ui.worklist.note_sign import draw_note_sign
from cessl_gui.ui.worklist.table import WorklistTable

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ROW, HEADING = tokens.RECORD_ROW, tokens.GROUP_HEADING
LEFT, ICON, WORDS = 6, 13, 23  # px from the left edge: the state, its size, the name
BAR = 3  # px wide: at the left of the open one
SECOND = 90  # px from the left edge of a wide rail: what more there is to say
ABOVE = 9  # rows that stay in sight above the open one, as far as there is room
NARROW = 100
STRETCHES = (90, 80, 75)  # % of the letters' width, for names that are a little too long
READ = (ReadingState.CONFIRMED, ReadingState.DEFERRED, ReadingState.EXCLUDED)


class RailRows(QAbstractScrollArea):
    """Draws the rows in sight alone, of however many. clicked(place);  stepped(by) : Up and Down"""

    clicked = Signal(int)
    stepped = Signal(int)

    def __init__(self, session: Session, table: WorklistTable) -> None:
        super().__init__()
        named(self, "record_strip", "Records")
        self.setProperty(NO_RING, True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._session, self._table, self.theme = session, table, LIGHT
        self._place: int | None = None
        self._prefix = 0
        self._drawn: tuple[np.ndarray | None, int, int] = (None, 0, 0)  # order, prefix and where it was scrolled to
        self._hovered = -1

    # --- where things are ----------------------------------------------------------------------------------------

    def show_current(self, record_id: str) -> None:
        """Mark the open record, and keep it in sight."""
        was = self._place
        self._place = self._table.row_of(record_id)
        columns, order = self._session.columns(), self._table.list.order
        before = self._drawn
        self._prefix = _common(columns.names, columns.name_rank, order)
        self._fit()
        self._scroll_to_open()
        if self._place is not None:
            where = f"{self._place + 1} of {len(order)} in the list"
            self.setAccessibleDescription(f"{columns.names[order[self._place]]}, {where}")
        self._drawn = order, self._prefix, self.verticalScrollBar().value()
        if was is None or self._place is None or before[0] is not order or before[1:] != self._drawn[1:]:
            self.viewport().update()
        elif was != self._place:  # what is between the open one before and now, with the word below it
            first, last = sorted((was, self._place))
            rows = self.row_rect(first) | self.row_rect(last).adjusted(0, 0, 0, HEADING)
            self.viewport().update(rows.toAlignedRect())

    def _scroll_to_open(self) -> None:
        """Bring the open record into sight, where it is not."""
        if self._place is None:
            return
        bar, top, page = self.verticalScrollBar(), self._top(self._place), self.viewport().height()
        if not bar.value() + ROW <= top <= bar.value() + page - 3 * ROW:
            bar.setValue(top - min(ABOVE * ROW, page // 2))

    def _top(self, place: int) -> int:
        """Where a row begins, from the top of all rows."""
        after = self._place is not None and place > self._place
        return place * ROW + after * HEADING

    def place_at(self, y: float) -> int | None:
        """The row at a height of the viewport."""
        y += self.verticalScrollBar().value()
        if self._place is not None and y >= self._top(self._place) + ROW:
            if y < self._top(self._place) + ROW + HEADING:
                return None
            y -= HEADING
        place = int(y // ROW)
        return place if 0 <= place < len(self._table.list) else None

    def row_rect(self, place: int) -> QRectF:
        """Where a row is drawn in the viewport."""
        return QRectF(0, self._top(place) - self.verticalScrollBar().value(), self.viewport().width(), ROW)

    def draw_again(self, ids: Sequence[str]) -> None:
        """What is said of these records has changed; () is of all."""
        if not ids:
            self.viewport().update()
        for record_id in ids:
            place = self._table.row_of(record_id)
            if place is not None:
                self.viewport().update(self.row_rect(place).toAlignedRect())

    def _fit(self) -> None:
        whole = len(self._table.list) * ROW + HEADING
        bar, page = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, whole - page))
        bar.setPageStep(page)
        bar.setSingleStep(ROW)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()
        self._scroll_to_open()

    # --- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        to_draw = QRectF(event.rect())
        with QPainter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), self.theme.color("surface"))
            first = self.place_at(0)
            place = first if first is not None else (self._place or 0) + 1 if self._place is not None else 0
            while place < len(self._table.list):
                area = self.row_rect(place)
                if area.bottom() > self.viewport().height():  # half a row tells nothing, here and at the top
                    break
                if area.top() >= 0 and area.intersects(to_draw):
                    self._row(painter, area, place)
                place += 1
            if self._place is not None and self._place + 1 < len(self._table.list):
                area = self.row_rect(self._place)
                self._heading(painter, QRectF(0, area.bottom(), area.width(), HEADING))

    def _heading(self, painter: QPainter, area: QRectF) -> None:
        painter.fillRect(area, self.theme.color("window"))
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), self.theme.color("border"))
        painter.setFont(font(tokens.CAPTION))
        painter.setPen(self.theme.color("muted"))
        painter.drawText(area.adjusted(LEFT, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, "Next")

    def _row(self, painter: QPainter, area: QRectF, place: int) -> None:
        row = int(self._table.list.order[place])
        state, is_open = self._table.reading(row), place == self._place
        if is_open or place == self._hovered:
            painter.fillRect(area, self.theme.color("accent_wash" if is_open else "window"))
        is_quiet = state in READ and not is_open
        color = self.theme.color("muted" if is_quiet or not is_open else "accent")
        top = area.center().y() - ICON / 2
        painter.drawPixmap(LEFT, round(top), icons.pixmap(STATE_ICONS[state], color, ICON))
        letters = font(tokens.CAPTION)
        letters.setWeight(letters.Weight.Normal if is_quiet else letters.Weight.Medium)
        painter.setPen(self.theme.color("accent" if is_open else "muted" if is_quiet else "text"))
        is_wide = area.width() > NARROW
        room = int((SECOND - 4 if is_wide else area.width()) - WORDS - 2)
        more = self._more(row, state, is_open) if is_wide else ""
        if is_wide and not more:
            room = int(area.width() - WORDS - 2)
        name = self._session.columns().names[row]
        painter.setFont(_narrowed(letters, name, room))
        shown = _shortened(name, self._prefix, painter.fontMetrics(), room)
        painter.drawText(area.adjusted(WORDS, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, shown)
        if more:
            painter.setPen(self.theme.color("accent" if is_open else "muted"))
            painter.setFont(font(tokens.CAPTION))
            words = painter.fontMetrics().elidedText(more, Qt.TextElideMode.ElideRight, int(area.width() - SECOND - 4))
            painter.drawText(area.adjusted(SECOND, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        if self._table.list.has_note(row):
            draw_note_sign(painter, area, self.theme)
        if is_open:
            self._mark_open(painter, area)

    def _more(self, row: int, state: ReadingState, is_open: bool) -> str:
        """What a wide rail adds: the finding of a read record, else whose ECG it is."""
        if is_open and state not in READ:
            return "reading"
        if state in (ReadingState.DEFERRED, ReadingState.EXCLUDED):
            return str(state)
        if state == ReadingState.CONFIRMED:
            return self._table.finding(row)
        return " ".join(filter(None, (self._table.text(row, Column.AGE), self._table.text(row, Column.SEX))))

    def _mark_open(self, painter: QPainter, area: QRectF) -> None:
        """A bar at the left, as of all that is chosen; with the keyboard here the ring."""
        if not self.hasFocus():
            painter.fillRect(QRectF(area.left(), area.top(), BAR, area.height()), self.theme.color("accent"))
            return
        painter.setPen(QPen(self.theme.color("focus"), tokens.FOCUS_RING))
        half = tokens.FOCUS_RING / 2
        painter.drawRect(area.adjusted(half, half, -half, -half))

    # --- mouse and keys ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().y())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(place)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self._tell(event)
            return True
        if event.type() in (QEvent.Type.HoverMove, QEvent.Type.HoverLeave):
            place = self.place_at(event.position().y()) if event.type() == QEvent.Type.HoverMove else None
            was, self._hovered = self._hovered, -1 if place is None else place
            for one in {was, self._hovered} - {-1} if was != self._hovered else ():
                self.viewport().update(self.row_rect(one).toAlignedRect())
        return super().viewportEvent(event)

    def _tell(self, event: QHelpEvent) -> None:
        place = self.place_at(event.pos().y())
        if place is None:
            QToolTip.hideText()
            return
        row = int(self._table.list.order[place])
        note = ", with a note" if self._table.list.has_note(row) else ""
        words = f"{self._table.text(row, Column.RECORD)}\n{self._table.reading(row)}{note}"
        QToolTip.showText(event.globalPos(), plain(words), self.viewport())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(event.key())
        if by is None:
            event.ignore()
        else:
            self.stepped.emit(by)

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.viewport().update()


def _common(names: list[str], rank: np.ndarray, order: np.ndarray) -> int:
    """How many letters all names of the list have in common at their beginning; the first and the last name tell."""
    if len(order) < 2:
        return 0
    ranks = rank[order]
    first, last = names[order[int(ranks.argmin())]], names[order[int(ranks.argmax())]]
    pairs = enumerate(zip(first.casefold(), last.casefold(), strict=False))
    return next((i for i, (one, other) in pairs if one != other), min(len(first), len(last)))


def _narrowed(letters: QFont, name: str, room: int) -> QFont:
    """Letters in which a name is whole, as JS00001 and HR00001 end alike; as they were where none is narrow enough."""
    if QFontMetrics(letters).horizontalAdvance(name) > room:
        for stretch in STRETCHES:
            narrow = QFont(letters)
            narrow.setStretch(stretch)
            if QFontMetrics(narrow).horizontalAdvance(name) <= room:
                return narrow
    return letters


def _shortened(name: str, prefix: int, metrics, room: int) -> str:
    """A name that fits: whole, else without what all have in common, else its end."""
    if metrics.horizontalAdvance(name) <= room:
        return name
    rest = name[min(prefix, len(name) - 1) :]
    return metrics.elidedText(f"…{rest}" if prefix else rest, Qt.TextElideMode.ElideLeft, room)
