"""Whether the limb leads belong together: the six of them are two voltages, seen from six directions."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np

SIDES = {"I": (1, 0), "II": (0, 1), "III": (-1, 1), "aVR": (-0.5, -0.5), "aVL": (1, -0.5), "aVF": (-0.5, 1)}
LEAST = 4  # any three fit where each may have a scale of its own
TRIPLES = (("I", "II", "III"), ("aVR", "aVL", "aVF"))
EXCHANGED = [pair for triple in TRIPLES for pair in combinations(triple, 2)]
SHARE = 2e-3  # of the energy, unexplained by two voltages; of real ECGs with the right names below 2e-4
CLEARLY = 20  # times less is left unexplained by other names


def contradict(rows: np.ndarray, leads: tuple[str, ...], share: float) -> bool:
    """Whether more than this share of the limb leads' energy cannot come from two voltages, whatever the leads' scales.

    The energy is that of leads of equal height where they need scales of their own. Two of I, II, III or of aVR, aVL,
    aVF may have each other's names, and any lead may be upside down: such files are around. False where there are
    fewer than LEAST of the six.

    rows : (leads, samples); leads : their names, others than the six are not asked
    """
    names = tuple(lead for lead in leads if lead in SIDES)
    if len(names) < LEAST:
        return False
    rows = rows[[lead in SIDES for lead in leads]]
    energy = (rows @ rows.T).astype(np.float64)
    if (_against(names) * energy).sum() <= share * energy.trace():
        return False
    alike = _alike(energy)
    return all(_unexplained(alike, _renamed(names, pair)) > share for pair in (("", ""), *EXCHANGED))


def misnamed(rows: np.ndarray, leads: tuple[str, ...]) -> str:
    """What would make the six limb leads belong together where they do not: "aVL and aVF have each other's names", or
    "aVR is upside down"; else "". Names are told whatever the leads' scales, a lead upside down where these are true.

    rows : (leads, samples), of any leads
    """
    if not SIDES.keys() <= set(leads):
        return ""
    names = tuple(SIDES)
    rows = np.stack([rows[leads.index(lead)] for lead in names]).astype(np.float64)
    rows = rows[:, np.isfinite(rows).all(axis=0)]
    if not rows.size:
        return ""
    rows = rows - rows.mean(axis=1, keepdims=True)
    energy = rows @ rows.T
    if not energy.diagonal().all():
        return ""
    alike, left = _alike(energy), (_against(names) * energy).sum()
    as_named, found = _unexplained(alike, names), {}
    for one, other in EXCHANGED if as_named > SHARE else ():
        renamed = _renamed(names, (one, other))
        if _unexplained(alike, renamed) * CLEARLY < as_named:
            found[f"{one} and {other} have each other's names"] = (_against(renamed) * energy).sum()
    for place, lead in enumerate(names) if left > SHARE * energy.trace() else ():
        turned = np.where(np.arange(len(names)) == place, -1, 1)
        against = (_against(names) * energy * turned * turned[:, None]).sum()
        if against * CLEARLY < left:
            found[f"{lead} is upside down"] = against
    return min(found, key=found.__getitem__, default="")


def mostly_contradict(parts: np.ndarray, leads: tuple[str, ...], share: float) -> bool:
    """Whether they do in more than half of the parts: a jump in one says nothing of the others.

    parts : (leads, parts, samples)
    """
    parts = parts - parts.mean(axis=2, keepdims=True)
    against = [contradict(parts[:, i], leads, share) for i in range(parts.shape[1])]
    return sum(against) > len(against) / 2


def _alike(energy: np.ndarray) -> np.ndarray:
    """The correlation of leads with each other, of their products."""
    heights = np.sqrt(np.maximum(energy.diagonal(), 1e-12))
    return energy / heights / heights[:, None]


def _renamed(names: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """The names with these two exchanged."""
    one, other = pair
    return tuple({one: other, other: one}.get(lead, lead) for lead in names)


def _unexplained(alike: np.ndarray, names: tuple[str, ...]) -> float:
    """The least share over all scales of the leads. alike : correlation of the leads with each other"""
    return float(np.linalg.eigvalsh(_against(names) * alike)[0])


@cache
def _against(names: tuple[str, ...]) -> np.ndarray:
    """The projection on what the leads of two voltages cannot be."""
    basis, _ = np.linalg.qr(np.array([SIDES[lead] for lead in names]))
    return np.eye(len(names)) - basis @ basis.T
