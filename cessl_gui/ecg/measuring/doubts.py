"""What makes a measured figure doubtful. A doubtful figure is shown with its reason, not kept back.

Chosen on every second record of LUDB, from the first (50), judged on the others: see docs/benchmarks.md.
"""

from __future__ import annotations

import numpy as np

from cessl_gui.core.plural import counted
from cessl_gui.ecg.measuring import delineate
from cessl_gui.ecg.measuring.beats import FS_HZ, HUMP_CLEAR_S, filtered

T_FLAT_MV = 0.06  # root mean square over the leads
QUICK_S = 0.5  # an interval in which the T wave runs into the next P wave
QRS_QUICK_S = 0.35  # one in which no rest lies before the QRS complex
T_LEADS_APART_S = 0.04  # the middle 60 % of the leads' T ends
AFTER_T_S, AFTER_T_SHARE = (0.02, 0.10), 0.4  # there the line has come back to less than this share of the T wave
BOTH = 1.15  # of the shares of these two bounds together
BROAD_MS, GRADUAL_MS = 120.0, (8.0, 50.0)  # called broad; so much wider than what is shown, but not a P or T wave
SOFT_SHARES = (0.02, 0.02)  # of the largest velocity, in place of delineate.QRS_SHARES: still a part of QRS, perhaps
# In fibrillation what is so much narrower by twice the shares ends, perhaps, with the waves between the beats: 4 of 24
# real QRS complexes, and all synthetic ones that are 14 ms and more too wide.
HARD_SHARES, WAVES_MS = (0.06, 0.08), 13.0
# In any rhythm so much narrower: a T wave that begins with the end of QRS. Of 232 real ECGs without a doubt five are.
RUNS_IN_MS = 30.0
# Or the T wave is nearly as quick as QRS: at a fifth of the largest velocity that ends so much earlier (two of 754 real
# ECGs), or it is as wide as five of these are.
SLOW_SHARES, SLOW_MS, WIDEST_MS = (0.2, 0.2), 80.0, 200.0
# What a filter of 35 Hz takes off may go on beyond the marks, most of all in recorders that smooth the line but about
# QRS. Of LUDB's complexes of 100 to 120 ms it stands out in four, read by cardiologists as 90, 116, 119 and 132.
FINE_HZ, FINE_TIMES = (40.0, 150.0), 6.5  # times as high just beyond the marks as in the quiet line
FINE_FROM_MS = 100.0  # a narrower QRS is not broad with it
BESIDE_S = (0.004, 0.012)  # beyond the marks: where it is looked for ...
QUIET_S = ((0.09, 0.04), (0.04, 0.12))  # ... and where the line is quiet, before and after
UNEQUAL = 0.08  # standard deviation of the intervals beside their mean; of sinus rhythm mostly below 0.05

FEW_LEADS = 3  # with fewer, a bundle branch block may be shown as narrow: these leads do not see its end
# A wave before the one taken for T, and one between P and QRS, this high beside it, parted from it by a valley as low.
FIRST_WAVE, VALLEY = 0.2, 0.6
SECOND_P, SECOND_P_S = 0.45, 0.03

P_OF_QRS = 0.22  # as high beside QRS, over all leads; of 115 real P waves two are higher

# At a low rate a spike is blunt: of 16 synthetic paced ECGs at 250 Hz that were read 30 to 40 ms too wide 14 bend so
# sharply so long before the R peak; of 793 real ones at 250 Hz 9 that are 120 ms and wider do, two of them paced.
BLUNT_BELOW_HZ, BLUNT_TIMES, BLUNT_BEFORE_R_S = 400.0, 3.5, 0.024

MISSED = 0.1  # of the intervals: so many waves that may be beats, and were not counted
SOON_S, STEADY_S = 0.45, 0.025  # after the beat before, always at the same distance: perhaps its T wave ...
# After a beat, up to the next: where its T wave stands, or an ectopic beat that was taken for one. Of 368 real ECGs
# some beats of 5 have such waves: LUDB's 105 two beats, 15 and three of the Challenge others that are not clear.
FOLLOWS_S, LEAST_FOLLOWS_S, CLEAR_OF_NEXT_S, HEIGHT_SPAN_S = (0.20, 0.55), 0.15, 0.16, 0.04
HIGH_TIMES, HIGH_SHARE = 2.5, 0.5  # of those after the other beats; of the QRS complex
LATE = 1.1  # of the usual interval: ... but for a premature beat, after which there is a pause


def qt_doubt(beat: np.ndarray, qrs: tuple[int, int], t_end: int, rr_s: float, no_rhythm: bool) -> str:
    """Why the end of the T wave is not sure, a sentence; "" where nothing speaks against it.

    no_rhythm : no P wave, and unequal intervals
    """
    wave = delineate.smooth(beat, delineate.T_HZ) - delineate.isoelectric(beat, qrs[0])
    height = np.sqrt(np.mean(wave**2, axis=0))
    first = min(qrs[1] + _samples(delineate.T_AFTER_QRS_S), t_end - 1)
    highest = height[first:t_end].max()
    after = height[slice(*(t_end + _samples(s) for s in AFTER_T_S))][: max(0, delineate.known(beat)[1] - t_end)]
    if highest < T_FLAT_MV:
        return "QT: the T wave is flat, and its end not sure."
    if rr_s < QUICK_S:
        return "QT: at this rate the T wave may run into the next P wave."
    if no_rhythm:
        return "QT: without a P wave and with unequal intervals, as in fibrillation, the end of T is not sure."
    if _has_wave_before(height[first:t_end]):
        return "QT: two waves follow the QRS complex, and which of them is T is not sure."
    slope = after.max(initial=0.0) / (AFTER_T_SHARE * highest)
    if slope > 1:
        return "QT: the line is not level after the T wave (a U wave, a P wave, fibrillation); its end is not sure."
    apart = _leads_apart_s(wave, first, t_end, delineate.known(beat)[1]) / T_LEADS_APART_S
    if apart >= 1:
        return "QT: the leads differ in where the T wave ends."
    if slope + apart > BOTH:
        return "QT: the leads differ somewhat in where the T wave ends, and the line is not quite level after it."
    return ""


def _has_wave_before(height: np.ndarray) -> bool:
    """Whether a wave stands before the last one, parted from it by a valley. height : from QRS to the end of T"""
    peak = len(height) - 1
    while peak and height[peak - 1] >= height[peak]:
        peak -= 1
    before, last = height[: peak + 1], height[peak]
    valley = np.minimum.accumulate(before[::-1])[::-1]  # the lowest from here to the last one
    return bool(((before > FIRST_WAVE * last) & (valley < VALLEY * np.minimum(before, last))).any())


def _leads_apart_s(wave: np.ndarray, first: int, t_end: int, last: int) -> float:
    """How far the ends of the T wave in single leads lie apart."""
    ends = []
    for row, slope in zip(wave, np.abs(np.gradient(wave, axis=1)), strict=True):
        start, stop = max(first, t_end - _samples(0.20)), min(last, t_end + _samples(0.02))
        peak = start + int(np.argmax(np.abs(row[start:stop])))
        end = delineate.fallen(slope[peak : min(last, peak + _samples(0.20))], delineate.T_SHARE)
        if end is not None:
            ends.append(peak + end)
    return float(np.subtract(*np.percentile(ends, [80, 20]))) / FS_HZ if ends else np.inf


def qrs_doubt(beat: np.ndarray, spike_over: int, qrs: tuple[int, int], rr_s: float, no_rhythm: bool) -> str:
    """Why the width of QRS is not sure, a sentence; or "".

    spike_over : as from delineate.without_spike
    no_rhythm  : as in qt_doubt
    """
    if rr_s < QRS_QUICK_S:
        return "QRS: at this rate T and P waves run into it."
    if len(beat) < FEW_LEADS:
        return f"QRS: measured in {counted(len(beat), 'lead')} alone, and other leads may see more of it."
    qrs_ms = (qrs[1] - qrs[0]) / FS_HZ * 1000
    hardest = delineate.qrs_marks(beat, spike_over, HARD_SHARES)
    narrower_ms = qrs_ms - (hardest[1] - hardest[0]) / FS_HZ * 1000 if hardest else 0.0
    if no_rhythm and narrower_ms >= WAVES_MS:
        return "QRS: waves as in fibrillation may run into its beginning or its end."
    if narrower_ms >= RUNS_IN_MS or qrs_ms >= WIDEST_MS or _ends_slowly(beat, spike_over, qrs):
        return "QRS: the wave before or after it may run into it; it may be narrower than shown."
    softest = delineate.qrs_marks(beat, spike_over, SOFT_SHARES)
    widest_ms = (softest[1] - softest[0]) / FS_HZ * 1000 if softest else 0.0
    if round(qrs_ms) < BROAD_MS <= round(widest_ms) and GRADUAL_MS[0] <= widest_ms - qrs_ms <= GRADUAL_MS[1]:
        return "QRS: it begins or ends so gradually that it may be as wide as 120 ms."
    if FINE_FROM_MS <= round(qrs_ms) < BROAD_MS and fine_beside(beat, qrs) > FINE_TIMES:
        return "QRS: small quick deflections go on beyond its marks; it may be wider than shown."
    return ""


def _ends_slowly(beat: np.ndarray, spike_over: int, qrs: tuple[int, int]) -> bool:
    quick = delineate.qrs_marks(beat, spike_over, SLOW_SHARES)
    return quick is not None and (qrs[1] - quick[1]) / FS_HZ * 1000 >= SLOW_MS


def fine_beside(beat: np.ndarray, qrs: tuple[int, int]) -> float:
    """How many times as high what is quick is just before or after the QRS complex as it is in the line farther off."""
    first, last = delineate.known(beat)
    held = np.clip(np.arange(beat.shape[1]), first, last - 1)
    energy = np.mean(filtered(np.nan_to_num(beat[:, held]), FINE_HZ, "bandpass", 2) ** 2, axis=0)
    level = np.sqrt(np.convolve(energy, np.full(5, 0.2), "same"))
    (a, b), (c, d) = ((_samples(one), _samples(two)) for one, two in QUIET_S)
    quiet = np.concatenate([level[max(qrs[0] - a, first) : qrs[0] - b], level[qrs[1] + c : min(qrs[1] + d, last)]])
    near, far = (_samples(s) for s in BESIDE_S)
    sides = level[qrs[0] - far : qrs[0] - near], level[qrs[1] + near : qrs[1] + far]
    return max(float(np.median(side)) for side in sides) / max(float(np.median(quiet)), 1e-9) if len(quiet) else 0.0


def beat_doubt(beat: np.ndarray, p: tuple[int, int], qrs: tuple[int, int]) -> str:
    """Why the beats may not be QRS complexes, a sentence; or "". p : onset and offset of the P wave"""

    def height(first: int, last: int) -> float:
        wave = beat[:, first:last] - beat[:, [first]]
        return float(np.sqrt(np.mean(wave**2, axis=0)).max(initial=0.0))

    if height(*p) < P_OF_QRS * height(*qrs):
        return ""
    return "The wave before the beat is high for a P wave: it may be the QRS complex, and the beat its T wave."


def spike_doubt(beat: np.ndarray, qrs: tuple[int, int], fs_hz: float) -> str:
    """Why the QRS complex may begin with a pacemaker's spike that is not known as one, a sentence; or "".

    fs_hz : of the recording
    """
    if fs_hz >= BLUNT_BELOW_HZ or round((qrs[1] - qrs[0]) / FS_HZ * 1000) < BROAD_MS:
        return ""
    if delineate.without_spike(beat)[1] or delineate.bends(beat)[: -_samples(BLUNT_BEFORE_R_S)].max() < BLUNT_TIMES:
        return ""
    return f"QRS: at {fs_hz:g} samples a second a pacemaker's spike may have been taken for its beginning."


def p_doubt(beat: np.ndarray, p: tuple[int, int], qrs: tuple[int, int]) -> str:
    """Why the wave before the beat may not be P, a sentence; or "". p : its onset and offset"""
    smooth = delineate.smooth(beat, delineate.P_HZ)

    def height(first: int, last: int) -> float:
        part = smooth[:, first:last]
        slant = np.linspace(part[:, 0], part[:, -1], part.shape[1], axis=1)
        return float(np.sqrt(np.mean((part - slant) ** 2, axis=0)).max())

    between = p[1], qrs[0] - _samples(delineate.P_CLEAR_S)
    if between[1] - between[0] < _samples(SECOND_P_S) or height(*between) < SECOND_P * height(*p):
        return ""
    return "PR: another wave stands between this one and the QRS complex, and which of them is the P wave is not sure."


def st_doubt(rr_s: float) -> str:
    """Why the level at J + 60 ms is not sure to be that of the ST segment, a sentence; or ""."""
    return "ST: at this rate T and P waves run into the ST segment." if rr_s < QUICK_S else ""


def unequal(beats: np.ndarray) -> bool:
    """Whether the intervals differ more than those of sinus rhythm mostly do."""
    rr = np.diff(beats)
    return len(rr) > 1 and float(np.std(rr)) > UNEQUAL * float(np.mean(rr))


def rate_doubt(beats: np.ndarray, alike: np.ndarray) -> str:
    """Why the count of beats is not sure, a sentence; or ""."""
    near = np.abs(beats[:, None] - alike[None]).min(axis=1) <= _samples(0.04)
    others = np.flatnonzero(~near)
    others = others[others > 0]
    if len(others) < 3:
        return ""
    rr = np.diff(beats)
    delays = rr[others - 1] / FS_HZ
    if np.median(delays) > SOON_S or np.median(np.abs(delays - np.median(delays))) > STEADY_S:
        return ""
    usual = rr[near[:-1] & near[1:]]
    pauses = rr[others[others < len(rr)]]
    if len(usual) and len(pauses) and np.median(pauses) > LATE * np.median(usual):  # after ectopic beats
        return ""
    return "Rate: some beats come always at the same short distance after another; they may be T waves."


def followed_doubt(x: np.ndarray, beats: np.ndarray, alike: np.ndarray) -> str:
    """Why a wave that was taken for T may be a beat, a sentence; or "".

    x     : as from beats.prepared
    alike : the usual ones of the beats
    """
    span = _samples(HEIGHT_SPAN_S)
    height = np.sqrt(np.convolve(np.mean(x**2, axis=0), np.full(span, 1 / span), "same"))
    start, stop, clear, near = (_samples(s) for s in (*FOLLOWS_S, CLEAR_OF_NEXT_S, 0.05))
    waves, complexes = [], []
    for beat in alike:
        later = beats[beats > beat + start]
        end = min([beat + stop, x.shape[1], *(later[:1] - clear)])
        if end - beat - start >= _samples(LEAST_FOLLOWS_S):
            waves.append(height[beat + start : end].max())
            complexes.append(height[max(0, beat - near) : beat + near].max())
    if len(waves) < 4:
        return ""
    share = np.array(waves) / max(float(np.median(complexes)), 1e-9)
    usual = np.percentile(share, 25)
    high = np.count_nonzero((share > HIGH_TIMES * usual) & (share > HIGH_SHARE))
    if high >= max(1, MISSED * (len(beats) - 1)):
        return "Rate: a high wave follows some of the beats and not the others: it may be a beat."
    return ""


def missed_doubt(beats: np.ndarray, humps: np.ndarray, jumps: np.ndarray) -> str:
    """Why there may be more beats than were counted, a sentence; or "". humps : as from beats.beats_and_humps"""
    humps = humps[(humps > beats[0]) & (humps < beats[-1])]
    counted = np.concatenate([beats, jumps])
    missed = humps[np.abs(humps[:, None] - counted).min(axis=1) > _samples(HUMP_CLEAR_S)] if len(humps) else humps
    if not len(missed) or len(missed) < MISSED * (len(beats) - 1):
        return ""
    return "Rate: between the beats that were counted stand waves that may be beats too."


def _samples(seconds: float) -> int:
    return round(seconds * FS_HZ)
