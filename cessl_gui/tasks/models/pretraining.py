"""Pre-training with projects among the sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.importing import BEGINNING_S, read_waveform


def pretrain(config_path: Path, task: Task) -> Path:
    """`learn.pretraining.run.pretrain` where a source may be of kind "project": the path of a NAME.cessl folder.

    raises : CesslError, among them ProjectBusy while a window holds the project
    """
    from cessl_gui.learn.pretraining import run
    from cessl_gui.learn.pretraining.sources import KINDS

    with ExitStack() as opened:
        return run.pretrain(config_path, task, {**KINDS, "project": partial(_labelled, opened)})


def _labelled(opened: ExitStack, folder: Path) -> Iterator:
    """The ECGs of a project that people labelled; a statement is assessed where someone said present or absent.

    Excluded records stay out.
    """
    from cessl_gui.learn.pretraining.sources import Ecg

    project = opened.enter_context(Project.open(folder, create=False))
    patients = {info.id: info.patient for info in project.records.all() if info.reading != ReadingState.EXCLUDED}
    for record_id, states in project.labels.all_current().items():
        if record_id not in patients:
            continue
        assessed = frozenset(code for code, state in states.items() if state != State.UNCERTAIN)
        present = frozenset(code for code in assessed if states[code] == State.PRESENT)
        yield Ecg(
            record_id, patients[record_id] or record_id, None, present, assessed, partial(_read, project, record_id)
        )


def _read(project: Project, record_id: str):
    record = read_waveform(project, record_id, BEGINNING_S)
    return record.signal_mv, record.fs_hz, record.leads
