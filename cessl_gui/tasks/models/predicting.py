"""Predictions: of a project's records, of files, and of one record lead by lead and window by window."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cessl_gui.core.errors import CesslError, UnreadableRecording
from cessl_gui.core.scratch import asked
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import LEADS_12, ModelInfo, PerLead, PerWindow, Prediction, Record
from cessl_gui.ecg.gate import Verdict
from cessl_gui.ecg.preprocess import INPUT_FS_HZ, INPUT_SAMPLES
from cessl_gui.ecg.readers import find_recordings, read_certain
from cessl_gui.learn.libraries import load_torch
from cessl_gui.store.project import Project
from cessl_gui.tasks.models.modelling import (
    DEFAULT_BACKBONE,
    active_model,
    model_features,
    model_input,
    predictor,
    record_features,
)
from cessl_gui.tasks.models.preparing import Prepared, prepared
from cessl_gui.tasks.recordings.away import Folders
from cessl_gui.tasks.recordings.importing import BEGINNING_S, read_waveform

if TYPE_CHECKING:
    from cessl_gui.learn.network.predict import Predictor

log = logging.getLogger(__name__)

LeadTables = dict[str, dict[str, dict[str, float]]]  # "without" or "alone" -> lead -> code -> probability

BATCH = 16
FILES = 16  # a worker takes at a time, at most
FILES_MODEL = f"base-{DEFAULT_BACKBONE}"


class FilePrediction(NamedTuple):
    """What the model says of one file.

    record        : without its signal; None where the file cannot be read, `error` then says why
    probabilities : empty where it is no ECG that the model can judge; `verdict` then says why
    tables        : "without" and "alone", as LeadTables, where they were asked for
    """

    path: Path
    record: Record | None
    probabilities: dict[str, float]
    tables: LeadTables
    verdict: Verdict | None
    likeness: float | None
    error: CesslError | None


def predict_all(
    project: Project, task: Task, model: ModelInfo | None = None, *, folders: Folders | None = None
) -> list[str]:
    """Predict every record that this model (default: the active one) has not seen yet, and keep the predictions, or
    why it is no ECG that the model can judge.

    folders : what is known of the folders of recordings; says afterwards which are away, all in one
    returns : names of the records that are there and could not be read
    raises  : Cancelled; what was predicted until then is kept
    """
    if not (model or project.models.active()):
        load_torch(task.check)  # the base model is made with it
    model, folders = model or active_model(project), folders or Folders()
    missing = folders.readable(project, project.predictions.missing(model.id))
    if folders.away:
        log.warning("not predicted: %s", folders.sentence)
    if not missing:
        return []
    load_torch(task.check)
    from cessl_gui.learn.network import device

    task.report("Loading the model")
    ready = predictor(project, model)

    def read(record_id: str) -> Record:
        return read_waveform(project, record_id, BEGINNING_S)

    def measured(record_id: str, record: Record) -> np.ndarray:
        return model_features(project, [record_id], ready.measured)[0]

    steps, unreadable = task.steps("Predicting", len(missing)), []
    for i in range(0, len(missing), BATCH):
        task.check()
        with asked(task.check):
            batch = prepared(missing[i : i + BATCH], read, measured)
        for one in batch:
            if one.error:
                log.warning("%s could not be prepared for the model", one.name, exc_info=one.error)
                unreadable.append(project.records.get(one.name).name)
        with device.threads():
            predicted = _probabilities(ready, batch)
        named = [
            Prediction(one.name, model.id, said, one.verdict.leads, likeness)
            for one, (said, likeness) in zip(batch, predicted, strict=True)
            if one.verdict and one.shown
        ]
        refused = {one.name: one.verdict.reason for one in batch if one.verdict and one.verdict.reason}
        project.predictions.write(model.id, named, refused)
        steps.done(min(i + BATCH, len(missing)))
    return unreadable


def _probabilities(ready: Predictor, batch: Sequence[Prepared]) -> list[tuple[dict[str, float], float | None]]:
    """In one batch, with the likeness where the backbone tells it; nothing where there is no input."""
    given = [one.shown for one in batch if one.shown is not None]
    if not given:
        return [({}, None)] * len(batch)
    p, likeness = ready.predict_and_compare(*(np.stack(parts) for parts in zip(*given, strict=True)))
    rows = iter(zip(p, [None] * len(given) if likeness is None else likeness.tolist(), strict=True))

    def said() -> tuple[dict[str, float], float | None]:
        row, share = next(rows)
        return _named(ready.statements, row), None if share is None else round(share, 4)

    return [({}, None) if one.shown is None else said() for one in batch]


def predict_files(
    ready: Predictor, paths: Iterable[Path], with_per_lead: bool = False, task: Task = NOBODY_WAITS
) -> Iterator[FilePrediction]:
    """Predict recordings outside any project, in the order of their paths.

    with_per_lead : also the two tables of each
    raises        : Cancelled
    """
    from concurrent.futures import ThreadPoolExecutor

    load_torch()
    from cessl_gui.learn.network import device

    recordings = find_recordings(paths)
    workers = os.cpu_count() or 1
    # Each worker takes some files all the way in one thread: reading and filtering overlap with the network, and one
    # network on two cores is hardly quicker than on one, while two are twice as quick.
    with device.threads(1), ThreadPoolExecutor(workers) as pool:
        size = min(FILES, -(-len(recordings) // workers)) or 1
        batches = (recordings[i : i + size] for i in range(0, len(recordings), size))
        work = partial(_predict_batch, ready, with_per_lead, task)
        coming = deque(pool.submit(work, batch) for batch in islice(batches, workers + 1))
        while coming:
            done = coming.popleft().result()
            coming.extend(pool.submit(work, batch) for batch in islice(batches, 1))
            yield from done


def _predict_batch(ready: Predictor, with_per_lead: bool, task: Task, paths: list[Path]) -> list[FilePrediction]:
    with asked(task.check):
        batch = prepared(paths, read_certain, lambda path, record: record_features(record, ready.measured))
    predictions = []
    for one, (predicted, likeness) in zip(batch, _probabilities(ready, batch), strict=True):
        tables = {}
        if with_per_lead and one.shown:
            _, *two_tables = ready.per_lead(*one.shown)
            tables = _tables(ready.statements, *two_tables)
        error = _why(one.name, one.error) if one.error else None
        predictions.append(FilePrediction(one.name, one.record, predicted, tables, one.verdict, likeness, error))
    return predictions


def _why(path: Path, error: Exception) -> CesslError:
    if isinstance(error, CesslError):
        return error
    log.warning("%s could not be prepared for the model", path, exc_info=error)
    why = f"{path.name} could not be prepared for the model ({error or type(error).__name__})."
    return UnreadableRecording(why, "Check the recording with the program that made it.")


def per_lead(project: Project, record_id: str, model: ModelInfo | None = None, left_out: Sequence[str] = ()) -> PerLead:
    """Influence of one record: each lead left out, each lead alone.

    left_out : leads that take no part at all, as if they were missing
    raises : NotAnEcg, UnreadableRecording
    """
    load_torch()
    from cessl_gui.learn.network import device

    model = model or active_model(project)
    ready = predictor(project, model)
    one = model_input(read_waveform(project, record_id, BEGINNING_S))
    one[[LEADS_12.index(lead) for lead in left_out]] = 0
    with device.threads():
        full, without, alone = ready.per_lead(one, model_features(project, [record_id], ready.measured)[0])
    return PerLead(record_id, model.id, tuple(ready.statements), full, without, alone, tuple(left_out))


def per_window(project: Project, record_id: str, task: Task, model: ModelInfo | None = None) -> PerWindow:
    """Influence of one record within its leads: windows of half a second of what the model reads of it.

    raises : Cancelled, NotAnEcg, UnreadableRecording
    """
    load_torch(task.check)
    from cessl_gui.learn.network import device
    from cessl_gui.learn.network.predict import WINDOW

    model = model or active_model(project)
    record = read_waveform(project, record_id, BEGINNING_S)
    ready = predictor(project, model)
    samples = min(INPUT_SAMPLES, round(record.duration_s * INPUT_FS_HZ))
    edges = np.array([*range(0, samples, WINDOW), samples])
    with device.threads():
        beside = model_features(project, [record_id], ready.measured)[0]
        full, masked = ready.per_window(model_input(record), edges, task, beside)
    return PerWindow(record_id, model.id, tuple(ready.statements), full, edges / INPUT_FS_HZ, masked)


def per_lead_tables(result: PerLead) -> LeadTables:
    """The two tables as {"without": {lead: {code: p}}, "alone": {lead: {code: p}}}."""
    return _tables(result.statements, result.without, result.alone)


def _tables(statements: Iterable[str], without: np.ndarray, alone: np.ndarray) -> LeadTables:
    return {
        name: {lead: _named(statements, row) for lead, row in zip(LEADS_12, table, strict=True)}
        for name, table in (("without", without), ("alone", alone))
    }


def _named(statements: Iterable[str], row: np.ndarray) -> dict[str, float]:
    return {code: round(float(p), 5) for code, p in zip(statements, row, strict=True)}
