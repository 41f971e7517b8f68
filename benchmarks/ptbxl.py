"""Fold 9 of PTB-XL, which the shipped backbone was not trained on; unlabelled ECGs of the folds that it was.

Fold 9 chose the backbone's epoch and its calibration, so that what the backbone scores on it before any adaptation is
a little too good. (Fold 10 is not in ../shared/data.)
"""

from __future__ import annotations

import numpy as np

from benchmarks.challenge import DATA, LEAST_POSITIVE, Labelled
from cessl_gui.core.types import Record
from cessl_gui.ecg.measuring.features import features
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn.pretraining.sources import SCP, Ecg, ptbxl

FOLD = 9


def held_back(least_positive: int = LEAST_POSITIVE) -> Labelled:
    """All ECGs of the fold, with the statements of the vocabulary that enough of them have."""
    ecgs = of_fold()
    counts: dict[str, int] = {}
    for code in (code for ecg in ecgs for code in ecg.present if not code.startswith(SCP)):
        counts[code] = counts.get(code, 0) + 1
    codes = tuple(sorted((c for c, n in counts.items() if n >= least_positive), key=lambda c: (-counts[c], c)))
    y = np.array([[_said(ecg, code) for code in codes] for ecg in ecgs])
    patients = np.array([ecg.patient for ecg in ecgs])
    return Labelled(_inputs(ecgs), y, codes, np.full(len(ecgs), "ptbxl"), patients)


def measurements() -> np.ndarray:
    """(n, names) of the ECGs of `held_back`: see ecg.features."""
    return np.array([features(measure(record(*ecg.read()))) for ecg in of_fold()])


def record(signal_mv: np.ndarray, fs_hz: float, leads: tuple[str, ...]) -> Record:
    """An ECG as measurements take it."""
    return Record(id="", name="", source="", sha256="", signal_mv=np.float32(signal_mv), fs_hz=fs_hz, leads=leads)


def others(most: int) -> np.ndarray:
    """float32 (n, 12, 6144): ECGs of folds 1-8, evenly over the file, their labels unused."""
    ecgs = [ecg for ecg in ptbxl(DATA / "ptbxl") if ecg.fold < FOLD]
    return _inputs([ecgs[i] for i in np.linspace(0, len(ecgs) - 1, min(most, len(ecgs))).astype(int)])


def of_fold() -> list[Ecg]:
    return [ecg for ecg in ptbxl(DATA / "ptbxl") if ecg.fold == FOLD]


def _said(ecg: Ecg, code: str) -> float:
    return 1.0 if code in ecg.present else 0.0 if code in ecg.assessed else np.nan


def _inputs(ecgs: list[Ecg]) -> np.ndarray:
    return np.stack([to_model_input(*ecg.read()) for ecg in ecgs])
