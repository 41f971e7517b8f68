"""What a person says about files that do not say it themselves: sampling rate, unit, leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cessl_gui.core.errors import CesslError
from cessl_gui.ecg.readers.recording import RATES_HZ, number

MILLIVOLTS = {
    **{"uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "mv": 1.0, "v": 1e3, "nv": 1e-6},
    **{"microvolt": 1e-3, "millivolt": 1.0},
}
TODO = "Settings are fs=500, unit=uV (mV, V, nV, or a step: 4.88uV), leads=I,II,V1 and dataset=NAME."
STEP = re.compile(r"([0-9.]*)\s*([a-zµμ]+)", re.IGNORECASE)


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
        if key == "fs" and (rate := number(value)) and RATES_HZ[0] <= rate <= RATES_HZ[1]:
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
    factor, size = MILLIVOLTS.get(match[2].casefold().rstrip("s")), number(match[1] or "1")
    return factor * size if factor and size else None
