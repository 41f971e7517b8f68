"""A training from click to end in the Model room (a stand-in trains), and what the window hears of it."""

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication

from cessl_gui.bridge.models import to_learn
from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.training.pace import Ahead
from cessl_gui.core.types import Progress, ReadingState, State
from cessl_gui.tasks.models import runs, training
from cessl_gui.ui.training.pill import TrainingPill
from tests.ui.conftest import AF, COUNT, MODEL_CODES
from tests.ui.training.training_room import CLICK, ended, start
from tests.ui.training_stand_in import label_enough

# --- a training


def test_a_button_that_cannot_be_pressed_says_why(view, session, qtbot):
    qtbot.waitUntil(lambda: view.shelf.sentence.text() == session.readiness())
    assert not view.shelf.train.isEnabled()
    session.set_label("r0", AF, State.PRESENT)
    qtbot.waitUntil(lambda: "absent in 3 more" in view.shelf.sentence.text())


def test_many_labels_of_one_ecg_are_one_ecg_and_two_ecgs_of_one_patient_one_patient(session):
    session._adopt_groups(to_learn.numbered({"r0": "p", "r1": "p"}, session._infos.rows))
    for code in MODEL_CODES:
        session.set_label("r0", code, State.ABSENT)
    assert session.counts_to_learn() == (1, 1)
    session.set_label("r1", AF, State.PRESENT)
    assert session.counts_to_learn() == (2, 1)
    session.set_label("r2", AF, State.PRESENT)
    assert session.counts_to_learn() == (3, 2)


def test_a_training_that_was_cut_off_is_named_before_the_next(view, session, qtbot):
    session.project.settings.set(runs.LAST, ["2026-11-02T10:00:00+00:00", runs.KILLED])
    view.training.show_plan(session.shelf.plan())
    assert view.training.facts.text().startswith("The training of 2 Nov 2026")
    assert view.training.facts.text().endswith(f"failed: {runs.KILLED}")
    assert view.training.cost.text().startswith("The next one: from Base model")


def test_another_backbone_that_was_chosen_is_named_before_the_click(session):
    session.set_setting("backbone", "tiny-3")
    assert session.shelf.plan().start == "Base model (tiny-3)"


def test_a_tab_is_made_when_it_is_wanted(view, qtbot):
    qtbot.waitUntil(lambda: not view._turns.isActive())
    assert view.tabs.count() == 2, "all at once would hold the window"
    view.show_tab("Settings")
    assert view.tabs.currentWidget() is view.tabs.settings
    assert view.tabs.count() == 3


def test_before_the_click_it_is_said_what_there_is_to_learn_from(view, session, qtbot, stand_in):
    qtbot.waitUntil(lambda: not view._turns.isActive())
    assert view.tabs.current == "Training", "there is no version to show yet"
    label_enough(session)
    qtbot.waitUntil(lambda: view.shelf.train.text() == f"Improve with my {COUNT} ECGs")
    assert view.training.facts.text().startswith(f"From Base model, with {COUNT} labelled ECGs of {COUNT} patients")
    assert "not measured on this machine yet" in view.training.cost.text()
    assert (
        "Atrial fibrillation: 3 ECGs of 3 patients, 5 more for a verdict" in view.training.bars.accessibleDescription()
    )
    assert stand_in.started == 0, "saving a label starts nothing"


def test_labels_that_a_training_leaves_out_are_not_counted(view, session, qtbot, stand_in):
    label_enough(session)
    session.set_label("r0", AF, State.UNCERTAIN)
    qtbot.waitUntil(lambda: view.shelf.train.text() == f"Improve with my {COUNT - 1} ECGs")
    session.set_setting("uncertain", "absent")
    qtbot.waitUntil(lambda: view.shelf.train.text() == f"Improve with my {COUNT} ECGs")
    session.set_setting("uncertain", "")
    for i in range(COUNT):
        session.set_reading(f"r{i}", ReadingState.EXCLUDED)
    qtbot.waitUntil(lambda: view.shelf.train.text() == "Improve with my labels")
    assert not view.shelf.train.isEnabled()
    view.train()
    assert stand_in.started == 0


def test_a_training_shows_phase_curve_and_both_ways_to_end_it(view, session, qtbot):
    label_enough(session)
    start(view, qtbot)
    assert view.tabs.current == "Training"
    assert view.training.during.isVisible()
    assert view.training._points == [(50, 0.61)]
    assert view.training.keep.isEnabled()
    assert view.training.cancel.isEnabled()
    assert not view.training.cancel.hasFocus(), "the next Space would discard it"
    said = view.training.phases.accessibleDescription()
    assert said.startswith("Ranking the layers: 100%, Training: 25%, Measuring: 0%"), "and what is to come"
    assert view.training.left.text() == "Training: time left not known yet", "the first one on this machine"
    assert view.training.ranks.accessibleDescription().startswith("2 of 3 layers adapted")
    assert "Atrial fibrillation" in view.training.bars.accessibleDescription(), "what the labels can show stays"
    for step in (0, 10, 0, 10, 20):  # two folds
        view.training._on_paced(
            Progress(session.busy["train"], "Trying", step=step, validation=0.5, best=0.5), Ahead(None, None)
        )
    assert [step for step, _ in view.training._points] == [0, 10, 20], "one fold's scores do not go on in another's"


def test_cancel_is_answered_at_once_and_changes_nothing(view, session, qtbot, stand_in):
    label_enough(session)
    start(view, qtbot)
    qtbot.mouseClick(view.training.cancel, CLICK)
    assert view.training.left.text() == "Cancelling…"
    assert not view.training.keep.isEnabled()
    ended(view, session, qtbot)
    assert stand_in.stopped == ["cancel"]
    assert session.candidate() is None
    view._count()
    assert view.training.facts.text() == "Training cancelled; the model is as it was."
    assert view.training.cost.text().startswith("The next one: from ")
    assert view.title.text() != "Training the next version"


def test_stop_and_keep_leaves_a_version_to_decide_on(view, session, qtbot, stand_in):
    label_enough(session)
    start(view, qtbot)
    qtbot.mouseClick(view.training.keep, CLICK)
    assert view.training.left.text().startswith("Stopping")
    assert view.training.cancel.isEnabled(), "it can still be discarded"
    assert not view.training.cancel.hasFocus(), "but not by pressing Space once more"
    ended(view, session, qtbot)
    assert stand_in.stopped == ["keep"]
    qtbot.waitUntil(lambda: view.evidence.waits)
    assert view.tabs.current == "Evidence"


def test_there_is_nothing_to_keep_before_the_first_check_and_after_the_last(view):
    able = []
    view.training.begin("train-1")
    for phase, best in (("Reading ECGs", None), ("Training", 0.6), ("Judging the answers out of fold", None)):
        view.training._on_paced(Progress("train-1", phase, best=best), Ahead(None, None))
        able.append(view.training.keep.isEnabled())
    assert able == [False, True, False]


def test_labelling_goes_on_while_training(view, session, qtbot, stand_in):
    label_enough(session)
    start(view, qtbot)
    session.set_label("r0", MODEL_CODES[0], State.PRESENT)
    assert session.labels("r0")[MODEL_CODES[0]] == State.PRESENT
    assert view.training.during.isVisible()
    view.show_newest()  # as when predictions bring the base model
    assert view.title.text() == "Training the next version"


def test_a_failed_training_says_why(view, session, qtbot, monkeypatch):
    def fails(*_, **__):
        raise TooFewLabels("There are too few patients.", "Label ECGs of more patients.")

    monkeypatch.setattr(training, "train", fails)
    label_enough(session)
    qtbot.waitUntil(view.shelf.train.isEnabled)
    qtbot.mouseClick(view.shelf.train, CLICK)
    qtbot.waitUntil(lambda: "too few patients" in view.training.facts.text())
    view._count()
    assert "too few patients" in view.training.facts.text(), "it stays until another one begins"
    assert not view.training.during.isVisible()


def test_a_second_training_starts_with_an_empty_curve(view, session, qtbot, stand_in):
    label_enough(session)
    for _ in range(2):
        start(view, qtbot)
        assert len(view.training._points) == 1
        qtbot.mouseClick(view.training.cancel, CLICK)
        ended(view, session, qtbot)
        view.training._points = []


# --- the pill


def test_the_pill_tells_of_a_training_and_of_a_version_that_waits(session, qtbot, stand_in):
    pill = TrainingPill(session)
    qtbot.addWidget(pill)
    assert pill.isHidden()
    label_enough(session)
    session.train()
    qtbot.waitUntil(lambda: pill.words.startswith("Training"))
    session.stop_and_keep()
    qtbot.waitUntil(lambda: pill.words == "Version 1 ready to review")
    session.discard("v1")
    assert pill.isHidden()


@pytest.mark.parametrize(
    ("fraction", "share", "words"),
    [
        (None, None, "Training: Measuring"),
        (0.304, None, "Training: Measuring 30 %"),
        (0.304, 0.5, "Training 50 % · 1 min left"),
    ],
)
def test_the_pill_says_the_share_of_the_phase_until_that_of_the_whole_is_known(session, qtbot, fraction, share, words):
    pill = TrainingPill(session)
    qtbot.addWidget(pill)
    pill._on_paced(Progress("train-1", "Measuring", fraction), Ahead(share, 60.0))
    assert pill.words == words


def test_no_part_of_a_version_flashes_as_a_window_of_its_own(window, session, qtbot):
    seen = []

    class Watch(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Show and watched.isWidgetType() and watched.isWindow():
                seen.append(watched)
            return False

    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    window.show_room("model")
    window.model_room.shelf.fill("")
    QApplication.instance().removeEventFilter(watch)
    assert seen == []


def test_every_word_of_the_rooms_is_heard_by_the_window(window):
    deaf = []
    for room in (window.model_room, window.worklist, window.read, window.records):
        meta = room.metaObject()
        own = {
            name
            for kind in type(room).__mro__
            for name, what in vars(kind).items()
            if isinstance(what, Signal) and kind.__module__.startswith("cessl_gui")
        }
        methods = [meta.method(number) for number in range(meta.methodCount())]
        said = {bytes(method.name().data()).decode(): room.isSignalConnected(method) for method in methods}
        deaf += [f"{room.objectName()}: {name}" for name in own if not said[name]]
    assert deaf == []
