"""The hum of the mains in a lead, found between the beats and taken away as the sine that it is.

A recursive notch rings after each QRS and leaves the hum in place at both ends of a recording. Here a sine is fitted
to each few periods, beside a parabola for the ECG, and smoothed over a second; what no sine explains, such as a QRS,
hardly counts. Where all pieces around a place are explained badly, the hum there is what can be told from chance.
"""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.scipy_later import ndimage

PERIODS = 4  # of the mains in each piece
WIDTH_S = 0.3  # of the bell: follows a mains that is off by 0.1 Hz
REACH = 3.0  # widths of the bell that are looked at
QUIET_MV = 0.005  # what the sine leaves unexplained of a piece that counts fully
SURE = 3.0  # a hum so many times its uncertainty is taken away by half


def settling_s() -> float:
    """How far around a place the signal has a part in the hum there."""
    return REACH * WIDTH_S


def hum_mv(signal_mv: np.ndarray, fs_hz: float, hz: float) -> np.ndarray:
    """The part of each lead that swings at `hz`.

    signal_mv : (leads, samples), NaN in gaps
    returns   : float64 of the same shape; 0 where there is too little to tell
    """
    leads, samples = signal_mv.shape
    every = max(1, round(PERIODS * fs_hz / hz))
    count = samples // every
    if count == 0:
        return np.zeros((leads, samples))
    fitted, weights, errors = _pieces(signal_mv[:, : count * every].reshape(leads, count, every), fs_hz, hz)
    width = WIDTH_S * fs_hz / every
    away = np.arange(-int(np.ceil(REACH * width)), int(np.ceil(REACH * width)) + 1)
    bell = np.exp(-((away / width) ** 2) / 2)
    total = np.maximum(ndimage.correlate1d(weights, bell, axis=1, mode="constant"), 1e-12)
    smooth = ndimage.correlate1d(weights * fitted, bell, axis=1, mode="constant") / total
    variance = ndimage.correlate1d((weights * errors) ** 2, bell**2, axis=1, mode="constant") / total**2
    energy = np.abs(smooth) ** 2
    # Steps and loose electrodes hold some of every frequency: that is no hum, and taking it away bends the line.
    smooth *= energy / np.maximum(energy + SURE**2 * variance, 1e-18)
    return _swung(smooth, every, 2 * np.pi * hz / fs_hz)[:, :samples]


def _swung(sines: np.ndarray, every: int, omega: float) -> np.ndarray:
    """The sines as a signal: from the middle of each piece to that of the next they change evenly.

    omega : radians a sample
    """
    half = every // 2
    held = np.concatenate([sines[:, :1], sines, sines[:, -1:], sines[:, -1:]], axis=1)  # beyond the first and last
    phase = np.exp(1j * omega * ((np.arange(held.shape[1] - 1) - 1) * every + half))
    begun, change = held[:, :-1] * phase, np.diff(held, axis=1) * phase
    at = np.arange(every)
    cosine, sine, share = np.cos(omega * at), np.sin(omega * at), at / every
    basis = np.stack([cosine, -sine, share * cosine, -share * sine])
    parts = np.stack([begun.real, begun.imag, change.real, change.imag], axis=2) @ basis
    return parts.reshape(len(sines), -1)[:, every - half :]


def _pieces(pieces: np.ndarray, fs_hz: float, hz: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each piece the sine, as a complex number relative to the first sample of all; how much it counts; its error.

    Its error is what is left unexplained as chance would leave it.
    """
    count, every = pieces.shape[1:]
    t = np.arange(every) - (every - 1) / 2
    omega = 2 * np.pi * hz / fs_hz * np.arange(every)
    terms = np.stack([np.ones(every), t, t**2, np.cos(omega), -np.sin(omega)], axis=1)
    known = np.isfinite(pieces).all(axis=2)
    values = np.where(known[:, :, None], pieces, 0.0).astype(np.float64)
    fitted = values @ np.linalg.pinv(terms).T
    left = np.sqrt(np.mean((values - fitted @ terms.T) ** 2, axis=2))
    begun = np.exp(-2j * np.pi * hz / fs_hz * every * np.arange(count))
    sines = (fitted[:, :, 3] + 1j * fitted[:, :, 4]) * begun
    return sines, known / (1 + (left / QUIET_MV) ** 2), left * np.sqrt(4 / every)
