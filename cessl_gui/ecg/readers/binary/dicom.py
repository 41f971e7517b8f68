"""DICOM waveforms: 12-lead, general and ambulatory ECG, of 8 to 64 bits; read by pydicom, bounded by us."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.core.scratch import PART, parts, release, room
from cessl_gui.core.types import Record
from cessl_gui.ecg.dates import readable
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.lead_codes import LEAD_OF_NUMBER
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    LARGEST_FILE,
    LOWEST_16_BIT,
    Facts,
    checked_rate,
    checked_size,
    number,
    read_bytes,
    recording,
    sha256,
    statement_lines,
)
from cessl_gui.ecg.readers.stand_ins import without_stand_ins
from cessl_gui.ecg.readers.strips import Strip, joined
from cessl_gui.ecg.units import millivolts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

NAME = "DICOM"
WAVEFORM_CLASSES = b"1.2.840.10008.5.1.4.1.1.9."
DEFLATED = b"1.2.840.10008.1.2.1.99"
SAMPLE_TYPES = {"SB": "i1", "UB": "u1", "SS": "i2", "US": "u2", "SL": "i4", "UL": "u4", "SV": "i8", "UV": "u8"}
# SCP-ECG lead numbers, which the codes 5.6.3-9-N (SCPECG) and 2:N (MDC) carry.
LEAD_CODE = re.compile(r"(?:5\.6\.3-9-|2:)([0-9]{1,3})")
SKEWS = ("ChannelTimeSkew", "ChannelSampleSkew", "ChannelOffset")
INVERTED = re.compile(r"\b(inv(\b|ert)|revers|neg(\b|at)|minus\b|opposite)", re.IGNORECASE)
NAMED_LEADS = {*LEAD_OF_NUMBER.values()}
AGE_UNITS = {"M": "months", "W": "weeks", "D": "days"}
FIGURES = {
    "5.10.2.1-1": "rate",
    "5.10.2.1-3": "rr",
    "5.13.5-7": "pr",
    "5.13.5-9": "qrs",
    "5.13.5-11": "qt",
    "5.10.2.5-5": "qtc",
    "5.10.3-11": "p_axis",
    "5.10.3-13": "qrs_axis",
    "5.10.3-15": "t_axis",
    "ventricular heart rate": "rate",
    "heart rate": "rate",
    "rr interval": "rr",
    "pr interval": "pr",
    "qrs duration": "qrs",
    "qt interval": "qt",
    "qtc interval": "qtc",
    "qtc bazett": "qtc_bazett",
    "qtc fridericia": "qtc_fridericia",
    "p axis": "p_axis",
    "qrs axis": "qrs_axis",
    "t axis": "t_axis",
}
BEAT = re.compile(r"\b(median|average|mean|representative|template)\b", re.IGNORECASE)  # a beat computed of others


def claims(head: bytes, path: Path) -> bool:
    """DICOM with an ECG in it: images and reports are no recordings."""
    return is_dicom(head) and WAVEFORM_CLASSES in head


def is_dicom(head: bytes) -> bool:
    """Whether a file is DICOM: with its preamble, or as some devices write it, without."""
    return head[128:132] == b"DICM" or bool(re.match(rb"\x08\0[\x05\x08\x12\x14\x16\x18]\0", head[:4]))


def read(path: Path) -> Record:
    """Read the rhythm of a DICOM waveform: the groups labelled so, else the original ones, else the longest.

    raises : UnreadableRecording with the reason
    """
    data = read_bytes(path)
    try:  # pydicom reads an element only where it is asked for
        digest, dataset = sha256(data), _dataset(path, data)
        del data  # the samples of a long recording are in memory once
        return _read(path, digest, dataset)
    except (UnreadableRecording, Cancelled):
        raise
    except Exception as error:  # whatever a damaged file brings about in pydicom
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise UnreadableRecording(f"{path.name} is damaged DICOM ({reason}).", "Copy or export it again.") from error


def _read(path: Path, digest: str, dataset: Dataset) -> Record:
    groups = list(dataset.get("WaveformSequence") or ())
    if not groups:
        raise UnreadableRecording(f"{path.name} holds no waveform.", "Export the ECG as a DICOM waveform.")
    rhythms = [group for group in groups if not BEAT.search(_text(group, "MultiplexGroupLabel"))]
    if not rhythms:
        raise UnreadableRecording(f"{path.name} holds a mean beat and no rhythm.", "Export the ECG with its rhythm.")
    facts = _facts(dataset)
    chosen = _rhythm(rhythms)
    strips = [_strip(path, group, dataset, facts.warnings) for group in chosen]
    strips = sorted((strip for strip in strips if len(strip.names)), key=lambda s: -s.signal_mv.size)
    if not strips:
        raise UnreadableRecording(f"No channel of {path.name} is a voltage.", "It may hold no ECG.")
    names, signal = joined(path, strips, facts.warnings)
    return recording(path, digest, NAME, signal, names, strips[0].fs_hz, facts)


def _dataset(path: Path, data: bytes) -> Dataset:
    """All of a file. It is read from memory, as a length beyond the file's end then asks for none."""
    import pydicom
    from pydicom.filereader import read_dataset, read_preamble

    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    if DEFLATED not in data[:2048]:
        return pydicom.dcmread(BytesIO(data), force=True)
    stream = BytesIO(data)
    read_preamble(stream, False)
    read_dataset(stream, False, True, stop_when=lambda tag, *_: tag.group != 2)  # the header is not compressed
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    unpacked = unpacker.decompress(data[stream.tell() :], LARGEST_FILE)
    if unpacker.unconsumed_tail:
        raise UnreadableRecording(f"{path.name} unpacks to more than we open.", "Export it without compression.")
    return read_dataset(BytesIO(unpacked), False, True)


def _text(dataset: Dataset, keyword: str) -> str:
    """The first value of an element as text; "" where there is none."""
    value = dataset.get(keyword)
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        value = value[0] if len(value) else None
    return "" if value is None else str(value).strip()


def _code(dataset: Dataset, keyword: str) -> tuple[str, str]:
    """Code and meaning of a coded concept."""
    concepts: Sequence[Dataset] = dataset.get(keyword) or ()
    return (_text(concepts[0], "CodeValue"), _text(concepts[0], "CodeMeaning")) if len(concepts) else ("", "")


def _rhythm(groups: list[Dataset]) -> list[Dataset]:
    """The groups of the rhythm: GE writes no label, and a median beat may come first."""
    labelled = [group for group in groups if "RHYTHM" in _text(group, "MultiplexGroupLabel").upper()]
    original = [group for group in groups if _text(group, "WaveformOriginality").upper() == "ORIGINAL"]
    longest = max(groups, key=lambda group: number(_text(group, "NumberOfWaveformSamples")) or 0)
    return labelled or original or [longest]


def _strip(path: Path, group: Dataset, dataset: Dataset, warnings: list[str]) -> Strip:
    channels = list(group.get("ChannelDefinitionSequence") or ())
    samples = int(number(_text(group, "NumberOfWaveformSamples")) or 0)
    fs_hz = checked_rate(path, number(_text(group, "SamplingFrequency")) or 0)
    kind = SAMPLE_TYPES.get(_text(group, "WaveformSampleInterpretation").upper())
    if not kind or not channels or samples < 1:
        written = _text(group, "WaveformSampleInterpretation")[:10] or "unknown"
        raise UnreadableRecording(
            f"{path.name} holds {samples:,} samples of kind {written} in {len(channels)} channels, which is not read.",
            "Export it as 16-bit samples.",
        )
    if int(number(_text(group, "NumberOfWaveformChannels")) or 0) != len(channels):
        raise UnreadableRecording(f"{path.name} describes other channels than it holds.", "Export it again.")
    checked_size(path, len(channels), samples)
    data = group.get("WaveformData") or b""
    sample_type = np.dtype(kind).newbyteorder("<" if getattr(dataset, "original_encoding", (0, True))[1] else ">")
    if not isinstance(data, bytes) or len(data) < samples * len(channels) * sample_type.itemsize:
        raise UnreadableRecording(
            f"{path.name} is cut off: it announces {len(channels)} channels of {samples:,} samples and holds "
            f"{len(data):,} bytes of them.",
            "Copy or export it again.",
        )
    stored = np.frombuffer(data, sample_type, samples * len(channels)).reshape(samples, -1).T
    signal = room(*stored.shape)
    of_no_value = _of_no_value(group, stored.dtype, warnings)
    for part in parts(signal):
        signal[part] = stored[part]
        for count in of_no_value:
            signal[part][stored[part] == count] = np.nan
    all_names = list(map(_lead, channels))
    signal = without_stand_ins(signal, all_names, warnings)
    names, rows, scales = [], [], []
    for channel, name, row in zip(channels, all_names, signal, strict=True):
        unit = _code(channel, "ChannelSensitivityUnitsSequence")[0]
        step = number(_text(channel, "ChannelSensitivity"))
        factor = millivolts(unit)
        if not step or not factor:
            warnings.append(f"channel {name} left out: its unit is {unit[:20] or 'not stated'}")
            continue
        correction = number(_text(channel, "ChannelSensitivityCorrectionFactor")) or 1.0
        baseline = number(_text(channel, "ChannelBaseline")) or 0.0
        for tag in SKEWS:
            if skew := number(_text(channel, tag)):
                warnings.append(f"lead {name} states {tag} {skew:g}, which is not applied")
        bits = int(number(_text(channel, "WaveformBitsStored")) or 0)
        if 0 < bits < 8 * stored.itemsize and not _fits(row, bits, stored.dtype.kind):
            warnings.append(f"lead {name} holds values beyond its {bits} bits: its voltages may be wrong")
        names.append(name)
        rows.append(row)
        scales.append((step * correction, baseline, factor))
    offset_ms = number(_text(group, "MultiplexGroupTimeOffset")) or 0.0
    return Strip(names, _millivolts(rows, scales, samples), fs_hz, offset_ms / 1000)


def _millivolts(rows: Sequence[np.ndarray], scales: Sequence[tuple[float, float, float]], samples: int) -> np.ndarray:
    """(leads, samples), float32. scales : of each row its step and baseline, and how many mV its unit is"""
    signal_mv = room(len(rows), samples)
    for line, row, (step, baseline, factor) in zip(signal_mv, rows, scales, strict=True):
        for start in range(0, samples, PART):
            part = slice(start, start + PART)
            line[part] = (row[part] * step + baseline) * factor
            release(signal_mv)
            release(row)
    return signal_mv


def _fits(row: np.ndarray, bits: int, kind: str) -> bool:
    half = 1 << (bits - 1)
    low, high = (0, 2 * half) if kind == "u" else (-half, half)
    return not ((row < low) | (row >= high)).any()  # NaN is neither


def _of_no_value(group: Dataset, kind: np.dtype, warnings: list[str]) -> list:
    """The samples that stand for no value: -32768 does in 16 bits also where the file does not say so."""
    numbers: list = [LOWEST_16_BIT] if (kind.kind, kind.itemsize) == ("i", 2) else []
    padding = group.get("WaveformPaddingValue")
    if isinstance(padding, bytes):
        padding = int(np.frombuffer(padding[: kind.itemsize], kind)[0]) if len(padding) >= kind.itemsize else None
    if padding is None or isinstance(padding, str):
        return numbers
    if padding == 0:
        warnings.append("the file calls 0 no value; as an ECG crosses it, zeros are kept")
        return numbers
    return [*numbers, padding]


def _lead(channel: Dataset) -> str:
    """The lead by its code, else by the words of its meaning or label."""
    code, meaning = _code(channel, "ChannelSourceSequence")
    for words_said in (meaning, _text(channel, "ChannelLabel")):
        if INVERTED.search(words_said):  # Lead II (inverted): its code would lose the sign
            return words_said
    match = LEAD_CODE.fullmatch(code)
    if match and int(match[1]) in LEAD_OF_NUMBER:
        return LEAD_OF_NUMBER[int(match[1])]
    if code.upper().startswith("MDC_ECG_"):
        return canonical_lead(code)
    words = re.match(r"(?:ECG\s+)?(?:lead\s+)?([^\s(,]+)", meaning, re.IGNORECASE)
    if words and canonical_lead(words[1]) in NAMED_LEADS:
        return words[1]
    return _text(channel, "ChannelLabel") or re.sub(r"^Lead\s+(?=[^\s-])", "", meaning)


def _age(written: str) -> str:
    """Years, or what a child's age is counted in; "" for none."""
    match = re.fullmatch(r"0*([0-9]{1,3})([YMWD])", written.upper())
    if not match or match[2] != "Y":
        return f"{match[1]} {AGE_UNITS[match[2]]}" if match else ""
    return "over 89" if 89 < int(match[1]) < 130 else match[1]


def _facts(dataset: Dataset) -> Facts:
    moments = [_text(dataset, "AcquisitionDateTime")]
    moments += [
        f"{_text(dataset, f'{of}Date')} {_text(dataset, f'{of}Time')}" for of in ("Acquisition", "Content", "Study")
    ]
    recorded_at = readable(*moments)
    figures: dict[str, float] = {}
    lines: list[str] = []
    for annotation in dataset.get("WaveformAnnotationSequence") or ():
        code, meaning = _code(annotation, "ConceptNameCodeSequence")
        by_words = FIGURES.get(meaning.casefold(), "")
        name = by_words if by_words.startswith("qtc_") else FIGURES.get(code) or by_words  # the formula is in the words
        value = number(_text(annotation, "NumericValue"))
        if name and value is not None:
            unit = _code(annotation, "MeasurementUnitsCodeSequence")[0]
            # Axes come in degrees whatever the file says: some say milliseconds.
            in_ms = {"s": 1000.0, "us": 1e-3}.get(unit, 1.0) if not name.endswith("axis") and name != "rate" else 1.0
            figures.setdefault(name, value * in_ms)
        lines += _text(annotation, "UnformattedTextValue").splitlines()
        if not name:
            lines.append(_code(annotation, "ConceptCodeSequence")[1])
    return Facts(
        patient=_text(dataset, "PatientID"),
        recorded_at=recorded_at,
        age=_age(_text(dataset, "PatientAge")),
        birth=_text(dataset, "PatientBirthDate"),
        sex=sex_word(_text(dataset, "PatientSex")),
        device_statements=statement_lines(lines),
        device=figures,
    )
