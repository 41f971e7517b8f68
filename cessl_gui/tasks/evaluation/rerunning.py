"""A run is repeated from what was stored with it, and compared bit for bit."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.core.plural import counted
from cessl_gui.core.task import Task
from cessl_gui.core.training.training_job import Mode, TrainingJob
from cessl_gui.core.types import ModelInfo
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation import versions
from cessl_gui.tasks.models import training
from cessl_gui.tasks.models.inputs import Inputs
from cessl_gui.tasks.models.modelling import base_model


@dataclass(frozen=True)
class Rerun:
    """differs : names of the tensors that came out otherwise; changed : what is otherwise now, (then, now) by name"""

    model: ModelInfo
    differs: tuple[str, ...]
    changed: dict[str, tuple[str, str]]

    @property
    def is_same(self) -> bool:
        return not self.differs

    @property
    def words(self) -> str:
        if self.is_same:
            return f"{self.model.name}: the same, bit for bit."
        why = ", ".join(f"{name} {then} then, {now} now" for name, (then, now) in self.changed.items())
        reason = f" It was made with {why}." if why else " Nothing of the program or machine is known to differ."
        return f"{self.model.name}: {len(self.differs)} tensors differ, {self.differs[0]} first.{reason}"


def rerun(project: Project, model: ModelInfo, task: Task) -> Rerun:
    """Train again on the stored labels, with the stored seed and number of threads. Nothing is kept.

    raises : ModelMismatch where what it was made from is not on record, Cancelled, ProjectError, UnreadableRecording
    """
    from cessl_gui.learn.network import adapted

    job, parent = job_of(project, model), versions.parent_of(project, model)
    summary = model.summary
    assert summary is not None
    if summary.stopped_early_by_person:
        raise ModelMismatch(f"{model.name} was stopped by a person.", "Repeat a run that ended by itself.")
    gone = {*job.labels, *job.unlabelled} - {info.id for info in project.records.all()}
    if gone:
        raise ModelMismatch(
            f"{counted(len(gone), 'ECG')} that {model.name} was made from {'was' if len(gone) == 1 else 'were'} removed"
            " from the project.",
            "A training can only be repeated with all of its ECGs; the version itself works as before.",
        )
    before = parent or base_model(project, model.backbone)
    then = adapted.from_files(project.models.check_files(model.id)).tensors
    inputs = Inputs(project)
    now = training.fit(project, job, before, task, inputs=inputs, thread_count=summary.threads or None).tensors
    names = sorted({*then, *now})
    differs = [n for n in names if n not in then or n not in now or not np.array_equal(then[n], now[n])]
    current = training.made_with()
    known = {name: (str(value), current.get(name, "")) for name, value in summary.made_with.items()}
    # Those with labels are no longer in the job.
    then_lost = set(job.unusable) & set(job.unlabelled)
    if then_lost != inputs.unusable:
        known["unlabelled ECGs that could not be used:"] = str(len(then_lost)), str(len(inputs.unusable))
    return Rerun(model, tuple(differs), {name: both for name, both in known.items() if both[0] != both[1]})


def job_of(project: Project, model: ModelInfo) -> TrainingJob:
    """The snapshot of labels, patients, unlabelled ECGs and choices that a version was made from.

    raises : ModelMismatch
    """
    if model.is_base:
        raise ModelMismatch(f"{model.name} was not trained here.", "Choose a version that was.")
    try:
        given = json.loads((project.models.check_files(model.id) / "job.json").read_text(encoding="utf-8"))
        job = TrainingJob(**{key: value for key, value in given.items() if key in TrainingJob.__dataclass_fields__})
        mode = Mode(job.mode)
    except (OSError, ValueError, TypeError) as error:
        raise ModelMismatch(
            f"What {model.name} was made from is not in this project.", "A version from a file cannot be repeated."
        ) from error
    job = replace(job, statements=tuple(job.statements), unlabelled=tuple(job.unlabelled), taught=tuple(job.taught))
    job = replace(job, unusable=tuple(job.unusable))
    return replace(job, mode=mode)
