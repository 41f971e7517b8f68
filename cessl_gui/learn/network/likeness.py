"""How much an ECG is like those that a backbone has learned from, as the backbone itself sees them.

The distance of its features from theirs, each direction measured by their spread (Mahalanobis), as the share of ECGs,
which the backbone has not learned from, that lie farther away. It tells signals that are no ECG, and strong noise; of
exchanged electrodes and single leads it says little: `ecg.quality` and the leads that a prediction rests on tell those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from cessl_gui.core.errors import ModelMismatch

OWN_SPREAD = 0.3  # of the variances alone in the covariance, so that directions without spread do not decide
PREFIX = "likeness."  # of its tensors in the backbone's file


@dataclass(frozen=True)
class Likeness:
    """mean (width,), whitening (width, width), distances (n,) in ascending order of ECGs that were not learned from"""

    mean: Tensor
    whitening: Tensor
    distances: Tensor

    def distance(self, features: Tensor) -> Tensor:
        """(n, width) features, as `CesslNet.pool` gives, -> (n,)"""
        return ((features.float() - self.mean) @ self.whitening).square().sum(1)

    def shares(self, features: Tensor) -> Tensor:
        """(n,) in (0, 1]: the share of ECGs that lie as far away or farther."""
        nearer = torch.searchsorted(self.distances, self.distance(features))
        return (len(self.distances) - nearer + 1) / (len(self.distances) + 1)

    def tensors(self) -> dict[str, Tensor]:
        """For the backbone's file."""
        return {PREFIX + name: getattr(self, name).contiguous() for name in ("mean", "whitening", "distances")}


def fitted(learned: Tensor, others: Tensor) -> Likeness:
    """learned, others : (n, width) features of ECGs that were learned from, and of others of their kind"""
    mean = learned.mean(0)
    covariance = torch.cov(learned.double().T)
    own = torch.diag(covariance.diag())
    values, vectors = torch.linalg.eigh((1 - OWN_SPREAD) * covariance + OWN_SPREAD * own)
    whitening = (vectors * values.clamp(min=float(values[-1]) * 1e-6 + 1e-12).rsqrt()).float()
    unranked = Likeness(mean, whitening, torch.zeros(0))
    return Likeness(mean, whitening, unranked.distance(others).sort().values)


def of_file(tensors: Mapping[str, Tensor], width: int) -> Likeness | None:
    """From a backbone's tensors; None where it has none.

    raises : ModelMismatch
    """
    own = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
    if not own:
        return None
    fits = own.keys() == {"mean", "whitening", "distances"}
    fits = fits and own["mean"].shape == (width,) and own["whitening"].shape == (width, width)
    fits = fits and own["distances"].dim() == 1 and len(own["distances"]) > 0
    if not fits or not all(torch.isfinite(value.float()).all() for value in own.values()):
        raise ModelMismatch("What this backbone knows its ECGs by is damaged.", "Install or make the backbone again.")
    return Likeness(*(own[name].float() for name in ("mean", "whitening", "distances")))
