"""Where the line of a lead jumps to another level and stays there: an electrode touched, an amplifier set back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NODE_S = 0.2  # of each so long the median: a QRS is gone from it
PER_NODE = 8  # values of each that are looked at
FAR, NEAR = 10, 2  # nodes before and after that have to differ; the near ones tell a jump from a drift
LEAST = 5  # nodes of a level: a wave is no level
NEAR_SHARE = 0.6
MOST = 4  # jumps of one lead within one stretch


class Step(NamedTuple):
    """A jump: the first sample of the new level, and by how much, mV."""

    sample: int
    by_mv: float


def steps(signal_mv: np.ndarray, fs_hz: float, least_mv: float) -> list[list[Step]]:
    """The jumps of each lead by more than least_mv, in their order.

    signal_mv : (leads, samples), some seconds of them; NaN and infinities are left out
    """
    every = max(1, round(NODE_S * fs_hz))
    nodes = _nodes(signal_mv, every)
    if nodes.shape[1] < 2 * LEAST:
        return [[] for _ in signal_mv]
    # Most leads have no two nodes so far apart: they are not looked at closer.
    apart = np.nanmax(nodes, axis=1, initial=-np.inf) - np.nanmin(nodes, axis=1, initial=np.inf)
    return [
        sorted(_of_lead(signal_mv[row], nodes[row], every, least_mv)) if apart[row] > least_mv else []
        for row in range(len(signal_mv))
    ]


def _nodes(signal_mv: np.ndarray, every: int) -> np.ndarray:
    """The median of each `every` samples: float64 (leads, nodes), NaN without values."""
    count = signal_mv.shape[1] // every
    within = np.linspace(0, every - 1, min(PER_NODE, every)).astype(int)
    parts = signal_mv[:, : count * every].reshape(len(signal_mv), count, every)[:, :, within].astype(np.float64)
    ordered = np.sort(np.where(np.isfinite(parts), parts, np.nan), axis=2)
    middle = np.maximum(0, (np.isfinite(ordered).sum(axis=2, keepdims=True) - 1) // 2)
    return np.take_along_axis(ordered, middle, axis=2)[:, :, 0]


def _of_lead(mv: np.ndarray, nodes: np.ndarray, every: int, least_mv: float) -> list[Step]:
    found: list[Step] = []
    stretches = [(0, len(nodes))]
    while stretches and len(found) < MOST:
        first, last = stretches.pop()
        part = nodes[first:last]
        # The far nodes say how large a jump is, and the near ones where.
        apart = [(_apart(part, at, FAR), _apart(part, at, NEAR), at) for at in range(LEAST, len(part) - LEAST + 1)]
        far_mv, near_mv, within = max(apart, key=lambda one: one[0] + one[1], default=(0.0, 0.0, 0))
        if not far_mv > least_mv or near_mv < NEAR_SHARE * far_mv:
            continue
        at = first + within
        before, after = _level(nodes[max(first, at - FAR) : at]), _level(nodes[at : min(last, at + FAR)])
        found.append(Step(_place(mv, at * every, every, before, after), after - before))
        stretches += [(first, at), (at, last)]
    return found


def _apart(nodes: np.ndarray, at: int, count: int) -> float:
    apart = abs(_level(nodes[at : at + count]) - _level(nodes[max(0, at - count) : at]))
    return float(apart) if np.isfinite(apart) else 0.0


def _level(nodes: np.ndarray) -> float:
    """The median. np.median takes ten times as long for so few, and it is asked hundreds of times a record."""
    known = np.sort(nodes[np.isfinite(nodes)])
    middle = len(known) // 2
    if not len(known):
        return np.nan
    return float(known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2)


def _place(mv: np.ndarray, about: int, every: int, before: float, after: float) -> int:
    """The sample that parts best what lies near one level from what lies near the other."""
    first = max(0, about - 2 * every)
    part = np.nan_to_num(mv[first : about + 2 * every].astype(np.float64), nan=(before + after) / 2)
    gain = np.abs(part - before) - np.abs(part - after)  # above 0: nearer to the later level
    return first + int(np.argmin(np.concatenate([[0.0], np.cumsum(gain)])))
