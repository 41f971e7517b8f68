"""Mortara ELI XML (root ECG): base64 16-bit samples, everything else in attributes."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.dates import readable
from cessl_gui.ecg.readers.given import hertz
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    UNPROVED,
    Facts,
    checked_size,
    number,
    recording,
    signal_of,
    statement_lines,
)
from cessl_gui.ecg.readers.xml.own_words import is_understood
from cessl_gui.ecg.readers.xml.xml_root import read_root, root_name

NAME = "Mortara ELI XML"
FIGURES = {
    "pr": "PR_DURATION",
    "qrs": "QRS_DURATION",
    "qt": "QT",
    "qtc": "QTC",
    "qtc_bazett": "QTB",
    "qtc_fridericia": "QTF",
    "p_axis": "P_AXIS",
    "qrs_axis": "QRS_AXIS",
    "t_axis": "T_AXIS",
}

LARGEST_OFFSET = 1 << 24
READ = ("SAMPLE_FREQ", "UNITS_PER_MV", "OFFSET", "DATA")


def claims(head: bytes, path: Path) -> bool:
    marked = any(mark in head.replace(b"\0", b"") for mark in (b"ACQUISITION_TIME", b"<CHANNEL", b"<TYPICAL_CYCLE"))
    return root_name(head) == "ECG" and marked


def read(path: Path) -> Record:
    """Read the rhythm of an ELI file; its typical beat is left.

    raises : UnreadableRecording with the reason
    """
    root, digest = read_root(path)
    facts = _facts(root)
    channels = [c for c in root.iter("CHANNEL") if is_understood(c, c.get("NAME", ""), READ, facts.warnings)]
    rates = {channel.get("SAMPLE_FREQ", "") for channel in channels}
    if not channels:
        why = "".join(f" ({word})" for word in facts.warnings[1:2])
        raise UnreadableRecording(f"{path.name} holds no rhythm{why}.", "Export it with its waveforms.")
    fs_hz = hertz(next(iter(rates)))
    if len(rates) > 1 or not fs_hz:
        raise UnreadableRecording(f"{path.name} does not state one sampling rate.", "Export it again.")
    names, counts, steps = zip(*(_lead(path, channel) for channel in channels), strict=True)
    checked_size(path, len(counts), max(map(len, counts)))
    facts.warnings += _durations(channels, counts, fs_hz)
    return recording(path, digest, NAME, signal_of(counts, names, steps, facts.warnings), names, fs_hz, facts)


def _durations(channels: list[Element], counts: tuple[np.ndarray, ...], fs_hz: float) -> list[str]:
    """What contradicts the samples and their rate: ELI counts DURATION in milliseconds, others in samples."""
    stated = [(number(channel.get("DURATION", "")), len(row)) for channel, row in zip(channels, counts, strict=True)]
    wrong = [ms for ms, held in stated if ms and held != ms and abs(held * 1000 / fs_hz - ms) > 0.02 * ms]
    return (
        [f"the file states a duration of {wrong[0]:g} ms, which its samples and their rate contradict"] if wrong else []
    )


def _lead(path: Path, channel: Element) -> tuple[str, np.ndarray, float]:
    name, units = channel.get("NAME", "").strip(), number(channel.get("UNITS_PER_MV", ""))
    defaults = {"BITS": "16", "FORMAT": "SIGNED", "ENCODING": "BASE64"}
    kind = {key: channel.get(key, value).strip().upper() for key, value in defaults.items()}
    if kind != defaults or not units:
        stored = " ".join(kind.values())[:40]
        raise UnreadableRecording(
            f"Lead {name} of {path.name} is stored as {stored} with {units} counts per mV, which is not read.",
            "Export it again.",
        )
    try:
        data = base64.b64decode(channel.get("DATA") or channel.text or "")
    except (binascii.Error, ValueError) as error:
        raise UnreadableRecording(f"Lead {name} of {path.name} is damaged.", "Export it again.") from error
    offset = number(channel.get("OFFSET", "")) or 0
    if abs(offset) > LARGEST_OFFSET:
        raise UnreadableRecording(f"Lead {name} of {path.name} has {offset:g} as its offset.", "Export it again.")
    return name, np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int64) - int(offset), 1 / units


def _facts(root: Element) -> Facts:
    subject = next(root.iter("SUBJECT"), Element("none"))
    cycle = next(root.iter("TYPICAL_CYCLE"), Element("none"))
    recorded_at = readable(root.get("ACQUISITION_TIME_XML", ""), root.get("ACQUISITION_TIME", ""))
    figures = {name: number(cycle.get(key, "")) for name, key in FIGURES.items()}
    figures |= {"rate": number(root.get("VENT_RATE", "")), "rr": number(root.get("AVERAGE_RR", ""))}
    lines = []
    for statement in root.findall("AUTOMATIC_INTERPRETATION/STATEMENT"):
        text, reason = (statement.get(key, "").strip() for key in ("TEXT", "REASON"))
        lines.append(f"{text} ({reason})" if text and reason else text or reason)
    return Facts(
        patient=subject.get("ID", ""),
        recorded_at=recorded_at,
        age=root.get("AGE", "").strip(),
        birth=subject.get("DOB", ""),
        sex=sex_word(subject.get("GENDER", "")),
        device_statements=statement_lines(lines),
        warnings=[UNPROVED],
        device=figures,
    )
