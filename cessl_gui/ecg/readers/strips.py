"""Leads that a file stores in pieces, as the columns of a page, put on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cessl_gui.core.scratch import parts, release, room
from cessl_gui.ecg.leads import lead_names
from cessl_gui.ecg.readers.recording import checked_size

ROUNDED = 2  # samples by which strips that follow each other may overlap


@dataclass(frozen=True)
class Strip:
    """Leads recorded at once. signal_mv: (leads, samples), NaN: no value; start_s: from any moment, the same for all"""

    names: Sequence[str]
    signal_mv: np.ndarray
    fs_hz: float
    start_s: float = 0.0


def joined(path: Path, strips: Sequence[Strip], warnings: list[str]) -> tuple[list[str], np.ndarray]:
    """Lead names, and signal in mV (leads, samples): a lead has no value outside its own strips.

    Where two of one lead overlap the first holds, and that they differ is said. Strips of another sampling rate than
    the first are left out with a warning.
    raises : UnreadableRecording where that would be too long
    """
    fs_hz = strips[0].fs_hz
    same = [strip for strip in strips if abs(strip.fs_hz / fs_hz - 1) < 1e-6]
    others = [f"{name} ({s.fs_hz:g} Hz)" for s in strips if abs(s.fs_hz / fs_hz - 1) >= 1e-6 for name in s.names]
    if others:
        warnings.append(f"leads of another sampling rate left out: {', '.join(others)[:200]}")
    start = min(strip.start_s for strip in same)
    begins = [round((strip.start_s - start) * fs_hz) for strip in same]
    samples = max(begin + strip.signal_mv.shape[1] for begin, strip in zip(begins, same, strict=True))
    named = []
    for strip in same:
        once, said = lead_names(strip.names)  # of two channels of one name each is one
        named.append(once)
        warnings += said
    names = list(dict.fromkeys(name for each in named for name in each))
    checked_size(path, len(names), samples)
    signal = room(len(names), samples)
    for part in parts(signal):
        signal[part] = np.nan
    for begin, strip, each in zip(begins, same, named, strict=True):
        for name, row in zip(each, strip.signal_mv, strict=True):
            line = signal[names.index(name), begin : begin + len(row)]
            there = np.isfinite(line)
            if np.count_nonzero(there & np.isfinite(row) & (line != row)) > ROUNDED:
                warnings.append(f"the file holds lead {name} twice at the same time, not alike: the first is shown")
            line[~there] = row[~there]
            release(signal)
            release(strip.signal_mv)
    return names, signal
