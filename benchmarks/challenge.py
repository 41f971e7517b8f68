"""The real ECGs that the benchmarks adapt to: Challenge records with their headers' labels, CinC 2011 unlabelled."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.measuring.features import features
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.learn.network import backbones

DATA = Path(os.environ.get("CESSL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
BACKBONES = Path(__file__).parent / "backbones"
TWIN = "twin-3"
LEAST_POSITIVE = 8  # fewer cannot be split into labelled, validation and test


@dataclass(frozen=True)
class Labelled:
    """x: float32 (n, 12, 6144); y: (n, statements) of 1, 0, NaN (not assessed); sources, patients: (n,)"""

    x: np.ndarray
    y: np.ndarray
    codes: tuple[str, ...]
    sources: np.ndarray
    patients: np.ndarray


def unseen_by(name: str = TWIN) -> backbones.Backbone:
    """A backbone that has not learned from the Challenge records: the twin of the shipped one, or that of a name.

    raises : SystemExit for one that has, as what it says of them shows nothing
    """
    own = BACKBONES / f"{name}.safetensors"
    found = backbones.read(own) if own.is_file() else backbones.load(name)
    if any(source["path"].startswith("challenge") for source in found.card.get("sources", ())):
        raise SystemExit(f"{name} has learned from the Challenge records: take {TWIN}, which has not.")
    return found


def challenge(least_positive: int = LEAST_POSITIVE) -> Labelled:
    """All Challenge records; a collection vouches only for statements that occur in it. A record is a patient."""
    records = [read_recording(path) for path in find_recordings([DATA / "challenge"])]
    sources = np.array([Path(r.source).parent.name for r in records])
    stated = [{vocabulary()[word].code for word in r.statements} for r in records]
    used = {s: set().union(*(c for c, own in zip(stated, sources, strict=True) if own == s)) for s in set(sources)}
    counts = {code: sum(code in c for c in stated) for code in set().union(*stated)}
    codes = tuple(sorted((c for c, n in counts.items() if n >= least_positive), key=lambda c: (-counts[c], c)))
    y = np.array(
        [
            [1.0 if code in own else 0.0 if code in used[source] else np.nan for code in codes]
            for own, source in zip(stated, sources, strict=True)
        ]
    )
    x = np.stack([to_model_input(r.signal_mv, r.fs_hz, r.leads) for r in records])
    return Labelled(x, y, codes, sources, np.array([str(i) for i in range(len(x))]))


def measurements() -> np.ndarray:
    """(n, names) of the ECGs of `challenge`: see ecg.features."""
    return np.array([features(measure(read_recording(path))) for path in find_recordings([DATA / "challenge"])])


def unlabelled(most: int = 500) -> np.ndarray:
    """float32 (n, 12, 6144) of CinC 2011."""
    with h5py.File(DATA / "cinc2011" / "unlabelled_500hz.h5") as file:
        signals = file["signal"][:most].astype(np.float32) * 0.005  # about 5 uV each
    return np.stack([to_model_input(s, 500, LEADS_12) for s in signals])
