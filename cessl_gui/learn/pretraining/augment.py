"""How inputs are changed in pre-training, so that few leads, short, noisy or wrongly cabled ECGs are met there already.

Works on prepared inputs: standardised leads, zeros after the end. Every draw comes from the generator handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.preprocess import INPUT_FS_HZ

SHORTEST = int(5 * INPUT_FS_HZ)
# Two electrodes exchanged: each lead comes from that lead, times that sign.
SWAPS = {
    "LA and RA": {"I": ("I", -1), "II": ("III", 1), "III": ("II", 1), "aVR": ("aVL", 1), "aVL": ("aVR", 1)},
    "LA and LL": {"I": ("II", 1), "II": ("I", 1), "III": ("III", -1), "aVL": ("aVF", 1), "aVF": ("aVL", 1)},
    "RA and LL": {"I": ("III", -1), "II": ("II", -1), "III": ("I", -1), "aVR": ("aVF", 1), "aVF": ("aVR", 1)},
    "V1 and V2": {"V1": ("V2", 1), "V2": ("V1", 1)},
}
ALONE = (LEADS_12.index("I"), LEADS_12.index("II"))  # what a watch or a strip shows


@dataclass(frozen=True)
class Changes:
    """How often and how strongly. All zero: the inputs as they are.

    shift         : an ECG loses up to this share of its samples in front
    short         : share of the ECGs that are cut to 5 s or more
    gain          : standard deviation of the logarithm of the gain of each lead
    lead_dropout  : probability that a lead is missing
    few_leads     : share of the ECGs of which only one to six leads are left
    noise         : greatest standard deviation of white noise, in those of the lead; half the ECGs get some
    wander        : greatest amplitude of what is left of baseline wander; a third of the ECGs get some
    swapped       : share of the ECGs with two electrodes exchanged
    cutmix        : share of the batches whose ECGs exchange a box of leads and time
    """

    shift: float = 0.2
    short: float = 0.1
    gain: float = 0.2
    lead_dropout: float = 0.1
    few_leads: float = 0.2
    noise: float = 0.15
    wander: float = 0.3
    swapped: float = 0.03
    cutmix: float = 0.5


def change(x: np.ndarray, length: np.ndarray, changes: Changes, rng: np.random.Generator) -> np.ndarray:
    """Change each ECG of a batch in its own way.

    x      : float32 (n, 12 or more, samples), changed in place; rows after the twelve leads are only cut with them
    length : filled samples of each
    """
    n, leads = len(x), len(LEADS_12)
    x[:, :leads] *= np.exp(changes.gain * rng.standard_normal((n, leads, 1))).astype(np.float32)
    for one, filled in zip(x, length, strict=True):
        end = _cut(one, int(filled), changes, rng)
        if rng.random() < changes.swapped:
            _swap(one, rng)
        if changes.noise and rng.random() < 0.5:
            sd = np.float32(rng.uniform(0, changes.noise))
            one[:leads, :end] += sd * rng.standard_normal((leads, end), dtype=np.float32)
        if changes.wander and rng.random() < 1 / 3:
            one[:leads, :end] += _wander(leads, end, changes.wander, rng)
        one[:leads][_missing(leads, changes, rng)] = 0
    return x


def _cut(one: np.ndarray, filled: int, changes: Changes, rng: np.random.Generator) -> int:
    """Drop samples in front, of some ECGs also behind; what is left begins at 0. Gives the new length."""
    spare = max(0, filled - SHORTEST)
    if rng.random() < changes.short:
        keep = filled - int(rng.integers(spare + 1))
        start = int(rng.integers(filled - keep + 1))
    else:
        start = int(rng.integers(min(spare, int(filled * changes.shift)) + 1))
        keep = filled - start
    one[:, :keep] = one[:, start : start + keep].copy()
    one[:, keep:] = 0
    return keep


def _swap(one: np.ndarray, rng: np.random.Generator) -> None:
    swap = list(SWAPS.values())[rng.integers(len(SWAPS))]
    before = one.copy()
    for lead, (source, sign) in swap.items():
        one[LEADS_12.index(lead)] = sign * before[LEADS_12.index(source)]


def _wander(leads: int, samples: int, most: float, rng: np.random.Generator) -> np.ndarray:
    seconds = np.arange(samples, dtype=np.float32) / INPUT_FS_HZ
    hz, phase = rng.uniform(0.3, 1.5), rng.uniform(0, 2 * np.pi)
    size = rng.uniform(-most, most, (leads, 1)).astype(np.float32)
    return size * np.sin(2 * np.pi * hz * seconds + phase, dtype=np.float32)


def _missing(leads: int, changes: Changes, rng: np.random.Generator) -> np.ndarray:
    """(leads,) bool; at least one lead stays"""
    if rng.random() < changes.few_leads:
        count = int(rng.integers(1, 7))
        kept = rng.permutation(leads)[:count]
        if count == 1 and rng.random() < 0.5:
            kept = rng.permutation(ALONE)[:1]
        gone = np.ones(leads, bool)
        gone[kept] = False
        return gone
    gone = rng.random(leads) < changes.lead_dropout
    return gone & ~gone.all()
