"""Broad waves that follow each other without a rest between them, as in ventricular tachycardia: no beats stand out."""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.scipy_later import fft

INTERVAL_S = (0.22, 0.6)  # 100 to 270 a minute
WAVE_HZ = (1.0, 20.0)
ALIKE = 0.85  # correlation of the leads with themselves an interval later; of fibrillation it is far less
NEARLY = 0.9  # of the highest such correlation
SHORTER = 0.8  # of ALIKE: so alike to itself sooner than that, it is a quicker wave
OVERTONES, OVERTONES_TO = 0.02, 5.5  # share of the energy; a sine has none
TONE_WIDTH = 0.03  # of a tone's frequency
LEADS, BESIDE = 6, 0.02  # of so many quiet leads and more, the share of the energy that is not one wave in all of them
QUICK_S = 0.385  # at quicker rates also one wave in all leads: rather a wrong ECG than a tachycardia refused
NOISY = 0.3  # share of a lead's energy
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
    number = np.arange(len(power)) * (at / length)  # of waves in an interval, at each of the spectrum
    overtones = (np.round(number) >= 2) & (np.abs(number - np.round(number)) < TONE_WIDTH * np.round(number))
    is_sine = power[overtones & (number < OVERTONES_TO)].sum() < OVERTONES * power.sum()
    noise = 1 - (waves[:, at:] * waves[:, :-at]).sum(axis=1) * count / (count - at)
    is_pulse = at / fs_hz > QUICK_S and _is_one_wave(waves, noise)
    return None if is_sine or is_pulse else at / fs_hz


def _waves(signal: np.ndarray, fs_hz: float) -> np.ndarray:
    """The leads between WAVE_HZ, each of the same energy."""
    hz, count = fft.rfftfreq(signal.shape[1], 1 / fs_hz), signal.shape[1]
    gain = (hz >= WAVE_HZ[0]) & (hz <= WAVE_HZ[1])
    slant = np.linspace(signal[:, 0], signal[:, -1], count, axis=1)  # to the transform the end goes on with the start
    waves = fft.irfft(fft.rfft((signal - slant).astype(np.float64)) * gain, count)
    return waves / np.maximum(np.linalg.norm(waves, axis=1, keepdims=True), 1e-12)


def _is_one_wave(waves: np.ndarray, noise: np.ndarray) -> bool:
    """Whether all leads hold the same wave, noise apart. noise : (leads,) share of each lead's energy"""
    quiet = noise < NOISY
    if quiet.sum() < LEADS:
        return False
    common = float(np.linalg.eigvalsh(waves[quiet] @ waves[quiet].T)[-1]) / int(quiet.sum())
    return 1 - common - float(noise[quiet].mean()) < BESIDE
