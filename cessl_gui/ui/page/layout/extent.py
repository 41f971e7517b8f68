"""From where to where a recording has signal: arrays of a fixed length are padded before and after it."""

from __future__ import annotations

import numpy as np

from cessl_gui.core.types import Record

PIECE_S = 10.0  # looked at in turn, until one has a value
LOOKED_S = 120.0  # from each end; more padding than that counts as signal


def extent_s(record: Record) -> tuple[float, float]:
    """The first second with a value in any lead, and where the last one is over; the whole where there is none."""
    samples, piece = record.signal_mv.shape[1], max(1, round(PIECE_S * record.fs_hz))
    looked = round(LOOKED_S * record.fs_hz)
    before, after = (_before(signal_mv, piece, looked) for signal_mv in (record.signal_mv, record.signal_mv[:, ::-1]))
    if before + after >= samples:
        return 0.0, record.duration_s
    return before / record.fs_hz, (samples - after) / record.fs_hz


def _before(signal_mv: np.ndarray, piece: int, looked: int) -> int:
    """Samples before the first value; 0 where there is none among those that are looked at."""
    samples = signal_mv.shape[1]
    for start in range(0, min(samples, looked), piece):
        known = np.isfinite(signal_mv[:, start : start + piece]).any(axis=0)
        if known.any():
            return start + int(known.argmax())
    return 0
