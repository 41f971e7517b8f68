"""Marked beats and stretches on the page: a tick or a bar low in the row, with the statement's name above it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from cessl_gui.bridge.reader.page_marks import ShownMark
from cessl_gui.core.annotations import Annotation
from cessl_gui.ui.page.drawing.lettering import Ink, Style, draw_haloed, text_width
from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import Sheet

NAMED = 60  # so many marks on a page have their names; of more the ticks alone are drawn
BAR_MM, END_MM, BEAT_MM = 0.7, 1.4, 1.6  # thickness of a bar, height of its ends; half the width of a beat's sign
ABOVE_BOTTOM = (1.7, 0.12)  # the lowest bar over the end of its row: of the text's height, at most of the row's
LEVEL = 1.25  # from bar to bar where they would overlap: of the text's height, besides the signs
GAP_MM, REACH_MM = 2.0, 2.5  # between names; around a mark that the mouse means


class Placed(NamedTuple):
    """A mark in a cell, in mm of the page. left, right : its ends, within the cell; y : of its bar"""

    shown: ShownMark
    left: float
    right: float
    y: float
    words: str
    begins: bool
    ends: bool


def words_of(shown: ShownMark) -> str:
    """What stands at a mark: the statement, and who gave it where that is another."""
    return f"{shown.short} · {shown.giver}" if shown.giver else shown.short


def is_rhythm(sheet: Sheet, cell: Cell) -> bool:
    """Whether a cell is of a row that runs below the columns: what is marked there is of all leads."""
    return bool(sheet.fitted.columns) and cell.row >= max(map(len, sheet.fitted.columns))


def placed(sheet: Sheet, where: Plan, ink: Ink) -> Iterator[Placed]:
    """Where the marks stand; those that would overlap stand above each other."""
    marks = sheet.marks
    visible = marks.within(sheet.t0_s, sheet.t0_s + sheet.shown_s)
    with_names = len(visible) <= NAMED
    if marks.pending is not None:
        visible.append(ShownMark(marks.pending, "…", ""))
    style = Style(where.text, "", "")
    taken: dict[int, list[tuple[float, float, int]]] = {}
    for shown in visible:
        words = words_of(shown) if with_names or shown.mark.id in ("", marks.chosen) else ""
        wide = text_width(words, ink, style) if words else 0.0
        for cell in _cells(sheet, shown.mark):
            box, mark = where.cell(cell, sheet), shown.mark
            end_s = mark.start_s if mark.end_s is None else mark.end_s
            first_s = sheet.t0_s + cell.t0_s
            left, right = (box.left() + (at_s - first_s) * sheet.speed_mm_per_s for at_s in (mark.start_s, end_s))
            if right < box.left() or left >= box.right():
                continue
            begins, ends = left >= box.left(), right <= box.right()
            left, right = max(left, box.left()), min(right, box.right())
            level, until = 0, max(right, left + wide) + GAP_MM
            row = taken.setdefault(cell.row, [])
            while with_names and any(on == level and a < until and left - GAP_MM < b for a, b, on in row):
                level += 1
            row.append((left - GAP_MM, until, level))
            text, high = ABOVE_BOTTOM
            bottom = min(box.bottom(), where.grid.bottom()) - min(text * where.text, high * where.row_height)
            y = bottom - level * (LEVEL * where.text + END_MM + BEAT_MM)
            yield Placed(shown, left, right, y, words, begins, ends)


def _cells(sheet: Sheet, mark: Annotation) -> list[Cell]:
    """The cells that show a mark: of its lead; of all leads: the lowest row, or the one lead there is."""
    if sheet.fitted.wrapped:
        return [cell for cell in sheet.cells if mark.lead in ("", cell.source)]
    if mark.lead:
        return [cell for cell in sheet.cells if cell.source == mark.lead]
    lowest = max((cell.row for cell in sheet.cells), default=0)
    return [cell for cell in sheet.cells if cell.row == lowest]


def paint_marks(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """The marks: those of who reads now in the accent, those of others grey, dashed, with the giver's name."""
    marks = sheet.marks
    if not marks.shown and marks.pending is None:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setClipRect(ink.rect(where.grid))
    for one in placed(sheet, where, ink):
        is_chosen = one.shown.mark.id in ("", marks.chosen)
        name = "muted" if one.shown.giver else "accent"
        if is_chosen and one.right > one.left:
            top = one.y - 0.7 * where.row_height
            wash = QRectF(one.left, top, one.right - one.left, one.y - top)
            painter.fillRect(ink.rect(wash), sheet.theme.color(name, 30))
        _sign(painter, sheet, ink, one, name)
        if one.words:
            style = Style(where.text, getattr(sheet.theme, name), sheet.theme.page, bold=is_chosen)
            wide = text_width(one.words, ink, style)
            at = QPointF(min(one.left, where.grid.right() - wide - 1), one.y - END_MM)
            draw_haloed(painter, at, one.words, ink, style)
    painter.restore()


def _sign(painter: QPainter, sheet: Sheet, ink: Ink, one: Placed, name: str) -> None:
    color, k = sheet.theme.color(name), ink.dots_per_mm
    if one.shown.mark.end_s is None:  # pointing up, at the beat
        corners = ((0, -BEAT_MM), (BEAT_MM, BEAT_MM / 2), (-BEAT_MM, BEAT_MM / 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([QPointF(one.left + dx, one.y + dy + BEAT_MM) * k for dx, dy in corners]))
        return
    dashes = Qt.PenStyle.DashLine if one.shown.giver else Qt.PenStyle.SolidLine
    painter.setPen(QPen(color, BAR_MM * k, dashes, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QLineF(one.left * k, one.y * k, one.right * k, one.y * k))
    painter.setPen(QPen(color, max(1.0, 0.5 * BAR_MM * k)))
    for x, is_end in ((one.left, one.begins), (one.right, one.ends)):
        if is_end:
            painter.drawLine(QLineF(x * k, (one.y - END_MM) * k, x * k, (one.y + END_MM) * k))


def mark_at(sheet: Sheet, where: Plan, ink: Ink, paper: QPointF) -> ShownMark | None:
    """The mark that a point of the page (mm) means; None where there is none."""
    style = Style(where.text, "", "")
    for one in placed(sheet, where, ink):
        wide = text_width(one.words, ink, style) if one.words else 0.0
        around = QRectF(one.left, one.y - END_MM - where.text, max(one.right - one.left, wide), 2 * END_MM + where.text)
        if one.shown.mark.id and around.adjusted(-REACH_MM, 0, REACH_MM, REACH_MM / 2).contains(paper):
            return one.shown
    return None


def told(shown: ShownMark) -> str:
    """A mark for the mouse over it."""
    who = f", from the {shown.giver}" if shown.giver == "file" else f", given by {shown.giver}" if shown.giver else ""
    return f"{shown.name}, {shown.where}{who}"
