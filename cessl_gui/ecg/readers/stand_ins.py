"""Numbers that stand for no sample though nothing says so: 999, -9999, 99.99, the ends of a type, far from others."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from cessl_gui.core.plural import counted

NINES = re.compile(r"-?(9{2,}(\.9+)?|9\.9{2,}|9{3,}\.25)")
ENDS = frozenset(
    sign * (1 << bits) + less for bits in (15, 16, 23, 24, 31, 32) for sign in (1, -1) for less in (0, -1, 1)
)
ENDLESS = 1e9
# Of the range of all other samples of a lead, or of the leads: so far off a number is no voltage among voltages ...
APART, OFTEN = 0.25, 3  # ... that is there so often; a peak is seldom twice as high by the last digit
FAR = 2.0  # ... that is there once
NOUGHT_STEPS = 5.0  # 0 among counts about 2048: so many times as far off as any of them from the next
MOST_CODES = 4  # of a lead


def without_stand_ins(values: np.ndarray, names: Sequence[str], warnings: list[str]) -> np.ndarray:
    """The numbers with NaN for those that stand for no sample; themselves where there are none.

    values : (leads, samples) as stored, of any type
    """
    low, high = _ends(values)
    rows = [row for row, ends in enumerate(zip(low, high, strict=True)) if any(map(_may_stand_for_none, ends))]
    if not rows:
        return values
    missing = np.zeros(values.shape, bool)
    numbers: dict[str, None] = {}
    others = [row for row in range(len(values)) if row not in rows]
    usual = (min(low[others]), max(high[others])) if others else (np.inf, -np.inf)
    for row in rows:
        for code in _codes(values[row], usual):
            missing[row] |= values[row] == code
            numbers[f"{code:.9g}"] = None
    if not missing.any():
        return values
    leads = ", ".join(name or f"channel {row + 1}" for row, name in enumerate(names) if missing[row].any())[:100]
    warnings.append(
        f"{counted(int(missing.sum()), 'sample')} of {leads} left out: {' or '.join(numbers)}, far from all others,"
        " was taken to stand for none"
    )
    return np.where(missing, np.nan, values.astype(np.result_type(values.dtype, np.float32)))


def _ends(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest number of each lead."""
    if values.dtype.kind == "f":
        low, high = values.min(axis=1), values.max(axis=1)
        if not np.isfinite(low).all() or not np.isfinite(high).all():
            low, high = np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)
        return low, high
    return values.min(axis=1), values.max(axis=1)


def _may_stand_for_none(number: float) -> bool:
    number = float(number)
    return number == 0 or abs(number) >= ENDLESS or number in ENDS or NINES.fullmatch(f"{number:.7g}") is not None


def _codes(row: np.ndarray, usual: tuple[float, float]) -> list[float]:
    """The numbers of a lead that stand for none. usual : the lowest and highest of the leads without such numbers"""
    rest = row[np.isfinite(row)] if row.dtype.kind == "f" else row
    codes: list[float] = []
    while len(rest) and len(codes) < MOST_CODES:
        ends = [end for end in (rest.min(), rest.max()) if _may_stand_for_none(end)]
        code = next((end for end in ends if _is_apart(rest, end, usual)), None)
        if code is None:
            break
        codes.append(float(code))
        rest = rest[rest != code]
    return codes


def _is_apart(rest: np.ndarray, code: float, usual: tuple[float, float]) -> bool:
    others = rest[rest != code]
    low, high = (float(others.min()), float(others.max())) if len(others) else usual
    if not low <= high:
        return False
    apart = max(low - float(code), float(code) - high)
    times = len(rest) - len(others)
    is_apart = apart > (high - low) * (APART if times >= OFTEN else FAR) and apart > 0
    return is_apart and bool(code or apart > NOUGHT_STEPS * np.diff(np.unique(others)).max(initial=0.0))
