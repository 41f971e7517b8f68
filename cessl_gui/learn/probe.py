"""The linear probe: fit the output layer alone, on features computed once, held near where it starts."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from cessl_gui.learn.backbone import CesslNet
from cessl_gui.learn.device import Place

PULL = 0.1  # strength with which weights are held to their start, per record, in units of the features' spread
FOLDS, ROUNDS = 5, 50


def fit_head(net: CesslNet, x: Tensor, y: Tensor, assessed: Tensor, place: Place, first: int = 0) -> None:
    """Replace the output layer of `net` by the logistic regression on its features, if that cross-validates better.

    x           : as in `loop.Data`
    y, assessed : (n, statements) 0/1
    Where the backbone is at home its own output layer is better than what some 80 ECGs teach; elsewhere it is not.
    """
    net.eval()
    rows = []
    with torch.no_grad():
        for part in x.split(64):
            with place.autocast():
                rows.append(net.classifier[0](net.pool(net.encode(part.to(place.device).float(), first))).float().cpu())
    z = torch.cat(rows)
    centre, spread = z.mean(0), z.std(0).clamp(min=1e-3) if len(z) > 1 else torch.ones(z.shape[1])
    z = (z - centre) / spread
    head = net.classifier[1]
    start = head.weight.detach().cpu() * spread
    offset = head.bias.detach().cpu() + head.weight.detach().cpu() @ centre

    def fit(rows: Tensor) -> tuple[Tensor, Tensor]:
        return _fit(z[rows], y[rows], assessed[rows], start, offset)

    fold = torch.arange(len(z)) % FOLDS
    held = [fold == k for k in range(FOLDS)] if len(z) > FOLDS else []
    fitted = sum(_loss(z[rows], *fit(~rows), y[rows], assessed[rows]) for rows in held)
    if held and fitted >= _loss(z, start, offset, y, assessed):
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
