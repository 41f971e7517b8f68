"""Before and after on held-out patients, in figures and in a sentence that claims no more than they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cessl_gui.core.results import NO_INTERVAL, Comparison, Interval, OutOfFold, StatementComparison
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.learn import metrics
from cessl_gui.learn.fit import Labelled
from cessl_gui.learn.predict import BATCH, Predictor

UNKNOWN_P = 0.5  # what a model that does not know a statement says of it


def compare(
    test: Labelled,
    codes: Sequence[str],
    before: Predictor,
    after: Predictor,
    inputs: np.ndarray,
    *,
    seed: int,
    task: Task = NOBODY_WAITS,
) -> Comparison:
    """Compare two models on records that the new one was not adapted to.

    test        : y is (records, codes)
    task        : asked between batches of records and between statements
    raises      : Cancelled
    An interval is given only for statements with patients enough (`metrics.supported`), and the macro figures are over
    these; where there is none they are over all, and nothing is claimed.
    """
    old, new = _columns(before, codes, inputs, task), _columns(after, codes, inputs, task)
    unknown = tuple(code for code in codes if code not in before.statements)
    return _compared(test, (tuple(codes), old, new, unknown), seed, task)


def compare_answers(answers: OutOfFold, *, seed: int, task: Task = NOBODY_WAITS) -> Comparison:
    """The same of answers out of fold. raises : Cancelled, asked between statements"""
    labelled = Labelled(answers.ids, np.array(answers.patients, object), answers.targets.astype(float))
    codes, old = answers.statements, answers.before.astype(float)
    unknown = tuple(code for code, p in zip(codes, old.T, strict=True) if not np.isfinite(p).any())
    old = np.where(np.isfinite(old), old, UNKNOWN_P)
    return _compared(labelled, (codes, old, answers.after.astype(float), unknown), seed, task)


def _compared(
    test: Labelled, tables: tuple[tuple[str, ...], np.ndarray, np.ndarray, tuple[str, ...]], seed: int, task: Task
) -> Comparison:
    """tables : codes, probabilities of two models (records, codes), codes that the first does not know"""
    codes, old, new, unknown = tables
    ids, patients, y = test.ids, test.patients.tolist(), test.y
    enough = metrics.supported(y, patients)
    per_class = {}
    for c, code in enumerate(codes):
        task.check()
        per_class[code] = StatementComparison(
            n_positive=int((y[:, c] == 1).sum()),
            n_negative=int((y[:, c] == 0).sum()),
            auc_before=_number(metrics.auc(y[:, c], old[:, c])),
            auc_after=_number(metrics.auc(y[:, c], new[:, c])),
            # Of equal answers it would be the order of the records.
            ap_before=None if code in unknown else _number(metrics.average_precision(y[:, c], old[:, c])),
            ap_after=_number(metrics.average_precision(y[:, c], new[:, c])),
            interval=_interval(y[:, [c]], old[:, [c]], new[:, [c]], patients, seed, 200) if enough[c] else NO_INTERVAL,
        )
    over = np.flatnonzero(enough) if enough.any() else np.arange(len(codes))
    each = y[:, over], old[:, over], new[:, over]
    first, second = metrics.macro(metrics.auc, each[0], each[1]), metrics.macro(metrics.auc, each[0], each[2])
    interval = _interval(*each, patients, seed, 500) if enough.any() else NO_INTERVAL
    people = len(set(patients))
    return Comparison(
        n=len(ids),
        n_patients=people,
        per_class=per_class,
        macro_over=tuple(codes[c] for c in over.tolist()),
        macro_auc_before=_number(first),
        macro_auc_after=_number(second),
        difference=_number(second - first),
        interval=interval,
        better=_better(interval),
        verdict=verdict(len(ids), people, first, second, interval, statements=int(enough.sum())),
        unknown_before=unknown,
        holdout={
            record: {
                code: (int(y[i, c]), round(float(old[i, c]), 4), round(float(new[i, c]), 4))
                for c, code in enumerate(codes)
                if np.isfinite(y[i, c])
            }
            for i, record in enumerate(ids)
        },
    )


def verdict(n: int, patients: int, before: float, after: float, interval: Interval, *, statements: int) -> str:
    """One sentence for a person. statements : how many have patients enough to be compared"""
    basis = f"{n} ECG{'s' * (n != 1)} of {patients} test patient{'s' * (patients != 1)}"
    if interval[0] is None:
        few = f"no statement is present in {metrics.ENOUGH} of them and absent in {metrics.ENOUGH}"
        return f"{basis} cannot show whether the new model is better, because {few}: label more."
    over = f"macro AUC over {statements} statement{'s' * (statements != 1)}"
    span = f"{interval[0]:+.3f} to {interval[1]:+.3f}"
    figures = f"{over} {before:.3f} before, {after:.3f} after; 95% CI of the difference {span}"
    if _better(interval):
        return f"Better on {basis} ({figures})."
    if _better(interval) is False:
        return f"Worse on {basis} ({figures}): keep the current model."
    return f"No difference that {basis} can show ({figures})."


def thresholds(
    y: np.ndarray, probabilities: np.ndarray, codes: Sequence[str], fallback: Mapping[str, float]
) -> dict[str, float]:
    """Per code the threshold for the best F2, from the validation records; unassessed there: the one known before.

    The published rule takes the best F2 on validation as it is. With the handful of positives that 50-500 labels leave
    there it is noise: on the Challenge records (12 splits, linear probe) macro F2 on test is 0.10 higher this way.
    """
    measured = metrics.thresholds_few(y, probabilities)
    return {
        code: float(t) if np.isfinite(t) else float(fallback.get(code, 0.5))
        for code, t in zip(codes, measured, strict=True)
    }


def _columns(model: Predictor, codes: Sequence[str], inputs: np.ndarray, task: Task) -> np.ndarray:
    parts = []
    for i in range(0, len(inputs), BATCH):
        task.check()
        parts.append(model.predict(inputs[i : i + BATCH]))
    p = np.concatenate(parts)
    at = {code: i for i, code in enumerate(model.statements)}
    return np.stack([p[:, at[c]] if c in at else np.full(len(p), UNKNOWN_P) for c in codes], 1)


def _interval(y, old, new, patients, seed: int, draws: int) -> Interval:
    def difference(rows: np.ndarray) -> float:
        return metrics.macro(metrics.auc, y[rows], new[rows]) - metrics.macro(metrics.auc, y[rows], old[rows])

    low, high = metrics.bootstrap_interval(difference, patients, seed, draws)
    return _number(low), _number(high)


def _better(interval: Interval) -> bool | None:
    low, high = interval
    if low is None or high is None or low <= 0 <= high:
        return None
    return low > 0


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
