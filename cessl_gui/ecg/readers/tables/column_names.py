"""What the heading of a column tells: a lead or the time, and its unit."""

from __future__ import annotations

import re

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.given import step_of
from cessl_gui.ecg.readers.tables.clock import INDEX_NAME, TIME_NAME
from cessl_gui.ecg.units import millivolts

TIME_UNITS = {"", "s", "sec", "seconds", "sek", "ms", "msec", "us", "µs", "μs", "ns", "sample", "samples"}
SIGNAL_NAME = re.compile(r"(ecg|ekg|lead|channel|ch|signal|voltage|value|amplitude|mv|uv|µv)[\W_]*\d*", re.IGNORECASE)
LONGEST_NAME = 100  # characters: a unit is looked for in time by the cube of the length
UNIT_IN_NAME = re.compile(
    r"[\[(]\s*([^\])]+?)\s*[\])]|\s*(?:[\s_/,:;.-]|\bin\b)\s*((?:[mnuµμ]|milli-?|micro-?)v(?:olts?)?|volts?|(?<=/)v)\s*$",
    re.IGNORECASE,
)


def bare(name: str) -> str:
    """A name without its unit."""
    return (UNIT_IN_NAME.sub("", name) if len(name) <= LONGEST_NAME else name).strip()


def unit_in(name: str) -> str:
    """The unit in a name, "" where it has none."""
    match = UNIT_IN_NAME.search(name) if len(name) <= LONGEST_NAME else None
    return match[1] or match[2] if match else ""


def is_column(name: str) -> bool:
    """Whether this names a lead, some voltage, or the time."""
    plain = bare(name)
    known = (SIGNAL_NAME, TIME_NAME, INDEX_NAME)
    return canonical_lead(plain).removeprefix("-") in LEADS_12 or any(kind.fullmatch(plain) for kind in known)


def is_unit(cell: str) -> bool:
    return millivolts(cell) is not None or cell.casefold().rstrip(".") in TIME_UNITS


def step_in(name: str, unit: str = "") -> float | None:
    """mV of the number 1 by the unit in the name of a column, or by the unit stated for all."""
    return step_of(unit_in(name) or unit)
