"""What was taken for a beat and is a jump of the line: an electrode touched, a cable moved."""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.measuring.beats import FS_HZ

# Of 7,823 beats of real ECGs (the Challenge's and a quarter of PTB-XL's here) 3 pass all three bounds; made jumps of
# 1 mV and more in several leads do, unless they fall on a QRS complex.
LEVEL_SHARE = 0.55  # of the whole range: the line stays where the jump has brought it; after QRS it comes back
RISE_SHARE = 0.85  # of the whole range, within RISE_S
LEVEL_TIMES = 8.0  # the usual change of level across a beat of this recording: ST elevation is in every beat

RISE_S = 0.020  # what a jump becomes at 100 Hz
REACH_S = 0.14  # from the beat's place to the jump
LEVEL_S = (0.016, 0.096)  # from the jump: where the level before and after is read
LEAST_BEATS = 3  # with fewer, none counts as usual


def without_jumps(x: np.ndarray, beats: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the beats, the jumps), in samples, of what find_beats has found.

    x : as from beats.prepared
    """
    if len(beats) < LEAST_BEATS:
        return beats, beats[:0]
    level, whole, rise, at = np.array([_across(x, beat) for beat in beats]).T
    jump = (level > LEVEL_SHARE * whole) & (rise > RISE_SHARE * whole) & (level > LEVEL_TIMES * np.median(level))
    return beats[~jump], at[jump].astype(int)


def _across(x: np.ndarray, beat: int) -> tuple[float, float, float, int]:
    """Change of level, range and steepest rise about a beat, mV over all leads, and where that rise is."""
    reach, half = int(REACH_S * FS_HZ), int(RISE_S / 2 * FS_HZ)
    first = max(beat - reach, 0)
    part = x[:, first : beat + reach + 1]
    rises = np.sum((part[:, 2 * half :] - part[:, : -2 * half]) ** 2, axis=0)
    at = first + half + int(np.argmax(rises))
    near, far = (int(s * FS_HZ) for s in LEVEL_S)
    if at < far or at + far > x.shape[1]:  # a beat that the recording cuts off has no level on one side
        return 0.0, 1.0, 0.0, at
    before, after = x[:, at - far : at - near], x[:, at + near : at + far]
    level = np.linalg.norm(np.median(after, axis=1) - np.median(before, axis=1))
    whole = np.linalg.norm(np.ptp(x[:, at - far : at + far], axis=1))
    return float(level), float(whole), float(np.sqrt(rises.max())), at
