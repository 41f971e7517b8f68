"""Rows of the Worklist room that are chosen: what is done with them, by mouse and by keys."""

from PySide6.QtCore import Qt

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.types import ReadingState
from tests.ui.worklist.lists import sort


def press_box(qtbot, view, record_id):
    rect = view.grid.visualRect(view.table.index(view.table.row_of(record_id), 0))
    qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def test_a_click_on_a_box_chooses_its_row_besides_the_others(view, qtbot):
    for record_id in ("r1", "r3", "r4", "r3"):
        press_box(qtbot, view, record_id)
    assert view.grid.chosen() == ["r1", "r4"]
    assert view.bar.count.text() == "2 selected"


def done(qtbot, view, session, what):
    with qtbot.waitSignal(session.ended, check_params_cb=lambda kind, _: kind == "move"):
        view.bar.buttons[what].click()


def test_chosen_rows_are_put_off(view, session, qtbot):
    view.grid.choose(["r1", "r4"])
    done(qtbot, view, session, "defer")
    assert [session.info(i).reading for i in ("r1", "r4")] == [ReadingState.DEFERRED] * 2


def test_a_finished_reading_stays_and_that_is_said(view, session, qtbot):
    said = []
    view.said.connect(said.append)
    session.set_reading("r1", ReadingState.CONFIRMED)
    view.grid.choose(["r1", "r4"])
    done(qtbot, view, session, "exclude")
    assert said == ["1 ECG excluded. 1 stay as they are: a finished reading is reopened first."]


def test_the_place_of_the_selection_bar_is_reserved(view):
    before = view.stack.geometry()
    view.grid.choose(["r1"])
    assert view.stack.geometry() == before


def test_chosen_rows_are_read_one_after_the_other(view, rail):
    opened = []
    view.opened.connect(opened.append)
    view.grid.choose(["r1", "r4"])
    view.bar.buttons["read"].click()
    assert opened == ["r1"]
    rail.choose("r1")
    rail.step(1)
    assert rail.current == "r4"
    assert not rail.step(1)


def test_enter_opens_the_current_row(view, qtbot):
    opened = []
    view.opened.connect(opened.append)
    view.grid.go_to("r3")
    qtbot.keyClick(view.grid, Qt.Key.Key_Return)
    assert opened == ["r3"]


def test_escape_first_chooses_none(view, qtbot):
    view.grid.choose(["r1"])
    qtbot.keyClick(view.grid, Qt.Key.Key_Escape)
    assert view.grid.chosen() == []


def test_the_current_row_stays_in_sight_in_another_order(view):
    view.resize(1302, 48 + 40 + 32 + 28 + 48 + 2 * 28)
    view.follow("r0")
    sort(view, Column.RECORD, descending=True)
    assert view.current == "r0"
    assert view.grid.viewport().rect().intersects(view.grid.visualRect(view.grid.currentIndex()))
