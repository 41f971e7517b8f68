"""One fine-tuning from labels to an adapter: split by patient, choose the way, allocate ranks, train, compare."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.types import Progress, State, TrainingJob
from cessl_gui.learn import augment, device, lora
from cessl_gui.learn.adapted import Adapted, learned
from cessl_gui.learn.backbone import LEADS, SAMPLES, SIZES, BackboneSpec, CesslNet, load_strictly
from cessl_gui.learn.backbones import Backbone
from cessl_gui.learn.compare import compare, thresholds
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.loop import EXACT, FAST, Data, Settings, check_stop, logits_of, masked_loss, merged, train
from cessl_gui.learn.predict import Predictor
from cessl_gui.learn.probe import fit_head
from cessl_gui.learn.ranks import allocate, importances
from cessl_gui.learn.readiness import trainable, why_not_trainable

HOLD_OUT, VALIDATION = 0.2, 0.2  # shares of patients
FROZEN = 2  # encoder blocks that CE-SSL-F leaves as they are
UNLABELLED_MOST = 1024  # drawn once; batch norm needs no more, and memory stays bounded: 300 MB as inputs in bf16
PATIENCE_S = 60  # exact training is chosen by itself only if it takes no longer than this
READ_AT_ONCE = 16

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
    should_stop  : asked at each step; "keep" ends training with the best so far, "cancel" raises Cancelled
    settings     : None: those of the mode
    before       : the model to compare with (default: the backbone as it is)
    thread_count : None: all cores but one
    returns      : adapter; its meta has backbone, backbone_sha256, statements, ranks, deactivation, thresholds,
                   skipped, mode, why, metrics and holdout (see `compare`), curve, steps, seconds, seed, settings
    raises       : TooFewLabels, Cancelled, ModelMismatch
    The global random state is untouched; on one processor the same seed gives the same bits.
    """
    begun = time.monotonic()
    tell = _Teller(job.id, report)
    labelled, codes, skipped = labelled_of(job)
    place = device.choose(job.device)
    with device.threads(thread_count):
        tell("Reading ECGs", 0.0)
        out = held_out(labelled.y, labelled.patients, HOLD_OUT, job.seed)
        rest, test = labelled.rows(~out), labelled.rows(out)
        valid = held_out(rest.y, rest.patients, VALIDATION, job.seed + 1)
        if not valid.any() or not out.any():
            raise TooFewLabels("There are too few patients to hold some out.", "Label ECGs of more patients.")
        x = read(rest.ids, load, should_stop, tell)
        mode, why = choose_mode(job.mode, backbone, place, len(rest.ids))
        settings = settings or (FAST if mode == "fast" else EXACT)
        pool = _some(job.unlabelled if settings.semi else (), job.seed)
        run = Run(backbone, codes, settings, place, job.seed, FROZEN if mode == "fast" else 0)
        try:
            trained = run.fit(x, rest, valid, pool, load, tell, should_stop)
        except RuntimeError as error:
            if "out of memory" not in str(error).lower():
                raise
            place, run = _smaller(run, place)
            why += f"; memory ran out, so the batch was halved to {run.settings.batch}"
            trained = run.fit(x, rest, valid, pool, load, tell, should_stop)
        tell("Comparing with the held-out patients", 0.98)
        chosen = thresholds(rest.y[valid], trained.valid_probability, run.codes, backbone.thresholds)
        meta = {
            "backbone": backbone.name,
            "backbone_sha256": backbone.sha256,
            "statements": list(run.codes),
            "ranks": trained.ranks,
            "deactivation": settings.deactivation,
            "thresholds": chosen,
            "skipped": skipped,
            "mode": mode,
            "why": f"{why}; {place.why}",
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
        meta["metrics"] = compare(test.ids, test.patients, test.y, run.codes, old, new, inputs.numpy(), job.seed)
        meta["holdout"] = meta["metrics"].pop("holdout")
        meta["seconds"] = round(time.monotonic() - begun, 1)
        tell("Done", 1.0)
        return adapted


@dataclass
class Fitted:
    tensors: dict[str, np.ndarray]
    ranks: list[int]
    valid_probability: np.ndarray
    steps: int
    curve: list[dict]
    kept_early: bool


@dataclass(frozen=True)
class Run:
    """One fit with fixed choices. first: encoder blocks before it are frozen and their outputs cached."""

    backbone: Backbone
    codes: tuple[str, ...]
    settings: Settings
    place: device.Place
    seed: int
    first: int

    def fit(self, x: Tensor, rest: Labelled, valid: np.ndarray, pool, load, tell, should_stop) -> Fitted:
        rng, generator = np.random.default_rng(self.seed), torch.Generator().manual_seed(self.seed)
        plain = self._plain_net(generator)
        features = self._cache(plain, x, should_stop)
        unlabelled = self._unlabelled(plain, pool, load, rng, tell, should_stop)
        fitting = torch.from_numpy(~valid)
        y, assessed = _targets(rest.y)
        data = Data(
            features[fitting], y[fitting], assessed[fitting], unlabelled, features[~fitting], rest.y[valid], self.first
        )
        if self.settings.probe:
            tell("Fitting the output layer", 0.3)
            fit_head(plain, data.x, data.y, data.assessed, self.place, self.first)
        tell("Ranking the layers", 0.33)
        net = self._with_branches(plain, data, generator)
        begun = time.monotonic()

        def progress(step: int, steps: int, loss: float, validation: float | None, best: float) -> None:
            left = (time.monotonic() - begun) / step * (steps - step)
            tell("Training", 0.35 + 0.6 * step / steps, left, step, loss, validation, best)

        done = train(net, data, self.settings, self.place, self.seed, progress, should_stop)
        logits = logits_of(merged(done.net, self.settings.deactivation), data.valid_x, self.place, self.first)
        ranks = [layer.rank for layer in lora.adaptable(done.net)]
        return Fitted(learned(done.net), ranks, _sigmoid(logits), done.steps, done.curve, done.kept_early)

    def _plain_net(self, generator: torch.Generator) -> CesslNet:
        """The backbone with an output layer for the trained statements."""
        old = self.backbone
        net = CesslNet(BackboneSpec(old.name, old.spec.width, old.spec.layers, self.codes))
        bound = old.spec.width**-0.5
        head = {
            f"classifier.1.{name}": torch.empty(shape).uniform_(-bound, bound, generator=generator)
            for name, shape in (("weight", (len(self.codes), old.spec.width)), ("bias", (len(self.codes),)))
        }
        if self.settings.known_head:
            for row, code in enumerate(self.codes):
                if code in old.statements:
                    a, b = old.calibration.get(code, (1.0, 0.0))
                    known = old.statements.index(code)
                    head["classifier.1.weight"][row] = a * old.net.classifier[1].weight.detach()[known]
                    head["classifier.1.bias"][row] = a * old.net.classifier[1].bias.detach()[known] + b
        body = {k: v for k, v in old.net.state_dict().items() if not k.startswith("classifier.1.")}
        return load_strictly(net, {**body, **head}).to(self.place.device).eval()

    def _cache(self, net: CesslNet, x: Tensor, should_stop: ShouldStop) -> Tensor:
        """Outputs of the frozen blocks (the inputs if none is frozen), in half precision where that is quick."""
        if not self.first:
            return x
        rows = []
        for part in x.split(READ_AT_ONCE):
            check_stop(should_stop)
            with torch.no_grad(), self.place.autocast():
                features = net.encode(part.to(self.place.device).float(), 0, self.first)
            rows.append(features.to("cpu", torch.bfloat16 if self.place.half else torch.float32))
        return torch.cat(rows) if rows else torch.zeros(0, net.spec.width, SAMPLES // 4**self.first)

    def _unlabelled(self, net, pool, load, rng, tell, should_stop) -> Tensor:
        """Unlabelled data as training takes it: inputs, or features of weakly changed inputs, one change per part."""
        parts = []
        for i in range(0, len(pool), READ_AT_ONCE):
            tell("Reading unlabelled ECGs", 0.1 + 0.2 * i / len(pool))
            part = _finite(load(pool[i : i + READ_AT_ONCE]))
            parts.append(self._cache(net, augment.weak(part, rng), should_stop) if self.first else part.bfloat16())
            check_stop(should_stop)
        return torch.cat(parts) if parts else torch.zeros(0)

    def _with_branches(self, plain: CesslNet, data: Data, generator: torch.Generator) -> CesslNet:
        """`plain` with fresh low-rank branches, their ranks earned by importance; gradients for the trained parts."""
        settings, count = self.settings, plain.spec.adaptable
        ranks = [0] * 3 * self.first + [settings.rank] * (count - 3 * self.first)
        if settings.compress_ratio:
            trial = self._branched(plain, ranks, generator)
            parts = zip(*(t.split(settings.batch) for t in (data.x, data.y, data.assessed)), strict=True)
            batches = ([t.to(self.place.device) for t in part] for part in parts)
            with self.place.autocast():
                found = importances(trial, batches, masked_loss, self.first)
            counted = SIZES[plain.spec.size].counted - 3 * self.first
            ranks = allocate(found, settings.rank, settings.compress_ratio, counted)
        return self._branched(plain, ranks, generator)

    def _branched(self, plain: CesslNet, ranks: list[int], generator: torch.Generator) -> CesslNet:
        net = CesslNet(plain.spec, ranks)
        lora.start_branches(net, generator)
        factors = {k: v for k, v in net.state_dict().items() if k.endswith((".lora_A", ".lora_B"))}
        net = load_strictly(net, {**plain.state_dict(), **factors}).to(self.place.device)
        lora.freeze_rest(net)
        for block in net.encoder_layers[: self.first]:
            block.requires_grad_(False)
        return net


class _Teller:
    """Progress in words, at most some ten times a second while training."""

    def __init__(self, job_id: str, report: Report) -> None:
        self.job_id, self.report, self.last = job_id, report, 0.0

    def __call__(self, phase, fraction=None, left=None, step=0, loss=None, validation=None, best=None) -> None:
        now = time.monotonic()
        if step and validation is None and now - self.last < 0.1:
            return
        self.last = now
        self.report(
            Progress(self.job_id, phase, fraction, left, step=step, train_loss=loss, validation=validation, best=best)
        )


def labelled_of(job: TrainingJob) -> tuple[Labelled, tuple[str, ...], dict[str, str]]:
    """The job's labels as arrays, the statements that can be trained, and why the others cannot.

    Uncertain and not assessed are NaN. Records without any label of a trained statement are left out.
    raises : TooFewLabels
    """
    codes, skipped = trainable(job.labels, job.patients, job.statements)
    if not codes:
        raise TooFewLabels(
            why_not_trainable(job.labels, job.patients) or "No statement of the panel has labels enough to train.",
            "Label more ECGs.",
        )
    value = {State.PRESENT: 1.0, State.ABSENT: 0.0}
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
            tell("Reading ECGs", 0.1 * i / len(ids))
        parts.append(_finite(load(ids[i : i + READ_AT_ONCE])))
    return torch.cat(parts) if parts else torch.zeros(0, LEADS, SAMPLES)


def choose_mode(wanted: str, backbone: Backbone, place: device.Place, records: int) -> tuple[str, str]:
    """("exact" or "fast", the reason). By itself exact only where a timed step says that it takes about a minute."""
    if wanted != "auto":
        return wanted, f"{wanted} was asked for"
    net = copy.deepcopy(backbone.net).to(place.device).train()
    for name, p in net.named_parameters():
        p.requires_grad_(name.endswith("bias"))
    n = 4
    x = torch.zeros(2 * n, LEADS, SAMPLES, device=place.device)
    begun = time.perf_counter()
    with place.autocast():
        net(x, labelled=n).float().sum().backward()
    size = min(EXACT.batch, records)
    # At least the patience must pass, with a validation each time.
    seconds = (time.perf_counter() - begun) * size / n * EXACT.check_every * (EXACT.patience + 1)
    mode = "exact" if seconds <= PATIENCE_S else "fast"
    return mode, f"{mode}, as training every layer would take about {max(1, round(seconds / 60))} min or more"


def _smaller(run: Run, place: device.Place) -> tuple[device.Place, Run]:
    """The same run with half the batch."""
    settings = replace(run.settings, batch=max(2, run.settings.batch // 2))
    return place, replace(run, settings=settings)


def _some(ids: Sequence[str], seed: int) -> tuple[str, ...]:
    """At most UNLABELLED_MOST of the unlabelled records."""
    if len(ids) <= UNLABELLED_MOST:
        return tuple(ids)
    chosen = np.random.default_rng(seed).choice(len(ids), UNLABELLED_MOST, replace=False)
    return tuple(ids[i] for i in np.sort(chosen))


def _finite(x: np.ndarray) -> Tensor:
    return torch.from_numpy(np.nan_to_num(np.asarray(x, np.float32), nan=0.0, posinf=0.0, neginf=0.0))


def _targets(y: np.ndarray) -> tuple[Tensor, Tensor]:
    known = np.isfinite(y)
    return torch.from_numpy(np.where(known, y, 0).astype(np.float32)), torch.from_numpy(known.astype(np.float32))


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits.astype(float)))
