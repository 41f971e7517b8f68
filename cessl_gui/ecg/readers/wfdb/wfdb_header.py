"""The header of a WFDB recording, header(5): what it says of rate, length, segments and each signal."""

from __future__ import annotations

import codecs
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.dates import Order, When, recorded
from cessl_gui.ecg.units import millivolts

LARGEST_HEADER = 1 << 20  # bytes
RATES_HZ = (1.0, 100_000.0)  # beyond these a header is wrong, and filters cannot be designed
MOST_SIGNALS, MOST_SEGMENTS = 1000, 2000
LONGEST_FIELD = 200  # characters
NO_FILE = "~"  # of a signal of a layout, or of a gap between segments
STORAGES = {"0", "8", "16", "24", "32", "61", "80", "160", "212", "310", "311", "508", "516", "524"}  # signal(5)
# What header(5) lays down where a header is silent.
USUAL_RATE_HZ, USUAL_GAIN = 250.0, 200.0

_NUMBER = r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_WHOLE = r"[+-]?[0-9]{1,11}(?:[.,]0*)?(?=\s|$)"
_RATE = re.compile(rf"({_NUMBER})(/.*)?", re.ASCII)  # the rate, and a counter's rate that we do not use
_STORED = re.compile(
    r"(?P<file>\S+)\s+(?P<storage>[0-9]{1,3})(?:x(?P<per_frame>[0-9]{1,9}))?(?::(?P<skew>[0-9]{1,9}))?"
    r"(?:\+(?P<offset>[0-9]{1,15}))?(?=\s|$)",
    re.ASCII,
)
_GAIN = re.compile(
    rf"\s+(?P<gain>[+-]?{_NUMBER})(?:\s*\(\s*(?P<baseline>[+-]?{_NUMBER})\s*\))?(?:\s*/\s*(?P<unit>[^\s/]+))?(?=\s|$)",
    re.ASCII,
)
# resolution, zero, first value, checksum, block size; those at the end may be left out
_REST = re.compile(
    rf"(?:\s+{_WHOLE}(?:\s+(?P<zero>{_WHOLE})(?:\s+(?P<first>{_WHOLE})(?:\s+(?P<checksum>{_WHOLE})"
    rf"(?P<block>\s+{_WHOLE})?)?)?)?)?(?:\s+(?P<name>\S.*))?",
    re.ASCII,
)
# The beginning of what is no lead's name but a field that was not understood.
_NO_NAME = re.compile(
    r"[+-]?[.,]?[0-9][0-9.,]*(\s|$)|[(/),]|\S*\(\S*\)/|\S+/\S+\s+[0-9]|\S+(\s+[+-]?[0-9]+){4}\s", re.ASCII
)


class Signal(NamedTuple):
    """A signal line: (stored value - baseline) / gain is the value in `unit`.

    per_frame : samples in one frame
    skew      : frames by which the signal is late in its file
    offset    : bytes before its file's first sample
    first     : the value before the first difference, in a file of differences
    number    : its place among the signals of its header, from 0
    checksum  : sum of all samples, modulo 65536; None where the header tells none
    """

    number: int
    file: str
    storage: str
    per_frame: int
    skew: int
    offset: int
    gain: float
    calibrated: bool
    baseline: float
    unit: str
    first: int
    checksum: int | None
    name: str


@dataclass(frozen=True)
class Header:
    """frames: None where the header tells none; segments: names and frames, of a layout 0; comments: without #"""

    path: Path
    data: bytes
    frame_hz: float
    rate_told: bool
    frames: int | None
    signals: tuple[Signal, ...]
    segments: tuple[tuple[str, int], ...]
    recorded_at: When
    comments: tuple[str, ...]


def read_header(path: Path) -> Header:
    """raises : UnreadableRecording, with the field that cannot be understood"""
    data = _bytes(path)
    lines, comments = _lines(path, _text(data))
    first, *rows = lines or [""]
    record = first.split()
    if len(record) < 2 or not _is_count(record[1]):
        raise _not_one(path)
    count = int(record[1])
    frame_hz = _frame_rate(path, record[2]) if len(record) > 2 else USUAL_RATE_HZ
    if len(record) > 3 and not _is_count(record[3]):
        raise UnreadableRecording(
            f"{path.name} gives {record[3][:20]} as its number of samples.", "Correct its first line."
        )
    segments = _segments(path, record[0], rows)
    if not count:
        raise UnreadableRecording(f"{path.name} has no signals.", "It may belong to annotations only.")
    if count > MOST_SIGNALS:
        raise UnreadableRecording(
            f"{path.name} announces {count:,} signals: more than an ECG has.", "Check what it is."
        )
    return Header(
        path=path,
        data=data,
        frame_hz=frame_hz,
        rate_told=len(record) > 2,
        # A length of 0 is not known, as one that is left out.
        frames=(int(record[3]) or None) if len(record) > 3 else None,
        signals=() if segments else _signals(path, rows, count),
        segments=segments,
        recorded_at=recorded(" ".join(record[4:]), Order.DAY),
        comments=comments,
    )


def segment_names(path: Path) -> set[str]:
    """The records that a header names as its segments; none if it has no segments or is no header."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return set()
        with path.open("rb") as file:
            start = file.read(1 << 10)
            if b"/" not in start:  # nearly always: looking closer takes a second per 10,000 headers
                return set()
            data = start + file.read(LARGEST_HEADER)
        (first, *rows), _ = _lines(path, _text(data))
        return {name for name, _ in _segments(path, first.split()[0], rows)} - {NO_FILE}
    except (OSError, ValueError, IndexError, UnreadableRecording):
        return set()


def data_names(path: Path) -> set[str]:
    """What the files are called that a header names as its data, without their folders; none if it is no header."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return set()
        with path.open("rb") as file:
            (_, *rows), _ = _lines(path, _text(file.read(LARGEST_HEADER)))
        return {bare_name(row.split(maxsplit=1)[0]) for row in rows}
    except (OSError, ValueError, IndexError, UnreadableRecording):
        return set()


def bare_name(file: str) -> str:
    """What a file is called that a header may name with a path: ./d.dat is d.dat."""
    return file.replace("\\", "/").rpartition("/")[2]


def _not_one(path: Path) -> UnreadableRecording:
    return UnreadableRecording(f"{path.name} is not a WFDB header.", "Choose the .hea file of a recording.")


def _bytes(path: Path) -> bytes:
    try:
        stats = path.stat()
        if not stat.S_ISREG(stats.st_mode):  # reading a pipe would wait for ever
            raise UnreadableRecording(f"{path.name} is not a file.", "Choose the .hea file of a recording.")
        if stats.st_size > LARGEST_HEADER:
            raise UnreadableRecording(f"{path.name} is too large for a WFDB header.", "Check what file this is.")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableRecording(f"{path.name} cannot be opened ({error.strerror}).", "Check the path.") from error


def _text(data: bytes) -> str:
    """UTF-8, or what Windows writes in Western Europe; its five undefined bytes are those of Latin-1."""
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _lines(path: Path, text: str) -> tuple[list[str], tuple[str, ...]]:
    """The lines that are no comments, and the comments."""
    if "\0" in text:
        raise _not_one(path)
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    comments = tuple(line.strip("# \t") for line in lines if line.startswith("#"))
    return [line for line in lines if not line.startswith("#")], comments


def _is_count(field: str) -> bool:
    return field.isascii() and field.isdigit() and len(field) <= 15


def _frame_rate(path: Path, field: str) -> float:
    match = _RATE.fullmatch(field)
    try:
        rate = _number(match[1]) if match else 0.0
    except ValueError:
        rate = 0.0
    if not 0 < rate <= RATES_HZ[1]:
        raise UnreadableRecording(
            f"{path.name} gives {field[:20]} as its sampling rate, which no ECG has.", "Correct its first line."
        )
    return rate


def _segments(path: Path, name: str, rows: list[str]) -> tuple[tuple[str, int], ...]:
    """Segments and their frames, where the record's name ends in their number. `beats/100` may be a path as well."""
    match = re.fullmatch(r".+/([0-9]+)", name, re.ASCII)
    if not match:
        return ()
    number = int(match[1]) if _is_count(match[1]) else 0
    if number > MOST_SEGMENTS and len(rows) >= number:
        raise UnreadableRecording(
            f"{path.name} announces {number:,} segments: more than this program opens.", "Split it."
        )
    fields = [row.split() for row in rows[:number]]
    if 0 < number == len(fields) and all(len(row) == 2 and _is_count(row[1]) for row in fields):
        return tuple((segment, int(frames)) for segment, frames in fields)
    if not rows or not all((stored := _STORED.match(row)) and stored["storage"] in STORAGES for row in rows):
        raise _not_one(path)
    return ()


def _signals(path: Path, rows: list[str], count: int) -> tuple[Signal, ...]:
    if len(rows) < count:
        raise UnreadableRecording(f"{path.name} announces {count} signals and describes fewer.", "It is cut off.")
    signals: list[Signal] = []
    files: set[str] = set()
    for number, row in enumerate(rows[:count]):
        stored = _STORED.match(row)
        if not stored and len(row.split()) < 2:
            raise _not_one(path)
        if not stored or stored["storage"] not in STORAGES:
            raise _unread(path, "storage format", row.split()[1])
        files.add(bare_name(stored["file"]))
        signals.append(_signal(path, number, stored, row[stored.end() :]))
    matches = (_STORED.match(row) for row in rows[count:])
    more = sum(bare_name(match["file"]) in files for match in matches if match)
    if more:  # the samples of all of them stand side by side: read as fewer, each lead shows parts of others
        raise UnreadableRecording(
            f"{path.name} announces {count} signals and describes {count + more}.", "Correct its first line."
        )
    return tuple(signals)


def _signal(path: Path, number: int, stored: re.Match, rest: str) -> Signal:
    gain = _GAIN.match(rest)
    fields = _REST.fullmatch(rest, gain.end() if gain else 0)
    name = (fields["name"] or "").strip() if fields else rest.strip()
    beginning = name[:LONGEST_FIELD]  # the pattern takes time by the square of the length
    if not fields or (not fields["block"] and _NO_NAME.match(beginning)):
        field = (name if gain else rest).split()[0]
        raise _unread(path, "gain field" if not gain or field[0] in "(/" else "field", field)
    if not (gain and gain["unit"]) and (unit := _unit_apart(beginning)):
        raise _unread(path, "unit apart from its gain", unit)
    try:
        told = _number(gain["gain"]) if gain else 0.0
        zero = _whole(fields["zero"] or "0")
        baseline = _number(gain["baseline"]) if gain and gain["baseline"] else float(zero)
        first = _whole(fields["first"]) if fields["first"] else zero
        checksum = _whole(fields["checksum"] or "0")
    except ValueError as error:
        unread = str(error)
        raise _unread(path, "field", next((f for f in rest.split() if unread in f), unread)) from None
    return Signal(
        number=number,
        file=stored["file"],
        storage=stored["storage"],
        per_frame=int(stored["per_frame"] or 1) or 1,
        skew=int(stored["skew"] or 0),
        offset=int(stored["offset"] or 0),
        gain=told or USUAL_GAIN,
        calibrated=bool(told),
        baseline=baseline,
        unit=(gain["unit"] if gain else None) or "mV",
        first=first,
        checksum=checksum or None,  # programs that do not reckon it write 0
        name=name,
    )


def _unit_apart(name: str) -> str:
    """What a name has that would be a unit: its first word (uV I, 1000uV), or later other than mV (I [uV], I uV)."""
    first, *others = re.findall(r"[^\s_/,;:()\[\]{}<>=-]+", name) or [""]
    if first.casefold().strip(".:;,") != "v" and millivolts(first.lstrip("0123456789.,:*x")):  # V is a lead, too
        return first
    for word in others:  # aV R: no volt
        if word.casefold() != "v" and millivolts(word.lstrip("0123456789.,*x")) not in (None, 1.0):
            return word
    return next((unit for unit in re.findall(r"[\[(]([^\])]+)", name) if millivolts(unit) not in (None, 1.0)), "")


def _unread(path: Path, what: str, field: str) -> UnreadableRecording:
    return UnreadableRecording(
        f"{path.name} has a {what} that cannot be read: {field[:40]}.", "Correct it, as header(5) of WFDB describes."
    )


def _number(text: str) -> float:
    """A number with a point or a comma before its decimals.

    raises : ValueError for 1,000, which may be one or a thousand, and for numbers beyond floating point
    """
    if "," in text and re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", text):
        raise ValueError(text)
    number = float(text.replace(",", "."))
    if abs(number) == float("inf"):
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    """As `_number`, of a whole number; 5. and 5,0 are such."""
    return int(_number(text)) if "." in text or "," in text else int(text)
