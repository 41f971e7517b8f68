"""Scores of multi-label predictions, as the CE-SSL paper takes them, with labels that may be missing.

Arrays are (records, statements). A label is 1, 0 or NaN (not assessed: left out). A statement that lacks positives or
negatives has no score (NaN) and does not enter a mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.special import expit, logit

from cessl_gui.core.training.evidence import ENOUGH as ENOUGH

Names = Sequence[str] | np.ndarray  # of patients or hospitals, one a record

BETA = 2.0
THEORY = 10  # positives that the theoretical threshold weighs as much as
OWN = 30  # positives that a model's own earlier threshold weighs as much as (docs/learning.md)


def auc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Area under the ROC curve of one statement; ties count half. NaN without both classes."""
    y, p = _assessed(labels, probabilities)
    positives, negatives = p[y == 1], np.sort(p[y != 1])
    if not len(positives) or not len(negatives):
        return float("nan")
    # Twice the pairs in the right order, ties once: a tenth of the time of ranking them all, for thousands of draws.
    pairs = negatives.searchsorted(positives, "left").sum() + negatives.searchsorted(positives, "right").sum()
    return float(pairs / (2 * len(positives) * len(negatives)))


def average_precision(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean precision at each positive, best first, 0..1. NaN without positives.

    Equal probabilities stand in the order of a reversed argsort, as in the published code: with ties the value depends
    on that order, and so on the processor whose sort numpy uses.
    """
    y, p = _assessed(labels, probabilities)
    hit = y[p.argsort()[::-1]] == 1
    positives = hit.sum()
    if not positives:
        return float("nan")
    precision = np.where(hit, hit.cumsum(), 0) / np.arange(1, len(y) + 1)
    return float(precision.sum() / (positives + 1e-8))  # their epsilon


def f_g_beta(labels: np.ndarray, present: np.ndarray, beta: float = BETA) -> tuple[float, float]:
    """F_beta and G_beta (PhysioNet) of one statement. NaN where there is neither a positive nor a prediction."""
    y, b = _assessed(labels, present)
    hits, extra, missed = (y * b).sum(), ((1 - y) * b).sum(), (y * (1 - b)).sum()
    if not hits + extra + missed:
        return float("nan"), float("nan")
    f = (1 + beta**2) * hits / ((1 + beta**2) * hits + extra + beta**2 * missed)
    return float(f), float(hits / (hits + extra + beta * missed))


def ranking_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of (present, absent) pairs within a record that are in wrong or equal order; mean over records."""
    present, absent = labels == 1, labels == 0
    wrong = probabilities[:, :, None] <= probabilities[:, None, :]
    pairs = present[:, :, None] & absent[:, None, :]
    count = pairs.sum((1, 2))
    return float(np.mean(np.where(count, (wrong & pairs).sum((1, 2)) / np.maximum(count, 1), 0.0)))


def coverage(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """How far down a record's ranking one must go to meet all its present statements; mean over records."""
    present, assessed = labels == 1, ~np.isnan(labels)
    lowest = np.where(present, probabilities, np.inf).min(1, keepdims=True)
    return float(((probabilities >= lowest) & assessed).sum(1).mean())


def thresholds_max_f2(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(statements,) probability from which on a statement is called present, for the best F2; NaN without positives."""
    return np.array([_best_threshold(*_assessed(y, p)) for y, p in zip(labels.T, probabilities.T, strict=True)])


def _best_threshold(y: np.ndarray, p: np.ndarray) -> float:
    if not y.sum():
        return float("nan")
    # Down the ranking: what is called present at threshold p[i] is all that stands at or above it.
    order = np.argsort(-p, kind="stable")
    hits, called = y[order].cumsum(), np.arange(1, len(y) + 1)
    f = (1 + BETA**2) * hits / (called + BETA**2 * y.sum())
    last_of_equal = np.append(p[order][1:] != p[order][:-1], True)
    best = len(y) - 1 - np.where(last_of_equal, f, -1)[::-1].argmax()  # of equally good ones the lowest
    return float(p[order][best])


def thresholds_few(labels: np.ndarray, probabilities: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    """(statements,) as thresholds_max_f2, but where few positives decide, held near what theory says; NaN unassessed.

    For calibrated probabilities the threshold of the best F_beta is F* / (1 + beta^2), F* being that best score, which
    the probabilities themselves foretell. The threshold measured on n positives counts n, theory counts 10 (in logits).
    own : thresholds that the same model was given before, on many ECGs, NaN: none; they count 30
    """
    thresholds = []
    own = np.full(labels.shape[1], np.nan) if own is None else own
    for y, p, before in zip(labels.T, probabilities.T, own, strict=True):
        y, p = _assessed(y, p)
        if not len(y):
            thresholds.append(np.nan)
            continue
        measured = _best_threshold(y, p) if y.sum() else 0.5
        said = [(measured, y.sum()), (_expected_best(p) / (1 + BETA**2), THEORY)]
        said += [(before, OWN)] if np.isfinite(before) else []
        thresholds.append(expit(np.average([_logit(t) for t, _ in said], weights=[n for _, n in said])))
    return np.array(thresholds)


def threshold_for_sensitivity(labels: np.ndarray, probabilities: np.ndarray, wanted: float) -> float:
    """The highest threshold that finds such a share of the positives of one statement, 0..1; NaN without positives.

    Of n positives it is the k-th lowest, k the whole part of (1 - wanted)(n + 1): another positive is then missed with
    a chance of 1 - wanted at most. Where k is 0, n are too few to promise as much, and the lowest positive is it.
    """
    y, p = _assessed(labels, probabilities)
    positives = np.sort(p[y == 1])
    if not len(positives):
        return float("nan")
    return float(positives[max(0, int((1 - wanted) * (len(positives) + 1) + 1e-9) - 1)])


def mean_threshold(thresholds: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of thresholds that were chosen several times, in logits."""
    return np.asarray(expit(np.mean(logit(np.clip(thresholds, 1e-6, 1 - 1e-6)), axis=0)))


def _expected_best(p: np.ndarray) -> float:
    """The highest F2 that a threshold reaches if each record is positive with its own probability."""
    hits, called = np.sort(p)[::-1].cumsum(), np.arange(1, len(p) + 1)
    return float(((1 + BETA**2) * hits / (called + BETA**2 * p.sum())).max())


def _logit(p: float) -> float:
    return float(logit(np.clip(p, 1e-6, 1 - 1e-6)))


def per_class(function: Callable[..., float], labels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(statements,) a score of each statement"""
    return np.array([function(y, p) for y, p in zip(labels.T, values.T, strict=True)])


def macro(function: Callable[..., float], labels: np.ndarray, values: np.ndarray) -> float:
    """Mean over the statements that have this score; NaN if none has."""
    scores = per_class(function, labels, values)
    return float(np.nanmean(scores)) if np.isfinite(scores).any() else float("nan")


def scores(labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray) -> dict[str, float]:
    """All scores of the paper at once, as shares of 1."""
    present = (probabilities >= thresholds).astype(float)
    return {
        "auc": macro(auc, labels, probabilities),
        "map": macro(average_precision, labels, probabilities),
        "f2": macro(lambda y, b: f_g_beta(y, b)[0], labels, present),
        "g2": macro(lambda y, b: f_g_beta(y, b)[1], labels, present),
        "ranking_loss": ranking_loss(labels, probabilities),
        "coverage": coverage(labels, probabilities),
    }


def supported(labels: np.ndarray, groups: Names) -> np.ndarray:
    """(statements,) whether enough patients have it and enough have not for a bootstrap interval to mean anything.

    With one or two positives every draw has the same ones, and only the negatives vary: two equally good models then
    differ "beyond their 95 % interval" in up to half of all simulated comparisons, with 8 in some 6 %
    (tests/learn/test_compare.py keeps watch).
    """
    names = np.asarray(groups)
    return np.array([min(len(set(names[y == 1])), len(set(names[y == 0]))) >= ENOUGH for y in labels.T], bool)


def bootstrap_interval(
    statistic: Callable[[np.ndarray], float],
    groups: Names,
    seed: int = 0,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a statistic when patients, not records, are drawn again.

    statistic : takes row numbers (with repeats); draws where it is NaN are left out
    groups    : the patient of each row
    returns   : (low, high); NaN if fewer than half the draws have a value
    """
    return percentile_interval([statistic(rows) for rows in patient_draws(groups, seed, draws)], level)


def patient_draws(groups: Names, seed: int, draws: int) -> Iterator[np.ndarray]:
    """Row numbers of one bootstrap sample after another: whole patients, drawn with repeats."""
    rng = np.random.default_rng(seed)
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    rows = [np.flatnonzero(member == g) for g in range(member.max() + 1)] if len(member) else []
    for _ in range(draws if rows else 0):
        yield np.concatenate([rows[g] for g in rng.integers(len(rows), size=len(rows))])


def percentile_interval(values: Sequence[float] | np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """(low, high) of bootstrap values; NaN if fewer than half of them are numbers."""
    finite = [v for v in values if np.isfinite(v)]
    if len(finite) < max(1, len(values) // 2):
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _assessed(labels: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(labels)
    return labels[known], values[known]
