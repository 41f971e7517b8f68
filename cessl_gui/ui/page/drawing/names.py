"""Where the leads' names stand: above their traces, moved right and then up until no trace runs through them.

Where there is no such place, the name of a row's first lead stands before the traces, below the calibration pulse; that
of another lead further right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from cessl_gui.ui.page.drawing.lettering import Ink, Style, draw_haloed, lines_within, text_width
from cessl_gui.ui.page.layout.clock import clock
from cessl_gui.ui.page.layout.doubts import doubts, shown_mv
from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import LOOKED_AT_S, Sheet
from cessl_gui.ui.page.layout.traces import points

Places = dict[Cell, QPointF]

ABOVE_MM, ABOVE_SHARE = 11.0, 0.35  # over its baseline; of the distance of close rows
INDENT_MM = 1.5
RIGHT_MM, UP_MM, STEP_MM = 24.0, 14.0, 2.0  # how far a name is moved, at most; steps upwards
BEFORE_MM, BELOW_PULSE_MM = 0.6, 0.6  # from the left edge of the paper; from the foot of the pulse
BESIDE_MM = 1.6  # between a name and what stands beside it
BIN_MM = 0.5
HALO_PX = 4.0
JUMP_MM = 9.0  # above and below the baseline
SEPARATOR_MM = (1.8, 5.0)  # above and below the baseline, where one lead follows another


def places_of(sheet: Sheet, where: Plan, ink: Ink) -> Places:
    """Where the names stand as paint_names draws them."""
    style = _style(sheet, where)
    halo = HALO_PX / ink.dots_per_mm if not ink.line_mm else 1.0
    note = _note_style(sheet, where)

    def width_of(cell: Cell) -> float:
        return text_width(_name(sheet, cell), ink, style)

    def beside(cell: Cell) -> float:
        words = doubts(sheet, where, cell)
        return BESIDE_MM + text_width(words, ink, note) if words else 0.0

    return name_places(sheet, where, 0.75 * style.height, halo, width_of, beside=beside)


def paint_names(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, places: Places | None = None) -> None:
    """The names, what is doubtful beside them, a dashed line where one lead follows another."""
    for cell, at in (places_of(sheet, where, ink) if places is None else places).items():
        _paint_name(painter, sheet, where, ink, cell, at)
        if cell.is_continued:
            _paint_jump(painter, sheet, where, ink, cell)
        elif cell.column:
            painter.setPen(ink.pen(sheet.theme.color("trace")))
            x, y, (near, far) = where.cell(cell, sheet).left(), where.baselines[cell.row], SEPARATOR_MM
            for start, end in ((y - far, y - near), (y + near, y + far)):
                painter.drawLine(QPointF(x, start) * ink.dots_per_mm, QPointF(x, end) * ink.dots_per_mm)


def _paint_jump(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, cell: Cell) -> None:
    """A dotted line where the trace is broken off and goes on at another level."""
    pen = ink.pen(sheet.theme.color("note"))
    pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    x, y = where.cell(cell, sheet).left(), where.baselines[cell.row]
    painter.drawLine(QPointF(x, y - JUMP_MM) * ink.dots_per_mm, QPointF(x, y + JUMP_MM) * ink.dots_per_mm)


def _style(sheet: Sheet, where: Plan) -> Style:
    return Style(where.text * 1.2, sheet.theme.ink, sheet.theme.page, bold=True, halo=HALO_PX)


def _note_style(sheet: Sheet, where: Plan) -> Style:
    return Style(where.text * 0.92, sheet.theme.note, sheet.theme.page, halo=HALO_PX)


def _name(sheet: Sheet, cell: Cell) -> str:
    if cell.is_continued:
        return ""
    if sheet.fitted.wrapped and cell.row:
        return clock(cell.t0_s + sheet.t0_s)
    return cell.lead.replace("-", "−")


def _paint_name(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, cell: Cell, at: QPointF) -> None:
    theme, box, style = sheet.theme, where.cell(cell, sheet), _style(sheet, where)
    words = doubts(sheet, where, cell)
    if sheet.record is not None and cell.source not in sheet.record.leads:
        style = Style(style.height, theme.muted, theme.page, bold=True, halo=HALO_PX)
    width = draw_haloed(painter, at, _name(sheet, cell), ink, style)
    if not words:
        return
    note = _note_style(sheet, where)
    beside = at + QPointF(width + BESIDE_MM, 0)
    if text_width(words, ink, note) <= box.right() - beside.x():
        draw_haloed(painter, beside, words, ink, note)
        return
    # On below the name, so that it never runs into the next lead. Traces may be there: no ground hides them.
    note = replace(note, halo=0.0)
    first = lines_within(words, box.right() - beside.x(), ink, note)[0]
    if text_width(first, ink, note) > box.right() - beside.x():
        first = ""
    draw_haloed(painter, beside, first, ink, note)
    rest = words[len(first) :]
    for number, line in enumerate(lines_within(rest, box.right() - at.x(), ink, note), 1):
        draw_haloed(painter, at + QPointF(0, number * note.height * 1.3), line, ink, note)


def name_places(
    sheet: Sheet,
    where: Plan,
    height: float,
    halo: float,
    width_of: Callable[[Cell], float],
    *,
    beside: Callable[[Cell], float] = lambda cell: 0.0,
) -> Places:
    """Cell -> where on the page, in mm, the baseline of its name begins.

    height   : of the letters;  halo : what is to be clear around them, mm
    width_of : how wide a cell's name is, mm
    beside   : how wide what stands beside it is, which no trace runs through either where there is such a place
    """
    reaches = _reaches(sheet, where)
    above = min(ABOVE_MM, ABOVE_SHARE * where.row_height)
    places = {}
    for cell in sheet.cells:
        box = where.cell(cell, sheet)
        usual = QPointF(
            box.left() + INDENT_MM, max(where.baselines[cell.row] - above, where.grid.top() + height + halo)
        )
        width, moved = width_of(cell), None
        most_up = min(UP_MM, where.row_height / 2, usual.y() - where.grid.top() - height - halo)
        size = (width + 2 * halo, height, halo)
        for more in dict.fromkeys((beside(cell), 0.0)):
            room = min(RIGHT_MM, box.width() - INDENT_MM - width - more)
            if moved is None and (room >= 0 or not more):
                wide = (size[0] + more, height, halo)
                moved = _moved(reaches, where, usual - QPointF(halo, 0), wide, (max(0.0, room), most_up))
        if moved is None and cell.left_s == 0:
            places[cell] = QPointF(where.grid.left() + BEFORE_MM, where.baselines[cell.row] + height + BELOW_PULSE_MM)
            continue
        if moved is None:
            wide = max(0.0, box.width() - INDENT_MM - width)
            moved = _moved(reaches, where, usual - QPointF(halo, 0), size, (wide, most_up))
        places[cell] = usual + (moved or QPointF())
    return places


def _moved(
    reaches: tuple[np.ndarray, np.ndarray],
    where: Plan,
    at: QPointF,
    size: tuple[float, float, float],
    most: tuple[float, float],
) -> QPointF | None:
    """How a box is moved right, then up, to be free of traces; None where it is not within `most`, right and up."""
    for up in np.arange(0.0, most[1] + 1e-6, STEP_MM):
        right = _free(reaches, where, at - QPointF(0, up), size, most[0])
        if right is not None:
            return QPointF(right, -up)
    return None


def _reaches(sheet: Sheet, where: Plan) -> tuple[np.ndarray, np.ndarray]:
    """For each row and each BIN_MM of the page's width: how far up and how far down on the page its traces go."""
    bins = int(np.ceil(sheet.plot_mm / BIN_MM)) + 1
    low = np.full((len(where.baselines), bins), np.inf)
    high = -low
    drawn = sheet.drawn
    if drawn is None:
        return low, high
    for cell in sheet.cells:
        if cell.source not in drawn.record.leads:
            continue
        if cell.duration_s > LOOKED_AT_S:
            _reach_of_long(sheet, where, cell, low[cell.row], high[cell.row])
            continue
        mv = shown_mv(sheet, cell)
        per_bin = BIN_MM / sheet.speed_mm_per_s * drawn.record.fs_hz
        starts = (np.arange(int(np.ceil(len(mv) / per_bin))) * per_bin).astype(int)
        if not len(starts):
            continue
        y = where.y(cell, sheet, mv)
        first = round(cell.left_s * sheet.speed_mm_per_s / BIN_MM)
        here = slice(first, min(first + len(starts), bins))
        count = here.stop - here.start
        next_y = y[np.append(starts[1:], len(y) - 1)]  # the line goes on into the next bin
        low[cell.row, here] = np.fmin(low[cell.row, here], np.fmin(np.fmin.reduceat(y, starts), next_y)[:count])
        high[cell.row, here] = np.fmax(high[cell.row, here], np.fmax(np.fmax.reduceat(y, starts), next_y)[:count])
    return low, high


def _reach_of_long(sheet: Sheet, where: Plan, cell: Cell, low: np.ndarray, high: np.ndarray) -> None:
    """The same of a long stretch, by its pyramid, once that is there: its samples are too many to look at."""
    record, pyramid = sheet.record, sheet.pyramid
    if record is None or pyramid is None or not pyramid.complete or cell.source not in record.leads:
        return
    row, first_s = record.leads.index(cell.source), sheet.t0_s + cell.t0_s
    per_s = sheet.speed_mm_per_s / BIN_MM
    at_s, mv = points(record, row, first_s, cell.duration_s, int(cell.duration_s * per_s), pyramid)
    here = np.clip(((cell.left_s + at_s - first_s) * per_s).astype(int), 0, len(low) - 1)
    y = where.y(cell, sheet, mv)
    np.fmin.at(low, here, y)
    np.fmax.at(high, here, y)


def _free(
    reaches: tuple[np.ndarray, np.ndarray], where: Plan, at: QPointF, size: tuple[float, float, float], room: float
) -> float | None:
    """How far right of `at` a box of this size is first free of traces; None where it is not within `room`.

    reaches : as from _reaches
    at   : left end of the letters' baseline;  size : width, height of the letters, what is clear around them
    """
    width, height, halo = size
    first = max(0, int((at.x() - where.plot_left) / BIN_MM))
    wide = int(np.ceil(width / BIN_MM)) + 1
    part = slice(first, first + wide + int(room / BIN_MM))
    low, high = reaches
    crossed = ((low[:, part] < at.y() + 0.25 * height + halo) & (high[:, part] > at.y() - height - halo)).any(axis=0)
    taken = np.concatenate([[0], np.cumsum(crossed)])
    free = np.flatnonzero(taken[wide:] == taken[: max(0, len(taken) - wide)])
    if len(taken) <= wide:  # at the right end of the page
        return None if crossed.any() else 0.0
    return float(free[0] * BIN_MM) if len(free) else None
