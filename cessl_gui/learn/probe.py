"""The linear probe: the output layer alone, fitted as the folds choose. What training every layer may start from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.learn import choosing
from cessl_gui.learn.judging.folds import FOLDS, by_patient
from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.network.device import Processor
from cessl_gui.learn.output_layer import OutputLayer, fit, options

AT_ONCE = 8  # ECGs between two questions whether to stop


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
    """Replace the output layer of `net` by the logistic regression on its features, if the folds find that better.

    x           : as in `loop.Data`
    y, assessed : (n, statements) 0/1
    patients    : (n,) whose ECG each is; a patient is in one fold only. None: each ECG is of another patient
    task        : asked at each batch of ECGs and each fit; to keep leaves the layer as it is
    raises      : Cancelled
    Of fewer than FOLDS patients nothing can say which is better: the layer stays.
    """
    names = [str(i) for i in range(len(x))] if patients is None else [str(p) for p in patients]
    if len(set(names)) < FOLDS:
        return
    rows = features(net, x, processor, first=first, task=task)
    if task.should_keep():
        return
    labels = np.where(assessed.numpy() > 0, y.numpy(), np.nan)
    start = OutputLayer.start(*head_of(net), known=np.ones(len(labels.T), bool))
    none, ways, folds = np.zeros((len(x), 0)), options(with_measured=False), by_patient(labels, names, seed=0)
    tried = choosing.try_output_layer(start, ways, {"features": rows, "measured": none, "y": labels}, folds, task)
    best = choosing.judge(tried, labels, folds).chosen["pull"]
    if best is not None:
        set_head(net, fit(start, ways[[w.pull for w in ways].index(best)], rows, none, labels))


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
