"""The published method, asked for by itself: one training from a fresh output layer, stopped by validation patients.

Some patients are held out to be judged by, and others decide when to stop; neither teaches the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.task import Task
from cessl_gui.core.training.training_job import Method, TrainingJob
from cessl_gui.learn import budget
from cessl_gui.learn.choosing import Cuts
from cessl_gui.learn.fit import FitRun, Labelled, Unlabelled
from cessl_gui.learn.judging.holdout import held_out

HOLD_OUT, VALIDATION = 0.2, 0.2  # shares of patients


@dataclass(frozen=True)
class Split:
    """Labelled records by patient: those to learn from, which of them decide when to stop, and those to compare on."""

    learn: Labelled
    valid: np.ndarray  # bool (records of learn,)
    test: Labelled


def split_by_patient(labelled: Labelled, job: TrainingJob) -> Split:
    """Hold out patients to compare on, and of the others some who decide when to stop. raises : TooFewLabels"""
    out = held_out(labelled.y, labelled.patients, HOLD_OUT, job.seed, job.taught)
    if not out.any():  # the current model has learned from everybody
        out = held_out(labelled.y, labelled.patients, HOLD_OUT, job.seed)
    learn = labelled.rows(~out)
    valid = held_out(learn.y, learn.patients, VALIDATION, job.seed + 1)
    if not valid.any() or not out.any():
        raise TooFewLabels("There are too few patients to hold some out.", "Label ECGs of more patients.")
    return Split(learn, valid, labelled.rows(out))


def train_as_published(
    run: FitRun,
    split: Split,
    x: Tensor,
    unlabelled: Unlabelled,
    cuts: Cuts,
    *,
    task: Task,
) -> tuple[dict[str, np.ndarray], dict[str, Any], FitRun]:
    """Train on the records of split.learn, whose inputs are x.

    returns : tensors, what the adapter's meta has of the training itself, and the run that memory allowed
    raises  : Cancelled, LossNotFinite, MemoryShort
    """
    fitted, run, shortage = budget.within_memory(
        run, int((~split.valid).sum()), lambda smaller: smaller.fit(x, split.learn, split.valid, unlabelled, task)
    )
    found = cuts.of(split.learn.y[split.valid], fitted.valid_probability)
    meta = {
        "ranks": fitted.ranks,
        "frozen_blocks": run.first,
        "thresholds": dict(zip(run.codes, found.tolist(), strict=True)),
        "steps": fitted.steps,
        "stopped_early_by_person": fitted.kept_early,
        "curve": fitted.curve,
        "n_unlabelled": fitted.n_unlabelled,
        "method": Method.EXACT,
        "why": f"the published method was asked for{shortage}",
    }
    return fitted.tensors, meta, run
