"""Labels as FHIR R4: a bundle with one DiagnosticReport per ECG and reader, and an Observation per statement.

Codes are those of our statements (SNOMED CT), and of LOINC for an ECG. A note is the conclusion of its report; a marked
beat or stretch is an Observation with components and no value. What was decided where readers differ has a report of
its own; its Observations name that method and what they are derived from. The subject is the key that hides a patient.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.core.statements.vocabulary import OWN, vocabulary
from cessl_gui.core.types import RecordInfo, State

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
OWN_STATEMENT = "urn:cessl-gui:own-statement"  # statements in readers' words
SYSTEMS = {"SNOMED CT": SNOMED, "AHA": "urn:cessl-gui:aha-statement"}  # of codes that a project gives a statement
RECORD, PATIENT = "urn:cessl-gui:record", "urn:cessl-gui:patient-key"
DECISION = "urn:cessl-gui:decision"  # of reports and Observations of what was decided where readers differ
MARK = "urn:cessl-gui:mark"  # components of a marked beat or stretch
UCUM = "http://unitsofmeasure.org"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:cessl-gui")  # the same label has the same id in every export

STATES = {
    State.PRESENT: ("52101004", "Present"),
    State.ABSENT: ("2667000", "Absent"),
    State.UNCERTAIN: ("64957009", "Uncertain"),
}
_STATE_OF = {code: state for state, (code, _) in STATES.items()}


def bundle(
    infos: Mapping[str, RecordInfo],
    rows: Iterable[Mapping[str, Any]],
    exported_utc: str,
    names: bool = False,
    *,
    notes: Iterable[Mapping[str, Any]] = (),
    marks: Iterable[Mapping[str, Any]] = (),
    decisions: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return a Bundle of everything that readers said.

    infos : record id -> its row of the list
    rows  : record_id, code, state, reader, at_utc of each label; codes: its statement's in other systems, if any
    names : also the names of the recordings, which may name a patient
    notes : record_id, reader, note, at_utc
    marks : record_id, reader, at_utc of each marked beat and stretch, and the fields of its Annotation
    decisions : as rows, of what was decided where readers differ, and by whom
    """
    said: dict[tuple[str, str], _Said] = {}
    for row in rows:
        said.setdefault((row["record_id"], row["reader"]), _Said()).labels.append(row)
    for row in notes:
        said.setdefault((row["record_id"], row["reader"]), _Said()).notes.append(row)
    for row in marks:
        said.setdefault((row["record_id"], row["reader"]), _Said()).marks.append(row)
    entries = []
    for (record_id, reader), each in sorted(said.items(), key=lambda item: item[0]):
        report, observations = _report(infos[record_id], reader, each, names)
        entries += [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in (report, *observations)]
    entries += [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in _decided(infos, said, decisions)]
    return {
        "resourceType": "Bundle",
        "meta": {"tag": [{"display": RESEARCH_USE_ONLY}]},
        "type": "collection",
        "timestamp": exported_utc,
        "entry": entries,
    }


def labels(document: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield what readers say in the Observations of a bundle of ours: record, code, state, reader, at_utc.

    Others are passed over, and so are decisions, which are no reader's label.
    """
    entries = document.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or resource.get("resourceType") != "Observation":
            continue
        if "method" in resource:
            continue
        try:
            code, value = resource["code"]["coding"][0], resource["valueCodeableConcept"]["coding"][0]
            record = next(each["value"] for each in resource["identifier"] if each["system"] == RECORD)
            yield {
                "record": record,
                "code": code["code"],
                "state": str(_STATE_OF[value["code"]]),
                "reader": resource["performer"][0]["display"],
                "at_utc": resource["issued"],
            }
        except (KeyError, IndexError, TypeError, StopIteration):
            continue


@dataclass
class _Said:
    """What one reader said of one ECG."""

    labels: list[Mapping[str, Any]] = field(default_factory=list)
    notes: list[Mapping[str, Any]] = field(default_factory=list)
    marks: list[Mapping[str, Any]] = field(default_factory=list)


def _report(info: RecordInfo, reader: str, said: _Said, names: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    labels = sorted(said.labels, key=lambda row: row["code"])
    observations = [_observation(info, reader, row) for row in labels]
    observations += [_marked(info, reader, row) for row in said.marks]
    report: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "id": _id(info.id, reader),
        "identifier": [{"system": RECORD, "value": info.id}],
        "status": "preliminary",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "EC"}]},
        ],
        "code": _concept(LOINC, "11524-6", "EKG study"),
        **_subject(info),
        "issued": max(row["at_utc"] for row in (*labels, *said.notes, *said.marks)),
        "performer": [{"display": reader}],
        "result": [{"reference": f"urn:uuid:{each['id']}"} for each in observations],
        "conclusion": "\n\n".join(_text(row["note"]) for row in said.notes),
        "conclusionCode": [_statement(row) for row in labels if row["state"] == State.PRESENT],
    }
    if info.moment:
        report["effectiveDateTime"] = info.moment[:10]
    if names:
        report["identifier"].append({"value": info.name})
    return {name: value for name, value in report.items() if value}, observations  # FHIR forbids what is empty


def _decided(
    infos: Mapping[str, RecordInfo],
    said: Mapping[tuple[str, str], _Said],
    decisions: Iterable[Mapping[str, Any]],
) -> Iterator[dict[str, Any]]:
    """A report of what was decided for each record, and its Observations."""
    method = _concept(DECISION, "decision", "Decided where readers differ")
    words: dict[tuple[str, str], list[str]] = {}  # record and code -> ids of what readers said
    for (record_id, reader), each in sorted(said.items(), key=lambda item: item[0]):
        for row in each.labels:
            words.setdefault((record_id, row["code"]), []).append(_id(record_id, reader, row["code"]))
    of: dict[str, list[Mapping[str, Any]]] = {}
    for row in decisions:
        of.setdefault(row["record_id"], []).append(row)
    for record_id, rows in sorted(of.items()):
        info, deciders = infos[record_id], dict.fromkeys(row["reader"] for row in rows)
        observations = [
            _observation(info, row["reader"], row)
            | {"id": _id(record_id, "", "decision", row["code"]), "method": method}
            | _derived(words.get((record_id, row["code"]), []))
            for row in rows
        ]
        report, _ = _report(info, ", ".join(deciders), _Said(rows), names=False)
        report |= {"id": _id(record_id, "", "decision"), "performer": [{"display": name} for name in deciders]}
        report["category"].append(method)
        report["result"] = [{"reference": f"urn:uuid:{each['id']}"} for each in observations]
        yield report
        yield from observations


def _derived(ids: list[str]) -> dict[str, Any]:
    return {"derivedFrom": [{"reference": f"urn:uuid:{one}"} for one in ids]} if ids else {}


def _observation(info: RecordInfo, reader: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": _id(info.id, reader, row["code"]),
        "identifier": [{"system": RECORD, "value": info.id}],
        "status": "preliminary",
        "code": _statement(row),
        **_subject(info),
        "issued": row["at_utc"],
        "performer": [{"display": reader}],
        "valueCodeableConcept": _concept(SNOMED, *STATES[State(row["state"])]),
    }


def _marked(info: RecordInfo, reader: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A beat or stretch with a statement. It has no value: it is no label, and is not taken for one."""
    component = [_seconds("start", row["start_s"])]
    component += [_seconds("end", row["end_s"])] if row["end_s"] is not None else []
    component += [{"code": _concept(MARK, "lead", "lead"), "valueString": row["lead"]}] if row["lead"] else []
    return {
        "resourceType": "Observation",
        "id": _id(info.id, reader, "mark", row["annotation"]),
        "identifier": [{"system": RECORD, "value": info.id}],
        "status": "preliminary",
        "code": _statement(row),
        **_subject(info),
        "issued": row["at_utc"],
        "performer": [{"display": reader}],
        "component": component,
    }


def _seconds(which: str, value: float) -> dict[str, Any]:
    """A time of the recording."""
    quantity = {"value": value, "unit": "s", "system": UCUM, "code": "s"}
    return {"code": _concept(MARK, which, which), "valueQuantity": quantity}


def _text(note: str) -> str:
    """A note without the control characters that FHIR forbids."""
    return "".join(c if c >= " " or c in "\t\n\r" else " " for c in note)


def _subject(info: RecordInfo) -> dict[str, Any]:
    return {"subject": {"identifier": {"system": PATIENT, "value": info.patient}}} if info.patient else {}


def _statement(row: Mapping[str, Any]) -> dict[str, Any]:
    """A statement under its own code first, which comes in again, then under those of other systems."""
    code = row["code"]
    concept = _concept(SNOMED if code.isdecimal() else OWN_STATEMENT, code, vocabulary()[code].name.removeprefix(OWN))
    for other in row.get("codes", ()):
        system, _, number = other.rpartition(" ")
        concept["coding"].append({"system": SYSTEMS[system], "code": number})
    return concept


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "\n".join(parts)))
