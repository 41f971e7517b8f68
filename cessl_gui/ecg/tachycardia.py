"""Broad waves that follow each other without a rest between them, as in ventricular tachycardia: no beats stand out."""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.scipy_later import fft

INTERVAL_S = (0.22, 0.6)  # 100 to 270 a minute
WAVE_HZ = (1.0, 20.0)
ALIKE = 0.85  # correlation of the leads with themselves an interval later; of fibrillation it is far less
NEARLY = 0.9  # of the highest such correlation
SHORTER = 0.8  # of ALIKE: so alike to itself sooner than that, it is a quicker wave
OVERTONES, OVERTONES_TO, OVERTONE_WIDTH = 0.02, 5, 0.03  # share of the energy; a sine has none
LEADS, BESIDE = 6, 0.01  # of so many leads and more, the share of the energy that is not one wave in all of them
LEAST_TIMES = 5.0  # intervals, in a recording


def interval_s(signal: np.ndarray, fs_hz: float) -> float | None:
    """The interval at which the same wave comes again in all leads; None where there is none, or it is a mere sine.

    signal : (leads, samples), without NaN, of any unit
    """
    count = signal.shape[1]
    shortest, longest = (round(s * fs_hz) for s in INTERVAL_S)
    if count < LEAST_TIMES * shortest:
        return None
    waves = _waves(signal, fs_hz)
    length = fft.next_fast_len(2 * count, real=True)
    power = (np.abs(fft.rfft(waves, length)) ** 2).sum(axis=0)
    alike = fft.irfft(power, length)[: longest + 1] / np.arange(count, count - longest - 1, -1)
    alike /= max(alike[0], 1e-12)
    high = alike[shortest:] > max(ALIKE, NEARLY * alike[shortest:].max())
    at = shortest + int(np.argmax(high))  # two intervals later it may be more alike by a little
    at += int(np.argmax(alike[at : round(1.3 * at)]))
    # The way down from lag 0 is left out: there all is alike.
    rising = int(np.argmax(np.diff(alike) > 0))
    if alike[at] < ALIKE or at in (shortest, longest) or count < LEAST_TIMES * at:
        return None
    if alike[rising : round(0.75 * at)].max(initial=0.0) > SHORTER * ALIKE:
        return None
    if _overtones(power, np.arange(len(power)) * (at / length)) < OVERTONES or (len(waves) >= LEADS and _beside_one(waves) < BESIDE):
        return None
    return at / fs_hz


def _waves(signal: np.ndarray, fs_hz: float) -> np.ndarray:
    """The leads between WAVE_HZ, each of the same energy."""
    hz, count = fft.rfftfreq(signal.shape[1], 1 / fs_hz), signal.shape[1]
    gain = (hz >= WAVE_HZ[0]) & (hz <= WAVE_HZ[1])
    slant = np.linspace(signal[:, 0], signal[:, -1], count, axis=1)  # to the transform the end goes on with the start
    waves = fft.irfft(fft.rfft((signal - slant).astype(np.float64)) * gain, count)
    return waves / np.maximum(np.linalg.norm(waves, axis=1, keepdims=True), 1e-12)


def _overtones(power: np.ndarray, number: np.ndarray) -> float:
    """Share of the energy in the overtones. number : of waves in an interval, at each of power"""
    nearest = np.round(number)
    near = (nearest >= 2) & (nearest <= OVERTONES_TO) & (np.abs(number - nearest) < OVERTONE_WIDTH * nearest)
    return float(power[near].sum() / max(power.sum(), 1e-12))


def _beside_one(waves: np.ndarray) -> float:
    return 1 - float(np.linalg.eigvalsh(waves @ waves.T)[-1]) / len(waves)
