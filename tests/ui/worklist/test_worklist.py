"""The Worklist room and the rail of records: what they show, what is hidden while reading blind, what is done there."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QInputDialog

from cessl_gui.bridge import sight
from cessl_gui.bridge.worklist import Column, Filter
from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.tasks.models import predicting
from cessl_gui.ui.parts.dates import day_words
from cessl_gui.ui.worklist import primed_line
from cessl_gui.ui.worklist.chips import SETTING, saved
from cessl_gui.ui.worklist.columns import HIDDEN, OFFSET, section_of
from cessl_gui.ui.worklist.rail import RecordRail
from cessl_gui.ui.worklist.rail_rows import HEADING, ROW, _common, _shortened
from cessl_gui.ui.worklist.view import CHANGED, STAYS, WorklistView
from tests.records import record_of
from tests.ui.conftest import AF, COUNT, PANEL, SB


@pytest.fixture
def view(session, qtbot):
    widget = WorklistView(session)
    qtbot.addWidget(widget)
    widget.resize(1302, 716)
    widget.show()
    return widget


@pytest.fixture
def rail(view, session, qtbot):
    widget = RecordRail(session, view.table)
    qtbot.addWidget(widget)
    widget.resize(64, 716)
    widget.show()
    return widget


def names(view):
    return [view.table.index(place, OFFSET).data() for place in range(view.table.rowCount())]


def cell(view, record_id, column, role=Qt.ItemDataRole.DisplayRole):
    return view.table.index(view.table.row_of(record_id), section_of(column)).data(role)


def press_box(qtbot, view, record_id):
    rect = view.grid.visualRect(view.table.index(view.table.row_of(record_id), 0))
    qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def sort(view, column, descending=False):
    view.table.sort_by(column, descending)


# --- what is shown


def test_the_model_is_one_for_qt(view):
    QAbstractItemModelTester(view.table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    view.search.setText("odd")
    view.search.clear()
    sort(view, Column.STATE)


def test_search_filters_while_typing(view, qtbot):
    qtbot.keyClicks(view.search, "odd")
    assert names(view) == ["ECG 1", "ECG 3", "ECG 5"]
    assert view.summary.text().endswith("3 shown")
    qtbot.keyClick(view.search, Qt.Key.Key_Escape)
    assert len(names(view)) == COUNT


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_the_order(view):
    view.grid._sort(section_of(Column.RECORD))
    assert names(view) == [f"ECG {i}" for i in reversed(range(COUNT))]
    view.grid._sort(section_of(Column.RECORD))
    assert names(view) == [f"ECG {i}" for i in range(COUNT)]


@pytest.mark.parametrize("code", [AF, PANEL[8].code, ""])
def test_unread_records_show_no_number_and_no_finding_of_the_model(view, code):
    view.table.show_filter(Filter(code=code))
    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        hidden = (Column.STATE, Column.FINDING, Column.MODEL, Column.DISAGREEMENT)
        rows = {tuple(cell(view, f"r{i}", column, role) for column in hidden) for i in range(COUNT)}
        assert len(rows) == 1, "each unread record looks as the others do"
    assert cell(view, "r0", Column.MODEL) == HIDDEN


def test_a_read_record_shows_finding_and_probability(view, session):
    session.set_label("r1", AF, State.PRESENT)
    session.set_label("r1", SB, State.UNCERTAIN)
    session.set_reading("r1", ReadingState.CONFIRMED)
    assert cell(view, "r1", Column.FINDING) == "AF, SB?"
    assert cell(view, "r1", Column.MODEL) == "AF 0.85"
    assert cell(view, "r1", Column.STATE) == "confirmed"


def test_a_disagreement_names_the_party_and_the_statement(view, session):
    session.set_label("r0", AF, State.ABSENT)
    assert cell(view, "r0", Column.DISAGREEMENT) == "–"
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert cell(view, "r0", Column.DISAGREEMENT) == "model AF; file AF"


def test_a_confirmation_moves_no_row_and_says_that_the_order_is_of_earlier(view, session):
    sort(view, Column.MODEL, descending=True)
    assert view.bar.note.text() == STAYS
    session.set_label("r5", AF, State.ABSENT)
    session.set_reading("r5", ReadingState.CONFIRMED)
    assert names(view) == [f"ECG {i}" for i in range(COUNT)]
    assert view.bar.note.text() == CHANGED


def test_f5_sorts_and_counts_again_and_keeps_what_is_chosen(view, session, qtbot):
    view.chips.buttons["Unread"].click()
    view.grid.choose(["r3"])
    session.set_reading("r1", ReadingState.CONFIRMED)
    assert view.chips.buttons["Unread"].text().endswith(" 6")
    view.grid.setFocus()
    view.renew()
    assert view.chips.buttons["Unread"].text().endswith(" 5")
    assert len(names(view)) == 5
    assert view.grid.chosen() == ["r3"]


@pytest.mark.parametrize("how", ["undo", "blind again"])
def test_an_order_by_probability_goes_with_what_is_hidden_again(view, session, how):
    session.set_setting("blind", "off")
    view.table.show_filter(Filter(code=SB))
    for i in range(COUNT):
        session.set_label(f"r{i}", AF, State.ABSENT)
        session.set_reading(f"r{i}", ReadingState.CONFIRMED)
    sort(view, Column.MODEL, descending=True)
    assert names(view) == [f"ECG {i}" for i in (5, 4, 3, 2, 1, 0)]
    if how == "undo":
        session.set_setting("blind", "always")
        session.undo()
        assert names(view) == [f"ECG {i}" for i in (4, 3, 2, 1, 0, 5)]
    else:
        for i in range(COUNT):
            session.set_reading(f"r{i}", ReadingState.IN_PROGRESS)
        session.set_setting("blind", "always")
        assert names(view) == [f"ECG {i}" for i in range(COUNT)]


def test_new_predictions_are_in_the_order_after_f5(view, session, qtbot, monkeypatch):
    session.set_setting("blind", "off")
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    model = replace(session.active_model(), id="v1", name="Version 1", status="candidate")
    session.project.models.add(model, {})
    session.project.predictions.write("v1", [Prediction(f"r{i}", "v1", {AF: (i * 5 % 6) / 10}) for i in range(COUNT)])
    view.table.show_filter(Filter(code=AF))
    sort(view, Column.MODEL, descending=True)
    session.adopt("v1")
    qtbot.waitUntil(lambda: not session.busy)
    view.renew()
    assert names(view) == [f"ECG {i}" for i in (1, 2, 3, 4, 5, 0)]


def test_only_the_rows_in_sight_are_asked_for(view, session, monkeypatch):
    asked = []
    monkeypatch.setattr(view.table, "said", lambda row: asked.append(row) or "")
    view.resize(1302, 48 + 40 + 32 + 28 + 48 + 3 * 28)
    QApplication.processEvents()
    asked.clear()
    view.grid.viewport().repaint()
    assert 0 < len(set(asked)) <= 5


@pytest.mark.parametrize(
    ("moment", "words"), [(20210328101500, "28 Mar 2021"), (-1, "not in file"), (20219900000000, "not in file")]
)
def test_a_date_is_written_as_on_a_report(moment, words):
    assert day_words(moment) == words


# --- blind reading


def test_the_line_says_what_is_hidden_and_what_showing_it_means(view, session):
    assert view.primed.text.text() == primed_line.HIDDEN[0]
    view.primed.button.click()
    assert view.primed.text.text() == primed_line.SHOWN[0]
    assert cell(view, "r0", Column.MODEL) == "AF 0.95"
    view.primed.button.click()
    assert cell(view, "r0", Column.MODEL) == HIDDEN


def test_a_record_whose_probability_the_list_showed_is_labelled_as_seen(view, session):
    assert not session.has_seen("r0")
    view.primed.button.click()
    view.grid.viewport().repaint()
    QApplication.processEvents()
    assert session.has_seen("r0")
    assert "r0" in session.project.records.seen(), "for good"
    session.set_label("r0", AF, State.PRESENT)
    (event,) = [e for e in session.history("r0") if e["reader"] == "dr test"]
    assert event["prediction_visible"] == 1
    assert event["file_visible"] == 1


def test_what_the_list_showed_is_still_hidden_in_read(view, session):
    view.primed.button.click()
    view.grid.viewport().repaint()
    QApplication.processEvents()
    assert not session.prediction_shown("r0")
    assert "r0" not in session.project.records.uncovered()


def test_where_all_is_always_hidden_the_list_offers_nothing(view, session):
    view.primed.button.click()
    session.set_setting("blind", sight.ALWAYS)
    assert view.primed.button.isHidden()
    assert cell(view, "r0", Column.MODEL) == HIDDEN


# --- chips


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


# --- rows that are chosen


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


def test_a_column_that_is_not_wanted_stays_away(view, session, qtbot):
    view.grid.show_column(Column.SEX, False)
    other = WorklistView(session)
    qtbot.addWidget(other)
    assert other.grid.isColumnHidden(section_of(Column.SEX))
    view.grid.show_column(Column.SEX, True)


def test_nothing_that_matches_is_said_with_a_way_out(view, qtbot):
    view.search.setText("no such record")
    assert view.empty.title.text() == "No ECG matches"
    view.empty.button.click()
    assert len(names(view)) == COUNT
    assert view.search.text() == ""


# --- the rail


def test_the_rail_says_how_many_are_read(rail, session):
    session.set_reading("r1", ReadingState.CONFIRMED)
    assert rail.head.texts == ("1", "of 6")


def test_a_click_in_the_rail_opens_a_record(rail, qtbot):
    chosen = []
    rail.chosen.connect(chosen.append)
    at = rail.view.row_rect(2).center().toPoint()
    qtbot.mouseClick(rail.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert chosen == ["r2"]


def test_below_the_open_record_a_heading_says_what_comes_next(rail):
    rail.choose("r2")
    assert rail.view.row_rect(3).top() - rail.view.row_rect(2).top() == ROW + HEADING
    assert rail.view.place_at(rail.view.row_rect(2).bottom() + 3) is None
    assert rail.view.place_at(rail.view.row_rect(3).center().y()) == 3


def test_the_open_record_is_always_in_sight(rail):
    rail.resize(64, rail.head.height() + 5 * ROW)
    for record_id in ("r5", "r0", "r3"):
        rail.choose(record_id)
        assert rail.view.viewport().rect().contains(rail.view.row_rect(rail.table.row_of(record_id)).toRect())


def test_the_next_unread_record_is_opened(rail, session):
    for i in (1, 2):
        session.set_reading(f"r{i}", ReadingState.CONFIRMED)
    rail.choose("r0")
    assert rail.step_unread()
    assert rail.current == "r3"


def test_opening_a_record_lifts_the_filter_that_hides_it(rail, view):
    view.search.setText("odd")
    assert rail.choose("r2")
    assert rail.current == "r2"
    assert len(names(view)) == COUNT


def test_a_record_that_is_not_there_is_not_opened(rail):
    assert not rail.choose("no such record")
    assert rail.current == ""


def test_a_record_opened_from_a_list_that_shows_hidden_opinions_is_primed(rail, view, session):
    view.primed.button.click()
    rail.choose("r5")
    assert session.has_seen("r5")


@pytest.mark.parametrize(
    ("name", "prefix", "shown"),
    [("short", 0, "short"), ("patient_2020_0001", 13, "…0001"), ("abcdefghijklmnop", 0, "…lmnop")],
)
def test_a_long_name_is_cut_to_what_tells_it_from_the_others(rail, name, prefix, shown):
    metrics = rail.fontMetrics()
    got = _shortened(name, prefix, metrics, metrics.horizontalAdvance("wwwww"))
    assert got.lstrip("…") in name
    assert name.endswith(got.lstrip("…"))
    assert (got == name) == (shown == name)


def test_the_common_beginning_of_the_names_in_the_list_is_found(session):
    columns = session.columns()
    assert _common(columns.names, columns.name_rank, columns.name_rank.argsort()) == len("ECG ")


def test_a_record_that_comes_is_in_the_rail(rail, session):
    session.project.records.add(record_of(8))
    session._adopt_records(session._read_records())
    assert rail.head.texts == ("0", "of 7")
    assert rail.choose("r8")


def test_counts_are_true_when_the_room_is_first_looked_at(window, session, qtbot):
    session.set_label("r0", AF, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    window.show_room("worklist")
    assert window.worklist.chips.buttons["Confirmed"].text() == "Confirmed  1"


def test_what_cannot_be_pressed_says_why(view):
    assert not view.chips.save.isEnabled()
    assert "First filter" in view.chips.save.toolTip()
    assert view.statement.said.toolTip() == "Choose a statement first"
