"""What an ECG teaches without a reader: targets that the program measures itself, in labelled and unlabelled ECGs.

Each is a figure beyond a bound: yes or no. A figure that was not measured, or is doubtful, is not assessed. They help
to train and are not shipped, but for the statements of `TAUGHT`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from cessl_gui.core.measurements import Measurements
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.measuring.beats import BEFORE_S, FS_HZ
from cessl_gui.ecg.measuring.features import NAMES, features
from cessl_gui.ecg.measuring.measurements import measure

MEASURED = "measured:"  # prefix of these targets among the codes
LEVEL, AFTER_QRS = int(0.02 * FS_HZ), int(0.06 * FS_HZ)  # samples: the line before QRS; where T may begin
LEAST_MV = 0.05  # of a QRS complex whose shape is looked at

# Figure -> bounds. Those of reports, with some to either side, so that the network learns how far.
BOUNDS: dict[str, tuple[float, ...]] = {
    "rate": (50, 60, 75, 90, 100, 120),
    "shortest RR": (0.6, 0.75, 0.85),
    "longest RR": (1.15, 1.4),
    "RR variation": (0.04, 0.1, 0.2),
    "RMSSD": (40, 100),
    "early beats": (0.0, 0.15),
    "alike beats": (0.7, 0.9),
    "no P": (0.5,),
    "no PR": (0.5,),
    "p": (100, 120),
    "pr": (140, 180, 200, 220),
    "qrs": (90, 100, 110, 120, 140),
    "qtc_fridericia": (400, 430, 460),
    "p_axis": (30, 75),
    "qrs_axis": (-30, -10, 30, 60, 90),
    "t_axis": (-10, 20, 60, 90),
    "lowest ST": (-0.1, -0.05),
    "highest ST": (0.1, 0.2),
}
# Of each lead, as shares of the height of its QRS complex.
OF_A_LEAD: dict[str, tuple[float, ...]] = {
    "ST": (-0.05, 0.08),
    "T": (-0.05, 0.1),
    "Q": (0.05, 0.25),
    "R": (0.5,),
}
VALUES = BOUNDS | {f"{part} {lead}": bounds for part, bounds in OF_A_LEAD.items() for lead in LEADS_12}
AXES = ("p_axis", "qrs_axis", "t_axis")
LIMB_AND_LATERAL = tuple(lead for lead in LEADS_12 if lead not in ("aVR", "V2", "V3"))

# Statements that readers gave too seldom to learn from, and their definition by measurement.
TAUGHT = {
    "STE": "ST level (J + 60 ms) from 0.1 mV in two leads, 0.25 mV in V2 and V3",
    "LAD": "QRS axis below -30 degrees",
    "RAD": "QRS axis above 90 degrees",
    "LQT": "QTc (Fridericia) above 470 ms",
}
CODES = tuple(f"{MEASURED}{name} > {bound:g}" for name, bounds in VALUES.items() for bound in bounds)


def taught() -> tuple[str, ...]:
    """The codes of the statements of `TAUGHT`."""
    return tuple(vocabulary()[word].code for word in TAUGHT)


def taught_among(codes: Iterable[str]) -> dict[str, str]:
    """Code -> definition of those that are taught by measurement."""
    rules = dict(zip(taught(), TAUGHT.values(), strict=True))
    return {code: rules[code] for code in codes if code in rules}


def targets(signal: np.ndarray, fs_hz: float, leads: tuple[str, ...], voltages: bool = True) -> np.ndarray:
    """int8 (len(CODES) + len(TAUGHT),): 1, 0, or -1 where it is not assessed

    signal   : (leads, samples), mV
    voltages : whether amplitudes are those recorded; of standardised leads the axes and ST levels say nothing
    """
    found = measure(Record("", "", "", "", np.asarray(signal, np.float32), fs_hz, leads))
    values = dict(zip(NAMES, features(found), strict=True)) | shapes(found)
    st = {lead: level for lead, level in found.st_mv.items() if lead != "aVR"} if "st" not in found.doubtful else {}
    if not voltages:
        values, st = {name: value for name, value in values.items() if name not in AXES}, {}
    if st:
        values |= {"lowest ST": min(st.values()), "highest ST": max(st.values())}
    axis = values.get("qrs_axis", math.nan)
    said = {
        "STE": _raised(st) if len(st) > len(LEADS_12) / 2 else -1,
        "LAD": _beyond(-axis, 30),
        "RAD": _beyond(axis, 90),
        "LQT": _beyond(values.get("qtc_fridericia", math.nan), 470),
    }
    beyond = [_beyond(values.get(name, math.nan), bound) for name, bounds in VALUES.items() for bound in bounds]
    return np.array([*beyond, *(said[word] for word in TAUGHT)], np.int8)


def _beyond(value: float, bound: float) -> int:
    return -1 if math.isnan(value) else int(value > bound)


def _raised(st_mv: Mapping[str, float]) -> int:
    """Whether ST is raised, source: Fourth Universal Definition of Myocardial Infarction (2018), as for men below 40"""
    leads = sum(st_mv.get(lead, 0.0) >= 0.1 for lead in LIMB_AND_LATERAL)
    chest = sum(st_mv.get(lead, 0.0) >= 0.25 for lead in ("V2", "V3"))
    return int(leads >= 2 or chest >= 2)


def shapes(found: Measurements) -> dict[str, float]:
    """Part and lead -> its height over the line before the QRS complex, as a share of the complex's whole height."""
    marks = found.marks_ms
    if found.beat_mv is None or not {"qrs_onset", "qrs_offset"} <= marks.keys() or "qrs" in found.doubtful:
        return {}
    at = {name: round((BEFORE_S + ms / 1000) * FS_HZ) for name, ms in marks.items()}
    onset, offset = at["qrs_onset"], at["qrs_offset"]
    t_end = at.get("t_offset", 0) if "qt" not in found.doubtful else 0
    heights = {}
    for lead, beat in zip(found.leads, found.beat_mv, strict=True):
        beat = beat - np.nanmedian(beat[max(0, onset - LEVEL) : onset + 1])
        qrs = beat[onset : offset + 1]
        height = float(np.ptp(qrs)) if len(qrs) else 0.0
        if lead not in LEADS_12 or not height > LEAST_MV:
            continue
        heights[f"Q {lead}"] = -float(min(qrs[: int(np.argmax(qrs)) + 1].min(), 0.0)) / height
        heights[f"R {lead}"] = float(max(qrs.max(), 0.0)) / height
        if lead in found.st_mv and "st" not in found.doubtful:
            heights[f"ST {lead}"] = found.st_mv[lead] / height
        wave = beat[offset + AFTER_QRS : t_end + 1]
        if len(wave) and np.isfinite(wave).all():
            heights[f"T {lead}"] = float(wave[np.argmax(np.abs(wave))]) / height
    return heights
