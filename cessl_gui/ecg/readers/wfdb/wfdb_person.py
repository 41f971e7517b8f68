"""Which comments of a WFDB header say of whom it is and when it was recorded, and what its first line says of that."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cessl_gui.ecg import dates
from cessl_gui.ecg.dates import When
from cessl_gui.ecg.readers import person
from cessl_gui.ecg.readers.wfdb.wfdb_comments import AGAIN

# Not the dates of an admission, an infarction or a birth, which PTB's headers have too.
_OF_ECG = r"(ecg|ekg|e[ck]g recording|record(ing|ed)?|acquisition|acquired|measurement|examination|exam|study|test)"
_DATE = re.compile(
    rf"({_OF_ECG} )?date( ?time| and time)?|date of ({_OF_ECG}|the {_OF_ECG})|datetime|timestamp|{_OF_ECG} (at|on)"
    r"|((ekg )?aufnahme|aufzeichnungs|untersuchungs|ekg |mess)?datum|fecha( del (ecg|registro))?"
)
_TIME = re.compile(rf"({_OF_ECG} )?time|(ekg )?uhrzeit|hora")
# Not the age at a diagnosis or at the onset of a disease.
_AGE = re.compile(
    rf"((patient|subject)( s)? )?age( (in )?(years?|y)| at (the )?(time of )?(the )?{_OF_ECG})?"
    r"|alter|edad|leeftijd|idade"
)
_NAMES = {
    "patient id": re.compile(r"patient ?id"),
    "patient": re.compile(r"patient"),
    "subject": re.compile(r"subject"),
    "subject id": re.compile(r"subject id"),
    "age": _AGE,
    "sex": re.compile(r"((patient|subject)( s)? )?(sex|gender)|geschlecht|sexe|sexo"),
    "birth": re.compile(r"(patient )?(date of birth|birth ?date|birthday|dob|d o b)|geburtsdatum|geboren(( am)?)"),
    "date": _DATE,
}


def of(fields: Mapping[str, str], by_line: When) -> tuple[str, str, str, str, list[str]]:
    """The patient as written, when, age, sex, and what is not certain of them. The patient is not to be kept or shown.

    fields  : as wfdb_comments.fields
    by_line : what the header's first line tells
    """
    lines = [(kind, value) for kind, names in _NAMES.items() for value in _values(fields, names)]
    taken, said = person.agreed((kind, value) for kind, value in lines if kind != "date" or not by_line.at)
    others = [found for kind, value in lines if kind == "date" and (found := person.days(value))]
    if by_line.at and any(by_line.at[:10] not in found for found in others):
        said.append("the header's comments state another date than its first line, which is taken")
    elif not others and by_line.doubt:
        said.append(f"the date of the recording {by_line.doubt}")
    date, times = taken.get("date", ""), _values(fields, _TIME)
    if len(times) == 1 and len(dates.recorded(date).at) == 10:
        date = f"{date} {times[0]}"
    at, age, not_certain = person.when_and_age(by_line.at or date, taken.get("age", ""), taken.get("birth", ""))
    sex = taken.get("sex", "")
    return taken.get("patient", ""), by_line.at or at, age, person.sex_word(sex) or sex, said + not_certain


def _values(fields: Mapping[str, str], names: re.Pattern) -> list[str]:
    """What the fields of these names say."""
    return [value for name, value in fields.items() if value and names.fullmatch(name.removesuffix(AGAIN))]
