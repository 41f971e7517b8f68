"""EDF, EDF+ and BDF. Read by ourselves: packages run the pieces of EDF+D together, or refuse what hospitals write."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.scratch import parts, release, room
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg import patients
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    LARGEST_SIGNAL,
    Facts,
    checked_rate,
    checked_size,
    file_sha256,
    file_size,
    number,
    recording,
)
from cessl_gui.ecg.readers.stand_ins import blank, may_hold_some
from cessl_gui.ecg.units import millivolts

NAME = "EDF"
BDF = b"\xffBIOSEMI"
FIXED = 256  # bytes of the header, and of each signal's part of it
FIELDS = {"label": 16, "transducer": 80, "unit": 8, "low": 8, "high": 8, "digital_low": 8, "digital_high": 8,
          "filters": 80, "samples": 8, "reserved": 32}  # fmt: skip
SCALE = ("low", "high", "digital_low", "digital_high")
MOST_SIGNALS = 4096
# A hyphen joins ECG-I; what has one after a blank is left to canonical_lead, as it may be a sign: ECG -aVR.
NAMED_ECG = re.compile(r"\s*E[CK]G(?![A-Za-z]{2})", re.IGNORECASE)
ECG = re.compile(rf"^{NAMED_ECG.pattern}(-|[\s_:.]*)(?![\s_:.-])", re.IGNORECASE)
REFERENCE = re.compile(r"[\s_-]+Ref$", re.IGNORECASE)
BLOCK = 1 << 20  # samples of all channels decoded at a time
HIDDEN_DATE = "01.01.85"  # EDF+ lays it down for dates that are not to be told
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


@dataclass(frozen=True)
class _Signal:
    """One signal's part of the header. offset: bytes before its samples in a data record"""

    label: str
    unit: str
    low: float | None
    high: float | None
    digital_low: float | None
    digital_high: float | None
    samples: int
    offset: int

    @property
    def is_annotations(self) -> bool:
        return self.label.endswith("Annotations") and self.label[:3] in ("EDF", "BDF")

    @property
    def is_voltage(self) -> bool:
        scaled = None not in (self.low, self.high, self.digital_low, self.digital_high)
        return scaled and self.low != self.high and self.digital_low != self.digital_high and bool(self.millivolts)

    @property
    def millivolts(self) -> float:
        return millivolts(self.unit) or 0.0

    @property
    def lead(self) -> str:
        return canonical_lead(REFERENCE.sub("", ECG.sub("", self.label))) or self.label

    @property
    def is_ecg(self) -> bool:
        return bool(NAMED_ECG.match(self.label)) or self.lead in LEADS_12


def claims(head: bytes, path: Path) -> bool:
    """The version, and a length of the header that fits the number of signals."""
    if head[:8] not in (b"0       ", BDF):
        return False
    signals = number(_decoded(head[252:256]))
    return signals is not None and number(_decoded(head[184:192])) == FIXED * (signals + 1)


def read(path: Path) -> Record:
    """Read the ECG of a file: its voltages, or where some are named as ECG, those; pieces of EDF+D at their times.

    raises : UnreadableRecording with the reason
    """
    size = file_size(path, 8 * LARGEST_SIGNAL)
    with path.open("rb") as file:
        fixed = file.read(FIXED)
        count = int(number(_decoded(fixed[252:256])) or 0)
        if not 0 < count <= MOST_SIGNALS:
            raise UnreadableRecording(f"{path.name} announces {count} signals.", "Copy or export it again.")
        table = file.read(FIXED * count)
    if len(table) < FIXED * count:
        raise UnreadableRecording(f"{path.name} is cut off within its header.", "Copy the recording again.")
    width = 3 if fixed.startswith(BDF) else 2
    signals = _signals(path, table, count, width)
    facts = _facts(fixed)
    records, seconds = _records(path, fixed, signals, width, size, facts.warnings)
    chosen, fs_hz = _chosen(path, signals, seconds, facts.warnings)
    record_bytes = width * sum(signal.samples for signal in signals)
    data = np.memmap(path, np.uint8, "r", FIXED * (count + 1), (records, record_bytes))
    begins = None
    if fixed[192:197] in (b"EDF+D", b"BDF+D"):
        begins = _begins(data, signals, width, fs_hz, chosen[0].samples, facts.warnings)
    signal = _decode(path, data, chosen, width, np.arange(records) * chosen[0].samples if begins is None else begins)
    names = [channel.lead for channel in chosen]
    if any(may_hold_some(signal[part]) for part in parts(signal)):
        said = blank(signal, names, lambda row, mv: _written(chosen[row], mv))
        facts.warnings += [said] if said else []
    format_ = "BDF" if width == 3 else "EDF+" if fixed[192:196] == b"EDF+" else NAME
    return recording(path, file_sha256(path), format_, signal, names, fs_hz, facts)


def _decoded(field: bytes) -> str:
    try:
        return field.decode("utf-8").strip(" \0")
    except UnicodeDecodeError:
        return field.decode("latin-1").strip(" \0")


def _signals(path: Path, table: bytes, count: int, width: int) -> list[_Signal]:
    columns, at = {}, 0
    for name, length in FIELDS.items():
        columns[name] = [_decoded(table[at + i * length : at + (i + 1) * length]) for i in range(count)]
        at += length * count
    signals, offset = [], 0
    for i in range(count):
        samples = int(number(columns["samples"][i]) or 0)
        if not 0 <= samples <= LARGEST_SIGNAL:
            raise UnreadableRecording(
                f"{path.name} announces {samples:,} samples a record of {columns['label'][i]}.", "Copy it again."
            )
        low, high, digital_low, digital_high = (number(columns[name][i]) for name in SCALE)
        signals.append(
            _Signal(columns["label"][i], columns["unit"][i], low, high, digital_low, digital_high, samples, offset)
        )
        offset += samples * width
    return signals


def _records(path: Path, fixed: bytes, signals: list[_Signal], width: int, size: int, warnings: list[str]):
    """How many data records the file holds whole, and how many seconds each lasts."""
    record_bytes = width * sum(signal.samples for signal in signals)
    announced = int(number(_decoded(fixed[236:244])) or 0)
    held = (size - FIXED * (len(signals) + 1)) // record_bytes if record_bytes else 0
    if not held or announced == 0:
        raise UnreadableRecording(f"{path.name} has no samples.", "Copy the recording again.")
    if held < announced:
        warnings.append(f"the file is cut off: {held:,} of {announced:,} records are there")
    return held if announced < 0 else min(held, announced), number(_decoded(fixed[244:252])) or 0.0


def _chosen(path: Path, signals: list[_Signal], seconds: float, warnings: list[str]) -> tuple[list[_Signal], float]:
    """The channels of the ECG that share a rate, and that rate."""
    voltages = [signal for signal in signals if signal.is_voltage and signal.samples]
    others = [signal for signal in signals if signal not in voltages and not signal.is_annotations]
    if not voltages:
        what = "annotations only" if not others else "no channel that is a voltage"
        raise UnreadableRecording(f"{path.name} holds {what}.", "It may hold no ECG.")
    warnings += [f"channel {one.label} left out: its unit is {one.unit or 'not stated'}" for one in others]
    if seconds <= 0:
        raise UnreadableRecording(f"{path.name} does not state its sampling rate.", "Export it again.")
    named = [signal for signal in voltages if signal.is_ecg] or voltages
    if len(named) < len(voltages):
        left = ", ".join(signal.label for signal in voltages if signal not in named)[:200]
        warnings.append(f"channels that are not named as ECG left out: {left}")
    shared = Counter(signal.samples for signal in named)
    samples = max(shared, key=lambda held: (shared[held], held))
    chosen = [signal for signal in named if signal.samples == samples]
    warnings += [
        f"channel {one.label} left out: it has {one.samples / seconds:g} Hz, the others {samples / seconds:g}"
        for one in named
        if one.samples != samples
    ]
    return chosen, checked_rate(path, samples / seconds)


def _decode(path: Path, data: np.ndarray, chosen: list[_Signal], width: int, begins: np.ndarray) -> np.ndarray:
    """The chosen channels in mV (channels, samples), each record at the sample where it begins, NaN between them."""
    per_record = chosen[0].samples
    samples = int(begins[-1]) + per_record
    checked_size(path, len(chosen), samples)
    signal = room(len(chosen), samples)
    if (np.diff(begins) != per_record).any():
        for part in parts(signal):
            signal[part] = np.nan
    at_once = max(1, BLOCK // (per_record * len(chosen)))
    for start in range(0, len(data), at_once):
        release(signal)
        release(data)
        for line, channel in zip(signal, chosen, strict=True):
            block, first = _millivolts(data[start : start + at_once], channel, width), begins[start]
            stop = min(start + at_once, len(begins))
            if begins[stop - 1] - first == (stop - 1 - start) * per_record:
                line[first : first + block.size] = block.reshape(-1)
                continue
            for begin, record in zip(begins[start:stop], block, strict=True):
                line[begin : begin + per_record] = record
    return signal


def _millivolts(data: np.ndarray, signal: _Signal, width: int) -> np.ndarray:
    """One channel of some records, (records, samples of one)."""
    stored = np.ascontiguousarray(data[:, signal.offset : signal.offset + width * signal.samples])
    if width == 2:
        counts = stored.view("<i2")
    else:
        triples = stored.reshape(len(stored), -1, 3)
        counts = triples[..., 0] | (triples[..., 1].astype(np.int32) << 8)
        counts |= triples[..., 2].astype(np.int8).astype(np.int32) << 16
    low, digital_low, step = _scale(signal)
    mv = (counts - digital_low) * step + low
    lowest = -(1 << (8 * width - 1))
    if digital_low > lowest:  # outside the range, so no value
        mv[counts == lowest] = np.nan
    return mv


def _scale(signal: _Signal) -> tuple[float, float, float]:
    """The lowest voltage in mV, the number for it, and the mV of a step."""
    # A signal without them is refused before its samples are read.
    bounds = (signal.low, signal.high, signal.digital_low, signal.digital_high)
    low, high, digital_low, digital_high = (cast(float, bound) for bound in bounds)
    return low * signal.millivolts, digital_low, (high - low) / (digital_high - digital_low) * signal.millivolts


def _written(signal: _Signal, mv: float) -> tuple[float, float]:
    """The number, and the value in its unit, as which a signal holds a voltage."""
    low, digital_low, step = _scale(signal)
    return round((mv - low) / step + digital_low), mv / signal.millivolts


def _begins(
    data: np.ndarray, signals: list[_Signal], width: int, fs_hz: float, per_record: int, warnings: list[str]
) -> np.ndarray | None:
    """The sample at which each record of a discontinuous file begins, by the time that its annotations open with."""
    notes = next((signal for signal in signals if signal.is_annotations), None)
    times = []
    for record in data if notes else ():
        assert notes is not None
        text = record[notes.offset : notes.offset + min(64, width * notes.samples)].tobytes()
        match = re.match(rb"([+-][0-9]{1,12}(?:\.[0-9]{1,30})?)[\x14\x15]", text)
        if not match:
            break
        times.append(float(match[1]))
    begins = np.round((np.array(times) - times[0]) * fs_hz).astype(np.int64) if times else np.empty(0, np.int64)
    if len(times) < len(data) or (np.diff(begins) < per_record - 1).any():
        warnings.append("the times of the pieces are missing or contradict each other: shown without gaps")
        return None
    return begins


def _facts(fixed: bytes) -> Facts:
    patient, recorded, date, time = (
        _decoded(fixed[start:stop]) for start, stop in ((8, 88), (88, 168), (168, 176), (176, 184))
    )
    time = ":".join(re.findall(r"[0-9]{2}", time))
    started = re.search(r"Startdate\s+(\d{1,2}-[A-Za-z]{3}-\d{4})", recorded)
    two_digits = re.fullmatch(r"(\d{1,2})[.\-/](\d{1,2})[.\-/](\d{2})", date)
    day = _named_month(started[1]) if started else ""
    is_hidden = re.match(r"Startdate\s+X\b", recorded) or date == HIDDEN_DATE
    if not day and two_digits and not is_hidden:
        year = int(two_digits[3])
        day = f"{1900 + year if year >= 85 else 2000 + year}-{int(two_digits[2]):02}-{int(two_digits[1]):02}"
    recorded_at = f"{day or ('' if two_digits or is_hidden else date)} {time}"
    plus = fixed[192:196] in (b"EDF+", b"BDF+")
    words = patient.split(" ") if plus else []
    code, sex, birth = (word if word != "X" else "" for word in [*words, "", "", ""][:3])
    name = " ".join(words[3:]) if words[3:] != ["X"] else ""
    return Facts(
        patient=(patients.named(code) or name) if plus else patient,
        recorded_at=recorded_at,
        birth=_named_month(birth),
        sex=sex_word(sex),
    )


def _named_month(date: str) -> str:
    """24-JAN-2020 as 2020-01-24, "" for anything else."""
    match = re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", date)
    if not match or match[2].upper() not in MONTHS:
        return ""
    return f"{match[3]}-{MONTHS.index(match[2].upper()) + 1:02}-{int(match[1]):02}"
