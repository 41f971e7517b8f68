"""What ecgdatakit decodes, checked and bounded by us: the extra `[formats]`."""

from __future__ import annotations

import warnings as python_warnings
from importlib import import_module
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg import patients
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.guesses import guessed_leads, guessed_step
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    UNPROVED,
    Facts,
    checked_rate,
    checked_size,
    file_sha256,
    recording,
    signal_of,
    statement_lines,
)

FIGURES = {
    "heart_rate": "rate",
    "rr_interval": "rr",
    "pr_interval": "pr",
    "qrs_duration": "qrs",
    "qt_interval": "qt",
    "qtc_bazett": "qtc_bazett",
    "qtc_fridericia": "qtc_fridericia",
    "p_axis": "p_axis",
    "qrs_axis": "qrs_axis",
    "t_axis": "t_axis",
}
MOST_WARNINGS = 20
OLDEST = 89


def read_by(parser: str, path: Path, name: str, given: Given) -> Record:
    """Read a file that our own reader has claimed and bounded.

    parser : module and class within ecgdatakit.parsing.parsers
    name   : of the format
    raises : UnreadableRecording with the reason, also where ecgdatakit is missing
    """
    module, _, class_ = parser.partition(".")
    try:
        parse = getattr(import_module(f"ecgdatakit.parsing.parsers.{module}"), class_)().parse
    except ImportError as error:
        raise UnreadableRecording(
            f"{path.name} is {name}, and ecgdatakit, which reads it, is not installed.",
            "pip install 'cessl-gui[formats]'",
        ) from error
    with python_warnings.catch_warnings(record=True) as said:
        python_warnings.simplefilter("always")
        try:
            parsed = parse(path)
        except Exception as error:  # whatever a damaged file brings about there
            reason = " ".join(str(error).replace(str(path), path.name).split())[:120] or type(error).__name__
            raise UnreadableRecording(f"{path.name} is damaged {name} ({reason}).", "Export it again.") from error
    facts = _facts(parsed, [UNPROVED, *(_words(path, warning.message) for warning in said[:MOST_WARNINGS])])
    return _record(path, name, parsed, facts, given)


def _words(path: Path, message: object) -> str:
    return " ".join(str(message).replace(str(path), path.name).split())[:200]


def _record(path: Path, name: str, parsed, facts: Facts, given: Given) -> Record:
    leads = [lead for lead in parsed.leads if len(lead.samples)]
    voltages = [lead for lead in leads if lead.resolution_unit or not lead.adc_resolution_unit]
    facts.warnings += [
        f"channel {lead.label[:20]} left out: its unit is {lead.adc_resolution_unit[:20]}"
        for lead in leads
        if lead not in voltages
    ]
    if not voltages:
        raise UnreadableRecording(f"{path.name} holds no rhythm in a unit of voltage.", "Export it with its waveforms.")
    guesses: list[str] = []
    fs_hz = given.fs_hz or _rate(path, parsed, voltages[0].sampling_rate, guesses)
    same = [lead for lead in voltages if lead.sampling_rate == voltages[0].sampling_rate]
    rest = [lead for lead in voltages if lead.sampling_rate != voltages[0].sampling_rate]
    others = [f"{lead.label[:20]} ({lead.sampling_rate:g} Hz)" for lead in rest]
    if others:
        facts.warnings.append(f"leads of another sampling rate left out: {', '.join(others)[:200]}")
    names = [lead.label for lead in same]
    checked_size(path, len(same), max(len(lead.samples) for lead in same))
    counts = [lead.samples for lead in same]
    if all(label.startswith("Ch") for label in names):
        names = list(given.leads) or guessed_leads(_even(counts), guesses)
    if len(names) != len(same):
        raise UnreadableRecording(f"{path.name} holds {len(same)} leads.", "Name each of them.")
    steps = [_step(path, lead, counts, names, given, guesses) for lead in same]
    facts.warnings += guesses
    sixteen_bit = parsed.recording.acquisition.signal.data_encoding in ("int16", "")
    signal = signal_of(counts, names, steps, facts.warnings, sixteen_bit=sixteen_bit)
    for row, lead in zip(signal, same, strict=True):
        row += lead.offset / 1000 if lead.resolution_unit else 0.0  # uV
    return recording(path, file_sha256(path), name, signal, names, fs_hz, facts, guesses=tuple(dict.fromkeys(guesses)))


def _even(counts: list[np.ndarray]) -> np.ndarray:
    shortest = min(map(len, counts))
    return np.array([row[:shortest] for row in counts])


def _step(path: Path, lead, counts: list, names: list[str], given: Given, guesses: list[str]) -> float:
    """mV of a step, all of which ecgdatakit gives in uV."""
    if lead.resolution_unit == "uV":
        return lead.resolution / 1000
    if lead.resolution_unit:
        raise UnreadableRecording(f"{path.name} gives its samples in {lead.resolution_unit[:20]}.", "Export it again.")
    return given.step_mv or guessed_step(path, _even(counts), names, guesses)


def _rate(path: Path, parsed, rounded: int, guesses: list[str]) -> float:
    """Hz as the file states it: that of a lead is rounded."""
    exact = (parsed.raw_metadata.get("sampling_rates") or [rounded])[0]
    raw = parsed.raw_metadata.get("raw")
    fs_hz = checked_rate(path, float(raw["frequency"] if isinstance(raw, dict) else exact))
    if parsed.raw_metadata.get("sampling_rate_stated") is False:
        guesses.append(f"sampling rate not stated: {fs_hz:g} Hz is usual (--set fs=...)")
    return fs_hz


def _facts(parsed, warnings: list[str]) -> Facts:
    patient, taken = parsed.patient, parsed.recording.date
    is_own = parsed.raw_metadata.get("date_source") != "filename"
    stated = parsed.interpretation.statements if parsed.interpretation.source == "machine" else []
    return Facts(
        patient=patients.named(patient.patient_id) or f"{patient.first_name} {patient.last_name}".strip(),
        recorded_at=taken.isoformat() if taken and is_own else "",
        age="" if patient.age is None else "over 89" if patient.age > OLDEST else str(patient.age),
        sex=sex_word(patient.sex),
        statements=(),
        device_statements=statement_lines(" ".join(filter(None, line)) for line in stated),
        warnings=warnings,
        device={ours: getattr(parsed.measurements, theirs) for theirs, ours in FIGURES.items()},
    )
