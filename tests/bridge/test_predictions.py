"""Predictions follow the active model: never another one's, tried again where that may help; losses are named once."""

import threading
from dataclasses import replace

from cessl_gui.bridge.background.latest_request import LatestRequest
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import Ending, Outcome, Prediction, State
from cessl_gui.tasks.models import predicting
from tests.bridge.conftest import AF
from tests.records import shown_labels


def test_after_a_failed_prediction_another_version_predicts(session, qtbot, monkeypatch):
    calls = []

    def fail(project, task, **_):
        calls.append(project.models.active().id)
        raise ProjectError("The model file is missing.", "Go back to another version.")

    monkeypatch.setattr(predicting, "predict_all", fail)
    first = session.active_model()
    for name in ("v1", "v2"):
        session.project.models.add(replace(first, id=name, status="adopted"), {})
    for name in ("v1", "v2"):
        with qtbot.waitSignal(session.problem):
            session.activate(name)
        qtbot.waitUntil(lambda: not session.busy)
    assert calls == ["v1", "v2"], "once for each: a failing one is not tried without end"


def test_recordings_that_are_gone_are_named_once_when_they_could_not_be_predicted(session, qtbot):
    said = []
    session.problem.connect(lambda what, todo, details: said.append(what))
    session._on_ended("predict", Outcome("job", Ending.FINISHED, result=["ECG 1", "ECG 2"]))
    session._on_ended("predict", Outcome("job", Ending.FINISHED, result=["ECG 1", "ECG 2"]))
    qtbot.waitUntil(lambda: not session.busy)
    assert said == ["Not predicted, as they could not be read any more: ECG 1, ECG 2 (2 in all)."]


def test_predictions_of_an_older_version_come_back_in_the_background(session, qtbot):
    before = session.predictions()
    model = replace(session.active_model(), id="m2", name="Version 1", status="candidate")
    session.project.models.add(model, {})
    session.project.predictions.write("m2", [Prediction(f"r{i}", "m2", {AF: 0.2}) for i in range(3)])
    session.adopt("m2")
    assert session.active_model().id == "m2", "never the other model's"
    assert session.prediction("r0").model_id == "m2", "never the other model's"
    assert session.predictions() == {}
    qtbot.waitUntil(lambda: len(session.predictions()) == 3)
    assert session.prediction("r0").probabilities == {AF: 0.2}
    session.activate("m1")
    session.activate("m2")
    session.activate("m1")
    qtbot.waitUntil(lambda: not session.busy)
    assert session.predictions() == before


def test_a_failed_prediction_is_tried_again_and_said_once(session, qtbot, monkeypatch):
    calls, said = [], []
    session.problem.connect(lambda what, todo, details: said.append(what))

    def predict(project, task, **_):
        calls.append(True)
        if len(calls) < 3:
            raise ProjectError("The disk is full.", "Free some space.")
        return []

    monkeypatch.setattr(predicting, "predict_all", predict)
    session._predictions._retry.setInterval(20)
    session.project.models.add(replace(session.active_model(), id="v1", status="adopted"), {})
    session.activate("v1")
    qtbot.waitUntil(lambda: len(calls) == 3 and not session.busy)
    assert said == ["The disk is full."]
    assert session._predictions.failure == ""


def test_a_failed_prediction_is_tried_again_at_once_when_a_training_has_ended(session, qtbot, monkeypatch):
    calls = []

    def predict(project, task, **_):
        calls.append(True)
        raise ProjectError("The model is being made.", "")

    monkeypatch.setattr(predicting, "predict_all", predict)
    session.project.models.add(replace(session.active_model(), id="v1", status="adopted"), {})
    session.activate("v1")
    qtbot.waitUntil(lambda: len(calls) == 1 and not session.busy)
    session._on_ended("train", Outcome("job", Ending.FAILED, "Too few labels."))
    qtbot.waitUntil(lambda: len(calls) == 2 and not session.busy)
    assert not session._predictions._retry.isActive() or session._predictions.failure


def test_after_a_training_that_made_the_base_model_it_is_known_to_be_active(session, qtbot):
    session._predictions.model = None  # no prediction has been made yet
    session._on_ended("train", Outcome("job", Ending.FINISHED))
    assert session.active_model().id == "m1"
    qtbot.waitUntil(lambda: not session.busy)


def test_a_closed_project_is_not_tried_again(session, qtbot):
    session._predictions._retry.start()
    session._predictions.stop()
    assert not session._predictions._retry.isActive()


def test_what_the_model_refuses_has_a_reason_and_no_prediction(session, qtbot):
    session.project.predictions.write("m1", [], {"r1": "all leads are flat"})
    session._predictions._read()
    qtbot.waitUntil(lambda: session.refusal("r1") != "")
    assert session.prediction("r1") is None
    assert "r1" not in session.predictions()
    assert session.refusal("r1") == "all leads are flat"
    assert session.refusal("r0") == ""


def test_labels_of_what_is_no_ecg_are_kept_but_not_learned(session, qtbot):
    for record_id in ("r0", "r1"):
        session.set_label(record_id, AF, State.PRESENT)
    session.project.predictions.write("m1", [], {"r1": "all leads are flat"})
    session._predictions._read()
    qtbot.waitUntil(lambda: session.refusal("r1") != "")
    assert session.counts_to_learn() == (1, 1)
    assert session.labels("r1") == {AF: State.PRESENT}


def test_a_label_on_what_is_no_ecg_had_no_prediction_in_sight(session, qtbot):
    session.set_setting("blind", "off")
    session.project.predictions.write("m1", [], {"r1": "all leads are flat"})
    session._predictions._read()
    qtbot.waitUntil(lambda: session.refusal("r1") != "")
    session.set_label("r1", AF, State.PRESENT)
    session.set_label("r0", AF, State.PRESENT)
    visible = {row["record_id"]: row["prediction_visible"] for row in shown_labels(session.project)}
    assert visible == {"r0": 1, "r1": 0}


def test_the_first_prediction_waits_until_no_recording_is_being_read(session, qtbot, monkeypatch):
    order, is_read = [], threading.Event()
    monkeypatch.setattr(session._predictions, "predict_missing", lambda: order.append("predicted"))
    session._predictions._quiet.setInterval(1)

    def read(task):
        is_read.wait(10)

    session._runner.start(TaskKind.PREFETCH, read)
    session.predict_when_quiet()
    with qtbot.waitSignal(session._predictions._quiet.timeout):
        pass
    order.append("read")
    is_read.set()
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == ["read", "predicted"]


def test_a_project_that_is_closed_predicts_nothing_more(session):
    session.predict_when_quiet()
    session._predictions.stop()
    assert not session._predictions._quiet.isActive()


def test_what_influences_a_prediction_is_found_anew_once_files_may_have_been_corrected(session, monkeypatch):
    asked = []
    monkeypatch.setattr(LatestRequest, "renew", lambda request: asked.append(request._kind))
    session.changed.emit(Change(ChangeKind.RECORDS))
    assert {TaskKind.LEAD, TaskKind.LEAD_CHECK, TaskKind.WINDOWS} <= set(asked)
