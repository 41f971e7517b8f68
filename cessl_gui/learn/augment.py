"""Augmentations of CE-SSL (cessl.md, "Lightweight semi-supervised learning"), on inputs and on cached features.

Every draw comes from the generator that is handed in. Labelled batches get CutMix; unlabelled ones get one of the weak
changes. Where the first encoder blocks are cached ("fast"), the weak changes and the exchange of leads are made on the
inputs before caching; what stays for the training step is CutMix over time, which keeps its meaning there because
a column of the features still stands for a stretch of some 200 samples in place.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

MIXING = 0.75  # both parameters of the Beta distribution of CutMix
NOISE = 0.05  # standard deviation, in units of the standardised lead


def cutmix_box(rng: np.random.Generator, leads: int, samples: int) -> tuple[slice, slice, float]:
    """A box over leads and time whose area is Beta(0.75, 0.75) before the border cuts it.

    returns : leads, samples, share of the whole that stays outside the box
    """
    side = np.sqrt(1 - rng.beta(MIXING, MIXING))
    rows, columns = _span(rng, leads, side), _span(rng, samples, side)
    inside = (rows.stop - rows.start) * (columns.stop - columns.start)
    return rows, columns, 1 - inside / (leads * samples)


def cutmix_time(rng: np.random.Generator, steps: int) -> tuple[slice, float]:
    """A stretch of time whose length is Beta(0.75, 0.75) before the border cuts it, and the share outside it."""
    columns = _span(rng, steps, 1 - rng.beta(MIXING, MIXING))
    return columns, 1 - (columns.stop - columns.start) / steps


def mix_labels(labels: Tensor, assessed: Tensor, partner: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Targets and weights of a mixed batch, so that loss = share * own loss + (1 - share) * partner's, each masked.

    labels, assessed : (n, statements) of 0 and 1; partner : (n,) row numbers
    """
    own, others = share * assessed, (1 - share) * assessed[partner]
    weight = own + others
    return (own * labels + others * labels[partner]) / weight.clamp(min=1e-12), weight


def cutmix(
    x: Tensor, labels: Tensor, assessed: Tensor, rng: np.random.Generator, over_leads: bool = True
) -> tuple[Tensor, Tensor, Tensor]:
    """Exchange one box between the records of a batch.

    x          : (n, leads, samples), or features (n, channels, steps) with over_leads False: a stretch of all channels
    returns    : a changed copy, targets, weights
    """
    partner = torch.from_numpy(rng.permutation(len(x)))
    if over_leads:
        rows, columns, share = cutmix_box(rng, x.shape[1], x.shape[2])
    else:
        rows = slice(None)
        columns, share = cutmix_time(rng, x.shape[2])
    mixed = x.clone()
    mixed[:, rows, columns] = x[partner][:, rows, columns]
    return mixed, *mix_labels(labels, assessed, partner.to(labels.device), share)


def weak(x: Tensor, rng: np.random.Generator) -> Tensor:
    """One weak change for the whole batch (n, 12, samples): time flip, a zeroed burst per lead, noise, lead shuffle."""
    match rng.integers(4):
        case 0:
            return x.flip(-1)
        case 1:
            return _burst(x, rng)
        case 2:
            noise = rng.standard_normal(tuple(x.shape), dtype=np.float32)
            return x + NOISE * torch.from_numpy(noise).to(x.device, x.dtype)
        case _:
            return x[:, torch.from_numpy(rng.permutation(x.shape[1]))]


def _burst(x: Tensor, rng: np.random.Generator) -> Tensor:
    n, leads, samples = x.shape
    length = rng.integers(1, samples // 4 + 1, (n, leads, 1))
    start = rng.integers(0, samples, (n, leads, 1)) - length // 2
    time = np.arange(samples)
    kept = (time < start) | (time >= start + length)
    return x * torch.from_numpy(kept).to(x.device)


def _span(rng: np.random.Generator, whole: int, share: float) -> slice:
    length = int(whole * share)
    centre = rng.integers(whole)
    return slice(max(centre - length // 2, 0), min(centre - length // 2 + length, whole))
