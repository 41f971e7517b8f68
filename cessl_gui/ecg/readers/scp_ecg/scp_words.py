"""What an SCP-ECG record says beside its signal: patient and time, the device's measurements and statements."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from statistics import median

from cessl_gui.ecg.patients import NOBODYS_AGE
from cessl_gui.ecg.readers.patient_keys import patient_key
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import Facts, statement_lines

LAST_NAME, FIRST_NAME, PATIENT, AGE, BIRTH, SEX, DATE, TIME = 0, 1, 2, 4, 5, 8, 25, 26
END = 255
AGE_UNITS = {1: "", 2: "months", 3: "weeks", 4: "days", 5: "hours"}
SEXES = {1: "Male", 2: "Female"}
NO_VALUE = (29999, 0xFFFF)  # axes beyond any angle are left out by `recording`
WAVES = struct.Struct("<5H3h")  # P onset, P end, QRS onset, QRS end, T end in ms; axes of P, QRS, T
SPIKE_BYTES = 10
LEAD_INTERVALS = {"pr": 1, "qrs": 2, "qt": 3}  # places among the 16-bit figures of a lead
FORMULAS = {1: "qtc_bazett"}


def facts(section: bytes, warnings: list[str]) -> Facts:
    """Section 1. A tag may come several times: the first that holds something counts."""
    tags: dict[int, bytes] = {}
    for tag, value in _tags(section, warnings):
        if value.strip(b"\0 "):
            tags.setdefault(tag, value)
    date, time = tags.get(DATE, b""), tags.get(TIME, b"")
    clock = "{:02}:{:02}:{:02}".format(*time[:3]) if len(time) >= 3 else ""
    recorded_at = f"{_day(date)} {clock}"
    numbered = text(tags.get(PATIENT, b""))
    named = " ".join(text(tags[tag]) for tag in (LAST_NAME, FIRST_NAME) if tag in tags)
    return Facts(
        patient=numbered if patient_key(numbered) else named,
        recorded_at=recorded_at,
        age=_age(tags.get(AGE, b""), warnings),
        birth=_day(tags.get(BIRTH, b"")),
        sex=sex_word(SEXES.get(tags.get(SEX, b"\0")[0], "")),
        warnings=warnings,
    )


def _tags(section: bytes, warnings: list[str]) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 3 <= len(section) and section[at] != END:
        size = int.from_bytes(section[at + 1 : at + 3], "little")
        value = section[at + 3 : at + 3 + size]
        if len(value) < size:
            warnings.append("section 1 is damaged: what it says of patient and time may be missing")
            return
        yield section[at], value
        at += 3 + size


def text(field: bytes) -> str:
    """A text up to its zero byte."""
    field = field.split(b"\0")[0]
    try:
        return field.decode("utf-8").strip()
    except UnicodeDecodeError:
        return field.decode("latin-1").strip()


def _day(date: bytes) -> str:
    return "{:04}-{:02}-{:02}".format(*struct.unpack_from("<HBB", date)) if len(date) >= 4 else ""


def _age(field: bytes, warnings: list[str]) -> str:
    if len(field) < 3 or field[2] not in AGE_UNITS:
        return ""
    years, unit = int.from_bytes(field[:2], "little"), AGE_UNITS[field[2]]
    if unit:
        return f"{years} {unit}" if years else ""
    if years >= 130:
        warnings.append(NOBODYS_AGE)
    return str(years) if 0 < years <= 89 else "over 89" if 89 < years < 130 else ""


def measurements(section: bytes, beats: int) -> dict[str, float]:
    """Section 7: the intervals and axes of the reference beat of type 0, its RR, and what follows in ms and /min.

    beats : that section 4 counts; a section 7 that counts others is not laid out by the standard from there on
    """
    if len(section) < 6:
        return {}
    blocks, spikes, rr = *section[:2], int.from_bytes(section[2:4], "little")
    found: dict[str, float] = {}
    _note(found, "rr", rr)
    if blocks and len(section) >= 6 + WAVES.size:
        p_on, p_end, qrs_on, qrs_end, t_end, *axes = WAVES.unpack_from(section, 6)
        for name, start, stop in (("pr", p_on, qrs_on), ("qrs", qrs_on, qrs_end), ("qt", qrs_on, t_end)):
            if not {start, stop} & {*NO_VALUE} and (name != "pr" or p_on < p_end):
                _note(found, name, stop - start)
        for name, angle in zip(("p_axis", "qrs_axis", "t_axis"), axes, strict=True):
            _note(found, name, angle)
    at = 6 + blocks * WAVES.size + spikes * SPIKE_BYTES
    counted = int.from_bytes(section[at : at + 2], "little")
    rest = section[at + 2 + counted :]
    if len(rest) >= 7 and (counted == beats or not counted):
        rate, _, qtc = struct.unpack_from("<3H", rest)
        _note(found, "rate", rate)
        _note(found, FORMULAS.get(rest[6], "qtc"), qtc)
    return found


def lead_measurements(section: bytes) -> dict[str, float]:
    """Section 10: the median over the leads of each interval in ms; only of those that some lead has."""
    values: dict[str, list[int]] = {name: [] for name in LEAD_INTERVALS}
    at = 4
    for _ in range(int.from_bytes(section[:2], "little")):
        size = int.from_bytes(section[at + 2 : at + 4], "little")
        block = section[at + 4 : at + 4 + size]
        figures = struct.unpack(f"<{len(block) // 2}h", block[: len(block) // 2 * 2])
        for name, place in LEAD_INTERVALS.items():
            if place < len(figures) and 0 < figures[place] != NO_VALUE[0]:
                values[name].append(figures[place])
        at += 4 + size
        if at >= len(section):
            break
    return {name: float(median(found)) for name, found in values.items() if found}


def _note(found: dict[str, float], name: str, value: int) -> None:
    if value not in NO_VALUE:
        found[name] = value


def statements(section: bytes, warnings: list[str]) -> tuple[str, ...]:
    """Section 8: the lines of the report."""
    if len(section) < 9:
        return ()
    lines, at = [], 9
    for _ in range(section[8]):
        size = int.from_bytes(section[at + 1 : at + 3], "little")
        line = section[at + 3 : at + 3 + size]
        if len(section) < at + 3 or len(line) < size:
            warnings.append("section 8 is cut off: statements may be missing")
            break
        lines.append(text(line))
        at += 3 + size
    return statement_lines(lines)
