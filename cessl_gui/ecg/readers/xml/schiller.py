"""Schiller XML (root ...SchillerEDI): samples as text, rate and step one level down."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.given import step_of
from cessl_gui.ecg.readers.recording import (
    UNPROVED,
    Facts,
    checked_size,
    lead_numbers,
    number,
    recording,
    sex_word,
    signal_of,
    statement_lines,
)
from cessl_gui.ecg.readers.xml.xml_root import read_root, root_name

NAME = "Schiller XML"


def claims(head: bytes, path: Path) -> bool:
    return root_name(head).casefold().endswith("schilleredi")


def read(path: Path) -> Record:
    """Read the rhythm (ECG_RHYTHMS) of a Schiller file.

    raises : UnreadableRecording with the reason
    """
    root, digest = read_root(path)
    waves = [w for w in root.iter("wavedata") if w.findtext("type", "").strip().upper() == "ECG_RHYTHMS"]
    channels = [channel for wave in waves[:1] for channel in wave.findall("channel")]
    if not channels:
        raise UnreadableRecording(f"{path.name} holds no rhythm.", "Export it with its waveforms.")
    fs_hz, step = _resolution(waves[0])
    if not fs_hz or not step:
        missing = "step in a unit of voltage" if fs_hz else "sampling rate"
        raise UnreadableRecording(f"{path.name} does not state its {missing}.", "Export it again.")
    names = [channel.findtext("name", "").strip() for channel in channels]
    texts = [channel.findtext("data", "").replace(",", " ").replace(";", " ") for channel in channels]
    counts = [lead_numbers(path, name, text) for name, text in zip(names, texts, strict=True)]
    checked_size(path, len(counts), max(map(len, counts)))
    facts = _facts(root)
    if len(waves) > 1:
        facts.warnings.append(f"the file holds {len(waves)} rhythms; the first is shown")
    signal = signal_of(counts, names, [step] * len(names), facts.warnings)
    return recording(path, digest, NAME, signal, names, fs_hz, facts)


def _resolution(wave: Element) -> tuple[float | None, float | None]:
    """Hz and mV of a step: each a value with its unit, within the element `resolution`."""
    fs_hz = step = None
    for element in wave.findall("resolution/*"):
        value = number(element.findtext("value") or element.text or "")
        unit = (element.findtext("unit") or element.get("unit") or "").strip().casefold()
        unit = unit.split("/")[0].removesuffix("perlsb")
        if unit == "hz" or (not unit and "rate" in element.tag.casefold()):
            fs_hz = value
        elif value and (mv := step_of(unit)):
            step = value * mv
    return fs_hz, step


def _facts(root: Element) -> Facts:
    patient = next(root.iter("patdata"), Element("none"))
    start = next(root.iter("startdatetime"), Element("none"))
    recorded_at = f"{start.findtext('date', '')} {start.findtext('time', '')}"
    return Facts(
        patient=patient.findtext("id", ""),
        recorded_at=recorded_at,
        birth=patient.findtext("birthdate", ""),
        sex=sex_word(patient.findtext("gender", "")),
        warnings=[UNPROVED],
        device_statements=statement_lines(element.findtext("text", "") for element in root.iter("interpretation")),
    )
