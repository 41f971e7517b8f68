"""What a lead of an XML file states for itself that no reader understands: a gain, an offset, a rate, a start."""

from __future__ import annotations

import re
from collections.abc import Collection
from xml.etree.ElementTree import Element

from cessl_gui.ecg.readers.stated import changes_voltages, may_invert, shifts_in_time, would_change

_RATE_OR_UNIT = re.compile(
    r"(lead_?|channel_?)?(sampl\w*_?(rate|freq\w*|base|exponent|interval)|x_?res(olution)?|units?)"
)


def not_understood(lead: Element, read: Collection[str]) -> str:
    """The first that a lead states by an attribute or an element that is not read: "gain 2"; "" where there is none.

    read : names of attributes and elements that are read, or mean nothing
    """
    stated = [*lead.attrib.items()]
    for element in lead.iter():
        if element is not lead:
            stated += [(element.tag, " ".join("".join(element.itertext()).split())), *element.attrib.items()]
    return next((f"{name} {value[:20]}" for name, value in stated if name not in read and _changes(name, value)), "")


def is_understood(lead: Element, name: str, read: Collection[str], warnings: list[str]) -> bool:
    """Whether all that a lead states of itself is read; else the lead is left out, with a warning that says why."""
    words = not_understood(lead, read)
    if words:
        warnings.append(f"lead {name.strip()[:20]} left out: it states {words}, which is not understood")
    return not words


def _changes(name: str, value: str) -> bool:
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).casefold()
    if may_invert(plain, value):
        return True
    if shifts_in_time(name) or _RATE_OR_UNIT.fullmatch(plain):
        return bool(re.search(r"[1-9]|\D[vV]", value))
    return changes_voltages(plain) and would_change(value)
