"""Measured figures as the page's header writes them, and which of their reasons a reader who is blind may read."""

from __future__ import annotations

from dataclasses import dataclass

from cessl_gui.core.measurements import QUANTITIES, Measurements, tells_rhythm

NONE = "–"
UNSURE = {
    "qt": "QT: the end of the T wave is not sure.",
    "rate": "Rate: the count of the beats is not sure.",
    "pr": "PR: its beginning is not sure.",
    "qrs": "QRS: its beginning or its end is not sure.",
    "st": "ST: which waves are QRS complexes is not sure.",
}


@dataclass(frozen=True)
class Slot:
    """One place in the header: quantities of one caption. wide : only in a wide window"""

    name: str
    caption: str
    unit: str
    quantities: tuple[str, ...]
    widest: str
    wide: bool = False


SLOTS = (
    Slot("rate", "Rate", "/min", ("rate",), "288"),
    Slot("rr", "RR", "", ("rr_shortest", "rr_longest"), "1288–1288", wide=True),
    Slot("pr", "PR", "", ("pr",), "no P"),
    Slot("qrs", "QRS", "", ("qrs",), "188"),
    Slot("qt", "QT / QTcF", "ms", ("qt", "qtc_fridericia"), "488 / 488"),
    Slot("axes", "Axes P QRS T", "", ("p_axis", "qrs_axis", "t_axis"), "−88° −88° −88°"),
)


def value_words(slot: Slot, m: Measurements | None, blind: bool) -> str:
    """The figures of a slot; a P wave that is not there is a dash while the reading is blind, else "no P"."""
    values = [_one(name, m, blind) for name in slot.quantities]
    if slot.name == "rr":
        return NONE if NONE in values else "–".join(values)
    return (" / " if slot.name == "qt" else " ").join(values)


def reason(slot: Slot, m: Measurements | None, blind: bool) -> str:
    """Why figures of a slot are not there or not sure, in sentences; "" where nothing is to be said."""
    if m is None:
        return ""
    reasons = [m.figure(name).reason for name in slot.quantities if not (blind and name not in m.values)]
    return " ".join(dict.fromkeys(filter(None, (sayable(why, slot.name, blind) for why in reasons))))


def is_doubtful(slot: Slot, m: Measurements | None) -> bool:
    """Whether a figure of it is shown and not sure."""
    return m is not None and any(name in m.doubtful for name in slot.quantities)


def sayable(why: str, name: str, blind: bool) -> str:
    """A reason, without what would tell the rhythm to a reader who has not read it yet."""
    if not (blind and tells_rhythm(why)):
        return why
    return UNSURE.get(name, "")


def spoken(slot: Slot, m: Measurements | None, blind: bool) -> str:
    """For a screen reader."""
    words = ", ".join(QUANTITIES[name][0] for name in slot.quantities)
    doubt = ", doubtful" if is_doubtful(slot, m) else ""
    return f"{words}: {value_words(slot, m, blind)} {slot.unit or 'ms' * (slot.name != 'axes')}{doubt}".strip()


def _one(name: str, m: Measurements | None, blind: bool) -> str:
    value = m.values.get(name) if m else None
    if value is not None:
        degree = "°" if name.endswith("axis") else ""
        return f"{value:.0f}{degree}".replace("-", "−")
    has_no_p = m is not None and not blind and "qrs" in m.values and "P wave" in m.missing.get(name, "")
    if has_no_p:
        return "no P" if name == "pr" else "none"
    return NONE


# What a reason holds -> the hint in few words.
_SHORT = (
    ("T wave is flat", "QT end doubtful, flat T wave"),
    ("leads differ", "QT end doubtful, leads differ"),
    ("may run into", "QT end doubtful at this rate"),
    ("QT:", "QT end doubtful"),
    ("QRS: at this rate", "QRS doubtful at this rate"),
    ("QRS:", "QRS width doubtful"),
    ("Rate:", "Rate doubtful"),
)


def doubt_hints(m: Measurements | None, blind: bool) -> list[tuple[str, str]]:
    """(few words, reasons) of each doubt about a figure in the header. What says more takes in what says less of it."""
    if m is None:
        return []
    shown = {name: slot.name for slot in SLOTS for name in slot.quantities}
    reasons = dict.fromkeys(sayable(why, shown[name], blind) for name, why in m.doubtful.items() if name in shown)
    told: dict[str, list[str]] = {}
    for why in filter(None, reasons):
        told.setdefault(next((short for part, short in _SHORT if part in why), why), []).append(why)
    for short in sorted(told, key=len):
        more = next((other for other in told if other != short and other.startswith(short)), None)
        if more is not None:
            told[more] += told.pop(short)
    return [(short, " ".join(whys)) for short, whys in told.items()]
