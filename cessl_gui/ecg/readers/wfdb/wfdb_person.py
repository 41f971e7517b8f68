"""When it was recorded and of whom: what the comments of a WFDB header say beside its first line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cessl_gui.ecg import dates, patients
from cessl_gui.ecg.dates import Order, When
from cessl_gui.ecg.readers.recording import age_at, sex_word
from cessl_gui.ecg.readers.wfdb.wfdb_comments import AGAIN

# Not the dates of an admission, an infarction or a birth, which PTB's headers have too.
_OF_ECG = r"(ecg|ekg|e[ck]g recording|record(ing|ed)?|acquisition|acquired|measurement|examination|exam|study|test)"
_DATE = re.compile(
    rf"({_OF_ECG} )?date( ?time| and time)?|date of ({_OF_ECG}|the {_OF_ECG})|datetime|timestamp|{_OF_ECG} (at|on)"
    r"|((ekg )?aufnahme|aufzeichnungs|untersuchungs|ekg |mess)?datum|fecha( del (ecg|registro))?"
)
_TIME = re.compile(rf"({_OF_ECG} )?time|(ekg )?uhrzeit|hora")
_AGE = re.compile(r"((patient|subject)( s)? )?age( (in )?(years?|y)| at .+)?|alter|edad|leeftijd|idade")
_SEX = re.compile(r"((patient|subject)( s)? )?(sex|gender)|geschlecht|sexe|sexo")
_BIRTH = re.compile(r"(patient )?(date of birth|birth ?date|birthday|dob|d o b)|geburtsdatum|geboren(( am)?)")
_WORDS_FOR_SEX = {"männlich": "Male", "mann": "Male", "weiblich": "Female", "frau": "Female", "w": "Female"}


def of(fields: Mapping[str, str], by_line: When) -> tuple[str, str, str, list[str]]:
    """When, age, sex, and what is not certain of them.

    fields  : as wfdb_comments.fields
    by_line : what the header's first line tells
    """
    if not fields:
        return by_line.at, "", "", [f"the date of the recording {by_line.doubt}"] if by_line.doubt else []
    at, said = _at(fields, by_line)
    ages = _values(fields, _AGE)
    age, not_taken = patients.age(ages[0]) if ages else ("", "")
    said += [not_taken] if not_taken else []
    if len({_number(one) for one in ages}) > 1:
        age = ""
        said.append("the header's comments state several ages: none is taken")
    births = [birth.at[:10] for written in _values(fields, _BIRTH) if (birth := dates.when(written)).at]
    born = age_at(births[0], at) if births else ""
    if age.isdecimal() and born.isdecimal() and abs(int(age) - int(born)) > 1:
        said.append(f"the file states an age of {age} and a date of birth that makes {born}")
    sexes = list(dict.fromkeys(_sex(one) for one in _values(fields, _SEX)))
    if len(sexes) > 1:
        said.append("the header's comments state both sexes: none is taken")
    return at, age or (born if not ages else ""), sexes[0] if len(sexes) == 1 else "", said


def _at(fields: Mapping[str, str], by_line: When) -> tuple[str, list[str]]:
    written = _values(fields, _DATE)
    times = _values(fields, _TIME)
    if by_line.at:
        others = [one for one in written if (days := _days(one)) and by_line.at[:10] not in days]
        why = "the header's comments state another date than its first line, which is taken"
        return by_line.at, [why] if others else []
    if not written:
        return "", [f"the date of the recording {by_line.doubt}"] if by_line.doubt else []
    if len({frozenset(_days(one)) for one in written}) > 1:
        return "", ["the header's comments state several dates of the recording: none is taken"]
    found = dates.recorded(written[0])
    if found.at and len(found.at) == 10 and len(times) == 1:
        found = dates.recorded(f"{written[0]} {times[0]}")
    said = found.doubt and f"the date of the recording {found.doubt}"
    return dates.in_seconds(found.at), [said] if said else []


def _days(written: str) -> set[str]:
    """The days that a text may mean."""
    return {at[:10] for order in (Order.DAY, Order.MONTH, Order.OPEN) if (at := dates.when(written, order).at)}


def _values(fields: Mapping[str, str], names: re.Pattern) -> list[str]:
    """What the fields of these names say."""
    return [value for name, value in fields.items() if value and names.fullmatch(name.removesuffix(AGAIN))]


def _number(written: str) -> str:
    match = re.match(r"\s*0*(\d+)", written)
    return match[1] if match else written


def _sex(written: str) -> str:
    return sex_word(written) or _WORDS_FOR_SEX.get(written.strip().casefold(), written)
