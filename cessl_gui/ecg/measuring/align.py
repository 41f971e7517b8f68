"""Two ECGs of one person on top of each other: beats of a lead, and the shift that puts one beat on another."""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.measuring.beats import FS_HZ, LEAST_FS_HZ, find_beats, prepared


def r_peaks_s(signal_mv: np.ndarray, fs_hz: float) -> np.ndarray:
    """Seconds of the R peaks of one lead; none where there is less than a second of it.

    signal_mv : (samples,), mV, NaN in gaps
    """
    if fs_hz < LEAST_FS_HZ or np.isfinite(signal_mv).sum() < fs_hz:
        return np.empty(0)
    return find_beats(prepared(signal_mv[None], fs_hz)) / FS_HZ


def shift_s(own_s: np.ndarray, other_s: np.ndarray, start_s: float, stop_s: float) -> float | None:
    """How much later to read the other ECG so that the first own beat within start_s..stop_s falls on its nearest beat.

    returns : None where there is no such beat
    """
    inside = own_s[(own_s >= start_s) & (own_s < stop_s)]
    if not inside.size or not other_s.size:
        return None
    return float(other_s[np.argmin(np.abs(other_s - inside[0]))] - inside[0])
