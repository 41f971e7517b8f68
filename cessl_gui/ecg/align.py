"""Two ECGs of one person on top of each other: beats of a lead, and the shift that puts one beat on another."""

from __future__ import annotations

import numpy as np
from scipy import signal as dsp

BAND_HZ = (5.0, 25.0)  # where a QRS complex is strongest against P, T and wander
REFRACTORY_S = 0.25
HIGH_SHARE = 0.3  # of the energy of the stronger beats


def r_peaks_s(signal_mv: np.ndarray, fs_hz: float) -> np.ndarray:
    """Seconds of the tallest point of each QRS complex; good enough to lay beats on each other, not to measure.

    signal_mv : (samples,), mV, NaN in gaps
    """
    known = np.isfinite(signal_mv)
    if fs_hz <= 2.5 * BAND_HZ[1] or known.sum() < fs_hz:
        return np.empty(0)
    time = np.arange(len(signal_mv))
    x = np.interp(time, time[known], signal_mv[known])
    band = dsp.sosfiltfilt(dsp.butter(2, BAND_HZ, "bandpass", fs=fs_hz, output="sos"), x)
    energy = np.convolve(band**2, np.ones(max(1, round(0.1 * fs_hz))), "same")
    least = HIGH_SHARE * np.quantile(energy, 0.98)
    if least <= 0:
        return np.empty(0)
    peaks, _ = dsp.find_peaks(energy, height=least, distance=max(1, round(REFRACTORY_S * fs_hz)))
    reach = round(0.06 * fs_hz)
    tallest = [max(0, p - reach) + int(np.argmax(np.abs(band[max(0, p - reach) : p + reach + 1]))) for p in peaks]
    return np.array(tallest) / fs_hz


def shift_s(own_s: np.ndarray, other_s: np.ndarray, start_s: float, stop_s: float) -> float | None:
    """How much later to read the other ECG so that the first own beat within start_s..stop_s falls on its nearest beat.

    returns : None where there is no such beat
    """
    inside = own_s[(own_s >= start_s) & (own_s < stop_s)]
    if not inside.size or not other_s.size:
        return None
    return float(other_s[np.argmin(np.abs(other_s - inside[0]))] - inside[0])
