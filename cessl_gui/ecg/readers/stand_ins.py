"""Numbers that stand for no sample though nothing says so: 999, -9999, 99.99, the ends of a type, far from others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from cessl_gui.core.plural import counted
from cessl_gui.core.scratch import PART, parts, pieces, release, room

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
# Where it is known what a number is in mV, the ends of a type are the ends of what can be measured, too: there a signal
# may be cut off. Nines are no voltage from here on, the ends where no ECG is.
NINES_FROM_MV, ENDS_FROM_MV = 5.0, 20.0


def without_stand_ins(values: np.ndarray, names: Sequence[str], warnings: list[str]) -> np.ndarray:
    """The numbers with NaN for those that stand for no sample; themselves where there are none.

    values : (leads, samples) as stored, of any type
    """
    found = _found(values, _ends_of_all(values), lambda row, number: _may_stand_for_none(number))
    if not found:
        return values
    missing = np.zeros(values.shape, bool)
    for row, codes in found.items():
        missing[row] = np.isin(values[row], codes)
        release(values)
    leads = [name or f"channel {row + 1}" for row, name in enumerate(names) if row in found]
    warnings.append(_said(int(missing.sum()), leads, [code for codes in found.values() for code in codes]))
    known = room(len(values), values.shape[1], np.result_type(values.dtype, np.float32))
    for part in parts(known):
        known[part] = np.where(missing[part], np.nan, values[part])
        release(values)
    return known


def blank(
    rows: Sequence[np.ndarray] | np.ndarray, names: Sequence[str], written: Callable[[int, float], Iterable[float]]
) -> str:
    """Put NaN in leads for what stands for no sample, and say so; "" where nothing does.

    rows    : mV, a lead each
    written : row, mV -> the numbers as which the file holds such a voltage: as stored, and in its unit
    """

    def stored(row: int, mv: float) -> list[float]:
        return [float(f"{number:.6g}") for number in (*written(row, mv), mv)]

    def stands_for_none(row: int, mv: float) -> bool:
        if not abs(mv) > NINES_FROM_MV:
            return False
        return any(
            NINES.fullmatch(f"{number:.7g}") or (abs(mv) > ENDS_FROM_MV and _may_stand_for_none(number))
            for number in stored(row, mv)
        )

    found = _found(rows, [_ends(row) for row in rows], stands_for_none)
    count, numbers = 0, []
    for row, codes in found.items():
        for code in codes:
            lost = rows[row] == code
            count += int(np.count_nonzero(lost))
            rows[row][lost] = np.nan
            release(rows[row])
            numbers.append(next(filter(_may_stand_for_none, stored(row, code))))
    return _said(count, [names[row] for row in found], numbers) if found else ""


def may_hold_some(values: np.ndarray) -> bool:
    """Whether some mV (leads, samples) are so high that `blank` may be needed."""
    return bool(np.fmax.reduce(values, axis=None) > NINES_FROM_MV or np.fmin.reduce(values, axis=None) < -NINES_FROM_MV)


def _said(count: int, leads: Iterable[str], numbers: Iterable[float]) -> str:
    which = " or ".join(dict.fromkeys(f"{number:.9g}" for number in numbers))
    return (
        f"{counted(count, 'sample')} of {', '.join(leads)[:100]} left out: {which}, far from all others,"
        " was taken to stand for none"
    )


def _found(
    rows: Sequence[np.ndarray] | np.ndarray,
    ends: Sequence[tuple[float, float]],
    stands_for_none: Callable[[int, float], bool],
) -> dict[int, list[float]]:
    """Row -> its numbers that stand for none. ends : the lowest and the highest of each"""
    some = [row for row, both in enumerate(ends) if any(stands_for_none(row, float(end)) for end in both)]
    if not some:
        return {}
    others = [both for row, both in enumerate(ends) if row not in some]
    usual = (min(low for low, _ in others), max(high for _, high in others)) if others else (np.inf, -np.inf)
    found = {row: _codes(rows[row], usual, partial(stands_for_none, row)) for row in some}
    return {row: codes for row, codes in found.items() if codes}


def _ends_of_all(values: np.ndarray) -> list[tuple[float, float]]:
    """As _ends, of all leads of a signal."""
    lows, highs, step = [], [], max(1, PART // max(1, len(values)))
    for start in range(0, values.shape[1], step):
        part = values[:, start : start + step]
        lows.append(part.min(axis=1))
        highs.append(part.max(axis=1))
        release(values)
        if values.dtype.kind == "f" and not np.isfinite([lows[-1], highs[-1]]).all():
            return [_ends(row) for row in values]
    return list(zip(np.min(lows, axis=0), np.max(highs, axis=0), strict=True))


def _ends(row: np.ndarray, without: Sequence[float] = ()) -> tuple[float, float]:
    """The lowest and the highest number of a lead, but for these; inf and -inf where there is no other."""
    low, high = np.inf, -np.inf
    for part in pieces(row):
        if without:
            part = part[~np.isin(part, without)]
        ends = (part.min(), part.max()) if len(part) else (low, high)
        if not np.isfinite(ends).all():  # NaN, or infinite
            part = part[np.isfinite(part)]
            ends = (part.min(), part.max()) if len(part) else (low, high)
        low, high = min(low, ends[0]), max(high, ends[1])
    return low, high


def _may_stand_for_none(number: float) -> bool:
    number = float(number)
    return number == 0 or abs(number) >= ENDLESS or number in ENDS or NINES.fullmatch(f"{number:.7g}") is not None


def _codes(row: np.ndarray, usual: tuple[float, float], stands_for_none: Callable[[float], bool]) -> list[float]:
    """The numbers of a lead that stand for none. usual : the lowest and highest of the leads without such numbers"""
    codes: list[float] = []
    while len(codes) < MOST_CODES:
        ends = [end for end in _ends(row, codes) if np.isfinite(end) and stands_for_none(float(end))]
        code = next((end for end in ends if _is_apart(row, end, codes, usual)), None)
        if code is None:
            break
        codes.append(code)
    return codes


def _is_apart(row: np.ndarray, code: float, before: Sequence[float], usual: tuple[float, float]) -> bool:
    """Whether a number is far from all others of a lead, but for those before."""
    gone = [*before, code]
    low, high = map(float, _ends(row, gone))
    low, high = (low, high) if low <= high else usual
    if not low <= high:
        return False
    apart = max(low - float(code), float(code) - high)
    times = sum(np.count_nonzero(part == code) for part in pieces(row))
    is_apart = apart > (high - low) * (APART if times >= OFTEN else FAR) and apart > 0
    if code or not is_apart:
        return is_apart
    others = row[np.isfinite(row) & ~np.isin(row, gone)]
    return bool(apart > NOUGHT_STEPS * np.diff(np.unique(others)).max(initial=0.0))
