"""What was counted as a beat and is the T wave of the beat before."""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.measuring.beats import ALIKE, FS_HZ, QRS_BAND_HZ, QUICK_BAND_HZ, TEMPLATE_S, filtered, shapes

SOON_S, STEADY_S = 0.45, 0.025  # after the beat before; how far the distances lie about their median
SAME_RR = 0.1  # of the interval: so much may it differ with and without the wave in between
LEAST = 2  # such waves; a single interpolated beat of the ventricles is none
CLEAR_S = 0.06  # of any beat: where a wave that was not counted is looked for
AS_HIGH = (0.6, 1.6)  # times the height of the wave that was counted: so high is a T wave that was not

# Where a beat of one kind and one of another follow each other by turns all the time:
TURNS = 0.8  # share of the beats that come after one of the other kind
T_PEAK = 0.36  # times the square root of the interval, s: no T wave has its peak later
SHARPEST = 2.0  # times the share of the QRS complex that is quick: no T wave has more, however narrow its top
AFTER_S, BEFORE_S = 0.14, 0.22  # after such a wave, before the next beat: there lies the T wave of an ectopic beat
OWN_T = 0.25  # of its height: an ectopic beat has a T wave higher than that, a T wave has none
LEAST_AFTER_S = 0.08  # a pause shorter than that is none: an ectopic beat brings a longer one


def without_t_waves(x: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Those beats that are no T waves.

    Left out is a kind that always follows a beat of another kind at the same short distance, where the same wave is
    there after those beats, too, after which it was not counted, or changes nothing in when those beats come; or where
    the two come by turns, and the second is as early as a T wave and has none of its own. An ectopic beat is not there
    after the others, brings a pause, and has a T wave.

    x     : as from beats.prepared
    beats : R peaks, from find_beats
    """
    reach = int(TEMPLATE_S * FS_HZ)
    whole = beats[(beats >= reach) & (beats < x.shape[1] - reach)]
    if len(whole) < 4:
        return beats
    alike = shapes(x, whole, reach)
    alike = alike @ alike.T > ALIKE
    for kind in alike[np.argsort(-alike.sum(axis=1), kind="stable")]:
        usual, others = whole[kind], whole[~kind]
        # Seen from behind: QRS complexes before so much taller T waves that these were taken for the beats.
        behind = (x.shape[1] - 1 - at[::-1] for at in (beats, usual, others))
        again = len(others) and (_come_again(x, beats, usual, others) or _come_again(x[:, ::-1], *behind))
        if again or _by_turns(x, usual, others) or _change_nothing(beats, usual, others):
            return np.setdiff1d(beats, others)
    return beats


def _delay(beats: np.ndarray, others: np.ndarray) -> int:
    """The distance at which others always follow the beat before, in samples; 0 where they do not."""
    delays = others - beats[np.maximum(np.searchsorted(beats, others) - 1, 0)]
    delays = delays[delays > 0]  # 0: the first of all
    middle = np.median(delays) if len(delays) else np.inf
    steady = middle <= SOON_S * FS_HZ and np.median(np.abs(delays - middle)) <= STEADY_S * FS_HZ
    return int(middle) if steady else 0


def _come_again(x: np.ndarray, beats: np.ndarray, usual: np.ndarray, others: np.ndarray) -> bool:
    """Whether the same wave is there, at the same distance, after the usual beats without one of the others."""
    delay, reach = _delay(beats, others), int(TEMPLATE_S * FS_HZ)
    there = usual + delay
    there = there[there < x.shape[1] - reach]
    there = there[np.abs(there[:, None] - beats).min(axis=1, initial=x.shape[1]) > CLEAR_S * FS_HZ]
    if not delay or not len(there):
        return False
    wave, again = (np.median(_cut(x, at, reach), axis=0) for at in (others, there))
    size, other = float(np.linalg.norm(wave)), float(np.linalg.norm(again))
    as_high = AS_HIGH[0] * size < other < AS_HIGH[1] * size
    return as_high and float(np.sum(wave * again)) > ALIKE * size * other


def _change_nothing(beats: np.ndarray, usual: np.ndarray, others: np.ndarray) -> bool:
    """Whether the usual beats come after the same interval with and without one of the others in between."""
    if len(others) < LEAST or not _delay(beats, others):
        return False
    between = np.diff(np.searchsorted(beats, usual)) - 1  # beats between two of the usual kind
    rr = np.diff(usual)
    without, with_one = rr[between == 0], rr[between == 1]
    if not len(without) or len(with_one) < LEAST:
        return False
    return bool(abs(np.median(with_one) - np.median(without)) < SAME_RR * np.median(without))


def _by_turns(x: np.ndarray, usual: np.ndarray, others: np.ndarray) -> bool:
    """Whether each of the usual beats is followed by one of the others as by its T wave."""
    both = np.sort(np.concatenate([usual, others]))
    second = np.isin(both, others)
    delay = _delay(both, others)
    if not delay or min(len(usual), len(others)) < 2 or np.mean(second[1:] != second[:-1]) < TURNS:
        return False
    rr = float(np.median(np.diff(usual)))
    if delay > T_PEAK * np.sqrt(rr / FS_HZ) * FS_HZ or _quick(x, others) > SHARPEST * _quick(x, usual):
        return False
    after, before = round(AFTER_S * FS_HZ), round(BEFORE_S * FS_HZ)
    pause = round(rr) - delay - after - before
    if pause < LEAST_AFTER_S * FS_HZ:
        return True
    low = filtered(x, 15.0, "lowpass")
    rest = np.ptp(np.median(_cut(low, others + after + pause // 2, pause // 2), axis=0), axis=1)
    own = np.ptp(np.median(_cut(low, others, int(TEMPLATE_S * FS_HZ)), axis=0), axis=1)
    return float(np.linalg.norm(rest)) < OWN_T * float(np.linalg.norm(own))


def _quick(x: np.ndarray, at: np.ndarray) -> float:
    """The share of what is about these places that is quick."""
    reach = int(TEMPLATE_S * FS_HZ)
    quick, whole = (
        np.linalg.norm(_cut(filtered(x, band, "bandpass", 2), at, reach), axis=(1, 2))
        for band in (QUICK_BAND_HZ, QRS_BAND_HZ)
    )
    return float(np.median(quick / np.maximum(whole, 1e-9)))


def _cut(x: np.ndarray, at: np.ndarray, reach: int) -> np.ndarray:
    """(places, leads, samples) without their mean; what lies beyond the recording is its last value."""
    around = np.clip(at[:, None] + np.arange(-reach, reach + 1), 0, x.shape[1] - 1)
    cut = x[:, around].transpose(1, 0, 2)
    return cut - cut.mean(axis=2, keepdims=True)
