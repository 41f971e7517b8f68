"""How the cells of the worklist are drawn: states by shape, probabilities as bars, one ring around the current row."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.standing import Standing, figure, standing
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.theme import font, width_of
from cessl_gui.ui.parts.tokens import LIGHT
from cessl_gui.ui.worklist.columns import NONE, NUMBERS, STATE_ICONS, column_at
from cessl_gui.ui.worklist.note_sign import draw_note_sign
from cessl_gui.ui.worklist.table import Said, WorklistTable

BOX, PADDING, GAP = 14, 8, 6
WORD, BAR, BAR_HEIGHT = 52, 56, 6
SURE = 0.9  # of a cell: what is no wider fits in any weight of the letters
QUIET = (Column.DATE, Column.SOURCE)


class Cells(QStyledItemDelegate):
    """Draws one cell after another; the model says what."""

    def __init__(self, table: WorklistTable, view: QTableView) -> None:
        super().__init__(view)
        self._table, self._view = table, view
        self.theme = LIGHT
        self.focused = False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width() + 2 * PADDING, tokens.TABLE_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        column, row = column_at(index.column()), int(self._table.list.order[index.row()])
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        area = QRectF(option.rect)
        if area.bottom() > self._view.viewport().height():  # half a row tells nothing
            painter.fillRect(area, self.theme.color("surface"))
            return
        painter.save()
        painter.fillRect(area, self.theme.color("accent_wash" if chosen else "surface"))
        painter.setPen(QPen(self.theme.color("border"), tokens.HAIRLINE))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = area.adjusted(PADDING, 0, -PADDING, 0)
        if column is None:
            self._box(painter, inside, chosen)
        else:
            self._cell(painter, inside, column, row)
        if index.row() == self._view.currentIndex().row():
            self._ring(painter, area, index)
        painter.restore()

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
        letters = font(tokens.BODY)
        if strong:
            letters.setWeight(letters.Weight.Medium)
        painter.setFont(letters)
        painter.setPen(self.theme.color(color or ("muted" if muted else "text")))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        if width_of(words, tokens.BODY) > SURE * area.width():  # eliding takes longer than drawing
            words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, words)

    def _icon(self, painter: QPainter, area: QRectF, name: str, color: str) -> None:
        size = tokens.ICON_SMALL
        top = area.center().y() - size / 2
        painter.drawPixmap(int(area.left()), int(top), icons.pixmap(name, self.theme.color(color), size))

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
        painter.setPen(QPen(self.theme.color("fill" if chosen else "unset"), 1))
        painter.setBrush(self.theme.color("fill") if chosen else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        if chosen:
            mark = icons.pixmap("check", self.theme.color("on_fill"), BOX - 4)
            painter.drawPixmap(int(box.left() + 2), int(box.top() + 2), mark)

    def _ring(self, painter: QPainter, area: QRectF, index: QModelIndex) -> None:
        """Two lines over the whole row, closed at its ends; grey while the keyboard is elsewhere."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        wide, header = tokens.FOCUS_RING, self._view.horizontalHeader()
        color = self.theme.color("focus" if self._view.hasFocus() else "border_strong")
        top, bottom = area.top(), area.bottom() - wide + 1
        for y in (top, bottom):
            painter.fillRect(QRectF(area.left(), y, area.width(), wide), color)
        sections = [header.logicalIndex(i) for i in range(header.count())]
        shown = [section for section in sections if not header.isSectionHidden(section)]
        if index.column() == shown[0]:
            painter.fillRect(QRectF(area.left(), top, wide, area.height()), color)
        if index.column() == shown[-1]:
            painter.fillRect(QRectF(area.right() - wide + 1, top, wide, area.height()), color)


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
