"""What is known of model versions: the answers they were judged by, and any two compared on the same cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cessl_gui.core.errors import NothingToCompare
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training.evidence import Evidence
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.core.types import ModelInfo
from cessl_gui.store.project import Project
from cessl_gui.tasks.models.modelling import trained_patients
from cessl_gui.tasks.patients import project_groups

UNKNOWN_CUT = 0.5


@dataclass(frozen=True)
class Compared:
    """Two versions on the same labelled records. before, after : their ids; "" where it is not on record"""

    before: str
    after: str
    answers: OutOfFold
    evidence: Evidence

    def supports(self, active: ModelInfo | None) -> bool:
        """Whether making the later version active is the default: it is shown to be better than the active one."""
        return active is not None and self.before == active.id and self.evidence.adoption_is_supported


def answers_of(project: Project, model: ModelInfo) -> OutOfFold | None:
    """The answers that a version was judged by, of earlier versions those of its test patients. None: there are none.

    raises : ProjectError
    """
    return project.models.out_of_fold(model.id) or (_of_holdout(project, model) if model.summary else None)


def compare(
    project: Project, model: ModelInfo, against: ModelInfo | None = None, task: Task = NOBODY_WAITS
) -> Compared:
    """What a version shows against the one it was made from, or against any other on the same cases.

    raises : NothingToCompare where there are no cases that neither has learned from, Cancelled, ProjectError
    """
    from cessl_gui.learn.judging.evidence import evidence

    answers = answers_of(project, model)
    if against is None:
        if answers is None:
            raise NothingToCompare(f"{model.name} was not compared with another version.", "Choose two versions.")
        before = parent_of(project, model)
        return Compared(before.id if before else "", model.id, answers, evidence(answers, task))
    common = _common(project, against, model, task)
    return Compared(against.id, model.id, common, evidence(common, task))


def parent_of(project: Project, model: ModelInfo) -> ModelInfo | None:
    """The version that a version was trained from; None for a base model, or where it is not on record."""
    if model.summary is None:
        return None
    known = project.models.all()
    of_id = [other for other in known if other.id == model.summary.parent]
    return next(iter(of_id or [other for other in known if other.name == model.summary.compared_with]), None)


def _of_holdout(project: Project, model: ModelInfo) -> OutOfFold | None:
    """Answers as versions of before the folds kept them: of test patients who took no part in the training."""
    assert model.summary is not None
    compared = model.summary.comparison
    if not compared.holdout:
        return None
    ids, codes = tuple(compared.holdout), tuple(compared.per_class)
    groups = project_groups(project)
    tables = np.full((3, len(ids), len(codes)), np.nan)
    for row, record_id in enumerate(ids):
        for code, values in compared.holdout[record_id].items():
            if code in codes:
                tables[:, row, codes.index(code)] = values
    unknown = [c for c, code in enumerate(codes) if code in compared.unknown_before]
    tables[1][:, unknown] = np.nan
    before = model.summary.thresholds_before or {}
    return OutOfFold(
        ids,
        tuple(groups.get(i, i) for i in ids),
        codes,
        targets=tables[0],
        before=tables[1],
        after=tables[2],
        folds=np.zeros(len(ids)),
        cuts_before=np.array([before.get(code, UNKNOWN_CUT) for code in codes]),
        cuts_after=np.array([[model.thresholds.get(code, UNKNOWN_CUT) for code in codes]]),
    )


@dataclass(frozen=True)
class _Honest:
    """What one version says of records that it has not learned from: code -> probability, and -> its threshold."""

    said: dict[str, dict[str, float]]
    cuts: dict[str, dict[str, float]]


def _honest(project: Project, model: ModelInfo, ids: list[str], task: Task, other: ModelInfo) -> _Honest:
    """Out-of-fold answers where the version has them; else predictions, of patients it has not learned from.

    other : with which it is compared. What a base model said when this was judged stands: in half precision it would
            say it a little differently today, and two ways to ask would have two answers.
    """
    from cessl_gui.tasks.models.predicting import predict_all

    said: dict[str, dict[str, float]] = {}
    cuts: dict[str, dict[str, float]] = {}
    parent = parent_of(project, other) if model.is_base else None
    is_parent = parent is not None and parent.id == model.id
    answers = answers_of(project, other if is_parent else model)
    if answers is not None:
        table, limits = (answers.before, answers.old_cuts) if is_parent else (answers.after, answers.cuts)
        for row, record_id in enumerate(answers.ids):
            columns = np.flatnonzero(np.isfinite(table[row]))
            said[record_id] = {answers.statements[c]: float(table[row, c]) for c in columns}
            cuts[record_id] = {answers.statements[c]: float(limits[row, c]) for c in columns}
    groups, taught = project_groups(project), trained_patients(project, model)
    rest = [i for i in ids if i not in said and groups.get(i, i) not in taught]
    if rest and set(rest) & set(project.predictions.missing(model.id)):
        predict_all(project, task, model)
    kept = project.predictions.all(model.id)
    for record_id in rest:
        if record_id in kept:
            said[record_id] = kept[record_id].probabilities
            cuts[record_id] = model.thresholds
    # What it carries on from its starting model no label has taught it.
    trained = model.summary.statements if model.summary else ()
    carried = set(model.statements) - set(trained) if trained else set()
    for record_id in said.keys() & kept.keys() - set(rest):
        more = {code: p for code, p in kept[record_id].probabilities.items() if code in carried}
        said[record_id] |= more
        cuts[record_id] |= {code: model.thresholds.get(code, UNKNOWN_CUT) for code in more}
    return _Honest(said, cuts)


def _common(project: Project, first: ModelInfo, second: ModelInfo, task: Task) -> OutOfFold:
    """Labelled records that neither version has learned from, or was judged on out of fold, with both answers."""
    labels = project.labels.all_current()
    value = {"present": 1.0, "absent": 0.0}
    given = {i: {c: value[s] for c, s in states.items() if s in value} for i, states in labels.items()}
    ids = sorted(i for i, states in given.items() if states)
    old, new = (_honest(project, one, ids, task, other) for one, other in ((first, second), (second, first)))
    ids = [i for i in ids if i in old.said and i in new.said]
    codes = [c for c in second.statements if any(c in given[i] and c in new.said[i] for i in ids)]
    if not codes:
        raise NothingToCompare(
            f"There is no labelled ECG on which {first.name} and {second.name} can both be judged.",
            "Label ECGs of other patients than they have learned from.",
        )

    def table(source: Mapping[str, Mapping[str, float]]) -> np.ndarray:
        return np.array([[source[i].get(code, np.nan) for code in codes] for i in ids])

    groups = project_groups(project)
    cuts = np.stack([table(old.cuts), table(new.cuts)], axis=1)
    # Records judged at the same thresholds of both versions make one fold.
    by_fold, folds = np.unique(np.where(np.isnan(cuts), UNKNOWN_CUT, cuts), axis=0, return_inverse=True)
    return OutOfFold(
        tuple(ids),
        tuple(groups.get(i, i) for i in ids),
        tuple(codes),
        targets=table(given),
        before=table(old.said),
        after=table(new.said),
        folds=folds.reshape(-1),
        cuts_before=by_fold[:, 0],
        cuts_after=by_fold[:, 1],
    )
