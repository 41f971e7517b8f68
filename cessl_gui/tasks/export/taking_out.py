"""Out of a project, other than labels: measurements, effects of leads, copies; and the predictions of a folder."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cessl_gui.core.errors import Cancelled, CesslError, NotWritten, ProjectError
from cessl_gui.core.files import atomic_write, full_path
from cessl_gui.core.measurements import QUANTITIES
from cessl_gui.core.scratch import asked
from cessl_gui.core.spreadsheet import guarded
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.deidentify import deidentified
from cessl_gui.store.exchange.patient_keys import personal_secret
from cessl_gui.store.project import Project, project_around
from cessl_gui.tasks.export.exporting import FORMATS, ExportResult, export
from cessl_gui.tasks.models import predicting
from cessl_gui.tasks.recordings import measuring
from cessl_gui.tasks.recordings.importing import read_waveform

log = logging.getLogger(__name__)

MEASURED = ("record", "name", "quantity", "value", "unit", "why_doubtful_or_missing")
EFFECTS = ("record", "name", "code", "statement", "model", "lead", "probability", "without_lead", "lead_alone")
PREDICTED = ("file", "record", "code", "statement", "probability", "threshold", "leads", "likeness", "not_predicted")
KEY = ("copy", "record", "name", "source")


def take_out(
    project: Project, out: Path, kind: str, ids: Sequence[str], task: Task, *, deidentify: bool = False
) -> ExportResult:
    """Write one kind of export.

    kind       : one of tasks.export.exporting.FORMATS, "wfdb" as "wfdb-labels"; "measurements"; "leads"; or copies of
                 recordings in a format of ecg.writers, "csv" as "csv-signal"
    ids        : of which records; () is all
    deidentify : copies are without what could name the patient
    """
    of_labels = {"wfdb-labels": "wfdb", **{name: name for name in FORMATS if name != "wfdb"}}
    if kind in of_labels:
        return export(project, out, of_labels[kind], task, set(ids) or None)
    chosen = tuple(ids) or tuple(project.records.ids())
    if kind == "measurements":
        return export_measurements(project, out, chosen, task)
    if kind == "leads":
        return export_lead_effects(project, out, chosen, task)
    format_ = {"csv-signal": "csv"}.get(kind, kind)
    return export_copies(project, out, chosen, format_, task, secret=personal_secret() if deidentify else None)


def export_measurements(project: Project, out: Path, ids: Sequence[str], task: Task) -> ExportResult:
    """Write a row per record and quantity; what is not kept yet is measured now."""
    result = ExportResult()
    steps = task.steps("Measuring", len(ids))

    def rows() -> Iterator[dict[str, Any]]:
        for done, record_id in enumerate(ids, 1):
            task.check()
            name = project.records.get(record_id).name
            try:
                with asked(task.check):
                    measured = project.measurements.get(record_id) or measuring.measured(project, record_id)
            except Cancelled:
                raise
            except CesslError as error:
                result.left_out.append((record_id, name, str(error)))
                continue
            finally:
                steps.done(done)
            for quantity, (_, unit) in QUANTITIES.items():
                why = measured.doubtful.get(quantity) or measured.missing.get(quantity, "")
                value = measured.values.get(quantity, "")
                if value != "" or why:
                    row = (record_id, name, quantity, value, unit, why)
                    result.written += 1
                    yield dict(zip(MEASURED, row, strict=True))

    _write(full_path(out), MEASURED, rows())
    return result


def export_lead_effects(project: Project, out: Path, ids: Sequence[str], task: Task) -> ExportResult:
    """Write what the active model says of each statement without each lead, and from each lead alone."""
    model = project.models.active()
    if model is None:
        raise CesslError("There is no model yet.", "Wait until the records are predicted.")
    result = ExportResult()
    steps = task.steps("Leaving out leads", len(ids))

    def rows() -> Iterator[dict[str, Any]]:
        for done, record_id in enumerate(ids, 1):
            task.check()
            name = project.records.get(record_id).name
            try:
                with asked(task.check):
                    effect = predicting.per_lead(project, record_id, model)
            except Cancelled:
                raise
            except CesslError as error:
                result.left_out.append((record_id, name, str(error)))
                continue
            finally:
                steps.done(done)
            for column, code in enumerate(effect.statements):
                for row, lead in enumerate(LEADS_12):
                    numbers = (effect.full[column], effect.without[row, column], effect.alone[row, column])
                    said = (record_id, name, code, vocabulary()[code].name, model.id, lead)
                    result.written += 1
                    yield dict(zip(EFFECTS, (*said, *(f"{p:.5f}" for p in numbers)), strict=True))

    _write(full_path(out), EFFECTS, rows())
    return result


def predict_folder(folder: Path, out: Path, task: Task) -> ExportResult:
    """Predict all recordings of a folder with the shipped model into a table; nothing is imported."""
    from cessl_gui.ecg.readers import find_recordings
    from cessl_gui.learn.network.predict import Predictor
    from cessl_gui.tasks.models.modelling import load_backbone

    result = ExportResult()
    task.report("Loading the model")
    ready, found = Predictor(load_backbone()), find_recordings([folder])
    steps = task.steps("Predicting", len(found))

    def rows() -> Iterator[dict[str, Any]]:
        for done, one in enumerate(predicting.predict_files(ready, found, task=task), 1):
            task.check()
            steps.done(done)
            if one.error or one.record is None or one.verdict is None:
                result.left_out.append(("", one.path.name, str(one.error)))
                continue
            facts = {"file": str(one.path), "record": one.record.id, "not_predicted": one.verdict.reason}
            result.written += 1
            if one.verdict.reason:
                yield facts
            for code, p in one.probabilities.items():
                said = {"code": code, "statement": vocabulary()[code].name, "probability": p}
                cut = {"threshold": ready.thresholds.get(code, ""), "leads": " ".join(one.verdict.leads)}
                yield facts | said | cut | {"likeness": "" if one.likeness is None else one.likeness}

    _write(full_path(out), PREDICTED, rows())
    result.what = "recording"
    return result


def export_copies(
    project: Project, folder: Path, ids: Sequence[str], format_: str, task: Task, *, secret: bytes | None
) -> ExportResult:
    """Write copies of recordings into a folder, in a format of ecg.writers. Nothing is replaced.

    secret : copies are without what could name the patient, and called by pseudonyms made with it; which copy is of
             which record is written to a file next to the folder. None: copies as they are, without the patient's key
    """
    folder = full_path(folder)
    around = project_around(folder)
    if around:
        raise NotWritten(f"{folder} lies in the folder of the project {around.name}.", "Choose another place.")
    result, key = ExportResult(what="recording"), []
    steps = task.steps("Copying", len(ids))
    for done, record_id in enumerate(ids, 1):
        try:
            task.check()
        except Cancelled:  # what is written stays, and is said
            break
        info = project.records.get(record_id)
        try:
            name = _copy(project, record_id, folder, format_, secret)
            key.append(dict(zip(KEY, (name, record_id, info.name, info.source), strict=True)))
            result.written += 1
        except (ProjectError, OSError):
            raise
        except CesslError as error:
            result.left_out.append((record_id, info.name, str(error)))
        steps.done(done)
    if secret is not None and key:
        _write(folder.with_name(f"{folder.name}_key.csv"), KEY, key)
    return result


def _copy(project: Project, record_id: str, folder: Path, format_: str, secret: bytes | None) -> str:
    """The name of the copy. raises : CesslError"""
    from cessl_gui.ecg import writers

    record = read_waveform(project, record_id)
    record = replace(record, patient="") if secret is None else deidentified(record, secret)
    name = record.name if secret is not None else record_id  # a record's name may be a patient's
    out = folder / f"{name}{writers.SUFFIXES[format_][0]}"
    for target in writers.targets(out, format_):
        if os.path.lexists(target):
            raise NotWritten(f"{target.name} is there already.", "Choose an empty folder; nothing is replaced.")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        writers.write(record, out, format_, secret is not None)
    except CesslError:
        raise
    except Exception as error:
        log.warning("%s could not be written as %s", record_id, format_, exc_info=True)
        raise NotWritten(
            f"It cannot be written as {format_} ({error or type(error).__name__}).", "Choose another format."
        ) from error
    return name


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline(10_000).strip()


def _write(out: Path, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    """A table, whole or not at all, over an earlier one of the same columns alone. raises : NotWritten"""
    around = project_around(out)
    if around:
        raise NotWritten(f"{out} lies in the folder of the project {around.name}.", "Choose another place.")
    if os.path.lexists(out) and (not out.is_file() or _first_line(out) != ",".join(columns)):
        raise NotWritten(f"{out.name} is there already and is no earlier export.", "Choose another name.")
    with atomic_write(out) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: guarded(cell) for name, cell in row.items()})
