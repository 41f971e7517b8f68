"""WFDB recordings (.hea with .dat or .mat): the plain ones, what the wfdb package reads, and what it rejects."""

from __future__ import annotations

import datetime
import hashlib
import math
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.leads import canonical_lead, with_derived
from cessl_gui.ecg.readers.device import device_measurements
from cessl_gui.ecg.readers.wfdb_plain import read_plain

SUFFIXES = (".hea",)
LARGEST_HEADER = 1 << 20  # bytes
RATES_HZ = (1.0, 100_000.0)  # beyond these a header is wrong, and filters cannot be designed
LARGEST_SIGNAL = 1 << 28  # values: 24 hours of 3 leads at 1000 Hz are 2.6e8
LARGEST_DATA = 4 * LARGEST_SIGNAL  # bytes of all files of a recording that we read
BLOCK = 1 << 20  # bytes read at a time
# Bytes per sample of the uncompressed storage formats of WFDB, to check a data file's length before reading it.
SAMPLE_BYTES = {"8": 1, "16": 2, "24": 3, "32": 4, "61": 2, "80": 1, "160": 2, "212": 1.5, "310": 4 / 3, "311": 4 / 3}
RATE = re.compile(r"(\d+\.?\d*|\.\d+)(/.*)?", re.ASCII)  # the rate, and a counter's rate that we do not use
# storage format, samples per frame, skew, byte offset
STORED = re.compile(r"([0-9]{1,3})(?:x([0-9]{1,9}))?(?::[0-9]+)?(?:\+([0-9]{1,15}))?")
TIME = re.compile(r"[0-9]{1,2}(:[0-9]{2}){1,2}")
DATE = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2}|[A-Za-z]{3})[/-]([0-9]{4})")  # 09/11/1984, 15-May-2020
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MILLIVOLTS = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "microvolt": 1e-3, "v": 1e3, "nv": 1e-6}
FIELD = re.compile(r"^\s*([A-Za-z][\w -]*?)\s*[:=]\s*(.*?)\s*$")
# <age>: 25  <sex>: M, several on a line, as older databases write
BRACKETED = re.compile(r"<([\w -]+)>:\s*(.*?)\s*(?=<|$)")
WORDS_FOR_PATIENT = ("patient id", "patientid", "patient", "subject", "subject id")


@dataclass(frozen=True)
class _Header:
    """What we must know of a header before the wfdb package may follow it."""

    text: str
    files: dict[str, int]  # data files, or headers of segments -> how many bytes of each belong to the recording


def claims(path: Path) -> bool:
    """Whether this path names a WFDB recording: its header, or a data file or bare name with a header beside it."""
    return path.suffix.lower() in SUFFIXES or main_file(path).is_file()


def main_file(path: Path) -> Path:
    """The header that belongs to a path."""
    if path.suffix.lower() in SUFFIXES:
        return path
    if path.suffix.lower() in {".dat", ".mat"}:
        return path.with_suffix(".hea")
    return path.with_name(f"{path.name}.hea")


def read(path: Path) -> Record:
    """Read a WFDB recording: all its voltage channels in mV, the derivable limb leads added.

    raises : UnreadableRecording with the reason and what to do
    """
    path = main_file(path)
    header = _header(path)
    digest = hashlib.sha256()
    for part, size in _parts(path, header):
        try:
            for block in _blocks(part, size):
                digest.update(block)
        except OSError as error:
            raise UnreadableRecording(f"{part.name} cannot be opened ({error.strerror}).", "Check the file.") from error
    raw = read_plain(path, header.text) or _wfdb_record(path, header)
    signal, names, warnings = _voltages(raw)
    if signal.shape[1] == 0:
        raise UnreadableRecording(f"{path.name} has no samples.", "Copy the recording again.")
    signal, leads, derived = with_derived(signal, names)
    fields = _fields(raw.comments or [])
    sha256 = digest.hexdigest()
    patient = next((fields[word] for word in WORDS_FOR_PATIENT if fields.get(word)), "")
    return Record(
        id=sha256[:16],
        name=path.stem,
        source=str(path),
        sha256=sha256,
        signal_mv=np.ascontiguousarray(signal, np.float32),
        fs_hz=float(raw.fs),
        leads=leads,
        derived=derived,
        # Only a hash of what may be a name goes further into the program.
        patient=hashlib.sha256(patient.encode()).hexdigest()[:16] if patient else "",
        recorded_at=_recorded_at(header.text),
        age=fields.get("age", ""),
        sex=fields.get("sex", ""),
        statements=tuple(word for word in re.split(r"[,;|]\s*", fields.get("dx", "")) if word),
        warnings=tuple(warnings),
        format="WFDB",
        device=device_measurements(fields, float(raw.fs)),
    )


def _header(path: Path) -> _Header:
    """Parse just enough of a header to know that it is one, that it stays in its folder and fits its files."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # reading a pipe would wait for ever
            raise UnreadableRecording(f"{path.name} is not a file.", "Choose the .hea file of a recording.")
        if found.st_size > LARGEST_HEADER:
            raise UnreadableRecording(f"{path.name} is too large for a WFDB header.", "Check what file this is.")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UnreadableRecording(f"{path.name} cannot be opened ({error.strerror}).", "Check the path.") from error
    lines = _lines(text)
    not_one = UnreadableRecording(f"{path.name} is not a WFDB header.", "Choose the .hea file of a recording.")
    first = lines[0].split() if lines else []
    if len(first) < 2 or not _is_count(first[1]) or "\0" in text:
        raise not_one
    signals = int(first[1])
    # The wfdb package would put its own value in the place of a rate or a length that it cannot read.
    rate = RATE.fullmatch(first[2]) if len(first) > 2 else None
    if len(first) > 2 and not (rate and RATES_HZ[0] <= float(rate[1]) <= RATES_HZ[1]):
        raise UnreadableRecording(
            f"{path.name} gives {first[2][:20]} as its sampling rate, which no ECG has.", "Correct its first line."
        )
    if len(first) > 3 and not _is_count(first[3]):
        raise UnreadableRecording(
            f"{path.name} gives {first[3][:20]} as its number of samples.", "Correct its first line."
        )
    samples = int(first[3]) if len(first) > 3 else None
    segments = first[0].split("/")[1] if re.fullmatch(r"[^/]+/[0-9]+", first[0]) else ""
    if segments:
        rows = [line.split() for line in lines[1 : int(segments) + 1]] if _is_count(segments) else []
        if not rows or not all(len(row) > 1 and _is_count(row[1]) for row in rows):
            raise not_one
        names = [f"{row[0]}.hea" for row in rows if row[0] != "~"]
        values = signals * max(samples or 0, sum(int(row[1]) for row in rows))
    else:
        if signals and len(lines) < signals + 1:
            raise UnreadableRecording(f"{path.name} announces {signals} signals and describes fewer.", "It is cut off.")
        rows = [line.split() for line in lines[1 : signals + 1]]
        if any(len(row) < 2 for row in rows):
            raise not_one
        names = [row[0] for row in rows]
        values = (samples or 0) * sum(int(match[2] or 1) if (match := STORED.fullmatch(row[1])) else 1 for row in rows)
    if not signals:
        raise UnreadableRecording(f"{path.name} has no signals.", "It may belong to annotations only.")
    if values > LARGEST_SIGNAL:
        raise UnreadableRecording(f"{path.name} announces {values:,} values: too long to open.", "Split it.")
    for name in names:
        if Path(name).name != name or "\\" in name or name in {"..", "."}:
            raise UnreadableRecording(
                f"{path.name} names a file outside its own folder ({name}).", "Put the recording's files together."
            )
        if not (path.parent / name).is_file():
            raise UnreadableRecording(f"{name}, the data of {path.name}, is missing.", "Put it beside the header.")
    return _Header(text, dict.fromkeys(names, LARGEST_HEADER) if segments else _data_bytes(path, rows, samples))


def _lines(text: str) -> list[str]:
    """The lines of a header that are no comments."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def _is_count(field: str) -> bool:
    return field.isascii() and field.isdigit() and len(field) <= 15


def _data_bytes(path: Path, rows: list[list[str]], samples: int | None) -> dict[str, int]:
    """How many bytes of each data file its header declares: all, where it tells no length or a file is compressed.

    raises : UnreadableRecording for a file that is shorter, so cut off; better said than padded
    """
    held = {name: (path.parent / name).stat().st_size for name, *_ in rows}
    wanted: dict[str, float] = {}
    for name, kind, *_ in rows:
        match = STORED.fullmatch(kind)
        if not match or match[1] not in SAMPLE_BYTES or samples is None:
            return held
        wanted.setdefault(name, int(match[3] or 0))
        wanted[name] += samples * int(match[2] or 1) * SAMPLE_BYTES[match[1]]
    for name, size in wanted.items():
        if held[name] < math.floor(size):
            raise UnreadableRecording(
                f"{name} is cut off: its header promises {samples:,} samples, it holds "
                f"{100 * held[name] / size:.0f} % of them.",
                "Copy the recording again.",
            )
    return {name: min(held[name], math.ceil(size)) for name, size in wanted.items()}


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """The first `size` bytes of a file, or all if it has fewer."""
    with path.open("rb") as file:
        while block := file.read(min(size, BLOCK)):
            yield block
            size -= len(block)


def _parts(path: Path, header: _Header) -> list[tuple[Path, int]]:
    """Every file of the recording, header, data, and those of its segments, and how many bytes of it to read."""
    parts = [(path, LARGEST_HEADER)]
    for name, size in header.files.items():
        part = path.parent / name
        if part.suffix != ".hea":
            parts.append((part, size))
            continue
        segment = _header(part)
        # A segment made of segments is against the format, and could be a segment of itself.
        if any(file.endswith(".hea") for file in segment.files):
            raise UnreadableRecording(f"{part.name}, a segment of {path.name}, has segments itself.", "Correct it.")
        parts += [(part, size), *((path.parent / file, size) for file, size in segment.files.items())]
    if sum(size for part, size in parts if part.suffix != ".hea") > LARGEST_DATA:
        raise UnreadableRecording(f"The data of {path.name} are too large to open.", "Check its files, or split it.")
    return parts


def _wfdb_record(path: Path, header: _Header):
    import wfdb  # here, for pandas comes with it and takes a second: the window shows first

    try:
        return wfdb.rdrecord(str(path.with_suffix("")), return_res=32)
    # Whatever a damaged file brings about in the wfdb package and the libraries below it, it is that file's fault.
    except Exception as first_error:
        try:
            return _read_cleaned(path, header)
        except Exception:
            why = (str(first_error).splitlines() or [type(first_error).__name__])[0][:120]
            raise UnreadableRecording(
                f"{path.name} could not be read as WFDB ({why}).",
                "Check the recording with the program that made it.",
            ) from first_error


def _read_cleaned(path: Path, header: _Header):
    """Read a copy whose record line keeps only what every reader agrees on: name, signals, rate, samples.

    For headers with a date such as 05-May-2020, or whose record name is not the file's name.
    """
    import wfdb

    lines = header.text.splitlines()
    record_line = next(i for i, line in enumerate(lines) if _lines(line))
    lines[record_line] = " ".join(["cleaned", *lines[record_line].split()[1:4]])
    with tempfile.TemporaryDirectory() as folder:
        for name, size in header.files.items():
            with (Path(folder) / name).open("wb") as copy:
                copy.writelines(_blocks(path.parent / name, size))
        (Path(folder) / "cleaned.hea").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return wfdb.rdrecord(str(Path(folder) / "cleaned"), return_res=32)


def _voltages(raw) -> tuple[np.ndarray, list[str], list[str]]:
    """(leads, samples) in mV, names made unique, and what was left out."""
    names, rows, warnings = [], [], []
    for i, given in enumerate(raw.sig_name):
        unit = (raw.units[i] or "mV").strip()
        if unit.casefold() not in MILLIVOLTS:
            warnings.append(f"channel {given} left out: its unit is {unit}")
            continue
        lead = canonical_lead(given or f"channel {i + 1}")
        numbered = (f"{lead} ({number})" for number in count(2))
        names.append(lead if lead not in names else next(name for name in numbered if name not in names))
        row = raw.p_signal[:, i] * np.float32(MILLIVOLTS[unit.casefold()])
        rows.append(np.where(np.isinf(row), np.float32(np.nan), row))
    if not rows:
        raise UnreadableRecording("No channel of this recording is a voltage.", "It may hold no ECG.")
    return np.stack(rows), names, warnings


def _recorded_at(text: str) -> str:
    """Date and time of a header's record line as 2020-05-15 09:50:55, so that text sorts by time; no date: nothing."""
    words = _lines(text)[0].split()[4:]
    time = next((word if word[1] != ":" else f"0{word}" for word in words if TIME.match(word)), "")
    for day, month, year in (m.groups() for m in map(DATE.fullmatch, words) if m):
        number = MONTHS.index(month.lower()) + 1 if month.lower() in MONTHS else int(month) if month.isdigit() else 0
        try:
            return f"{datetime.date(int(year), number, int(day))} {time}".strip()
        except ValueError:
            return ""
    return ""


def _fields(comments: list[str]) -> dict[str, str]:
    """The `Name: value` lines of the header's comments, names in lower case; `_` and `-` are spaces."""
    fields: dict[str, str] = {}
    for line in comments:
        pairs = BRACKETED.findall(line) or [m.groups() for m in [FIELD.match(line)] if m]
        for name, value in pairs:
            known = value if value.casefold() not in {"nan", "unknown", "n/a", ""} else ""
            fields.setdefault(re.sub(r"[\s_-]+", " ", name).strip().casefold(), known)
    return fields
