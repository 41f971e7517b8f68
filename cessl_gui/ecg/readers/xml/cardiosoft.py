"""CardioSoft XML (root CardiologyXML): samples as text, step and rate beside them."""

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

NAME = "CardioSoft XML"
FIGURES = {
    "rate": "VentricularRate",
    "rr": "RRInterval",
    "pr": "PQInterval",
    "qrs": "QRSDuration",
    "qt": "QTInterval",
    "qtc": "QTCInterval",
    "p_axis": "PAxis",
    "qrs_axis": "RAxis",
    "t_axis": "TAxis",
}


def claims(head: bytes, path: Path) -> bool:
    return root_name(head) == "CardiologyXML"


def read(path: Path) -> Record:
    """Read the strip of a CardioSoft file; of several strips the longest.

    raises : UnreadableRecording with the reason
    """
    root, digest = read_root(path)
    strips = [*root.iter("StripData"), *root.iter("Strip")]
    holders = [element for element in strips if element.find("WaveformData") is not None]
    if not holders:
        raise UnreadableRecording(f"{path.name} holds no strip with samples.", "Export it with its waveforms.")
    strip = max(holders, key=lambda element: sum(len(wave.text or "") for wave in element.findall("WaveformData")))
    scale = next(
        (element for element in (strip, *root.iter("StripData")) if element.find("SampleRate") is not None), strip
    )
    rates, steps = {*map(_rate, scale.findall("SampleRate"))}, {*map(_step, scale.findall("Resolution"))}
    fs_hz, step = next(iter(rates), None), next(iter(steps), None)
    if len(rates) != 1 or len(steps) != 1 or not fs_hz or not step:
        missing = "one sampling rate" if len(rates) != 1 or not fs_hz else "one step in a unit of voltage"
        raise UnreadableRecording(f"{path.name} does not state {missing}.", "Export it again.")
    facts = _facts(root)
    waves = [w for w in strip.findall("WaveformData") if is_understood(w, w.get("lead", ""), (), facts.warnings)]
    if not waves:
        raise UnreadableRecording(f"{path.name} holds no lead ({facts.warnings[1]}).", "Export it again.")
    names = [wave.get("lead", "") for wave in waves]
    texts = [(wave.text or "").replace(",", " ").replace(";", " ") for wave in waves]
    counts = [lead_numbers(path, name, text) for name, text in zip(names, texts, strict=True)]
    checked_size(path, len(counts), max(map(len, counts)))
    if len(holders) > 1:
        facts.warnings.append(f"the file holds {len(holders)} strips; the longest is shown")
    signal = signal_of(counts, names, [step] * len(names), facts.warnings)
    return recording(path, digest, NAME, signal, names, fs_hz, facts)


def _rate(element: Element) -> float | None:
    return hertz(f"{element.text or ''} {element.get('units', '')}")


def _step(element: Element) -> float | None:
    """mV of a step."""
    value, factor = number(element.text), step_of(element.get("units", "").casefold().removesuffix("perlsb"))
    return value * factor if value and factor else None


def _facts(root: Element) -> Facts:
    def date_of(tag: str) -> str:
        element = next(root.iter(tag), None)
        if element is None:
            return ""
        parts = ("Year", "Month", "Day", "Hour", "Minute", "Second")
        year, month, day, hour, minute, second = (int(number(element.findtext(part, "")) or 0) for part in parts)
        return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}" if year else ""

    recorded_at = date_of("ObservationDateTime")
    measured = next(root.iter("RestingECGMeasurements"), Element("none"))
    patient = next(root.iter("PatientInfo"), Element("none"))
    return Facts(
        patient=patient.findtext("PID", ""),
        recorded_at=recorded_at,
        age=_age(patient.find("Age")),
        birth=date_of("BirthDateTime"),
        sex=sex_word(patient.findtext("Gender", "")),
        device_statements=statement_lines(element.text or "" for element in root.iter("DiagnosisText")),
        warnings=[UNPROVED],
        device={name: number(measured.findtext(tag, "")) for name, tag in FIGURES.items()},
    )


def _age(element: Element | None) -> str:
    """In years, or with its unit."""
    age = (element.text or "").strip() if element is not None else ""
    unit = element.get("units", "").strip().casefold() if element is not None else ""
    return f"{age} {unit}" if age and unit not in ("", "years", "year", "y") else age
