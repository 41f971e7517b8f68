"""The height and the rate that an ECG can have, and what is said of one that has another."""

from __future__ import annotations

import numpy as np

from cessl_gui.core.scratch import PART, release

USUAL_RATES_HZ = (80.0, 10_000.0)
USUAL_SPAN_MV = (0.05, 20.0)  # between the 1st and the 99th percentile of all leads
LARGEST_MV = 1000.0  # beyond any ECG, and any offset of electrodes
ALONE_FROM_MV, ALONE_MV, ALONE, ALONE_TIMES = 5.0, 2.0, 0.25, 3  # a value, so far from all others, also of their range


def doubts(signal_mv: np.ndarray, fs_hz: float) -> list[str]:
    """What an ECG's amplitude and rate would have to be, where that cannot be."""
    said = []
    if not USUAL_RATES_HZ[0] <= fs_hz <= USUAL_RATES_HZ[1]:
        said.append(f"{fs_hz:g} Hz is an unusual sampling rate")
    if doubt := _doubtful_height(signal_mv) or _doubtful_value(signal_mv):
        said.append(doubt)
    return said


def _doubtful_height(signal_mv: np.ndarray) -> str:
    if _is_surely_usual(signal_mv):
        return ""
    thinned = _every(signal_mv, max(1, signal_mv.shape[1] // 5000))
    held = thinned[np.isfinite(thinned).any(axis=1)]
    if not held.size:
        return "no lead has a signal"
    low, high = np.nanpercentile(held, (1, 99), axis=1)
    span = float(np.median(high - low))
    if span > USUAL_SPAN_MV[1] or 0 < span < USUAL_SPAN_MV[0] / 10:
        return f"the ECG would be {span:.3g} mV high: its unit may be wrong"
    return ""


def _is_surely_usual(signal_mv: np.ndarray) -> bool:
    """Whether some hundred samples show that the height is well within what is usual: percentiles cost a reading."""
    few = _every(signal_mv, max(1, signal_mv.shape[1] // 100))
    spans = np.sort(few.max(axis=1) - few.min(axis=1))
    return bool(USUAL_SPAN_MV[0] < spans[len(spans) // 2] < USUAL_SPAN_MV[1] / 4)


def _every(signal_mv: np.ndarray, step: int) -> np.ndarray:
    """Every so many samples of each lead. To look at one of a long recording brings thousands into memory."""
    if signal_mv.size <= PART:
        return signal_mv[:, ::step]
    rows = []
    for row in signal_mv:
        rows.append(row[::step].copy())
        release(signal_mv)
    return np.stack(rows)


def _doubtful_value(signal_mv: np.ndarray) -> str:
    step = max(1, PART // len(signal_mv))
    for start in range(0, signal_mv.shape[1], step):
        release(signal_mv)
        part = signal_mv[:, start : start + step]
        low, high = np.fmin.reduce(part, axis=1), np.fmax.reduce(part, axis=1)  # a gap is not
        largest = max(-float(np.fmin.reduce(low)), float(np.fmax.reduce(high)))
        if largest > LARGEST_MV:
            said = f"{largest:,.0f}" if largest < 1e9 else f"{largest:.3g}"
            return f"a value is {said} mV, which no ECG has: it may stand for one that is missing"
        if not largest > ALONE_FROM_MV:
            continue
        for row, ends in zip(part, zip(low, high, strict=True), strict=True):
            for end in ends:
                if abs(end) > ALONE_FROM_MV and (times := _times_alone(row, end)):
                    return (
                        f"a lead has {end:.5g} mV {times:,} times, and nothing near it: it may stand for missing values"
                    )
    return ""


def _times_alone(row: np.ndarray, end: float) -> int:
    """How often a lead has exactly its lowest or highest value, where that lies far from all others; else 0."""
    others = row[(row != end) & np.isfinite(row)]
    times = int(np.count_nonzero(row == end))
    if times < ALONE_TIMES or not len(others):
        return 0
    low, high = float(others.min()), float(others.max())
    return times if max(low - float(end), float(end) - high) > max(ALONE_MV, ALONE * (high - low)) else 0
