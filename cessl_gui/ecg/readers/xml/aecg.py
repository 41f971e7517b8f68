"""HL7 annotated ECG (root AnnotatedECG): the rhythm series, its annotations by the device."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from xml.etree.ElementTree import Element

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.dates import in_seconds, readable, when
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import (
    Facts,
    checked_rate,
    lead_numbers,
    number,
    recording,
    signal_of,
    statement_lines,
)
from cessl_gui.ecg.readers.strips import Strip, joined
from cessl_gui.ecg.readers.xml.xml_root import read_root, root_name
from cessl_gui.ecg.units import millivolts

NAME = "HL7 aECG"
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "sec": 1.0, "msec": 1e-3}
TIMES = ("TIME_ABSOLUTE", "TIME_RELATIVE")
# annotation -> measurement; what precedes these names varies with the version of the nomenclature
FIGURES = {
    "HEART_RATE": "rate",
    "TIME_PD_RR": "rr",
    "TIME_PD_PR": "pr",
    "TIME_PD_PQ": "pr",
    "TIME_PD_QRS": "qrs",
    "TIME_PD_QT": "qt",
    "TIME_PD_QTC": "qtc",
    "TIME_PD_QTCB": "qtc_bazett",
    "TIME_PD_QTC_BAZETT": "qtc_bazett",
    "TIME_PD_QTCF": "qtc_fridericia",
    "TIME_PD_QTC_FRIDERICIA": "qtc_fridericia",
    "ANGLE_P_FRONT": "p_axis",
    "ANGLE_QRS_FRONT": "qrs_axis",
    "ANGLE_T_FRONT": "t_axis",
}
REPORTED_AGE = "21612-7"  # LOINC
AGE_UNITS = {"a": "", "y": "", "yr": "", "year": "", "years": "", "": "", "mo": "months", "month": "months",
             "months": "months", "wk": "weeks", "week": "weeks", "weeks": "weeks", "d": "days", "day": "days",
             "days": "days", "h": "hours"}  # fmt: skip


def claims(head: bytes, path: Path) -> bool:
    return root_name(head) == "AnnotatedECG"


def read(path: Path) -> Record:
    """Read the rhythm of an annotated ECG; representative beats derived from it are left.

    raises : UnreadableRecording with the reason
    """
    root, digest = read_root(path)
    series = list(root.findall("component/series"))
    rhythms = [one for one in series if _code(one) in ("RHYTHM", "")]
    if not series:
        raise UnreadableRecording(f"{path.name} holds no ECG: it has no series.", "Export it with its waveforms.")
    if not rhythms:
        kinds = ", ".join(dict.fromkeys(_code(one) for one in series))
        raise UnreadableRecording(f"{path.name} holds no rhythm, only {kinds[:80]}.", "Export it with its waveforms.")
    rhythm = max(rhythms, key=lambda one: sum(len(digits.text or "") for digits in _sequences(one, "digits")))
    facts = _facts(root, rhythm)
    if len(rhythms) > 1:
        facts.warnings.append(f"the file holds {len(rhythms)} rhythms; the longest is shown")
    strips = [_strip(path, element, facts.warnings) for element in rhythm.findall("component/sequenceSet")]
    strips = [strip for strip in strips if strip.names]
    if not strips:
        why = f" ({facts.warnings[0]})" if facts.warnings else ""
        raise UnreadableRecording(f"{path.name} holds no lead of an ECG{why}.", "Export it with its waveforms.")
    names, signal = joined(path, strips, facts.warnings)
    return recording(path, digest, NAME, signal, names, strips[0].fs_hz, facts)


def _code(element: Element) -> str:
    code = element.find("code")
    return "" if code is None else code.get("code", "")


def _sequences(series: Element, tag: str) -> Iterator[Element]:
    for element in series.findall("component/sequenceSet"):
        yield from element.iter(tag)


def _strip(path: Path, element: Element, warnings: list[str]) -> Strip:
    step_s, start_s = _time(path, element)
    names, counts, origins, steps = [], [], [], []
    for sequence in element.findall("component/sequence"):
        code, value = _code(sequence), sequence.find("value")
        if code in TIMES or value is None:
            continue
        name = re.sub(r"^MDC_ECG_(LEAD|ELEC_POTL)_", "", code)
        scale, origin = value.find("scale"), value.find("origin")
        digits = value.findtext("digits")
        if scale is None or digits is None:
            kind = value.get("type", "unknown")[:20]
            warnings.append(f"{name or 'a sequence'} left out: it is no list of voltages ({kind})")
            continue
        step, zero = _millivolts(scale), 0.0 if origin is None else _millivolts(origin)
        if not step or zero is None:
            whose, quantity = ("its unit", scale) if not step or origin is None else ("the unit of its origin", origin)
            what = "unit"
            if millivolts(quantity.get("unit", "")):
                whose, what = f"its {quantity.tag}", "value"
            warnings.append(f"{name} left out: {whose} is {quantity.get(what, 'missing')[:20]}")
            continue
        names.append(name)
        counts.append(lead_numbers(path, name, digits))
        origins.append(zero)
        steps.append(step)
    signal = signal_of(counts, names, steps, warnings) + np.array(origins, np.float32)[:, None]
    return Strip(names, signal, 1 / step_s, start_s)


def _millivolts(quantity: Element) -> float | None:
    value, factor = number(quantity.get("value", "")), millivolts(quantity.get("unit", ""))
    if value == 0 and quantity.tag == "origin":  # nought of any unit
        return 0.0
    return None if value is None or factor is None else value * factor


def _time(path: Path, element: Element) -> tuple[float, float]:
    """Seconds between samples, and when the first was taken."""
    for sequence in element.findall("component/sequence"):
        value = sequence.find("value")
        if value is None or _code(sequence) not in TIMES:
            continue
        increment = value.find("increment")
        if increment is None:
            continue
        step = (number(increment.get("value", "")) or 0) * SECONDS.get(increment.get("unit", "").strip(), 0)
        head = value.find("head")
        if step > 0:
            checked_rate(path, 1 / step)
            return step, 0.0 if head is None else _start_s(head)
    raise UnreadableRecording(f"{path.name} does not state the time between its samples.", "Export it again.")


def _start_s(head: Element) -> float:
    at = in_seconds(when(head.get("value", "")).at)
    if not at:  # relative times
        return (number(head.get("value", "")) or 0) * SECONDS.get(head.get("unit", "").strip(), 0)
    fraction = re.search(r"\.\d{1,6}", head.get("value", ""))
    if zone := re.search(r"([+-])(\d{2}):?(\d{2})$", head.get("value", "")):
        at += f"{zone[1]}{zone[2]}:{zone[3]}"
    seconds = _in_utc(datetime.datetime.fromisoformat(at)).timestamp()
    return seconds + (float(fraction[0]) if fraction else 0)


def _in_utc(at: datetime.datetime) -> datetime.datetime:
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)


def _facts(root: Element, rhythm: Element) -> Facts:
    subject = root.find(".//trialSubject")
    subject = Element("none") if subject is None else subject
    person = subject.find("subjectDemographicPerson")
    person = Element("none") if person is None else person
    ids = subject.find("id")
    moments = (*rhythm.findall("effectiveTime/*"), *root.findall("effectiveTime/*"))
    recorded_at = readable(*(element.get("value", "") for element in moments))
    ages = [
        _age(value)
        for element in root.iter("relatedObservation")
        if _code(element) == REPORTED_AGE and (value := element.find("value")) is not None
    ]
    birth, gender = person.find("birthTime"), person.find("administrativeGenderCode")
    figures, lines = _annotations(rhythm)
    return Facts(
        patient="" if ids is None else ids.get("extension", ""),
        recorded_at=recorded_at,
        age=next(filter(None, ages), ""),
        birth="" if birth is None else birth.get("value", ""),
        sex="" if gender is None else sex_word(gender.get("code", "")),
        device_statements=statement_lines(lines),
        device=figures,
    )


def _age(value: Element) -> str:
    """Years, or what a child's age is counted in; "" for another unit."""
    unit = AGE_UNITS.get(value.get("unit", "").strip().casefold())
    return "" if unit is None else f"{value.get('value', '')} {unit}".strip()


def _annotations(rhythm: Element) -> tuple[dict[str, float], list[str]]:
    """What the device measured (the median where it did so beat by beat) and stated; people's annotations are left."""
    figures, lines = defaultdict(list), []
    for element in rhythm.findall("subjectOf/annotationSet"):
        if element.find("author//assignedPerson") is not None:
            continue
        for annotation in element.iter("annotation"):
            code, value = _code(annotation).upper().removeprefix("MDC_ECG_"), annotation.find("value")
            if value is None:
                continue
            written = number(value.get("value", ""))
            if code in FIGURES and written is not None:
                in_ms = 1000 * SECONDS.get(value.get("unit", "").strip(), 1e-3) if code.startswith("TIME") else 1
                figures[FIGURES[code]].append(written * in_ms)
            elif code.startswith(("INTERPRETATION", "RHY")):
                lines.append(value.get("displayName") or value.text or "")
    return {name: median(values) for name, values in figures.items()}, lines
