"""How a project words statements, as it is kept: in settings, and in panels that go to other projects."""

from __future__ import annotations

import re
from typing import Any

from cessl_gui.core.errors import CesslError
from cessl_gui.core.statements.vocabulary import OWN, OWN_LENGTH, Wording, own_statement

WORDINGS = "wordings"  # the setting that keeps them
SYSTEMS = {"snomed ct": "SNOMED CT", "snomed": "SNOMED CT", "sct": "SNOMED CT", "aha": "AHA"}
_CODED = re.compile(r"(snomed ct|snomed|sct|aha)[ :]*(\d{1,18})", re.IGNORECASE)
MOST_CODES = 20  # of one statement


def kept_wordings(kept: Any) -> tuple[Wording, ...]:
    """The wordings of a list that was kept; what is no wording is passed over."""
    return tuple(filter(None, map(_wording, as_list(kept))))


def other_codes(kept: Any) -> dict[str, tuple[str, ...]]:
    """Code of a statement -> what the project says that it is in other systems, of a list of wordings that was kept."""
    return {wording.code: wording.codes for wording in kept_wordings(kept)}


def codes_in(text: str) -> tuple[str, ...]:
    """Codes of other systems, as "SNOMED CT 698247007" or "AHA 50", from what a person typed, with commas between.

    raises : CesslError for what is none
    """
    return tuple(dict.fromkeys(_coded(word) for word in text.split(",") if word.strip()))[:MOST_CODES]


def is_code(code: Any) -> bool:
    """Whether this can be the code of a statement: SNOMED CT, or of a reader's own words."""
    if not isinstance(code, str):
        return False
    words = code.removeprefix(OWN)
    if code.startswith(OWN):
        return bool(words) and own_statement(words).code == code
    return code.isdecimal() and len(code) <= 20


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _coded(word: str) -> str:
    found = _CODED.fullmatch(word.strip())
    if found is None:
        raise CesslError(f"{word.strip()[:40]} is no code.", "Write it as SNOMED 698247007 or AHA 50.")
    return f"{SYSTEMS[found[1].casefold()]} {found[2]}"


def _wording(kept: Any) -> Wording | None:
    if not isinstance(kept, dict) or not is_code(kept.get("code")):
        return None
    name, group, typed, codes = (kept.get(key) for key in ("name", "group", "typed", "codes"))
    short = own_statement(name).name if isinstance(name, str) else ""
    words = tuple(text[:OWN_LENGTH] for text in as_list(typed)[:20] if isinstance(text, str))
    known = (text for text in as_list(codes)[:MOST_CODES] if isinstance(text, str) and _CODED.fullmatch(text))
    return Wording(kept["code"], short, group if isinstance(group, str) else "", words, tuple(map(_coded, known)))
