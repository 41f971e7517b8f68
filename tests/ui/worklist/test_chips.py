"""The chips above the Worklist: filters with their counts, kept in the project."""

from PySide6.QtWidgets import QInputDialog

from cessl_gui.bridge.worklist import Filter
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ui.worklist.chips import SETTING, saved
from tests.ui.conftest import AF, COUNT
from tests.ui.worklist.lists import names


def test_chips_count_and_filter(view, session):
    session.set_reading("r2", ReadingState.DEFERRED)
    view.renew()
    assert view.chips.buttons["Deferred"].text().endswith(" 1")
    view.chips.buttons["Deferred"].click()
    assert names(view) == ["ECG 2"]


def test_a_filter_is_kept_in_the_project_and_deleted_again(view, session, monkeypatch):
    view.search.setText("odd")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Odd ones", True))
    view.chips.save.click()
    assert view.chips.buttons["Odd ones"].text().endswith(" 3")
    view.search.clear()
    view.chips.buttons["Odd ones"].click()
    assert view.search.text() == "odd"
    assert names(view) == ["ECG 1", "ECG 3", "ECG 5"]
    view.chips.keep("Odd ones", None)
    assert "Odd ones" not in view.chips.buttons
    assert saved(session) == {}


def test_a_kept_filter_that_cannot_be_read_is_left_out(session):
    session.set_setting(SETTING, [{"name": "x"}, 3, {"name": "y", "filter": Filter(text="a").to_json()}])
    assert saved(session) == {"y": Filter(text="a")}


def test_the_statement_is_shown_and_filtered_by(view, session):
    session.set_label("r1", AF, State.PRESENT)
    view.statement.statement.setCurrentIndex(view.statement.statement.findData(AF))
    assert len(names(view)) == COUNT
    view.statement.said.setCurrentIndex(view.statement.said.findData("present"))
    assert names(view) == ["ECG 1"]


def test_nothing_that_matches_is_said_with_a_way_out(view, qtbot):
    view.search.setText("no such record")
    assert view.empty.title.text() == "No ECG matches"
    view.empty.button.click()
    assert len(names(view)) == COUNT
    assert view.search.text() == ""


def test_counts_are_true_when_the_room_is_first_looked_at(window, session, qtbot):
    session.set_label("r0", AF, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    window.show_room("worklist")
    assert window.worklist.chips.buttons["Confirmed"].text() == "Confirmed  1"


def test_what_cannot_be_pressed_says_why(view):
    assert not view.chips.save.isEnabled()
    assert "search first" in view.chips.save.toolTip()
    assert view.statement.said.toolTip() == "Choose a statement first"
