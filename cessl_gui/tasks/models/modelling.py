"""The models of a project, loaded: base model, predictors, and the inputs they read."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cessl_gui.core.errors import ModelMismatch, NotAnEcg
from cessl_gui.core.measurements import Measurements, from_json, to_json
from cessl_gui.core.paths import resource, user_data
from cessl_gui.core.training.results import base_name
from cessl_gui.core.types import ModelInfo, ModelStatus, Record
from cessl_gui.ecg.gate import Verdict, judge
from cessl_gui.ecg.measuring.features import NAMES, features
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite.database import now_utc
from cessl_gui.tasks.patients import project_groups
from cessl_gui.tasks.recordings.importing import BEGINNING_S, read_waveform
from cessl_gui.tasks.recordings.measuring import measured

if TYPE_CHECKING:
    from cessl_gui.learn.network.backbones import Backbone
    from cessl_gui.learn.network.predict import Predictor

DEFAULT_BACKBONE = "tiny-5"
PREDICTORS_KEPT = 2  # the active model and the one it is compared with

_predictors: OrderedDict[tuple[str, str], Predictor] = OrderedDict()
_guard = threading.Lock()
_making = threading.Lock()  # of the base model, which a training and a prediction may both be the first to need


def load_backbone(name: str | None = None) -> Backbone:
    """The named backbone, or the shipped one.

    raises : ModelMismatch
    """
    from cessl_gui.learn.network import backbones

    return backbones.load(name or DEFAULT_BACKBONE)


def backbone_names() -> tuple[str, ...]:
    """The backbones that can be chosen, the shipped ones first. Reads no weights: quick enough for a menu."""
    folders = (resource("backbones"), user_data() / "backbones")
    files = [path for folder in folders for path in sorted(folder.glob("*.safetensors"))]
    return tuple(dict.fromkeys(path.stem for path in files if path.with_suffix(".json").is_file()))


def base_model(project: Project, name: str | None = None) -> ModelInfo:
    """The backbone as it is, as a model version of the project; the first one becomes active.

    raises : ModelMismatch
    """
    backbone = load_backbone(name)
    model_id = f"base-{backbone.name}-{backbone.sha256[:8]}"
    with _making:
        if model_id not in {model.id for model in project.models.all()}:
            _add_base(project, model_id, backbone)
        if project.models.active() is None:
            project.models.begin_with(model_id)
    return project.models.get(model_id)


def _add_base(project: Project, model_id: str, backbone: Backbone) -> None:
    from cessl_gui.learn.network.predict import Predictor

    predictor = Predictor(backbone)
    model = ModelInfo(
        id=model_id,
        name=base_name(backbone.name),
        backbone=backbone.name,
        backbone_sha256=backbone.sha256,
        statements=predictor.statements,
        thresholds=predictor.thresholds,
        origin=f"backbone {backbone.name}, none of your labels",
        status=ModelStatus.BASE,
        created_utc=now_utc(),
    )
    project.models.add(model, {})


def active_model(project: Project) -> ModelInfo:
    """The active model; a project without any gets the base model."""
    return project.models.active() or base_model(project)


def predictor(project: Project, model: ModelInfo) -> Predictor:
    """A model version, loaded and its files checked; kept in memory for the next call.

    raises : ModelMismatch, ProjectError
    """
    from cessl_gui.learn.network import adapted
    from cessl_gui.learn.network.predict import Predictor

    key = (str(project.folder), model.id)
    with _guard:
        if key not in _predictors:
            backbone = load_backbone(model.backbone)
            if backbone.sha256 != model.backbone_sha256:
                raise ModelMismatch(
                    f"{model.name} was made with another version of the backbone {model.backbone}.",
                    "Install that version of the program, or train again.",
                )
            trained = None if model.is_base else adapted.from_files(project.models.check_files(model.id))
            _predictors[key] = Predictor(backbone, trained)
        _predictors.move_to_end(key)
        while len(_predictors) > PREDICTORS_KEPT:
            _predictors.popitem(last=False)
        return _predictors[key]


def judged_input(record: Record) -> tuple[np.ndarray | None, Verdict]:
    """What the model reads of a recording, float32 (12, 6144), and on which leads it rests; None where it is no ECG."""
    verdict = judge(record)
    return input_of(record, verdict), verdict


def input_of(record: Record, verdict: Verdict) -> np.ndarray | None:
    """What the model reads of a recording that was judged."""
    if verdict.reason:
        return None
    leads = [lead if lead in verdict.leads else "" for lead in record.leads]
    return to_model_input(record.signal_mv, record.fs_hz, leads)


def model_input(record: Record) -> np.ndarray:
    """float32 (12, 6144), zero in leads without a plausible signal. raises : NotAnEcg"""
    x, verdict = judged_input(record)
    if x is None:
        raise NotAnEcg(f"{record.name} is not predicted: {verdict.reason}.", "Look at it, and check its file.")
    return x


def refusals(project: Project, ids: Iterable[str]) -> dict[str, str]:
    """Record id -> why it is no ECG that a model can judge. Read again are only those that no model has met yet.

    raises : UnreadableRecording
    """
    known = project.predictions.judged()
    reasons = {i: known[i] if i in known else judge(read_waveform(project, i, BEGINNING_S)).reason for i in ids}
    return {record_id: reason for record_id, reason in reasons.items() if reason}


def model_inputs(project: Project, ids: Sequence[str]) -> np.ndarray:
    """float32 (n, 12, 6144) of records of a project.

    raises : UnreadableRecording, NotAnEcg
    """
    return np.stack([model_input(read_waveform(project, record_id, BEGINNING_S)) for record_id in ids])


def model_features(project: Project, ids: Sequence[str], names: Sequence[str] = NAMES) -> np.ndarray:
    """float64 (n, names): what a model reads beside the signal, by default all of it; measured once and kept.

    raises : UnreadableRecording
    """
    if not names:
        return np.zeros((len(ids), 0))
    columns = [NAMES.index(name) if name in NAMES else len(NAMES) for name in names]
    rows = np.array([features(_as_kept(project, record_id)) for record_id in ids]).reshape(-1, len(NAMES))
    return np.hstack([rows, np.full((len(rows), 1), np.nan)])[:, columns]


def _as_kept(project: Project, record_id: str) -> Measurements:
    """Rounded as the project keeps them, there already or not: what was learned from comes again to the bit."""
    kept = project.measurements.get(record_id)
    return kept or from_json(record_id, to_json(measured(project, record_id)))


def record_features(record: Record, names: Sequence[str]) -> np.ndarray:
    """As `model_features`, (names,), of a recording outside any project."""
    row = {}
    if names:
        row = dict(zip(NAMES, features(from_json(record.id, to_json(measure(record)))), strict=True))
    return np.array([row.get(name, np.nan) for name in names])


def own_answers(project: Project, model: ModelInfo) -> dict[str, dict[str, float]]:
    """Record id -> code -> what a version says of it without having learned from its patient, where that is kept."""
    if model.summary is None:
        return {}
    answers = project.models.out_of_fold(model.id)
    if answers is not None:
        return {
            record_id: {c: float(p) for c, p in zip(answers.statements, row, strict=True) if np.isfinite(p)}
            for record_id, row in zip(answers.ids, answers.after, strict=True)
        }
    kept = model.summary.comparison.holdout.items()
    return {record_id: {code: after for code, (_, _, after) in said.items()} for record_id, said in kept}


def trained_patients(project: Project, model: ModelInfo) -> frozenset[str]:
    """The patients (a record id where there is none) whose labels this version was fitted to or chosen by.

    Those that a training held out to compare are not among them, nor those who had no labels then. What the backbone
    was pre-trained on is not known here.
    raises : ProjectError, ModelMismatch
    """
    if model.is_base:
        return frozenset()
    try:
        job = json.loads((project.models.check_files(model.id) / "job.json").read_text(encoding="utf-8"))
        if model.summary is None:
            raise ValueError("no summary")
        # Where folds judged it, it has learned from all of them in the end.
        judged = () if model.summary.folds else model.summary.comparison.holdout
        held_out = {job["patients"][record_id] for record_id in judged}
        # By their records: the keys of patients, and who belongs together, may have changed since.
        now = project_groups(project)
        return frozenset(
            now.get(record_id, patient) for record_id, patient in job["patients"].items() if patient not in held_out
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelMismatch(
            f"What {model.name} learned from is not on record: its files are damaged or of another version.",
            "Go back to another version, or to the base model.",
        ) from error
