"""Measurements of a project's records: made once, in the background, and kept in the project."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from cessl_gui.core.errors import Cancelled, CesslError, ProjectError
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.scratch import asked
from cessl_gui.core.task import Task
from cessl_gui.ecg.measuring.measurements import measure, with_beat
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.away import Folders
from cessl_gui.tasks.recordings.importing import BEGINNING_S, read_waveform

log = logging.getLogger(__name__)

BATCH = 8  # records that are kept in one transaction


def measured(project: Project, record_id: str) -> Measurements:
    """The measurements of one record, with its median beat: as kept, else made now and kept.

    raises : UnreadableRecording
    """
    kept, revision = project.measurements.get(record_id), project.measurements.revision(record_id)
    record = read_waveform(project, record_id, BEGINNING_S)
    if kept is not None:
        return with_beat(kept, record)
    made = measure(record)
    _keep(project, [(made, revision)])
    return made


def measure_missing(
    project: Project,
    task: Task,
    record_ids: Iterable[str] | None = None,
    kept: Callable[[tuple[str, ...]], object] = lambda ids: None,
    folders: Folders | None = None,
) -> list[str]:
    """Measure every record of which nothing is kept, and keep it.

    record_ids : only these
    kept       : is told, in this thread, of which records there are measurements now
    folders    : what is known of the folders of recordings; says afterwards which are away, all in one
    returns    : records that are there and could not be read
    raises     : Cancelled; what was kept until then stays
    """
    only = None if record_ids is None else set(record_ids)
    folders = folders or Folders()
    missing = folders.readable(project, (i for i in project.measurements.missing() if only is None or i in only))
    if folders.away:
        log.warning("not measured: %s", folders.sentence)
    steps, unreadable = task.steps("Measuring", len(missing)), []
    for i in range(0, len(missing), BATCH):
        made = []
        for done, record_id in enumerate(missing[i : i + BATCH], i):
            task.check()
            revision = project.measurements.revision(record_id)
            try:
                with asked(task.check):
                    record = read_waveform(project, record_id, BEGINNING_S)
                made.append((measure(record), revision))
            except Cancelled:
                raise
            except Exception as error:  # whatever one recording brings about, the others are measured
                is_ours = isinstance(error, CesslError)
                log.warning("%s could not be measured: %s", record_id, error, exc_info=not is_ours)
                unreadable.append(record_id)
            steps.done(done + 1)
        if not _keep(project, made):
            return unreadable
        kept(tuple(m.record_id for m, _ in made))
    return unreadable


def _keep(project: Project, made: list[tuple[Measurements, int]]) -> bool:
    """False where nothing can be kept: the figures can be shown all the same."""
    try:
        project.measurements.keep(made)
    except ProjectError as error:
        log.info("measurements are not kept: %s", error)
        return False
    return True
