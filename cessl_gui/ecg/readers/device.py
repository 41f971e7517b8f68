"""The measurements of the electrocardiograph itself, where a recording's header states them as `Name: value` lines."""

from __future__ import annotations

import re
from collections.abc import Mapping

# line -> (measurement, kind); of two lines for one measurement the upper here holds
LINES = {
    "ventricular rate": ("rate", "rate"),
    "heart rate": ("rate", "rate"),
    "rate": ("rate", "rate"),
    "rr interval": ("rr", "rr"),
    "pr interval": ("pr", "interval"),
    "pr": ("pr", "interval"),
    "qrs duration": ("qrs", "interval"),
    "qrs": ("qrs", "interval"),
    "qt interval": ("qt", "interval"),
    "qt": ("qt", "interval"),
    "qtc fridericia": ("qtc_fridericia", "interval"),
    "qtc bazett": ("qtc_bazett", "interval"),
    "qtc": ("qtc", "interval"),
    "p axis": ("p_axis", "axis"),
    "qrs axis": ("qrs_axis", "axis"),
    "t axis": ("t_axis", "axis"),
}
# kind -> unit as written, in lower case -> factor to /min, ms or degrees
UNITS = {
    "rate": dict.fromkeys(("", "/min", "1/min", "bpm", "beats/min"), 1.0),
    "interval": {"": 1.0, "ms": 1.0, "s": 1000.0},
    "rr": {"": 1.0, "ms": 1.0, "s": 1000.0},
    "axis": dict.fromkeys(("", "°", "deg", "degrees"), 1.0),
}
# Beyond these a figure is an error, or a device's word for "not measured", as 0 or 29999 of an interval are.
BOUNDS = {"rate": (10.0, 400.0), "rr": (150.0, 6000.0), "interval": (20.0, 1000.0), "axis": (-180.0, 360.0)}
VALUE = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*(.*)", re.ASCII)


def device_measurements(fields: Mapping[str, str], fs_hz: float) -> dict[str, float]:
    """What the lines of a header say the device measured: names as in `ecg.measurements`, in /min, ms and degrees.

    fields : line -> value, the line's name in lower case with single spaces
    fs_hz  : a line `rate` that repeats it is the sampling rate
    A QTc that does not name its formula is `qtc`. Comments are free text: what is no figure in bounds is not there.
    """
    figures: dict[str, float] = {}
    for line, (name, kind) in LINES.items():
        match = VALUE.fullmatch(fields.get(line, ""))
        if not match:
            continue
        factor = UNITS[kind].get(match[2].casefold())
        if not factor:
            continue
        value, (low, high) = float(match[1]) * factor, BOUNDS[kind]
        if low <= value <= high and not (line == "rate" and value == fs_hz):
            figures.setdefault(name, value)
    return figures
