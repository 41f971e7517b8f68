"""How far each trace of a page is shifted, so that it stands beside its own lead's name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cessl_gui.core.types import Record
from cessl_gui.ecg.level import PIECE_S, levels_and_pieces_mv, levels_mv
from cessl_gui.ui.page.layouts import Cell

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
    levels, pieces = levels_and_pieces_mv(_part(record.signal_mv, fs_hz, start, around_s), fs_hz)
    steady = np.abs(pieces - levels[:, None]).max(axis=1, initial=0) < JUMP_MV / 2  # spares most cells the question
    rows = {lead: row for row, lead in enumerate(record.leads)}
    offsets = {}
    for cell in cells:
        row = rows.get(cell.source)
        if row is None:
            continue
        level = levels[row]
        if not steady[row]:
            least_s = max(cell.duration_s, PIECE_S)
            from_s = first_s + cell.t0_s + (cell.duration_s - least_s) / 2
            own = levels_mv(_part(record.signal_mv[row : row + 1], fs_hz, from_s, least_s), fs_hz)[0]
            if not abs(own - level) <= JUMP_MV and np.isfinite(own):
                level = own
        if is_taken(level, gain_mm_per_mv):
            offsets[cell] = round(float(level), 1)
    return offsets


def is_taken(level_mv: float, gain_mm_per_mv: float) -> bool:
    """Whether a level is taken away: it would bring the trace away from its name."""
    return abs(level_mv) > min(TAKEN_FROM_MV, TAKEN_FROM_MM / gain_mm_per_mv)


def offset_words(offset_mv: float) -> str:
    """What the reader is told of it."""
    return f"offset {offset_mv:+.1f} mV taken away"


def _part(signal_mv: np.ndarray, fs_hz: float, start_s: float, duration_s: float) -> np.ndarray:
    first = max(0, round(start_s * fs_hz))
    return signal_mv[:, first : max(first, round((start_s + duration_s) * fs_hz))]
