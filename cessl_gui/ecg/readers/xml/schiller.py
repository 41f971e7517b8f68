"""Schiller XML (root ...SchillerEDI): samples as text, rate and step one level down."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.given import hertz, step_of
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    UNPROVED,
    Facts,
    checked_size,
    lead_numbers,
    number,
    recording,
    signal_of,
    statement_lines,
)
from cessl_gui.ecg.readers.xml.own_words import is_understood
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
    facts = _facts(root)
    channels = [
        channel
        for wave in waves[:1]
        for channel in wave.findall("channel")
        if is_understood(channel, channel.findtext("name", ""), ("data",), facts.warnings)
    ]
    if not channels:
        why = "".join(f" ({word})" for word in facts.warnings[1:2])
        raise UnreadableRecording(f"{path.name} holds no rhythm{why}.", "Export it with its waveforms.")
    rates, steps = _resolution(waves[0])
    if len(rates) != 1 or len(steps) != 1:
        missing = "one step in a unit of voltage" if len(rates) == 1 else "one sampling rate"
        raise UnreadableRecording(f"{path.name} does not state {missing}.", "Export it again.")
    (fs_hz,), (step,) = rates, steps
    names = [channel.findtext("name", "").strip() for channel in channels]
    texts = [channel.findtext("data", "").replace(",", " ").replace(";", " ") for channel in channels]
    counts = [lead_numbers(path, name, text) for name, text in zip(names, texts, strict=True)]
    checked_size(path, len(counts), max(map(len, counts)))
    if len(waves) > 1:
        facts.warnings.append(f"the file holds {len(waves)} rhythms; the first is shown")
    signal = signal_of(counts, names, [step] * len(names), facts.warnings)
    return recording(path, digest, NAME, signal, names, fs_hz, facts)


def _resolution(wave: Element) -> tuple[set[float], set[float]]:
    """Hz, and mV of a step, as the element `resolution` states them: each a value with its unit."""
    rates, steps = set[float](), set[float]()
    for element in wave.findall("resolution/*"):
        written = element.findtext("value") or element.text or ""
        unit = (element.findtext("unit") or element.get("unit") or "").strip().casefold()
        unit = unit.split("/")[0].removesuffix("perlsb")
        is_rate = unit.endswith("hz") or (not unit and "rate" in element.tag.casefold())
        if is_rate and (rate := hertz(f"{written} {unit}")):
            rates.add(rate)
        elif (value := number(written)) and (mv := step_of(unit)):
            steps.add(value * mv)
    return rates, steps


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
