"""A recording without what could name the patient: built anew from known fields, so nothing unknown comes along."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
from collections.abc import Iterable

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import Record

SHIFT_DAYS = (30, 3650)
AGE = re.compile(r"\d{1,2}( (months|weeks|days|hours))?", re.ASCII)
OLDEST = "90+"


def deidentified(record: Record, secret: bytes, free_text: bool = False) -> Record:
    """Signal, leads and rate; a pseudonym of the patient; sex, and the age or that it is over 89; dates moved back by
    the same days for all recordings of a patient; coded diagnoses; what the device measured.

    secret    : who has it gives a patient the same pseudonym and the same days again, and nobody else
    free_text : keep also what the device stated in words; a person has to have seen that it names nobody
    """
    # An id that is written in two ways has one pseudonym. Of whom nothing is known is a patient of its own.
    patient = record.patient_bare or record.patient or f"recording {record.sha256 or record.id}"
    pseudonym = _keyed(secret, "patient", patient)[:16]
    name = _keyed(secret, "recording", record.sha256 or record.id)[:16]
    return Record(
        id=name,
        name=name,
        source="",
        sha256="",
        signal_mv=record.signal_mv,
        fs_hz=record.fs_hz,
        leads=record.leads,
        derived=record.derived,
        patient=pseudonym if record.patient else "",
        recorded_at=_shifted(record.recorded_at, secret, patient),
        age=_age(record.age),
        sex=record.sex if record.sex in ("Male", "Female") else "",
        statements=tuple(_codes(record.statements)),
        synthetic=record.synthetic,
        device=dict(record.device),
        device_statements=record.device_statements if free_text else (),
    )


def _keyed(secret: bytes, kind: str, words: str) -> str:
    return hmac.new(secret, f"{kind} {words}".encode(), hashlib.sha256).hexdigest()


def _shifted(recorded_at: str, secret: bytes, patient: str) -> str:
    """The moment some days before, the time of the day as it was; "" for what is no date."""
    try:
        at = datetime.datetime.fromisoformat(recorded_at)
        low, high = SHIFT_DAYS
        days = low + int(_keyed(secret, "days", patient)[:16], 16) % (high - low + 1)
        at -= datetime.timedelta(days=days)
    except (ValueError, OverflowError):
        return ""
    return str(at.date() if len(recorded_at) == 10 else at.replace(tzinfo=None, microsecond=0))


def _age(written: str) -> str:
    if written in ("over 89", OLDEST):
        return OLDEST
    match = re.fullmatch(r"(\d{1,3})( years?)?", written, re.ASCII)
    if match:
        years = int(match[1])
        return OLDEST if years > 89 else str(years)
    return written if AGE.fullmatch(written) else ""


def _codes(written: Iterable[str]) -> list[str]:
    """Diagnoses as codes of our statements: a word that is none may be a name."""
    known = (vocabulary().find(word) for word in written)
    return list(dict.fromkeys(statement.code for statement in known if statement))
