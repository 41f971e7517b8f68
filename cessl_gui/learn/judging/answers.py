"""What the model before and the new one say of labelled records, each without having learned from the patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.learn.fit import Labelled
from cessl_gui.learn.network.predict import BATCH, Predictor


@dataclass(frozen=True)
class Measured:
    """What is measured of records beside what the network sees. load : ids -> (n, names), NaN where not known"""

    names: tuple[str, ...]
    load: Callable[[Sequence[str]], np.ndarray]

    def each(self, ids: Sequence[str], task: Task = NOBODY_WAITS) -> np.ndarray:
        """(n, names), one record after another. raises : Cancelled, asked all through"""
        steps, rows = task.steps("Measuring", len(ids)), [np.zeros((0, len(self.names)))]
        for count, record_id in enumerate(ids if self.names else ()):
            task.check()
            rows.append(task.asking(partial(self.load, [record_id])))
            steps.done(count + 1, f"{count + 1} of {len(ids)}")
        return np.concatenate(rows) if self.names else np.zeros((len(ids), 0))

    def of(self, ids: Sequence[str], names: Sequence[str]) -> np.ndarray:
        """(n, names); NaN in the column of a name that is not measured here."""
        table = self.load(ids) if names else np.zeros((len(ids), len(self.names)))
        columns = [table[:, self.names.index(n)] if n in self.names else np.full(len(ids), np.nan) for n in names]
        return np.stack(columns, 1) if columns else np.zeros((len(ids), 0))


NOTHING_MEASURED = Measured((), lambda ids: np.zeros((len(ids), 0)))


@dataclass(frozen=True)
class Before:
    """The model to compare with.

    taught : patients that it has learned from
    said   : record id -> code -> its answer out of fold, of records of these patients
    """

    model: Predictor
    taught: frozenset[str]
    said: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class After:
    """What the new model says. probabilities, cuts : (records, codes), each made without the record's patient"""

    probabilities: np.ndarray
    cuts: np.ndarray


@dataclass(frozen=True)
class Shown:
    """What models are shown of records. x : float32 (n, 12, 6144)"""

    ids: tuple[str, ...]
    x: Tensor
    measured: Measured


def says(model: Predictor, codes: Sequence[str], shown: Shown, task: Task = NOBODY_WAITS) -> np.ndarray:
    """(n, codes) probabilities; NaN for statements that the model does not know. raises : Cancelled"""
    table = shown.measured.of(shown.ids, model.measured)
    rows = []
    for i in range(0, len(shown.ids), BATCH):
        task.check()
        rows.append(model.predict(shown.x[i : i + BATCH].numpy(), table[i : i + BATCH]))
    p = np.concatenate(rows) if rows else np.zeros((0, len(model.statements)))
    at = {code: i for i, code in enumerate(model.statements)}
    return np.stack([p[:, at[code]] if code in at else np.full(len(p), np.nan) for code in codes], 1)


def out_of_fold(
    labelled: Labelled,
    codes: tuple[str, ...],
    before: Before,
    after: After,
    base: np.ndarray,
    *,
    shown: Shown,
    task: Task = NOBODY_WAITS,
) -> OutOfFold:
    """Both models' answers.

    base : (records, codes) what the backbone as it is says; NaN for what it does not know
    A record whose patient has taught the model before is left out where that model's own answer out of fold is not
    kept. Where nothing else is left the new model is compared with the backbone as it is.
    raises : Cancelled
    """
    is_base = before.model.is_base
    old = base if is_base else says(before.model, codes, shown, task)
    taught = np.array([str(p) in before.taught for p in labelled.patients], bool)
    honest = ~taught
    for row in np.flatnonzero(taught):
        kept = before.said.get(labelled.ids[row])
        if kept is not None:
            # What it carries on from the backbone no label has taught it.
            old[row] = [
                p if code in before.model.carried else kept.get(code, np.nan)
                for code, p in zip(codes, old[row], strict=True)
            ]
            honest[row] = True
    thresholds = before.model.thresholds
    if not honest.any():
        old, is_base, honest, thresholds = base, True, np.ones(len(old), bool), before.model.of_backbone
    cuts, folds = np.unique(after.cuts, axis=0, return_inverse=True)
    answers = OutOfFold(
        ids=labelled.ids,
        patients=tuple(str(p) for p in labelled.patients),
        statements=codes,
        targets=labelled.y,
        before=old,
        after=after.probabilities,
        folds=folds.reshape(-1),
        cuts_before=np.array([thresholds.get(code, 0.5) for code in codes]),
        cuts_after=cuts,
        base=None if is_base else base,
    )
    return answers.rows(honest)
