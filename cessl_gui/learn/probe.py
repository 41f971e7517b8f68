"""The linear probe: fit the output layer alone, on features computed once, held near where it starts."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from cessl_gui.learn.backbone import CesslNet
from cessl_gui.learn.device import Place

PULL = 0.1  # strength with which weights are held to their start, per record, in units of the features' spread
ROUNDS = 50


def fit_head(
    net: CesslNet, x: Tensor, y: Tensor, assessed: Tensor, place: Place, first: int = 0, pull: float = PULL
) -> None:
    """Replace the output layer of `net` by the regularised logistic regression on its features.

    x           : as in `loop.Data`
    y, assessed : (n, statements) 0/1
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
    w, b = start.clone().requires_grad_(), offset.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([w, b], max_iter=ROUNDS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        fit = F.binary_cross_entropy_with_logits(z @ w.T + b, y, assessed, reduction="sum") / len(z)
        loss = fit + pull * (w - start).square().sum() / 2
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        weight = w / spread
        head.weight.copy_(weight)
        head.bias.copy_(b - weight @ centre)
