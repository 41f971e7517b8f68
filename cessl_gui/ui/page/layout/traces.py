"""From samples to the points that are drawn: nothing invented in gaps, no spike lost where drawing is reduced."""

from __future__ import annotations

from threading import Thread

import numpy as np
import shiboken6
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF

from cessl_gui.core.scratch import release
from cessl_gui.core.types import Record

# Up to this many samples per pixel column all of them are drawn; beyond, the smallest and largest of each column.
SAMPLES_PER_COLUMN = 12
BARS = 256  # columns that are drawn at once


def is_reduced(samples: int, columns: int) -> bool:
    """Whether so many samples on so many pixel columns are drawn as minimum and maximum per column."""
    return samples > SAMPLES_PER_COLUMN * max(1, columns)


class Pyramid:
    """Minimum and maximum of each BLOCK samples of a long recording, built in the background.

    low, high : float32 (leads, blocks), NaN where a whole block is; the last block may be shorter
    done      : blocks that are built
    """

    BLOCK = 64
    STEP = 8192  # blocks at a time: some 3 ms, after which a thread may stop

    def __init__(self, record: Record) -> None:
        self.record = record
        leads, samples = record.signal_mv.shape
        self.blocks = -(-samples // self.BLOCK)
        self.low = np.full((leads, self.blocks), np.nan, np.float32)
        self.high = np.full((leads, self.blocks), np.nan, np.float32)
        self.done = 0
        self._stopped = False

    @property
    def complete(self) -> bool:
        return self.done >= self.blocks

    def start(self) -> None:
        """Build all of it in a thread of its own; `complete` says when it is there."""
        Thread(target=self._build, name="pyramid", daemon=True).start()

    def stop(self) -> None:
        """Leave it unfinished: nobody looks at the recording any more."""
        self._stopped = True

    def _build(self) -> None:
        while not self._stopped and self.build_step():
            pass

    def build_step(self) -> bool:
        """Build the next STEP blocks of all leads; returns whether more are left."""
        end = min(self.blocks, self.done + self.STEP)
        for lead, signal in enumerate(self.record.signal_mv):
            part = signal[self.done * self.BLOCK : end * self.BLOCK]
            self.low[lead, self.done : end] = _per_block(np.fmin, part, self.BLOCK)
            self.high[lead, self.done : end] = _per_block(np.fmax, part, self.BLOCK)
        release(self.record.signal_mv)
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
        lowest, highest = pyramid.low[row, a:b], pyramid.high[row, a:b]
        a, step = a * Pyramid.BLOCK, block * Pyramid.BLOCK
    else:
        a, step = start // block * block, block  # whole blocks from the recording's beginning: no shimmer in moving
        lowest = highest = record.signal_mv[row, a:stop]
    low, high = _per_block(np.fmin, lowest, block), _per_block(np.fmax, highest, block)
    # Those that reach over an end stand within it all the same: what they hold must not fall off the page.
    edges = np.clip(a + np.arange(len(low) + 1) * step, start, stop)
    middle_s = (edges[:-1] + edges[1:]) / 2 / record.fs_hz
    return np.repeat(middle_s, 2), np.stack([low, high], axis=1).ravel().astype(np.float64)


def _per_block(extreme: np.ufunc, values: np.ndarray, block: int) -> np.ndarray:
    """np.fmin or np.fmax of each `block` values and of those left over; NaN where a block has nothing else."""
    return extreme.reduceat(values, np.arange(0, len(values), block))


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
    """Draw minima and maxima as one bar per pixel column.

    x, y     : as from points(), in the painter's units; each column's extremes, and its neighbours, are joined
    color    : opaque
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
    # Saturation leaves the clip anyway; a bar that is wholly outside ends before it begins.
    clip = painter.clipBoundingRect()
    top, bottom = int(clip.top() * fineness) - 1, int(clip.bottom() * fineness) + 1
    reach_high, reach_low = np.clip(reach_high, top, bottom + 1), np.clip(reach_low, top - 1, bottom)
    painter.save()
    painter.scale(1 / fineness, 1 / fineness)
    # As small images, each as high as its own columns: Qt takes five times as long for as many lines or rectangles.
    for part in np.split(np.arange(len(column)), range(BARS, len(column), BARS)):
        image = _bars(column[part], reach_high[part], reach_low[part], color)
        if image is not None:
            painter.drawImage(int(column[part[0]]), int(reach_high[part].min()), image)
    painter.restore()


def _bars(column: np.ndarray, high: np.ndarray, low: np.ndarray, color: QColor) -> QImage | None:
    """One bar per column from high down to and with low, all in whole pixels; None where nothing is left of them."""
    left, top = column[0], high.min()
    size = int(low.max() - top + 1), int(column[-1] - left + 1)
    if size[0] <= 0:
        return None
    first, last = np.zeros(size[1], np.int16), np.full(size[1], -1, np.int16)  # a column without samples has no bar
    first[column - left], last[column - left] = high - top, low - top
    row = np.arange(size[0], dtype=np.int16)[:, None]
    image = QImage(size[1], size[0], QImage.Format.Format_ARGB32_Premultiplied)
    pixels = np.frombuffer(image.bits(), np.uint32).reshape(size)
    np.multiply((row >= first) & (row <= last), np.uint32(color.rgba()), out=pixels)
    return image
