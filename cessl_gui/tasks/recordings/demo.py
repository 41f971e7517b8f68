"""The demo project: synthetic ECGs, a third of them labelled, so that the one click works in the first minute."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from cessl_gui.core.files import full_path
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, Record, State
from cessl_gui.ecg.synthetic import CODES, demo_records
from cessl_gui.store.log import device
from cessl_gui.store.project import Project, put_in_place

READER = "demo"
LABELLED_EVERY = 3


def make_demo(folder: Path, task: Task, n: int = 120, seed: int = 0) -> None:
    """Generate the demo project at `folder`, which must not exist yet; whole or not at all.

    raises : Cancelled, ProjectError
    """
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a crash; nobody has entered anything there
    device.forget_place(full_path(unfinished))
    try:
        with Project.open(unfinished) as project:
            _fill(project, demo_records(n, seed), n, task)
        put_in_place(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _fill(project: Project, records: Iterable[Record], n: int, task: Task) -> None:
    steps = task.steps("Generating synthetic ECGs", n)
    project.settings.set("panel", list(CODES))
    for i, record in enumerate(records):
        task.check()
        project.waveforms.write(record)
        with project.atomic():
            project.records.add(record)
            if i % LABELLED_EVERY == 0:
                labels = [
                    (record.id, code, State.PRESENT if code in record.statements else State.ABSENT) for code in CODES
                ]
                project.labels.set_many(labels, READER)
                project.records.set_reading(record.id, ReadingState.CONFIRMED, READER)
        steps.done(i + 1)
