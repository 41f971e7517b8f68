"""One fine-tuning from labels to an adapter: split by patient, choose the method, allocate ranks, train, compare."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import State, TrainingJob
from cessl_gui.learn import budget, device
from cessl_gui.learn.adapted import Adapted
from cessl_gui.learn.backbone import LEADS, SAMPLES
from cessl_gui.learn.backbones import Backbone
from cessl_gui.learn.compare import compare, thresholds
from cessl_gui.learn.fit import FROZEN, READ_AT_ONCE, FitRun, Fitted, Labelled, Load, Unlabelled, finite
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.loop import ALL_LAYERS, EXACT, FAST, TrainingSettings
from cessl_gui.learn.predict import Predictor
from cessl_gui.learn.readiness import trainable, why_not_trainable

HOLD_OUT, VALIDATION = 0.2, 0.2  # shares of patients
UNLABELLED_MOST = 1024  # drawn once; batch norm needs no more, and memory stays bounded: see `adapt`


@dataclass(frozen=True)
class Split:
    """Labelled records by patient: those to learn from, which of them decide when to stop, and those to compare on."""

    learn: Labelled
    valid: np.ndarray  # bool (records of learn,)
    test: Labelled


def adapt(
    job: TrainingJob,
    load: Load,
    backbone: Backbone,
    task: Task = NOBODY_WAITS,
    *,
    settings: TrainingSettings | None = None,
    before: Predictor | None = None,
    thread_count: int | None = None,
) -> Adapted:
    """Fine-tune a backbone on the labels of a job with CE-SSL.

    task         : asked at each step, and between batches of ECGs before and after training; to keep ends training with
                   the best so far (before its first step: with what it would start from)
    settings     : None: those of the mode
    before       : the model to compare with (default: the backbone as it is)
    thread_count : None: all cores but one
    returns      : adapter; its meta has backbone, backbone_sha256, statements, ranks, deactivation, thresholds,
                   skipped, mode, why, metrics and holdout (see `compare`), curve, steps, seconds, seed, settings
    raises       : TooFewLabels, Cancelled, ModelMismatch, MemoryShort
    The global random state is untouched; on one processor the same seed, mode and number of threads give the same bits
    ("auto" goes by a timing, and the window leaves a core free that the commands use).
    Memory: at most UNLABELLED_MOST unlabelled records are drawn, and read 16 at a time. As inputs they take 150 KB each
    (bf16), as features of the frozen blocks 192 KB with tiny and 384 KB with base (fp32): 200 or 400 MB at most.
    """
    begun = time.monotonic()
    labelled, codes, skipped = labelled_of(job)
    processor = device.choose(job.device)
    with device.threads(thread_count):
        task.report("Reading ECGs")
        split = split_by_patient(labelled, job)
        x = read(split.learn.ids, load, task)
        mode, reason = budget.choose_mode(job.mode, backbone, processor, len(split.learn.ids))
        settings = settings or (FAST if mode == "fast" else EXACT if job.mode == "exact" else ALL_LAYERS)
        processor = device.checked(processor, backbone.net, x[:READ_AT_ONCE])
        # An ECG of which nothing is said that can be learned serves as an unlabelled one.
        others = sorted(set(job.labels) - set(labelled.ids))
        drawn = sample_unlabelled((*job.unlabelled, *others) if settings.semi else (), job.seed)
        run = FitRun(backbone, codes, settings, processor, job.seed, FROZEN if mode == "fast" else 0)
        unlabelled = Unlabelled(drawn, load)
        fitted, run, shortage = budget.fit_within_memory(run, x, split.learn, split.valid, unlabelled, task=task)
        task.report("Comparing the models on the test patients")
        meta = _facts(run, fitted, split) | {
            "skipped": skipped,
            "mode": mode,
            "why": f"{reason}{shortage}; {run.processor.reason}",
            "n_labelled": len(labelled.ids),
            "n_unlabelled": len(drawn),
            "settings": settings.__dict__,
        }
        adapted = Adapted(fitted.tensors, meta)
        old, new = before or Predictor(backbone), Predictor(backbone, adapted)
        inputs = read(split.test.ids, load, task, quiet=True).numpy()
        compared = compare(split.test, run.codes, old, new, inputs, seed=job.seed, task=task)
        figures = asdict(compared)
        adapted.meta.update(holdout=figures.pop("holdout"), metrics=figures)
        adapted.meta["seconds"] = round(time.monotonic() - begun, 1)
        task.report("Done", 1.0)
        return adapted


def _facts(run: FitRun, fitted: Fitted, split: Split) -> dict:
    """What the adapter's meta has of the training itself."""
    valid_y, backbone = split.learn.y[split.valid], run.backbone
    return {
        "backbone": backbone.name,
        "backbone_sha256": backbone.sha256,
        "statements": list(run.codes),
        "ranks": fitted.ranks,
        "deactivation": run.settings.deactivation,
        "frozen_blocks": run.first,
        "thresholds": thresholds(valid_y, fitted.valid_probability, run.codes, backbone.thresholds),
        "steps": fitted.steps,
        "stopped_early_by_person": fitted.kept_early,
        "curve": fitted.curve,
        "seed": run.seed,
    }


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


def labelled_of(job: TrainingJob) -> tuple[Labelled, tuple[str, ...], dict[str, str]]:
    """The job's labels as arrays, the statements that can be trained, and why the others cannot.

    Not assessed is NaN, and so is uncertain unless the job takes it for something. Records without any label of a
    trained statement are left out.
    raises : TooFewLabels
    """
    codes, skipped = trainable(job.labels, job.patients, job.statements)
    if not codes:
        raise TooFewLabels(
            why_not_trainable(job.labels, job.patients) or "No statement of the panel has labels enough to train.",
            "Label more ECGs.",
        )
    value: dict[str | None, float] = {State.PRESENT: 1.0, State.ABSENT: 0.0}
    if job.uncertain:
        value[State.UNCERTAIN] = value[State(job.uncertain)]
    ids = sorted(job.labels)
    y = np.array([[value.get(job.labels[i].get(c), np.nan) for c in codes] for i in ids])
    some = np.isfinite(y).any(1)
    kept = [i for i, s in zip(ids, some, strict=True) if s]
    return Labelled(tuple(kept), np.array([job.patients.get(i) or i for i in kept], object), y[some]), codes, skipped


def read(ids: Sequence[str], load: Load, task: Task, quiet: bool = False) -> Tensor:
    """Return float32 (n, 12, 6144), values that are not finite set to 0. quiet : without progress"""
    parts = []
    for i in range(0, len(ids), READ_AT_ONCE):
        task.check()
        if not quiet:
            task.report("Reading ECGs", message=f"{i} of {len(ids)}")
        parts.append(finite(load(ids[i : i + READ_AT_ONCE])))
    return torch.cat(parts) if parts else torch.zeros(0, LEADS, SAMPLES)


def sample_unlabelled(ids: Sequence[str], seed: int) -> tuple[str, ...]:
    """At most UNLABELLED_MOST of the unlabelled records, the same ones for the same seed."""
    if len(ids) <= UNLABELLED_MOST:
        return tuple(ids)
    chosen = np.random.default_rng(seed).choice(len(ids), UNLABELLED_MOST, replace=False)
    return tuple(ids[i] for i in np.sort(chosen))
