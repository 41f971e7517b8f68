"""Confirming, excluding and what a closed reading still allows."""

import pytest
from PySide6.QtCore import Qt

from cessl_gui.bridge.session import Session
from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.reading.acting import PAUSE
from cessl_gui.ui.reading.panel import ReadingPanel
from tests.ui.conftest import AF, SB, SR
from tests.ui.panels import WPW, click
from tests.ui.panels import panel as panel


def test_a_confirmed_record_shows_what_reader_model_and_file_say(panel, session):
    panel.say(AF, State.PRESENT)
    panel.say(SR, State.PRESENT)  # the model: 0.5
    panel.say(SB, State.PRESENT)  # the model: 0.0
    panel.confirm()
    panel.confirm()
    assert {party: label.text() for party, label in panel.opinions.said.items()} == {
        "You": "AF · SR · SB",
        "Model": "AF 0.95, SR 0.50",
        "File": "AF",
    }
    assert panel.opinions.agreed.text() == "✓ AF: all agree"
    assert panel.opinions.differ.text() == "≠ SB: model 0.00 · SR: not as in the file · SB: not as in the file"


def test_enter_answers_what_was_confirmed_and_goes_on(panel, qtbot):
    panel.say(AF, State.PRESENT)
    with qtbot.waitSignal(panel.next_wanted), qtbot.waitSignal(panel.was_read) as answer:
        panel.confirm_next()
    assert answer.args == ["ECG 0 · You: AF · Model: AF 0.95, SR 0.50 · File: AF"]


def test_with_a_pause_enter_shows_what_was_confirmed_first(panel, qtbot):
    preferences().setValue(PAUSE, True)
    wanted = []
    panel.next_wanted.connect(lambda: wanted.append(1))
    panel.say(AF, State.PRESENT)
    panel.confirm_next()
    assert panel.opinions.isVisible()
    assert not wanted
    assert panel.buttons["confirm_next"].text() == "Next unread"
    panel.confirm_next()
    assert wanted


def test_the_pause_is_a_choice_in_the_menu(panel):
    pause = next(a for a in panel.footer.more_menu().actions() if a.text() == "Pause after confirming")
    pause.setChecked(True)
    assert preferences().value(PAUSE, False, bool)


def test_nothing_assessed_is_not_confirmed_by_a_stray_enter(panel, session, qtbot):
    wanted = []
    panel.next_wanted.connect(lambda: wanted.append(1))
    panel.confirm_next()
    assert session.info("r0").reading == ReadingState.NEW
    assert panel.hint.isVisible()
    assert not wanted


def test_reading_acts(panel, session, qtbot):
    wanted = []
    panel.next_wanted.connect(lambda: wanted.append(1))
    qtbot.mouseClick(panel.buttons["defer_next"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.DEFERRED
    next(a for a in panel.footer.more_menu().actions() if a.text().startswith("Exclude")).trigger()
    assert session.info("r0").reading == ReadingState.EXCLUDED
    assert panel.chip.text == "Excluded"
    qtbot.mouseClick(panel.buttons["include"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.DEFERRED
    qtbot.mouseClick(panel.buttons["normal_next"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.CONFIRMED
    assert len(wanted) == 2


def test_an_exclusion_taken_back_leaves_the_reading_as_it_was(panel, session, qtbot):
    panel.exclude()
    panel.exclude()
    assert session.info("r0").reading == ReadingState.NEW
    panel.say(AF, State.PRESENT)
    panel.exclude()
    panel.exclude()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    session.undo()
    assert session.info("r0").reading == ReadingState.EXCLUDED
    panel.show_record("r1")
    panel.show_record("r0")
    panel.exclude()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS


@pytest.mark.parametrize("before", [ReadingState.CONFIRMED, ReadingState.DEFERRED])
def test_an_exclusion_of_an_earlier_run_is_taken_back_to_what_it_was(session, qtbot, before):
    session.set_label("r0", AF, State.PRESENT)
    for reading in (before, ReadingState.EXCLUDED):  # earlier versions excluded confirmed ones too
        session.project.records.set_reading("r0", reading, "dr test")
    session = Session(session.project, reader="dr test")
    panel = ReadingPanel(session)
    qtbot.addWidget(panel)
    panel.show_record("r0")
    panel.exclude()
    assert session.info("r0").reading == before


def test_a_refused_commit_does_not_move_on(panel, session, monkeypatch):
    wanted, said = [], []
    panel.next_wanted.connect(lambda: wanted.append(1))
    session.problem.connect(lambda what, *_: said.append(what))
    panel.say(AF, State.ABSENT)

    def disk_full(*_):
        raise ProjectError("The disk is full.", "Free some space.")

    monkeypatch.setattr(session.project.records, "set_reading", disk_full)
    for act in (panel.confirm_next, panel.normal_next, panel.defer_next):
        act()
    assert not panel.confirm()
    assert len(said) == 4
    assert not wanted
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    monkeypatch.undo()
    panel.confirm_next()
    assert len(said) == 4
    assert len(wanted) == 1


def test_a_confirmed_reading_is_locked_until_it_is_reopened(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    panel.confirm()
    shown = {state: button.isVisible() for state, button in panel.row(AF).buttons.items()}
    assert shown == {State.PRESENT: True, State.UNCERTAIN: False, State.ABSENT: False}
    assert not panel.search.isVisible()
    assert [name for name, button in panel.buttons.items() if button.isVisible()] == ["confirm_next", "reopen"]
    qtbot.mouseClick(panel.buttons["reopen"], Qt.MouseButton.LeftButton)
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert session.labels("r0") == {AF: State.PRESENT}
    assert panel.search.isVisible()
    assert panel.buttons["normal_next"].isVisible()
    panel.reopen()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert panel.hint.text() == "This reading is not confirmed: it is open to changes."


@pytest.mark.parametrize("closed", ["confirm", "exclude"])
def test_nothing_but_its_own_way_out_changes_a_closed_reading(panel, session, qtbot, closed):
    panel.say(AF, State.PRESENT)
    getattr(panel, closed)()
    before = session.history("r0"), session.info("r0").reading
    other = "exclude" if closed == "confirm" else "confirm"
    ways = (
        lambda: panel.press_digit(2, State.PRESENT),
        lambda: panel.press_digit(5, State.PRESENT),
        lambda: click(qtbot, panel, SB, State.ABSENT),
        lambda: panel._answer_found(WPW, State.PRESENT),
        lambda: panel._answer_added("Ganong", State.PRESENT),
        panel.rest_absent,
        panel.normal_next,
        panel.defer_next,
        getattr(panel, other),
    )
    for way in ways:
        panel.hint.hide()
        way()
        assert (session.history("r0"), session.info("r0").reading) == before
        assert panel.hint.isVisible()
        assert panel.hint.text() in (
            ("Confirmed. Reopen it to change.",) if closed == "confirm" else ("Excluded. Include it to change.",)
        )
    assert "local:Ganong" not in {s.code for s in session.panel()}


def test_enter_on_a_confirmed_reading_goes_on(panel, session, qtbot):
    panel.say(AF, State.PRESENT)
    panel.confirm()
    before = session.project.records.reading_events()
    with qtbot.waitSignal(panel.next_wanted):
        panel.confirm_next()
    assert session.project.records.reading_events() == before


def test_contradictory_statements_are_confirmed_only_when_meant(panel, session):
    panel.say(AF, State.PRESENT)
    panel.say(SR, State.PRESENT)
    panel.confirm_next()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert panel.hint.text().startswith("These exclude each other: SR and AF.")
    panel.show_record("r1")
    panel.show_record("r0")
    panel.confirm()
    assert session.info("r0").reading == ReadingState.IN_PROGRESS, "asked again, as it was a while ago"
    panel.confirm()
    assert session.info("r0").reading == ReadingState.CONFIRMED
