"""Payloads that acts of this program have: what comes from elsewhere is looked at before it is taken in."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cessl_gui.core.types import ModelStatus, ReadingState, State
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.applying import DIGITS, WORDING
from cessl_gui.store.log.state import FILE, LOGGED_SETTINGS

if TYPE_CHECKING:
    from cessl_gui.store.log.acts import Act

LONGEST_TEXT = 100_000
STATUSES = (*ModelStatus, "active")
MOST_KEYS, MOST_WORDS = 9, 1000


def unfit(act: Act) -> str:
    """What is wrong with the payload of an act, in words; "" where nothing is, and for kinds of a later version."""
    if act.payload is None or act.kind not in _FITS:
        return ""
    what, fits = _FITS[act.kind]
    try:
        return "" if fits(act.content) else what
    except (KeyError, TypeError, ValueError, AttributeError):
        return what


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and "\0" not in value


def _is_name(value: object) -> bool:
    return _is_text(value) and value != ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e9


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_list(key: str, value: Any) -> bool:
    return _are_texts(value) and (key != counting_as.SETTING or all(map(counting_as.pair, value)))


def _is_wording(of: str, value: Any) -> bool:
    if of in ("name", "group"):
        return _is_text(value)
    return of in ("typed", "codes") and _are_texts(value) and len(value) <= MOST_WORDS


def _is_caliper(value: Any) -> bool:
    lead, *places, marched = value
    return _is_text(lead) and len(places) == 4 and all(map(_is_number, places)) and marched in (0, 1)


def _is_annotation(value: Any) -> bool:
    code, start_s, end_s, lead = value
    return _is_name(code) and _is_number(start_s) and (end_s is None or _is_number(end_s)) and _is_text(lead)


_FITS: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "label": (
        "has a statement without a name, or a state that there is not",
        lambda c: _is_name(c["code"]) and c["new"] in (None, *State),
    ),
    "reading": ("has a reading state that there is not", lambda c: c["new"] in tuple(ReadingState)),
    "mark": (
        "has a mark that is no time",
        lambda c: _is_text(c["mark"]) and (c["new"] is None or _is_number(c["new"])),
    ),
    "caliper": (
        "has a caliper that is at no place",
        lambda c: _is_name(c["caliper"]) and (c["new"] is None or _is_caliper(c["new"])),
    ),
    "adjudication": (
        "has a decision without a statement, or a state that there is not",
        lambda c: _is_name(c["code"]) and c["new"] in (None, *State),
    ),
    "annotation": (
        "has a beat or stretch that is at no place",
        lambda c: _is_name(c["annotation"]) and (c["new"] is None or _is_annotation(c["new"])),
    ),
    "note": ("has a note that is no text", lambda c: _is_text(c["new"])),
    "setting": (
        "has a list of statements that cannot be read",
        lambda c: c["key"] in LOGGED_SETTINGS and _is_list(c["key"], c["old"]) and _is_list(c["key"], c["new"]),
    ),
    DIGITS: (
        "has keys that are no list of statements",
        lambda c: _are_texts(c["new"]) and len(c["new"]) <= MOST_KEYS,
    ),
    WORDING: (
        "has words for a statement that are no text",
        lambda c: _is_name(c["code"]) and _is_wording(c["of"], c["new"]),
    ),
    "model": (
        "is a model with a status that there is not",
        lambda c: _is_name(c["model"]) and c["status"] in STATUSES,
    ),
    FILE: (
        "names no file of a model",
        lambda c: _is_name(c["model"]) and re.fullmatch("[0-9a-f]{64}", c["sha256"]) is not None,
    ),
    "removal": ("is a removal of what is no recording", lambda c: _are_texts(c["contents"]) and _is_text(c["why"])),
}
