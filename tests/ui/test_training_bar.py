"""The training bar: says what is missing, shows a running training, ends it in two ways (a stand-in trains)."""

import threading

import pytest
from PySide6.QtCore import Qt

from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.results import Comparison, TrainingSummary
from cessl_gui.core.types import ModelInfo, ReadingState, State
from cessl_gui.tasks import training
from cessl_gui.ui.training.training_bar import TrainingBar, time_left
from tests.ui.conftest import AF, COUNT, MODEL_CODES


class StandIn:
    """A training that reports one step and then waits until it is told to stop (or let go)."""

    def __init__(self):
        self.go, self.stopped, self.started = threading.Event(), [], 0

    def __call__(self, project, task, **_):
        self.started += 1
        task.report("Training", 0.25, 90.0, step=50, train_loss=0.4, validation=0.61, best=0.61)
        while not self.go.wait(0.005):
            answer = task.stop_requested()
            if answer:
                self.stopped.append(answer)
                task.check()
                break
        model = ModelInfo(
            "v1", "Version 1", "tiny", "0" * 64, MODEL_CODES, {AF: 0.5}, "labels", "candidate", "2026",
            TrainingSummary(Comparison(verdict="No difference that 2 held-out ECGs can show.")),
        )  # fmt: skip
        project.models.add(model, {})
        return model


@pytest.fixture
def stand_in(monkeypatch):
    stand_in = StandIn()
    monkeypatch.setattr(training, "train", stand_in)
    return stand_in


@pytest.fixture
def bar(session, qtbot):
    widget = TrainingBar(session)
    qtbot.addWidget(widget)
    widget.resize(1200, 200)
    widget.show()
    return widget


def label_enough(session):
    for i in range(COUNT):
        session.set_label(f"r{i}", AF, State.PRESENT if i % 2 else State.ABSENT)


def start(bar, qtbot):
    qtbot.waitUntil(bar.start.isEnabled)
    qtbot.mouseClick(bar.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.running.isVisible() and bar.best.text() != "")


def ended(bar, qtbot):
    qtbot.waitUntil(lambda: bar.idle.isVisible())


def test_a_button_that_cannot_be_pressed_says_why(bar, session, qtbot):
    assert not bar.start.isEnabled()
    assert bar.sentence.text() == session.readiness() == bar.start.toolTip()
    session.set_label("r0", AF, State.PRESENT)
    qtbot.waitUntil(lambda: "absent in 3 more" in bar.sentence.text())


def test_many_labels_of_one_ecg_are_one_ecg_and_two_ecgs_of_one_patient_one_patient(session):
    session._adopt_groups({"r0": "p", "r1": "p"})
    for code in MODEL_CODES:
        session.set_label("r0", code, State.ABSENT)
    assert session.counts_to_learn() == (1, 1)
    session.set_label("r1", AF, State.PRESENT)
    assert session.counts_to_learn() == (2, 1)
    session.set_label("r2", AF, State.PRESENT)
    assert session.counts_to_learn() == (3, 2)


def test_the_button_counts_the_ecgs_and_saving_a_label_starts_nothing(bar, session, qtbot, stand_in):
    label_enough(session)
    qtbot.waitUntil(bar.start.isEnabled)
    assert bar.start.text() == f"Improve the model with my {COUNT} ECGs"
    assert bar.sentence.text().startswith(f"{COUNT} labelled ECGs of {COUNT} patients. ")
    assert not session.busy
    assert stand_in.started == 0


def test_labels_that_a_training_leaves_out_are_not_counted(bar, session, qtbot, stand_in):
    label_enough(session)
    session.set_label("r0", AF, State.UNCERTAIN)
    qtbot.waitUntil(lambda: bar.start.text() == f"Improve the model with my {COUNT - 1} ECGs")
    session.set_setting("uncertain", "absent")
    qtbot.waitUntil(lambda: bar.start.text() == f"Improve the model with my {COUNT} ECGs")
    session.set_setting("uncertain", "")
    for i in range(COUNT):
        session.set_reading(f"r{i}", ReadingState.EXCLUDED)
    qtbot.waitUntil(lambda: bar.start.text() == "Improve the model with my labels")
    assert not bar.start.isEnabled()
    assert session.readiness().startswith("Label some ECGs first")
    bar.train()
    assert not session.busy
    assert stand_in.started == 0
    session.include("r1")
    qtbot.waitUntil(lambda: bar.start.text() == "Improve the model with my 1 ECG")


def test_progress_is_shown_with_curve_time_and_best(bar, session, qtbot, stand_in):
    label_enough(session)
    start(bar, qtbot)
    assert not bar.idle.isVisible()
    assert bar.phase.text() == "Training  25%"
    assert bar.bar.value() == 250
    assert bar.left.text() == "at most 2 min left"
    assert bar.best.text() == "best 0.610"
    assert list(bar._loss_line.getData()[1]) == [0.4]
    assert bar.graph.isVisible()
    assert bar.curve_button.text() == "Hide curve"
    qtbot.mouseClick(bar.curve_button, Qt.MouseButton.LeftButton)
    assert not bar.graph.isVisible()
    stand_in.go.set()
    ended(bar, qtbot)
    assert not bar.graph.isVisible()


def test_cancel_is_answered_at_once_and_changes_nothing(bar, session, qtbot, stand_in):
    label_enough(session)
    start(bar, qtbot)
    qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
    assert bar.phase.text() == "Cancelling ..."
    assert not bar.cancel.isEnabled()
    assert not bar.keep.isEnabled()
    ended(bar, qtbot)
    assert stand_in.stopped == ["cancel"]
    assert bar.sentence.text() == "Training cancelled; the model is as it was."
    assert session.candidate() is None
    assert not bar.look.isVisible()


def test_stop_and_keep_leaves_a_model_to_decide_on(bar, session, qtbot, stand_in):
    label_enough(session)
    start(bar, qtbot)
    qtbot.mouseClick(bar.keep, Qt.MouseButton.LeftButton)
    assert bar.phase.text().startswith("Stopping")
    assert bar.cancel.isEnabled(), "it can still be discarded"
    ended(bar, qtbot)
    assert stand_in.stopped == ["keep"]
    assert bar.look.isVisible()
    assert "No difference that 2 held-out ECGs can show." in bar.sentence.text()
    with qtbot.waitSignal(bar.result_wanted):
        qtbot.mouseClick(bar.look, Qt.MouseButton.LeftButton)
    session.discard("v1")
    assert not bar.look.isVisible()


def test_labelling_goes_on_while_training(bar, session, qtbot, stand_in):
    label_enough(session)
    start(bar, qtbot)
    session.set_label("r0", MODEL_CODES[0], State.PRESENT)
    assert session.labels("r0")[MODEL_CODES[0]] == State.PRESENT
    assert bar.running.isVisible()
    stand_in.go.set()
    ended(bar, qtbot)
    assert bar.start.text() == f"Improve the model with my {COUNT} ECGs"


def test_a_failed_training_says_why(bar, session, qtbot, monkeypatch):
    def fails(*_, **__):
        raise TooFewLabels("There are too few patients to hold some out.", "Label ECGs of more patients.")

    monkeypatch.setattr(training, "train", fails)
    label_enough(session)
    qtbot.waitUntil(bar.start.isEnabled)
    qtbot.mouseClick(bar.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "too few patients" in bar.sentence.text())
    assert bar.idle.isVisible()


def test_a_second_training_starts_with_an_empty_curve(bar, session, qtbot, stand_in):
    label_enough(session)
    for _ in range(2):
        start(bar, qtbot)
        assert len(bar._loss) == 1
        qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
        ended(bar, qtbot)
        bar.best.clear()


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (2, "about 5 s left"), (42, "about 40 s left"), (200, "about 3 min left")]
)
def test_time_left_in_words(seconds, words):
    assert time_left(seconds) == words
