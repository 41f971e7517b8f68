"""How far each trace of a page is shifted, so that it stands beside its own lead's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cessl_gui.core.types import Record
from cessl_gui.ecg.display.level import PIECE_S, levels_and_pieces_mv, levels_mv
from cessl_gui.ecg.display.steps import Step, steps
from cessl_gui.ui.page.layout.layouts import Cell

TAKEN_FROM_MV, TAKEN_FROM_MM = 0.3, 3.0  # less stays: the trace is beside its name all the same
AROUND_S = 60.0  # of a longer recording, around the page: its level then stays while it is moved, and a drift is seen
LONGEST_S = 60.0  # longer pages show jumps as they are
BESIDE_S = 1.0  # looked at beside the page
PARTED_MV = 1.5, 100.0  # smaller jumps leave the trace beside its name, larger ones are saturation
LEAST_PART_S = 0.02  # of a cell, before a jump
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
        if cell.is_cut or not steady[row]:
            least_s = cell.duration_s if cell.is_cut else max(cell.duration_s, PIECE_S)
            from_s = first_s + cell.t0_s + (cell.duration_s - least_s) / 2
            own = levels_mv(_part(record.signal_mv[row : row + 1], fs_hz, from_s, least_s), fs_hz)[0]
            if not abs(own - level) <= JUMP_MV and np.isfinite(own):
                level = own
        if is_taken(level, gain_mm_per_mv):
            offsets[cell] = round(float(level), 1)
    return offsets


def parted_at_jumps(record: Record, cells: Sequence[Cell], first_s: float, shown_s: float) -> tuple[Cell, ...]:
    """The cells, those of leads whose line jumps in two or more parts: each can be drawn about its own level.

    record  : what is drawn
    first_s : where the page begins in it;  shown_s : how much of it the page shows
    """
    if shown_s > LONGEST_S or record.signal_mv.shape[1] == 0:
        return tuple(cells)
    fs_hz = record.fs_hz
    start_s = max(0.0, np.floor(first_s - BESIDE_S))
    part = _part(record.signal_mv, fs_hz, start_s, shown_s + first_s - start_s + BESIDE_S)
    found = dict(zip(record.leads, steps(part, fs_hz, PARTED_MV[0]), strict=True))
    if not any(found.values()):
        return tuple(cells)
    origin_s = round(start_s * fs_hz) / fs_hz - first_s  # of `part`, in seconds of the page
    return tuple(one for cell in cells for one in _parts(cell, found.get(cell.source, []), origin_s, fs_hz))


def _parts(cell: Cell, jumps: Sequence[Step], origin_s: float, fs_hz: float) -> list[Cell]:
    end_s = cell.t0_s + cell.duration_s
    within = [
        (origin_s + jump.sample / fs_hz, jump.by_mv)
        for jump in jumps
        if abs(jump.by_mv) < PARTED_MV[1]
        and cell.t0_s + LEAST_PART_S < origin_s + jump.sample / fs_hz < end_s + 1 / fs_hz
    ]
    if not within:
        return [cell]
    # Up to the last sample of each level: the line from it to the next one is the jump.
    ends = [*(at_s - 1 / fs_hz for at_s, _ in within), end_s]
    parts = []
    for (at_s, by_mv), until_s in zip([(cell.t0_s, 0.0), *within], ends, strict=True):
        parts.append(
            replace(
                cell,
                t0_s=at_s,
                duration_s=until_s - at_s,
                left_s=cell.left_s + at_s - cell.t0_s,
                jump_mv=by_mv,
                is_cut=True,
            )
        )
    return [part for part in parts if part.duration_s > 0]


def is_taken(level_mv: float, gain_mm_per_mv: float) -> bool:
    """Whether a level is taken away: it would bring the trace away from its name."""
    return abs(level_mv) > min(TAKEN_FROM_MV, TAKEN_FROM_MM / gain_mm_per_mv)


def offset_words(offset_mv: float) -> str:
    """What the reader is told of it."""
    return f"offset {offset_mv:+.1f} mV taken away"


def _part(signal_mv: np.ndarray, fs_hz: float, start_s: float, duration_s: float) -> np.ndarray:
    first = max(0, round(start_s * fs_hz))
    return signal_mv[:, first : max(first, round((start_s + duration_s) * fs_hz))]
