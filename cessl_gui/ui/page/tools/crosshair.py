"""A crosshair that runs along a trace: lead, time and voltage of one sample, by the mouse or the arrow keys."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter

from cessl_gui.ui.page.drawing.lettering import Ink, Style, draw_haloed
from cessl_gui.ui.page.layout.clock import clock
from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.tools.calipers import Point, place_at, value_at
from cessl_gui.ui.parts.units import sample_words


@dataclass(frozen=True)
class Crosshair:
    """A place on the trace in a cell of the page, in seconds of the recording."""

    cell: Cell
    at_s: float

    def is_on(self, sheet: Sheet) -> bool:
        """Whether the page shows this place now."""
        within_s = self.at_s - sheet.t0_s - self.cell.t0_s
        return (
            sheet.record is not None
            and self.cell in sheet.cells
            and self.cell.source in sheet.record.leads
            and -1e-6 <= within_s <= self.cell.duration_s + 1e-6
            and round(self.at_s * sheet.record.fs_hz) < sheet.record.signal_mv.shape[1]
        )

    def point(self, sheet: Sheet) -> Point | None:
        """The sample; None in a gap."""
        mv = value_at(sheet, self.cell.source, self.at_s)
        return None if mv is None else Point(self.cell.source, self.at_s, mv)

    def words(self, sheet: Sheet) -> str:
        """Lead, time, voltage."""
        point = self.point(sheet)
        at = f"{self.at_s:.3f} s" if self.at_s < 60 else f"{clock(self.at_s)}  ({self.at_s:.3f} s)"
        return f"{self.cell.source}   {at}   " + ("no value" if point is None else sample_words(point.mv))

    def moved(self, sheet: Sheet, samples: int) -> Crosshair:
        """Along its trace, into the next column where that goes on; perhaps beyond the page."""
        record = sheet.record
        index = round(self.at_s * record.fs_hz) + samples
        there = replace(self, at_s=min(max(0, index), record.signal_mv.shape[1] - 1) / record.fs_hz)
        row = [replace(there, cell=cell) for cell in sheet.cells if cell.row == self.cell.row]
        return next((each for each in (there, *row) if each.is_on(sheet)), there)

    def on_next_trace(self, sheet: Sheet, where: Plan, rows: int) -> Crosshair:
        """Straight up (-1) or down (1) to the next trace; the last one stays."""
        x = where.cell(self.cell, sheet).left() + self._within_mm(sheet)
        candidates = []
        for cell in sheet.cells:
            box = where.cell(cell, sheet)
            if (cell.row - self.cell.row) * rows > 0 and box.left() <= x <= box.right():
                at_s = sheet.t0_s + cell.t0_s + (x - box.left()) / sheet.speed_mm_per_s
                there = Crosshair(cell, round(at_s * sheet.record.fs_hz) / sheet.record.fs_hz)
                candidates += [there] if there.is_on(sheet) else []
        return min(candidates, key=lambda there: abs(there.cell.row - self.cell.row), default=self)

    def _within_mm(self, sheet: Sheet) -> float:
        return (self.at_s - sheet.t0_s - self.cell.t0_s) * sheet.speed_mm_per_s

    def paint(self, painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
        """Lines through the sample, and its words beside it."""
        if not self.is_on(sheet):
            return
        box, k, point = where.cell(self.cell, sheet), ink.dots_per_mm, self.point(sheet)
        x = box.left() + self._within_mm(sheet)
        y = where.y(self.cell, sheet, point.mv) if point else where.baselines[self.cell.row]
        # A wrapped lead has another time in each row.
        height = QRectF(where.grid) if not sheet.fitted.wrapped else box
        painter.save()
        painter.setClipRect(ink.rect(where.grid))
        painter.setPen(ink.pen(sheet.theme.color("accent")))
        painter.drawLine(QLineF(x * k, height.top() * k, x * k, height.bottom() * k))
        if point is not None:
            painter.drawLine(QLineF(box.left() * k, y * k, box.right() * k, y * k))
        style = Style(where.text, sheet.theme.accent, sheet.theme.page, bold=True)
        words = self.words(sheet)
        wide = QFontMetricsF(ink.font(style.height, style.bold)).horizontalAdvance(words) / k
        left = x + 1.5 if x + 1.5 + wide < where.grid.right() else x - 1.5 - wide
        draw_haloed(painter, QPointF(left, max(where.grid.top() + 1.2 * style.height, y - 1.5)), words, ink, style)
        painter.restore()


def under(sheet: Sheet, where: Plan, paper: QPointF) -> Crosshair | None:
    """On the trace that a point of the paper (mm) means; None beside the traces."""
    place = place_at(sheet, where, paper)
    return place and Crosshair(place[0], place[1].at_s)


def in_the_middle(sheet: Sheet) -> Crosshair | None:
    """Where the keyboard begins: amid the first trace."""
    for cell in sheet.cells:
        at_s = sheet.t0_s + cell.t0_s + cell.duration_s / 2
        if sheet.record is not None:
            at_s = round(min(at_s, sheet.record.duration_s / 2 + sheet.t0_s) * sheet.record.fs_hz) / sheet.record.fs_hz
            there = Crosshair(cell, at_s)
            if there.is_on(sheet):
                return there
    return None
