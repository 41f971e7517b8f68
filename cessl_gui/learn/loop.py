"""The CE-SSL training loop: labelled and unlabelled batch, deactivation, masked loss, validation, patience."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cessl_gui.core.errors import LossNotFinite
from cessl_gui.core.task import NOBODY_WAITS, EndNow, Task
from cessl_gui.learn import augment
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import lora
from cessl_gui.learn.network.backbone import CesslNet, load_strictly
from cessl_gui.learn.network.device import Processor
from cessl_gui.learn.quick import between
from cessl_gui.learn.quick.adamw import AdamW

EVALUATION_BATCH = 64
NOTHING_YET = (-math.inf, -math.inf)


@dataclass(frozen=True)
class TrainingSettings:
    """What can be varied. The defaults are the published method; `FAST` and `ALL_LAYERS` are ours.

    Not as published: the batch stays 64 where less than 2 % of the data are labelled (there 16), but for the fewer ECGs
    that there may be to learn from.

    compress_ratio : share of "layers" that get half the rank; 0: no rank allocation
    semi           : unlabelled records act on batch norm
    moving         : batch norm learns its statistics from the batches; False: they stay the backbone's
    known_head     : start outputs of known statements from the backbone's (published: all fresh)
    patience       : checks without a better validation score before it stops
    """

    rank: int = 16
    compress_ratio: float = 0.6
    deactivation: float = 0.2
    semi: bool = True
    moving: bool = True
    known_head: bool = False
    batch: int = 64
    rate: float = 1e-3
    weight_decay: float = 0.01
    steps: int = 0  # 0: 200 epochs, as published
    check_every: int = 50
    patience: int = 10

    @property
    def takes_unlabelled(self) -> bool:
        """Whether unlabelled records have anything to act on."""
        return self.semi and self.moving


EXACT = TrainingSettings()
# The published training from our start, for a device that is quick enough: a fresh output layer needs many more labels.
ALL_LAYERS = replace(EXACT, known_head=True)
# So few steps that five folds and the final training can be waited for.
FAST = replace(EXACT, known_head=True, batch=16, steps=30, check_every=10, patience=5)


@dataclass(frozen=True)
class Data:
    """Batches' source. x may be inputs (n, 12, 6144) or cached features (n, width, steps) that enter at block `first`.

    y, assessed : (n, statements) 0/1; y is 0 where not assessed
    unlabelled  : (m, ...) like x, m may be 0
    valid_x     : of whom checks are made; there may be none, and then the last state is kept
    beside, valid_beside : (n, statements) what measurements add to the logits, which is not trained; None: nothing
    """

    x: Tensor
    y: Tensor
    assessed: Tensor
    unlabelled: Tensor
    valid_x: Tensor
    valid_y: np.ndarray
    first: int = 0
    beside: Tensor | None = None
    valid_beside: Tensor | None = None


@dataclass
class Trained:
    """net : holds the best adapter seen, not merged; checks : step -> logits of the validation records"""

    net: CesslNet
    steps: int
    best: float
    curve: list[dict] = field(default_factory=list)
    kept_early: bool = False
    checks: dict[int, np.ndarray] = field(default_factory=dict)


def masked_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean binary cross-entropy over what is assessed."""
    loss = F.binary_cross_entropy_with_logits(logits.float(), target, weight, reduction="sum")
    return loss / weight.sum().clamp(min=1e-12)


@torch.no_grad()
def logits_of(net: CesslNet, x: Tensor, processor: Processor, first: int = 0, task: Task = NOBODY_WAITS) -> np.ndarray:
    """Return float32 (n, statements) in evaluation mode. raises : Cancelled, checked at each batch"""
    net.eval()
    rows = []
    for part in x.split(EVALUATION_BATCH):
        task.check()
        with processor.autocast():
            rows.append(net(part.to(processor.device).float(), first=first).float().cpu())
    return torch.cat(rows).numpy() if rows else np.zeros((0, len(net.spec.statements)), np.float32)


def merged(net: CesslNet, deactivation: float) -> CesslNet:
    """A plain network as it will predict."""
    plain = load_strictly(CesslNet(net.spec), lora.merged_state(net, deactivation))
    return plain.to(next(net.parameters()).device).eval()


def train(
    net: CesslNet,
    data: Data,
    settings: TrainingSettings,
    processor: Processor,
    seed: int,
    *,
    task: Task = NOBODY_WAITS,
    progress: Progress | None = None,
    until: int = 0,
    loss_of: Callable[..., Tensor] | None = None,
) -> Trained:
    """Adapt `net` in place; it ends with the best validated state.

    task     : asked all through; to keep loses what is unfinished, and before the first step keeps `net` as it came
    progress : of several trainings together; default: of this one
    until    : the step it ends with, on the way to all of them; 0: all
    loss_of  : another method's loss, called as `semi_supervised_loss` (for comparisons)
    raises   : Cancelled, LossNotFinite
    """
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    learned = [p for p in net.parameters() if p.requires_grad]
    optimizer = AdamW(learned, settings.weight_decay)
    size = min(settings.batch, len(data.x))
    semi = min(size, len(data.unlabelled)) if settings.takes_unlabelled else 0
    steps = settings.steps or 200 * -(-len(data.x) // size)
    labelled_rows, unlabelled_rows = _endless(len(data.x), size, rng), _endless(len(data.unlabelled), semi, rng)
    last = until or steps
    progress = progress or Progress(task, last)

    best, best_state, since, done = NOTHING_YET, _copy(net), 0, 0
    curve: list[dict] = []
    checks: dict[int, np.ndarray] = {}
    with suppress(EndNow), between.asked(task.interrupt):
        for step in range(last + 1):
            value = None
            if step:
                task.interrupt()
                batch = next(labelled_rows), next(unlabelled_rows)
                optimizer.forget_gradients()
                loss = (loss_of or semi_supervised_loss)(net, data, *batch, settings, processor, rng, generator)
                task.interrupt()
                loss.backward()
                task.interrupt()
                optimizer.step(_rate(settings.rate, step, steps))
                value, done = _finite(loss.item()), step
            if step % settings.check_every and step != last:
                progress.step(step, value, best[0])
                continue
            checks[step] = valid_logits(net, data, settings, processor, task)
            now = score(checks[step], data.valid_y)
            curve.append({"step": step, "validation": now[0], **({"loss": value} if step else {})})
            better = now > best or not len(data.valid_y)
            best, best_state, since = (now, _copy(net), 0) if better else (best, best_state, since + 1)
            progress.step(step, value, best[0], now[0] if len(data.valid_y) else None)
            if since >= settings.patience:
                break
    net.load_state_dict(best_state)
    lora.all_active(net)
    return Trained(net, done, best[0], curve, done < last and since < settings.patience, checks)


def _rate(highest: float, step: int, steps: int) -> float:
    """Up over the first hundredth of the steps, then down to zero, both straight."""
    warm = max(1, steps // 100)
    return highest * min(step / warm, (steps - step + 1) / max(1, steps - warm))


def _finite(loss: float) -> float:
    if not math.isfinite(loss):
        raise LossNotFinite(
            "The training went astray: its loss is no number any more.",
            "Train again with another seed; labels are safe.",
        )
    return loss


class Progress:
    """Share done, time left and figures of one or several trainings, at most some ten times a second between checks."""

    def __init__(self, task: Task, steps: int, phase: str = "Training", kept: float | None = None) -> None:
        """kept : the score of what a person has who stops now and keeps it; None: the best of the training"""
        self._task, self._steps, self._phase, self._kept = task, steps, phase, kept
        self._began, self._last, self._done = time.monotonic(), 0.0, 0
        task.report(phase, 0.0)

    def step(self, step: int, loss: float | None, best: float, validation: float | None = None) -> None:
        """One step more is done. step : of the training that runs, 0 before its first"""
        now = time.monotonic()
        self._done += loss is not None
        if validation is None and now - self._last < 0.1 and self._done < self._steps:
            return
        self._last = now
        left = (now - self._began) / max(self._done, 1) * (self._steps - self._done)
        share = min(1.0, self._done / self._steps)
        self._task.report(
            self._phase,
            share,
            max(left, 0.0),
            step=step,
            train_loss=loss,
            validation=validation,
            best=self._kept if self._kept is not None else best if math.isfinite(best) else None,
        )


def valid_logits(net: CesslNet, data: Data, settings: TrainingSettings, processor: Processor, task: Task) -> np.ndarray:
    """(validation records, statements) of the merged network, with what measurements add."""
    if not len(data.valid_x):
        return np.zeros((0, data.y.shape[1]), np.float32)
    logits = logits_of(merged(net, settings.deactivation), data.valid_x, processor, data.first, task)
    return logits if data.valid_beside is None else logits + data.valid_beside.numpy()


def score(logits: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """(mean average precision, minus loss) on validation records; the loss breaks ties."""
    known = ~np.isnan(y)
    target = np.where(known, y, 0)
    loss = np.logaddexp(0, logits) - target * logits
    precision = metrics.macro(metrics.average_precision, y, logits) if len(y) else np.nan
    return (0.0 if np.isnan(precision) else precision), -float(loss[known].mean()) if known.any() else 0.0


def semi_supervised_loss(net, data: Data, rows, unlabelled_rows, settings, processor, rng, generator) -> Tensor:
    """CE-SSL: the unlabelled batch passes the encoder beside the labelled one, for batch norm alone."""
    y, assessed = data.y[rows], data.assessed[rows]
    if data.beside is not None:  # mixed by area, as labels are
        y, assessed = torch.cat([y, data.beside[rows]], 1), torch.cat([assessed, torch.ones_like(y)], 1)
    x, target, weight = augment.cutmix(data.x[rows], y, assessed, rng, data.first == 0)
    if len(unlabelled_rows):
        other = data.unlabelled[unlabelled_rows]
        # Cached features were changed before they were cached.
        x = torch.cat([x, augment.weak(other, rng) if data.first == 0 else other])
    net.train()
    if not settings.moving:
        lora.keep_statistics(net)
    lora.drop_branches(net, settings.deactivation, generator)
    x = x.to(processor.device)
    with processor.autocast():
        logits = net(x if processor.half else x.float(), labelled=len(rows), first=data.first)
    count = data.y.shape[1]
    if data.beside is not None:
        logits = logits + target[:, count:].to(processor.device)
    return masked_loss(logits, target[:, :count].to(processor.device), weight[:, :count].to(processor.device))


def _endless(count: int, size: int, rng: np.random.Generator):
    """Rows of mini-batches, each record once before any comes again."""
    waiting = np.zeros(0, int)
    while True:
        while len(waiting) < size:
            waiting = np.concatenate([waiting, rng.permutation(count)])
        yield torch.from_numpy(waiting[:size])
        waiting = waiting[size:]


def _copy(net: CesslNet) -> dict[str, Tensor]:
    return {k: v.detach().clone() for k, v in net.state_dict().items()}
