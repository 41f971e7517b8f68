"""From samples to the points that are drawn: nothing invented in gaps, no spike lost where drawing is reduced."""

from __future__ import annotations

import numpy as np
import shiboken6
from PySide6.QtGui import QPolygonF

# Up to this many samples per pixel column all of them are drawn; beyond, the smallest and largest of each column.
SAMPLES_PER_COLUMN = 12


def is_reduced(samples: int, columns: int) -> bool:
    """Whether so many samples on so many pixel columns are drawn as minimum and maximum per column."""
    return samples > SAMPLES_PER_COLUMN * max(1, columns)


def reduced(x: np.ndarray, y: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and largest value of each of some `columns` equal stretches, in order of time; all-NaN stays NaN.

    A spike of one sample survives, and a stretch that is partly NaN keeps what it has.
    """
    block = -(-len(y) // columns)
    count = -(-len(y) // block)
    padded = np.full(count * block, np.nan, y.dtype)
    padded[: len(y)] = y
    blocks = padded.reshape(count, block)
    empty = np.isnan(blocks).all(axis=1)
    low = np.argmin(np.where(np.isnan(blocks), np.inf, blocks), axis=1)
    high = np.argmax(np.where(np.isnan(blocks), -np.inf, blocks), axis=1)
    first, last = np.minimum(low, high), np.maximum(low, high)
    rows = np.arange(count)
    at = np.stack([rows * block + first, rows * block + last], axis=1).ravel()
    at = np.minimum(at, len(y) - 1)
    values = padded[np.stack([rows * block + first, rows * block + last], axis=1).ravel()]
    values[np.repeat(empty, 2)] = np.nan
    return x[at], values


def polylines(x: np.ndarray, y: np.ndarray) -> list[QPolygonF]:
    """One line for each stretch without NaN; a lone sample becomes a dot, so that it is seen."""
    good = np.isfinite(y)
    if good.all():
        return [_polygon(x, y)] if len(y) else []
    edges = np.flatnonzero(np.diff(good.astype(np.int8), prepend=0, append=0))
    return [_polygon(x[a:b], y[a:b]) for a, b in edges.reshape(-1, 2)]


def _polygon(x: np.ndarray, y: np.ndarray) -> QPolygonF:
    if len(x) == 1:
        x, y = np.array([x[0] - 0.5, x[0] + 0.5]), np.array([y[0], y[0]])
    polygon = QPolygonF()
    polygon.resize(len(x))
    # Filled in place: appending 5,000 QPointF costs more than drawing them.
    memory = shiboken6.VoidPtr(polygon.data(), len(x) * 16, True)
    points = np.frombuffer(memory, np.float64).reshape(-1, 2)
    points[:, 0], points[:, 1] = x, y
    return polygon
