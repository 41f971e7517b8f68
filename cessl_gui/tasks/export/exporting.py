"""Labels and predictions out of a project: CSV, JSON, or WFDB recordings with the labels in their headers."""

from __future__ import annotations

import csv
import json
import logging
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.core.errors import Cancelled, CesslError, NotWritten, ProjectError
from cessl_gui.core.files import atomic_write, full_path, why
from cessl_gui.core.spreadsheet import guarded, unguarded
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.statements.wordings import other_codes
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, RecordInfo, State
from cessl_gui.store.project import Project, project_around
from cessl_gui.store.sqlite.database import now_utc
from cessl_gui.store.tables.annotations import IMPORTED
from cessl_gui.tasks.export import fhir
from cessl_gui.tasks.export.annotating import SUFFIX, export_marks
from cessl_gui.tasks.export.measured_table import (
    MEASURED_COLUMNS,
    device_statements,
    devices,
    measured_path,
    measured_rows,
)
from cessl_gui.tasks.export.wide import BEFORE, names_statement, wide_table
from cessl_gui.tasks.recordings.importing import read_waveform

log = logging.getLogger(__name__)

FORMATS = ("csv", "csv-wide", "json", "fhir", "wfdb")
COLUMNS = (
    *("record", "name", "reading", "code", "statement", "state", "reader", "at_utc"),
    *("prediction_visible", "file_visible", "header", "probability", "threshold", "model"),
    *("leads", "likeness", "not_predicted", "shown", "other_codes", "decided"),
)
LONGEST_LINE = 100_000  # characters of a first line
QUARANTINE_COLUMNS = ("file", "reason", "at_utc")


@dataclass
class ExportResult:
    """What an export did. written: rows or recordings (what); left_out: (record id, name, reason) of others."""

    written: int = 0
    what: str = "row"
    left_out: list[tuple[str, str, str]] = field(default_factory=list)


def export(project: Project, out: Path, format_: str, task: Task, only: Collection[str] | None = None) -> ExportResult:
    """Write everything people and the active model said. A recording that cannot be written stops no other.

    only    : ids of the records to write; None is all
    out     : a file, written whole or not at all, or a folder (wfdb); csv writes notes, marks, calipers and the
              devices' measurements into a second file beside it, NAME_measured.csv
    raises  : NotWritten where the disk, or the place, takes no more, and where a project or another file would suffer
    """
    out = full_path(out)
    if format_ == "wfdb":
        around = project_around(out)
        if around:
            raise NotWritten(f"{out} lies in the folder of the project {around.name}.", "Choose another place.")
        try:
            return _export_wfdb(project, out, task, only)
        except OSError as error:
            raise NotWritten(
                f"{out} cannot be written ({why(error)}).", "Choose another place, or free some space."
            ) from error
    with project.moment():  # people go on meanwhile: no reading is confirmed here without its last labels
        return _export_said(project, out, format_, only)


def _export_said(project: Project, out: Path, format_: str, only: Collection[str] | None) -> ExportResult:
    if format_ in ("csv-wide", "fhir"):
        return _export_labels(project, out, format_, only)
    rows = _of(only, label_rows(project), "record")
    if format_ == "csv":
        beside = full_path(measured_path(out))
        check_free(out, COLUMNS[:4], COLUMNS)
        check_free(beside, MEASURED_COLUMNS[:4], MEASURED_COLUMNS)
        _write_csv(beside, MEASURED_COLUMNS, _of(only, measured_rows(project), "record"))
        _write_csv(out, COLUMNS, rows)
    else:
        check_free(out, ("{", '"notice":', f'"{RESEARCH_USE_ONLY}"'))
        _write_json(out, _document(project, rows, only))
    return ExportResult(len(rows))


def _of(only: Collection[str] | None, rows: list[dict], key: str = "record_id") -> list[dict]:
    """The rows of the chosen records; None is all."""
    return rows if only is None else [row for row in rows if row.get(key) in only]


def _chosen(project: Project, only: Collection[str] | None) -> list[RecordInfo]:
    return [info for info in project.records.all() if only is None or info.id in only]


def _export_labels(project: Project, out: Path, format_: str, only: Collection[str] | None) -> ExportResult:
    """What readers said alone, without the names of recordings, which may name patients."""
    codes = other_codes(project.settings.wordings())
    infos = _chosen(project, only)
    said = [row | {"codes": codes.get(row["code"], ())} for row in _of(only, project.labels.of_all_readers())]
    notes, marks = _of(only, project.notes.all_current()), _of(only, project.annotations.all_current())
    marks = [row for row in marks if row["how"] != IMPORTED]  # what a file says is not the reader's word
    if format_ == "fhir":
        decisions = [
            row | {"codes": codes.get(row["code"], ())} for row in _of(only, project.adjudications.with_source())
        ]
        check_free(out, ("{", '"resourceType":', '"Bundle"', '"meta":', "{", '"tag":', "[", "{", '"display":'))
        _write_json(
            out,
            fhir.bundle(
                {info.id: info for info in infos}, said, now_utc(), notes=notes, marks=marks, decisions=decisions
            ),
        )
        return ExportResult(len(said), "label")
    decided = {i: states for i, states in project.adjudications.all_current().items() if only is None or i in only}
    columns, rows = wide_table(infos, said, notes, marks, decided)
    check_free(out, BEFORE[:3], columns, wide=True)
    _write_csv(out, columns, rows)
    return ExportResult(len(rows))


def check_free(out: Path, begins: tuple[str, ...], columns: tuple[str, ...] = (), *, wide: bool = False) -> None:
    """See that nothing stands where a file is to be written, or an earlier export, which begins with these words.

    columns : of a table, all that an export can have: one with a column more is somebody's work
    wide    : columns are statements, and an earlier export may have had others
    raises  : NotWritten
    """
    around = project_around(out)
    if around:
        raise NotWritten(f"{out} lies in the folder of the project {around.name}.", "Choose another place.")
    if not os.path.lexists(out):
        return
    if not out.is_file():
        raise NotWritten(f"{out} is no file, and is not written to.", "Choose another name.")
    try:
        with out.open(encoding="utf-8", errors="replace") as file:
            first = file.readline(LONGEST_LINE)
            start = first + file.read(1000)
    except OSError as error:
        raise NotWritten(
            f"{out} is there already, and cannot be read ({why(error)}).", "Choose another name."
        ) from error
    others = set(_names(first)).difference(columns) if columns else set()
    if wide:
        others = {name for name in others if not names_statement(name)}
    if others or not "".join(start.replace(",", " ").split()).startswith("".join("".join(begins).split())):
        raise NotWritten(f"{out} is there already and is no earlier export.", "Choose another name.")


def _names(first: str) -> list[str]:
    """The columns that the first line of a table names."""
    return [unguarded(name.strip()) for name in next(csv.reader([first]), [])]


def _write_csv(out: Path, columns: tuple[str, ...], rows: list[dict]) -> None:
    with atomic_write(out) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(map(guarded, columns))  # own statements are columns of a wide table
        writer.writerows([guarded(row.get(name, "")) for name in columns] for row in rows)


def _write_json(out: Path, document: dict) -> None:
    with atomic_write(out) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, ensure_ascii=False)


def export_quarantine(project: Project, out: Path) -> int:
    """Write the files that could not be read as CSV: file, reason, at_utc; over an earlier such list only.

    returns : how many there are
    raises  : NotWritten
    """
    out = full_path(out)
    check_free(out, QUARANTINE_COLUMNS, QUARANTINE_COLUMNS)
    rows = [dict(zip(QUARANTINE_COLUMNS, row, strict=True)) for row in project.quarantine.all()]
    _write_csv(out, QUARANTINE_COLUMNS, rows)
    return len(rows)


def label_rows(project: Project) -> list[dict]:
    """A row per record and statement of which a person, the header or the active model says anything.

    state is empty where nobody has assessed the statement; that is not absent. reading is the record's ReadingState:
    what is said of an excluded one was given before someone found that it should not count. prediction_visible and
    file_visible: 1 where the reader had seen what the model, and what the file says; "" where that is not known.
    leads: those of the twelve that the probability rests on. not_predicted: why the record is no ECG that a model can
    judge; one of which nobody says anything has a row without a code, for that alone.
    shown: 1 for the latest label of all readers; 0 for another reader's, which has a row of its own.
    decided: the state that was decided where readers differ, beside the words of each.
    """
    said: dict[str, dict[str, dict]] = {}
    others: dict[str, dict[str, list[dict]]] = {}
    for row in project.labels.of_all_readers():
        if row["shown"]:
            said.setdefault(row["record_id"], {})[row["code"]] = row
        else:
            others.setdefault(row["record_id"], {}).setdefault(row["code"], []).append(row)
    headers, decided = project.labels.header_all(), project.adjudications.all_current()
    model = project.models.active()
    predictions = project.predictions.all(model.id) if model else {}
    refused = project.predictions.refused(model.id) if model else {}
    rows, elsewhere_coded = [], other_codes(project.settings.wordings())
    for info in project.records.all():
        prediction = predictions.get(info.id)
        probabilities = prediction.probabilities if prediction else {}
        given, elsewhere = said.get(info.id, {}), others.get(info.id, {})
        decisions = decided.get(info.id, {})
        codes = {*given, *elsewhere, *headers.get(info.id, {}), *probabilities, *decisions}
        for code in sorted(codes) or [""] * (info.id in refused):
            label = given.get(code, {})
            rows.append(
                {
                    "record": info.id,
                    "name": info.name,
                    "reading": str(info.reading),
                    "code": code,
                    "statement": vocabulary()[code].name if code else "",
                    "state": label.get("state", ""),
                    "reader": label.get("reader", ""),
                    "at_utc": label.get("at_utc", ""),
                    "prediction_visible": label.get("prediction_visible", ""),
                    "file_visible": _or_empty(label.get("file_visible")),
                    "header": headers.get(info.id, {}).get(code, ""),
                    "probability": probabilities.get(code, ""),
                    "threshold": model.thresholds.get(code, "") if model and code in probabilities else "",
                    "model": model.id if model and code in probabilities else "",
                    "leads": " ".join(prediction.leads) if prediction and code in probabilities else "",
                    "likeness": _or_empty(prediction.likeness) if prediction and code in probabilities else "",
                    "not_predicted": refused.get(info.id, ""),
                    "shown": 1 if label else "",
                    "other_codes": ", ".join(elsewhere_coded.get(code, ())),
                    "decided": str(decisions.get(code, "")),
                }
            )
            rows += [_others_row(rows[-1], other) for other in elsewhere.get(code, ())]
    return rows


def _others_row(shown: dict, other: dict) -> dict:
    """What another reader says, under the row of what is shown."""
    given = {name: other[name] for name in ("state", "reader", "at_utc", "prediction_visible")}
    same = {name: shown[name] for name in ("record", "name", "reading", "code", "statement", "other_codes", "decided")}
    empty = dict.fromkeys(COLUMNS, "")
    return {**empty, **same, **given, "file_visible": _or_empty(other["file_visible"]), "shown": 0}


def _or_empty(value: object) -> object:
    return "" if value is None else value


def _document(project: Project, rows: list[dict], only: Collection[str] | None) -> dict:
    model, events = project.models.active(), project.records.reading_events()
    infos = _chosen(project, only)
    ids = {info.id for info in infos}
    return {
        "notice": RESEARCH_USE_ONLY,
        "program": f"cessl-gui {__version__}",
        "exported_utc": now_utc(),
        "project": project.folder.stem,
        "model": {"id": model.id, "name": model.name, "origin": model.origin} if model else None,
        "rows": rows,
        "reading": {info.id: {"state": str(info.reading), "events": events.get(info.id, [])} for info in infos},
        "history": {info.id: project.labels.history(info.id) for info in infos},
        "labels": _of(only, project.labels.of_all_readers()),  # what each reader says
        "adjudications": _of(only, project.adjudications.with_source()),  # what was decided where they differ
        "notes": _of(only, project.notes.all_current()),
        # beats and stretches marked, seconds of the recording
        "annotations": _of(only, project.annotations.all_current()),
        "marks": _of(only, project.marks.all_current()),  # readers' own, ms from the R peak of the median beat
        "calipers": _of(only, project.calipers.all_current()),  # readers' own, seconds of the recording and mV
        # as the devices wrote them, line by line; and what the recordings say they measured: /min, ms, degrees
        "device_statements": {i: said for i, said in device_statements(project).items() if i in ids},
        "device": {i: said for i, said in devices(project).items() if i in ids},
    }


def _export_wfdb(project: Project, folder: Path, task: Task, only: Collection[str] | None) -> ExportResult:
    from cessl_gui.ecg.writers import device_lines, write_wfdb

    folder.mkdir(parents=True, exist_ok=True)
    infos = _chosen(project, only)
    steps, labels, result = (
        task.steps("Exporting", len(infos)),
        project.labels.all_current(),
        ExportResult(what="recording"),
    )
    model = project.models.active()
    refused = project.predictions.refused(model.id) if model else {}
    panel, decided = project.settings.panel(), project.adjudications.all_current()
    for done, info in enumerate(infos, 1):
        try:
            task.check()
        except Cancelled:  # what is written stays, and is said
            break
        facts = {"Age": info.age, "Sex": info.sex, "Reading": str(info.reading)}
        facts["Not predicted"] = refused.get(info.id, "")
        comments = [f"{name}: {value}" for name, value in facts.items() if value]
        comments += _diagnoses(info, {**labels.get(info.id, {}), **decided.get(info.id, {})}, panel)
        try:
            record = read_waveform(project, info.id)
            comments += device_lines(record.device)
            _check_earlier(folder, info.id)
            write_wfdb(record, folder, info.id, [*comments, RESEARCH_USE_ONLY])
            export_marks(project, info.id, folder, info.id)
            result.written += 1
        except (ProjectError, OSError):  # the disk's, not the recording's: the next one would meet it too
            raise
        except CesslError as error:
            result.left_out.append((info.id, info.name, str(error)))
        except Exception as error:
            log.warning("%s (%s) could not be exported", info.name, info.id, exc_info=True)
            reason = f"It could not be written as WFDB ({error or type(error).__name__})."
            result.left_out.append((info.id, info.name, reason))
        steps.done(done)
    return result


def _check_earlier(folder: Path, name: str) -> None:
    """See that what lies where a recording is to be written is an earlier export of it.

    raises : CesslError
    """
    there = [path for end in (".hea", ".dat", SUFFIX) if os.path.lexists(path := folder / f"{name}{end}")]
    if any(path.is_symlink() or not path.is_file() for path in there):
        raise CesslError(f"{name} is the name of a link, or of no file, in {folder}.", "Choose another folder.")
    head = folder / f"{name}.hea"
    if there and (head not in there or RESEARCH_USE_ONLY not in head.read_text("utf-8", "replace")):
        raise CesslError(f"{name} is the name of another recording in {folder}.", "Choose another folder.")


def _diagnoses(info: RecordInfo, labels: Mapping[str, State], panel: list[str]) -> list[str]:
    """The line of the header that names them, or none: programs take what it does not name for absent."""
    if info.reading == ReadingState.EXCLUDED:
        return []
    present = sorted(code for code, state in labels.items() if state == State.PRESENT)
    nothing_found = set(labels.values()) == {State.ABSENT} and labels.keys() >= set(panel)
    return [f"Dx: {','.join(present)}"] if present or nothing_found else []
