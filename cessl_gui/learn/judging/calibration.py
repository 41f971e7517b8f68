"""Probabilities that mean what they say: logits calibrated by ECGs, at home and at other hospitals, and their error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from cessl_gui.learn.judging import metrics

BINS = 10
PULL = 0.2  # towards (a, b) = (1, 0), in units of one ECG: a handful of positives must not set a steep slope
PULL_TO_ALL = 3.0  # of a statement's calibration away from home, towards that of all statements
HALVINGS = 10

Pairs = Sequence[tuple[float, float]]  # (a, b) of each statement: calibrated logit a z + b


def platt(
    z: np.ndarray,
    y: np.ndarray,
    towards: tuple[float, float] = (1.0, 0.0),
    strength: float | tuple[float, float] = PULL,
) -> tuple[float, float]:
    """(a, b) of the calibrated logit a z + b, by maximum likelihood with a pull of `strength` ECGs `towards` a pair.

    strength : of a and of b, where they are two
    """
    known = ~np.isnan(y)
    z, y = z[known], y[known]
    if not 0 < y.sum() < len(y):
        return towards
    pulls = np.asarray(strength) / len(y)

    def loss(ab: np.ndarray) -> tuple[float, np.ndarray]:
        u = ab[0] * z + ab[1]
        error = (sigmoid(u) - y) / len(y)
        pull = ab - towards
        value = np.mean(np.logaddexp(0, u) - y * u) + pulls * pull @ pull
        return float(value), np.array([error @ z, error.sum()]) + 2 * pulls * pull

    a, b = minimize(loss, towards, jac=True, method="L-BFGS-B", bounds=[(0.05, None), (None, None)]).x
    return float(a), float(b)


def calibration_error(y: np.ndarray, p: np.ndarray) -> float:
    """Expected calibration error of one statement: |mean probability - share present| by bin, weighted by its ECGs."""
    return float(sum(abs(p[b].mean() - y[b].mean()) * len(b) for b in _bins(y, p)) / max(1, np.isfinite(y).sum()))


def error_by_chance(y: np.ndarray, p: np.ndarray) -> float:
    """What `calibration_error` is on average where the probabilities are right: with few ECGs a bin it is not small.

    y : only whether it is known counts
    """
    return float(sum(gap_by_chance(p[b]) * len(b) for b in _bins(y, p)) / max(1, np.isfinite(y).sum()))


def debiased_square(y: np.ndarray, p: np.ndarray) -> float:
    """Mean square of the same distances, without what chance adds to it; NaN where no bin has two ECGs.

    The share of n ECGs varies by s (1 - s) / (n - 1), which is taken off each square (Broecker 2012, Climate Dynamics
    39; Kumar, Liang and Ma 2019, NeurIPS). Of one statement it may be below zero: the mean over many is what tells.
    """
    bins = [b for b in _bins(y, p) if len(b) > 1]
    shares = np.array([y[b].mean() for b in bins])
    sizes, said = np.array([len(b) for b in bins]), np.array([p[b].mean() for b in bins])
    if not len(bins):
        return float("nan")
    squares = (said - shares) ** 2 - shares * (1 - shares) / (sizes - 1)
    return float((sizes * squares).sum() / sizes.sum())


def gap_by_chance(p: np.ndarray) -> float:
    """Mean distance of the share that is present from the mean of probabilities that are right.

    De Moivre's for equal ones, narrowed as the variance is where they differ.
    """
    n, mean = len(p), float(np.mean(p))
    if not 0 < mean < 1:
        return 0.0
    k = int(n * mean) + 1
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) if k <= n else -np.inf
    equal = 2 * k / n * np.exp(ways + k * np.log(mean) + (n - k + 1) * np.log1p(-mean))
    return float(equal * np.sqrt(np.mean(p * (1 - p)) / (mean * (1 - mean))))


def _bins(y: np.ndarray, p: np.ndarray) -> list[np.ndarray]:
    """Rows that are known, by tenths of their probability."""
    known = np.flatnonzero(~np.isnan(y))
    bins = np.minimum((p[known] * BINS).astype(int), BINS - 1)
    return [known[bins == b] for b in np.unique(bins)]


def cross_fitted_errors(y: np.ndarray, z: np.ndarray, patients: np.ndarray, seed: int) -> np.ndarray:
    """(statements,) calibration error on patients that the calibration was not fitted to, mean over the halvings"""
    rng, (_, member) = np.random.default_rng(seed), np.unique(patients.astype(str), return_inverse=True)
    errors = np.zeros(z.shape[1])
    for _ in range(HALVINGS):
        half = rng.permutation(np.arange(member.max() + 1) % 2)[member].astype(bool)
        for i, (t, u) in enumerate(zip(y.T, z.T, strict=True)):
            p = np.empty_like(u)
            for fit, use in ((half, ~half), (~half, half)):
                a, b = platt(u[fit], t[fit])
                p[use] = sigmoid(a * u[use] + b)
            errors[i] += calibration_error(t, p) / HALVINGS
    return errors


def fitted(y: np.ndarray, z: np.ndarray) -> Pairs:
    """Of each statement: pulled towards the one of all statements together, which is theirs where nothing is known."""
    everything = platt(z.ravel(), y.ravel())
    return [platt(z[:, i], y[:, i], everything, PULL_TO_ALL) for i in range(z.shape[1])]


def left_out(y: np.ndarray, z: np.ndarray, hospitals: np.ndarray) -> np.ndarray:
    """Logits of each hospital as calibrated on all others."""
    logits = np.empty_like(z, dtype=float)
    for hospital in np.unique(hospitals):
        own = hospitals == hospital
        logits[own] = calibrated(z[own], fitted(y[~own], z[~own]))
    return logits


def calibrated(z: np.ndarray, pairs: Pairs) -> np.ndarray:
    return z * [a for a, _ in pairs] + [b for _, b in pairs]


def after(home: Pairs, away: Pairs) -> Pairs:
    """One calibration in the place of two, `home` first."""
    return [(a * c, b * c + d) for (a, b), (c, d) in zip(home, away, strict=True)]


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def interval(statistic, patients: np.ndarray, seed: int) -> list[float | None]:
    return [rounded(v) for v in metrics.bootstrap_interval(statistic, patients.astype(str), seed)]


def rounded(value: float | np.floating) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
