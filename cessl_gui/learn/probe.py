"""The linear probe: fit the output layer alone, on features computed once, held near where it starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.learn.backbone import CesslNet
from cessl_gui.learn.device import Processor
from cessl_gui.learn.loop import EVALUATION_BATCH

PULL = 0.1  # strength with which weights are held to their start, per record, in units of the features' spread
FOLDS, ROUNDS = 5, 50


def fit_head(
    net: CesslNet,
    x: Tensor,
    y: Tensor,
    assessed: Tensor,
    processor: Processor,
    *,
    first: int = 0,
    patients: Sequence[str] | None = None,
    task: Task = NOBODY_WAITS,
) -> None:
    """Replace the output layer of `net` by the logistic regression on its features, if that cross-validates better.

    x           : as in `loop.Data`
    y, assessed : (n, statements) 0/1
    patients    : (n,) whose ECG each is; a patient is in one fold only. None: each ECG is of another patient
    task        : asked at each batch of ECGs and each fold; to keep leaves the layer as it is
    raises      : Cancelled
    Where the backbone is at home its own output layer is better than what some 80 ECGs teach; elsewhere it is not.
    Of fewer than FOLDS patients nothing can say which is better: the layer stays.
    """
    _, number = np.unique(range(len(x)) if patients is None else patients, return_inverse=True)
    if len(set(number)) < FOLDS:
        return
    fold = torch.from_numpy(number) % FOLDS
    net.eval()
    rows = []
    with torch.no_grad():
        for part in x.split(EVALUATION_BATCH):
            if task.should_keep():
                return
            with processor.autocast():
                rows.append(
                    net.classifier[0](net.pool(net.encode(part.to(processor.device).float(), first))).float().cpu()
                )
    z = torch.cat(rows)
    centre, spread = z.mean(0), z.std(0).clamp(min=1e-3)
    z = (z - centre) / spread
    head = net.head
    start = head.weight.detach().cpu() * spread
    offset = head.bias.detach().cpu() + head.weight.detach().cpu() @ centre

    def fit(rows: Tensor) -> tuple[Tensor, Tensor]:
        return _fit(z[rows], y[rows], assessed[rows], start, offset)

    fitted = torch.zeros(())
    for held in (fold == k for k in range(FOLDS)):
        if task.should_keep():
            return
        fitted += _loss(z[held], *fit(~held), y[held], assessed[held])
    if fitted >= _loss(z, start, offset, y, assessed) or task.should_keep():
        return
    w, b = fit(torch.ones(len(z), dtype=torch.bool))
    with torch.no_grad():
        weight = w / spread
        head.weight.copy_(weight)
        head.bias.copy_(b - weight @ centre)


def _fit(z: Tensor, y: Tensor, assessed: Tensor, start: Tensor, offset: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (statements, width) and biases (statements,)."""
    w, b = start.clone().requires_grad_(), offset.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([w, b], max_iter=ROUNDS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = _loss(z, w, b, y, assessed) / len(z) + PULL * (w - start).square().sum() / 2
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach(), b.detach()


def _loss(z: Tensor, w: Tensor, b: Tensor, y: Tensor, assessed: Tensor) -> Tensor:
    """Binary cross-entropy, summed over what is assessed."""
    return F.binary_cross_entropy_with_logits(z @ w.T + b, y, assessed, reduction="sum")
