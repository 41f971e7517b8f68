"""How good a model is on given labels: scores with bootstrap intervals, beside the model before any training."""

from __future__ import annotations

import copy
import csv
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import CesslError
from cessl_gui.core.types import ModelInfo, State
from cessl_gui.core.vocabulary import vocabulary
from cessl_gui.store.project import Project
from cessl_gui.tasks.modelling import active_model, base_model, load_backbone, model_inputs, predictor
from cessl_gui.tasks.steps import Report, Steps

BATCH = 16
VALUES = {State.PRESENT: 1.0, State.ABSENT: 0.0}
UNKNOWN_P = 0.5  # what a model says of a statement that it does not know
SCORES = ("auc", "average_precision", "f2")


class LabelsFileError(CesslError):
    """The file of labels cannot be used; the sentence says which line and why."""


def read_labels(path: Path, project: Project) -> dict[str, dict[str, float]]:
    """Record id -> code -> 1 or 0 from a CSV with the columns record, code, state; uncertain is left out.

    record : id or name of a record of the project
    raises : LabelsFileError
    """
    infos = project.records.all()
    by_name: dict[str, set[str]] = {}
    for info in infos:
        by_name.setdefault(info.name, set()).add(info.id)
        by_name.setdefault(info.id, set()).add(info.id)
    truth: dict[str, dict[str, float]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if not {"record", "code", "state"} <= set(rows.fieldnames or ()):
                raise LabelsFileError(f"{path.name} lacks a column.", "It needs the columns record, code, state.")
            for line, row in enumerate(rows, 2):
                ids = by_name.get((row["record"] or "").strip(), set())
                state = (row["state"] or "").strip().casefold()
                if len(ids) != 1:
                    fault = "is not in this project" if not ids else "is the name of several records; use the id"
                    raise LabelsFileError(f"Line {line} of {path.name}: {row['record']} {fault}.")
                if state not in {*State, "", "not assessed"}:
                    raise LabelsFileError(
                        f"Line {line} of {path.name}: {row['state']} is no state.", f"Use {', '.join(State)}."
                    )
                if state in VALUES:
                    code = vocabulary()[(row["code"] or "").strip()].code
                    truth.setdefault(ids.copy().pop(), {})[code] = VALUES[State(state)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelsFileError(
            f"{path} cannot be read ({error}).", "Check the path and that it is a CSV file."
        ) from error
    return truth


def evaluate(
    project: Project, truth: dict[str, dict[str, float]], report: Report, model: ModelInfo | None = None, seed: int = 0
) -> dict:
    """Scores of a model (default: the active one) on labels, per class and macro, with 95 % bootstrap intervals.

    truth   : record id -> code -> 1 or 0; what is not there is not assessed
    returns : JSON-able: model, n, n_patients, macro {score: {value, low, high}}, classes {code: ...}, and `compared`:
              the same macro scores of the base model and of an untrained output layer, with the interval of the
              difference in macro AUC. Patients, not records, are drawn anew; a class without both states has no score.
    """
    from cessl_gui.learn import metrics

    if not truth:
        raise LabelsFileError("There is no label to compare with.", "Give present or absent for some records.")
    model = model or active_model(project)
    ids = sorted(truth)
    codes = sorted({code for states in truth.values() for code in states})
    y = np.array([[truth[i].get(code, np.nan) for code in codes] for i in ids])
    patients = [project.records.get(i).patient or i for i in ids]
    base = base_model(project, model.backbone)
    models = {
        "model": predictor(project, model),
        "base model": predictor(project, base),
        "untrained output layer": _untrained(model.backbone, codes, seed),
    }
    steps, columns = Steps(report, "Predicting", len(ids)), {name: [] for name in models}
    for i in range(0, len(ids), BATCH):
        inputs = model_inputs(project, ids[i : i + BATCH])
        for name, ready in models.items():
            columns[name].append(_columns(ready, inputs, codes))
        steps.done(min(i + BATCH, len(ids)))
    p = {name: np.concatenate(parts) for name, parts in columns.items()}
    called = {name: p[name] >= [ready.thresholds.get(code, 0.5) for code in codes] for name, ready in models.items()}

    def score(name: str, which: str, rows: np.ndarray, column: slice) -> float:
        if which == "f2":
            # A class that was never called present and never is counts as no score, as a class without positives.
            has_positive = (y[rows, column] == 1).any(0)
            f2 = metrics.per_class(lambda t, b: metrics.f_g_beta(t, b)[0], y[rows, column], called[name][rows, column])
            return float(np.mean(f2[has_positive])) if has_positive.any() else float("nan")
        return metrics.macro(getattr(metrics, which), y[rows, column], p[name][rows, column])

    def interval(function) -> tuple[float | None, float | None]:
        low, high = metrics.bootstrap_interval(function, patients, seed)
        return _number(low), _number(high)

    def with_interval(name: str, which: str, column: slice) -> dict:
        everyone = np.arange(len(ids))
        low, high = interval(lambda rows: score(name, which, rows, column))
        return {"value": _number(score(name, which, everyone, column)), "low": low, "high": high}

    whole = slice(None)
    classes = {}
    for c, code in enumerate(codes):
        classes[code] = {
            "name": vocabulary()[code].name,
            "n_present": int((y[:, c] == 1).sum()),
            "n_absent": int((y[:, c] == 0).sum()),
            "known": code in models["model"].statements,
            **{which: with_interval("model", which, slice(c, c + 1)) for which in SCORES},
        }
    compared = {}
    for name in list(models)[1:]:
        low, high = interval(lambda rows, n=name: score("model", "auc", rows, whole) - score(n, "auc", rows, whole))
        everyone = np.arange(len(ids))
        gain = score("model", "auc", everyone, whole) - score(name, "auc", everyone, whole)
        compared[name] = {
            **{which: _number(score(name, which, everyone, whole)) for which in SCORES},
            "auc_difference": {"value": _number(gain), "low": low, "high": high},
        }
    return {
        "model": model.id,
        "name": model.name,
        "origin": model.origin,
        "n": len(ids),
        "n_patients": len(set(patients)),
        "macro": {which: with_interval("model", which, whole) for which in SCORES},
        "classes": classes,
        "compared": compared,
    }


def _untrained(backbone_name: str, codes: list[str], seed: int):
    """The backbone under an output layer of random weights: what the labels had to improve on at the least."""
    import torch

    from cessl_gui.learn.backbone import BackboneSpec, CesslNet, load_strictly
    from cessl_gui.learn.backbones import Backbone
    from cessl_gui.learn.predict import Predictor

    backbone = load_backbone(backbone_name)
    state = copy.copy(backbone.net.state_dict())
    generator = torch.Generator().manual_seed(seed)
    width = backbone.spec.width
    state["classifier.1.weight"] = torch.empty(len(codes), width).normal_(0, width**-0.5, generator=generator)
    state["classifier.1.bias"] = torch.zeros(len(codes))
    spec = BackboneSpec(backbone.name, width, backbone.spec.layers, tuple(codes))
    net = load_strictly(CesslNet(spec), state).eval()
    return Predictor(Backbone(net, "untrained", ""))


def _columns(ready, inputs: np.ndarray, codes: list[str]) -> np.ndarray:
    found = ready.predict(inputs)
    at = {code: i for i, code in enumerate(ready.statements)}
    return np.stack([found[:, at[c]] if c in at else np.full(len(found), UNKNOWN_P) for c in codes], axis=1)


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
