"""What answers out of fold show: figures before and after with intervals by patient that hold for few patients.

An interval tells nothing of another draw of the folds, and one in twenty misses: with twenty statements that did not
change one may be called better or worse. `benchmarks/learning/evidence_coverage.py` measures how often intervals cover.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training.evidence import (
    NO_FIGURE,
    CurvePoint,
    Effect,
    Evidence,
    Figure,
    Scores,
    StatementEvidence,
    within_a_sentence,
)
from cessl_gui.core.training.results import Comparison, OutOfFold, StatementComparison
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import gap_by_chance
from cessl_gui.learn.judging.intervals import Replicates, bounded, jackknife, number, rounded, wilson, within_unit

MOST_GROUPS = 200  # patients are left out in so many groups at most: more cost time and narrow nothing
WORTH = 0.05  # the least change of AUC worth telling: what `more` is reckoned for
MOST_MORE = 500  # beyond which "some N more" is no advice
UNKNOWN_P = 0.5  # what a model that does not know a statement says of it
CURVE_BINS, LEAST_IN_BIN = 8, 12

Statistic = Callable[[np.ndarray, np.ndarray, np.ndarray], float]  # labels, probabilities, thresholds of one column


def _f2(y: np.ndarray, p: np.ndarray, cut: np.ndarray) -> float:
    return metrics.f_g_beta(y, np.where(np.isnan(p), 0, p >= cut).astype(float))[0]


def average_precision(y: np.ndarray, p: np.ndarray) -> float:
    """As `metrics.average_precision`, but equal probabilities are called together: no order of records decides."""
    positives = (y == 1).sum()
    if not positives:
        return float("nan")
    order = np.argsort(-p, kind="stable")
    hits, last = (y[order] == 1).cumsum(), np.append(p[order][1:] != p[order][:-1], True)
    hits, called = hits[last], np.flatnonzero(last) + 1
    return float((np.diff(hits, prepend=0) * hits / called).sum() / positives)


STATISTICS: dict[str, Statistic] = {
    "auc": lambda y, p, cut: metrics.auc(y, p),
    "average_precision": lambda y, p, cut: average_precision(y, p),
    "f2": _f2,
}


def evidence(answers: OutOfFold, task: Task = NOBODY_WAITS) -> Evidence:
    """Return what two models' answers show.

    task   : asked between statements
    raises : Cancelled
    """
    y, patients = answers.targets, np.asarray(answers.patients)
    known = np.isfinite(answers.before).any(0)
    cuts = answers.old_cuts, answers.cuts
    supported = metrics.supported(y, patients)
    groups = _groups(patients)
    old, new = [], []
    for column in range(len(answers.statements)):
        task.check()
        old.append(_replicates(y, answers.before, cuts[0], groups, column) if known[column] else {})
        new.append(_replicates(y, answers.after, cuts[1], groups, column))
    statements = []
    for column, code in enumerate(answers.statements):
        before, after = (
            _scores(answers, (values, cut), column, replicates[column], supported[column])
            for values, cut, replicates in ((answers.before, cuts[0], old), (answers.after, cuts[1], new))
        )
        statements.append(
            _statement(answers, code, column, (before if known[column] else None, after), (old[column], new[column]))
        )
    over = np.flatnonzero(supported & known)
    return Evidence(
        n=len(answers.ids),
        n_patients=len(set(answers.patients)),
        statements=tuple(statements),
        over=tuple(answers.statements[c] for c in over),
        macro=_macro(answers, over, old, new),
        calibration=(_pooled(answers, answers.before), _pooled(answers, answers.after)),
        forgetting=_forgetting(answers, cuts[1], groups, new) if answers.base is not None else {},
        unknown_before=tuple(c for c, knows in zip(answers.statements, known, strict=True) if not knows),
        ranking_stays=bool(statements)
        and all(_ranks_alike(answers, column) for column in range(len(answers.statements))),
    )


def _ranks_alike(answers: OutOfFold, column: int) -> bool:
    """Whether both models put the records in one order by a statement."""
    old, new = answers.before[:, column], answers.after[:, column]
    known = np.isfinite(old)
    if not known.any() or not np.array_equal(known, np.isfinite(new)):
        return False
    old, new = old[known], new[known]
    return bool((np.diff(new[np.lexsort((new, old))]) >= 0).all())


def _groups(patients: np.ndarray) -> np.ndarray:
    """int (records,) the group that a record is left out with: its patient's, or several patients' where many."""
    _, member = np.unique(patients, return_inverse=True)
    count = int(member.max()) + 1 if len(member) else 0
    if count <= MOST_GROUPS:
        return member
    return np.random.default_rng(0).permutation(count)[member] % MOST_GROUPS


def _replicates(
    y: np.ndarray, p: np.ndarray, cut: np.ndarray, groups: np.ndarray, column: int
) -> dict[str, Replicates]:
    """Statistic -> its values for one column."""
    mine = np.isfinite(y[:, column]) & np.isfinite(p[:, column])
    labels, values, cuts, member = y[mine, column], p[mine, column], cut[mine, column], groups[mine]
    every = range(int(groups.max()) + 1 if len(groups) else 0)
    kept = [member != g for g in every]
    found = {}
    for name, statistic in STATISTICS.items():
        whole = statistic(labels, values, cuts)
        left = [statistic(labels[k], values[k], cuts[k]) if not k.all() else whole for k in kept]
        found[name] = Replicates(whole, np.array(left))
    return found


def _statement(
    answers: OutOfFold,
    code: str,
    column: int,
    scores: tuple[Scores | None, Scores],
    replicates: tuple[dict[str, Replicates], dict[str, Replicates]],
) -> StatementEvidence:
    y, patients = answers.targets[:, column], np.asarray(answers.patients)
    with_it, without = (len(set(patients[y == value])) for value in (1, 0))
    n_present = int((y == 1).sum())
    enough = min(with_it, without) >= metrics.ENOUGH
    old, new = replicates
    changes: dict[str, Figure] = {}
    if old:
        for name in STATISTICS:
            change = new[name].minus(old[name])
            changes[name] = jackknife(change, min(with_it, without)) if enough else Figure(number(change.whole))
    effect = Effect.TOO_FEW if not enough else changes["auc"].effect if old else Effect.NEW
    if effect == Effect.UNCLEAR and _ranks_alike(answers, column):
        effect = Effect.SAME
    more = _more(changes.get("auc", NO_FIGURE), n_present, min(with_it, without), effect)
    return StatementEvidence(code, n_present, int((y == 0).sum()), with_it, without, *scores, changes, effect, more)


def _more(change: Figure, n: int, rarer: int, effect: Effect) -> int:
    """How many more ECGs with the statement would tell a change of this size, the error falling with the root of n.

    rarer : patients with it or without, whichever are fewer
    """
    if effect == Effect.TOO_FEW:
        return metrics.ENOUGH - rarer
    half = change.half_width
    if effect != Effect.UNCLEAR or half is None or change.value is None:
        return 0
    size = max(abs(change.value), WORTH)
    more = int(np.ceil(n * ((half / size) ** 2 - 1)))
    return more if 0 < more <= MOST_MORE else 0


def _scores(
    answers: OutOfFold,
    model: tuple[np.ndarray, np.ndarray],
    column: int,
    replicates: dict[str, Replicates],
    enough: bool,
) -> Scores:
    """One model's figures on one statement. model : its probabilities and thresholds, both (records, statements)"""
    p, cuts = model
    y, patients = answers.targets[:, column], np.asarray(answers.patients)
    mine = np.isfinite(y) & np.isfinite(p[:, column])
    labels, values, who = y[mine], p[mine, column], patients[mine]
    called = values >= cuts[mine, column]
    rarer = min(len(set(who[labels == 1])), len(set(who[labels == 0])))
    found = {name: bounded(one, rarer) if enough else Figure(number(one.whole)) for name, one in replicates.items()}
    curve = calibration_curve(labels, values, who)
    return Scores(
        **found,
        sensitivity=_share(called[labels == 1], who[labels == 1]),
        specificity=_share(~called[labels == 0], who[labels == 0]),
        ppv=_share(labels[called] == 1, who[called]),
        curve=curve,
        calibration_error=_curve_error(curve),
        calibration_chance=_curve_chance(values),
    )


def _share(right: np.ndarray, patients: np.ndarray) -> Figure:
    return wilson(float(right.mean()), len(set(patients))) if len(right) else NO_FIGURE


def calibration_curve(y: np.ndarray, p: np.ndarray, patients: Sequence[str] | np.ndarray) -> tuple[CurvePoint, ...]:
    """Records by rising probability in parts of equal size, at least LEAST_IN_BIN each; none where fewer."""
    if len(y) < LEAST_IN_BIN:
        return ()
    who = np.asarray(patients)
    return tuple(
        CurvePoint(rounded(p[part].mean()), wilson(float(y[part].mean()), len(set(who[part]))), len(part))
        for part in _parts(p)
    )


def _parts(p: np.ndarray) -> list[np.ndarray]:
    return np.array_split(np.argsort(p, kind="stable"), max(1, min(CURVE_BINS, len(p) // LEAST_IN_BIN)))


def _curve_chance(p: np.ndarray) -> float | None:
    if len(p) < LEAST_IN_BIN:
        return None
    return rounded(sum(gap_by_chance(p[part]) * len(part) for part in _parts(p)) / len(p))


def _curve_error(curve: tuple[CurvePoint, ...]) -> float | None:
    if not curve:
        return None
    off = sum(point.n * abs(point.said - (point.had.value or 0.0)) for point in curve)
    return rounded(off / sum(point.n for point in curve))


def _pooled(answers: OutOfFold, p: np.ndarray) -> Scores:
    """Calibration of all assessed answers together."""
    mine = np.isfinite(answers.targets) & np.isfinite(p)
    who = np.broadcast_to(np.asarray(answers.patients)[:, None], mine.shape)[mine]
    curve = calibration_curve(answers.targets[mine], p[mine], who)
    return Scores(curve=curve, calibration_error=_curve_error(curve), calibration_chance=_curve_chance(p[mine]))


def _macro(
    answers: OutOfFold, over: np.ndarray, old: list[dict[str, Replicates]], new: list[dict[str, Replicates]]
) -> dict[str, tuple[Figure, Figure, Figure]]:
    """Means over the statements with patients enough: before, after, and their difference."""
    if not len(over):
        return {}
    patients = np.asarray(answers.patients)
    some = len(set(patients[(answers.targets[:, over] == 1).any(1)]))
    means = {}
    for name in STATISTICS:
        before, after = (
            Replicates(
                float(np.mean([one[c][name].whole for c in over])),
                np.mean([one[c][name].without for c in over], axis=0),
            )
            for one in (old, new)
        )
        first, second, change = (jackknife(found, some) for found in (before, after, after.minus(before)))
        means[name] = (within_unit(first), within_unit(second), change)
    return means


def _forgetting(
    answers: OutOfFold, cuts: np.ndarray, groups: np.ndarray, new: list[dict[str, Replicates]]
) -> dict[str, Figure]:
    """Statements that the backbone knows by itself, with patients enough: the change of AUC against the backbone."""
    assert answers.base is not None
    found = {}
    patients = np.asarray(answers.patients)
    supported = metrics.supported(answers.targets, patients)
    for column, code in enumerate(answers.statements):
        if supported[column] and np.isfinite(answers.base[:, column]).any():
            base = _replicates(answers.targets, answers.base, cuts, groups, column)
            y = answers.targets[:, column]
            rarer = min(len(set(patients[y == value])) for value in (0, 1))
            found[code] = jackknife(new[column]["auc"].minus(base["auc"]), rarer)
    return found


def comparison_of(answers: OutOfFold, task: Task = NOBODY_WAITS) -> Comparison:
    """What a version keeps of its evidence: the figures, the verdict in words, and each answer. raises : Cancelled"""
    found, words = evidence(answers, task), vocabulary()
    before, after, change = found.macro.get("auc", (NO_FIGURE, NO_FIGURE, NO_FIGURE))
    names = {one.code: within_a_sentence(words[one.code].name) for one in found.statements}
    return Comparison(
        n=found.n,
        n_patients=found.n_patients,
        per_class={one.code: _kept(one) for one in found.statements},
        macro_over=found.over,
        macro_auc_before=before.value,
        macro_auc_after=after.value,
        difference=change.value,
        interval=(change.low, change.high),
        better=None if change.low is None or change.high is None or change.low <= 0 <= change.high else change.low > 0,
        verdict=f"{found.verdict(names)} {found.basis(names)}",
        unknown_before=found.unknown_before,
        holdout={
            record_id: {
                code: (int(answers.targets[row, c]), _said(answers.before[row, c]), _said(answers.after[row, c]))
                for c, code in enumerate(answers.statements)
                if np.isfinite(answers.targets[row, c])
            }
            for row, record_id in enumerate(answers.ids)
        },
    )


def _kept(one: StatementEvidence) -> StatementComparison:
    before = one.before or Scores()
    change = one.changes.get("auc", NO_FIGURE)
    return StatementComparison(
        n_positive=one.n_present,
        n_negative=one.n_absent,
        auc_before=before.auc.value,
        auc_after=one.after.auc.value,
        ap_before=before.average_precision.value,
        ap_after=one.after.average_precision.value,
        interval=(change.low, change.high),
    )


def _said(p: float) -> float:
    return round(float(p), 4) if np.isfinite(p) else UNKNOWN_P
