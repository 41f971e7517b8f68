"""What lists show, sort and search by, of all records, in columns: 100,000 of them take some 40 MB."""

from __future__ import annotations

import re
from collections.abc import Iterable
from heapq import merge
from sys import intern

import numpy as np

from cessl_gui.core.types import ReadingState
from cessl_gui.store.columns.rows import Rows

READING = tuple(ReadingState)  # by the number in the column
_NUMBERS = {str(state): i for i, state in enumerate(READING)}
_TOGETHER = 2000  # texts sorted at a time
OVER_89 = 89.5  # how an age "over 89" sorts
_DAYS = 365.25  # of a year
_AGE = re.compile(r"\s*(over |>)?\s*(\d{1,4}(?:[.,]\d+)?)(\+)?\s*([^\W\d_]*)\.?\s*", re.IGNORECASE)
# The units of an age as files write them, and how many of them a year has.
_PER_YEAR = (
    (r"|y|yrs?|years?|a|jahre?|j|ans?|años?|anni", 1.0),
    (r"m|mos?|mon|mths?|months?|monate?|mois|mes(es)?|mesi", 12.0),
    (r"w|wks?|weeks?|wochen?|semaines?", _DAYS / 7),
    (r"d|days?|tage?|jours?|días?", _DAYS),
    (r"h|hrs?|hours?|stunden?|heures?|horas?", _DAYS * 24),
)


class RecordColumns:
    """The records in the order of import, or in that of the rows they were placed in.

    here    : bool, whether there is such a record: one that was removed keeps its row
    names, sources, patients, sexes : texts as the records have them
    ages    : float32, years; NaN where none is stated, OVER_89 for "over 89"
    moments : int64, when it was recorded, as the number YYYYMMDDhhmmss; -1 without a date
    reading : uint8, places in READING
    patient_count : how many patients the sources name
    name_rank, source_rank, sex_rank : float64, how these texts sort; NaN for a sex that is not stated
    """

    def __init__(self) -> None:
        self.rows = Rows()
        self.here = np.zeros(0, bool)
        self.names: list[str] = []
        self.sources: list[str] = []
        self.patients: list[str] = []
        self.sexes: list[str] = []
        self.ages = np.zeros(0, np.float32)
        self.moments = np.zeros(0, np.int64)
        self.reading = np.zeros(0, np.uint8)
        self.name_rank = self.source_rank = self.sex_rank = np.zeros(0)
        self.patient_count = 0

    def __len__(self) -> int:
        """How many rows there are, also of what is no longer here."""
        return len(self.names)

    @property
    def count(self) -> int:
        """How many records are here."""
        return int(np.count_nonzero(self.here))

    def fill(self, records: Iterable[tuple[str, str, str, str, str, str, str]]) -> None:
        """Take id, name, source, patient, recorded_at, age and sex of each record."""
        ages, moments = [], []
        for record_id, name, source, patient, recorded_at, age, sex in records:
            self.rows.add(record_id)
            self.names.append(name)
            self.sources.append(source)
            self.patients.append(intern(patient))
            self.sexes.append(intern(sex))
            ages.append(years(age))
            moments.append(moment(recorded_at))
        self.ages, self.moments = np.array(ages, np.float32), np.array(moments, np.int64)
        self.reading, self.here = np.zeros(len(self.rows), np.uint8), np.ones(len(self.rows), bool)
        self.patient_count = len(set(self.patients) - {""})
        self.name_rank = _rank([name.casefold() for name in self.names])
        self.source_rank = _rank(self.sources)
        sexes = _rank(self.sexes)
        self.sex_rank = np.where([bool(sex) for sex in self.sexes], sexes, np.nan)

    def place(self, rows: Rows) -> None:
        """Take the places that other columns give these records; those that have none yet get the next ones."""
        places = np.array(rows.add_all(self.rows.ids), np.int64)
        self.rows = rows
        count = len(rows)
        if np.array_equal(places, np.arange(count)):
            return
        at = np.full(count, -1, np.int64)  # which of these stands in a place
        at[places] = np.arange(len(places))
        self.here = at >= 0
        for name in ("names", "sources", "patients", "sexes"):
            texts = getattr(self, name)
            setattr(self, name, [texts[i] if i >= 0 else "" for i in at.tolist()])
        nothing = {"moments": -1, "reading": 0}
        for name in ("ages", "moments", "reading", "name_rank", "source_rank", "sex_rank"):
            old = getattr(self, name)
            new = np.full(count, nothing.get(name, np.nan), old.dtype)
            new[places] = old
            setattr(self, name, new)

    def fill_reading(self, states: Iterable[tuple[str, str]]) -> None:
        """Take the reading state of each record that has one; the others are new."""
        for record_id, state in states:
            row = self.rows.of(record_id)
            if row is not None:
                self.reading[row] = _NUMBERS[state]

    def set_reading(self, record_id: str, state: ReadingState) -> None:
        row = self.rows.of(record_id)
        if row is not None and row < len(self.reading):
            self.reading[row] = _NUMBERS[state]

    def is_in(self, *states: ReadingState, rows: slice = slice(None)) -> np.ndarray:
        """bool (records,): whether its reading is in one of these states. rows : of these records alone"""
        reading = self.reading[rows]
        found = np.zeros(len(reading), bool)
        for state in states:  # some comparisons of bytes take a tenth of one look-up in a table
            found |= reading == _NUMBERS[state]
        return found & self.here[rows]

    def of_patient(self, record_id: str) -> list[str]:
        """The ids of all records of the patient of this one; only itself where the file names none."""
        row = self.rows.of(record_id)
        if row is None or row >= len(self.patients) or not self.patients[row]:
            return [record_id]
        wanted = self.patients[row]
        return [self.rows.ids[i] for i, patient in enumerate(self.patients) if patient == wanted]


def _rank(texts: list[str]) -> np.ndarray:
    """float64 (texts,): the place of each in their order, the same for equal ones."""
    places: dict[str, int] = {}
    # Sorted in one go they would keep all other threads, and with them the window, waiting for 0.1 s.
    parts = [sorted(texts[i : i + _TOGETHER]) for i in range(0, len(texts), _TOGETHER)]
    for text in merge(*parts):
        places.setdefault(text, len(places))
    return np.array([places[text] for text in texts], np.float64)


def years(age: str) -> float:
    """An age as written, in years: "18 months" is 1.5. NaN where it is none, or in a unit that is not known."""
    if age.isdecimal():
        return float(age)
    match = _AGE.fullmatch(age)
    if not match:
        return float("nan")
    if match[1] or match[3]:
        return OVER_89 if match[2] in ("89", "90") else float("nan")
    unit = match[4].casefold()
    per_year = next((count for pattern, count in _PER_YEAR if re.fullmatch(pattern, unit)), float("nan"))
    return float(match[2].replace(",", ".")) / per_year


def moment(recorded_at: str) -> int:
    """When a record was made, 2020-05-15 9:05:00, as the number 20200515090500; -1 without a date."""
    date, _, time = recorded_at.partition(" ")
    digits = date.replace("-", "")
    if date.count("-") != 2 or not digits.isdecimal():
        return -1
    time += ":00" if time.count(":") == 1 else ""
    hours = time.partition(".")[0].zfill(8).replace(":", "") if time else ""
    return int(digits) * 1_000_000 + (int(hours[:6]) if hours.isdecimal() else 0)
