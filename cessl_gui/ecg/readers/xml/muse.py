"""GE MUSE XML (root RestingECG): base64 16-bit samples, eight leads, the device's figures and statements."""

from __future__ import annotations

import base64
import binascii
import zlib
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.dates import Order
from cessl_gui.ecg.readers.given import hertz
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    Facts,
    checked_size,
    number,
    recording,
    signal_of,
    statement_lines,
)
from cessl_gui.ecg.readers.xml.own_words import is_understood
from cessl_gui.ecg.readers.xml.xml_root import read_root, root_name
from cessl_gui.ecg.units import millivolts

NAME = "GE MUSE XML"
FIGURES = {
    "rate": "VentricularRate",
    "pr": "PRInterval",
    "qrs": "QRSDuration",
    "qt": "QTInterval",
    "qtc": "QTCorrected",
    "qtc_fridericia": "QTcFrederica",
    "p_axis": "PAxis",
    "qrs_axis": "RAxis",
    "t_axis": "TAxis",
}
READ = (
    "LeadAmplitudeUnitsPerBit",
    "LeadAmplitudeUnits",
    "LeadOffsetFirstSample",
    "FirstSampleBaseline",
    "WaveFormData",
)


def claims(head: bytes, path: Path) -> bool:
    return root_name(head) == "RestingECG"


def read(path: Path) -> Record:
    """Read the rhythm of a MUSE file; the median beat that comes before it is left.

    raises : UnreadableRecording with the reason
    """
    root, digest = read_root(path)
    rhythms = [w for w in root.iter("Waveform") if w.findtext("WaveformType", "").strip().casefold() == "rhythm"]
    if not rhythms:
        raise UnreadableRecording(
            f"{path.name} holds no rhythm, at most a median beat.", "Export it with its waveforms."
        )
    rhythm = max(rhythms, key=lambda w: sum(number(n.text) or 0 for n in w.iter("LeadSampleCountTotal")))
    base, exponent = hertz(rhythm.findtext("SampleBase", "")), number(rhythm.findtext("SampleExponent", ""))
    if not base or abs(exponent or 0) > 9:
        raise UnreadableRecording(f"{path.name} does not state its sampling rate.", "Export it from MUSE again.")
    fs_hz = base * 10 ** (exponent or 0)
    facts = _facts(root, fs_hz)
    if len(rhythms) > 1:
        facts.warnings.append(f"the file holds {len(rhythms)} rhythms; the longest is shown")
    leads = [
        _lead(path, lead, facts.warnings)
        for lead in rhythm.iter("LeadData")
        if is_understood(lead, lead.findtext("LeadID", ""), READ, facts.warnings)
    ]
    if not leads:
        why = f" ({facts.warnings[0]})" if facts.warnings else ""
        raise UnreadableRecording(f"{path.name} holds a rhythm without leads{why}.", "Export it with its waveforms.")
    names, counts, steps = zip(*leads, strict=True)
    checked_size(path, len(counts), max(map(len, counts)))
    return recording(path, digest, NAME, signal_of(counts, names, steps, facts.warnings), names, fs_hz, facts)


def _lead(path: Path, lead: Element, warnings: list[str]) -> tuple[str, np.ndarray, float]:
    """Name, counts and mV per count of one lead."""
    name = lead.findtext("LeadID", "").strip()
    if lead.findtext("LeadSampleSize", "2").strip() != "2":
        raise UnreadableRecording(f"Lead {name} of {path.name} has no 16-bit samples.", "Export it from MUSE again.")
    unit = lead.findtext("LeadAmplitudeUnits", "").strip()
    step = number(lead.findtext("LeadAmplitudeUnitsPerBit", ""))
    factor = millivolts(unit)
    if not factor or not step:
        raise UnreadableRecording(
            f"{path.name} gives lead {name} in steps of {step} {unit[:20] or 'of no unit'}, which is no voltage.",
            "Export it from MUSE again.",
        )
    try:
        data = base64.b64decode(lead.findtext("WaveFormData", ""))
    except (binascii.Error, ValueError) as error:
        raise UnreadableRecording(
            f"The samples of lead {name} of {path.name} are damaged.", "Export it again."
        ) from error
    announced = number(lead.findtext("LeadSampleCountTotal", "")) or len(data) // 2
    if announced > len(data) // 2:
        raise UnreadableRecording(
            f"{path.name} is cut off: lead {name} announces {announced:,.0f} samples and holds {len(data) // 2:,}.",
            "Export it again.",
        )
    if announced < len(data) // 2:
        warnings.append(
            f"lead {name} announces {announced:,.0f} samples and holds {len(data) // 2:,}: the rest left out"
        )
    crc = lead.findtext("LeadDataCRC32", "").strip()
    if crc.isdecimal() and int(crc) and int(crc) != zlib.crc32(data):
        warnings.append(f"checksum of lead {name} does not match: the file may have been changed")
    if lead.findtext("LeadOff", "").strip().upper() == "TRUE":
        warnings.append(f"electrode of lead {name} was off")
    for tag in ("LeadOffsetFirstSample", "FirstSampleBaseline"):
        if written := number(lead.findtext(tag, "")):
            warnings.append(f"lead {name} states {tag} {written:g}, which is not applied")
    return name, np.frombuffer(data, "<i2", int(announced)), step * factor


def _facts(root: Element, fs_hz: float) -> Facts:
    patient = root.find("PatientDemographics")
    patient = Element("none") if patient is None else patient
    test = root.find("TestDemographics")
    test = Element("none") if test is None else test
    age = patient.findtext("PatientAge", "").strip()
    if patient.findtext("AgeUnits", "YEARS").strip().upper() != "YEARS":
        age = f"{age} {patient.findtext('AgeUnits', '').strip().lower()}" if age else ""
    measured = root.find("RestingECGMeasurements")
    measured = Element("none") if measured is None else measured
    figures = {name: number(measured.findtext(tag, "")) for name, tag in FIGURES.items()}
    figures["rr"] = _rr_ms(number(root.findtext("QRSTimesTypes/GlobalRR", "")), figures["rate"], fs_hz)
    return Facts(
        patient=patient.findtext("PatientID", ""),
        recorded_at=f"{test.findtext('AcquisitionDate', '')} {test.findtext('AcquisitionTime', '')}",
        age=age,
        birth=patient.findtext("DateofBirth", ""),
        order=Order.MONTH,
        sex=sex_word(patient.findtext("Gender", "")),
        device_statements=statement_lines(_statements(root)),
        device=figures,
    )


def _rr_ms(written: float | None, rate: float | None, fs_hz: float) -> float | None:
    """The RR interval where it agrees with the rate: in one real file it counts milliseconds, in another samples."""
    if not written or not rate:
        return None
    return next((rr for rr in (written, written * 1000 / fs_hz) if abs(rr * rate / 60_000 - 1) < 0.1), None)


def _statements(root: Element) -> list[str]:
    """The lines of the diagnosis as last edited; a line goes on until a statement with the flag ENDSLINE."""
    diagnosis = root.find("Diagnosis")
    diagnosis = root.find("OriginalDiagnosis") if diagnosis is None else diagnosis
    lines, words = [], []
    for statement in diagnosis.iter("DiagnosisStatement") if diagnosis is not None else ():
        words.append(statement.findtext("StmtText", ""))
        if any((flag.text or "").strip() == "ENDSLINE" for flag in statement.iter("StmtFlag")):
            lines.append(" ".join(words))
            words = []
    return [*lines, " ".join(words)]
