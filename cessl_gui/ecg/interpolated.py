"""What was counted as a beat and is the T wave of the beat before: it comes soon, and leaves the next beat in time."""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.beats import ALIKE, FS_HZ, TEMPLATE_S, shapes

SOON_S, STEADY_S = 0.45, 0.025  # after the beat before; how far the distances lie about their median
SAME_RR = 0.1  # of the interval: so much may it differ with and without the wave in between
LEAST = 2  # such waves; a single interpolated beat of the ventricles is none


def without_t_waves(x: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Those beats that are no T waves.

    Left out is a kind that always follows a beat of another kind at the same short distance, where that other beat
    comes after the same interval whether or not it has been there. An ectopic beat brings a pause.

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
        t_waves = whole[~kind]
        if len(t_waves) >= LEAST and _are_t_waves(beats, whole[kind], t_waves):
            return np.setdiff1d(beats, t_waves)
    return beats


def _are_t_waves(beats: np.ndarray, usual: np.ndarray, others: np.ndarray) -> bool:
    delays = others - beats[np.maximum(np.searchsorted(beats, others) - 1, 0)]
    delays = delays[delays > 0]  # 0: the first of all
    middle = np.median(delays) if len(delays) else np.inf
    if middle > SOON_S * FS_HZ or np.median(np.abs(delays - middle)) > STEADY_S * FS_HZ:
        return False
    between = np.diff(np.searchsorted(beats, usual)) - 1  # beats between two of the usual kind
    rr = np.diff(usual)
    without, with_one = rr[between == 0], rr[between == 1]
    if not len(without) or len(with_one) < LEAST:
        return False
    return bool(abs(np.median(with_one) - np.median(without)) < SAME_RR * np.median(without))
