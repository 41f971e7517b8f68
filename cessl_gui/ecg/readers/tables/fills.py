"""Numbers that a file states to stand for missing samples, and the range outside of which samples are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cessl_gui.core.plural import counted
from cessl_gui.core.scratch import check
from cessl_gui.ecg.readers.stated import plain_number

_OF = (
    *("fill", "_fill", "missing", "missing_data", "missing_sample", "nodata", "no_data", "null", "invalid", "dropout"),
    *("nan", "na", "pad", "padding", "gap", "lost", "sentinel", "no", "bad", "error", "undefined", "blank", "empty"),
    *("lead_off", "leadoff", "no_signal", "nosignal", "not_available", "unavailable", "unknown"),
)
_ENDS = ("value", "values", "val", "code", "marker", "flag")
# Fehlwert, valeur manquante, valor faltante
_FOREIGN = (
    "fehlwert",
    "fehlwerte",
    "leerwert",
    "valeur_manquante",
    "valeurs_manquantes",
    "valor_faltante",
    "valor_perdido",
)
_NAMES = {
    *("nodata", "no_data", "sentinel", *_FOREIGN),
    *(f"{of}{mark}{end}" for of in _OF for mark in ("", "_") for end in _ENDS),
}
# The number may as well be how many are missing, or for how long.
_MAYBE = {
    *_OF,
    "missing_samples",
    "mask",
    "masked",
    "padded",
    "gaps",
    "lost_samples",
    "fehlend",
    "lücke",
    "lücken",
    "lacune",
    "hueco",
    "manquant",
    "faltante",
} - _NAMES
_VALID = {"valid_min": 0, "valid_max": 1, "valid_range": 2, "validmin": 0, "validmax": 1, "validrange": 2}
APART = 0.25  # of the range of all other samples: nearer numbers may be voltages
MOST_OUTSIDE = 0.05  # share of the samples; where more are, the range may be in another unit


def plain_key(name: object) -> str:
    return re.sub(r"[\s-]+", "_", str(name).strip()).casefold()


def may_tell_fill(name: str) -> bool:
    """Whether a word is one for missing samples, or for what samples can be: _FillValue, gap, valid_range."""
    return plain_key(name) in _NAMES | _MAYBE | _VALID.keys()


def without_fill(
    values: np.ndarray, stated: Mapping[str, Sequence[str]], warnings: list[str]
) -> tuple[np.ndarray, list[str]]:
    """The numbers with NaN for what stands for no sample, and the words of which it is open what they mean.

    stated : word, of may_tell_fill -> numbers
    """
    fills: list[float] = []
    doubts: list[str] = []
    for name, texts in stated.items():
        found = [number for number in map(plain_number, texts) if number is not None]
        if plain_key(name) in _NAMES:
            fills += found
        elif plain_key(name) in _MAYBE and len(found) == 1 and (occurs := _occurs(values, found[0])) is not None:
            fills += found if occurs else []
            doubts += [] if occurs else [name]
        elif plain_key(name) in _MAYBE and len(texts) > 1 and {*texts} - {"False", "0", "0.0", ""}:
            doubts.append(name)
    check()
    missing = _equal(values, fills)
    if missing.any():
        words = " or ".join(f"{fill:g}" for fill in dict.fromkeys(fills))
        warnings.append(f"{missing.sum():,} samples are missing: the file states that {words} stands for none")
    outside, which = _outside(values, stated, missing)
    if outside.any():
        others = outside & ~missing
        if np.unique(values[others]).size > 2 and others.mean() > MOST_OUTSIDE:
            doubts += which
        else:
            warnings.append(
                f"{counted(int(others.sum()), 'sample')} left out: beyond {' and '.join(which)} of the file"
            )
            missing |= others
    if not missing.any():
        return values, doubts
    return np.where(missing, np.nan, values.astype(np.result_type(values.dtype, np.float32))), doubts


def _equal(values: np.ndarray, fills: Iterable[float]) -> np.ndarray:
    numbers = np.array(list(fills))
    if not numbers.size:
        return np.zeros(values.shape, bool)
    return np.isin(values, numbers.astype(values.dtype) if values.dtype.kind == "f" else numbers)


def _occurs(values: np.ndarray, number: float) -> bool | None:
    """Whether a number that is among the samples stands far from all others; None where it is not among them."""
    there = _equal(values, [number])
    if not there.any():
        return None
    others = values[~there]
    others = others[np.isfinite(others)].astype(np.float64)
    if not others.size:
        return False
    low, high = others.min(), others.max()
    return max(low - number, number - high) > APART * (high - low)


def _outside(
    values: np.ndarray, stated: Mapping[str, Sequence[str]], missing: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Which samples are beyond the range that is stated, and the words that state it."""
    low, high = -np.inf, np.inf
    which = []
    for name, texts in stated.items():
        kind = _VALID.get(plain_key(name))
        found = numbers_in(texts) if kind is not None else []
        if kind == 2 and len(found) == 2:
            low, high = min(found), max(found)
        elif kind == 0 and found:
            low = max(found[:1])
        elif kind == 1 and found:
            high = min(found[:1])
        which += [name] if found else []
    return ((values < low) | (values > high)) & ~missing, which


def numbers_in(texts: Sequence[str]) -> list[float]:
    """The numbers of one text or of each: "[-5000, 5000]", -5000 to 5000."""
    if len(texts) != 1:
        return [number for number in map(plain_number, texts) if number is not None]
    return [float(number) for number in re.findall(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", texts[0][:200])]
