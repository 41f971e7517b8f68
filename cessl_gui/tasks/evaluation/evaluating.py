"""How good a model is on given labels: scores with bootstrap intervals, beside the model before any training."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cessl_gui.core.scratch import asked
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import ModelInfo, ReadingState, State
from cessl_gui.learn.judging import metrics
from cessl_gui.store.project import Project
from cessl_gui.tasks.labels.label_tables import LabelsFileError, read_table
from cessl_gui.tasks.models.modelling import (
    active_model,
    base_model,
    load_backbone,
    model_features,
    model_inputs,
    predictor,
    refusals,
    trained_patients,
)
from cessl_gui.tasks.patients import project_groups

if TYPE_CHECKING:
    from cessl_gui.learn.network.predict import Predictor

Labels = dict[str, dict[str, float]]

BATCH = 16
DRAWS = 1000
COLUMNS = ("record", "code", "state")
VALUES = {State.PRESENT: 1.0, State.ABSENT: 0.0}
UNKNOWN_P = 0.5  # what a model says of a statement that it does not know
SCORES = ("auc", "average_precision", "f2")


def read_labels(path: Path, project: Project) -> Labels:
    """Record id -> code -> 1 or 0 from a table with the columns record, code, state; uncertain is left out.

    record : id or name of a record of the project
    A row whose column `reading` says excluded, or `shown` 0 (another reader's), as an export's can, is left out. Of
    codes that mean the same (Statement.also) a statement is present where either is, and absent where one is and none
    is present or uncertain.
    raises : LabelsFileError, also where two lines say different things of the same code
    """
    table = read_table(path)
    if not set(table.columns) >= set(COLUMNS):
        raise LabelsFileError(f"{path.name} lacks a column.", "It needs the columns record, code, state.")
    infos = project.records.all()
    by_name: dict[str, set[str]] = {}
    for info in infos:
        by_name.setdefault(info.name, set()).add(info.id)
        by_name.setdefault(info.id, set()).add(info.id)
    given: dict[tuple[str, str], dict[str, tuple[str, int]]] = {}  # record, statement -> code as given -> state, line
    for line, row in table.rows:
        record, word, state = (row.get(name, "") for name in COLUMNS)
        ids = by_name.get(record, set())
        if len(ids) != 1:
            fault = "is not in this project" if not ids else "is the name of several records; use the id"
            raise LabelsFileError(f"Line {line} of {path.name}: {record} {fault}.")
        state = state.casefold()
        if state not in {*State, "", "not assessed"}:
            raise LabelsFileError(f"Line {line} of {path.name}: {state} is no state.", f"Use {', '.join(State)}.")
        if state in {*State} and row.get("reading") != ReadingState.EXCLUDED and row.get("shown") != "0":
            code, word = _codes(word)
            (record_id,) = ids
            lines = given.setdefault((record_id, code), {})
            before, first = lines.setdefault(word, (state, line))
            if before != state:
                raise LabelsFileError(
                    f"Lines {first} and {line} of {path.name} say {before} and {state} of the same.",
                    "Keep one of them.",
                )
    truth: Labels = {}
    for (record_id, code), lines in given.items():
        states = {State(state) for state, _ in lines.values()}
        if State.PRESENT in states or states == {State.ABSENT}:
            truth.setdefault(record_id, {})[code] = VALUES[State.PRESENT if State.PRESENT in states else State.ABSENT]
    return truth


def _codes(word: str) -> tuple[str, str]:
    """The code of the statement that a word means, and which of the codes that mean the same it is."""
    statement = vocabulary()[word]
    return statement.code, word if word in statement.also else statement.code


def evaluate(
    project: Project,
    truth: Labels,
    task: Task,
    model: ModelInfo | None = None,
    *,
    seed: int = 0,
    with_training_records: bool = False,
) -> dict:
    """Scores of a model (default: the active one) on labels, per class and macro, with 95 % bootstrap intervals.

    truth   : record id -> code -> 1 or 0; what is not there is not assessed
    returns : JSON-able: model, name, origin, n, n_patients, macro {score: {value, low, high}}, classes {code: ...},
              no_model {code: n_present}: statements that the model does not know, which enter no score;
              training_records {n, n_patients, scored}: those of `truth` whose patient the model was trained on, which
              are scored only if asked for; no_ecg {record id: why}: recordings that are no ECG, which enter no score;
              compared {other: ...}: macro scores of the base model and of an untrained output layer on the same
              statements, with the interval of the difference in macro AUC
    raises  : LabelsFileError if nothing is left to score
    Patients, not records, are drawn again. A class that lacks present or absent has no score and enters no mean. An
    interval is given only for classes with patients enough (`metrics.supported`), and the macro scores are over these,
    macro_over; where there is none they are over all, without an interval. Where the base model does not know a class,
    its AUC there is 0.5, and its other macro scores are None.
    """
    model = model or active_model(project)
    patient_of = project_groups(project)
    truth, no_ecg, training_records = _to_score(
        project, truth, model, patient_of, task=task, with_training_records=with_training_records
    )
    ready = predictor(project, model)
    given = sorted({code for states in truth.values() for code in states})
    codes = [code for code in given if code in ready.statements]
    if not codes:
        names = ", ".join(vocabulary()[code].name for code in given)
        raise LabelsFileError(f"{model.name} knows none of the statements with labels: {names}.", "Label others.")
    ids = sorted(truth)
    patients = [patient_of[i] for i in ids]
    models = {"model": ready, "base model": predictor(project, base_model(project, model.backbone))}
    task.check()
    models["untrained output layer"] = _untrained(model.backbone, codes, seed)
    y = np.array([[truth[i].get(code, np.nan) for code in codes] for i in ids])
    enough = metrics.supported(y, patients)
    over = np.flatnonzero(enough) if enough.any() else np.arange(len(codes))
    p = _probabilities(project, ids, models, codes, task)
    whole = {name: _table(models[name], p[name], y, codes, np.arange(len(ids))) for name in models}
    steps, every = task.steps("Bootstrap", DRAWS), metrics.patient_draws(patients, seed, DRAWS)
    spread: dict[str, list[np.ndarray]] = {name: [] for name in models}
    for number, rows in enumerate(every, 1):
        task.check()
        for name in models:
            spread[name].append(_table(models[name], p[name], y, codes, rows))
        steps.done(number)
    draws = {name: np.array(tables) for name, tables in spread.items()}  # (draws, scores, classes)
    some = slice(None) if enough.any() else slice(0)  # none where an interval would claim too much
    macro = {name: (_mean(whole[name][:, over]), _mean(draws[name][some][:, :, over])) for name in models}
    return {
        "model": model.id,
        "name": model.name,
        "origin": model.origin,
        "n": len(ids),
        "n_patients": len(set(patients)),
        "training_records": training_records,
        "no_ecg": no_ecg,
        "macro": _scored(*macro["model"]),
        "macro_over": [codes[c] for c in over],
        "classes": _classes(codes, y, whole["model"], draws["model"], enough),
        "no_model": {
            code: sum(states.get(code) == 1 for states in truth.values()) for code in given if code not in codes
        },
        "compared": _compared(macro),
    }


def _to_score(
    project: Project,
    truth: Labels,
    model: ModelInfo,
    patient_of: Mapping[str, str],
    *,
    task: Task,
    with_training_records: bool,
) -> tuple[Labels, dict[str, str], dict]:
    """The labels that are scored, why others are no ECG, and `training_records` of evaluate.

    raises : LabelsFileError if nothing is left
    """
    if not truth:
        raise LabelsFileError("There is no label to compare with.", "Give present or absent for some records.")
    with asked(task.check):
        no_ecg = refusals(project, truth)
    truth = {i: states for i, states in truth.items() if i not in no_ecg}
    if not truth:
        raise LabelsFileError(
            f"None of the {len(no_ecg)} recordings with labels is an ECG that a model can judge.",
            "`cessl predict` says of each why.",
        )
    trained_on = trained_patients(project, model)
    seen = {i for i in truth if patient_of[i] in trained_on}
    if not with_training_records:
        truth = {i: states for i, states in truth.items() if i not in seen}
        if not truth:
            raise LabelsFileError(
                f"All {len(seen)} ECGs with labels are of patients that {model.name} was trained on.",
                "Give labels of other patients; --with-training-records scores these all the same.",
            )
    patients = {patient_of[i] for i in seen}
    return truth, no_ecg, {"n": len(seen), "n_patients": len(patients), "scored": with_training_records}


def _classes(
    codes: list[str], y: np.ndarray, whole: np.ndarray, draws: np.ndarray, enough: np.ndarray
) -> dict[str, dict]:
    """Counts and scores of each class; an interval for those with patients enough."""
    return {
        code: {
            "name": vocabulary()[code].name,
            "n_present": int((y[:, c] == 1).sum()),
            "n_absent": int((y[:, c] == 0).sum()),
            **_scored(whole[:, c], draws[: None if enough[c] else 0, :, c]),
        }
        for c, code in enumerate(codes)
    }


def _scored(values: np.ndarray, draws: np.ndarray) -> dict:
    """Each score with its interval. values : (scores,); draws : (draws, scores)"""
    return {which: _with_interval(values[s], draws[:, s]) for s, which in enumerate(SCORES)}


def _compared(macro: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, dict]:
    """The macro scores of the other models, with the difference in AUC to the first."""
    (own_value, own_draws), *_ = macro.values()
    return {
        name: {
            **_scored(value, draws),
            "auc_difference": _with_interval(own_value[0] - value[0], own_draws[:, 0] - draws[:, 0]),
        }
        for name, (value, draws) in list(macro.items())[1:]
    }


def _probabilities(project: Project, ids: list[str], models: dict, codes: list[str], task: Task) -> dict:
    """Model name -> (records, codes); 0.5 for a statement that a model does not know."""
    from cessl_gui.learn.network import device

    steps = task.steps("Predicting", len(ids))
    parts: dict[str, list[np.ndarray]] = {name: [] for name in models}
    for i in range(0, len(ids), BATCH):
        with asked(task.check):
            inputs = model_inputs(project, ids[i : i + BATCH])
        for name, ready in models.items():
            task.check()
            with device.threads():
                predicted = ready.predict(inputs, model_features(project, ids[i : i + BATCH], ready.measured))
            at = {code: c for c, code in enumerate(ready.statements)}
            unknown = np.full(len(predicted), UNKNOWN_P)
            parts[name].append(np.stack([predicted[:, at[c]] if c in at else unknown for c in codes], axis=1))
        steps.done(min(i + BATCH, len(ids)))
    return {name: np.concatenate(rows) for name, rows in parts.items()}


def _table(ready: Predictor, p: np.ndarray, y: np.ndarray, codes: list[str], rows: np.ndarray) -> np.ndarray:
    """(scores, classes) of these rows; NaN where a class lacks present or absent.

    Nothing but AUC where the model does not know all of them: a mean over fewer would stand beside means over all.
    """
    y, p = y[rows], p[rows]
    called = (p >= [ready.thresholds.get(code, 0.5) for code in codes]).astype(float)
    both = (y == 1).any(0) & (y == 0).any(0)
    table = np.stack(
        [
            metrics.per_class(metrics.auc, y, p),
            metrics.per_class(metrics.average_precision, y, p),
            metrics.per_class(lambda t, b: metrics.f_g_beta(t, b)[0], y, called),
        ]
    )
    table = np.where(both, table, np.nan)
    if not set(codes) <= set(ready.statements):
        # With one probability for all, average precision tells the order of the records, F2 that all were called.
        table[1:] = np.nan
    return table


def _mean(table: np.ndarray) -> np.ndarray:
    """Mean over the classes (last axis) that have a score."""
    known = np.isfinite(table)
    return np.where(known, table, 0).sum(-1) / np.where(known.any(-1), known.sum(-1), np.nan)


def _with_interval(value: float, draws: np.ndarray) -> dict[str, float | None]:
    low, high = metrics.percentile_interval(draws)
    return {"value": _number(value), "low": _number(low), "high": _number(high)}


def _untrained(backbone_name: str, codes: list[str], seed: int) -> Predictor:
    """The backbone under an output layer of random weights: what the labels had to improve on at least."""
    import torch

    from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet, load_strictly
    from cessl_gui.learn.network.backbones import Backbone
    from cessl_gui.learn.network.predict import Predictor

    backbone = load_backbone(backbone_name)
    state = copy.copy(backbone.net.state_dict())
    generator = torch.Generator().manual_seed(seed)
    width = backbone.spec.width
    state["classifier.1.weight"] = torch.empty(len(codes), width).normal_(0, width**-0.5, generator=generator)
    state["classifier.1.bias"] = torch.zeros(len(codes))
    spec = BackboneSpec(backbone.name, width, backbone.spec.layers, tuple(codes))
    net = load_strictly(CesslNet(spec), state).eval()
    return Predictor(Backbone(net, "untrained", ""))


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
