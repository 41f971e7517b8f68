"""Predictions follow the active model: never another one's, tried anew where that may help, what is lost named once."""

from dataclasses import replace

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import Ending, Outcome, Prediction
from cessl_gui.tasks import predicting
from tests.bridge.conftest import AF


def test_after_a_failed_prediction_another_version_predicts(session, qtbot, monkeypatch):
    calls = []

    def fail(project, report, stop):
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
    assert session.active_model().id == "m2" and session.prediction("r0") is None, "never the other model's"
    qtbot.waitUntil(lambda: len(session.predictions()) == 3)
    assert session.prediction("r0").probabilities == {AF: 0.2}
    session.activate("m1")
    session.activate("m2")
    session.activate("m1")
    qtbot.waitUntil(lambda: not session.busy)
    assert session.predictions() == before
