"""How the cells of the worklist are drawn: states by shape, probabilities as bars, one ring around the current row."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.reading.standing import Standing, figure, standing
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.theme import font, width_of
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.worklist.columns import NONE, NUMBERS, STATE_ICONS, column_at
from cessl_gui.ui.worklist.note_sign import draw_note_sign
from cessl_gui.ui.worklist.table import Said, WorklistTable

BOX, PADDING, GAP = 14, 8, 6
WORD, BAR, BAR_HEIGHT = 52, 56, 6
SURE = 0.9  # of a cell: what is no wider fits in any weight of the letters
QUIET = (Column.DATE, Column.SOURCE)


class Cells(QStyledItemDelegate):
    """Draws the rows in sight; the model says what."""

    def __init__(self, table: WorklistTable, view: QTableView) -> None:
        super().__init__(view)
        self._table, self._view = table, view
        self._letters, self._strong = font(tokens.BODY), font(tokens.BODY)
        self._strong.setWeight(self._strong.Weight.Medium)
        metrics = QFontMetricsF(self._letters)
        self._sinks = (metrics.ascent() - metrics.descent()) / 2  # of the baseline, below the middle of a line
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._color = cache(theme.color)  # a worklist asks for some thousand

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width() + 2 * PADDING, tokens.TABLE_ROW)

    def draw(self, painter: QPainter, part: QRect) -> None:
        """Draw the rows in a part of the viewport: Qt, which goes from cell to cell, takes twice as long."""
        view = self._view
        header, chosen, height = view.horizontalHeader(), view.selectionModel(), tokens.TABLE_ROW
        visual = (header.logicalIndex(place) for place in range(header.count()))
        shown = [section for section in visual if not header.isSectionHidden(section)]
        spans = [(section, header.sectionViewportPosition(section), header.sectionSize(section)) for section in shown]
        left, right = spans[0][1], spans[-1][1] + spans[-1][2]
        place = max(0, view.rowAt(part.top()))
        while place < len(self._table.list):
            top = view.rowViewportPosition(place)
            if top > part.bottom() or top + height > view.viewport().height():  # half a row tells nothing
                break
            is_chosen = chosen.isRowSelected(place)
            line = QRectF(left, top, right - left, height)
            painter.fillRect(line, self._color("accent_wash" if is_chosen else "surface"))
            painter.fillRect(QRectF(left, top + height - 1, line.width(), 1), self._color("border"))
            for section, x, width in spans:
                if x <= part.right() and x + width > part.left():
                    area = QRectF(x + PADDING, top, width - 2 * PADDING, height - 1)
                    self._draw_cell(painter, area, column_at(section), int(self._table.list.order[place]), is_chosen)
            if place == view.currentIndex().row():
                self._ring(painter, line)
            place += 1

    def _draw_cell(self, painter: QPainter, area: QRectF, column: Column | None, row: int, is_chosen: bool) -> None:
        if column is None:
            self._box(painter, area, is_chosen)
        else:
            self._cell(painter, area, column, row)

    def _cell(self, painter: QPainter, area: QRectF, column: Column, row: int) -> None:
        if column == Column.MODEL:
            said = self._table.said(row)
            if isinstance(said, Said):
                self._model(painter, area, said)
            else:
                self._text(painter, area, said or NONE, muted=True)
            return
        words = self._table.text(row, column)
        if column == Column.STATE:
            self._icon(painter, area, STATE_ICONS[self._table.reading(row)], "muted")
            area = area.adjusted(tokens.ICON_SMALL + GAP, 0, 0, 0)
        elif column == Column.DISAGREEMENT and words != NONE:
            self._icon(painter, area, "not-equals", "warning")
            self._text(painter, area.adjusted(tokens.ICON_SMALL + GAP, 0, 0, 0), words, color="warning")
            return
        if column == Column.RECORD and self._table.list.has_note(row):
            draw_note_sign(painter, area.adjusted(-PADDING, 0, PADDING, 0), self.theme)
        is_number = column in NUMBERS
        is_muted = column in QUIET or words == NONE
        self._text(painter, area, words, muted=is_muted, right=is_number, strong=column == Column.RECORD)

    def _text(
        self,
        painter: QPainter,
        area: QRectF,
        words: str,
        *,
        muted: bool = False,
        right: bool = False,
        strong: bool = False,
        color: str = "",
    ) -> None:
        letters = self._strong if strong else self._letters
        painter.setFont(letters)
        painter.setPen(self._color(color or ("muted" if muted else "text")))
        width = width_of(words, tokens.BODY)
        if width > SURE * area.width():  # eliding takes longer than drawing
            words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(area.width()))
            width = painter.fontMetrics().horizontalAdvance(words)
        x = area.right() - width if right else area.left()
        painter.drawText(QPointF(x, area.center().y() + self._sinks), words)

    def _icon(self, painter: QPainter, area: QRectF, name: str, color: str) -> None:
        size = tokens.ICON_SMALL
        top = area.center().y() - size / 2
        painter.drawPixmap(int(area.left()), int(top), icons.pixmap(name, self._color(color), size))

    def _model(self, painter: QPainter, area: QRectF, said: Said) -> None:
        """A statement, its bar with the cut-off ticked, its number."""
        word, bar = QRectF(area), QRectF(area)
        word.setWidth(min(WORD - 4, area.width()))
        bar.setLeft(area.left() + WORD)
        bar.setWidth(BAR)
        bar.setTop(area.center().y() - BAR_HEIGHT / 2)
        bar.setHeight(BAR_HEIGHT)
        self._text(painter, word, said.statement)
        draw_bar(painter, bar, self.theme, said.p, said.cut_off)
        number = QRectF(area)
        number.setLeft(bar.right() + PADDING)
        self._text(painter, number, f"{figure(said.p) if said.p < 0.01 else f'{said.p:.2f}'}{said.few}")

    def _box(self, painter: QPainter, area: QRectF, chosen: bool) -> None:
        box = QRectF(area.center().x() - BOX / 2, area.center().y() - BOX / 2, BOX, BOX)
        painter.setPen(QPen(self._color("fill" if chosen else "unset"), 1))
        painter.setBrush(self._color("fill") if chosen else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        if chosen:
            mark = icons.pixmap("check", self._color("on_fill"), BOX - 4)
            painter.drawPixmap(int(box.left() + 2), int(box.top() + 2), mark)

    def _ring(self, painter: QPainter, line: QRectF) -> None:
        """Around the whole row; grey while the keyboard is elsewhere."""
        half = tokens.FOCUS_RING / 2
        pen = QPen(self._color("focus" if self._view.hasFocus() else "border_strong"), tokens.FOCUS_RING)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(line.adjusted(half, half, -half, -half))


def draw_bar(painter: QPainter, bar: QRectF, theme: tokens.Theme, p: float, cut_off: float | None) -> None:
    """A probability from 0 to 1: blue where likely, outlined above its cut-off alone, grey below; a tick there."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("track"))
    painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
    part = QRectF(bar)
    part.setWidth(max(bar.width() * p, bar.height()))
    stands = standing(p, cut_off)
    if stands == Standing.ABOVE:
        painter.setPen(QPen(theme.color("accent"), 1))
        painter.setBrush(theme.color("surface"))
        part.adjust(0.5, 0.5, -0.5, -0.5)
    else:
        painter.setBrush(theme.color("accent" if stands == Standing.LIKELY else "unset"))
    painter.drawRoundedRect(part, part.height() / 2, part.height() / 2)
    if cut_off is not None:
        painter.fillRect(QRectF(bar.left() + bar.width() * cut_off - 1, bar.top() - 2, 2, bar.height() + 4), theme.ink)
