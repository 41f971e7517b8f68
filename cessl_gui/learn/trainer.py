"""One fine-tuning from labels to an adapter: split by patient, choose the way, allocate ranks, train, compare."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.errors import MemoryShort, TooFewLabels
from cessl_gui.core.types import Progress, State, TrainingJob
from cessl_gui.learn import device
from cessl_gui.learn.adapted import Adapted
from cessl_gui.learn.backbone import LEADS, SAMPLES
from cessl_gui.learn.backbones import Backbone
from cessl_gui.learn.compare import compare, thresholds
from cessl_gui.learn.fit import FROZEN, READ_AT_ONCE, Fitted, Run, finite
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.loop import ALL_LAYERS, EXACT, FAST, Settings, check_stop
from cessl_gui.learn.predict import Predictor
from cessl_gui.learn.readiness import trainable, why_not_trainable

HOLD_OUT, VALIDATION = 0.2, 0.2  # shares of patients
UNLABELLED_MOST = 1024  # drawn once; batch norm needs no more, and memory stays bounded: see `adapt`
PATIENCE_S = 60  # exact training is chosen by itself only if it takes no longer than this

# How it is said: by torch's allocators on graphics cards, Linux and Windows; by CUDA's libraries; by C++; by oneDNN.
MEMORY_WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "bad_alloc",
    "could not create a",
)

Load = Callable[[Sequence[str]], np.ndarray]
Report = Callable[[Progress], None]
ShouldStop = Callable[[], "str | None"]


@dataclass(frozen=True)
class Labelled:
    """Records with labels as arrays. y: (records, statements) 1, 0 or NaN (not assessed, uncertain)"""

    ids: tuple[str, ...]
    patients: np.ndarray
    y: np.ndarray

    def rows(self, where: np.ndarray) -> Labelled:
        return Labelled(tuple(np.array(self.ids, object)[where]), self.patients[where], self.y[where])


def adapt(
    job: TrainingJob,
    load: Load,
    backbone: Backbone,
    report: Report,
    should_stop: ShouldStop,
    settings: Settings | None = None,
    before: Predictor | None = None,
    thread_count: int | None = None,
) -> Adapted:
    """Fine-tune a backbone on the labels of a job with CE-SSL.

    load         : record ids -> float32 (n, 12, 6144), the model's input
    should_stop  : asked at each step, and between batches of ECGs before and after training; "keep" ends training with
                   the best so far (before its first step: with what it would start from), "cancel" raises Cancelled
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
    tell = _Teller(job.id, report)
    labelled, codes, skipped = labelled_of(job)
    place = device.choose(job.device)
    with device.threads(thread_count):
        tell("Reading ECGs")
        out = held_out(labelled.y, labelled.patients, HOLD_OUT, job.seed, job.taught)
        if not out.any():  # the current model has learned from everybody
            out = held_out(labelled.y, labelled.patients, HOLD_OUT, job.seed)
        rest, test = labelled.rows(~out), labelled.rows(out)
        valid = held_out(rest.y, rest.patients, VALIDATION, job.seed + 1)
        if not valid.any() or not out.any():
            raise TooFewLabels("There are too few patients to hold some out.", "Label ECGs of more patients.")
        x = read(rest.ids, load, should_stop, tell)
        mode, why = choose_mode(job.mode, backbone, place, len(rest.ids))
        settings = settings or (FAST if mode == "fast" else EXACT if job.mode == "exact" else ALL_LAYERS)
        place = device.checked(place, backbone.net, x[:READ_AT_ONCE])
        # An ECG of which nothing is said that can be learned serves as an unlabelled one.
        others = sorted(set(job.labels) - set(labelled.ids))
        pool = drawn((*job.unlabelled, *others) if settings.semi else (), job.seed)
        run = Run(backbone, codes, settings, place, job.seed, FROZEN if mode == "fast" else 0)
        trained, run, short = within_memory(run, x, rest.y, rest.patients, valid, pool, load, tell, should_stop)
        tell("Comparing with the held-out patients")
        chosen = thresholds(rest.y[valid], trained.valid_probability, run.codes, backbone.thresholds)
        meta = {
            "backbone": backbone.name,
            "backbone_sha256": backbone.sha256,
            "statements": list(run.codes),
            "ranks": trained.ranks,
            "deactivation": settings.deactivation,
            "frozen_blocks": run.first,
            "thresholds": chosen,
            "skipped": skipped,
            "mode": mode,
            "why": f"{why}{short}; {run.place.why}",
            "n_labelled": len(labelled.ids),
            "n_unlabelled": len(pool),
            "steps": trained.steps,
            "stopped_early_by_person": trained.kept_early,
            "curve": trained.curve,
            "seed": job.seed,
            "settings": settings.__dict__,
        }
        adapted = Adapted(trained.tensors, meta)
        inputs = read(test.ids, load, should_stop)
        old, new = before or Predictor(backbone), Predictor(backbone, adapted)
        meta["metrics"] = compare(
            test.ids, test.patients, test.y, run.codes, old, new, inputs.numpy(), job.seed, should_stop
        )
        meta["holdout"] = meta["metrics"].pop("holdout")
        meta["seconds"] = round(time.monotonic() - begun, 1)
        tell("Done", 1.0)
        return adapted


class _Teller:
    """Progress in words, at most some ten times a second while training.

    Only the training itself has a share done and a time left, and they agree; what is before and after it has neither.
    """

    def __init__(self, job_id: str, report: Report) -> None:
        self.job_id, self.report, self.last = job_id, report, 0.0

    def __call__(
        self, phase, fraction=None, left=None, step=0, loss=None, validation=None, best=None, message=""
    ) -> None:
        now = time.monotonic()
        if step and validation is None and now - self.last < 0.1:
            return
        self.last = now
        self.report(Progress(self.job_id, phase, fraction, left, message, step, loss, validation, best))


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
    value = {State.PRESENT: 1.0, State.ABSENT: 0.0}
    if job.uncertain:
        value[State.UNCERTAIN] = value[State(job.uncertain)]
    ids = sorted(job.labels)
    y = np.array([[value.get(job.labels[i].get(c), np.nan) for c in codes] for i in ids])
    some = np.isfinite(y).any(1)
    kept = [i for i, s in zip(ids, some, strict=True) if s]
    return Labelled(tuple(kept), np.array([job.patients.get(i) or i for i in kept], object), y[some]), codes, skipped


def read(ids: Sequence[str], load: Load, should_stop: ShouldStop, tell: _Teller | None = None) -> Tensor:
    """float32 (n, 12, 6144), values that are not finite set to 0."""
    parts = []
    for i in range(0, len(ids), READ_AT_ONCE):
        check_stop(should_stop)
        if tell:
            tell("Reading ECGs", message=f"{i} of {len(ids)}")
        parts.append(finite(load(ids[i : i + READ_AT_ONCE])))
    return torch.cat(parts) if parts else torch.zeros(0, LEADS, SAMPLES)


def choose_mode(wanted: str, backbone: Backbone, place: device.Place, records: int) -> tuple[str, str]:
    """("exact" or "fast", the reason). By itself exact only where a timed step says that it takes about a minute."""
    if wanted != "auto":
        return wanted, f"{wanted} was asked for"
    try:
        seconds = _exact_seconds(backbone, place, records)
    except (RuntimeError, MemoryError) as error:
        if not _memory_ran_out(error):
            raise
        return "fast", "fast, as training every layer would take more memory than there is"
    mode = "exact" if seconds <= PATIENCE_S else "fast"
    return mode, f"{mode}, as training every layer would take about {max(1, round(seconds / 60))} min or more"


def _exact_seconds(backbone: Backbone, place: device.Place, records: int) -> float:
    """How long training every layer would take at least, of one step, timed; the step before loads what it needs."""
    net = copy.deepcopy(backbone.net).to(place.device).train()
    for name, p in net.named_parameters():
        p.requires_grad_(name.endswith("bias"))
    size = min(EXACT.batch, records)
    # A graphics card takes as long for a few ECGs as for many; a processor need not be asked for so many.
    n = min(4, size) if place.device.type == "cpu" else size
    x = torch.zeros(2 * n, LEADS, SAMPLES, device=place.device)
    for _ in range(2):
        begun = time.perf_counter()
        with place.autocast():
            net(x, labelled=n).float().sum().backward()
        # Asking for a value waits until it is there.
        net.classifier[1].bias.grad.sum().item()
        seconds = time.perf_counter() - begun
    # At least the patience must pass, with a validation each time.
    return seconds * size / n * EXACT.check_every * (EXACT.patience + 1)


def within_memory(run: Run, x: Tensor, y: np.ndarray, patients, valid: np.ndarray, *given) -> tuple[Fitted, Run, str]:
    """Fit; where memory runs out with half the batch, and then on the processor.

    x ...   : as `Run.fit` takes it
    returns : the result, the run that gave it, and what was changed, in words
    raises  : MemoryShort
    """
    size = min(run.settings.batch, int((~valid).sum()))  # what `train` takes at a time
    half = replace(run, settings=replace(run.settings, batch=max(2, size // 2)))
    words = f"; memory ran out, so the batch was halved to {half.settings.batch}"
    tries = [(run, ""), (half, words)]
    if run.place.device.type != "cpu":
        tries.append((replace(half, place=device.choose("cpu")), f"{words}, and then the processor took over"))
    for smaller, words in tries:
        try:
            return smaller.fit(x, y, patients, valid, *given), smaller, words
        except (RuntimeError, MemoryError) as error:
            if not _memory_ran_out(error):
                raise
    raise MemoryShort(
        "This training needs more memory than there is.", "Close other programs, or choose a smaller backbone."
    )


def _memory_ran_out(error: BaseException) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in MEMORY_WORDS)


def drawn(ids: Sequence[str], seed: int) -> tuple[str, ...]:
    """At most UNLABELLED_MOST of the unlabelled records, the same ones for the same seed."""
    if len(ids) <= UNLABELLED_MOST:
        return tuple(ids)
    chosen = np.random.default_rng(seed).choice(len(ids), UNLABELLED_MOST, replace=False)
    return tuple(ids[i] for i in np.sort(chosen))
