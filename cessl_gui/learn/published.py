"""The published method, asked for by itself: one training from a fresh output layer, stopped by validation patients.

Some patients are held out to be judged by, and others decide when to stop; neither teaches the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.task import Task
from cessl_gui.core.training.training_job import Method, TrainingJob
from cessl_gui.learn import budget
from cessl_gui.learn.choosing import Cuts
from cessl_gui.learn.fit import FitRun, Labelled, Unlabelled, sigmoid, targets
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.loop import Data, Trained, logits_of, merged, train
from cessl_gui.learn.network import lora
from cessl_gui.learn.network.adapted import learned
from cessl_gui.learn.quick import between

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
    (done, z, n_unlabelled), run, shortage = budget.within_memory(
        run, int((~split.valid).sum()), lambda smaller: _trained(smaller, split, x, unlabelled, task)
    )
    found = cuts.of(split.learn.y[split.valid], sigmoid(z))
    meta = {
        "ranks": [layer.rank for layer in lora.adaptable(done.net)],
        "frozen_blocks": run.first,
        "thresholds": dict(zip(run.codes, found.tolist(), strict=True)),
        "steps": done.steps,
        "stopped_early_by_person": done.kept_early,
        "curve": done.curve,
        "n_unlabelled": n_unlabelled,
        "method": Method.EXACT,
        "why": f"the published method was asked for{shortage}",
    }
    return learned(done.net), meta, run


def _trained(
    run: FitRun, split: Split, x: Tensor, unlabelled: Unlabelled, task: Task
) -> tuple[Trained, np.ndarray, int]:
    """The training, its logits of the validation records, and how many unlabelled ones took part."""
    rng, generator = np.random.default_rng(run.seed), torch.Generator().manual_seed(run.seed)
    plain = run.plain_net(generator)
    rows = run.cache(plain, x, task)
    others = run.read_unlabelled(plain, unlabelled, rng, task)
    target, assessed = targets(split.learn.y)
    own, valid = torch.from_numpy(~split.valid), torch.from_numpy(split.valid)
    parts = rows[own], target[own], assessed[own], others, rows[valid], split.learn.y[split.valid]
    data = Data(*parts, run.first)
    task.report("Ranking the layers")
    net = run.with_branches(plain, data, generator, task)
    task.report("Ranking the layers", ranks=tuple(layer.rank for layer in lora.adaptable(net)))
    done = train(net, data, run.settings, run.processor, run.seed, task=task)
    with between.asked(task.check):
        z = logits_of(merged(done.net, run.settings.deactivation), data.valid_x, run.processor, run.first, task)
    return done, z, len(others)
