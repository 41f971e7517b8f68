"""The height and the rate that an ECG can have, and what is said of one that has another."""

from __future__ import annotations

import numpy as np

USUAL_RATES_HZ = (80.0, 10_000.0)
USUAL_SPAN_MV = (0.05, 20.0)  # between the 1st and the 99th percentile of all leads
LARGEST_MV = 1000.0  # beyond any ECG, and any offset of electrodes
PART = 1 << 20  # values that are looked at together: a long recording is not in memory


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
    thinned = signal_mv[:, :: max(1, signal_mv.shape[1] // 5000)]
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
    few = signal_mv[:, :: max(1, signal_mv.shape[1] // 100)]
    spans = np.sort(np.ptp(few, axis=1))
    return bool(USUAL_SPAN_MV[0] < spans[len(spans) // 2] < USUAL_SPAN_MV[1] / 4)


def _doubtful_value(signal_mv: np.ndarray) -> str:
    step = max(1, PART // len(signal_mv))
    for start in range(0, signal_mv.shape[1], step):
        part = np.abs(signal_mv[:, start : start + step])
        beyond = part > LARGEST_MV  # a gap is not
        if beyond.any():
            largest = float(part[beyond].max())
            said = f"{largest:,.0f}" if largest < 1e9 else f"{largest:.3g}"
            return f"a value is {said} mV, which no ECG has: it may stand for one that is missing"
    return ""
