"""The output layer of a network: what it reads, and its weights."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.network.device import Processor
from cessl_gui.learn.output_layer import OutputLayer

AT_ONCE = 8  # ECGs between two questions whether to stop


def features(
    net: CesslNet, x: Tensor, processor: Processor, *, first: int = 0, task: Task = NOBODY_WAITS
) -> np.ndarray:
    """float64 (n, width): what the output layer reads. raises : Cancelled, asked at each batch"""
    net.eval()
    rows = []
    with torch.no_grad():
        for part in x.split(AT_ONCE):
            task.check()
            with processor.autocast():
                encoded = net.encode(part.to(processor.device).float(), first)
                rows.append(net.classifier[0](net.pool(encoded)).float().cpu())
    return torch.cat(rows).double().numpy() if rows else np.zeros((0, net.spec.width))


def head_of(net: CesslNet) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of the output layer."""
    return net.head.weight.detach().cpu().double().numpy(), net.head.bias.detach().cpu().double().numpy()


def set_head(net: CesslNet, layer: OutputLayer) -> None:
    """Give the network this output layer; what it adds for measurements has no place there."""
    with torch.no_grad():
        net.head.weight.copy_(torch.from_numpy(layer.weight))
        net.head.bias.copy_(torch.from_numpy(layer.bias))
