"""How much an ECG is like those that a backbone has learned from, as the backbone itself sees them.

What its transformer gives is averaged over the time that the ECG lasts: what follows a short ECG is zeros, and the
transformer, which does not look ahead, has not met them yet. The distance from the ECGs that were learned from, each
direction measured by their spread (Mahalanobis), becomes the share of ECGs, which the backbone has not learned from,
that lie farther away. It tells noise and most signals that are no ECG. An ECG of one or two leads is unlike by rule, as
a backbone may have learned from many. Of exchanged electrodes it says little: `ecg.quality` tells those.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors_torch
from torch import Tensor

from cessl_gui.learn.network.backbone import SAMPLES, STEPS

OWN_SPREAD = 0.3  # of the variances alone in the covariance, so that directions without spread do not decide
# Of its file, which lies beside the backbone's. Apart, so that it can be made again: versions know a backbone by the
# digest of its weights file.
SUFFIX = ".likeness"
FEWEST_LEADS = 3  # to compare an ECG by
WEIGHTS = "weights_sha256"  # in its file: of which backbone it is
EARLIER = "likeness."  # how tensors begin that weights files of earlier backbones have: of another kind, not read

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Likeness:
    """mean (width,), whitening (width, width), distances (n,) in ascending order of ECGs that were not learned from"""

    mean: Tensor
    whitening: Tensor
    distances: Tensor

    def distance(self, features: Tensor) -> Tensor:
        """(n, width), as `features` gives, -> (n,); infinite where there is no signal"""
        return ((features.float() - self.mean) @ self.whitening).square().sum(1).nan_to_num(nan=torch.inf)

    def shares(self, features: Tensor) -> Tensor:
        """(n,) in (0, 1]: the share of ECGs that lie as far away or farther."""
        nearer = torch.searchsorted(self.distances, self.distance(features))
        return (len(self.distances) - nearer + 1) / (len(self.distances) + 1)

    def to_bytes(self, weights_sha256: str) -> bytes:
        """Its file, beside the weights that have this digest."""
        own = {f.name: getattr(self, f.name).contiguous() for f in fields(self)}
        return safetensors_torch.save(
            own | {WEIGHTS: torch.frombuffer(bytearray.fromhex(weights_sha256), dtype=torch.uint8)}
        )


def steps_filled(x: Tensor) -> Tensor:
    """(n, 12, 6144) as the network reads it -> (n,): how many steps of its output until nothing but zeros follows.

    One sample of each step is looked at: of a filtered ECG none is exactly 0 in all leads.
    """
    there = (x[:, :, :: SAMPLES // STEPS] != 0).any(1)
    return (there * torch.arange(1, STEPS + 1, device=x.device)).amax(1)


def steps_compared(x: Tensor) -> Tensor:
    """As `steps_filled`, and 0 where fewer than FEWEST_LEADS leads are there: such an ECG is unlike all others."""
    leads = (x[:, :, :: SAMPLES // STEPS] != 0).any(2).sum(1)
    return steps_filled(x) * (leads >= FEWEST_LEADS)


def features(steps: Tensor, filled: Tensor) -> Tensor:
    """(n, 96, width), as `CesslNet.transform` gives, and (n,) steps filled -> float32 (n, width); NaN where none is"""
    there = torch.arange(steps.shape[1], device=steps.device) < filled[:, None]
    return (steps.float() * there[:, :, None]).sum(1) / filled[:, None]


def fitted(learned: Tensor, others: Tensor) -> Likeness:
    """learned, others : (n, width) features of ECGs that were learned from, and of others of their kind"""
    mean = learned.mean(0)
    covariance = torch.cov(learned.double().T)
    own = torch.diag(covariance.diag())
    values, vectors = torch.linalg.eigh((1 - OWN_SPREAD) * covariance + OWN_SPREAD * own)
    whitening = (vectors * values.clamp(min=float(values[-1]) * 1e-6 + 1e-12).rsqrt()).float()
    unranked = Likeness(mean, whitening, torch.zeros(0))
    return Likeness(mean, whitening, unranked.distance(others).sort().values)


def beside(weights: Path, weights_sha256: str, width: int) -> Likeness | None:
    """What lies beside a weights file; None where there is nothing, or nothing that fits it."""
    path = weights.with_suffix(SUFFIX)
    try:
        own = safetensors_torch.load(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError) as error:
        log.warning("%s cannot be read (%s): %s predicts without it", path.name, error, weights.stem)
        return None
    if not _fits(own, weights_sha256, width):
        log.warning("%s does not belong to %s, which predicts without it", path.name, weights.name)
        return None
    return Likeness(*(own[f.name].float() for f in fields(Likeness)))


def _fits(own: Mapping[str, Tensor], weights_sha256: str, width: int) -> bool:
    if own.keys() != {WEIGHTS, *(f.name for f in fields(Likeness))}:
        return False
    shaped = own["mean"].shape == (width,) and own["whitening"].shape == (width, width)
    shaped = shaped and own["distances"].dim() == 1 and len(own["distances"]) > 0
    if not shaped or own[WEIGHTS].tolist() != list(bytes.fromhex(weights_sha256)):
        return False
    return all(torch.isfinite(value.float()).all() for value in own.values())
