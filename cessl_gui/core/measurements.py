"""The figures measured of one ECG, as they are shown, kept and learned from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

# Of the code that measures, in ecg/measuring. Kept measurements of another version are made again: raise it with each
# change of that code which changes a figure or a sentence. tests/ecg/measuring/test_measuring_version.py fails where
# this was forgotten.
MEASURING_VERSION = 11

# name -> (words, unit): the lines of the table, in their order. The last two QTc are optional.
QUANTITIES = {
    "rate": ("Ventricular rate", "/min"),
    "rr": ("RR interval, mean", "ms"),
    "rr_shortest": ("RR interval, shortest", "ms"),
    "rr_longest": ("RR interval, longest", "ms"),
    "p": ("P duration", "ms"),
    "pr": ("PR interval", "ms"),
    "qrs": ("QRS duration", "ms"),
    "qt": ("QT interval", "ms"),
    "qtc_fridericia": ("QTc Fridericia", "ms"),
    "qtc_bazett": ("QTc Bazett", "ms"),
    "qtc_framingham": ("QTc Framingham", "ms"),
    "qtc_hodges": ("QTc Hodges", "ms"),
    "p_axis": ("P axis", "°"),
    "qrs_axis": ("QRS axis", "°"),
    "t_axis": ("T axis", "°"),
}
# A device may state a QTc without its formula: it stands beside none of ours.
DEVICE_QUANTITIES = QUANTITIES | {"qtc": ("QTc, formula not stated", "ms")}

# What a reason must not say before the reader has said it: it names the rhythm.
TELLING = ("P wave", "fibrillation", "flutter", "premature", "pacemaker", "tachycardia", "broad waves")

_LONGEST = 1_000_000  # characters; a day of beats is never kept, a minute takes a few thousand


def tells_rhythm(reason: str) -> bool:
    """Whether a reason names what a reader who is blind has still to find."""
    return any(word in reason for word in TELLING)


def without_rhythm(reason: str) -> str:
    """The part of a reason that names none: "no heartbeats stand out, as in ..." up to its comma."""
    return reason.partition(", as in ")[0] if tells_rhythm(reason) else reason


class Figure(NamedTuple):
    """One figure. value : None where it was not measured; reason : why not, or why it is not sure; else "" """

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class Measurements:
    """What was measured of one record.

    values   : quantity of QUANTITIES -> figure; what could not be measured is not there
    missing  : quantity -> why not, a sentence
    marks_ms : mark of ecg.delineate.MARKS -> ms from the R peak of the median beat
    leads    : the leads that were measured, the rows of beat_mv
    beat_mv  : float32 (leads, samples) at 500 Hz, the median beat, its R peak at ecg.beats.BEFORE_S, NaN beyond it;
               None where there is none, or as kept in the project: see ecg.measurements.with_beat
    peaks_s  : R peaks, seconds of the recording
    alike_s  : R peaks of the beats that the median beat is made of; none where there is no median beat
    notes    : sentences about the whole
    device   : quantity -> figure that the recording's own device stated; may have `qtc`, its formula not named
    doubtful : quantity among values, or "st" -> why it is not sure, a sentence; where it is shown, a "?" says so
    st_mv    : lead -> level at J + 60 ms above the line before the QRS complex, mV
    """

    record_id: str
    values: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    marks_ms: Mapping[str, float] = field(default_factory=dict)
    leads: tuple[str, ...] = ()
    beat_mv: np.ndarray | None = None
    peaks_s: tuple[float, ...] = ()
    alike_s: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    device: Mapping[str, float] = field(default_factory=dict)
    doubtful: Mapping[str, str] = field(default_factory=dict)
    st_mv: Mapping[str, float] = field(default_factory=dict)

    @property
    def has_beat(self) -> bool:
        """Whether there is a median beat, at hand or not."""
        return bool(self.alike_s)

    def figure(self, name: str) -> Figure:
        """One of QUANTITIES with the reason for its absence, or for its doubt."""
        value = self.values.get(name)
        return Figure(value, (self.missing if value is None else self.doubtful).get(name, ""))


_NUMBERS = ("values", "marks_ms", "device", "st_mv")
_TEXTS = ("missing", "doubtful")
_LISTS = {"leads": str, "notes": str, "peaks_s": float, "alike_s": float}


def to_json(measured: Measurements) -> str:
    """Everything but the record's id and the beat, which can be made again; to a thousandth of each unit."""
    kept: dict[str, Any] = {
        name: {key: round(value, 3) for key, value in getattr(measured, name).items()} for name in _NUMBERS
    }
    kept |= {name: dict(getattr(measured, name)) for name in _TEXTS}
    kept |= {
        name: [round(one, 3) if kind is float else one for one in getattr(measured, name)]
        for name, kind in _LISTS.items()
    }
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def from_json(record_id: str, text: str) -> Measurements:
    """What to_json has written. raises : ValueError for anything else"""
    if len(text) > _LONGEST:
        raise ValueError("too long for measurements")
    try:
        kept = json.loads(text)
        read: dict[str, Any] = {name: _mapping(kept[name], _number) for name in _NUMBERS}
        read |= {name: _mapping(kept[name], _text) for name in _TEXTS}
        read |= {n: tuple(map(_number if k is float else _text, kept[n])) for n, k in _LISTS.items()}
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"no measurements: {error}") from error
    return Measurements(record_id, **read)


def _mapping(kept: Any, read: Any) -> dict:
    return {_text(name): read(value) for name, value in kept.items()}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value
