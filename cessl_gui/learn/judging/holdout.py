"""Splits by patient, stratified over statements as far as few labels allow."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import numpy as np

from cessl_gui.learn.judging.metrics import Names

LEAST_KEPT = 2  # patients with a statement present, and absent, that a split leaves for learning


def held_out(labels: np.ndarray, patients: Names, share: float, seed: int, never: Collection[str] = ()) -> np.ndarray:
    """Which records to hold out: whole patients, about `share` of them and of each statement's positives.

    labels  : (records, statements) of 1, 0, NaN
    never   : patients that are not held out: those that the model to compare with has learned from
    returns : bool (records,)
    Rarest statements are served first (iterative stratification). The order within is a hash of seed and patient, so a
    patient tends to stay held out when labels are added. Where nobody could be spared, one patient fewer is left.
    """
    for least in range(LEAST_KEPT, 0, -1):
        out = _spared(labels, patients, share, seed, never, least)
        if out.any():
            break
    return out


def _spared(
    labels: np.ndarray, patients: Names, share: float, seed: int, never: Collection[str], least: int
) -> np.ndarray:
    names = sorted(set(patients), key=lambda p: hashlib.sha256(f"{seed}:{p}".encode()).digest())
    rows = [np.flatnonzero(np.asarray(patients) == name) for name in names]
    present = np.array([(labels[r] == 1).any(0) for r in rows])
    absent = np.array([(labels[r] == 0).any(0) for r in rows]) & ~present
    wanted = np.maximum(np.floor(share * present.sum(0) + 0.5), LEAST_KEPT - least)
    room = np.minimum(wanted, present.sum(0) - least)
    keep = {"present": present.sum(0), "absent": absent.sum(0)}
    size = max(1, round(share * len(names)))
    out, settled = np.zeros(len(names), bool), np.isin(names, list(never))

    def take(i: int) -> None:
        spare = (keep["present"] - present[i] >= np.where(present[i], least, 0)).all()
        spare &= (keep["absent"] - absent[i] >= np.where(absent[i], least, 0)).all()
        settled[i] = True
        if spare and out.sum() < size:
            out[i] = True
            for kind, flags in (("present", present), ("absent", absent)):
                keep[kind] = keep[kind] - flags[i]
            np.subtract(room, present[i], out=room)

    for statement in np.argsort(present.sum(0), kind="stable"):
        for i in np.flatnonzero(present[:, statement]).tolist():
            if not settled[i] and room[statement] >= 1:
                take(i)
    for i in np.flatnonzero(~settled).tolist():
        # What is left has positives only of statements that are served already: prefer those without any.
        if not present[i].any():
            take(i)
    return np.isin(np.asarray(patients), [name for name, held in zip(names, out, strict=True) if held])
