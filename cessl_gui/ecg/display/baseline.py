"""The slow wandering of a lead's line, apart from its beats: what a high-pass of 0.05 Hz is to take away, and no more.

A linear filter so slow follows the beats too: one broad beat, a pause or the ends of ten seconds bend the line by
0.1 mV. Here the line is found between the beats, as the smooth curve that most of the signal lies near, and it is never
steeper than STEEPEST: between the level before a QRS and its ST segment it cannot change by more than 0.02 mV, but
where a recording of more than 33 s drifts by more than 0.6 mV in 10 s.
"""

from __future__ import annotations

import numpy as np

from cessl_gui.ecg.scipy_later import ndimage

NODE_S = 0.2  # from one place that the line is found at to the next
STEEPEST = 0.05  # mV/s: in the 0.4 s between the level before a broad QRS and J + 60 ms no more than 0.02 mV
NEAR_MV = (0.3, 0.1, 0.05)  # in turn: what lies further off the line counts less and less: T waves, jumps
STILL_MV = 0.02  # so little bent, a line is a flat one
PER_NODE = 12  # samples of each that are looked at
TILT_S2 = 5.0  # s^2, against tilting the line by the T wave that a recording ends with
REACH = 3.0  # widths of the bell that are looked at
MEAN_S = 15.0  # to either side: the mean that a flat line lies near
LOOKED_S = 120.0  # so far around a drift is spread that would be too steep


def node_samples(fs_hz: float) -> int:
    """Samples of one node."""
    return max(1, round(NODE_S * fs_hz))


def settling_s(hz: float) -> float:
    """How far around a place the signal has a part in the line there."""
    return REACH * _width_s(hz) + LOOKED_S + MEAN_S + NODE_S


def baseline_mv(signal_mv: np.ndarray, fs_hz: float, hz: float, start: int = 0, stop: int | None = None) -> np.ndarray:
    """The line that moves no faster than `hz`, of the samples start to stop.

    signal_mv : (leads, samples), NaN in gaps; a stretch of a recording is to begin at a whole node of it
    returns   : float64 (leads, stop - start); 0 for a lead without values
    """
    leads, samples = signal_mv.shape
    stop = samples if stop is None else stop
    every = node_samples(fs_hz)
    parts = _parts(signal_mv, every)
    # A short recording is always given whole, and is looked at whole.
    looked, meant = (round(s / NODE_S) for s in (LOOKED_S, MEAN_S))
    if samples <= settling_s(hz) * fs_hz:
        looked = meant = parts.shape[1]
    line = _no_steeper(_smooth(parts, _width_s(hz) / NODE_S), STEEPEST * every / fs_hz, looked)
    line = _flat_where_it_is(line, meant)
    at = (np.arange(start, stop) - (every - 1) / 2) / every
    where = np.arange(parts.shape[1])
    return np.stack([np.interp(at, where, row) for row in line]) if leads and samples else np.zeros((leads, len(at)))


def _width_s(hz: float) -> float:
    """Of the bell whose mean passes 0.7 of what goes up and down at `hz`."""
    return np.sqrt(np.log(2)) / (2 * np.pi * hz)


def _flat_where_it_is(line: np.ndarray, reach: int) -> np.ndarray:
    """The line without the bends of at most STILL_MV about its mean: those are the beats', or nobody's."""
    ones = np.ones(2 * reach + 1)
    count = ndimage.correlate1d(np.ones(line.shape[1]), ones, mode="constant")
    slow = ndimage.correlate1d(line, ones, axis=1, mode="constant") / count
    bend = line - slow
    return slow + np.sign(bend) * np.maximum(np.abs(bend) - STILL_MV, 0)


def _parts(signal_mv: np.ndarray, every: int) -> np.ndarray:
    """Of each `every` samples some, float32 (leads, nodes, samples of one); NaN where there is none."""
    leads, samples = signal_mv.shape
    count = -(-samples // every)
    padded = np.full((leads, count * every), np.nan, np.float32)
    padded[:, :samples] = signal_mv
    return padded.reshape(leads, count, every)[:, :, :: max(1, every // PER_NODE)]


def _smooth(parts: np.ndarray, width: float) -> np.ndarray:
    """A straight line through what lies around each node, weighed by a bell and by how near it lies to the line.

    Samples are weighed, not the medians of the nodes: how many of those lie on a T wave depends on where in the beat
    they fall, and in a regular rhythm that shifts slowly, as a baseline does.
    """
    reach = int(np.ceil(REACH * width))
    away = np.arange(-reach, reach + 1)
    bell = np.exp(-((away / width) ** 2) / 2)
    kernels = bell, bell * away * NODE_S, bell * (away * NODE_S) ** 2
    total = lambda x, power: ndimage.correlate1d(x, kernels[power], axis=1, mode="constant")  # noqa: E731
    known = np.isfinite(parts)
    some = parts[:, :, :1]  # for about the median of a lead; 0 for one without values
    middle = np.nanmedian(np.where(np.isfinite(some).any(axis=1, keepdims=True), some, 0), axis=1, keepdims=True)
    y = np.where(known, parts - middle, 0)
    weight = known.astype(np.float32)
    for near_mv in (*NEAR_MV, None):
        weights, weighted = np.einsum("lns->ln", weight), np.einsum("lns,lns->ln", weight, y)
        w, wt, wtt = (total(weights.astype(float), power) for power in range(3))
        wy, wty = (total(weighted.astype(float), power) for power in range(2))
        wtt = wtt + TILT_S2 * w
        line = (wtt * wy - wt * wty) / np.maximum(wtt * w - wt**2, 1e-12)
        if near_mv:
            off = (y - line.astype(np.float32)[:, :, None]) / np.float32(near_mv)
            weight = known / (1 + off * off)
    return line + middle[:, :, 0]


def _no_steeper(line: np.ndarray, most: float, reach: int) -> np.ndarray:
    """A line that changes by no more than `most` from node to node, amid what such lines above and below would be.

    reach : nodes that are looked at to either side
    """
    slope, half = most * np.arange(line.shape[1]), -(-reach // 2)

    def lowest(values: np.ndarray, way: int) -> np.ndarray:
        return ndimage.minimum_filter1d(values, size=2 * half + 1, origin=way, axis=1, mode="nearest")

    def highest(values: np.ndarray, way: int) -> np.ndarray:
        return ndimage.maximum_filter1d(values, size=2 * half + 1, origin=way, axis=1, mode="nearest")

    below = np.minimum(lowest(line - slope, half) + slope, lowest(line + slope, -half) - slope)
    above = np.maximum(highest(line + slope, half) - slope, highest(line - slope, -half) + slope)
    return (below + above) / 2
