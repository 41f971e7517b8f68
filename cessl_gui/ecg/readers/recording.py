"""What all readers share: a file's bytes, the facts beside the signal, and the Record they become."""

from __future__ import annotations

import hashlib
import math
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.scratch import PART, check, parts, pieces, release, room
from cessl_gui.core.types import Record
from cessl_gui.ecg import dates
from cessl_gui.ecg.leads import canonical_lead, lead_names, with_derived
from cessl_gui.ecg.readers.amplitude import USUAL_SPAN_MV, doubts
from cessl_gui.ecg.readers.device import BOUNDS
from cessl_gui.ecg.readers.patient_keys import patient_fields
from cessl_gui.ecg.readers.person import when_and_age
from cessl_gui.ecg.readers.stand_ins import without_stand_ins

LARGEST_FILE = 1 << 28  # bytes; readers of long recordings set their own bound
LARGEST_SIGNAL = 1 << 28  # values, as for WFDB
AT_ONCE = 1 << 24  # bytes whose digest is computed at a time
RATES_HZ = (1.0, 100_000.0)
DEVICE_KINDS = {"rate": "rate", "rr": "rr", "p_axis": "axis", "qrs_axis": "axis", "t_axis": "axis"}
LOWEST_16_BIT, NOT_MEASURED = -(1 << 15), 29999  # what devices store where they have no value
NO_SIGNAL, NO_SIGNAL_SPREAD = 16000, 100  # a lead that holds nothing else has none
ROUNDING = 2  # counts by which computed limb leads may differ from their sums
UNPROVED = "read by the published description; no real file has proved this reader yet"
# Lines of a report that name its reader.
SIGNED = re.compile(
    r"\b(confirmed|reviewed|interpreted|signed|edited|referred|read|overread|verified|technician|attending"
    r"|(un)?bestätigt|befundet|physician|operator)\b.{0,20}(\bby\b|\bvon\b|:)",
    re.IGNORECASE,
)


@dataclass
class Facts:
    """What a file says beside its signal. device: names as in `ecg.measurements`, or `qtc`; /min, ms, degrees

    recorded_at, birth : as written; the birth is for the age where none is stated
    order : in which the format writes dates
    """

    patient: str = ""
    recorded_at: str = ""
    age: str = ""
    sex: str = ""
    statements: tuple[str, ...] = ()
    device_statements: tuple[str, ...] = ()
    device: Mapping[str, float | None] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    birth: str = ""
    order: dates.Order = dates.Order.OPEN


def read_bytes(path: Path, largest: int = LARGEST_FILE) -> bytes:
    """The whole of a file.

    raises : UnreadableRecording for what is no file, cannot be opened or is larger than `largest` bytes
    """
    file_size(path, largest)
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableRecording(f"{path.name} cannot be opened ({error.strerror}).", "Check the path.") from error


def file_size(path: Path, largest: int) -> int:
    """Bytes of a file.

    raises : UnreadableRecording for what is no file, cannot be opened or is larger than `largest` bytes
    """
    try:
        stats = path.stat()
    except OSError as error:
        raise UnreadableRecording(f"{path.name} cannot be opened ({error.strerror}).", "Check the path.") from error
    if not stat.S_ISREG(stats.st_mode):  # reading a pipe would wait for ever
        raise UnreadableRecording(f"{path.name} is not a file.", "Choose a file.")
    if stats.st_size > largest:
        raise UnreadableRecording(f"{path.name} is too large to open ({stats.st_size:,} bytes).", "Split it.")
    return stats.st_size


def recording(
    path: Path,
    digest: str,
    format_: str,
    signal_mv: np.ndarray,
    names: Sequence[str],
    fs_hz: float,
    facts: Facts | None = None,
    name: str = "",
    guesses: tuple[str, ...] = (),
) -> Record:
    """The Record of what a reader decoded: leads named and ordered, limb leads derived, doubts said.

    digest    : SHA-256 of the file, or of the recording's part of it, in hex
    signal_mv : (leads, samples), mV, NaN where the file has no value
    raises    : UnreadableRecording for a signal or a rate that no ECG has
    """
    facts = facts or Facts()
    if not signal_mv.size:
        raise UnreadableRecording(f"{path.name} has no samples.", "Copy the recording again.")
    fs_hz = checked_rate(path, fs_hz)
    signal_mv = np.asarray(signal_mv, np.float32)
    for where in parts(signal_mv):
        part = signal_mv[where]
        part[~np.isfinite(part)] = np.nan
    unique, renamed = lead_names([name or "" for name in names])
    signal_mv, leads, derived = with_derived(signal_mv, unique)
    recorded_at, age, doubt = when_and_age(facts.recorded_at, facts.age, facts.birth, facts.order)
    return Record(
        id=digest[:16],
        name=name or path.stem,
        source=str(path),
        sha256=digest,
        signal_mv=np.ascontiguousarray(signal_mv, np.float32),
        fs_hz=fs_hz,
        leads=leads,
        derived=derived,
        **patient_fields(facts.patient),
        recorded_at=recorded_at,
        age=age,
        sex=facts.sex,
        statements=facts.statements,
        device_statements=facts.device_statements,
        warnings=tuple(dict.fromkeys([*facts.warnings, *doubt, *renamed, *doubts(signal_mv, fs_hz)])),
        format=format_,
        device=plausible(facts.device),
        guesses=guesses,
    )


def sha256(data: bytes) -> str:
    digest, view = hashlib.sha256(), memoryview(data)
    for start in range(0, len(data), AT_ONCE):
        digest.update(view[start : start + AT_ONCE])
        check()
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(AT_ONCE):
            digest.update(block)
            check()
    return digest.hexdigest()


def checked_rate(path: Path, fs_hz: float) -> float:
    """raises : UnreadableRecording for a sampling rate that no ECG has"""
    if not RATES_HZ[0] <= fs_hz <= RATES_HZ[1]:
        raise UnreadableRecording(
            f"{path.name} gives {fs_hz:g} Hz as its sampling rate, which no ECG has.",
            "Check it with the program that made it.",
        )
    return float(fs_hz)


def checked_size(path: Path, leads: int, samples: int) -> None:
    """raises : UnreadableRecording before anything is allocated for more than we open"""
    if leads * samples > LARGEST_SIGNAL:
        raise UnreadableRecording(f"{path.name} announces {leads * samples:,} values: too long to open.", "Split it.")


def signal_of(
    counts: Sequence[np.ndarray] | np.ndarray,
    names: Sequence[str],
    mv_per_count: Sequence[float],
    warnings: list[str],
    *,
    sixteen_bit: bool = True,
    raw: bool = True,
    silent: Iterable[str] = (),
) -> np.ndarray:
    """Stored whole numbers as mV (leads, samples); NaN where a lead ends early or holds a device's word for "no value".

    counts : one row per lead; rows may differ in length
    raw    : not looked through by without_stand_ins yet
    silent : leads that are known to hold no signal
    """
    longest = max((len(row) for row in counts), default=0)
    signal = room(len(counts), longest)
    silent = without_signal(counts, names, silent)
    if silent:
        warnings.append(
            f"lead {silent[0]} holds no signal" if len(silent) == 1 else f"leads {', '.join(silent)} hold no signal"
        )
    if raw and longest and all(len(row) == longest for row in counts):
        counts = without_stand_ins(np.asarray(counts), names, warnings)
    for line, row, name, step in zip(signal, counts, names, mv_per_count, strict=True):
        held = 0 if name in silent else len(row)
        for start in range(0, held, PART):
            _fill(line[start : min(start + PART, held)], row[start : start + PART], step, sixteen_bit)
            release(signal)
            release(row)
        line[held:] = np.nan
        if name not in silent and held < longest:
            warnings.append(f"lead {name} ends before the others")
    return signal


def _fill(value: np.ndarray, row: np.ndarray, step: float, sixteen_bit: bool) -> None:
    """Write stored numbers as mV."""
    with np.errstate(over="ignore"):  # what is beyond all numbers becomes a gap
        np.multiply(row, step, out=value, casting="unsafe")
    if sixteen_bit:
        value[row == LOWEST_16_BIT] = np.nan
        # As a voltage it would be beyond any ECG, unless the step is very fine.
        value[(np.abs(row) == NOT_MEASURED) & (NOT_MEASURED * abs(step) > USUAL_SPAN_MV[1])] = np.nan


def without_signal(
    counts: Sequence[np.ndarray] | np.ndarray, names: Sequence[str], known: Iterable[str] = ()
) -> list[str]:
    """The leads that hold no signal: those known, those of about +-16000 throughout, and limb leads computed from them.

    Electrocardiographs write +-16000 where nothing was recorded, and what sums and halves make of it.
    """
    rows = {canonical_lead(name): row for name, row in zip(names, counts, strict=True)}
    silent = {canonical_lead(name) for name in known} | {lead for lead, row in rows.items() if _is_no_signal(row)}
    if silent & {"I", "II"} and {"I", "II"} <= rows.keys() and len(rows["I"]) == len(rows["II"]):
        factors = {"III": (-1, 1), "aVR": (-0.5, -0.5), "aVL": (1, -0.5), "aVF": (-0.5, 1)}
        silent |= {
            lead
            for lead, (of_one, of_two) in factors.items()
            if len(rows.get(lead, "")) == len(rows["I"])
            and all(
                np.abs(row - (of_one * one + of_two * two)).max() <= ROUNDING
                for one, two, row in zip(*(map(_exact, pieces(rows[name])) for name in ("I", "II", lead)), strict=True)
            )
        }
    return [name for name in names if canonical_lead(name) in silent]


def _is_no_signal(row: np.ndarray) -> bool:
    def near(part: np.ndarray) -> bool:
        return bool((np.abs(np.abs(_exact(part)) - NO_SIGNAL) <= NO_SIGNAL_SPREAD).all())

    return len(row) > 0 and near(row[:100]) and all(map(near, pieces(row)))


def _exact(numbers: np.ndarray) -> np.ndarray:
    return np.asarray(numbers, np.float64)


def plausible(device: Mapping[str, float | None]) -> dict[str, float]:
    """Of a device's figures those that can be true; others are its words for "not measured"."""
    kept = {}
    for name, value in device.items():
        low, high = BOUNDS[DEVICE_KINDS.get(name, "interval")]
        if value is not None and low <= value <= high:
            kept[name] = float(value)
    return kept


def number(text: object) -> float | None:
    """The number that a text begins with, also with a decimal comma or as .5; None if there is none.

    Of 3.276,7 it is not known which mark the decimals have, 1/200, 5*10^-3 and 1 2 are no one number, and 3.2E is cut
    off: None.
    """
    pattern = (
        r"\s*([+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?)"
        r"(?![.,]?\d|[eE][+-]?(?:\d|$)|\s*[/*x\u00d7^]\s*\d|\s+[+-]?[.,]?\d)"
    )
    match = re.match(pattern, str(text), re.ASCII)
    value = float(match[1].replace(",", ".")) if match else math.inf
    return value if math.isfinite(value) else None


def statement_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """A device's statements as it wrote them, without empty lines and those that name who read the ECG."""
    stripped = (" ".join(line.split())[:500] for line in lines)
    return tuple(dict.fromkeys(line for line in stripped if line and not SIGNED.search(line)))[:200]


def numbers(text: str) -> np.ndarray:
    """The numbers of a text that is nothing but numbers and spaces, some thousands at a time to need little memory.

    raises : ValueError for anything else
    """
    blocks = re.finditer(r"\S+(?:\s+\S+){0,9999}", text)
    return np.concatenate([np.empty(0), *(np.array([*map(float, block[0].split())]) for block in blocks)])


def lead_numbers(path: Path, lead: str, text: str) -> np.ndarray:
    """The samples of a lead that a file stores as text.

    raises : UnreadableRecording, with the first word that is no number
    """
    try:
        return numbers(text)
    except ValueError as error:
        wrong = next((word for word in text.split() if not _is_number(word)), "")
        raise UnreadableRecording(
            f"Lead {lead[:20] or 'without a name'} of {path.name} is damaged: {wrong[:20]!r} is no number.",
            "Export it again.",
        ) from error


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
