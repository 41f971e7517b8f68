"""How far two readings of the same ECGs agree beyond chance: Cohen's kappa, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cessl_gui.core.types import State

STATES = (State.ABSENT, State.UNCERTAIN, State.PRESENT)  # in order: uncertain lies between the other two
DRAWS = 2000
FEWEST = 10  # patients; with fewer an interval would claim more than is known

Labels = Mapping[str, Mapping[str, State]]  # record id -> code -> state; not assessed is not there


@dataclass(frozen=True)
class Agreement:
    """Two readings of one statement.

    n         : ECGs that both readings assess
    n_equal   : ECGs of which both say the same
    kappa     : None where chance alone explains all: both readings give one state throughout, or n is 0
    low, high : 95 % interval of kappa, patients drawn again; None with fewer than FEWEST patients
    table     : int (3, 3), first reading by second, in the order of STATES
    """

    n: int
    n_equal: int
    kappa: float | None
    low: float | None
    high: float | None
    table: np.ndarray

    @property
    def share_equal(self) -> float | None:
        return self.n_equal / self.n if self.n else None


def cohens_kappa(tables: np.ndarray, weighted: bool = False) -> np.ndarray:
    """Return kappa of each table of counts.

    tables   : (..., k, k), first reading by second
    weighted : take two neighbouring states for half agreement where there are three (linear weights)
    returns  : float64 (...), NaN where chance explains all
    source   : Cohen 1960; Cohen 1968 for the weights
    """
    tables = np.asarray(tables, float)
    size = tables.shape[-1]
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    cost = apart / max(size - 1, 1) if weighted else (apart > 0).astype(float)
    total = tables.sum((-2, -1))
    expected = tables.sum(-1)[..., :, None] * tables.sum(-2)[..., None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        by_chance = (cost * expected).sum((-2, -1)) / total**2
        return np.where(by_chance > 0, 1 - (cost * tables).sum((-2, -1)) / total / by_chance, np.nan)


def per_statement(
    first: Labels,
    second: Labels,
    groups: Mapping[str, str] | None = None,
    *,
    weighted: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Agreement]:
    """Return the agreement on each statement that both readings assess in some ECG, by code.

    groups : record id -> patient; ECGs of one patient are drawn together. Default: each ECG by itself
    """
    pairs: dict[str, list[tuple[str, int, int]]] = {}
    place = {state: i for i, state in enumerate(STATES)}
    for record_id in first.keys() & second.keys():
        group = (groups or {}).get(record_id, record_id)
        for code in first[record_id].keys() & second[record_id].keys():
            states = place[first[record_id][code]], place[second[record_id][code]]
            pairs.setdefault(code, []).append((group, *states))
    return {code: _agreement(sorted(pairs[code]), weighted, draws, seed) for code in sorted(pairs)}


def _agreement(pairs: list[tuple[str, int, int]], weighted: bool, draws: int, seed: int) -> Agreement:
    names = {group: i for i, group in enumerate(dict.fromkeys(group for group, _, _ in pairs))}
    by_group = np.zeros((len(names), len(STATES), len(STATES)), int)
    for group, one, other in pairs:
        by_group[names[group], one, other] += 1
    table = by_group.sum(0)
    value = float(cohens_kappa(table, weighted))
    low, high = _interval(by_group, weighted, draws, seed) if len(names) >= FEWEST else (None, None)
    return Agreement(
        n=len(pairs),
        n_equal=int(np.trace(table)),
        kappa=None if np.isnan(value) else value,
        low=None if np.isnan(value) else low,
        high=None if np.isnan(value) else high,
        table=table,
    )


def _interval(by_group: np.ndarray, weighted: bool, draws: int, seed: int) -> tuple[float | None, float | None]:
    """Percentiles over samples of groups. A sample in which chance explains all says nothing, and is left out."""
    n = len(by_group)
    times = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)
    tables = (times @ by_group.reshape(n, -1)).reshape(draws, *by_group.shape[1:])
    values = cohens_kappa(tables, weighted)
    values = values[~np.isnan(values)]
    if len(values) < draws / 2:
        return None, None
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
