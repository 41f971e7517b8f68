"""The shelf of versions: which is active, going back, notes, comparing, thresholds."""

import pytest
from PySide6.QtWidgets import QTableWidget

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.training.results import TrainingSummary
from cessl_gui.core.types import ModelInfo, ReadingState
from cessl_gui.ui.training.calibration_tab import _threshold_words
from cessl_gui.ui.training.shelf_column import moment
from tests.ui.conftest import AF, COUNT, SB
from tests.ui.training.training_room import CLICK
from tests.ui.training_stand_in import label_enough


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
    session.set_reading("r0", ReadingState.EXCLUDED)
    plan = session.shelf.plan()
    assert (plan.start, plan.against) == ("Base model (tiny)", "Version 1"), "nothing of the version is carried on"
    assert plan.n_unlabelled == COUNT - 1, "what is excluded takes no part"
    session.set_reading("r0", ReadingState.NEW)
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
    session.changed.emit(Change(ChangeKind.MODELS))
    assert judged._against == "m1", "what a person has turned to stays when ECGs were predicted meanwhile"


def test_moments_are_told_as_people_do():
    assert moment("2020-02-05T11:39:00+00:00").startswith("5 Feb 2020")
    assert moment("no time") == "no time"


def test_a_sensitivity_is_set_per_statement(view, session, qtbot):
    view.show_tab("Settings")
    table = view.findChild(QTableWidget, "threshold_rules")
    row = next(r for r in range(table.rowCount()) if table.item(r, 0).text() == "Atrial fibrillation")
    qtbot.waitUntil(lambda: table.cellWidget(row, 1) is not None)
    box = table.cellWidget(row, 1)
    assert table.columnWidth(1) >= box.sizeHint().width()
    box.setCurrentIndex(box.findText("95 % of those who have it are found"))
    box.activated.emit(box.currentIndex())
    assert session.sensitivities() == {AF: 0.95}
    assert table.cellWidget(row, 1) is box, "it keeps the keyboard"


@pytest.mark.parametrize(
    ("shares", "code", "words"),
    [
        ({AF: 0.95}, AF, "chosen by: to find 95 % of those who have it."),
        ({}, AF, "chosen by: best F2."),
        (None, AF, ""),
        ({}, SB, ""),
        ({AF: 0.95}, "", "Thresholds chosen: 1 by a sensitivity that you set."),
        ({}, "", "Thresholds chosen: 1 by the best F2."),
    ],
)
def test_the_card_says_which_rule_chose_the_thresholds_of_trained_statements(shares, code, words):
    summary = TrainingSummary(statements=(AF,), sensitivities=shares)
    model = ModelInfo("v1", "Version 1", "tiny", "", (AF, SB), {AF: 0.31, SB: 0.5}, "", "candidate", "2026", summary)
    said = _threshold_words(model, code)
    assert said.endswith(words)
    assert bool(said) == bool(words)
