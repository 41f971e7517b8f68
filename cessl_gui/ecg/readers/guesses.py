"""What the numbers of a file suggest where it says nothing: each guess is written down, for a person to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers.amplitude import USUAL_RATES_HZ, USUAL_SPAN_MV
from cessl_gui.ecg.readers.recording import ROUNDING, without_signal

RATES_HZ = (500, 1000, 250, 100, 400, 200, 125, 256, 257, 300, 360, 512, 2000)
USUAL_SECONDS = 10
CLOCKS_DIFFER = 0.02  # share by which a stated rate may differ from that of the column of times


def guessed_rate(path: Path, samples: int, guesses: list[str]) -> float:
    """The rate at which so many samples last 10 s.

    raises : UnreadableRecording, asking for it, where there is none
    """
    rate = next((rate for rate in RATES_HZ if rate * USUAL_SECONDS == samples), None)
    if rate is None:
        raise UnreadableRecording(f"{path.name} does not state its sampling rate.", "Give it: --set fs=500.")
    guesses.append(f"sampling rate not stated: {rate} Hz guessed, as {samples:,} samples then last 10 s (--set fs=...)")
    return float(rate)


def rate_by_frequency(path: Path, hz: float, samples: int, guesses: list[str], other_hz: float | None = None) -> float:
    """The rate of a file that states a frequency without saying of what: the mains have one, too, and filters.

    other_hz : what its duration tells
    raises   : UnreadableRecording, asking for it, where no ECG has this rate or the file says otherwise
    """
    if not USUAL_RATES_HZ[0] <= hz <= USUAL_RATES_HZ[1] or (other_hz and abs(hz / other_hz - 1) > CLOCKS_DIFFER):
        raise UnreadableRecording(
            f"{path.name} states a frequency of {hz:g} Hz, which is not its sampling rate, and states no other.",
            "Give it: --set fs=500.",
        )
    usual = next((rate for rate in RATES_HZ if rate * USUAL_SECONDS == samples), None)
    if usual not in (None, hz) and not other_hz:
        guesses.append(f"sampling rate not stated: a frequency of {hz:g} Hz taken for it (--set fs=...)")
    return hz


def guessed_step(path: Path, values: np.ndarray, leads: Sequence[str], guesses: list[str], of: int = 0) -> float:
    """mV of the number 1: whole numbers are taken as microvolts, others by how high the ECG would be.

    of     : leads that the file has, where it states the unit of some
    raises : UnreadableRecording, asking for it, where no unit makes an ECG of the numbers
    """
    silent = without_signal(values, leads)
    unit_of = f"unit of {', '.join(leads)}" if len(leads) < of else "unit"
    held = values[[name not in silent for name in leads]]
    held = held[np.isfinite(held).any(axis=1)]
    if not held.size:
        guesses.append(f"{unit_of} not stated: uV guessed, no lead has a signal (--set unit=...)")
        return 1e-3
    low, high = np.nanpercentile(held, (1, 99), axis=1)
    span, whole = float(np.median(high - low)), are_whole(held)
    for unit, step in (("uV", 1e-3),) if whole else (("mV", 1.0), ("uV", 1e-3)):
        if USUAL_SPAN_MV[0] <= span * step <= USUAL_SPAN_MV[1]:
            height = f"{span * step:.2g} mV"
            guesses.append(f"{unit_of} not stated: {unit} guessed, the ECG is then {height} high (--set unit=...)")
            return step
    raise UnreadableRecording(
        f"{path.name} does not state its {unit_of}.", "Give it: --set unit=uV, or a step as 4.88uV."
    )


def are_whole(values: np.ndarray) -> bool:
    """Whether all numbers that are there are whole ones."""
    return bool(((values == np.rint(values)) | np.isnan(values)).all())


def guessed_leads(values: np.ndarray, guesses: list[str]) -> list[str]:
    """Names for columns without any: 12 are the standard leads, in the order in which the limb leads add up."""
    channels = [f"channel {i + 1}" for i in range(len(values))]
    if len(values) == 8:
        names = ["I", "II", *LEADS_12[6:]]
    elif len(values) == 12 and (limb := _limb_order(values)):
        names = [*limb, *LEADS_12[6:]]
    else:
        guesses.append("leads not named (--set leads=I,II,...)")
        return channels
    guesses.append(f"leads not named: {' '.join(names)} guessed (--set leads=...)")
    return names


def _limb_order(values: np.ndarray) -> list[str]:
    """The order of six limb leads, I II III first, by their sums; empty where they do not add up."""
    one, two, three = values[:3]
    sums = {"aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
    near = ROUNDING if are_whole(values) else 0.02 * float(np.nanstd(values)) + 1e-9
    if np.nanmax(np.abs(three - (two - one))) > near:
        return []
    order = []
    for row in values[3:6]:
        fit = [name for name, computed in sums.items() if np.nanmax(np.abs(row - computed)) <= near]
        order += [name for name in fit if name not in order][:1]
    return ["I", "II", "III", *order] if len(order) == 3 else []
