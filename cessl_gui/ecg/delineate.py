"""Where the waves of a median beat begin and end: marks for all leads together, as the standards define intervals.

All marks come from one curve, the spatial velocity: how fast the leads together move at each moment (root mean square
of their slopes). A wave begins where the velocity rises above a share of its largest in that wave, and ends where it
has fallen below. No lead has marks of its own: a cardiologist's marks in the single leads lie close together (LUDB: a
median of 4 ms from their middle at QRS onset, 5 at its end, 7 at T end).
"""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.beats import BEFORE_S, FS_HZ, filtered

MARKS = ("p_onset", "p_offset", "qrs_onset", "qrs_offset", "t_offset")

R = int(BEFORE_S * FS_HZ)  # the R peak's place in a median beat

# Low-pass and shares of the largest velocity, chosen on LUDB among round numbers for no lean to either side.
QRS_HZ, QRS_ONSET_SHARE, QRS_OFFSET_SHARE = 40.0, 0.05, 0.08
T_HZ, T_SHARE = 10.0, 0.4
P_HZ, P_ONSET_SHARE, P_OFFSET_SHARE = 20.0, 0.4, 0.6

QRS_REACH_S = 0.12  # R peaks lie within this of the complex's steepest flank
QRS_STILL_S = 0.008  # so long the velocity must stay low: a notch is no end
QRS_LONGEST_S = (0.20, 0.20)  # before and after the steepest flank
NOISE_TIMES = 3.0  # what moves no faster than this times the quiet before the complex has not begun

# The spikes of LUDB's four paced records bend 19 to 80 times as sharply as what lies within 30 ms of them; nothing else
# before an R peak does so more than 6 times (its 96 other records). Of 599 ECGs of other sources one
# is taken for paced.
SPIKE_BEFORE_R_S, SPIKE_AROUND_S = 0.22, 0.03
SPIKE_TIMES, SPIKE_LEAST_MV = 10.0, 0.05
SPIKE_S = (0.006, 0.010)  # before and after its sharpest sample

T_AFTER_QRS_S, T_LONGEST_S = 0.06, 0.65
T_SHARE_OF_RR = 0.75
T_USUAL, T_USUAL_SD_S = (
    0.3,
    0.15,
)  # T peaks lie about 0.3 x sqrt(RR) s after R (Bazett's rule), U waves and the next P later
T_FALL_S = 0.16
T_LEAST_MV = 0.02  # root mean square over the leads

P_REACH_S = 0.36  # before QRS: a PR interval of 0.44 s
P_CLEAR_S = 0.016  # before QRS onset
P_FLANK_S = 0.07
P_LEAST_MV = 0.005
P_ALIKE = 0.75  # correlation of a beat's P wave with that of the others; in fibrillation mostly 0 to 0.3
P_LEAST_BEATS = 3


def velocity(beat: np.ndarray, hz: float) -> np.ndarray:
    """Spatial velocity, mV/s: (samples,) from (leads, samples). Where the beat has no value (NaN) it stands still."""
    return np.sqrt(np.mean(np.gradient(_smooth(beat, hz), axis=1) ** 2, axis=0)) * FS_HZ


def _smooth(beat: np.ndarray, hz: float) -> np.ndarray:
    return filtered(np.where(np.isfinite(beat), beat, 0.0), hz, "lowpass", 2)


def _samples(seconds: float) -> int:
    return round(seconds * FS_HZ)


def without_spike(beat: np.ndarray) -> tuple[np.ndarray, int]:
    """A median beat with a straight line in the place of a pacemaker's spike, and the sample where the spike is over.

    returns : the beat itself and 0 where there is no spike
    """
    bend = np.sqrt(np.mean(np.nan_to_num(np.diff(beat, 2, axis=1)) ** 2, axis=0))
    reach, first = _samples(SPIKE_AROUND_S), R - _samples(SPIKE_BEFORE_R_S) - 1
    near = np.lib.stride_tricks.sliding_window_view(bend[first - reach : R + reach], 2 * reach + 1)
    times = bend[first:R] / np.maximum(np.median(near, axis=1), SPIKE_LEAST_MV / SPIKE_TIMES)
    sharpest = int(np.argmax(times))
    if times[sharpest] < SPIKE_TIMES:
        return beat, 0
    start, stop = (first + 1 + sharpest + _samples(s) for s in (-SPIKE_S[0], SPIKE_S[1]))
    clean = beat.copy()
    clean[:, start : stop + 1] = np.linspace(beat[:, start], beat[:, stop], stop + 1 - start, axis=1)
    return clean, stop


def qrs_marks(beat: np.ndarray, not_before: int = 0) -> tuple[int, int] | None:
    """QRS onset and offset of a median beat, in samples; None where the complex does not stand out.

    not_before : where a pacemaker's spike is over; a paced complex begins after it
    """
    v = velocity(beat, QRS_HZ)
    first = R - _samples(QRS_REACH_S)
    peak = first + int(np.argmax(v[first : R + _samples(QRS_REACH_S)]))
    quiet = NOISE_TIMES * np.percentile(v[R - _samples(0.26) : R - _samples(0.08)], 20)
    if v[peak] < 2 * quiet or v[peak] == 0:
        return None
    before, after = (_samples(s) for s in QRS_LONGEST_S)
    onset = _still(v[peak - before : peak + 1][::-1] < max(QRS_ONSET_SHARE * v[peak], quiet))
    offset = _still(v[peak : peak + after] < max(QRS_OFFSET_SHARE * v[peak], quiet))
    return None if onset is None or offset is None else (max(peak - onset, not_before), peak + offset)


def _still(low: np.ndarray) -> int | None:
    """Where the first stretch of QRS_STILL_S begins in which all is low."""
    long = np.lib.stride_tricks.sliding_window_view(low, _samples(QRS_STILL_S)).all(axis=1)
    return int(np.argmax(long)) if long.any() else None


def t_offset(beat: np.ndarray, qrs: tuple[int, int], rr_s: float) -> int | None:
    """T end of a median beat, in samples; None where no T wave rises from the line or its end is not in the beat."""
    known = np.flatnonzero(np.isfinite(beat).all(axis=0))
    low = qrs[1] + _samples(T_AFTER_QRS_S)
    high = min(known[-1], R + _samples(min(T_SHARE_OF_RR * rr_s, T_LONGEST_S))) if len(known) else 0
    if high - low < _samples(0.05):
        return None
    height = np.sqrt(np.mean((_smooth(beat, T_HZ) - isoelectric(beat, qrs[0])) ** 2, axis=0))
    late_s = (np.arange(low, high) - R) / FS_HZ - T_USUAL * np.sqrt(rr_s)
    peak = low + int(np.argmax(height[low:high] * np.exp(-0.5 * (late_s / T_USUAL_SD_S) ** 2)))
    if height[peak] < T_LEAST_MV:
        return None
    v = velocity(beat, T_HZ)[peak : min(high + 1, peak + _samples(T_FALL_S))]
    steepest = int(np.argmax(v))
    ended = v[steepest:] <= T_SHARE * v[steepest]
    return peak + steepest + int(np.argmax(ended)) if ended.any() else None


def isoelectric(beat: np.ndarray, qrs_onset: int) -> np.ndarray:
    """(leads, 1) mV: the line just before the QRS complex."""
    return np.nanmedian(beat[:, qrs_onset - _samples(0.024) : qrs_onset - _samples(0.004)], axis=1, keepdims=True)


def p_window(beat: np.ndarray, qrs: tuple[int, int], t_end: int | None, rr_s: float) -> slice:
    """Where in the median beat a P wave is looked for: between the T wave before and the QRS complex."""
    known = np.flatnonzero(np.isfinite(beat).all(axis=0))
    first = max(qrs[0] - _samples(P_REACH_S), known[0] if len(known) else qrs[0])
    if t_end is not None:
        first = max(first, t_end - _samples(rr_s) + _samples(0.01))
    return slice(first, max(first, qrs[0] - _samples(P_CLEAR_S)))


def p_marks(beat: np.ndarray, window: slice) -> tuple[int, int] | None:
    """P onset and offset within a window of a median beat, in samples; None where nothing rises from the line."""
    length = window.stop - window.start
    if length < _samples(0.04):
        return None
    part = _smooth(beat, P_HZ)[:, window]
    slant = np.linspace(part[:, 0], part[:, -1], length, axis=1)
    height = np.sqrt(np.mean((part - slant) ** 2, axis=0))
    peak = window.start + int(np.argmax(height))
    flank = _samples(P_FLANK_S)
    v = velocity(beat, P_HZ)
    rise = v[max(window.start, peak - flank) : peak][::-1]
    fall = v[peak : min(window.stop, peak + flank)]
    if height.max() < P_LEAST_MV or not len(rise) or not len(fall):
        return None
    up, down = peak - 1 - int(np.argmax(rise)), peak + int(np.argmax(fall))
    before = v[window.start : up + 1][::-1] <= P_ONSET_SHARE * v[up]
    after = v[down : window.stop] <= P_OFFSET_SHARE * v[down]
    onset = up - int(np.argmax(before)) if before.any() else window.start
    if not after.any():  # a slope that runs on into the QRS complex is its beginning
        return None
    return onset, down + int(np.argmax(after))


def p_likeness(x: np.ndarray, alike: np.ndarray, p: tuple[int, int]) -> float:
    """How alike the beats are where the P wave is: the median correlation of one beat with all others.

    x      : as from beats.prepared
    alike  : R peaks
    p      : onset and offset in the median beat
    source : slopes are compared, so that what is left of a T wave, a slow slant, does not count
    """
    slopes = np.gradient(filtered(x, P_HZ, "lowpass", 2), axis=1)
    first, last = p[0] - R, p[1] - R
    cut = np.array([slopes[:, r + first : r + last] for r in alike if r + first >= 0])
    if len(cut) < P_LEAST_BEATS:
        return 0.0
    found = []
    for i, one in enumerate(cut):
        others = np.median(np.delete(cut, i, axis=0), axis=0)
        found.append(np.sum(one * others) / (np.linalg.norm(one) * np.linalg.norm(others) + 1e-12))
    return float(np.median(found))
