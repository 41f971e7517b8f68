"""The Model room: what a version shows, the choice, the shelf, and a training from click to end (a stand-in trains)."""

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QTableWidget

from cessl_gui.bridge import to_learn
from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.evidence import within_a_sentence
from cessl_gui.core.results import TrainingSummary
from cessl_gui.core.types import ModelInfo, ReadingState, State
from cessl_gui.tasks.models import predicting, runs, training
from cessl_gui.ui.parts.tokens import LIGHT
from cessl_gui.ui.training.calibration_tab import _threshold_words
from cessl_gui.ui.training.evidence_tab import EvidenceTab
from cessl_gui.ui.training.pill import TrainingPill
from cessl_gui.ui.training.shelf_column import moment
from cessl_gui.ui.training.view import ModelView
from tests.ui.conftest import AF, COUNT, MODEL_CODES
from tests.ui.training_stand_in import StandIn, candidate, label_enough

CLICK = Qt.MouseButton.LeftButton


@pytest.fixture
def stand_in(monkeypatch):
    stand_in = StandIn()
    monkeypatch.setattr(training, "train", stand_in)
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    yield stand_in
    stand_in.go.set()


@pytest.fixture
def view(session, qtbot, stand_in):
    widget = ModelView(session)
    qtbot.addWidget(widget)
    widget.resize(1302, 744)
    widget.set_theme(LIGHT)
    widget.show()
    yield widget
    stand_in.go.set()
    qtbot.waitUntil(lambda: not session.busy)


@pytest.fixture
def judged(view, session, qtbot):
    """The view on a version that waits and shows no difference."""
    candidate(session)
    return shown(view, qtbot)


def shown(view, qtbot):
    with qtbot.waitSignal(view._session.shelf.judged):
        view.show_newest()
    view.shelf.fill("v1")
    return view


def start(view, qtbot):
    qtbot.waitUntil(view.shelf.train.isEnabled)
    qtbot.mouseClick(view.shelf.train, CLICK)
    qtbot.waitUntil(lambda: bool(view.training._points))


def ended(view, session, qtbot):
    qtbot.waitUntil(lambda: "train" not in session.busy)


# --- evidence


def test_the_verdict_is_in_words_and_says_what_it_rests_on(judged):
    assert judged.evidence.verdict.text() == "No difference that your labels can show."
    assert "judged by a model that never saw its patient" in judged.evidence.basis.text()
    assert judged.title.text() == "Version 1 against Base model"


def test_each_statement_is_told_in_words_too(judged):
    said = judged.evidence.forest.accessibleDescription()
    assert "Atrial fibrillation, 23 with it" in said
    assert "4 more needed to tell" in said


def test_keeping_is_the_default_where_nothing_better_is_shown(judged):
    assert judged.evidence.keep.property("primary")
    assert not judged.evidence.adopt.property("primary")


def test_adopting_is_the_default_where_it_is_shown_to_be_better(view, session, qtbot):
    candidate(session, gain=0.4)
    shown(view, qtbot)
    assert view.evidence.verdict.text() == "Better at atrial fibrillation; no loss shown."
    assert view.evidence.adopt.property("primary")


@pytest.mark.parametrize("focus", ["view", "adopt"])
def test_enter_keeps_and_never_adopts(view, session, qtbot, focus):
    candidate(session, gain=0.4)
    shown(view, qtbot)
    widget = view if focus == "view" else view.evidence.adopt
    qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert session.active_model().id == "m1"
    assert session.candidate() is None


def test_adopting_takes_a_click_and_makes_the_version_active(judged, session, qtbot):
    qtbot.mouseClick(judged.evidence.adopt, CLICK)
    assert session.active_model().id == "v1"
    qtbot.waitUntil(lambda: not session.busy)


def test_hidden_ecgs_are_counted_and_not_named(judged, session):
    right = judged.evidence.right
    assert right.title.text() == "2 ECGs now right"
    assert right.hidden.text() == "2 of them hidden until you have read them"
    assert all(thumb.isHidden() for thumb in right.thumbs)
    session.set_label("r0", AF, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert right.thumbs[0].accessibleName() == "ECG 0, you: AF absent; before 0.90, now 0.10"
    session.undo()
    assert all(thumb.isHidden() for thumb in right.thumbs)


def test_a_click_on_a_thumbnail_opens_the_ecg_with_its_trace_shown_before(judged, session, qtbot):
    session.set_label("r0", AF, State.PRESENT)
    with qtbot.waitSignal(session.shelf.traced):
        session.set_reading("r0", ReadingState.CONFIRMED)
    thumb = judged.evidence.right.thumbs[0]
    assert thumb._trace.lead == "II"
    with qtbot.waitSignal(judged.opened) as caught:
        qtbot.mouseClick(thumb, CLICK)
    assert caught.args == ["r0", AF]


def test_calibration_shows_figures_before_and_after(judged):
    table = judged.calibration.table
    judged.calibration.choice.setCurrentIndex(1)
    words = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert [w for w in words if "sensitivity" in w] == ["Found, of those who have it (sensitivity)"]
    assert "[" in table.item(0, 1).text()


def test_a_base_model_says_that_there_is_nothing_to_compare(view, qtbot):
    view.choose("m1")
    assert view.evidence.verdict.text() == "Base model knows none of your labels."
    assert not view.evidence.keep.isVisible()


@pytest.mark.parametrize(
    ("name", "inside"),
    [("Atrial fibrillation", "atrial fibrillation"), ("ST depression", "ST depression"), ("Wolff-P", "Wolff-P")],
)
def test_names_within_a_sentence(name, inside):
    assert within_a_sentence(name) == inside


# --- the shelf


def test_the_shelf_says_which_is_active_and_which_waits(judged):
    assert judged.shelf.cards["m1"].state.text() == "active"
    assert judged.shelf.cards["v1"].state.text() == "waits"
    assert "Base model + your 9 ECGs" in judged.shelf.cards["v1"].accessibleName()


def test_going_back_to_an_older_version_is_one_click(judged, session, qtbot):
    session.adopt("v1")
    qtbot.mouseClick(judged.shelf.cards["m1"].use, CLICK)
    assert session.active_model().id == "m1"
    qtbot.waitUntil(lambda: not session.busy)


def test_a_version_put_aside_can_still_be_used(judged, session, qtbot):
    session.discard("v1")
    qtbot.mouseClick(judged.shelf.cards["v1"].use, CLICK)
    assert session.active_model().id == "v1"
    qtbot.waitUntil(lambda: not session.busy)


def test_a_note_stays_with_its_version(judged, session):
    session.shelf.set_note("v1", "after the March readings")
    assert "after the March readings" in judged.shelf.cards["v1"].accessibleName()


def test_training_from_any_version_is_a_setting(judged, session, qtbot, stand_in):
    judged._asked("branch", "v1")
    assert session.start_from() == "v1"
    label_enough(session)
    session.train()
    qtbot.waitUntil(lambda: stand_in.started == 1)
    assert stand_in.how["start"] == "v1"


def test_any_two_versions_are_compared(judged, session, qtbot):
    label_enough(session)
    with qtbot.waitSignal(session.shelf.judged) as caught:
        judged.choose("v1", "m1")
    assert caught.args[0].against == "m1"
    assert judged.title.text() == "Version 1 against Base model"


def test_moments_are_told_as_people_do():
    assert moment("2020-02-05T11:39:00+00:00").startswith("5 Feb 2020")
    assert moment("no time") == "no time"


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
    assert f"failed: {runs.KILLED} From Base model" in view.training.facts.text()


def test_before_the_click_it_is_said_what_there_is_to_learn_from(view, session, qtbot, stand_in):
    label_enough(session)
    qtbot.waitUntil(lambda: view.shelf.train.text() == f"Improve with my {COUNT} ECGs")
    assert view.training.facts.text().startswith(f"From Base model, with {COUNT} labelled ECGs of {COUNT} patients")
    assert "not measured on this machine yet" in view.training.cost.text()
    assert "Atrial fibrillation: 3 ECGs, 5 more for a verdict" in view.training.bars.accessibleDescription()
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
    assert view.stack.currentWidget() is view.training
    assert view.training.during.isVisible()
    assert view.training._points == [(50, 0.61)]
    assert view.training.keep.isEnabled()
    assert view.training.cancel.isEnabled()
    assert view.training.phases.accessibleDescription() == "Ranking the layers: 100%, Training: 25%"
    assert view.training.ranks.accessibleDescription().startswith("2 of 3 layers adapted")


def test_cancel_is_answered_at_once_and_changes_nothing(view, session, qtbot, stand_in):
    label_enough(session)
    start(view, qtbot)
    qtbot.mouseClick(view.training.cancel, CLICK)
    assert view.training.left.text() == "Cancelling…"
    assert not view.training.keep.isEnabled()
    ended(view, session, qtbot)
    assert stand_in.stopped == ["cancel"]
    assert session.candidate() is None


def test_stop_and_keep_leaves_a_version_to_decide_on(view, session, qtbot, stand_in):
    label_enough(session)
    start(view, qtbot)
    qtbot.mouseClick(view.training.keep, CLICK)
    assert view.training.left.text().startswith("Stopping")
    assert view.training.cancel.isEnabled(), "it can still be discarded"
    ended(view, session, qtbot)
    assert stand_in.stopped == ["keep"]
    qtbot.waitUntil(lambda: view.evidence.waits)
    assert view.stack.currentWidget() is view.evidence


def test_labelling_goes_on_while_training(view, session, qtbot, stand_in):
    label_enough(session)
    start(view, qtbot)
    session.set_label("r0", MODEL_CODES[0], State.PRESENT)
    assert session.labels("r0")[MODEL_CODES[0]] == State.PRESENT
    assert view.training.during.isVisible()


def test_a_failed_training_says_why(view, session, qtbot, monkeypatch):
    def fails(*_, **__):
        raise TooFewLabels("There are too few patients.", "Label ECGs of more patients.")

    monkeypatch.setattr(training, "train", fails)
    label_enough(session)
    qtbot.waitUntil(view.shelf.train.isEnabled)
    qtbot.mouseClick(view.shelf.train, CLICK)
    qtbot.waitUntil(lambda: "too few patients" in view.training.facts.text())
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


def test_before_there_is_a_version_the_evidence_says_so_instead_of_empty_charts(qapp, session):
    tab = EvidenceTab(session)
    assert tab.verdict.text() == "No version to compare yet."
    assert not any(part.isVisibleTo(tab) for part in (tab.forest, tab.curve, tab.keep, tab.adopt))


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


def test_all_ecgs_now_right_are_opened_in_the_worklist(window, session, qtbot):
    window.model_room.listed.emit(("r2", "r0"))
    assert window.room == "worklist"
    assert sorted(window.worklist.table.ids) == ["r0", "r2"]
    qtbot.waitUntil(lambda: not session.busy)


def test_no_chip_is_marked_while_chosen_ecgs_alone_are_shown(window, session, qtbot):
    window.model_room.listed.emit(("r0",))
    assert not any(chip.isChecked() for chip in window.worklist.chips.buttons.values())
    window.worklist.chips.buttons["All"].click()
    assert window.worklist.chips.buttons["All"].isChecked()
    assert len(window.worklist.table.ids) == session.count
    qtbot.waitUntil(lambda: not session.busy)


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


def test_a_sensitivity_is_set_per_statement(view, session):
    table = view.findChild(QTableWidget, "threshold_rules")
    row = next(r for r in range(table.rowCount()) if table.item(r, 0).text() == "Atrial fibrillation")
    box = table.cellWidget(row, 1)
    box.setCurrentIndex(box.findText("95 % of those who have it are found"))
    box.activated.emit(box.currentIndex())
    assert session.sensitivities() == {AF: 0.95}


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({AF: 0.95}, "chosen by: to find 95 % of those who have it."),
        ({}, "chosen by: best F2."),
        (None, ""),
    ],
)
def test_the_card_says_which_rule_chose_the_threshold(shares, words):
    summary = TrainingSummary(sensitivities=shares)
    model = ModelInfo("v1", "Version 1", "tiny", "", (AF,), {AF: 0.31}, "", "candidate", "2026", summary)
    assert _threshold_words(model, AF).endswith(words)
