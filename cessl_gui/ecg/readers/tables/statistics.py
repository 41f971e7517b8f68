"""Statistics that a file states of its samples: they must be theirs, or else the samples are not what they seem."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from cessl_gui.ecg.readers.tables.fills import numbers_in, plain_key

_NAME = re.compile(
    r"(?:(?:signals?|data|ecg|samples?|leads?|channels?|values?|amplitude|global|train|norm|normali[sz]ation|actual"
    r"|observed|stats?|scaler|x)_)*(?P<kind>means?|mu|average|avg|mittelwert|moyenne|media|stds?|stdev|stddev|sd|sigma"
    r"|standard_?deviations?|standardabweichung|[ée]cart_?type|mins?|minimum|max|maxs|maximum|median|rms|range)"
    r"(?:_(?P<unit>[munµ]?v))?"
)
_KINDS = {
    **dict.fromkeys(("mean", "means", "mu", "average", "avg", "mittelwert", "moyenne", "media"), "mean"),
    **dict.fromkeys(("min", "mins", "minimum"), "min"),
    **dict.fromkeys(("max", "maxs", "maximum"), "max"),
    **{kind: kind for kind in ("median", "rms", "range")},
}
NEAR = 0.05  # of the standard deviation, or of the number: as files round, and leave out what is missing


def is_statistic(name: str) -> bool:
    """Whether a word is one for a statistic of samples: mean, signal_std, actual_range, max_mv."""
    return _NAME.fullmatch(plain_key(name)) is not None


def disagreeing(values: np.ndarray, signal_mv: np.ndarray, stated: Mapping[str, Sequence[str]]) -> list[str]:
    """The stated statistics that are neither those of the numbers nor those of the voltages.

    values    : (leads, samples) as the file has them, missing ones NaN
    signal_mv : the same as it is read
    """
    wrong = []
    for name, texts in stated.items():
        match, numbers = _NAME.fullmatch(plain_key(name)), numbers_in(texts)
        if match is None or not numbers or not np.isfinite(values).any():
            continue
        a_mv = {"v": 1e-3, "mv": 1.0, "uv": 1e3, "µv": 1e3, "nv": 1e6}.get(match["unit"] or "", 0.0)
        kind = _KINDS.get(match["kind"], "sd")
        candidates = [signal_mv * a_mv] if a_mv else [values, signal_mv, signal_mv * 1e3]
        if not any(_is_of(kind, np.array(numbers), each.astype(np.float64)) for each in candidates):
            wrong.append(name)
    return wrong


def _is_of(kind: str, stated: np.ndarray, values: np.ndarray) -> bool:
    """Whether it is of all leads together, or of each. values : (leads, samples)"""
    values = values[:, np.isfinite(values).any(axis=0)]
    spread = float(np.nanstd(values))
    near = NEAR * np.maximum(spread, np.abs(stated))
    if kind == "range" and len(stated) == 2:
        found = np.array([np.nanmin(values), np.nanmax(values)])
        return bool((np.abs(np.sort(stated) - found) <= near).all())
    if len(stated) not in (1, len(values)):
        return False
    axis = 1 if len(stated) == len(values) and len(stated) > 1 else None
    found = np.atleast_1d(_statistic(kind, values, axis))
    return bool((np.abs(stated - found) <= near).all())


def _statistic(kind: str, values: np.ndarray, axis: int | None) -> np.ndarray:
    if kind == "sd":
        return np.nanstd(values, axis=axis)
    if kind == "rms":
        return np.sqrt(np.nanmean(values**2, axis=axis))
    if kind == "mean":
        return np.nanmean(values, axis=axis)
    if kind == "median":
        return np.nanmedian(values, axis=axis)
    low, high = np.nanmin(values, axis=axis), np.nanmax(values, axis=axis)
    return low if kind == "min" else high if kind == "max" else high - low
