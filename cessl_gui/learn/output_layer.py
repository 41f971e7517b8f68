"""The output layer fitted to labels: logistic regression on features computed once, pulled towards where it starts.

The features are the network's before its output layer, and beside them what was measured of the ECG, where it is used.
Within a fit each feature counts in units of its spread among the records learned from, so that a pull means the same
for all. Statements that the start does not know start from zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

PULLS = (0.1, 0.3, 1.0, 10.0)  # strengths that are tried, per record; more than 10 leaves little of what labels teach
FIRST_PULL = 1.0  # at most, towards zero, of a statement that the start does not know
MEASURED_PULL = 0.3  # of measurements towards no effect (20 splits of the Challenge records, issue 15)
BIAS_PULL = 1e-6  # next to none: it keeps the bias of a statement with one kind of label finite
LEAST_SPREAD = 1e-3  # a feature that varies less is taken for constant
CURVATURE = 0.1  # p (1 - p) of a typical answer
CLOSE: Any = {"maxiter": 300, "maxfun": 400, "ftol": 1e-11, "gtol": 1e-6}


@dataclass(frozen=True)
class OutputLayer:
    """Weights for features in their own units; what is not known of a record counts as the mean.

    weight   : float64 (statements, width)
    bias     : (statements,)
    measured : (statements, measurements), none for a layer without
    means    : (measurements,) what an unknown measurement counts as
    known    : bool (statements,) whether this says anything of a statement: False where a start is fresh
    """

    weight: np.ndarray
    bias: np.ndarray
    measured: np.ndarray
    means: np.ndarray
    known: np.ndarray

    @classmethod
    def start(cls, weight: np.ndarray, bias: np.ndarray, known: np.ndarray) -> OutputLayer:
        """A layer to start from; rows of statements that are not known become zero."""
        rows = known[:, None]
        none = np.zeros((len(bias), 0)), np.zeros(0)
        return cls(np.where(rows, weight, 0.0).astype(float), np.where(known, bias, 0.0).astype(float), *none, known)

    def logits(self, features: np.ndarray, measured: np.ndarray) -> np.ndarray:
        """(n, width) and (n, measurements; NaN: not known) -> (n, statements)"""
        return features @ self.weight.T + self.bias + self.beside(measured)

    def beside(self, measured: np.ndarray) -> np.ndarray:
        """What measurements add to the logits: (n, measurements) -> (n, statements)"""
        if not self.measured.size:
            return np.zeros((len(measured), len(self.bias)))
        return np.where(np.isfinite(measured), measured - self.means, 0.0) @ self.measured.T

    def calibrated(self, pairs: Sequence[tuple[float, float]]) -> OutputLayer:
        """The same with logits a z + b. pairs : (a, b) of each statement"""
        a, b = np.array(pairs).reshape(-1, 2).T
        return replace(
            self, weight=a[:, None] * self.weight, bias=a * self.bias + b, measured=a[:, None] * self.measured
        )


@dataclass(frozen=True)
class Option:
    """How a layer is fitted. pull : to the start; None: it stays the start. measured : measurements are used, too"""

    pull: float | None
    measured: bool = False


def options(with_measured: bool) -> tuple[Option, ...]:
    """What is worth trying, the gentlest first: of equally good ones the first is taken."""
    fitted = [Option(pull, used) for used in ((False, True) if with_measured else (False,)) for pull in PULLS[::-1]]
    return Option(None), *fitted


def fit(start: OutputLayer, option: Option, features: np.ndarray, measured: np.ndarray, y: np.ndarray) -> OutputLayer:
    """Fit to labels.

    features : (n, width)
    measured : (n, measurements), NaN where not known
    y        : (n, statements) 1, 0 or NaN (not assessed)
    """
    centre, spread = features.mean(0), np.maximum(features.std(0), LEAST_SPREAD)
    means, scales = scaling(measured) if option.measured else (np.zeros(0), np.zeros(0))
    z = (features - centre) / spread
    if option.measured:
        z = np.hstack([z, np.where(np.isfinite(measured), (measured - means) / scales, 0.0)])
    weight, bias, beside = start.weight.copy(), start.bias.copy(), np.zeros((len(start.bias), len(means)))
    for rows, pull in _pulls(start.known, option.pull):
        strength = np.append(np.full(features.shape[1], pull), np.full(len(means), MEASURED_PULL))
        offset = features @ start.weight[rows].T + start.bias[rows]
        change, shift = _highest(z, offset, y[:, rows], strength)
        own, others = np.split(change, [features.shape[1]], axis=1)
        weight[rows] += own / spread
        bias[rows] += shift - own @ (centre / spread)
        beside[rows] = others / scales
    return OutputLayer(weight, bias, beside, means, np.ones(len(bias), bool))


def _pulls(known: np.ndarray, pull: float | None) -> Iterator[tuple[np.ndarray, float]]:
    """Which statements are fitted with which pull: a statement that the start does not know is never held back."""
    if known.any() and pull is not None:
        yield known, pull
    if not known.all():
        yield ~known, FIRST_PULL if pull is None else min(pull, FIRST_PULL)


def scaling(measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each measurement over the records that have it; 0 and 1 where none has, or all the same."""
    known = np.isfinite(measured)
    count = np.maximum(known.sum(0), 1)
    means = np.where(known, measured, 0.0).sum(0) / count
    spread = np.sqrt((np.where(known, measured - means, 0.0) ** 2).sum(0) / count)
    return means, np.where(spread < LEAST_SPREAD, 1.0, spread)


def _highest(z: np.ndarray, offset: np.ndarray, y: np.ndarray, strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (statements, features) and biases on top of the offsets: the penalised likelihood at its highest.

    z : (n, features); offset, y : (n, statements). The loss is divided by n, all records, whether assessed or not.
    """
    n, count = y.shape
    # Turned and scaled so that all directions are about equally curved: ten rounds do instead of hundreds.
    u, s, back = np.linalg.svd(z / np.sqrt(strength), full_matrices=False)
    scale = np.append(1 / np.sqrt(1 + CURVATURE * s**2 / n), CURVATURE**-0.5)
    x = np.hstack([u * s, np.ones((n, 1))]) * scale
    penalty = scale**2 * np.append(np.ones(len(s)), BIAS_PULL)
    known = np.isfinite(y)
    labels, weight = np.where(known, y, 0.0), known / n

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(count, -1)
        logits = x @ w.T + offset
        value = (weight * (np.logaddexp(0, logits) - labels * logits)).sum() + (penalty * w * w).sum() / 2
        slope = (weight * (expit(logits) - labels)).T @ x + penalty * w
        return float(value), slope.ravel()

    best = minimize(loss, np.zeros(count * x.shape[1]), jac=True, method="L-BFGS-B", options=CLOSE).x
    best = best.reshape(count, -1) * scale
    return best[:, :-1] @ back / np.sqrt(strength), best[:, -1]
