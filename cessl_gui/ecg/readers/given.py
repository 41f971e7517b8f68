"""What a person says about files that do not say it themselves: sampling rate, unit, leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cessl_gui.core.errors import CesslError
from cessl_gui.ecg.readers.amplitude import USUAL_RATES_HZ
from cessl_gui.ecg.readers.recording import RATES_HZ, number
from cessl_gui.ecg.units import millivolts

TODO = "Settings are fs=500, unit=uV (mV, V, nV, or a step: 4.88uV), leads=I,II,V1 and dataset=NAME."
# 1 000, 1'000, also with the spaces and apostrophes of print; and 10,000.0, where the other mark has decimals.
_THOUSANDS = re.compile(
    r"(?<![\d.,])[1-9]\d{0,2}(?:[ \u00a0\u2009\u202f'\u2019\u02bc_]\d{3})+(?!\d)"
    r"|(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?=\.\d)|(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?=,\d)"
    r"|(?<![\d.,])[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})+(?!\d)"
)
# A band, or an interval.
_NO_RATE = re.compile(
    r"\s*[\d.,]+\s*((k?Hz)?\s*(-|\u2013|to|bis)\s*[\d.,]+|(milli|micro|nano|[mµμun])?s(ec\w*)?(?![\w/^-])|mhz)",
    re.IGNORECASE,
)
_TWO_RATES = re.compile(
    r"[\d.]+\s*(k?hz)?\s*(/|;|&|\+|,\s|\b(and|or|und|oder|et|y|e)\b)\s*[\d.]+\s*(k?hz)?\s*", re.IGNORECASE
)
LONGEST_RATE = 100  # characters
_HERTZ = re.compile(r"(\d[\d.,]*)\s*k?hz\b")
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
    """Hz of a rate as it is written: 500, 512.4 hertz, 1 kHz, 1,000 Hz, 1'000 Hz, 1 000.

    returns : None for what is none: a band as 0.05-150, an interval as 2 ms, and 25,000, which may be 25
    """
    plain = _THOUSANDS.sub(lambda match: re.sub(r"\D", "", match[0]), " ".join(written[:LONGEST_RATE].split()))
    value = number(plain)
    # 500 Hz (interpolated to 1000 Hz): of two rates it is open which one the samples have.
    if (
        not value
        or _NO_RATE.match(plain)
        or _TWO_RATES.fullmatch(plain)
        or len({*_HERTZ.findall(plain.casefold())}) > 1
    ):
        return None
    if re.search(r"\d\s*k(hz|ilohertz)", plain, re.IGNORECASE):
        value *= 1000
    elif value < USUAL_RATES_HZ[0] and re.match(r"\s*[1-9]\d?[.,]\d{3}(?!\d)", plain):
        # Three digits after the mark are thousands, where no ECG has the rate that they were decimals of.
        value = value * 1000 if value * 1000 <= USUAL_RATES_HZ[1] else 0.0
    return value if 0 < value <= RATES_HZ[1] else None
