"""The voltage that a lead's line lies at, whatever its amplifier has added: what a page is drawn about."""

from __future__ import annotations

import numpy as np

PIECE_S = 2.0  # long enough for a beat, so that its line outweighs its waves
PIECES = 16  # that are looked at, evenly spread, however long the signal is
PER_PIECE = 64  # values of each; more make no difference that is seen
APART_MV = 0.5  # pieces further apart do not have one level, however far


def levels_mv(signal_mv: np.ndarray, fs_hz: float) -> np.ndarray:
    """The level of each lead: of its medians of two seconds each the one that most others are near.

    A jump leaves the level of the longer part, never one halfway, and a beat or a spike does not move it.

    signal_mv : (leads, samples); NaN and infinities are left out
    returns   : float64 (leads,), NaN where a lead has no value
    """
    return levels_and_pieces_mv(signal_mv, fs_hz)[0]


def levels_and_pieces_mv(signal_mv: np.ndarray, fs_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """As levels_mv, and the level of each piece that it comes from: float64 (leads, pieces)."""
    leads, samples = signal_mv.shape
    if samples == 0:
        return np.full(leads, np.nan), np.empty((leads, 0))
    piece = max(1, min(samples, round(PIECE_S * fs_hz)))
    starts = np.linspace(0, samples - piece, min(PIECES, samples // piece)).astype(int)
    # Not every n-th sample: of a lead with fewer samples a second all of those might be missing.
    within = np.linspace(0, piece - 1, min(PER_PIECE, piece)).astype(int)
    picked = signal_mv[:, starts[:, None] + within]
    pieces = _lower_median(picked).astype(np.float64)
    return _most_usual(pieces), pieces


def _most_usual(pieces: np.ndarray) -> np.ndarray:
    """Of each row the value that most others are near; where several are, or none, the one nearest the middle."""
    apart = np.minimum(np.nan_to_num(np.abs(pieces[:, :, None] - pieces[:, None, :]), nan=APART_MV), APART_MV)
    cost = apart.sum(axis=2) + 0.01 * np.abs(pieces - _lower_median(pieces)[:, None])
    best = np.argmin(np.nan_to_num(cost, nan=np.inf), axis=1)
    return pieces[np.arange(len(pieces)), best]


def _lower_median(values: np.ndarray) -> np.ndarray:
    """Over the last axis, of the finite values; of an even number the lower of the two in the middle."""
    finite = np.isfinite(values)
    if finite.all():
        return np.sort(values, axis=-1)[..., (values.shape[-1] - 1) // 2]
    ordered = np.sort(np.where(finite, values, values.dtype.type(np.nan)), axis=-1)  # NaN goes to the end
    middle = np.maximum(0, (finite.sum(axis=-1, keepdims=True) - 1) // 2)
    return np.take_along_axis(ordered, middle, axis=-1)[..., 0]
