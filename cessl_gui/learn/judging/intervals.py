"""95 % intervals by patient that hold for few patients.

Change, mean over statements: delete-a-patient jackknife with the t quantile of as many degrees of freedom as there are
    patients of the rarer kind, less one. For the AUC this is DeLong's interval for clustered data.
Score of one model: the same on the logit scale; at 0 and 1, Wilson's.
Share: Wilson's, counting patients: more ECGs of one patient narrow nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri, stdtrit

from cessl_gui.core.training.evidence import NO_FIGURE, Figure

LEVEL = 0.95


@dataclass(frozen=True)
class Replicates:
    """A statistic on all records, and with each group of patients left out (groups,)."""

    whole: float
    without: np.ndarray

    def minus(self, other: Replicates) -> Replicates:
        return Replicates(self.whole - other.whole, self.without - other.without)


def jackknife(found: Replicates, patients: int) -> Figure:
    """The value with its interval. patients : of the rarer kind, which the degrees of freedom are taken from"""
    n = len(found.without)
    if not np.isfinite(found.whole) or n < 2 or patients < 2 or not np.isfinite(found.without).all():
        return Figure(number(found.whole))
    wide = float(stdtrit(min(n, patients) - 1, (1 + LEVEL) / 2)) * _error(found.without)
    return Figure(*map(number, (found.whole, found.whole - wide, found.whole + wide)))


def within_unit(figure: Figure) -> Figure:
    """The interval of a score between 0 and 1, without what no score can be."""
    ends = (None if end is None else min(max(end, 0.0), 1.0) for end in (figure.low, figure.high))
    return Figure(figure.value, *ends)


def wilson(share: float, n: int) -> Figure:
    """A share of n with Wilson's interval; nothing without any."""
    if not n or not np.isfinite(share):
        return NO_FIGURE
    z = ndtri((1 + LEVEL) / 2)
    middle, wide = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (middle - wide) / (1 + z * z / n), (middle + wide) / (1 + z * z / n)
    return Figure(*(number(float(np.clip(v, 0, 1))) for v in (share, low, high)))


def bounded(found: Replicates, patients: int) -> Figure:
    """A score between 0 and 1 with its interval on the logit scale. patients : as of `jackknife`"""
    value = found.whole
    if not np.isfinite(value) or patients < 2:
        return Figure(number(value))
    error = _error(found.without)
    if value * (1 - value) < 1e-6 or not np.isfinite(error):
        return wilson(float(np.clip(value, 0, 1)), patients)
    wide = stdtrit(patients - 1, (1 + LEVEL) / 2) * error / (value * (1 - value))
    return Figure(number(value), *(number(float(expit(logit(value) + s * wide))) for s in (-1, 1)))


def _error(without: np.ndarray) -> float:
    n = len(without)
    return float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))


def number(value: float) -> float | None:
    return rounded(value) if np.isfinite(value) else None


def rounded(value: float) -> float:
    return round(float(value), 4)
