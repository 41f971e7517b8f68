"""Calipers on the page: time and amplitude between two points of one lead, snapped to samples."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from cessl_gui.core.types import Caliper
from cessl_gui.ui.page.drawing.lettering import Ink, Style, draw_haloed
from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts.units import interval_words, voltage_words

SNAP_MM = 2.5  # an end this close to the trace lies on it
GRASP_MM = 2.0  # an end this close to the mouse is grasped
WORDS_HIGH = 1.2  # times the height of text: what the words of a caliper take at the foot of their row
AMPLITUDE_STEP_MV = 0.01


@dataclass(frozen=True)
class Point:
    """A place on a trace: lead, seconds of the recording, mV."""

    lead: str
    at_s: float
    mv: float


class CaliperEditor:
    """The calipers on the page; one of no extent is none yet. Made, moved by hand or by key, marched out, removed.

    sheet    : they measure what it draws
    shown    : all of them as they stand now
    selected : id of the one that keys act on, or None
    """

    def __init__(self) -> None:
        self.sheet = Sheet()
        self.shown: tuple[Caliper, ...] = ()
        self.selected: str | None = None
        self._rested: tuple[Caliper, ...] = ()
        self._moving_end = True

    def show(self, calipers: tuple[Caliper, ...]) -> None:
        """Show the calipers that are kept; the selected one stays so if it is among them."""
        self.shown = self._rested = calipers
        if self._chosen is None:
            self.selected = None

    def come_to_rest(self) -> list[tuple[str, Caliper | None]]:
        """(id, caliper) of each that was set, changed or (None) removed since this was asked last: to be kept."""
        before, now = (
            {c.id: c for c in calipers if (c.start_s, c.start_mv) != (c.end_s, c.end_mv)}
            for calipers in (self._rested, self.shown)
        )
        self._rested = self.shown
        return [(id_, now.get(id_)) for id_ in before | now if before.get(id_) != now.get(id_)]

    @property
    def _chosen(self) -> Caliper | None:
        return next((caliper for caliper in self.shown if caliper.id == self.selected), None)

    def _change(self, **changes) -> None:
        self.shown = tuple(replace(c, **changes) if c.id == self.selected else c for c in self.shown)

    def grasp(self, point: Point, sheet: Sheet) -> bool:
        """Take hold of the nearest end of a caliper within GRASP_MM of a point; False where there is none."""
        ends = [
            (abs(at_s - point.at_s) * sheet.speed_mm_per_s, caliper.id, is_end)
            for caliper in self.shown
            for is_end, at_s in ((True, caliper.end_s), (False, caliper.start_s))
            if caliper.lead == point.lead
        ]
        far_mm, id_, is_end = min(ends, default=(np.inf, None, True))
        if far_mm > GRASP_MM:
            return False
        self.selected, self._moving_end = id_, is_end
        return True

    def begin(self, point: Point) -> None:
        """Start a new caliper at a point; it is drawn out by move_to."""
        caliper = Caliper(secrets.token_hex(8), point.lead, point.at_s, point.at_s, point.mv, point.mv)
        self.shown = (*self.shown, caliper)
        self.selected, self._moving_end = caliper.id, True

    @property
    def lead(self) -> str | None:
        """The lead of the selected caliper."""
        return self._chosen.lead if self._chosen else None

    def move_to(self, point: Point) -> None:
        """Move the grasped end; a caliper stays on its lead."""
        if self.lead == point.lead:
            side = "end" if self._moving_end else "start"
            self._change(**{f"{side}_s": point.at_s, f"{side}_mv": point.mv})

    def let_go(self) -> None:
        """A caliper of no extent, as a mere click makes, is none."""
        caliper = self._chosen
        if caliper and caliper.start_s == caliper.end_s and caliper.start_mv == caliper.end_mv:
            self.remove()

    def step(self, samples: int, steps_mv: int) -> bool:
        """Move the grasped end by samples, on the trace, or by 0.01 mV; False where none is selected."""
        caliper, record = self._chosen, self.sheet.record
        if caliper is None or record is None:
            return False
        side = "end" if self._moving_end else "start"
        at_s, mv = getattr(caliper, f"{side}_s"), getattr(caliper, f"{side}_mv")
        if samples:
            index = round(at_s * record.fs_hz) + samples
            at_s = min(max(0, index), record.signal_mv.shape[1] - 1) / record.fs_hz
            on_trace = value_at(self.sheet, caliper.lead, at_s)
            mv = mv if on_trace is None else on_trace
        self._change(**{f"{side}_s": at_s, f"{side}_mv": mv + steps_mv * AMPLITUDE_STEP_MV})
        return True

    def march(self) -> bool:
        """Repeat the selected caliper's interval over the page, or stop doing so."""
        if self._chosen is None:
            return False
        self._change(marched=not self._chosen.marched)
        return True

    def remove(self) -> bool:
        """Take the selected caliper away; False where none is selected."""
        if self._chosen is None:
            return False
        self.shown = tuple(caliper for caliper in self.shown if caliper.id != self.selected)
        self.selected = None
        return True


def value_at(sheet: Sheet, lead: str, at_s: float) -> float | None:
    """mV of a lead at a time, as it is drawn; None in a gap, and where a filtered page does not reach."""
    record, index = sheet.drawn.record, round((at_s - sheet.drawn.from_s) * sheet.record.fs_hz)
    if not 0 <= index < record.signal_mv.shape[1]:
        return None
    value = float(record.signal_mv[record.leads.index(lead), index])
    return value if np.isfinite(value) else None


def point_at(sheet: Sheet, where: Plan, paper: QPointF, held: Cell | None = None) -> Point | None:
    """The place on a trace for a point of the paper (mm): in time a sample, in height the trace where it is near.

    held    : where it was taken hold of: only there, or where the row that is pointed at has the same lead. Over the
              baseline of another row, as of the rhythm strip, its height would be wrong
    returns : None beside the traces
    """
    if held is None:
        place = place_at(sheet, where, paper)
        return place and place[1]
    place = place_at(sheet, where, paper, held.source)
    row = min(range(len(where.baselines)), key=lambda one: abs(where.baselines[one] - paper.y()))
    return place[1] if place is not None and place[0].row in (held.row, row) else None


def place_at(sheet: Sheet, where: Plan, paper: QPointF, lead: str | None = None) -> tuple[Cell, Point] | None:
    """As point_at, with the cell that it lies in."""
    record = sheet.record
    if record is None or record.signal_mv.shape[1] == 0:
        return None
    best: tuple[float, Cell, Point] | None = None
    for cell in sheet.cells:
        box = where.cell(cell, sheet)
        if (
            not box.left() <= paper.x() <= box.right()
            or cell.source not in record.leads
            or lead not in (None, cell.source)
        ):
            continue
        at_s = sheet.t0_s + cell.t0_s + (paper.x() - box.left()) / sheet.speed_mm_per_s
        at_s = min(max(0, round(at_s * record.fs_hz)), record.signal_mv.shape[1] - 1) / record.fs_hz
        mv = where.mv(cell, sheet, paper.y())
        # A tall R wave reaches into the row above: who points at its tip means its lead.
        far_mm = SNAP_MM + abs(where.baselines[cell.row] - paper.y())
        on_trace = value_at(sheet, cell.source, at_s)
        if on_trace is not None and abs(on_trace - mv) * sheet.gain(cell) <= SNAP_MM:
            far_mm = abs(on_trace - mv) * sheet.gain(cell)
            mv = on_trace
        if best is None or far_mm < best[0]:
            best = far_mm, cell, Point(cell.source, at_s, mv)
    return best and best[1:]


def readings(caliper: Caliper, sheet: Sheet) -> str:
    """Interval, beats per minute, mm; voltage, mm as its lead is drawn; in the chosen units."""
    seconds, mv = abs(caliper.end_s - caliper.start_s), caliper.end_mv - caliper.start_mv
    gain = sheet.gain_of(caliper.lead)
    words = [interval_words(seconds)]
    if seconds >= 0.15:  # faster than 400/min is no heart rate
        words.append(f"{60 / seconds:.0f}/min")
    words.append(f"{seconds * sheet.speed_mm_per_s:.1f} mm")
    return f"{'  '.join(words)}   ·   {voltage_words(mv)}  {abs(mv) * gain:.1f} mm"


def paint_calipers(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, selected: str | None = None) -> None:
    """The calipers in each cell that shows their lead and time."""
    painter.save()
    for caliper in sheet.calipers:
        for cell in sheet.cells:
            if cell.source == caliper.lead:
                _paint_one(painter, sheet, where, ink, caliper, cell, caliper.id == selected)
    painter.restore()


def _paint_one(
    painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, caliper: Caliper, cell: Cell, selected: bool
) -> None:
    box = where.cell(cell, sheet)
    first_s, k = sheet.t0_s + cell.t0_s, ink.dots_per_mm
    x1, x2 = (box.left() + (at_s - first_s) * sheet.speed_mm_per_s for at_s in (caliper.start_s, caliper.end_s))
    y1, y2 = (where.y(cell, sheet, mv) for mv in (caliper.start_mv, caliper.end_mv))
    xs = [x1, x2]
    if caliper.marched and x1 != x2:
        left, right, step = min(x1, x2), max(x1, x2), abs(x2 - x1)
        xs += list(np.arange(right + step, box.right(), step)) + list(np.arange(left - step, box.left(), -step))
    if not any(box.left() <= x <= box.right() for x in xs):
        return
    top, bottom = (max(box.top(), where.grid.top()), min(box.bottom(), where.grid.bottom()))
    painter.setClipRect(ink.rect(QRectF(box.left(), top, box.width(), bottom - top)))
    color = sheet.theme.color("accent")
    painter.setPen(QPen(color, max(1.0, ink.line_mm * k)))
    foot = bottom - WORDS_HIGH * where.text  # above the words, which no line runs through
    painter.drawLines([QLineF(x * k, top * k, x * k, foot * k) for x in xs[:2]])
    if len(xs) > 2:
        painter.setPen(QPen(sheet.theme.color("accent", 130), max(1.0, ink.line_mm * k)))
        painter.drawLines([QLineF(x * k, top * k, x * k, foot * k) for x in xs[2:]])
        painter.setPen(QPen(color, max(1.0, ink.line_mm * k)))
    painter.drawLines([QLineF(min(xs[:2]) * k, y * k, max(xs[:2]) * k, y * k) for y in (y1, y2)])
    if selected:
        painter.setBrush(color)
        for x, y in ((x1, y1), (x2, y2)):
            painter.drawEllipse(QPointF(x, y) * k, 2.5, 2.5)
    painter.setClipRect(ink.rect(where.grid))
    style = Style(where.text, sheet.theme.accent, sheet.theme.page, bold=selected)
    words = readings(caliper, sheet)
    wide = QFontMetricsF(ink.font(style.height, style.bold)).horizontalAdvance(words) / k
    # Low in the row, where lead names are not; never beyond the page.
    left = max(where.grid.left() + 1, min(min(x1, x2), where.grid.right() - wide - 1))
    draw_haloed(painter, QPointF(left, bottom - 0.4 * where.text), words, ink, style)
