"""How far each trace of a page is shifted, so that it stands beside its own lead's name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cessl_gui.core.types import Record
from cessl_gui.ecg.level import PIECE_S, levels_mv
from cessl_gui.ui.layouts import Cell

TAKEN_FROM_MV, TAKEN_FROM_MM = 0.3, 3.0  # less stays: the trace is beside its name all the same
AROUND_S = 60.0  # of a longer recording, around the page: its level then stays while it is moved, and a drift is seen
JUMP_MV = 0.5  # a cell so far from its lead's level is drawn about its own


def offsets_mv(
    record: Record, cells: Sequence[Cell], first_s: float, shown_s: float, gain_mm_per_mv: float
) -> dict[Cell, float]:
    """What is taken away from each cell's trace, in mV, in whole tenths; cells from which nothing is are left out.

    All cells of a lead have one level, that of the recording around the page, so that a drift stays to be seen; only
    where a cell lies far from it, after a jump, does it have its own.

    record  : what is drawn
    first_s : where the page begins in it;  shown_s : how much of it the page shows
    """
    fs_hz, samples = record.fs_hz, record.signal_mv.shape[1]
    around_s = max(AROUND_S, shown_s)
    start = max(0.0, min(first_s + shown_s / 2 - around_s / 2, samples / fs_hz - around_s))
    of_lead = _levels(record, start, around_s, range(len(record.leads)))
    found = {}
    rows = {lead: row for row, lead in enumerate(record.leads)}
    parts = dict.fromkeys((cell.t0_s, cell.duration_s) for cell in cells)
    for t0_s, duration_s in parts:
        here = [cell for cell in cells if (cell.t0_s, cell.duration_s) == (t0_s, duration_s) and cell.source in rows]
        least_s = max(duration_s, PIECE_S)
        own = _levels(record, first_s + t0_s + (duration_s - least_s) / 2, least_s, [rows[c.source] for c in here])
        for cell, level in zip(here, own, strict=True):
            usual = of_lead[rows[cell.source]]
            if not abs(level - usual) > JUMP_MV:
                level = usual
            if is_taken(level, gain_mm_per_mv):
                found[cell] = round(float(level), 1)
    return found


def is_taken(level_mv: float, gain_mm_per_mv: float) -> bool:
    """Whether a level is taken away: it would bring the trace away from its name."""
    return abs(level_mv) > min(TAKEN_FROM_MV, TAKEN_FROM_MM / gain_mm_per_mv)


def offset_words(offset_mv: float) -> str:
    """What the reader is told of it."""
    return f"offset {offset_mv:+.1f} mV taken away"


def _levels(record: Record, start_s: float, duration_s: float, rows: Sequence[int]) -> np.ndarray:
    first = max(0, round(start_s * record.fs_hz))
    part = record.signal_mv[:, first : max(first, round((start_s + duration_s) * record.fs_hz))]
    return levels_mv(part[list(rows)] if len(rows) < len(record.leads) else part, record.fs_hz)
