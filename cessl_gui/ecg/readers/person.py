"""Of whom an ECG is and when it was recorded, by all lines of a file that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cessl_gui.ecg import dates, patients

# Of a person and a recording there is one: of two that contradict each other none is taken.
KINDS = {"age": "ages", "sex": "sexes", "date": "dates of the recording", "birth": "dates of birth"}
# Under any other word stands a patient: a name and a number do not contradict each other, two numbers do.
PATIENTS = "patients"
NO_BIRTHS = ("1899-12-30", "1899-12-31", "1900-01-01")  # day nought of programs: stands for no date
_MEN = ("m", "male", "man", "männlich", "mann", "masculin", "homme", "masculino", "hombre", "varón", "maschio")
_WOMEN = ("f", "female", "woman", "w", "weiblich", "frau", "féminin", "femme", "femenino", "mujer", "femmina")


def agreed(lines: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    """What all lines of a kind agree on, as the clearest of them writes it; and of which kinds none is taken.

    lines   : kind and value. A kind is one of KINDS, or the word under which a patient stands
    returns : values by kind, the patient under "patient": its id, else the first that is named
    """
    written: dict[str, list[str]] = {}
    for kind, value in lines:
        if patients.named(value) or (kind in KINDS and re.search(r"\d", value)):
            written.setdefault(kind, []).append(value)
    taken: dict[str, str] = {}
    contradicted: dict[str, None] = {}
    # Two patients may have one name.
    for kind, values in sorted(written.items(), key=lambda one: one[0] != "patient id"):
        meanings = [_meanings(kind, value) for value in values]
        if set.intersection(*meanings):
            taken.setdefault(kind if kind in KINDS else "patient", min(values, key=lambda v: len(_meanings(kind, v))))
        else:
            contradicted[KINDS.get(kind, PATIENTS)] = None
    if PATIENTS in contradicted:
        taken.pop("patient", None)
    if KINDS["age"] in contradicted:  # a date of birth does not say which of them is right
        taken.pop("birth", None)
    return taken, [f"the file states several {what}: none is taken" for what in contradicted]


def _meanings(kind: str, value: str) -> set[str]:
    if kind in ("date", "birth"):
        return days(value) or {value}
    if kind == "age":
        return {str(int(count)) for count in re.findall(r"\d+", value)[:1]} or {value}
    return {sex_word(value) or value.casefold()} if kind == "sex" else {patients.bare(value)}


def days(written: str) -> set[str]:
    """The days that a text may mean."""
    return {at[:10] for order in dates.Order if (at := dates.when(written, order).at)}


def when_and_age(
    recorded_at: str, age: str, birth: str, order: dates.Order = dates.Order.OPEN
) -> tuple[str, str, list[str]]:
    """When it was recorded, the age, and what is not certain of them or was not taken; all as a file writes them.

    The age is the one that a file states, else that by its date of birth.
    """
    at, doubt = dates.recorded(recorded_at, order)
    recorded_at = dates.in_seconds(at)
    said = [f"the date of the recording {doubt}"] if doubt else []
    stated, doubt = patients.age(age)
    birth, not_read = dates.when(birth, order)
    born = age_at(birth, recorded_at)
    if stated.isdecimal() and born.isdecimal() and abs(int(stated) - int(born)) > 1:
        said.append(f"the file states an age of {stated} and a date of birth that makes {born}")
    elif doubt:
        said.append(doubt)
    if not stated and not birth and not_read:
        said.append(f"the date of birth {not_read}")
    elif not stated and not born and birth and recorded_at and birth[:10] not in NO_BIRTHS:
        said.append("the date of birth makes an age that nobody has: none is taken")
    return recorded_at, stated or born, said


def age_at(birth: str, recorded_at: str) -> str:
    """Years from a date of birth to the recording, both as 2020-05-15; "" if either is unknown."""
    if not birth or not recorded_at or birth[:10] in NO_BIRTHS:
        return ""
    years = int(recorded_at[:4]) - int(birth[:4]) - (recorded_at[5:10] < birth[5:10])
    return str(years) if 0 <= years <= 89 else "over 89" if 89 < years < 130 else ""


def sex_word(written: str) -> str:
    """Male or Female for the words and letters of formats; "" for all else: 1 is male in some and female in others."""
    word = written.strip().casefold()
    return "Male" if word in _MEN else "Female" if word in _WOMEN else ""
