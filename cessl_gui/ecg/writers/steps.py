"""Voltages as the whole numbers that they were stored as: the step between them is found again from the values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cessl_gui.core.scratch import pieces

MISSING = -(1 << 15)  # the 16-bit number that stands for no value
LARGEST = (1 << 15) - 1
NOISE = 2e-7  # of a float32, of its largest value
FINEST = 16  # parts of the smallest difference that the step may be
MOST_VALUES = 20_000  # that decide
FALLBACK = 32_000  # counts of half the range where there is no step


@dataclass(frozen=True)
class Counts:
    """A lead as 16-bit numbers: value in mV = stored x step_mv + offset_mv; MISSING where it has none.

    exact : the numbers are those that the values were made of
    """

    stored: np.ndarray
    step_mv: float
    offset_mv: float = 0.0
    exact: bool = True

    @property
    def largest(self) -> int:
        held = self.stored[self.stored != MISSING].astype(np.int64)
        return int(np.abs(held).max()) if held.size else 0


def counts_of(row_mv: np.ndarray, with_offset: bool = True) -> Counts:
    """The numbers of a lead; where no step fits its values, steps fine enough to lose nothing that an ECG shows.

    with_offset : the format can state one that is no multiple of the step
    """
    values = _values(row_mv)
    if not values.size:
        return Counts(np.full(len(row_mv), MISSING, np.int16), 1e-3)
    step, offset, exact = *step_of(values), True
    if step and offset and not with_offset:
        step, offset = step / 2, 0.0  # as where zero lies between two numbers
        exact = fits(values, step, 0.0)
    if step and exact:
        numbers = np.rint((values - offset) / step)
        offset += (np.rint((numbers.max() + numbers.min()) / 2) if np.abs(numbers).max() > LARGEST else 0.0) * step
    if not step or not exact or np.abs(np.rint((values - offset) / step)).max() > LARGEST:
        middle = float(values.max() + values.min()) / 2  # a lead may lie far from zero
        step, exact = float(values.max() - middle) / FALLBACK or 1e-3, False
        offset = float(np.rint(middle / step) * step)
    stored = [_stored(piece.astype(np.float64), step, offset) for piece in pieces(row_mv)]
    return Counts(np.concatenate(stored), step, offset, exact)


def _values(row_mv: np.ndarray) -> np.ndarray:
    """Each value that a lead has, once, in order. A step fits all samples if it fits these."""
    each = [np.unique(piece[np.isfinite(piece)]) for piece in pieces(row_mv)]
    return np.unique(np.concatenate(each)).astype(np.float64) if each else np.empty(0)


def _stored(values: np.ndarray, step: float, offset: float) -> np.ndarray:
    numbers = np.rint((values - offset) / step)
    return np.where(np.isfinite(values), numbers, MISSING).astype(np.int16)


def step_of(values: np.ndarray) -> tuple[float, float]:
    """Step and offset in mV of which all values are whole multiples; step 0 where there is none.

    values : each once, in order
    """
    unique = values
    if len(unique) > MOST_VALUES:
        unique = unique[:: len(unique) // MOST_VALUES]
    noise = NOISE * float(np.abs(unique).max())
    if len(unique) == 1:
        return abs(float(unique[0])) or 1e-3, 0.0
    gaps = np.diff(unique)
    real = np.flatnonzero(gaps > 4 * noise)
    if not len(real):
        return 0.0, 0.0
    place = real[np.argmin(gaps[real])]
    away = unique - unique[place]
    for parts in range(1, FINEST + 1):
        step = _fitted(away, float(gaps[place]), parts)
        if step > 20 * noise:
            step = _plain(values, step, unique[place])
            offset = float(unique[place] - np.rint(unique[place] / step) * step)
            offset = 0.0 if abs(offset) < 0.02 * step else offset
            if fits(values, step, offset):
                return step, offset
    return 0.0, 0.0


def _fitted(away: np.ndarray, gap: float, parts: int) -> float:
    """The step of which the differences `away` are multiples, nearest to a part of the smallest gap; else 0.

    From near to far, as an error of the step grows with the number of steps.
    """
    step, reach, farthest = gap / parts, 8 * gap, float(np.abs(away).max())
    while True:
        near = away[np.abs(away) <= reach]
        number = np.rint(near / step)
        step = float(near @ number / (number @ number))
        if np.abs(near - number * step).max() > 0.1 * step:
            return 0.0
        if reach >= farthest:
            return step
        reach *= 4


def _plain(values: np.ndarray, step: float, anchor: float) -> float:
    """The step, or the one of the fewest digits, in uV or a mV, that fits as well."""
    for digits in range(2, 11):
        for plain in (1 / float(f"{1 / step:.{digits}g}"), float(f"{1000 * step:.{digits}g}") / 1000):
            offset = anchor - np.rint(anchor / plain) * plain
            if fits(values, plain, 0.0 if abs(offset) < 0.02 * plain else float(offset)):
                return plain
    return step


def fits(values: np.ndarray, step: float, offset: float) -> bool:
    """Whether values are whole multiples of a step from an offset, as far as a float32 tells."""
    number = np.rint((values - offset) / step)
    return bool(np.abs(values - offset - number * step).max() <= 2 * NOISE * np.abs(values).max() + 1e-12)
