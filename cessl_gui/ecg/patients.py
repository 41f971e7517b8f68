"""Who is nobody: what files write where they name no patient, and ages that are no ages."""

from __future__ import annotations

import re

# Each in lower case, letters only. Several of them together name nobody either: "unknown patient".
_WORDS = """
    anon anonym anonyme anonymo anonimo anónimo anonymous anonymized anonymised anonymisiert anonymise anonymisé
    deidentified de identified pseudonym redacted removed deleted hidden masked confidential private
    none nobody noname nil null nan na nd void empty blank missing undefined unnamed unidentified unassigned
    unknown unk unbekannt unbek inconnu desconocido sconosciuto onbekend okänd ukjent ukendt ohne kein keine aucun
    not available applicable specified known given assigned recorded provided
    patient pat patients pid id number no subject name test tests testing testpatient demo dummy default example sample
"""
_NOBODY = frozenset(_WORDS.split())
_LETTERS = {"na", "nn", "ka", "oa"}  # n/a, N.N., k. A., o. A.
_OVER_89 = range(300, 320)  # PhysioNet's 300 and MIMIC's shifted dates of birth
_OLDEST = 130


def named(written: str) -> str:
    """The patient that a file names, as written; "" where that is a word for nobody.

    "Anonymous", "None", "-", "0", "000", "n/a", "?", "xxx", "Test patient", "nan" and the like name nobody.
    """
    written = written.strip()
    letters = re.findall(r"[^\W\d_]+", written.casefold())
    digits = re.sub(r"\D", "", written)
    if digits.strip("0") and not re.fullmatch(r"9{5,}", digits):
        return written
    if "".join(letters) == "nn" or (all(len(word) == 1 for word in letters) and "".join(letters) in _LETTERS):
        return ""
    words = ["".join(letters)] if all(len(word) == 1 for word in letters) else letters
    return "" if all(word in _NOBODY or not word.strip("x") for word in words) else written


def age(written: str) -> str:
    """An age as written; "over 89" for the 300 that stands for it, "" for what no one's age can be."""
    match = re.fullmatch(r"\s*(-?[0-9]{1,6})(?:[.,][0-9]*)?\s*(y|years?|yrs?)?\s*", written, re.ASCII | re.IGNORECASE)
    if not match:
        return written
    years = int(match[1])
    if years in _OVER_89:
        return "over 89"
    return written if 0 <= years < _OLDEST else ""
