"""One fine-tuning from labels to an adapter: five folds by patient decide and judge, the result learns from all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.plural import counted
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.core.training.training_job import Method, Mode, TrainingJob
from cessl_gui.core.types import State
from cessl_gui.learn import budget, published
from cessl_gui.learn.below import ALL_TRY, Setting
from cessl_gui.learn.by_folds import Decided, decide
from cessl_gui.learn.choosing import Cuts
from cessl_gui.learn.fit import FROZEN, READ_AT_ONCE, FitRun, Labelled, Load, Unlabelled, finite
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.answers import NOTHING_MEASURED, After, Before, Measured, Shown, out_of_fold, says
from cessl_gui.learn.judging.calibration import sigmoid
from cessl_gui.learn.judging.evidence import comparison_of
from cessl_gui.learn.judging.folds import by_draw
from cessl_gui.learn.loop import EXACT, FAST, TrainingSettings
from cessl_gui.learn.network import device
from cessl_gui.learn.network.adapted import MEASURED, MEASURED_MEANS, Adapted
from cessl_gui.learn.network.backbone import LEADS, SAMPLES
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.learn.quick import between
from cessl_gui.learn.readiness import trainable, why_not_trainable

UNLABELLED_MOST = 1024  # drawn once; batch norm needs no more, and memory stays bounded: see `adapt`


def adapt(
    job: TrainingJob,
    load: Load,
    backbone: Backbone,
    task: Task = NOBODY_WAITS,
    *,
    settings: TrainingSettings | None = None,
    before: Before | None = None,
    measured: Measured = NOTHING_MEASURED,
    load_unlabelled: Load | None = None,
    thread_count: int | None = None,
) -> Adapted:
    """Fine-tune a backbone on the labels of a job.

    Five folds by patient choose what is adapted: the output layer alone, or CE-SSL below it, too (`budget.ways`); how
    strongly; and whether measurements help. The result learns from all labels. Mode "exact" is the published method by
    itself: see `published`.

    task         : asked at each fit and step, and between batches of ECGs; to keep ends with the best so far
    settings     : of the training below the output layer, in place of the mode's own
    before       : default: the backbone as it is
    load_unlabelled : of records without labels, fewer where some cannot be used; default: as the others
    thread_count : None: all cores but one
    returns      : adapter with its answers out of fold; its meta has what TrainingSummary has, and metrics
    raises       : TooFewLabels, Cancelled, ModelMismatch, MemoryShort, LossNotFinite
    The global random state is untouched; on one processor the same seed, mode and number of threads give the same bits
    ("auto" goes by a timing, and the window leaves a core free that the commands use).
    Memory: at most UNLABELLED_MOST unlabelled records are drawn, and read 8 at a time. As inputs they take 150 KB each
    (bf16), as features of the frozen blocks 192 KB with tiny and 384 KB with base (fp32): 200 or 400 MB at most.
    """
    begun = time.monotonic()
    labelled, codes, skipped = labelled_of(job)
    wanted = np.array([job.sensitivity.get(code, np.nan) for code in codes])
    cuts = Cuts(np.array([backbone.thresholds.get(code, np.nan) for code in codes]), wanted)
    old = before or Before(Predictor(backbone), frozenset(), {})
    with device.threads(thread_count):
        task.report("Reading ECGs")
        way = _as_published if job.mode == Mode.EXACT else _by_folds
        adapted = way(
            _Given(job, labelled, codes, load, load_unlabelled or load, backbone, measured, old, cuts, settings), task
        )
        assert adapted.answers is not None
        task.report("Judging the answers out of fold")
        figures = asdict(comparison_of(adapted.answers, task))
    adapted.meta.update(skipped=skipped, holdout=figures.pop("holdout"), metrics=figures)
    adapted.meta.update(seconds=round(time.monotonic() - begun, 1), threads=device.thread_count(thread_count))
    task.report("Judging the answers out of fold", 1.0)
    return adapted


@dataclass(frozen=True)
class _Given:
    """All that a training starts from."""

    job: TrainingJob
    labelled: Labelled
    codes: tuple[str, ...]
    load: Load
    load_unlabelled: Load
    backbone: Backbone
    measured: Measured
    before: Before
    cuts: Cuts
    settings: TrainingSettings | None

    def unlabelled(self, settings: TrainingSettings) -> Unlabelled:
        """An ECG of which nothing is said that can be learned serves as an unlabelled one."""
        others = sorted(set(self.job.labels) - set(self.labelled.ids))
        pool = (*self.job.unlabelled, *others) if settings.takes_unlabelled else ()
        return Unlabelled(sample_unlabelled(pool, self.job.seed), self.load_unlabelled)

    def facts(self, run: FitRun) -> dict:
        """What the meta has of every training."""
        return {
            "backbone": self.backbone.name,
            "backbone_sha256": self.backbone.sha256,
            "statements": list(self.codes),
            "deactivation": run.settings.deactivation,
            "n_labelled": len(self.labelled.ids),
            "seed": run.seed,
            "settings": run.settings.__dict__,
        }


def _by_folds(given: _Given, task: Task) -> Adapted:
    job, labelled = given.job, given.labelled
    processor = device.choose(job.device)
    x = read(labelled.ids, given.load, task)
    ways, reason = budget.ways(job.mode, given.backbone, processor, len(labelled.ids), task)
    if given.settings is not None:
        ways = [(method, given.settings) for method, _ in ways[:1]]
    processor = _checked(processor, given.backbone, x, task)
    run = FitRun(given.backbone, given.codes, ways[0][1] if ways else FAST, processor, job.seed, FROZEN)
    runs = [replace(run, settings=settings, first=FROZEN if method == Method.FAST else 0) for method, settings in ways]
    unlabelled = given.unlabelled(run.settings) if runs else Unlabelled((), given.load_unlabelled)
    table = given.measured.each(labelled.ids, task)
    draws = by_draw(labelled.y, labelled.patients, job.seed)

    def work(smaller: FitRun) -> tuple[Decided, int]:
        same = [
            replace(one, processor=smaller.processor, settings=replace(one.settings, batch=smaller.settings.batch))
            for one in runs
        ]
        different = {one.first: one for one in (smaller, *same)}
        inputs = {first: one.inputs(x, unlabelled, task) for first, one in different.items()}
        setting = Setting(smaller, labelled, inputs, table, draws)
        used = max(len(others) for _, others in inputs.values())
        return decide(setting, same, given.cuts, asked=job.mode == Mode.FAST, task=task), used

    (done, n_unlabelled), run, shortage = budget.within_memory(run, len(labelled.ids), work)
    known = [code in given.backbone.statements for code in given.codes]
    base = np.where(known, sigmoid(done.before), np.nan)
    after, shown = After(done.chosen.after, done.chosen.cuts), Shown(labelled.ids, x, given.measured)
    answers = out_of_fold(labelled, given.codes, given.before, after, base, shown=shown, task=task)
    names = given.measured.names if done.head.chosen["measured"] else ()
    tensors = dict(done.tensors)
    if names:
        tensors[MEASURED] = done.layer.measured.astype(np.float32)
        tensors[MEASURED_MEANS] = done.layer.means.astype(np.float32)
    candidates = [*(one.described() for one in (done.chosen.best, *done.chosen.others)), _current(answers)]
    meta = given.facts(run) | _facts(done, given.codes) | {"measured": list(names), "n_unlabelled": n_unlabelled}
    meta |= {"candidates": candidates, "folds": int(draws.max()) + 1, "repeats": done.draws}
    ended = f"{_why(done, candidates, labelled.y.shape, known.count(False))}{GIVEN_UP if done.given_up else ''}"
    if done.kept_early:
        ended += NOTHING_FITTED if len(done.head.tried.options) == 1 else STOPPED
    meta["why"] = f"{ended}. {reason[0].upper()}{reason[1:]}{shortage}"
    meta["computed"] = run.processor.reason
    return Adapted(tensors, meta, answers)


def _facts(done: Decided, codes: Sequence[str]) -> dict:
    """What the adapter's meta has of the choice and of the training itself."""
    best = done.chosen.best
    return {
        "ranks": done.ranks,
        "frozen_blocks": done.frozen_blocks,
        "thresholds": dict(zip(codes, done.chosen.thresholds.tolist(), strict=True)),
        "steps": done.steps,
        "curve": done.curve,
        "stopped_early_by_person": done.kept_early,
        "mode": best.method,
        "method": best.method,
        "pull": done.head.chosen["pull"],
        "batch_norm": best.chosen.get("batch_norm", ""),
    }


def _current(answers: OutOfFold) -> dict:
    """The model before, as a candidate beside the others."""
    score = metrics.macro(metrics.average_precision, answers.targets, np.nan_to_num(answers.before, nan=0.5))
    return {"method": Method.CURRENT, "score": round(float(score), 4)}


GIVEN_UP = f", and CE-SSL was given up after {ALL_TRY} folds, on which it was no better than the output layer alone"
STOPPED = ". You stopped it before all was tried"
KEPT = "thresholds and calibration alone: the ranking of the starting model stays"
NOTHING_FITTED = ". You stopped it before a fit was chosen"
WORDS = {
    Method.OUTPUT_LAYER: "the output layer",
    Method.FAST: "CE-SSL",
    Method.EXACT: "CE-SSL on all layers",
}


def _why(done: Decided, candidates: Sequence[Mapping], shape: tuple[int, ...], new: int = 0) -> str:
    """What was chosen and how all of them did, in words; the first candidate is it, the last the version before.

    new : statements that the starting model does not know: these are fitted where it stays, too
    """
    best, *others, current = candidates
    n, statements = shape
    often = f", drawn {done.draws} times," if done.draws > 1 else ""
    folds = f"folds of the {n} labelled ECGs{often}"
    beside = "".join(f", {WORDS[one['method']]} {one['score']:.3f}" for one in others)
    scores = (
        f"its mean average precision is {best['score']:.3f}{beside}, the version before {current['score']:.3f}"
        f" (all {counted(statements, 'statement')})"
    )
    if best["method"] != Method.OUTPUT_LAYER or best["pull"] is not None or new == statements:
        worse = ", so no gain" if best["score"] <= current["score"] else ""
        return f"{WORDS[best['method']]}. On {folds} {scores}{worse}"
    if len(done.head.tried.options) == 1:
        return KEPT
    kept = f"{KEPT}, but for {counted(new, 'new statement')}" if new else KEPT
    tried = f"{kept}. On {folds.rstrip(',')}, no fit of the output layer was clearly better"
    return f"{tried}; {scores}" if others or best["score"] != current["score"] else tried


def _as_published(given: _Given, task: Task) -> Adapted:
    job = given.job
    processor = device.choose(job.device)
    split = published.split_by_patient(given.labelled, job)
    x = read(split.learn.ids, given.load, task)
    processor = _checked(processor, given.backbone, x, task)
    run = FitRun(given.backbone, given.codes, given.settings or EXACT, processor, job.seed, 0)
    unlabelled = given.unlabelled(run.settings)
    tensors, meta, run = published.train_as_published(run, split, x, unlabelled, given.cuts, task=task)
    meta = given.facts(run) | meta | {"mode": Mode.EXACT}
    meta["computed"] = run.processor.reason
    adapted = Adapted(tensors, meta)
    test = split.test
    inputs = read(test.ids, given.load, task, quiet=True)
    shown = Shown(test.ids, inputs, given.measured)
    models = Predictor(given.backbone), Predictor(given.backbone, adapted)
    base, new = (says(model, given.codes, shown, task) for model in models)
    cuts = np.array([adapted.thresholds[code] for code in given.codes])
    after = After(new, np.broadcast_to(cuts, new.shape))
    answers = out_of_fold(test, given.codes, given.before, after, base, shown=shown, task=task)
    return Adapted(tensors, meta, answers)


def _checked(processor: device.Processor, backbone: Backbone, x: Tensor, task: Task) -> device.Processor:
    """See `device.checked`, asked to stop meanwhile."""
    with between.asked(task.check):
        return device.checked(processor, backbone.net, x[:READ_AT_ONCE])


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
