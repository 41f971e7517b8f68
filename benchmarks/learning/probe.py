"""The linear probe: the output layer alone, fitted where the folds find that better. What other ways may start from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from cessl_gui.learn import choosing
from cessl_gui.learn.fit import features, head_of, set_head
from cessl_gui.learn.judging.folds import FOLDS, by_patient
from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.network.device import Processor
from cessl_gui.learn.output_layer import OutputLayer, fit, options


def fit_head(
    net: CesslNet,
    x: Tensor,
    y: Tensor,
    assessed: Tensor,
    processor: Processor,
    *,
    first: int = 0,
    patients: Sequence[str] | None = None,
) -> None:
    """Replace the output layer of `net` by the logistic regression on its features, if the folds find that better.

    x           : as in `loop.Data`
    y, assessed : (n, statements) 0/1
    patients    : (n,) whose ECG each is; a patient is in one fold only. None: each ECG is of another patient
    Of fewer than FOLDS patients nothing can say which is better: the layer stays.
    """
    names = [str(i) for i in range(len(x))] if patients is None else [str(p) for p in patients]
    if len(set(names)) < FOLDS:
        return
    rows = features(net, x, processor, first=first)
    labels = np.where(assessed.numpy() > 0, y.numpy(), np.nan)
    start = OutputLayer.start(*head_of(net), known=np.ones(len(labels.T), bool))
    none, ways, folds = np.zeros((len(x), 0)), options(with_measured=False), by_patient(labels, names, seed=0)
    tried = choosing.try_output_layer(start, ways, {"features": rows, "measured": none, "y": labels}, folds)
    best = choosing.judge(tried, labels, folds).chosen["pull"]
    if best is not None:
        set_head(net, fit(start, ways[[w.pull for w in ways].index(best)], rows, none, labels))
