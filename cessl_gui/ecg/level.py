"""The voltage that a lead's line lies at, whatever its amplifier has added: what a page is drawn about."""

from __future__ import annotations

import numpy as np

PIECE_S = 2.0  # long enough for a beat, so that its line outweighs its waves
PIECES = 16  # that are looked at, evenly spread, however long the signal is
PER_PIECE = 125  # values of each; more make no difference that is seen


def levels_mv(signal_mv: np.ndarray, fs_hz: float) -> np.ndarray:
    """The level of each lead: the median of the medians of two seconds each, always a level that some of them have.

    A jump leaves the level of the longer part, never one halfway, and a beat or a spike does not move it.

    signal_mv : (leads, samples); NaN and infinities are left out
    returns   : float64 (leads,), NaN where a lead has no value
    """
    leads, samples = signal_mv.shape
    if samples == 0:
        return np.full(leads, np.nan)
    piece = max(1, min(samples, round(PIECE_S * fs_hz)))
    starts = np.linspace(0, samples - piece, min(PIECES, samples // piece)).astype(int)
    # Not every n-th sample: of a lead with fewer samples a second all of those might be missing.
    within = np.linspace(0, piece - 1, min(PER_PIECE, piece)).astype(int)
    picked = signal_mv[:, starts[:, None] + within]
    return _lower_median(_lower_median(picked.astype(np.float64)))


def _lower_median(values: np.ndarray) -> np.ndarray:
    """Over the last axis, of the finite values; of an even number the lower of the two in the middle."""
    finite = np.isfinite(values)
    ordered = np.sort(np.where(finite, values, np.nan), axis=-1)  # NaN goes to the end
    middle = np.maximum(0, (finite.sum(axis=-1, keepdims=True) - 1) // 2)
    return np.take_along_axis(ordered, middle, axis=-1)[..., 0]
