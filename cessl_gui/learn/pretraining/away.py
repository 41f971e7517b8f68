"""Measured and calibrated away from home: on ECGs of hospitals that trained nothing and chose nothing.

A backbone that was trained on such ECGs cannot be calibrated on them; it takes over what was found for the one that it
started from, if that one had not seen them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import (
    calibrated,
    calibration_error,
    fitted,
    interval,
    left_out,
    rounded,
    sigmoid,
)

FEWEST = (
    8  # positives, and negatives, of a statement for a figure that enters a mean: as in benchmarks.learning.quality
)


def figures(
    codes: Sequence[str], y: np.ndarray, z: np.ndarray, hospitals: np.ndarray, patients: np.ndarray, seed: int
) -> dict:
    """What the card says of other hospitals, among it their calibration, to be applied after that of home.

    z, y : (ECGs, statements) logits calibrated at home, and 1, 0, NaN
    """
    counted = ((y == 1).sum(0) >= FEWEST) & ((y == 0).sum(0) >= FEWEST)
    elsewhere, fits = left_out(y, z, hospitals), fitted(y, z)
    thresholds = metrics.thresholds_max_f2(y, sigmoid(calibrated(z, fits)))
    names, counts = np.unique(hospitals, return_counts=True)

    def macro(rows: np.ndarray) -> float:
        return metrics.macro(metrics.auc, y[rows][:, counted], z[rows][:, counted])

    def error(p: np.ndarray) -> float | None:
        errors = [calibration_error(y[:, i], p[:, i]) for i in np.flatnonzero(counted)]
        return rounded(np.mean(errors)) if errors else None

    return {
        "measured_on": "ECGs of hospitals that trained nothing and chose nothing",
        "hospitals": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "macro_auc": rounded(macro(np.arange(len(y)))) if counted.any() else None,
        "macro_auc_interval": interval(macro, patients, seed) if counted.any() else None,
        "macro_over": f"{int(counted.sum())} statements with {FEWEST} ECGs that have it and {FEWEST} that have not",
        "calibration_error": {
            "what": "mean over these statements, 10 bins of equal width; each hospital by what the others gave",
            "mean": error(sigmoid(elsewhere)),
            "as_at_home": error(sigmoid(z)),
        },
        "calibration": {code: [round(a, 5), round(b, 5)] for code, (a, b) in zip(codes, fits, strict=True)},
        "thresholds": {c: round(float(t), 4) for c, t, ok in zip(codes, thresholds, counted, strict=True) if ok},
        "statements": {
            code: {
                "name": vocabulary()[code].name,
                "n": int((~np.isnan(y[:, i])).sum()),
                "positives": int((y[:, i] == 1).sum()),
                "auc": rounded(metrics.auc(y[:, i], z[:, i])),
                "auc_interval": interval(lambda rows, i=i: metrics.auc(y[rows, i], z[rows, i]), patients, seed),
            }
            for i, code in enumerate(codes)
            if counted[i]
        },
    }
