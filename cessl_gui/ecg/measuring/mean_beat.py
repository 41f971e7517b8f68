"""What the mean of a recording's beats is like: how still it is between QRS complexes, and of how many waves."""

from __future__ import annotations

import numpy as np

BEFORE_S, AFTER_S = 0.4, 0.45  # about a beat's middle: what is cut out
QRS_S, NEAR_S = 0.12, 0.13  # to either side of it: the complex; where what lies between the beats begins
AT_LEAST_S, BEFORE_NEXT_S = 0.27, 0.14  # from a beat's middle: what is looked at ends so long before the next beat
SMOOTH_S = 0.04
QRS_REACH_S, LEAST_AWAY_S, BEFORE_QRS_S = 0.10, 0.2, 0.12  # the same where changes from sample to sample are compared
NOISY = 0.3  # share of noise in a lead's mean beat; such leads are not asked


def cut_out(y: np.ndarray, beats: np.ndarray, fs_hz: float) -> np.ndarray:
    """(leads, beats, samples) about the beats: those that are whole, or all where none is. y : (leads, samples)"""
    before, after = int(BEFORE_S * fs_hz), int(AFTER_S * fs_hz)
    whole = beats[(beats >= before) & (beats + after < y.shape[1])]
    around = (whole if len(whole) else beats)[:, None] + np.arange(-before, after + 1)
    return y.take(around, axis=1, mode="clip")


def share_between(mean: np.ndarray, fs_hz: float, apart_s: float) -> np.ndarray:
    """Each lead's height before and after the QRS complex, the larger of them, beside that of the complex.

    mean : (leads, samples) as of cut_out; apart_s : from beat to beat
    """
    middle, near, width = int(BEFORE_S * fs_hz), int(NEAR_S * fs_hz), max(1, round(SMOOTH_S * fs_hz))
    reach_s = max(AT_LEAST_S, apart_s - BEFORE_NEXT_S)
    start, end = middle - int(min(BEFORE_S, reach_s) * fs_hz), middle + int(min(AFTER_S, reach_s) * fs_hz)
    total = np.cumsum(mean, axis=1)
    smooth = (total[:, width:] - total[:, :-width]) / width  # from the sample after
    sides = smooth[:, start : middle - near - width], smooth[:, middle + near : end - width]
    between = np.maximum(*(side.max(axis=1) - side.min(axis=1) for side in sides))
    complexes = mean[:, middle - int(QRS_S * fs_hz) : middle + int(QRS_S * fs_hz) + 1]
    return between / np.maximum(complexes.max(axis=1) - complexes.min(axis=1), 1e-9)


def change_between(shapes: np.ndarray, fs_hz: float, apart_s: float) -> float:
    """How much the mean beat changes from sample to sample beside the QRS complex, squared, less its noise, as a share
    of what it does in it; the lowest quarter of the leads reaches no more.

    shapes : (leads, beats, samples) as of cut_out; apart_s : from beat to beat. NaN where there is one beat
    """
    count, middle, reach = shapes.shape[1], int(BEFORE_S * fs_hz), int(QRS_REACH_S * fs_hz)
    if count < 2:
        return float("nan")
    changes = shapes[:, :, 1:] - shapes[:, :, :-1]
    mean = np.add.reduce(changes, axis=1) / count
    squares = mean**2
    scatter = np.einsum("lbs,lbs->ls", changes, changes) - count * squares
    squares -= scatter / (count * (count - 1))
    away_s = max(LEAST_AWAY_S, apart_s - BEFORE_QRS_S)
    start, end = middle - int(min(BEFORE_S, away_s) * fs_hz), middle + int(min(AFTER_S, away_s) * fs_hz)
    outside = np.concatenate([squares[:, start : middle - reach], squares[:, middle + reach : end]], axis=1)
    inside = np.add.reduce(squares[:, middle - reach : middle + reach], axis=1) / (2 * reach)
    beside = np.add.reduce(outside, axis=1) / outside.shape[1]  # ndarray.mean takes three times as long
    return float(np.sort(beside / np.maximum(inside, 1e-12))[len(shapes) // 4])


def beside_waves(shapes: np.ndarray, waves: int, least_leads: int) -> float:
    """Share of the mean beats' energy, each lead's the same, that is not in so many common waves, less their noise.

    shapes : (leads, beats, samples). NaN where fewer than two beats, or fewer leads than these with little noise
    """
    count = shapes.shape[1]
    mean = np.add.reduce(shapes, axis=1) / count
    energy = np.maximum(np.einsum("ls,ls->l", mean, mean), 1e-12)
    scatter = np.einsum("lbs,lbs->l", shapes, shapes) - count * energy
    noise = scatter / max(count * (count - 1), 1) / energy
    quiet = noise < NOISY
    if count < 2 or quiet.sum() < least_leads:
        return float("nan")
    rows = mean[quiet] / np.sqrt(energy[quiet])[:, None]
    return 1 - share_of_waves(rows, waves) - float(np.add.reduce(noise[quiet])) / len(rows)


def share_of_waves(rows: np.ndarray, waves: int) -> float:
    """Share of the energy of rows, each of length 1, in so many waves that they have in common."""
    return float(np.linalg.eigvalsh((rows @ rows.T).astype(np.float64))[-waves:].sum()) / len(rows)
