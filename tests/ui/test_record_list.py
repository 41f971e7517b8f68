"""The record list: filter, order, and what blind reading hides."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.tasks import predicting
from cessl_gui.ui.worklist.record_list import RecordList
from cessl_gui.ui.worklist.record_table import FINDING, NAME, NOT_ASSESSED, PROBABILITY, STATE
from tests.ui.conftest import AF, COUNT, PANEL, SB, ManyRecords


@pytest.fixture
def records(session, qtbot):
    widget = RecordList(session)
    qtbot.addWidget(widget)
    widget.resize(300, 500)
    widget.show()
    return widget


def names(widget):
    table = widget.table
    return [table.index(row, NAME).data() for row in range(table.rowCount())]


def cell(widget, record_id, column):
    return widget.table.index(widget.table.row_of(record_id), column).data()


def pick(box, data):
    box.setCurrentIndex(box.findData(data))


def test_typing_searches_name_and_folder(records, qtbot):
    qtbot.keyClicks(records.search, "odd")
    assert names(records) == ["ECG 1", "ECG 3", "ECG 5"]
    assert records.count.text() == "3 of 6 records"
    qtbot.keyClick(records.search, Qt.Key.Key_Escape)
    assert len(names(records)) == 6


def test_reading_states_filter(records, session):
    session.set_reading("r2", ReadingState.DEFERRED)
    pick(records.reading, ReadingState.DEFERRED)
    assert names(records) == ["ECG 2"]
    assert cell(records, "r2", STATE) == "◇ deferred"


def test_statement_and_answer_filter(records, session):
    session.set_label("r1", AF, State.PRESENT)
    session.set_label("r2", AF, State.ABSENT)
    pick(records.statement, AF)
    assert len(names(records)) == 6, "a statement alone orders, it filters nothing"
    pick(records.said, "present")
    assert names(records) == ["ECG 1"]
    pick(records.said, "absent")
    assert names(records) == ["ECG 2"]
    pick(records.said, NOT_ASSESSED)
    assert names(records) == ["ECG 0", "ECG 3", "ECG 4", "ECG 5"]


def test_sorts_by_the_probability_of_the_chosen_statement(records, session):
    session.set_setting("blind", "off")
    pick(records.statement, SB)
    records.view.sortByColumn(PROBABILITY, Qt.SortOrder.DescendingOrder)
    assert names(records) == [f"ECG {i}" for i in (5, 4, 3, 2, 1, 0)]
    pick(records.statement, AF)
    assert names(records) == [f"ECG {i}" for i in range(6)]
    assert records.table.headerData(PROBABILITY, Qt.Orientation.Horizontal) == "p AF"


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
@pytest.mark.parametrize("code", [AF, SB, ""])
def test_what_is_hidden_has_no_place_in_the_order_by_probability(records, session, code, order):
    for record_id in ("r4", "r1"):
        session.reveal(record_id)
    pick(records.statement, code)
    records.view.sortByColumn(PROBABILITY, order)
    hidden = ["ECG 0", "ECG 2", "ECG 3", "ECG 5"]
    assert names(records)[2:] == hidden, "as they were imported"
    p = {i: session.prediction(i).probabilities for i in ("r1", "r4")}
    value = {f"ECG {i[1]}": q[code] if code else max(q.values()) for i, q in p.items()}
    assert names(records)[:2] == sorted(value, key=value.get, reverse=order == Qt.SortOrder.DescendingOrder)


@pytest.mark.parametrize("how", ["undo", "blind again"])
def test_an_order_by_probability_goes_with_what_is_hidden_again(records, session, how):
    session.set_setting("blind", "off")
    pick(records.statement, SB)
    for i in range(COUNT):
        session.set_label(f"r{i}", AF, State.ABSENT)
        session.set_reading(f"r{i}", ReadingState.CONFIRMED)
    records.view.sortByColumn(PROBABILITY, Qt.SortOrder.DescendingOrder)
    assert names(records) == [f"ECG {i}" for i in (5, 4, 3, 2, 1, 0)]
    if how == "undo":
        session.set_setting("blind", "always")
        session.undo()
        assert names(records) == [f"ECG {i}" for i in (4, 3, 2, 1, 0, 5)]
    else:
        for i in range(COUNT):
            session.set_reading(f"r{i}", ReadingState.IN_PROGRESS)
        session.set_setting("blind", "always")
        assert names(records) == [f"ECG {i}" for i in range(COUNT)]


def test_a_confirmation_moves_no_row(records, session):
    records.view.sortByColumn(PROBABILITY, Qt.SortOrder.DescendingOrder)
    session.set_label("r5", AF, State.ABSENT)
    session.set_reading("r5", ReadingState.CONFIRMED)
    assert names(records) == [f"ECG {i}" for i in range(COUNT)]


def test_an_order_by_probability_follows_the_model(records, session, qtbot, monkeypatch):
    session.set_setting("blind", "off")
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    pick(records.statement, AF)
    records.view.sortByColumn(PROBABILITY, Qt.SortOrder.DescendingOrder)
    records.choose("r1")
    model = replace(session.active_model(), id="v1", name="Version 1", status="candidate")
    session.project.models.add(model, {})
    session.project.predictions.write("v1", [Prediction(f"r{i}", "v1", {AF: (i * 5 % 6) / 10}) for i in range(COUNT)])
    session.adopt("v1")
    assert names(records) == [f"ECG {i}" for i in range(COUNT)], "as it was, until the new ones are read"
    qtbot.waitUntil(lambda: not session.busy)
    assert names(records) == [f"ECG {i}" for i in (1, 2, 3, 4, 5, 0)]
    assert records.current == "r1"
    records.view.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    session.activate("m1")
    qtbot.waitUntil(lambda: not session.busy)
    assert names(records) == [f"ECG {i}" for i in range(COUNT)]


@pytest.mark.parametrize("code", [AF, PANEL[8].code, ""])
def test_unread_records_show_no_number_and_no_finding_of_the_model(records, session, code):
    pick(records.statement, code)
    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        rows = {
            tuple(records.table.index(row, column).data(role) for column in (STATE, FINDING, PROBABILITY))
            for row in range(COUNT)
        }
        assert len(rows) == 1, "each unread record looks as the others do"
    assert cell(records, "r0", PROBABILITY) == "hidden"
    assert cell(records, "r0", FINDING) == ""


def test_a_number_stands_beside_its_own_statement(records, session):
    session.set_label("r0", SB, State.PRESENT)
    session.reveal("r0")
    assert cell(records, "r0", FINDING) == "SB"
    assert cell(records, "r0", PROBABILITY) == "▮ AF 0.95"
    pick(records.statement, SB)
    assert cell(records, "r0", PROBABILITY) == "SB 0.00"
    pick(records.statement, PANEL[8].code)
    assert cell(records, "r0", PROBABILITY) == "–", "the model does not know it"


def test_likely_and_merely_above_the_threshold_are_told_apart(records, session):
    session.set_setting("blind", "off")
    pick(records.statement, SB)  # thresholds: SB 0.3, SR 0.4
    assert cell(records, "r5", PROBABILITY) == "▮ SB 0.50"
    assert cell(records, "r3", PROBABILITY) == "▯ SB 0.30"
    assert cell(records, "r2", PROBABILITY) == "SB 0.20"
    words = records.table.index(3, PROBABILITY).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words.startswith("Model: SB 0.30, above threshold (threshold 0.30)")


def test_what_a_person_said_stands_before_what_the_model_says(records, session):
    session.set_setting("blind", "off")
    session.set_label("r0", SB, State.PRESENT)
    session.set_label("r0", AF, State.UNCERTAIN)
    assert cell(records, "r0", FINDING) == "SB, AF?"


def test_a_statement_of_the_project_is_named_and_can_be_filtered_by(records, session):
    session.add_statement("r0", "Ganong", State.PRESENT)
    assert cell(records, "r0", FINDING) == "Ganong"
    pick(records.statement, "local:Ganong")
    pick(records.said, "present")
    assert names(records) == ["ECG 0"]


def test_a_label_redraws_its_row_alone_and_leaves_the_order(records, session):
    changed, moved = [], []
    records.table.dataChanged.connect(lambda top, bottom: changed.append((top.row(), bottom.row())))
    records.table.layoutChanged.connect(lambda *_: moved.append(1))
    session.set_label("r3", AF, State.PRESENT)
    assert set(changed) == {(3, 3)}
    assert not moved


def test_the_open_record_stays_in_the_list_until_the_reader_goes_on(records, session, qtbot):
    pick(records.reading, ReadingState.NEW)
    records.choose("r1")
    session.set_reading("r1", ReadingState.CONFIRMED)
    assert "ECG 1" in names(records)
    with qtbot.waitSignal(records.chosen) as chosen:
        assert records.step(1)
    assert chosen.args == ["r2"]
    assert "ECG 1" not in names(records)
    assert records.current == "r2"


def test_steps_end_at_the_ends(records):
    records.choose("r5")
    assert not records.step(1)
    assert records.step(-1)
    assert records.current == "r4"


def test_choosing_a_hidden_record_lifts_the_filter(records):
    records.search.setText("odd")
    assert records.choose("r2")
    assert records.current == "r2"
    assert not records.choose("no such record")


def test_an_undone_act_brings_its_record_back_into_the_filter(records, session):
    pick(records.reading, ReadingState.NEW)
    records.choose("r0")
    session.normal("r0")
    records.step(1)
    assert "ECG 0" not in names(records)
    assert records.choose(session.undo())
    assert records.current == "r0"
    assert records.reading.currentData() == ReadingState.NEW


def test_a_click_opens_a_record(records, qtbot):
    rect = records.view.visualRect(records.table.index(4, NAME))
    with qtbot.waitSignal(records.chosen) as chosen:
        qtbot.mouseClick(records.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert chosen.args == ["r4"]


def test_qt_finds_no_fault_with_the_model(records, session):
    QAbstractItemModelTester(records.table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    records.choose("r0")
    records.search.setText("even")
    pick(records.reading, ReadingState.NEW)
    session.set_reading("r0", ReadingState.CONFIRMED)
    records.step(1)
    records.clear_filters()
    records.view.sortByColumn(PROBABILITY, Qt.SortOrder.DescendingOrder)


def test_an_empty_project_says_what_to_do(qtbot):
    empty = ManyRecords([], {})
    empty.active_model = lambda: None
    empty.panel = lambda: ()
    empty.info = lambda i: SimpleNamespace()
    widget = RecordList(empty)
    qtbot.addWidget(widget)
    widget.show()
    assert widget.start.isVisible()
    assert not widget.view.isVisible()
    with qtbot.waitSignal(widget.import_wanted):
        qtbot.mouseClick(widget.start, Qt.MouseButton.LeftButton)
