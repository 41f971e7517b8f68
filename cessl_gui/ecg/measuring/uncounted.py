"""Waves between the beats that nothing explains: ectopic beats that were taken for T waves, or for nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cessl_gui.ecg.measuring.beats import FS_HZ

# Chosen on 153 synthetic ECGs with regular ectopy whose rate was wrong without a word, of which 18 are left; of 971
# real ECGs with a sure rate seven have such waves: a beat that was not counted, or large disturbances.
HZ = 100  # enough to see a wave of 50 ms
BEFORE_S, LONGEST_S = 0.15, 1.6  # of a beat: what is looked at
LINE_S, QRS_S = (-0.12, -0.05), (-0.05, 0.11)  # about the R peak: the line, and the complex
AFTER_QRS_S, CLEAR_OF_NEXT_S, CLEAR_OF_P_S = 0.14, 0.16, 0.28
T_PEAK, T_FALLS_S = 0.36, 0.13  # no T wave has its peak later than so many times the root of the interval
ECTOPIC_T_S = 0.60  # after an ectopic beat its T wave is over by then
LARGEST = 1.5  # times its QRS complex: no single lead counts for more
USUAL_LATE = 0.12  # of the QRS complex, after each beat; of real ECGs 0.08 at most
AS_HIGH, T_S, SLOW_S = 0.7, (0.20, 0.55), 1.25  # or in the T wave's place, in an interval that two beats may fill
# After some beats: so high, so many times, in such a share of the intervals. 0.42 three times and 0.5 once are more
# than any of 2,407 real ECGs with a sure rate has: 0.33 and 0.29.
UNLIKE = ((0.5, 1, 0.06), (0.42, 3, 0.10))  # unlike the others
LATE = ((0.5, 1, 0.0), (0.3, 1, 0.06), (0.15, 2, 0.10))  # where a T wave is over

EACH = "Rate: after each beat stands a wave that may be a beat: it is late, or high, for a T wave."
SOME = "Rate: after some beats stands a wave that is not there after the others: it may be a beat."


def uncounted_doubt(x: np.ndarray, beats: np.ndarray, alike: np.ndarray) -> str:
    """Why there may be more beats than were counted, a sentence; or "".

    x     : as from beats.prepared
    beats : R peaks; alike: those of the usual kind
    """
    if len(beats) < 3 or len(alike) < 3:
        return ""
    step = FS_HZ // HZ
    y = x[:, : x.shape[1] // step * step].reshape(len(x), -1, step).mean(axis=2)
    is_alike = np.abs(beats[:, None] - alike).min(axis=1) <= round(0.04 * FS_HZ)
    at = beats // step
    usual = float(np.median(np.diff(at)))
    t_over = T_PEAK * np.sqrt(usual / HZ) * HZ + T_FALLS_S * HZ
    lags = np.arange(-round(BEFORE_S * HZ), min(round(LONGEST_S * HZ), int(1.1 * np.diff(at).max()) + 1))
    next_ = np.append(at[1:], y.shape[1])
    known = (at[:, None] + lags >= 0) & (lags < np.minimum(next_ - at, y.shape[1] - at)[:, None] - AFTER_QRS_S * HZ)
    cut = y[:, np.clip(at[:, None] + lags, 0, y.shape[1] - 1)]  # (leads, beats, lags)
    enough = known[is_alike].sum(axis=0) >= max(3, 0.5 * is_alike.sum())
    line, qrs = ((lags >= a * HZ) & (lags < b * HZ) & enough for a, b in (LINE_S, QRS_S))
    if not line.any() or not qrs.any():
        return ""
    expected = np.zeros((len(y), len(lags)))
    expected[:, enough] = _median_known(cut[:, is_alike][:, :, enough], known[is_alike][:, enough])
    complex_ = expected[:, qrs] - np.median(expected[:, line], axis=1, keepdims=True)
    largest = LARGEST * np.abs(complex_).max(axis=1, keepdims=True)

    def height(wave: np.ndarray) -> float:
        return _height(np.clip(wave, -largest, largest)) / max(_height(complex_), 1e-9)

    late = (lags >= t_over) & (lags < usual - CLEAR_OF_P_S * HZ) & enough
    if late.sum() > 8:
        wave = expected[:, late]
        if height(wave - np.linspace(wave[:, 0], wave[:, -1], wave.shape[1], axis=1)) > USUAL_LATE:
            return EACH
    t_wave = (lags >= T_S[0] * HZ) & (lags < T_S[1] * HZ) & enough
    if usual > SLOW_S * HZ and height(expected[:, t_wave]) > AS_HIGH:
        return EACH
    unlike, after_t = [], []
    for beat, interval in enumerate(np.diff(at)):
        free = lags < interval - CLEAR_OF_NEXT_S * HZ
        wave = cut[:, beat] - expected
        between = (lags >= AFTER_QRS_S * HZ) & free & enough & is_alike[beat]
        if between.sum() >= 8:
            unlike.append(height(wave[:, between] - np.median(wave[:, between], axis=1, keepdims=True)))
        begin = t_over if is_alike[beat] else ECTOPIC_T_S * HZ
        beyond = (lags >= begin) & (lags < interval - CLEAR_OF_P_S * HZ) & ~(enough & is_alike[beat])
        if beyond.sum() >= 4:
            after_t.append(height(cut[:, beat][:, beyond] - cut[:, beat][:, beyond][:, -1:]))
    return SOME if _are_several(unlike, UNLIKE, len(at) - 1) or _are_several(after_t, LATE, len(at) - 1) else ""


def _are_several(heights: Sequence[float], least: Sequence[tuple[float, int, float]], intervals: int) -> bool:
    return any(sum(one > high for one in heights) >= max(times, share * intervals) for high, times, share in least)


def _median_known(cut: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(leads, lags) median over those beats of which a lag is known. cut : (leads, beats, lags)"""
    in_order = np.sort(np.where(known, cut, np.inf), axis=1)
    count, lags = known.sum(axis=0), np.arange(known.shape[1])
    return (in_order[:, (count - 1) // 2, lags] + in_order[:, count // 2, lags]) / 2


def _height(wave: np.ndarray) -> float:
    """The highest moment over all leads."""
    return float(np.sqrt(np.mean(wave**2, axis=0).max(initial=0.0)))
