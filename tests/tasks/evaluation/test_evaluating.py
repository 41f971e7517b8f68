"""Scores on given labels: which records enter, and what is said where there is no score."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.training.results import Comparison, TrainingSummary
from cessl_gui.core.types import ModelInfo
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.tasks.evaluation import evaluating
from cessl_gui.tasks.evaluation.evaluating import LabelsFileError, evaluate
from cessl_gui.tasks.models.modelling import base_model, load_backbone, predictor, trained_patients

SR, AF = "426783006", "164889003"
IDS = [f"{i:016x}" for i in range(8)]


@cache
def ecg(number):
    return synthetic_record("sinus rhythm", number)


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(evaluating, "DRAWS", 100)


@pytest.fixture
def unknown():
    """A statement that the shipped backbone does not know."""
    return next(s.code for s in vocabulary().statements if s.code not in load_backbone().statements)


@pytest.fixture
def patients(project):
    """Eight ECGs of p0 to p3, two each; the last two name no patient."""
    for i, record_id in enumerate(IDS):
        who = f"p{i // 2}" if i < 6 else ""
        record = replace(ecg(i), id=record_id, name=f"r{i}", sha256=f"{i:064x}", patient=who)
        project.records.add(record)
        project.waveforms.write(record)
    return project


@pytest.fixture
def trained(patients, monkeypatch, unknown):
    """A version trained on an ECG each of p0, held out p1, and of a record without patient; it knows one class more."""
    labelled = {IDS[0]: "p0", IDS[2]: "p1", IDS[6]: IDS[6]}
    base = base_model(patients)
    model = ModelInfo(
        id="v1",
        name="Version 1",
        backbone=base.backbone,
        backbone_sha256=base.backbone_sha256,
        statements=(*base.statements, unknown),
        thresholds=base.thresholds,
        origin="",
        status="candidate",
        created_utc="",
        summary=TrainingSummary(Comparison(holdout={IDS[2]: {}})),
    )
    patients.models.add(model, {"job.json": json.dumps({"patients": labelled}).encode()})

    class Knows:
        """Stands for the trained version, whose files are not at stake here."""

        statements, thresholds, measured = (AF, unknown), {}, ()

        def predict(self, inputs, measured):
            return np.full((len(inputs), 2), 0.25)

    monkeypatch.setattr(
        evaluating, "predictor", lambda project, m: Knows() if m.id == "v1" else predictor(project, base)
    )
    return patients.models.get("v1")


def truth(ids=IDS, code=AF):
    return {record_id: {code: float(i % 2)} for i, record_id in enumerate(ids)}


def test_patients_that_the_model_was_trained_on_are_left_out_unless_asked_for(patients, trained):
    assert trained_patients(patients, trained) == {"p0", IDS[6]}
    found = evaluate(patients, truth(), Task(), trained)
    assert (found["n"], found["n_patients"]) == (5, 3)  # both ECGs of p0 are out, those of the held-out p1 are in
    assert found["training_records"] == {"n": 3, "n_patients": 2, "scored": False}
    found = evaluate(patients, truth(), Task(), trained, with_training_records=True)
    assert (found["n"], found["training_records"]["n"], found["training_records"]["scored"]) == (8, 3, True)


def test_labels_of_nobody_but_trained_patients_are_said(patients, trained):
    with pytest.raises(LabelsFileError, match="All 2 ECGs with labels are of patients that Version 1 was trained on"):
        evaluate(patients, truth(IDS[:2]), Task(), trained)


def test_nothing_is_left_out_of_the_base_model(patients):
    found = evaluate(patients, truth(), Task())
    assert (found["n"], found["training_records"]["n"]) == (8, 0)
    assert found["classes"][AF]["average_precision"]["value"] is not None


def test_labels_of_unknown_statements_alone_are_said(patients, unknown):
    with pytest.raises(LabelsFileError, match=f"knows none of .*: {vocabulary()[unknown].name}"):
        evaluate(patients, truth(code=unknown), Task())


def test_a_base_model_that_does_not_know_a_class_has_no_average_precision(patients, trained, unknown):
    both = {record_id: {AF: float(i % 2), unknown: float(i % 3 == 0)} for i, record_id in enumerate(IDS)}
    compared = evaluate(patients, both, Task(), trained)["compared"]
    base = compared["base model"]
    assert 0 < base["auc"]["value"] < 1
    for which in ("average_precision", "f2"):
        assert base[which] == {"value": None, "low": None, "high": None}
        assert compared["untrained output layer"][which]["value"] is not None
    known = evaluate(patients, truth(), Task(), trained)["compared"]["base model"]
    assert known["average_precision"]["value"] is not None


def test_intervals_are_given_only_where_patients_are_enough(patients):
    few = evaluate(patients, truth(), Task())
    assert few["macro_over"] == [AF]
    assert few["macro"]["auc"]["value"] is not None
    assert few["macro"]["auc"]["low"] is None
    assert few["classes"][AF]["auc"]["low"] is None
    assert few["compared"]["untrained output layer"]["auc_difference"]["low"] is None
    more = [f"{i:016x}" for i in range(100, 120)]
    for i, record_id in enumerate(more):
        record = replace(ecg(100 + i), id=record_id, name=f"m{i}", sha256=f"{100 + i:064d}", patient=f"m{i}")
        patients.records.add(record)
        patients.waveforms.write(record)
    labels = {i: {AF: float(n % 2)} | ({SR: float(n == 0)} if n < 12 else {}) for n, i in enumerate(more)}
    found = evaluate(patients, labels, Task())
    assert found["macro_over"] == [AF]
    assert found["macro"]["auc"] == found["classes"][AF]["auc"]
    assert found["macro"]["auc"]["low"] is not None
    assert found["classes"][SR]["auc"]["value"] is not None
    assert found["classes"][SR]["auc"]["low"] is None
