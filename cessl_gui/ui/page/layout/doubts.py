"""What the reader must know of a cell of the page before reading it."""

from __future__ import annotations

import math

import numpy as np

from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.offsets import offset_words
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import LOOKED_AT_S, Sheet

BEYOND = "beyond the page"
NO_SIGNAL = "no signal here"
SOME = 1000  # values of a cell that are asked first whether they are there


def doubts(sheet: Sheet, where: Plan, cell: Cell) -> str:
    """What the reader must know of a cell's lead: missing, derived, flat, cut off ...; "" where there is nothing."""
    record, lead = sheet.record, cell.source
    if record is None:
        return ""
    if lead not in record.leads:
        return "missing"
    if cell.is_continued:
        taken = f", {offset_words(sheet.offsets[cell])}" if cell in sheet.offsets else ""
        return f"jump {cell.jump_mv:+.1f} mV{taken}"
    notes = list(sheet.notes.get(lead, ()))
    if lead in record.derived and "derived" not in notes:
        notes.insert(0, "derived")
    if cell in sheet.offsets:
        notes.append(offset_words(sheet.offsets[cell]))
    if sheet.is_half(cell):
        notes.append(f"{sheet.gain(cell):g} mm/mV")
    if "off" not in notes and not has_signal(sheet, cell):
        notes.append(NO_SIGNAL)
    if is_beyond(sheet, where, cell):
        notes.append(BEYOND)
    return ", ".join(notes)


def is_beyond(sheet: Sheet, where: Plan, cell: Cell) -> bool:
    """Whether part of a cell's trace is not drawn, as its voltage leads off the page; not asked of long windows."""
    if sheet.record is None or cell.duration_s > LOOKED_AT_S:
        return False
    extremes = _extremes_mv(sheet, cell)
    if not extremes:
        return False
    ends = [where.y(cell, sheet, mv) for mv in extremes]
    top, bottom = where.reach_y(cell)
    return min(ends) < top or max(ends) > bottom


def _extremes_mv(sheet: Sheet, cell: Cell) -> tuple[float, ...]:
    """The lowest and the highest voltage that a cell shows; none where the recording is over."""
    if cell not in sheet.extremes_mv:
        shown = shown_mv(sheet, cell)
        sheet.extremes_mv[cell] = (float(np.fmin.reduce(shown)), float(np.fmax.reduce(shown))) if shown.size else ()
    return sheet.extremes_mv[cell]


def shown_mv(sheet: Sheet, cell: Cell) -> np.ndarray:
    """What a cell shows of its lead, as it is drawn; empty where the recording is over."""
    drawn = sheet.drawn
    fs_hz, start_s = drawn.record.fs_hz, sheet.t0_s + cell.t0_s - drawn.from_s
    first, last = (max(0, int(at_s * fs_hz + 1e-6)) for at_s in (start_s, start_s + cell.duration_s))
    return drawn.record.signal_mv[drawn.record.leads.index(cell.source), first:last]


def has_signal(sheet: Sheet, cell: Cell) -> bool:
    """Whether there is any value in what a cell shows of its lead."""
    shown = shown_mv(sheet, cell)
    if shown.size and math.isfinite(shown[0]):
        return True
    some = shown[:: max(1, shown.size // SOME)]  # of a day, nearly always enough
    return bool(np.isfinite(some).any() or np.isfinite(shown).any())
