"""What the folds choose, and what they say of it.

Each way to adapt is tried with several options: pulls of the output layer, steps of a training. The folds choose the
option and the way by the loss of calibrated answers, and leave the gentlest one only for a clear gain. So that nothing
is judged by what chose it, the answers of a fold rest on choices, a calibration and thresholds made without its labels:
see `Tried.inner`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from scipy.special import expit, logit

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training.training_job import Method
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import Pairs, calibrated, platt, sigmoid
from cessl_gui.learn.output_layer import Option, OutputLayer, fit

# ECGs that the calibration of all statements counts beside a statement's own: for the slope, which few labels tell
# badly, and for the offset, which follows how frequent a statement is here.
PULL_TO_ALL = (30.0, 3.0)


@dataclass(frozen=True)
class Tried:
    """One way to adapt, tried on each fold.

    options : what was tried, JSON-able, the gentlest first
    outer   : (options, records, statements) logits of each record by the fit without its fold
    inner   : (folds, options, records, statements) as `outer`, by fits that have not seen this fold either; NaN in its
              own records. None where that would take too long: choices for a fold then rest on the answers of the
              other folds, whose fits have seen it, and its figures are a little too good.
    """

    method: Method
    options: tuple[Mapping[str, Any], ...]
    outer: np.ndarray
    inner: np.ndarray | None = None

    def beside(self, fold: int) -> np.ndarray:
        """(options, records, statements): what choices for a fold rest on."""
        return self.outer if self.inner is None else self.inner[fold]


@dataclass(frozen=True)
class Judged:
    """One way with its best option.

    option  : which; by_fold: which without the labels of each fold
    logits  : (records, statements) out of fold, calibrated and chosen without the fold
    score   : mean average precision of these, 0..1
    pairs   : the calibration of the chosen option by all folds
    moved   : (records, statements) what was added to the logits so that they rank as the start does, where it stays;
              thresholds move with it
    """

    tried: Tried
    option: int
    by_fold: tuple[int, ...]
    logits: np.ndarray
    score: float
    pairs: Pairs
    moved: np.ndarray | float = 0.0

    @property
    def stays(self) -> bool:
        """Whether the best option leaves the start as it is."""
        return _stays(self.tried, self.option)

    @property
    def chosen(self) -> Mapping[str, Any]:
        return self.tried.options[self.option]

    @property
    def method(self) -> str:
        return self.tried.method

    def described(self) -> dict[str, Any]:
        """Method, score and the best option, JSON-able."""
        return {"method": self.method, "score": round(self.score, 4), **self.chosen}


@dataclass(frozen=True)
class Chosen:
    """What the folds decided.

    best    : the way; others: what it was compared with
    after   : (records, statements) probabilities out of fold
    cuts    : (records, statements) thresholds, each chosen without the record's fold
    thresholds : (statements,) of the final model, by all folds
    """

    best: Judged
    others: tuple[Judged, ...]
    after: np.ndarray
    cuts: np.ndarray
    thresholds: np.ndarray


@dataclass(frozen=True)
class Cuts:
    """How thresholds are chosen, (statements,) each.

    own         : the start's, NaN where it does not know the statement
    sensitivity : that is wanted; NaN: the best F2
    """

    own: np.ndarray
    sensitivity: np.ndarray

    @property
    def fallback(self) -> np.ndarray:
        """Where nothing can be chosen."""
        return np.where(np.isfinite(self.own), self.own, 0.5)

    def of(self, y: np.ndarray, p: np.ndarray, kept: Pairs | None = None) -> np.ndarray:
        """(statements,) for labels and calibrated probabilities.

        kept : the calibration of a start that stays as it is, whose own thresholds then count, too
        """
        own = None if kept is None else sigmoid(calibrated(logit(self.own), kept))
        found = metrics.thresholds_few(y, p, own)
        for c in np.flatnonzero(np.isfinite(self.sensitivity)):
            found[c] = metrics.threshold_for_sensitivity(y[:, c], p[:, c], float(self.sensitivity[c]))
        return np.where(np.isfinite(found), found, self.fallback)


def try_output_layer(
    start: OutputLayer,
    ways: Sequence[Option],
    data: Mapping[str, np.ndarray],
    folds: np.ndarray,
    task: Task = NOBODY_WAITS,
) -> Tried:
    """Fit with each option without each fold, and without each pair of folds; to keep ends with the start alone.

    data   : features, measured, y: see `output_layer.fit`
    raises : Cancelled, asked between fits
    """
    count, shape = int(folds.max()) + 1, (len(ways), *data["y"].shape)
    outer, inner = np.zeros(shape), np.full((count, *shape), np.nan)
    features, measured = data["features"], data["measured"]
    pairs = combinations(range(count), 2) if count > 2 else ()
    every = [{k} for k in range(count)] + [{j, k} for j, k in pairs]
    steps = task.steps("Fitting the output layer", len(every))
    for done, without in enumerate(every):
        rows = ~np.isin(folds, list(without))
        for i, way in enumerate(ways):
            if task.should_keep():
                return stays(start, features, measured)
            layer = fit(start, way, **{name: table[rows] for name, table in data.items()})
            for k in without:
                held = folds == k
                answers = layer.logits(features[held], measured[held])
                for other in without - {k}:
                    inner[other, i, held] = answers
                if len(without) == 1:
                    outer[i, held] = answers
        steps.done(done + 1)
    described = tuple({"pull": way.pull, "measured": way.measured} for way in ways)
    return Tried(Method.OUTPUT_LAYER, described, outer, inner if count > 2 else None)


def stays(start: OutputLayer, features: np.ndarray, measured: np.ndarray) -> Tried:
    """The layer as it is."""
    return Tried(Method.OUTPUT_LAYER, ({"pull": None, "measured": False},), start.logits(features, measured)[None])


def judge(
    tried: Tried, y: np.ndarray, folds: np.ndarray, task: Task = NOBODY_WAITS, *, only: int | None = None
) -> Judged:
    """The best option and what it says, each fold judged by the others' choice.

    only   : the option, where it is known already
    raises : Cancelled
    """
    logits, by_fold = np.zeros(y.shape), []
    for fold in range(int(folds.max()) + 1):
        task.check()
        others, beside = folds != fold, tried.beside(fold)
        option = _best([losses(z[others], y[others]) for z in beside]) if only is None else only
        pairs = calibration(beside[option][others], y[others])
        logits[~others] = calibrated(tried.outer[option][~others], pairs)
        by_fold.append(option)
    moved: np.ndarray | float = 0.0
    if all(_stays(tried, option) for option in by_fold):
        moved = _in_order(logits, tried.outer[by_fold[0]]) - logits
    option = _best([losses(z, y) for z in tried.outer]) if only is None else only
    logits += moved
    score = metrics.macro(metrics.average_precision, y, logits)
    return Judged(tried, option, tuple(by_fold), logits, score, calibration(tried.outer[option], y), moved)


def choose(
    judged: Sequence[Judged],
    y: np.ndarray,
    folds: np.ndarray,
    cuts: Cuts,
    beside: Sequence[Judged] = (),
    *,
    task: Task = NOBODY_WAITS,
) -> Chosen:
    """The best way, and the answers of each fold by the way that the other folds choose.

    beside : ways that are not to be chosen, for comparison
    raises : Cancelled
    """
    best = judged[_best([_cross_entropies(one.logits, y) for one in judged])]
    rest = tuple(one for one in (*judged, *beside) if one is not best)
    if best.stays:
        best = _as_it_stays(best, y, folds, task)
        judged = [best]
    after, own_cuts = _by_fold(judged, y, folds, cuts, task)
    thresholds = _cuts(cuts, best, best.option, (y, best.tried.outer[best.option], best.pairs))
    return Chosen(best, rest, after, own_cuts, thresholds)


def _as_it_stays(one: Judged, y: np.ndarray, folds: np.ndarray, task: Task) -> Judged:
    """The start itself, whatever the others of a fold would choose: a fit that was rejected says nothing of it.

    No label has taught it, so no answer of it rests on its own fold but by its calibration, which is made without.
    """
    return judge(one.tried, y, folds, task, only=one.option)


def _by_fold(
    judged: Sequence[Judged], y: np.ndarray, folds: np.ndarray, cuts: Cuts, task: Task
) -> tuple[np.ndarray, np.ndarray]:
    """(records, statements) answers and thresholds of each fold by the way that the other folds choose."""
    after, own_cuts = np.zeros(y.shape), np.zeros(y.shape)
    for fold in range(int(folds.max()) + 1):
        task.check()
        others = folds != fold
        own = judged[_best([_cross_entropies(one.logits[others], y[others]) for one in judged])]
        after[~others] = sigmoid(own.logits[~others])
        z = own.tried.beside(fold)[own.by_fold[fold]][others]
        own_cuts[~others] = _cuts(cuts, own, own.by_fold[fold], (y[others], z, calibration(z, y[others])))
        if np.any(own.moved):
            own_cuts[~others] = expit(logit(own_cuts[~others]) + np.asarray(own.moved)[~others])
    return after, own_cuts


def over_draws(
    each: Sequence[Judged],
    y: np.ndarray,
    draws: Sequence[np.ndarray] | np.ndarray,
    cuts: Cuts,
    task: Task = NOBODY_WAITS,
) -> Chosen:
    """One way that was tried on several draws of the folds: its answers and thresholds are the means over these.

    each   : by draw, of the same options
    raises : Cancelled
    Which ECGs share a fold is chance, and with few labels all figures move with it; a mean moves less. Nor is it too
    kind: as far as what a fit says is a sum over what it learned from, the mean of fits to four fifths of the labels
    says what one fit to all says, which is what the final model is.
    """
    outer = np.mean([one.tried.outer for one in each], axis=0)
    option = _best([losses(z, y) for z in outer])
    if _stays(each[0].tried, option):
        each = [
            _as_it_stays(replace(one, option=option), y, folds, task) for one, folds in zip(each, draws, strict=True)
        ]
    parts = [_by_fold([one], y, folds, cuts, task) for one, folds in zip(each, draws, strict=True)]
    logits = np.mean([one.logits for one in each], axis=0)
    score, pairs = metrics.macro(metrics.average_precision, y, logits), calibration(outer[option], y)
    best = Judged(replace(each[0].tried, outer=outer, inner=None), option, each[0].by_fold, logits, score, pairs)
    thresholds = _cuts(cuts, best, option, (y, outer[option], pairs))
    between = metrics.mean_threshold([part[1] for part in parts])
    return Chosen(best, (), sigmoid(logits), between, thresholds)


def _cuts(cuts: Cuts, way: Judged, option: int, given: tuple[np.ndarray, np.ndarray, Pairs]) -> np.ndarray:
    """Thresholds of an option of a way. given : labels, logits and their calibration"""
    y, logits, pairs = given
    kept = pairs if _stays(way.tried, option) else None
    return cuts.of(y, sigmoid(calibrated(logits, pairs)), kept)


def _stays(tried: Tried, option: int) -> bool:
    """Whether an option leaves the start as it is."""
    return tried.options[option].get("pull", 0.0) is None


def _in_order(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The values of each column in the order of another table's: how that ranks the records holds.

    A start that stays ranks them as it did. Calibrated by fold they would pass each other: a fold that has more of a
    statement is calibrated by others that have less, and each statement would seem a little worse.
    """
    ordered = np.empty_like(values)
    np.put_along_axis(ordered, np.argsort(like, 0, kind="stable"), np.sort(values, 0), 0)
    return ordered


def calibration(logits: np.ndarray, y: np.ndarray) -> Pairs:
    """(a, b) of each statement, near that of all together while its labels are few."""
    together = platt(logits.ravel(), y.ravel())
    return [platt(z, labels, together, PULL_TO_ALL) for z, labels in zip(logits.T, y.T, strict=True)]


def losses(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(records,) cross-entropy after each statement's own calibration, as the final model gets one.

    Without it a start whose probabilities are those of other hospitals loses to a fit that does little but move them.
    """
    return _cross_entropies(calibrated(logits, calibration(logits, y)), y)


def _cross_entropies(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(records,) summed over what is assessed"""
    known = np.isfinite(y)
    z, labels = np.where(known, logits, 0.0), np.where(known, y, 0.0)
    return np.where(known, np.logaddexp(0, z) - labels * z, 0.0).sum(1)


def _best(by_record: Sequence[np.ndarray]) -> int:
    """The lowest loss; the first, gentlest one where the lowest is not lower by more than one standard error."""
    best = int(np.argmin([one.sum() for one in by_record]))
    gain = by_record[0] - by_record[best]
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.inf
    return best if gain.mean() > error else 0
