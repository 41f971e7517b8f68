"""The one click: from the labels of a project to a candidate model version."""

from __future__ import annotations

import json
import os
import platform
import uuid
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cessl_gui import __version__
from cessl_gui.core.errors import TooFewLabels, UnreadableRecording
from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.training.results import TrainingSummary
from cessl_gui.core.training.training_job import Mode, TrainingJob
from cessl_gui.core.types import ModelInfo, ModelStatus, ReadingState, RecordInfo, State
from cessl_gui.ecg.measuring.features import NAMES
from cessl_gui.learn.libraries import load_torch
from cessl_gui.learn.readiness import why_not_trainable
from cessl_gui.store.folder import out_of_fold
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite.database import now_utc
from cessl_gui.store.sqlite.moment import Moment
from cessl_gui.tasks.consensus import Consensus, project_consensus
from cessl_gui.tasks.merging_statements import merges
from cessl_gui.tasks.models import runs
from cessl_gui.tasks.models.inputs import Inputs
from cessl_gui.tasks.models.modelling import (
    active_model,
    base_model,
    load_backbone,
    model_features,
    own_answers,
    predictor,
    trained_patients,
)
from cessl_gui.tasks.models.sensitivities import Chosen, keep, with_chosen
from cessl_gui.tasks.patients import project_groups

if TYPE_CHECKING:
    from cessl_gui.learn.network.adapted import Adapted
    from cessl_gui.learn.network.backbones import Backbone
    from cessl_gui.learn.network.predict import Predictor

Labels = Mapping[str, Mapping[str, State]]

FEWEST_ALIKE = 64  # unlabelled records: fewer come again too soon in a training


def training_job(
    project: Project,
    labels: Labels,
    backbone: str,
    *,
    seed: int = 0,
    mode: Mode = Mode.AUTO,
    uncertain: str | None = None,
    sensitivity: Chosen = MappingProxyType({}),
) -> TrainingJob:
    """Everything a fine-tuning needs: labels, patients, unlabelled records. Excluded records stay out.

    sensitivity : choices beside those that the project keeps
    """
    groups = project_groups(project)
    infos = {info.id: info for info in project.records.all() if info.reading != ReadingState.EXCLUDED}
    given = {record_id: states for record_id, states in labels.items() if states and record_id in infos}
    # What was merged into another statement is learned as that one.
    used = {code for states in given.values() for code in states} - {one.code for one in merges(project)}
    in_order = [s.code for s in vocabulary().statements if s.code in used]
    return TrainingJob(
        id=uuid.uuid4().hex[:12],
        backbone=backbone,
        statements=tuple(in_order + sorted(used - set(in_order))),
        labels={record_id: {code: str(state) for code, state in states.items()} for record_id, states in given.items()},
        patients={record_id: groups[record_id] for record_id in given},
        unlabelled=_alike(infos, given),
        seed=seed,
        mode=mode,
        uncertain=uncertain,
        sensitivity=with_chosen(project, sensitivity),
    )


def _alike(infos: Mapping[str, RecordInfo], labelled: Collection[str]) -> tuple[str, ...]:
    """Records without labels from the folders that labelled ones come from; all of them where these are too few.

    Batch norm learns from them beside the labelled: ECGs of another device would move it away from what is predicted.
    """
    others = [info for info in infos.values() if info.id not in labelled]
    folders = {Path(infos[record_id].source).parent for record_id in labelled}
    alike = tuple(info.id for info in others if Path(info.source).parent in folders)
    return alike if len(alike) >= FEWEST_ALIKE else tuple(info.id for info in others)


@runs.marked
def train(
    project: Project,
    task: Task,
    *,
    seed: int = 0,
    backbone: str | None = None,
    mode: Mode = Mode.AUTO,
    labels: Labels | None = None,
    chosen: str = "",
    thread_count: int | None = None,
    uncertain: str | None = None,
    sensitivity: Chosen = MappingProxyType({}),
    start: str | None = None,
    moment: Moment | None = None,
) -> ModelInfo:
    """Fine-tune by CE-SSL on the project's labels; the result is a candidate, the active model stays as it is.

    labels      : a snapshot of the labels to learn from; default: what holds, see tasks.consensus
    moment      : when that is, with patients and records; default: when this begins
    chosen      : the reader whose word holds where readers differ and nothing was decided; "": nobody's does
    uncertain   : see TrainingJob
    sensitivity : choices beside those that the project keeps, and kept with the version
    task        : Stop.KEEP ends now with the best so far, Stop.CANCEL raises Cancelled and leaves nothing
    start       : id of the version to compare with, from whose base model it is trained; default: the active one
    thread_count: how many cores to compute on; default: all but one, which is left for the window
    raises      : TooFewLabels, Cancelled, ModelMismatch, ProjectError
    """
    load_torch(task.check)
    task.check()
    from cessl_gui.learn.network import device

    task.check()
    from cessl_gui.learn.network.adapted import to_files
    from cessl_gui.learn.network.predict import Predictor
    from cessl_gui.learn.trainer import sample_unlabelled

    current = _start(project, start, backbone)
    base = load_backbone(current.backbone)
    task.check()
    with moment or nullcontext():
        agreed = project_consensus(project, chosen) if labels is None else Consensus(labels, {})
        job = training_job(
            project, agreed.labels, base.name, seed=seed, mode=mode, uncertain=uncertain, sensitivity=sensitivity
        )
    # Drawn first, so that no more are looked at than training takes.
    job = replace(job, unlabelled=sample_unlabelled(job.unlabelled, seed))
    job = replace(job, taught=tuple(sorted(trained_patients(project, current))))
    job = _enough(project, job, inputs := Inputs(project), task, agreed)
    # No version takes more than the whole network would.
    with project.models.room(sum(tensor.nbytes for tensor in base.net.state_dict().values())):
        adapted = fit(project, job, current, task, inputs=inputs, thread_count=thread_count)
    job = replace(job, unusable=tuple(sorted(inputs.unusable)))
    made = adapted.meta | adapted.meta["metrics"] | _unused(project, inputs)
    made |= _began(current, job, made["statements"]) | {"threads": device.thread_count(thread_count)}
    made["labels_from"] = agreed.sentence if labels is None else ""
    model = _candidate(project, job, base, Predictor(base, adapted), made)
    answers = out_of_fold.to_files(adapted.answers) if adapted.answers else {}
    project.models.add(model, {**to_files(adapted), **answers, "job.json": json.dumps(asdict(job)).encode()})
    keep(project, sensitivity)
    return model


def _start(project: Project, start: str | None, backbone: str | None) -> ModelInfo:
    """The version to compare with, from whose base model it is trained: it has learned from patients of the folds."""
    current = project.models.get(start) if start else active_model(project)
    if backbone and not start and backbone != current.backbone:
        return base_model(project, backbone)
    return current


def fit(
    project: Project,
    job: TrainingJob,
    current: ModelInfo,
    task: Task,
    *,
    inputs: Inputs,
    thread_count: int | None = None,
) -> Adapted:
    """The training itself: the same job, usable recordings, machine and number of threads give the same bits.

    current : the version to compare with, from whose backbone it is trained
    inputs  : notes which recordings cannot be used
    """
    from cessl_gui.learn.judging.answers import Before, Measured
    from cessl_gui.learn.trainer import adapt

    return adapt(
        job,
        inputs.labelled,
        load_backbone(current.backbone),
        task,
        load_unlabelled=inputs.unlabelled,
        before=Before(predictor(project, current), frozenset(job.taught), own_answers(project, current)),
        measured=Measured(NAMES, lambda ids: model_features(project, ids)),
        thread_count=thread_count,
    )


def made_with() -> dict[str, str]:
    """On what a training was computed: where this differs, the same job need not give the same bits."""
    import numpy as np
    import torch

    return {
        "program": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def _why_not_learned(project: Project, agreed: Consensus) -> str:
    """Which labels there are that no training learns from, in words; "" where it learns from all."""
    labels = project.labels.all_current()
    excluded = sum(info.reading == ReadingState.EXCLUDED and info.id in labels for info in project.records.all())
    differing = len(agreed.open)
    parts = [
        f"{counted(excluded, 'labelled ECG')} {'is' if excluded == 1 else 'are'} excluded." if excluded else "",
        f"{counted(differing, 'label')} {'was' if differing == 1 else 'were'} left out because readers differ: decide"
        " them, or name the reader whose word holds."
        if differing
        else "",
    ]
    return " ".join(filter(None, parts))


def _candidate(project: Project, job: TrainingJob, base: Backbone, ready: Predictor, made: dict) -> ModelInfo:
    """The row of a new version. made : its meta and metrics, see TrainingSummary"""
    versions = sum(not model.is_base for model in project.models.all())
    return ModelInfo(
        id=f"v{versions + 1}-{job.id}",
        name=f"Version {versions + 1}",
        backbone=base.name,
        backbone_sha256=base.sha256,
        statements=tuple(ready.statements),
        thresholds=ready.thresholds,
        origin=_origin(base.name, job, made),
        status=ModelStatus.CANDIDATE,
        created_utc=now_utc(),
        summary=TrainingSummary.from_json(made),
    )


def _origin(backbone: str, job: TrainingJob, meta: dict) -> str:
    learned = {State.PRESENT, State.ABSENT} | ({State.UNCERTAIN} if job.uncertain else set())
    given = [i for i, states in job.labels.items() if any(states.get(code) in learned for code in meta["statements"])]
    patients = len({job.patients[record_id] for record_id in given})
    return (
        f"backbone {backbone} + {counted(meta['n_labelled'], 'labelled ECG')} of {counted(patients, 'patient')}"
        f" ({counted(len(meta['statements']), 'statement')}) + {counted(meta['n_unlabelled'], 'unlabelled ECG')}"
    )


def _enough(project: Project, job: TrainingJob, inputs: Inputs, task: Task, agreed: Consensus) -> TrainingJob:
    """The job without labels of recordings that cannot be used; the others are read.

    raises : TooFewLabels; UnreadableRecording where recordings are what is missing; Cancelled
    """
    inputs.look_at(tuple(job.labels), task)
    kept = {record_id: states for record_id, states in job.labels.items() if record_id not in inputs.unusable}
    given, lost = len(job.labels), len(job.labels) - len(kept)
    why = why_not_trainable(kept, job.patients)
    if why and lost:
        raise UnreadableRecording(
            f"{lost} of {counted(given, 'labelled ECG')} cannot be read any more or cannot be judged by a model,"
            " and the labels of the others are too few to train.",
            "Bring their files back to where they were, or label more ECGs.",
        )
    if why:
        raise TooFewLabels(why, _why_not_learned(project, agreed))
    return replace(job, labels=kept)


def _began(current: ModelInfo, job: TrainingJob, statements: Collection[str]) -> dict[str, Any]:
    """What a version says of where it began: the one before, what was asked of its statements, program and machine."""
    asked = {code: share for code, share in job.sensitivity.items() if code in statements}
    parent = {"compared_with": current.name, "thresholds_before": current.thresholds, "parent": current.id}
    return {**parent, "sensitivities": asked, "made_with": made_with()}


def _unused(project: Project, inputs: Inputs) -> dict[str, Any]:
    """What a version says of recordings that were not used, by name."""
    name = {record_id: project.records.get(record_id).name for record_id in inputs.unusable}
    return {
        "left_out": [name[i] for i in inputs.left_out],
        "no_ecg": {name[i]: reason for i, reason in inputs.no_ecg.items()},
    }
