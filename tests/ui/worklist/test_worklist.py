"""The list of the Worklist room: what it shows, its order, and what is hidden while reading blind."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from cessl_gui.bridge.reader import sight
from cessl_gui.bridge.worklist import Column, Filter
from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.tasks.models import predicting
from cessl_gui.ui.parts.dates import day_words
from cessl_gui.ui.worklist import primed_line
from cessl_gui.ui.worklist.columns import HIDDEN, section_of, years_words
from cessl_gui.ui.worklist.view import CHANGED, STAYS, WorklistView
from tests.ui.conftest import AF, COUNT, PANEL, SB
from tests.ui.worklist.lists import cell, names, sort

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


@pytest.mark.parametrize(
    ("years", "words"),
    [(45, "45"), (89.5, "> 89"), (1.5, "18 mo"), (3 / 365.25, "3 d"), (0, "0"), (45.7, "45"), (float("nan"), "")],
)
def test_an_age_is_said_in_years_and_of_small_children_in_months_or_days(years, words):
    assert years_words(years) == words


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


def test_a_column_that_is_not_wanted_stays_away(view, session, qtbot):
    view.grid.show_column(Column.SEX, False)
    other = WorklistView(session)
    qtbot.addWidget(other)
    assert other.grid.isColumnHidden(section_of(Column.SEX))
    view.grid.show_column(Column.SEX, True)
