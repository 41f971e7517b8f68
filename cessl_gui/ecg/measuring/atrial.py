"""Whether a wave before the QRS complex is the only one of its kind, or one of many as in flutter and in AV block."""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.measuring.beats import FS_HZ, filtered
from cessl_gui.ecg.measuring.delineate import bridged

# Of 485 real ECGs with a wave before QRS that keeps its shape, five have such waves: those of PTB-XL labelled flutter,
# on which this was chosen.
FLUTTER_PER_MIN = (240.0, 350.0)  # what is called atrial flutter, 2 to 4 waves to a beat
FLUTTER_HZ = (3.0, 20.0)
FLUTTER_ALIKE = 0.8  # correlation of neighbouring waves, in the middle lead

# Where T waves cover the others, a flutter wave is looked for a cycle before or after the one taken for P: without the
# direction in which the leads show the T wave, and in what is quicker than it.
CYCLES_S = (0.17, 0.30)  # 200 to 350 a minute: flutter is slower under drugs
T_ENDS = 0.45  # of the interval, after the QRS complex: there the T wave lies
BESIDE_T_HZ, ABOVE_T_HZ = (5.0, 25.0), (8.0, 25.0)
SOON_ALIKE, SOON_TIMES = 0.82, (0.5, 2.0)  # correlation over all leads, and times as high; of 614 real P waves 0.80
LONGEST_P_S = 0.18  # none of them is longer

AGAIN_ALIKE = 0.85  # correlation over all leads of the P wave with what lies elsewhere between two QRS complexes
AGAIN_TIMES = (0.6, 1.6)  # as high as the P wave: a T wave is higher
AGAIN_CLEAR_S = 0.02  # of the QRS complexes


def flutters(beat: np.ndarray, qrs: tuple[int, int], rr_s: float) -> bool:
    """Whether what lies between two QRS complexes comes in two, three or four equal waves, as quick as atrial flutter.

    Such a wave may keep its distance from the QRS complex (2:1, 4:1), and is yet no P wave.

    rr_s : as in p_window
    """
    waves = filtered(np.nan_to_num(_continued(bridged(beat, *qrs), _samples(rr_s))), FLUTTER_HZ, "bandpass")
    clear = _samples(0.010)
    waves = waves[:, qrs[1] + clear : qrs[0] + _samples(rr_s) - clear]
    slowest, quickest = FLUTTER_PER_MIN
    for cycle_s in (rr_s / 2, rr_s / 3, rr_s / 4):
        if not slowest <= 60 / cycle_s <= quickest:
            continue
        for lag in range(_samples(0.95 * cycle_s), _samples(1.05 * cycle_s) + 1):
            one, next_ = waves[:, :-lag], waves[:, lag:]
            if one.shape[1] < _samples(0.05):
                continue
            size = np.linalg.norm(one, axis=1) * np.linalg.norm(next_, axis=1)
            if np.median(np.sum(one * next_, axis=1) / np.maximum(size, 1e-12)) > FLUTTER_ALIKE:
                return True
    return False


def comes_again(beat: np.ndarray, qrs: tuple[int, int], p: tuple[int, int], rr_s: float) -> bool:
    """Whether the wave before the QRS complex is there a second time before the next, as high and alike.

    p    : its onset and offset
    rr_s : as in flutters
    """
    rr, length = _samples(rr_s), p[1] - p[0]
    whole = filtered(np.nan_to_num(_continued(bridged(beat, *qrs), rr)), FLUTTER_HZ, "bandpass")
    wave = whole[:, p[0] : p[1]]
    size = float(np.linalg.norm(wave))
    # From after this complex to before the P wave of the next, or to the end of the beat.
    first, last = qrs[1] + _samples(AGAIN_CLEAR_S), min(p[0] + rr, whole.shape[1]) - length
    if last <= first or not size:
        return False
    there = np.lib.stride_tricks.sliding_window_view(whole[:, first : last + length], length, axis=1)
    sizes = np.sqrt((there**2).sum(axis=(0, 2)))
    likeness = np.einsum("lis,ls->i", there, wave) / np.maximum(sizes * size, 1e-12)
    as_high = (sizes > AGAIN_TIMES[0] * size) & (sizes < AGAIN_TIMES[1] * size)
    return bool(likeness[as_high].max(initial=0.0) > AGAIN_ALIKE)


def comes_soon(beat: np.ndarray, qrs: tuple[int, int], p: tuple[int, int], rr_s: float) -> bool:
    """Whether the wave before the QRS complex is there again a cycle of flutter before or after it, or fills a cycle.

    p, rr_s : as in comes_again
    """
    if p[1] - p[0] > _samples(LONGEST_P_S):
        return True
    rr = _samples(rr_s)
    cycle = _cycle(beat, qrs, rr)
    line = np.median(cycle[:, -_samples(0.02) :], axis=1, keepdims=True)
    t_wave = cycle[:, _samples(0.04) : int(T_ENDS * rr)] - line
    if not t_wave.shape[1]:
        return False
    direction = np.linalg.svd(t_wave, full_matrices=False)[0][:, :1]
    views = (cycle - direction @ (direction.T @ cycle), BESIDE_T_HZ), (cycle, ABOVE_T_HZ)
    first, length = cycle.shape[1] - (qrs[0] - p[0]), p[1] - p[0]
    return any(_likeness_soon(_filtered_cycle(x, rr, hz), first, length) > SOON_ALIKE for x, hz in views)


def _cycle(beat: np.ndarray, qrs: tuple[int, int], rr: int) -> np.ndarray:
    """What lies from the end of one QRS complex to the beginning of the next, from either side of the median beat."""
    at = np.arange(qrs[1] - rr, qrs[0])
    later = np.minimum(at + rr, beat.shape[1] - 1)
    before = beat[:, np.maximum(at, 0)]
    known = np.isfinite(before) & (at >= 0)
    return np.nan_to_num(np.where(known, before, beat[:, later]))


def _filtered_cycle(cycle: np.ndarray, rr: int, hz: tuple[float, float]) -> np.ndarray:
    """The cycle filtered as one of many, straight lines in the place of the QRS complexes between them."""
    gap = max(rr - cycle.shape[1], 1)
    line = np.linspace(cycle[:, -1], cycle[:, 0], gap + 2, axis=1)[:, 1:-1]
    many = np.concatenate([cycle, line] * 3, axis=1)
    return filtered(many, hz, "bandpass", 2)[:, rr : rr + cycle.shape[1]]


def _likeness_soon(x: np.ndarray, first: int, length: int) -> float:
    """The highest correlation of the wave that begins at first with one of about its height, a cycle of flutter off."""
    wave = x[:, first : first + length]
    size, best = float(np.linalg.norm(wave)), 0.0
    for lag in range(_samples(CYCLES_S[0]), _samples(CYCLES_S[1]) + 1):
        for start in (first - lag, first + lag):
            if start < 0 or start + length > x.shape[1]:
                continue
            other = x[:, start : start + length]
            times = float(np.linalg.norm(other)) / max(size, 1e-12)
            if SOON_TIMES[0] < times < SOON_TIMES[1]:
                best = max(best, float(np.sum(wave * other)) / (times * size**2))
    return best


def _continued(beat: np.ndarray, rr: int) -> np.ndarray:
    """A median beat in which samples that belong to a neighbouring beat are taken from its own, rr samples off."""
    known = beat.copy()
    for here, there in ((slice(rr, None), slice(None, -rr)), (slice(None, -rr), slice(rr, None))):
        known[:, here] = np.where(np.isfinite(known[:, here]), known[:, here], beat[:, there])
    return known


def _samples(seconds: float) -> int:
    return round(seconds * FS_HZ)
