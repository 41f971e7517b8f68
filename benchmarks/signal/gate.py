"""Which recordings does the gate refuse? `python -m benchmarks.signal.gate [--seeds N] [--real | --others]`

Every real ECG of the shared data, with the exceptions by name; CinC 2011 beside the human verdicts; and signals of
other kinds, of several rates, heights and seeds. The part of a second that it takes is beside that of preparing the
model's input, on one core.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import h5py
import numpy as np
from scipy import signal as dsp

from benchmarks.challenge import DATA
from benchmarks.report import arguments, show
from benchmarks.signal.signal_quality import cinc2011
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.gate import judge
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.ecg.readers import find_recordings, read_recording

WITHOUT_AN_ECG = {  # real recordings that are refused, and why that is right
    "S0001": "its header states 2,000,000 steps a millivolt, a thousand too many: QRS complexes of 0.001 mV",
}
SECONDS = 10
BLOCKS = (1, 2, 3, 5, 10, 20, 30, 50)  # samples in a piece that is put elsewhere
RATES_HZ, HEIGHTS_MV = (100.0, 250.0, 360.0, 500.0, 1000.0), (0.05, 1.0, 10.0)


def _rows(one: Callable[[], np.ndarray]) -> np.ndarray:
    return np.array([one() for _ in LEADS_12])


def _coloured(rng: np.random.Generator, n: int, power: float) -> np.ndarray:
    """Noise whose energy falls with this power of the frequency."""
    f = np.fft.rfftfreq(n)
    f[0] = np.inf
    spectrum = (rng.normal(size=len(f)) + 1j * rng.normal(size=len(f))) / f ** (power / 2)
    return np.fft.irfft(spectrum, n)


def _steps(rng: np.random.Generator, n: int, fs_hz: float) -> np.ndarray:
    return np.cumsum(np.where(rng.random(n) < 2 / fs_hz, rng.choice([-1, 1], n), 0))


def _spikes(rng: np.random.Generator, n: int, fs_hz: float) -> np.ndarray:
    x = np.zeros(n)
    x[rng.choice(n, int(1.2 * n / fs_hz), replace=False)] = 1
    return x


def _ticks(since_s: np.ndarray, hz: float, damped_s: float, phase: np.ndarray | float = 0.0) -> np.ndarray:
    return np.exp(-since_s / damped_s) * np.sin(2 * np.pi * hz * since_s + phase)


def _two_sides(rng: np.random.Generator, t: np.ndarray, wave: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A wave and the same a little later, each lead's own height of both, and noise."""
    one, other = rng.uniform([[[0.5]], [[0.2]]], [[[1.0]], [[0.6]]], (2, 12, 1)) * rng.choice([-1, 1], (2, 12, 1))
    late_s = rng.uniform(0.01, 0.04)
    return one * wave(t) + other * wave(t - late_s) + 0.01 * rng.normal(size=(12, len(t)))


def _pulse(since_s: np.ndarray) -> np.ndarray:
    """As light through a finger shows it."""
    return np.exp(-(((since_s - 0.2) / 0.08) ** 2)) + 0.4 * np.exp(-(((since_s - 0.45) / 0.1) ** 2))


def _again(rng: np.random.Generator, t: np.ndarray, f: float, fs_hz: float) -> np.ndarray:
    """The same 0.12 s of noise again and again, each lead's own."""
    part = rng.normal(size=(12, int(0.12 * fs_hz)))
    at = (t * f % 1 / f * fs_hz).astype(int)
    inside = at < part.shape[1]
    return np.where(inside, part[:, np.where(inside, at, 0)], 0) + 0.02 * rng.normal(size=(12, len(t)))


def _text(n: int) -> np.ndarray:
    words = b"Dear colleague, thank you for sending this patient. "
    return np.frombuffer((words * (24 * n // len(words) + 1))[: 24 * n], "<i2").reshape(n, 12).T


def _of_a_heart(rng: np.random.Generator, n: int, wave: Callable[[], np.ndarray]) -> np.ndarray:
    """12 leads of two or three such waves, the limb leads of two voltages, the chest leads each of its own."""
    waves = np.array([wave() for _ in range(rng.integers(2, 4))])
    one, two = rng.normal(size=(2, len(waves))) @ waves
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    x = np.concatenate([limb, rng.normal(size=(6, len(waves))) @ waves])
    return x + 0.01 * np.ptp(x) * rng.normal(size=(12, n))


# name -> (generator, samples, rate) to 12 leads of any height. t is time in s, f a frequency between 0.8 and 2.5 Hz.
OTHERS: dict[str, Callable] = {
    "white noise": lambda r, n, fs, t, f: r.normal(size=(12, n)),
    "white noise, one in all leads": lambda r, n, fs, t, f: np.tile(r.normal(size=n), (12, 1)),
    "uniform noise": lambda r, n, fs, t, f: r.uniform(-1, 1, (12, n)),
    "heavy-tailed noise": lambda r, n, fs, t, f: r.laplace(size=(12, n)),
    "1/f noise": lambda r, n, fs, t, f: _rows(lambda: _coloured(r, n, 1)),
    "EEG": lambda r, n, fs, t, f: _rows(
        lambda: 3 * _coloured(r, n, 1.5) / _coloured(r, n, 1.5).std() + np.sin(2 * np.pi * 10 * t + r.uniform(0, 6))
    ),
    "random walk": lambda r, n, fs, t, f: _rows(lambda: np.cumsum(r.normal(size=n))),
    "hum 50 Hz": lambda r, n, fs, t, f: _rows(lambda: np.sin(2 * np.pi * 50 * t + r.uniform(0.1, 1))),
    "hum 60 Hz and noise": lambda r, n, fs, t, f: np.sin(2 * np.pi * 60 * t) + 0.2 * r.normal(size=(12, n)),
    "sine": lambda r, n, fs, t, f: _rows(lambda: np.sin(2 * np.pi * f * t + r.uniform(0, 6))),
    "sine of 7 Hz": lambda r, n, fs, t, f: _rows(lambda: np.sin(2 * np.pi * 7 * t + r.uniform(0, 6))),
    "breathing": lambda r, n, fs, t, f: np.sin(2 * np.pi * 0.25 * t) + 0.01 * r.normal(size=(12, n)),
    "pulse wave, up to 90 a minute": lambda r, n, fs, t, f: np.tile(np.exp(3 * np.cos(1.2 * np.pi * f * t)), (12, 1)),
    "square wave": lambda r, n, fs, t, f: np.tile(dsp.square(2 * np.pi * f * t), (12, 1)),
    "square wave and noise": lambda r, n, fs, t, f: dsp.square(2 * np.pi * f * t) + 0.05 * r.normal(size=(12, n)),
    "sawtooth": lambda r, n, fs, t, f: np.tile(dsp.sawtooth(2 * np.pi * f * t), (12, 1)),
    "triangle": lambda r, n, fs, t, f: np.tile(dsp.sawtooth(2 * np.pi * f * t, 0.5), (12, 1)),
    "ramp": lambda r, n, fs, t, f: np.tile(t, (12, 1)),
    "ramp and noise": lambda r, n, fs, t, f: t + 0.2 * r.normal(size=(12, n)),
    "one step": lambda r, n, fs, t, f: np.tile((t > 3.3).astype(float), (12, 1)),
    "one spike": lambda r, n, fs, t, f: np.tile((np.arange(n) == n // 2).astype(float), (12, 1)),
    "one spike and noise": lambda r, n, fs, t, f: (np.arange(n) == n // 2) + 0.02 * r.normal(size=(12, n)),
    "spikes": lambda r, n, fs, t, f: np.tile(_spikes(r, n, fs), (12, 1)),
    "steps": lambda r, n, fs, t, f: np.tile(_steps(r, n, fs), (12, 1)),
    "calibration pulses": lambda r, n, fs, t, f: np.tile((t % 2 < 0.2).astype(float), (12, 1)),
    "bursts of muscle": lambda r, n, fs, t, f: r.normal(size=(12, n)) * (1 + 5 * (np.sin(2 * np.pi * 0.5 * t) > 0.5)),
    "noise that swells": lambda r, n, fs, t, f: r.normal(size=(12, n)) * (0.1 + np.sin(2 * np.pi * 0.6 * t) ** 4),
    "chirp": lambda r, n, fs, t, f: np.tile(dsp.chirp(t, 0.5, SECONDS, 40), (12, 1)),
    "fast triangle": lambda r, n, fs, t, f: np.tile(dsp.sawtooth(2 * np.pi * (f + 1) * t, 0.9), (12, 1)),
    "narrow pulses": lambda r, n, fs, t, f: np.tile(np.exp(-(((t * f) % 1 - 0.5) ** 2) / (0.04 * f) ** 2), (12, 1)),
    "narrow pulses, each lead's own height and noise": lambda r, n, fs, t, f: (
        r.normal(size=(12, 1)) * np.exp(-0.5 * (((t * f) % 1 - 0.5) / f / r.uniform(0.01, 0.04)) ** 2)
        + 0.03 * r.normal(size=(12, n))
    ),
    "damped ticks, each lead's own height and noise": lambda r, n, fs, t, f: (
        r.normal(size=(12, 1)) * _ticks((t * f) % 1 / f, r.uniform(12, 30), r.uniform(0.03, 0.1))
        + 0.01 * r.normal(size=(12, n))
    ),
    "damped ticks, each lead's own moment, phase and noise": lambda r, n, fs, t, f: (
        _ticks(
            (t * f + r.uniform(0, 1, (12, 1))) % 1 / f,
            r.uniform(12, 30),
            r.uniform(0.03, 0.1),
            r.uniform(0, 6, (12, 1)),
        )
        + 0.01 * r.normal(size=(12, n))
    ),
    "narrow pulses, each lead's own moment, height and noise": lambda r, n, fs, t, f: (
        r.uniform(0.3, 1, (12, 1))
        * np.exp(-0.5 * (((t * f + r.uniform(0, 1, (12, 1))) % 1 - 0.5) / f / r.uniform(0.01, 0.04)) ** 2)
        + 0.02 * r.normal(size=(12, n))
    ),
    "pulse waves, each lead's own height": lambda r, n, fs, t, f: _two_sides(r, t, lambda s: _pulse(s % (1.2 / f))),
    "triangles of 60 ms, each lead's own height": lambda r, n, fs, t, f: _two_sides(
        r, t, lambda s: np.maximum(0, 1 - np.abs(s % (1 / f) - 0.2) / 0.03)
    ),
    "bursts of 20 Hz, each lead's own height": lambda r, n, fs, t, f: _two_sides(
        r, t, lambda s: np.sin(40 * np.pi * s) * (s % (1 / f) < 0.1)
    ),
    "squares of 50 ms, each lead's own height": lambda r, n, fs, t, f: _two_sides(r, t, lambda s: s % (1 / f) < 0.05),
    "10 Hz that swell, each lead's own height": lambda r, n, fs, t, f: _two_sides(
        r, t, lambda s: np.sin(20 * np.pi * s) * (1 + np.sin(2 * np.pi * f * s)) ** 3
    ),
    "damped ticks, each lead's own phase and noise": lambda r, n, fs, t, f: (
        _ticks((t * f) % 1 / f, r.uniform(12, 30), r.uniform(0.03, 0.1), r.uniform(0, 6, (12, 1)))
        + 0.01 * r.normal(size=(12, n))
    ),
    "the same noise again and again": lambda r, n, fs, t, f: _again(r, t, f, fs),
    "white noise of 3 s": lambda r, n, fs, t, f: r.normal(size=(12, int(3 * fs))),
    "spikes and noise": lambda r, n, fs, t, f: _spikes(r, n, fs) + 0.05 * r.normal(size=(12, n)),
    "bursts of muscle in one lead": lambda r, n, fs, t, f: (
        0.02 * r.normal(size=(12, n)) + np.eye(12)[:, :1] * r.normal(size=n) * (np.sin(2 * np.pi * 0.5 * f * t) > 0.8)
    ),
    "ventricular fibrillation": lambda r, n, fs, t, f: (
        r.normal(size=(12, 3))
        @ _rows(lambda: np.sin(2 * np.pi * np.cumsum(5 + 3 * _coloured(r, n, 2) / np.ptp(_coloured(r, n, 2))) / fs))[:3]
    ),
    "random numbers of 16 bits": lambda r, n, fs, t, f: r.integers(-32768, 32767, (12, n)),
    "text": lambda r, n, fs, t, f: _text(n),
    "counter": lambda r, n, fs, t, f: np.tile(np.arange(n) % 256, (12, 1)),
}


# The same, as the leads of a heart would have them.
AGREEING: dict[str, Callable] = {
    "limb leads agree, sawtooth": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: dsp.sawtooth(2 * np.pi * f * t + r.uniform(0, 6), r.uniform(0, 1))
    ),
    "limb leads agree, seven harmonics": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: sum(r.normal() * np.sin(2 * np.pi * f * k * t + r.uniform(0, 6)) for k in range(1, 8))
    ),
    "limb leads agree, narrow pulses": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: np.exp(-0.5 * (((t * f - r.uniform(0, 0.05)) % 1 - 0.5) / f / r.uniform(0.01, 0.05)) ** 2)
    ),
    "limb leads agree, pulse waves": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: _pulse((t - r.uniform(0, 0.03)) % (1.2 / f))
    ),
    "limb leads agree, squares of 50 ms": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: ((t - r.uniform(0, 0.02)) % (1 / f) < 0.05).astype(float)
    ),
    "limb leads agree, damped ticks": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: _ticks(t % (1 / f), r.uniform(10, 30), r.uniform(0.03, 0.1), r.uniform(0, 6))
    ),
    "limb leads agree, EEG": lambda r, n, fs, t, f: _of_a_heart(r, n, lambda: _coloured(r, n, r.uniform(1, 2))),
    "limb leads agree, bursts of muscle": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: r.normal(size=n) * (0.03 + (t * f % 1 < 0.12 * f))
    ),
    "limb leads agree, breathing": lambda r, n, fs, t, f: _of_a_heart(
        r, n, lambda: np.sin(2 * np.pi * 0.25 * t + r.uniform(0, 2))
    ),
}


def other_signal(kind: str, fs_hz: float, seed: int, height_mv: float) -> np.ndarray:
    """float32 (12, samples) of a kind of OTHERS or AGREEING, of this height from lowest to highest."""
    rng, n = np.random.default_rng(seed), int(SECONDS * fs_hz)
    x = np.asarray((OTHERS | AGREEING)[kind](rng, n, fs_hz, np.arange(n) / fs_hz, rng.uniform(0.8, 2.5)), np.float64)
    return (x * (height_mv / np.ptp(x))).astype(np.float32)


def shuffled(x: np.ndarray, block: int, seed: int) -> np.ndarray:
    """The samples of an ECG in pieces of so many, in another order, the same in all leads. x : (leads, samples)"""
    count = x.shape[1] // block
    pieces = x[:, : count * block].reshape(len(x), count, block)
    return pieces[:, np.random.default_rng(seed).permutation(count)].reshape(len(x), -1)


def _record(x: np.ndarray, fs_hz: float, name: str = "") -> Record:
    return Record(name, name, "", "", np.ascontiguousarray(x, np.float32), fs_hz, LEADS_12)


def _real() -> Iterable[tuple[str, Iterable[Record]]]:
    folders = {
        "PTB-XL": "ptbxl/records100",
        "PTB-XL, more": "ptbxl_more/records100",
        "Challenge": "challenge",
        "LUDB": "ludb",
    }
    for name, folder in folders.items():
        yield name, map(read_recording, find_recordings([DATA / folder]))
    files = {"PTB-XL, 500 Hz": ("ptbxl_more/raw_500hz.h5", 500.0), "PTB": ("ptb_diagnostic/ptb_1000hz.h5", 1000.0)}
    for name, (path, fs_hz) in files.items():
        with h5py.File(DATA / path) as file:
            signals = file["signals"][:] * file.attrs["scale"]
        yield name, (_record(x.T, fs_hz, str(i)) for i, x in enumerate(signals))
    records, bad = cinc2011(DATA)
    for name, wanted in (("CinC 2011, acceptable", False), ("CinC 2011, unacceptable", True)):
        yield name, (ecg for ecg, is_bad in zip(records, bad, strict=True) if is_bad == wanted)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--real", action="store_true", help="real ECGs alone, as they are and shuffled")
    parser.add_argument("--others", action="store_true", help="signals of other kinds alone")
    given, rows = parser.parse_args(), []
    for name, records in _real() if not given.others else ():
        refused, count, seconds, beside = [], 0, 0.0, 0.0
        for record in records:
            begun = time.thread_time()
            verdict = judge(record)
            between = time.thread_time()
            to_model_input(record.signal_mv, record.fs_hz, record.leads)
            count, seconds, beside = count + 1, seconds + between - begun, beside + time.thread_time() - between
            refused += [record.name] if verdict.reason else []
        row = {"what": name, "n": count, "refused": len(refused), "which": ", ".join(refused[:5])}
        rows.append(row | {"ms": 1000 * seconds / count, "ms of the model's input": 1000 * beside / count})
    for kind in (*OTHERS, *AGREEING) if not given.real else ():
        seen = [
            judge(_record(other_signal(kind, fs_hz, seed, height_mv), fs_hz)).reason
            for fs_hz in RATES_HZ
            for height_mv in HEIGHTS_MV
            for seed in range(given.seeds)
        ]
        rows.append({"what": kind, "n": len(seen), "refused": sum(map(bool, seen))})
    rows += [_out_of_order(block) for block in BLOCKS if not given.others]
    show("gate", rows)


def _out_of_order(block: int) -> dict:
    """How many of the real ECGs of 100 and of 500 Hz are refused once their samples are shuffled."""
    files = find_recordings([DATA / "ptbxl/records100"])[::20] + find_recordings([DATA / "ludb"])[::3]
    ecgs = [read_recording(file) for file in files]
    seen = [judge(replace(ecg, signal_mv=shuffled(ecg.signal_mv, block, i))).reason for i, ecg in enumerate(ecgs)]
    return {"what": f"real ECGs in pieces of {block} samples", "n": len(seen), "refused": sum(map(bool, seen))}


if __name__ == "__main__":
    main()
