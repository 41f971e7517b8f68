"""Lead names in any spelling, and the limb leads that others determine."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

import numpy as np

from cessl_gui.core.scratch import PART, release, room
from cessl_gui.core.types import LEADS_12

LONGEST_NAME = 100  # characters
_BESIDES = ("V7", "V8", "V9", "V1R", "V2R", "V3R", "V4R", "V5R", "V6R")
_CANONICAL = {lead.casefold(): lead for lead in (*LEADS_12, *_BESIDES)}
_CANONICAL |= {f"{letter}{lead}": lead.upper() for letter in "dl" for lead in ("i", "ii", "iii")}  # DI, LII
_CANONICAL |= {f"d{number}": "I" * number for number in (1, 2, 3)}  # D1
_CANONICAL |= {f"v{letter}": f"aV{letter.upper()}" for letter in "rlf"}  # VR
_CHEST_C = {f"c{lead[1:].casefold()}": lead for lead in (*LEADS_12[6:], *_BESIDES)}  # as the IEC names chest leads
_CANONICAL |= _CHEST_C
_CANONICAL |= {f"-{lead.casefold()}": f"-{lead}" for lead in LEADS_12}  # Cabrera's -aVR is another lead than aVR
_MINUS, _DASH_SIGNS = "\u2212", "\u2012\u2013\u2014\u2015\ufe58"  # dashes of print may join or deny
# Limb leads from electrodes on the trunk: the same direction, not quite the same amplitudes.
_MODIFIED = {"mli": "I", "mlii": "II", "mliii": "III", "ml1": "I", "ml2": "II", "ml3": "III"}
# A hyphen joins the word before it (Lead-II); one that touches only what follows is a sign: Lead -aVR. So is a minus.
_PREFIX = re.compile(
    r"(mdc[_ ]ecg[_ ]lead[_ ]|mdc[_ ]ecg[_ ]elec[_ ]potl[_ ]"
    rf"|(lead|ableitung|abl|ecg|ekg|d[ée]rivation|derivaci[óo]n|deriva[çc][ãa]o|derivazione)(-[\s_:.]*|[\s_:.]+|(?=[{_MINUS}{_DASH_SIGNS}])))+"
)
# Lead - II, Lead\u2013II: joined, or inverted.
_OPEN_DASH = re.compile(rf"[\s_:.][-{_MINUS}{_DASH_SIGNS}][\s_:.]|[^\W_][{_DASH_SIGNS}]")
_SUFFIX = re.compile(r"[\s_]+(lead|ableitung)$")
_DASH = re.compile(r"(av|v)-([rlf]|[1-9]r?)")  # aV-R, V-1
_BARE_PREFIX = re.compile(r"lead(?=[adlvcix-])")  # LeadII
_UNIT = re.compile(r"\s*[(\[]\s*[mnuµμ]?v(olts?)?\s*[)\]]$|[\s_/,]+[mnuµμ]v$")
_EINTHOVEN = {"I": (("II", 1.0), ("III", -1.0)), "II": (("I", 1.0), ("III", 1.0)), "III": (("II", 1.0), ("I", -1.0))}
_GOLDBERGER = {
    "aVR": (("I", -0.5), ("II", -0.5)),
    "aVL": (("I", 1.0), ("II", -0.5)),
    "aVF": (("II", 1.0), ("I", -0.5)),
}
_AROUND = " :;,.\"'"  # what means nothing at either end of a name
_HYPHENS = str.maketrans("\u2010\u2011\ufe63\uff0d", "----")
_ALL_DASHES = str.maketrans(dict.fromkeys(_MINUS + _DASH_SIGNS, "-"))
# Places of the electroencephalogram. Beside them C3 and C4 lie on the head, not on the chest.
_HEAD = re.compile(r"(fp[12z]|f[3478z]|[cpo]z|[po][1-8]|t[3-8]|[am][12])([ -/:].*)?", re.IGNORECASE)


def canonical_lead(name: str) -> str:
    """The name as in LEADS_12 for any spelling of it: DI, avr, V 1, C1, VR, I (mV), II:, MLII, ECG II, MDC_ECG_LEAD_V1.

    An inverted lead is another one, with its sign: -aVR, Lead -aVR, ECG\u2212II with a true minus. Of Lead - II, and of
    ECG\u2013II with a dash of print, it is open: that name stays as it is.
    V7 to V9 and V3R to V6R are spelled so too; other names are only stripped.
    """
    plain = _plain(name)
    return _CANONICAL.get(plain) or _MODIFIED.get(plain) or name.strip()


def is_modified(name: str) -> bool:
    """Whether a name is that of a limb lead from electrodes on the trunk, as MLII is."""
    return _plain(name) in _MODIFIED


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """A name in lower case without the words around it; spaces and dots within it mean nothing. A sign stays.

    Of a name that may be a lead or its inverse, as Lead - II, the words stay too.
    """
    plain = (
        unicodedata.normalize("NFKC", name.strip()[:LONGEST_NAME].translate(_HYPHENS)).translate(_HYPHENS).casefold()
    )
    plain = _UNIT.sub("", plain.strip(_AROUND)).rstrip(_AROUND)
    plain = _SUFFIX.sub("", plain)
    if prefix := _PREFIX.match(plain):
        if _OPEN_DASH.match(plain, prefix.end() - 1):
            return plain.translate(_ALL_DASHES)
        plain = plain[prefix.end() :]
    plain = re.sub(r"[\s._]", "", _BARE_PREFIX.sub("", plain)).translate(_ALL_DASHES)
    return "".join(dashed.groups()) if (dashed := _DASH.fullmatch(plain)) else plain


def _either_way(name: str) -> str:
    """The lead of which it is open whether it is inverted, as in Lead - II; "" where nothing is open."""
    plain = _plain(name)
    return _CANONICAL.get(plain.rpartition("-")[2].strip(" _:."), "") if _PREFIX.match(plain) else ""


def lead_names(given: Sequence[str], others: Iterable[str] = ()) -> tuple[list[str], list[str]]:
    """What the channels of one recording are called, each name once: V1, V1 (2); those without one are channel 1, ...

    others  : names in the recording's other segments: there MLII may stand beside II
    returns : names, and sentences about names that were taken for others. Applied to its own names it changes none.
    """
    once, said = _named(tuple(given), frozenset(others))
    return list(once), list(said)


@lru_cache(256)  # the recordings of a folder have the same names
def _named(given: tuple[str, ...], others: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    everywhere = {*given, *others}
    on_head = any(_HEAD.fullmatch(name.strip()) for name in everywhere)
    exact = {canonical_lead(name) for name in everywhere if not is_modified(name)}
    names: list[str] = []
    said: dict[str, None] = {}
    for number, name in enumerate(given, 1):
        lead = canonical_lead(name)[:LONGEST_NAME] or f"channel {number}"
        if (is_modified(name) and lead in exact) or (on_head and _plain(name) in _CHEST_C):
            lead = name.strip()[:LONGEST_NAME]
        elif is_modified(name):
            said[f"{name.strip()} taken as {lead}"] = None
        elif either := _either_way(name):
            said[f"{lead} may be {either} or its inverse: taken for neither"] = None
        names.append(lead)
    once = _each_once(names)
    doubled = (name for name, shown in zip(names, once, strict=True) if name != shown)
    said |= dict.fromkeys(f"several channels are named {name}: the others are shown as {name} (2)" for name in doubled)
    return tuple(once), tuple(said)


def _each_once(names: list[str]) -> list[str]:
    taken = set(names)
    seen: Counter[str] = Counter()
    once = []
    for name in names:
        seen[name] += 1
        numbered = name
        while seen[name] > 1 and (numbered := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        taken.add(numbered)
        once.append(numbered)
    return once


def derivable(names: Collection[str]) -> dict[str, tuple[tuple[str, float], tuple[str, float]]]:
    """Of the limb leads that are not there those that two others determine: lead -> two (lead, factor) to be added.

    In the order in which they can be computed: Goldberger's leads from I and II, which may be among them.
    """
    # Einthoven: II = I + III. Two of the three give the third.
    missing = [lead for lead in ("I", "II", "III") if lead not in names]
    if len(missing) > 1:
        return {}
    terms_of = {lead: _EINTHOVEN[lead] for lead in missing}
    return terms_of | {lead: terms for lead, terms in _GOLDBERGER.items() if lead not in names}


def standard_first(names: Collection[str]) -> list[str]:
    """The standard leads in their usual order, then the others in theirs."""
    return [lead for lead in LEADS_12 if lead in names] + [lead for lead in names if lead not in LEADS_12]


def with_derived(signal_mv: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Add the limb leads that two others determine, and put the standard leads first, in their usual order.

    signal_mv : (leads, samples), mV
    returns   : signal, names as `lead_names` gives them, names of the derived leads
    """
    unique, _ = lead_names(names)
    derived = derivable(unique)
    order = standard_first([*unique, *derived])
    if not derived and order == unique:
        return signal_mv, tuple(order), ()
    whole = room(len(order), signal_mv.shape[1], np.result_type(signal_mv, np.float32))
    given, rows = dict(zip(unique, signal_mv, strict=True)), dict(zip(order, whole, strict=True))
    step = max(1, PART // max(1, len(order)))
    for start in range(0, signal_mv.shape[1], step):
        part = slice(start, start + step)
        for lead, values in given.items():
            rows[lead][part] = values[part]
        for lead, ((one, factor), (other, other_factor)) in derived.items():
            rows[lead][part] = factor * rows[one][part] + other_factor * rows[other][part]
        release(signal_mv)
        release(whole)
    return whole, tuple(order), tuple(lead for lead in order if lead in derived)
