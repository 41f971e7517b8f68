"""Synthetic 12-lead ECGs for the demo: a moving heart dipole made of Gaussian waves, seen by the leads.

The dipole lives in Frank's coordinates (x to the left, y to the feet, z to the back; mV) and the leads see it through
Dower's coefficients. Good enough to look at and to learn from in the demo; no ECG of any person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.leads import with_derived

FS_HZ = 500.0
DURATION_S = 10.0
SOURCE = "synthetic"

# Dower 1968: what each lead sees of x, y, z. The other limb leads follow from I and II.
DOWER = {
    "I": (0.632, -0.235, 0.059),
    "II": (0.235, 1.066, -0.132),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}


@dataclass(frozen=True)
class Wave:
    """One Gaussian of the dipole: centre in s from the R wave, width (one standard deviation) in s, peak in mV."""

    at_s: float
    width_s: float
    peak_mv: tuple[float, float, float]


P = Wave(-0.16, 0.020, (0.07, 0.11, -0.02))
NARROW = (
    Wave(-0.028, 0.009, (-0.14, -0.06, -0.24)),
    Wave(0.0, 0.011, (1.05, 0.85, 0.45)),
    Wave(0.028, 0.011, (-0.12, -0.22, 0.42)),
)
T = Wave(0.29, 0.048, (0.26, 0.24, -0.20))
LEFT_BUNDLE = (
    Wave(-0.005, 0.017, (0.45, 0.35, 0.55)),
    Wave(0.035, 0.020, (0.75, 0.15, 0.75)),
    Wave(0.075, 0.018, (0.75, -0.05, 0.45)),
)
LEFT_BUNDLE_T = Wave(0.31, 0.055, (-0.32, 0.02, -0.42))
RIGHT_BUNDLE = (*NARROW[:2], Wave(0.030, 0.012, (-0.05, -0.15, 0.12)), Wave(0.066, 0.019, (-0.52, -0.02, -0.62)))
RIGHT_BUNDLE_T = Wave(0.30, 0.050, (0.32, 0.22, 0.10))
ECTOPIC = (
    Wave(-0.01, 0.024, (-0.25, 0.55, -0.45)),
    Wave(0.045, 0.028, (0.35, 1.35, -0.75)),
    Wave(0.105, 0.022, (0.30, 0.30, 0.35)),
)
ECTOPIC_T = Wave(0.36, 0.065, (-0.25, -0.55, 0.35))


@dataclass(frozen=True)
class Beat:
    at_s: float
    waves: tuple[Wave, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of demo ECG. codes: the statements true of it; beats: its beats, from a generator and a heart rate."""

    codes: tuple[str, ...]
    rate_bpm: tuple[float, float]
    beats: Callable[[np.random.Generator, float], list[Beat]]
    scale: float = 1.0
    fibrillation_mv: float = 0.0


SINUS, BRADY, TACHY = "426783006", "426177001", "427084000"
FIBRILLATION, ECTOPIC_V, ECTOPIC_A = "164889003", "427172004", "284470004"
FIRST_DEGREE, LEFT_BLOCK, RIGHT_BLOCK, LOW = "270492004", "733534002", "713427006", "251146004"


def _sinus(qrs: tuple[Wave, ...] = NARROW, t: Wave = T, pr_s: tuple[float, float] = (0.14, 0.18)):
    def beats(rng: np.random.Generator, rate_bpm: float) -> list[Beat]:
        p = replace(P, at_s=-rng.uniform(*pr_s))
        rr = 60 / rate_bpm
        intervals = rr * (1 + 0.02 * rng.standard_normal(40))
        return [Beat(at, (p, *qrs, _late(t, rr))) for at in _times(rng, intervals)]

    return beats


def _fibrillation(rng: np.random.Generator, rate_bpm: float) -> list[Beat]:
    intervals = np.maximum(60 / rate_bpm * rng.gamma(18, 1 / 18, 60), 0.34)
    return [Beat(at, (*NARROW, _late(T, rr))) for at, rr in zip(_times(rng, intervals), intervals, strict=False)]


def _with_ectopics(qrs: tuple[Wave, ...], t: Wave, p: Wave | None, early: float, pause: float):
    """Sinus beats among which some come early; after such a beat there is a pause (both in shares of RR)."""

    def beats(rng: np.random.Generator, rate_bpm: float) -> list[Beat]:
        rr, every, at = 60 / rate_bpm, int(rng.integers(3, 6)), rng.uniform(0.2, 0.5)
        made: list[Beat] = []
        number = 0
        while at <= DURATION_S + 0.5:
            number += 1
            if number % every == 0:
                waves = (*((p,) if p else ()), *qrs, t)
                made.append(Beat(at - rr + early * rr, waves))
                at += (pause + early - 1) * rr
            else:
                made.append(Beat(at, (P, *NARROW, _late(T, rr))))
                at += rr * (1 + 0.01 * rng.standard_normal())
        return made

    return beats


KINDS: dict[str, Kind] = {
    "sinus rhythm": Kind((SINUS,), (62, 92), _sinus()),
    "sinus bradycardia": Kind((BRADY,), (40, 54), _sinus()),
    "sinus tachycardia": Kind((TACHY,), (106, 138), _sinus(pr_s=(0.12, 0.14))),
    "atrial fibrillation": Kind((FIBRILLATION,), (72, 125), _fibrillation, fibrillation_mv=0.05),
    "ventricular ectopics": Kind((SINUS, ECTOPIC_V), (62, 85), _with_ectopics(ECTOPIC, ECTOPIC_T, None, 0.62, 1.38)),
    "atrial ectopics": Kind(
        (SINUS, ECTOPIC_A),
        (60, 85),
        _with_ectopics(NARROW, T, Wave(-0.13, 0.018, (-0.06, -0.09, 0.02)), 0.66, 1.12),
    ),
    "first degree AV block": Kind((SINUS, FIRST_DEGREE), (58, 80), _sinus(pr_s=(0.24, 0.31))),
    "left bundle branch block": Kind((SINUS, LEFT_BLOCK), (62, 90), _sinus(LEFT_BUNDLE, LEFT_BUNDLE_T)),
    "right bundle branch block": Kind((SINUS, RIGHT_BLOCK), (60, 90), _sinus(RIGHT_BUNDLE, RIGHT_BUNDLE_T)),
    "low voltage": Kind((SINUS, LOW), (62, 95), _sinus(), scale=0.3),
}
CODES = tuple(dict.fromkeys(code for kind in KINDS.values() for code in kind.codes))


def synthetic_record(kind: str, seed: int, name: str = "", patient: str = "") -> Record:
    """A 10 s, 500 Hz, 12-lead ECG of one of KINDS; the same kind and seed give the same bits."""
    made = KINDS[kind]
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    time = np.arange(int(DURATION_S * FS_HZ)) / FS_HZ
    dipole = np.zeros((3, time.size))
    person = _person(rng)
    for beat in made.beats(rng, rng.uniform(*made.rate_bpm)):
        for wave in beat.waves:
            shape = np.exp(-0.5 * ((time - beat.at_s - wave.at_s) / wave.width_s) ** 2)
            dipole += np.outer(person @ np.array(wave.peak_mv), shape * rng.normal(1, 0.015))
    if made.fibrillation_mv:
        dipole += made.fibrillation_mv * np.outer((0.3, 0.6, -1.0), _flicker(rng, time))
    seen = np.stack([np.array(row) @ dipole for row in DOWER.values()]) * made.scale * rng.uniform(0.85, 1.2)
    # Each electrode brings its own noise; the derived limb leads must share it, so it is added before deriving.
    signal, leads, _ = with_derived(seen + _noise(rng, time, len(seen)), list(DOWER))
    source = f"{SOURCE}:{kind}:{seed}"
    digest = hashlib.sha256(source.encode()).hexdigest()
    return Record(
        id=digest[:16],
        name=name or f"SYNTHETIC {kind} {seed}",
        source=source,
        sha256=digest,
        signal_mv=np.ascontiguousarray(signal, np.float32),
        fs_hz=FS_HZ,
        leads=leads,
        patient=patient,
        statements=made.codes,
        format="synthetic",
        synthetic=True,
    )


def from_source(source: str) -> Record:
    """Make a synthetic record again from its source text.

    raises : UnreadableRecording
    """
    match source.split(":"):
        case [head, kind, seed] if head == SOURCE and kind in KINDS and seed.isdigit():
            return synthetic_record(kind, int(seed))
    raise UnreadableRecording(f"{source} names no synthetic ECG of this program.", "Make the demo project again.")


def demo_records(n: int = 120, seed: int = 0) -> list[Record]:
    """The ECGs of the demo: all kinds in a shuffled order, two of each patient, a year apart."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation([list(KINDS)[i % len(KINDS)] for i in range(n)])
    records = []
    for i, kind in enumerate(kinds):
        record = synthetic_record(str(kind), 1000 * seed + i, f"Demo {i + 1:03d}", f"demo-{i // 2:03d}")
        records.append(replace(record, recorded_at=f"{2024 + i % 2}-{1 + i // 2 % 12:02d}-12 09:30:00"))
    return records


def _times(rng: np.random.Generator, intervals_s: np.ndarray) -> np.ndarray:
    at = rng.uniform(0.15, 0.6) + np.cumsum(intervals_s) - intervals_s[0]
    return at[at < DURATION_S + 0.5]


def _late(t: Wave, rr_s: float) -> Wave:
    """The T wave comes earlier and is shorter at a quick rate."""
    pace = min(max(rr_s / 0.85, 0.5), 1.5) ** 0.5
    return replace(t, at_s=t.at_s * pace, width_s=t.width_s * pace)


def _person(rng: np.random.Generator) -> np.ndarray:
    """(3, 3) how this person's heart lies and how strong each direction is."""
    frontal, rotation = np.radians(rng.normal(0, 12)), np.radians(rng.normal(0, 10))
    a = np.array([[np.cos(frontal), -np.sin(frontal), 0], [np.sin(frontal), np.cos(frontal), 0], [0, 0, 1]])
    b = np.array([[np.cos(rotation), 0, -np.sin(rotation)], [0, 1, 0], [np.sin(rotation), 0, np.cos(rotation)]])
    return np.diag(rng.uniform(0.8, 1.2, 3)) @ b @ a


def _flicker(rng: np.random.Generator, time: np.ndarray) -> np.ndarray:
    """Fibrillation waves: 5 to 8 a second, wandering in size and pace."""
    pace = rng.uniform(5, 8) + 0.8 * _slow(rng, time, 1.0)
    return (1 + 0.5 * _slow(rng, time, 0.7)) * np.sin(2 * np.pi * np.cumsum(pace) / FS_HZ)


def _slow(rng: np.random.Generator, time: np.ndarray, upto_hz: float) -> np.ndarray:
    """A smooth random curve of about unit size."""
    rates = rng.uniform(0.05, upto_hz, 6)
    return sum(np.sin(2 * np.pi * (f * time + rng.uniform())) for f in rates) / np.sqrt(3)


def _noise(rng: np.random.Generator, time: np.ndarray, leads: int) -> np.ndarray:
    """Wander of breathing, muscle, a trace of mains."""
    wander = np.stack([0.03 * _slow(rng, time, 0.4) for _ in range(leads)])
    muscle = rng.uniform(0.006, 0.016) * rng.standard_normal((leads, time.size))
    mains = 0.004 * np.sin(2 * np.pi * (50 * time + rng.uniform())) * rng.uniform(0, 1, (leads, 1))
    return wander + muscle + mains
