"""Folds by patient, each with its share of every statement as far as few labels allow."""

from __future__ import annotations

import hashlib

import numpy as np

from cessl_gui.learn.judging.metrics import Names

FOLDS = 5
DRAWS = 5  # what another five would change is then a fifth of the variance that another one would
BETWEEN = 1000  # seeds of two draws lie so far apart


def by_draw(labels: np.ndarray, patients: Names, seed: int, count: int = FOLDS, draws: int = DRAWS) -> np.ndarray:
    """int (draws, records): `by_patient`, drawn several times."""
    return np.array([by_patient(labels, patients, seed + BETWEEN * draw, count) for draw in range(draws)])


def by_patient(labels: np.ndarray, patients: Names, seed: int, count: int = FOLDS) -> np.ndarray:
    """int (records,) the fold of each record; all records of a patient lie in one. Fewer folds where fewer patients.

    labels : (records, statements) of 1, 0, NaN
    Patients with the rarest statement are dealt out first, each to the fold that lacks the statement most (iterative
    stratification). The order within is a hash of seed and patient: more labels change few patients' folds.
    """
    names, member = np.unique(np.asarray(patients).astype(str), return_inverse=True)
    count = max(1, min(count, len(names)))
    order = sorted(range(len(names)), key=lambda i: hashlib.sha256(f"{seed}:{names[i]}".encode()).digest())
    present = np.zeros((len(names), labels.shape[1]), int)
    np.maximum.at(present, member, labels == 1)
    sizes = np.bincount(member, minlength=len(names))
    fold = np.full(len(names), -1)
    held, load = np.zeros((count, labels.shape[1]), int), np.zeros(count, int)

    def deal(i: int, wanted: np.ndarray) -> None:
        to = min(range(count), key=lambda k: (wanted[k], load[k], k))
        fold[i] = to
        held[to] += present[i]
        load[to] += sizes[i]

    left = present.sum(0)
    while (left > 0).any():
        rarest = int(np.where(left > 0, left, left.max() + 1).argmin())
        for i in order:
            if fold[i] < 0 and present[i, rarest]:
                deal(i, held[:, rarest])
        left = present[fold < 0].sum(0)
    for i in order:
        if fold[i] < 0:
            deal(i, load)
    return fold[member]
