"""From samples to the points that are drawn: nothing invented in gaps, no spike lost where drawing is reduced."""

from __future__ import annotations

import numpy as np
import shiboken6
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from cessl_gui.core.types import Record

# Up to this many samples per pixel column all of them are drawn; beyond, the smallest and largest of each column.
SAMPLES_PER_COLUMN = 12


def is_reduced(samples: int, columns: int) -> bool:
    """Whether so many samples on so many pixel columns are drawn as minimum and maximum per column."""
    return samples > SAMPLES_PER_COLUMN * max(1, columns)


class Pyramid:
    """Minimum and maximum of each BLOCK samples of a long recording, built step by step while the window is idle.

    low, high : float32 (leads, blocks), NaN where a whole block is
    done      : blocks that are built
    """

    BLOCK = 64
    STEP = 8192  # blocks at a time: some 5 ms, so that nothing stutters

    def __init__(self, record: Record) -> None:
        self.record = record
        leads, samples = record.signal_mv.shape
        self.blocks = samples // self.BLOCK
        self.low = np.full((leads, self.blocks), np.nan, np.float32)
        self.high = np.full((leads, self.blocks), np.nan, np.float32)
        self.done = 0

    @property
    def complete(self) -> bool:
        return self.done >= self.blocks

    def build_step(self) -> bool:
        """Build the next STEP blocks of all leads; returns whether more are left."""
        end = min(self.blocks, self.done + self.STEP)
        for lead, signal in enumerate(self.record.signal_mv):
            part = signal[self.done * self.BLOCK : end * self.BLOCK].reshape(-1, self.BLOCK)
            self.low[lead, self.done : end], self.high[lead, self.done : end] = _extremes(part)
        self.done = end
        return not self.complete


def points(
    record: Record, row: int, first_s: float, duration_s: float, columns: int, pyramid: Pyramid | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The points of one lead within a stretch of time.

    columns : pixel columns it is drawn on
    pyramid : of the same record; used once it is complete and finer than the columns
    returns : seconds and mV; samples, or the minima and maxima of each column where is_reduced
    """
    samples = record.signal_mv.shape[1]
    start = max(0, int(np.ceil(first_s * record.fs_hz - 1e-6)))
    # One sample more on the right: consecutive columns meet without a hole.
    stop = min(samples, int(np.floor((first_s + duration_s) * record.fs_hz + 1e-6)) + 1)
    if stop <= start:
        return np.empty(0), np.empty(0)
    if not is_reduced(int(duration_s * record.fs_hz), columns):
        return np.arange(start, stop) / record.fs_hz, record.signal_mv[row, start:stop].astype(np.float64)
    block = max(2, (stop - start) // max(1, columns))
    if pyramid is not None and pyramid.complete and block >= 2 * Pyramid.BLOCK:
        block //= Pyramid.BLOCK
        a, b = start // Pyramid.BLOCK // block * block, -(-stop // Pyramid.BLOCK)
        low, _ = _blocks(pyramid.low[row, a:b], block)
        _, high = _blocks(pyramid.high[row, a:b], block)
        a, block = a * Pyramid.BLOCK, block * Pyramid.BLOCK
    else:
        a = start // block * block  # whole blocks from the beginning of the recording: no shimmer in moving
        low, high = _blocks(record.signal_mv[row, a:stop], block)
    middle_s = (a + (np.arange(len(low)) + 0.5) * block) / record.fs_hz
    return np.repeat(middle_s, 2), np.stack([low, high], axis=1).ravel().astype(np.float64)


def _blocks(values: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    whole = len(values) // block * block
    low, high = _extremes(values[:whole].reshape(-1, block))
    if whole < len(values):
        last_low, last_high = _extremes(values[whole:][None])
        low, high = np.append(low, last_low), np.append(high, last_high)
    return low, high


def _extremes(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minimum and maximum of each row; a row that is partly NaN has those of the rest."""
    low, high = blocks.min(axis=1), blocks.max(axis=1)
    broken = np.isnan(low)
    if broken.any():  # fmin and fmax are several times slower: only where they are needed
        low[broken] = np.fmin.reduce(blocks[broken], axis=1)
        high[broken] = np.fmax.reduce(blocks[broken], axis=1)
    return low, high


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
    xy = np.frombuffer(memory, np.float64).reshape(-1, 2)
    xy[:, 0], xy[:, 1] = x, y
    return polygon


def draw_columns(painter: QPainter, x: np.ndarray, y: np.ndarray, color: QColor, fineness: float) -> None:
    """Draw minima and maxima as one bar per pixel column, ten times as fast as Qt draws the same as a line.

    x, y     : as from points(), in the painter's units; each column's extremes, and its neighbours, are joined
    fineness : device pixels per unit
    """
    good = np.isfinite(y)
    if not good.any():
        return
    column = np.floor(x[good] * fineness).astype(int)
    height = np.round(y[good] * fineness).astype(int)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    column = column[starts]
    high, low = np.minimum.reduceat(height, starts), np.maximum.reduceat(height, starts)
    # A bar reaches as far as its left neighbour, so that the line has no holes; not over a gap.
    beside = np.flatnonzero(np.diff(column) == 1) + 1
    reach_high, reach_low = high.copy(), low.copy()
    reach_high[beside] = np.minimum(high[beside], low[beside - 1])
    reach_low[beside] = np.maximum(low[beside], high[beside - 1])
    # Saturation leaves the clip anyway, and must not overflow the rasteriser.
    clip = painter.clipBoundingRect()
    reach_high = np.maximum(reach_high, int(clip.top() * fineness) - 1)
    reach_low = np.minimum(reach_low, int(clip.bottom() * fineness) + 1)
    tall = np.maximum(0, reach_low - reach_high + 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.scale(1 / fineness, 1 / fineness)
    bars = zip(column.tolist(), reach_high.tolist(), tall.tolist(), strict=True)
    painter.drawRects([QRect(left, top, 1, height) for left, top, height in bars if height])
    painter.restore()
