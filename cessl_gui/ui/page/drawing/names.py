"""Where the leads' names stand: above their traces, moved right and then up until no trace runs through them.

What is said of a lead stands beside its name, or in lines under it where a trace would run through it there.
Where there is no such place, the name of a row's first lead stands before the traces, below the calibration pulse; that
of another lead further right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

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


class Block(NamedTuple):
    """A lead's name and what is said of it: beside it, or in lines under it.

    width : of the whole;  below : how far the lines reach under the name, mm
    """

    width: float
    below: float = 0.0
    under: tuple[str, ...] = ()


class Place(NamedTuple):
    """Where on the page, in mm, the baseline of a name begins, and the lines under it."""

    at: QPointF
    under: tuple[str, ...] = ()


Places = dict[Cell, Place]

ABOVE_MM, ABOVE_SHARE = 11.0, 0.35  # over its baseline; of the distance of close rows
INDENT_MM = 1.5
RIGHT_MM, UP_MM, STEP_MM = 24.0, 14.0, 2.0  # how far a name is moved, at most; steps upwards
BEFORE_MM, BELOW_PULSE_MM = 0.6, 0.6  # from the left edge of the paper; from the foot of the pulse
UNDER_MM = (32.0, 24.0, 16.0, 12.0)  # how wide lines under a name are, at most: the first that are free of traces
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

    def blocks_of(cell: Cell) -> list[Block]:
        name, words = text_width(_name(sheet, cell), ink, style), doubts(sheet, where, cell)
        blocks = [Block(name + BESIDE_MM + text_width(words, ink, note))] if words else []
        for wide in UNDER_MM if words else ():
            lines = tuple(lines_within(words, wide, ink, note))
            width = max(name, *(text_width(line, ink, note) for line in lines))
            if lines not in [block.under for block in blocks]:
                blocks.append(Block(width, len(lines) * _line_mm(note), lines))
        return [*blocks, Block(name)]

    return name_places(sheet, where, 0.75 * style.height, halo, blocks_of)


def held(names: Places, was: Sheet, before: Plan, now: Sheet, where: Plan) -> Places | None:
    """The names where they stood, as the page is moved or stretched in time: they do not dance meanwhile.

    was, before : what they were placed for;  now, where : what is drawn
    returns     : None where the page shows others, or their traces look otherwise
    """
    if _looks(was) != _looks(now) or len(was.cells) != len(now.cells):
        return None
    if was.cells == now.cells and before == where:
        return names
    pairs = list(zip(was.cells, now.cells, strict=True))
    same = all((old.lead, old.row, old.column) == (new.lead, new.row, new.column) for old, new in pairs)
    if not same or any(cell.is_cut for pair in pairs for cell in pair):
        return None
    moved = {new: where.cell(new, now).left() - before.cell(old, was).left() for old, new in pairs}
    return {new: names[old]._replace(at=names[old].at + QPointF(moved[new], 0)) for old, new in pairs}


def _looks(sheet: Sheet) -> tuple:
    """What the places of names depend on, but the time that is shown."""
    return id(sheet.record), sheet.layout, sheet.gain_mm_per_mv, sheet.half_chest, sheet.filters


def paint_names(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, places: Places | None = None) -> None:
    """The names, what is doubtful beside them, a dashed line where one lead follows another."""
    for cell, place in (places_of(sheet, where, ink) if places is None else places).items():
        _paint_name(painter, sheet, where, ink, cell, place)
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


def _paint_name(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, cell: Cell, place: Place) -> None:
    at, theme, box, style = place.at, sheet.theme, where.cell(cell, sheet), _style(sheet, where)
    words = doubts(sheet, where, cell)
    if sheet.record is not None and cell.source not in sheet.record.leads:
        style = Style(style.height, theme.muted, theme.page, bold=True, halo=HALO_PX)
    width = draw_haloed(painter, at, _name(sheet, cell), ink, style)
    if not words:
        return
    note = _note_style(sheet, where)
    if place.under:
        _paint_lines(painter, at, place.under, ink, note)
        return
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
    _paint_lines(painter, at, lines_within(rest, box.right() - at.x(), ink, note), ink, note)


def _paint_lines(painter: QPainter, at: QPointF, lines: Sequence[str], ink: Ink, note: Style) -> None:
    for number, line in enumerate(lines, 1):
        draw_haloed(painter, at + QPointF(0, number * _line_mm(note)), line, ink, note)


def _line_mm(note: Style) -> float:
    return 1.3 * note.height


def name_places(
    sheet: Sheet, where: Plan, height: float, halo: float, blocks_of: Callable[[Cell], Sequence[Block]]
) -> Places:
    """Where on the page the names stand.

    height    : of the letters;  halo : what is to be clear around them, mm
    blocks_of : a cell's name with what is said of it, as it should be put, then as it could be, last the name alone
    """
    reaches = _reaches(sheet, where)

    def placed(block: Block, usual: QPointF, most: tuple[float, float]) -> Place | None:
        """Where a block is free of traces; None where it is not within `most`."""
        size = (block.width + 2 * halo, height, halo, block.below)
        moved = _moved(reaches, where, usual - QPointF(halo, 0), size, most)
        return None if moved is None else Place(usual + moved, block.under)

    above = min(ABOVE_MM, ABOVE_SHARE * where.row_height)
    places: Places = {}
    for cell in sheet.cells:
        box = where.cell(cell, sheet)
        usual = QPointF(
            box.left() + INDENT_MM, max(where.baselines[cell.row] - above, where.grid.top() + height + halo)
        )
        blocks = blocks_of(cell)
        place: Place | None = None
        most_up = min(UP_MM, where.row_height / 2, usual.y() - where.grid.top() - height - halo)
        for block in blocks:
            room = min(RIGHT_MM, box.width() - INDENT_MM - block.width)
            if place is None and (room >= 0 or block is blocks[-1]):
                place = placed(block, usual, (max(0.0, room), most_up))
        if place is None and cell.left_s == 0:
            before = QPointF(where.grid.left() + BEFORE_MM, where.baselines[cell.row] + height + BELOW_PULSE_MM)
            place = Place(before)
        if place is None:
            wide = max(0.0, box.width() - INDENT_MM - blocks[-1].width)
            place = placed(blocks[-1], usual, (wide, most_up)) or Place(usual)
        places[cell] = place
    return places


def _moved(
    reaches: tuple[np.ndarray, np.ndarray],
    where: Plan,
    at: QPointF,
    size: tuple[float, float, float, float],
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
    reaches: tuple[np.ndarray, np.ndarray],
    where: Plan,
    at: QPointF,
    size: tuple[float, float, float, float],
    room: float,
) -> float | None:
    """How far right of `at` a box of this size is first free of traces; None where it is not within `room`.

    reaches : as from _reaches
    at   : left end of the letters' baseline
    size : width, height of the letters, what is clear around them, how far lines reach under them
    """
    width, height, halo, below = size
    first = max(0, int((at.x() - where.plot_left) / BIN_MM))
    wide = int(np.ceil(width / BIN_MM)) + 1
    part = slice(first, first + wide + int(room / BIN_MM))
    low, high = reaches
    crossed = ((low[:, part] < at.y() + 0.25 * height + halo + below) & (high[:, part] > at.y() - height - halo)).any(
        axis=0
    )
    taken = np.concatenate([[0], np.cumsum(crossed)])
    free = np.flatnonzero(taken[wide:] == taken[: max(0, len(taken) - wide)])
    if len(taken) <= wide:  # at the right end of the page
        return None if crossed.any() else 0.0
    return float(free[0] * BIN_MM) if len(free) else None
