"""Where the waves of a median beat begin and end: marks for all leads together, as the standards define intervals.

A wave begins where a velocity rises above a share of its largest in that wave, and ends where it has fallen below.
For P and T that is the spatial velocity: how fast the leads together move at each moment (root mean square of their
slopes). The QRS complex is marked in each lead, and lasts from the first onset to the last offset, the lead that goes
furthest at either end left out. In the spatial velocity the steep flanks of a bundle branch block hide its slow end;
in the leads that see that end best they do not.
"""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.measuring.beats import BEFORE_S, FS_HZ, NEIGHBOUR_S, filtered

MARKS = ("p_onset", "p_offset", "qrs_onset", "qrs_offset", "t_offset")

R = int(BEFORE_S * FS_HZ)  # the R peak's place in a median beat

# Low-pass and shares of the largest velocity, chosen on LUDB among round numbers; those of QRS on either half of the
# records, which chose the same, for the least 90th percentile of the errors of the whole, no normal ECG called broad.
QRS_HZ, QRS_SHARES = 35.0, (0.03, 0.04)  # onset, end
QRS_OWN = 0.7  # how much a lead's own velocity counts beside that of all leads together
T_HZ, T_SHARE = 10.0, 0.4
P_HZ, P_ONSET_SHARE, P_OFFSET_SHARE = 20.0, 0.4, 0.6

QRS_REACH_S = 0.12  # R peaks lie within this of the complex's steepest flank
QRS_STILL_S = 0.008  # so long the velocity must stay low: a notch is no end
QRS_LONGEST_S = (0.20, 0.20)  # before and after the steepest flank
QRS_LONGEST_OF_RR = (0.3, 0.45)  # the same at a quick rate: what moves earlier or later is a T or P wave
QUIET_S = (0.26, 0.08)  # before the R peak: where the quiet before the complex is looked for
NOISE_TIMES = 3.0
RESTLESS_QUICK = 0.06  # of the largest velocity, where the beat before cuts off the quiet before the complex
ODD_LEAD_FROM = 4  # leads; with fewer, none is left out

# The spikes of LUDB's four paced records bend 19 to 80 times as sharply as what lies within 30 ms of them; nothing else
# before an R peak does so more than 6 times (its 96 other records). Of 599 ECGs of other sources one
# is taken for paced.
SPIKE_BEFORE_R_S, SPIKE_AROUND_S = 0.22, 0.03
SPIKE_TIMES, SPIKE_LEAST_MV = 10.0, 0.05
SPIKE_S = (0.006, 0.010)  # before and after its sharpest sample

T_AFTER_QRS_S, T_LONGEST_S = 0.06, 0.65
T_SHARE_OF_RR = 0.75
# T peaks lie about 0.3 x sqrt(RR) s after R (Bazett's rule), U waves and the next P later.
T_USUAL, T_USUAL_SD_S = 0.3, 0.15
T_FALL_S = 0.16
T_LEAST_MV = 0.02  # root mean square over the leads

P_REACH_S = 0.36  # before QRS: a PR interval of 0.44 s
P_CLEAR_S = 0.016  # before QRS onset
P_WITHOUT_T_END_S = 0.5  # the interval below which P lies where the T wave before may: its end must be known
P_FLANK_S = 0.07
P_LEAST_MV = 0.005
P_ALIKE = 0.75  # correlation of a beat's P wave with that of the others; in fibrillation mostly 0 to 0.3
P_LEAST_BEATS = 3


def velocity(beat: np.ndarray, hz: float) -> np.ndarray:
    """Spatial velocity, mV/s: (samples,) from (leads, samples). Beyond what is known of the beat it stands still."""
    return np.sqrt(np.mean(np.gradient(smooth(beat, hz), axis=1) ** 2, axis=0)) * FS_HZ


def smooth(beat: np.ndarray, hz: float) -> np.ndarray:
    """A median beat without what is quicker than hz; beyond what is known of it, the last value."""
    first, last = known(beat)
    held = np.clip(np.arange(beat.shape[1]), first, last - 1)  # a step where the beat ends would be a wave
    return filtered(np.nan_to_num(beat[:, held]), hz, "lowpass", 2)


def known(beat: np.ndarray) -> tuple[int, int]:
    """First and last sample, the latter not included, of what a median beat holds: NaN lies before and after."""
    there = np.flatnonzero(np.isfinite(beat).all(axis=0))
    return (int(there[0]), int(there[-1]) + 1) if len(there) else (0, beat.shape[1])


def _samples(seconds: float) -> int:
    return round(seconds * FS_HZ)


def without_spike(beat: np.ndarray) -> tuple[np.ndarray, int]:
    """A median beat with a straight line in the place of a pacemaker's spike, and the sample where the spike is over.

    returns : the beat itself and 0 where there is no spike
    """
    times = bends(beat)
    sharpest = int(np.argmax(times))
    if times[sharpest] < SPIKE_TIMES:
        return beat, 0
    start, stop = (R - len(times) + 1 + sharpest + _samples(s) for s in (-SPIKE_S[0], SPIKE_S[1]))
    return bridged(beat, start, stop), stop


def bends(beat: np.ndarray) -> np.ndarray:
    """How many times as sharply as what lies about it a median beat bends at each moment up to its R peak."""
    bend = np.sqrt(np.mean(np.nan_to_num(np.diff(beat, 2, axis=1)) ** 2, axis=0))
    reach, first = _samples(SPIKE_AROUND_S), R - _samples(SPIKE_BEFORE_R_S) - 1
    near = np.lib.stride_tricks.sliding_window_view(bend[first - reach : R + reach], 2 * reach + 1)
    return bend[first:R] / np.maximum(np.median(near, axis=1), SPIKE_LEAST_MV / SPIKE_TIMES)


def bridged(beat: np.ndarray, start: int, stop: int) -> np.ndarray:
    """A straight line from one sample to another."""
    clean = beat.copy()
    clean[:, start : stop + 1] = np.linspace(beat[:, start], beat[:, stop], stop + 1 - start, axis=1)
    return clean


def qrs_marks(
    beat: np.ndarray, not_before: int = 0, shares: tuple[float, float] = QRS_SHARES
) -> tuple[int, int] | None:
    """Onset and offset of the whole QRS complex of a median beat, in samples; None where it does not stand out.

    Of four leads and more the second onset and the last offset but one, so that no single lead decides; of fewer the
    first and the last.

    not_before : where a pacemaker's spike is over; a paced complex begins after it
    shares     : of the largest velocity, at which it begins and ends
    source     : intervals of the whole complex, earliest onset to latest offset (AHA/ACC/HRS 2007, part I)
    """
    onsets, offsets = (np.sort(marks[np.isfinite(marks)]) for marks in lead_qrs_marks(beat, not_before, shares).T)
    if not len(onsets):
        return None
    odd = 1 if len(onsets) >= ODD_LEAD_FROM else 0
    return int(onsets[odd]), int(offsets[-1 - odd])


def lead_qrs_marks(beat: np.ndarray, not_before: int = 0, shares: tuple[float, float] = QRS_SHARES) -> np.ndarray:
    """(leads, 2) QRS onset and offset in each lead of a median beat, in samples; NaN where a lead has no clear one.

    A lead's curve is made of its own velocity and the spatial one, each as a share of its largest: where a lead
    happens to stand still within the complex, the others say that it is not over.
    """
    slopes = np.abs(np.gradient(smooth(beat, QRS_HZ), axis=1))
    spatial = np.sqrt(np.mean(slopes**2, axis=0))
    around = slice(R - _samples(QRS_REACH_S), R + _samples(QRS_REACH_S))
    peak = around.start + int(np.argmax(spatial[around]))
    marks = np.full((len(beat), 2), np.nan)
    first, last = known(beat)
    if not spatial[peak] > 2 * _restless(spatial, first):
        return marks
    before, after = _qrs_reach(first)
    for row, own in enumerate(slopes):
        largest = own[around].max()
        if not largest > 2 * _restless(own, first):
            continue
        v = QRS_OWN * own / largest + (1 - QRS_OWN) * spatial / spatial[peak]
        restless = RESTLESS_QUICK if first > R - _samples(QUIET_S[0]) else _restless(v, first)
        onset = _still(v[max(peak - before, first) : peak + 1][::-1] < max(shares[0], restless))
        offset = _still(v[peak : min(peak + after, last)] < max(shares[1], restless))
        if onset is not None and offset is not None:
            marks[row] = max(peak - onset, not_before), peak + offset
    return marks


def _qrs_reach(first: int) -> tuple[int, int]:
    """How far before and after its steepest flank a complex may reach, in samples, in a beat that begins at first."""
    rr_s = (R - first) / FS_HZ + NEIGHBOUR_S  # of a slow heart less than it is, and beyond what bounds the complex
    before, after = (min(s, share * rr_s) for s, share in zip(QRS_LONGEST_S, QRS_LONGEST_OF_RR, strict=True))
    return _samples(before), _samples(after)


def _restless(v: np.ndarray, first: int) -> float:
    """What moves no faster than this has not begun: some times the quiet before the complex, from the first sample."""
    start, stop = (R - _samples(s) for s in QUIET_S)
    return NOISE_TIMES * float(np.percentile(v[min(max(start, first), stop - 1) : stop], 20))


def _still(low: np.ndarray) -> int | None:
    """Where the first stretch of QRS_STILL_S begins in which all is low."""
    long = np.lib.stride_tricks.sliding_window_view(low, _samples(QRS_STILL_S)).all(axis=1)
    return int(np.argmax(long)) if long.any() else None


def t_offset(beat: np.ndarray, qrs: tuple[int, int], rr_s: float) -> int | None:
    """T end of a median beat, in samples; None where no T wave rises from the line or its end is not in the beat."""
    low = qrs[1] + _samples(T_AFTER_QRS_S)
    high = min(known(beat)[1] - 1, R + _samples(min(T_SHARE_OF_RR * rr_s, T_LONGEST_S)))
    if high - low < _samples(0.05):
        return None
    height = np.sqrt(np.mean((smooth(beat, T_HZ) - isoelectric(beat, qrs[0])) ** 2, axis=0))
    late_s = (np.arange(low, high) - R) / FS_HZ - T_USUAL * np.sqrt(rr_s)
    peak = low + int(np.argmax(height[low:high] * np.exp(-0.5 * (late_s / T_USUAL_SD_S) ** 2)))
    if height[peak] < T_LEAST_MV:
        return None
    end = fallen(velocity(beat, T_HZ)[peak : min(high + 1, peak + _samples(T_FALL_S))], T_SHARE)
    return None if end is None else peak + end


def fallen(v: np.ndarray, share: float) -> int | None:
    """Where a velocity has fallen to a share of its largest, after that; None where it has not."""
    steepest = int(np.argmax(v)) if len(v) else 0
    ended = v[steepest:] <= share * v[steepest] if len(v) else v
    return steepest + int(np.argmax(ended)) if ended.any() else None


def isoelectric(beat: np.ndarray, qrs_onset: int) -> np.ndarray:
    """(leads, 1) mV: the line just before the QRS complex."""
    before = beat[:, qrs_onset - _samples(0.024) : qrs_onset - _samples(0.004)]
    middle = np.median if np.isfinite(before).all() else np.nanmedian  # the latter takes many times as long
    return middle(before, axis=1, keepdims=True)


def p_window(beat: np.ndarray, qrs: tuple[int, int], t_end: int | None, rr_s: float) -> slice:
    """Where in the median beat a P wave is looked for: between the T wave before and the QRS complex.

    rr_s : the usual interval before these beats, which in bigeminy is not the mean of all
    """
    first = max(qrs[0] - _samples(P_REACH_S), known(beat)[0])
    if t_end is not None:
        first = max(first, t_end - _samples(rr_s) + _samples(0.01))
    elif rr_s < P_WITHOUT_T_END_S:
        first = qrs[0]
    return slice(first, max(first, qrs[0] - _samples(P_CLEAR_S)))


def p_marks(beat: np.ndarray, window: slice) -> tuple[int, int] | None:
    """P onset and offset within a window of a median beat, in samples; None where no wave rises from the line in it.

    What has begun before the window is no P wave of this beat: the T wave before, or fibrillation and flutter.
    """
    length = window.stop - window.start
    if length < _samples(0.04):
        return None
    part = smooth(beat, P_HZ)[:, window]
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
    if not before[:-1].any() or not after.any():  # a slope that runs on into the QRS complex is its beginning
        return None
    return up - int(np.argmax(before)), down + int(np.argmax(after))


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
    likeness = []
    for i, one in enumerate(cut):
        others = np.median(np.delete(cut, i, axis=0), axis=0)
        likeness.append(np.sum(one * others) / (np.linalg.norm(one) * np.linalg.norm(others) + 1e-12))
    return float(np.median(likeness))
