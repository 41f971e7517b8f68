"""What a person says about files that do not say it themselves: sampling rate, unit, leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cessl_gui.core.errors import CesslError
from cessl_gui.ecg.readers.recording import RATES_HZ, number
from cessl_gui.ecg.units import millivolts

TODO = "Settings are fs=500, unit=uV (mV, V, nV, or a step: 4.88uV), leads=I,II,V1 and dataset=NAME."
STEP = re.compile(r"([0-9.]*)\s*(\D+)")


@dataclass(frozen=True)
class Given:
    """fs_hz: None where not said; step_mv: mV of the number 1; leads: of the columns, in order; dataset: which array"""

    fs_hz: float | None = None
    step_mv: float | None = None
    leads: tuple[str, ...] = ()
    dataset: str = ""


def parse(settings: Sequence[str]) -> Given:
    """What was said as KEY=VALUE.

    raises : CesslError for a key or value that is none
    """
    said: dict = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        if key == "fs" and (rate := hertz(value)) and RATES_HZ[0] <= rate <= RATES_HZ[1]:
            said["fs_hz"] = rate
        elif key == "unit" and (step := step_of(value)):
            said["step_mv"] = step
        elif key == "leads" and value:
            said["leads"] = tuple(lead.strip() for lead in value.split(","))
        elif key == "dataset" and value:
            said["dataset"] = value
        else:
            raise CesslError(f"{setting[:40]} is no setting.", TODO)
    return Given(**said)


def step_of(unit: str) -> float | None:
    """mV of 1 in a unit, which may be a multiple of one as 4.88uV; None for what is no voltage."""
    match = STEP.fullmatch(unit.strip())
    if not match:
        return None
    factor, size = millivolts(match[2]), number(match[1] or "1")
    return factor * size if factor and size else None


def hertz(written: str) -> float | None:
    """Hz of a rate as it is written: 500, 512.4 hertz, 1 kHz, 1,000 Hz. None for what is none, a band as 0.05-150."""
    value = number(written)
    if not value or re.match(r"\s*[\d.,]+\s*(k?Hz)?\s*(-|\u2013|to|bis)\s*[\d.,]+", written, re.IGNORECASE):
        return None
    if re.search(r"\d\s*k(hz|ilohertz)", written, re.IGNORECASE):
        return value * 1000
    # No ECG has 1 Hz: three digits after the mark are thousands.
    return value * 1000 if value < 10 and re.match(r"\s*[1-9][.,]\d{3}(?!\d)", written) else value
