"""The CE-SSL training loop: labelled and unlabelled batch, deactivation, masked loss, validation, patience."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.learn import augment, lora, metrics
from cessl_gui.learn.backbone import CesslNet, load_strictly
from cessl_gui.learn.device import Processor

EVALUATION_BATCH = 64


@dataclass(frozen=True)
class TrainingSettings:
    """What can be varied. The defaults are the published method; `FAST` and `ALL_LAYERS` are ours.

    Not as published: the batch stays 64 where less than 2 % of the data are labelled (there 16), but for the fewer ECGs
    that there may be to learn from.

    compress_ratio : share of "layers" that get half the rank; 0: no rank allocation
    semi           : unlabelled records act on batch norm
    known_head     : start outputs of known statements from the backbone's (published: all fresh)
    probe          : fit the output layer alone before adaptation
    patience       : checks without a better validation score before it stops
    """

    rank: int = 16
    compress_ratio: float = 0.6
    deactivation: float = 0.2
    semi: bool = True
    known_head: bool = False
    probe: bool = False
    batch: int = 64
    rate: float = 1e-3
    weight_decay: float = 0.01
    steps: int = 0  # 0: 200 epochs, as published
    check_every: int = 50
    patience: int = 10


EXACT = TrainingSettings()
# The published training from our start, for a device that is quick enough: a fresh output layer needs many more labels.
ALL_LAYERS = replace(EXACT, known_head=True, probe=True)
FAST = replace(EXACT, known_head=True, probe=True, batch=32, steps=300, check_every=20, patience=5)


@dataclass(frozen=True)
class Data:
    """Batches' source. x may be inputs (n, 12, 6144) or cached features (n, width, steps) that enter at block `first`.

    y, assessed : (n, statements) 0/1; y is 0 where not assessed
    unlabelled  : (m, ...) like x, m may be 0
    """

    x: Tensor
    y: Tensor
    assessed: Tensor
    unlabelled: Tensor
    valid_x: Tensor
    valid_y: np.ndarray
    first: int = 0


@dataclass
class Trained:
    """state: merged (for prediction) is not in here; `net` holds the best adapter seen."""

    net: CesslNet
    steps: int
    best: float
    curve: list[dict] = field(default_factory=list)
    kept_early: bool = False


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
    loss_of: Callable[..., Tensor] | None = None,
) -> Trained:
    """Adapt `net` in place; it ends with the best validated state.

    task    : asked before each step and in each validation; to keep before the first step keeps `net` as it came
    loss_of : another method's loss, called as `semi_supervised_loss` (for comparisons)
    """
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, settings.rate, weight_decay=settings.weight_decay)
    size = min(settings.batch, len(data.x))
    semi = min(size, len(data.unlabelled)) if settings.semi else 0
    steps = settings.steps or 200 * -(-len(data.x) // size)
    labelled_rows, unlabelled_rows = _endless(len(data.x), size, rng), _endless(len(data.unlabelled), semi, rng)
    warm = max(1, steps // 100)

    best, best_state, since, curve = score(net, data, settings, processor, task), _copy(net), 0, []
    progress = _Progress(task, steps)
    curve.append({"step": 0, "validation": best[0]})
    done = 0
    for step in range(1, steps + 1):
        if task.should_keep():
            break
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * min(step / warm, (steps - step + 1) / max(1, steps - warm))
        batch = next(labelled_rows), next(unlabelled_rows)
        optimizer.zero_grad(set_to_none=True)
        loss = (loss_of or semi_supervised_loss)(net, data, *batch, settings, processor, rng, generator)
        loss.backward()
        optimizer.step()
        value = loss.item()
        done = step
        if step % settings.check_every and step != steps:
            progress.step(step, value, best[0])
            continue
        now = score(net, data, settings, processor, task)
        curve.append({"step": step, "loss": value, "validation": now[0]})
        if now > best:
            best, best_state, since = now, _copy(net), 0
        else:
            since += 1
        progress.step(step, value, best[0], now[0])
        if since >= settings.patience:
            break
    net.load_state_dict(best_state)
    lora.all_active(net)
    return Trained(net, done, best[0], curve, done < steps and since < settings.patience)


class _Progress:
    """Share done, time left and figures of a training, at most some ten times a second between two validations."""

    def __init__(self, task: Task, steps: int) -> None:
        self._task, self._steps = task, steps
        self._began, self._last = time.monotonic(), 0.0

    def step(self, step: int, loss: float, best: float, validation: float | None = None) -> None:
        now = time.monotonic()
        if validation is None and now - self._last < 0.1:
            return
        self._last = now
        left = (now - self._began) / step * (self._steps - step)
        self._task.report(
            "Training", step / self._steps, left, step=step, train_loss=loss, validation=validation, best=best
        )


def score(
    net: CesslNet, data: Data, settings: TrainingSettings, processor: Processor, task: Task
) -> tuple[float, float]:
    """(mean average precision, minus loss) of the merged network on the validation records; the loss breaks ties."""
    logits = logits_of(merged(net, settings.deactivation), data.valid_x, processor, data.first, task)
    known = ~np.isnan(data.valid_y)
    target = np.where(known, data.valid_y, 0)
    loss = np.logaddexp(0, logits) - target * logits
    precision = metrics.macro(metrics.average_precision, data.valid_y, logits)
    return (0.0 if np.isnan(precision) else precision), -float(loss[known].mean()) if known.any() else 0.0


def semi_supervised_loss(net, data: Data, rows, unlabelled_rows, settings, processor, rng, generator) -> Tensor:
    """CE-SSL: the unlabelled batch passes the encoder beside the labelled one, for batch norm alone."""
    x, target, weight = augment.cutmix(data.x[rows], data.y[rows], data.assessed[rows], rng, data.first == 0)
    if len(unlabelled_rows):
        other = data.unlabelled[unlabelled_rows]
        # Cached features were changed before they were cached.
        x = torch.cat([x, augment.weak(other, rng) if data.first == 0 else other])
    net.train()
    lora.drop_branches(net, settings.deactivation, generator)
    x = x.to(processor.device)
    with processor.autocast():
        logits = net(x if processor.half else x.float(), labelled=len(rows), first=data.first)
    return masked_loss(logits, target.to(processor.device), weight.to(processor.device))


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
