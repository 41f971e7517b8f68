"""Measurements as numbers that a model reads beside the signal: one row of an ECG, NaN where a figure is not sure."""

from __future__ import annotations

import math

import numpy as np

from cessl_gui.core.measurements import Measurements

EARLY = 0.85  # of the median RR interval: a beat that comes sooner is counted as early

# name -> (measurement, bound, 1 above it or -1 below it): how far a figure lies outside, so that a linear model can
# tell "outside" from "a little more". Bounds lie a little inside those of reports.
HINGES = {
    "rate below 60": ("rate", 60.0, -1),
    "rate above 100": ("rate", 100.0, 1),
    "PR above 190": ("pr", 190.0, 1),
    "QRS above 105": ("qrs", 105.0, 1),
    "QTc above 440": ("qtc_fridericia", 440.0, 1),
    "QRS axis below -20": ("qrs_axis", -20.0, -1),
    "QRS axis above 80": ("qrs_axis", 80.0, 1),
}
FIGURES = ("rate", "p", "pr", "qrs", "qtc_fridericia", "p_axis", "qrs_axis", "t_axis")
RHYTHM = ("alike beats", "RR variation", "RMSSD", "shortest RR", "longest RR", "early beats")
ABSENT = {"no PR": "pr", "no P": "p"}
NAMES: tuple[str, ...] = (*FIGURES, *RHYTHM, *ABSENT, *HINGES)


def features(measured: Measurements) -> np.ndarray:
    """float64 (len(NAMES),); NaN for what was not measured, or is doubtful.

    RR variation is the standard deviation over the mean, RMSSD in ms; shortest and longest RR are multiples of the
    median; alike and early beats are shares of all.
    """
    sure = {name: value for name, value in measured.values.items() if name not in measured.doubtful}
    row = {name: sure.get(name, math.nan) for name in FIGURES}
    row |= _rhythm(measured)
    beats = bool(measured.peaks_s)
    row |= {name: float(of not in measured.values) if beats else math.nan for name, of in ABSENT.items()}
    row |= {name: max(0.0, sign * (sure[of] - bound)) for name, (of, bound, sign) in HINGES.items() if of in sure}
    return np.array([row.get(name, math.nan) for name in NAMES])


def _rhythm(measured: Measurements) -> dict[str, float]:
    """What R peaks alone tell; nothing of fewer than three."""
    rr_ms = np.diff(np.array(measured.peaks_s)) * 1000
    if len(rr_ms) < 2:
        return {}
    median = float(np.median(rr_ms))
    values = {
        "RR variation": rr_ms.std() / rr_ms.mean(),
        "RMSSD": np.sqrt(np.square(np.diff(rr_ms)).mean()),
        "shortest RR": rr_ms.min() / median,
        "longest RR": rr_ms.max() / median,
        "early beats": (rr_ms < EARLY * median).mean(),
    }
    if measured.alike_s:
        values["alike beats"] = len(measured.alike_s) / len(measured.peaks_s)
    return {name: float(value) for name, value in values.items()}
