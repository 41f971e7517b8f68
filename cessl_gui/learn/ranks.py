"""One-shot rank allocation: which weights deserve the full rank (cessl.md, "One-shot rank allocation")."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor

from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.network.lora import adaptable


def importances(net: CesslNet, batches: Iterable[tuple], loss: Callable[..., Tensor], first: int = 0) -> np.ndarray:
    """First-order Taylor importance of each adapted weight: mean over batches of mean((W * (dL/dB @ A))^2).

    net     : with branches of full rank and B = 0; its batch-norm statistics move, its gradients are cleared
    batches : (input, *what loss takes after the logits)
    first   : encoder block at which the inputs enter; weights before it get importance NaN
    """
    layers = adaptable(net)
    batches_seen, total = 0, np.zeros(len(layers))
    net.train()
    for x, *targets in batches:
        net.zero_grad(set_to_none=True)
        loss(net(x, first=first), *targets).backward()
        batches_seen += 1
        for i, layer in enumerate(layers):
            if layer.rank and layer.lora_B is not None and layer.lora_B.grad is not None:
                with torch.no_grad():
                    change = layer.update(layer.lora_B.grad).reshape(layer.frozen.shape)
                    # On the processor: Apple's MPS has no float64.
                    total[i] += (layer.frozen.cpu().double() * change.cpu().double()).square().mean().item()
            else:
                total[i] = np.nan
    net.zero_grad(set_to_none=True)
    return total / max(batches_seen, 1)


def allocate(importance: Sequence[float] | np.ndarray, rank: int, compress_ratio: float, counted: int) -> list[int]:
    """Ranks of the adapted weights: the least important floor(counted * compress_ratio) get half of `rank`.

    counted : the paper's number of layers of this size (`Size.counted`), less those that are frozen
    A weight without importance (NaN: frozen) gets rank 0.
    """
    values = np.asarray(importance, float)
    known = np.isfinite(values)
    position = np.full(len(values), np.inf)
    position[known] = rankdata(values[known])
    halved = position <= math.floor(counted * compress_ratio)
    return [0 if not k else rank // 2 if h else rank for k, h in zip(known.tolist(), halved.tolist(), strict=True)]
