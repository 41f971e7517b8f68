"""What is doubtful about a lead, in words. Hints for the reader, never a verdict that changes anything."""

from __future__ import annotations

import numpy as np
from scipy import signal as dsp

from cessl_gui.core.types import Record

FLAT_MV = 0.01  # peak to peak; an ECG lead that is this quiet shows a straight line at 10 mm/mV
CLIPPED_SHARE = 0.01  # of the samples at the very top or bottom
NOISE_MV = 0.05  # standard deviation above 40 Hz: 0.5 mm of fuzz on the paper
CONSISTENCY_MV = 0.1  # rms by which the limb leads may disagree (1 mm)
NOISE_FROM_HZ = 40.0


def lead_notes(record: Record) -> dict[str, tuple[str, ...]]:
    """Lead -> what is doubtful about it: missing, derived, off, flat, clipped, noisy, gaps. Good leads are left out."""
    notes: dict[str, tuple[str, ...]] = {}
    for lead, x in zip(record.leads, record.signal_mv, strict=True):
        words = (["derived"] if lead in record.derived else []) + _doubts(x, record.fs_hz)
        if words:
            notes[lead] = tuple(words)
    return notes | dict.fromkeys(record.missing, ("missing",))


def _doubts(x: np.ndarray, fs_hz: float) -> list[str]:
    known = x[np.isfinite(x)]
    if known.size == 0:
        return ["off"]
    words = ["gaps"] if known.size < x.size else []
    low, high = float(known.min()), float(known.max())
    if high - low < FLAT_MV:
        return [*words, "flat"]
    # Many samples at exactly the largest or smallest value: an amplifier or a converter at its end.
    edge = max(np.count_nonzero(known == high), np.count_nonzero(known == low))
    if edge > CLIPPED_SHARE * known.size and high - low > 1.0:
        words.append("clipped")
    if _noise_mv(known, fs_hz) > NOISE_MV:
        words.append("noisy")
    return words


def _noise_mv(x: np.ndarray, fs_hz: float) -> float:
    """Robust standard deviation of what lies above 40 Hz, so that the QRS complexes do not count."""
    if fs_hz <= 2.5 * NOISE_FROM_HZ or x.size < 50:
        return 0.0
    high = dsp.sosfiltfilt(dsp.butter(2, NOISE_FROM_HZ, "highpass", fs=fs_hz, output="sos"), x[: int(60 * fs_hz)])
    return float(1.4826 * np.median(np.abs(high - np.median(high))))


def limb_lead_hint(record: Record) -> str:
    """A sentence where the recorded limb leads contradict each other (III = II - I; aVR + aVL + aVF = 0); else ""."""
    rows = dict(zip(record.leads, record.signal_mv, strict=True))
    if {"I", "II", "III"} <= rows.keys() and _rms(rows["I"] + rows["III"] - rows["II"]) > CONSISTENCY_MV:
        return "Leads I, II and III contradict each other (II should be I + III)."
    if {"aVR", "aVL", "aVF"} <= rows.keys() and _rms(rows["aVR"] + rows["aVL"] + rows["aVF"]) > CONSISTENCY_MV:
        return "Leads aVR, aVL and aVF contradict each other (their sum should be zero)."
    return ""


def _rms(x: np.ndarray) -> float:
    known = x[np.isfinite(x)]
    # The mean is left out: an offset between leads is common and harmless.
    return float(known.std()) if known.size else 0.0
