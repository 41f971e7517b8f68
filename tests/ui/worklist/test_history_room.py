"""The History room tells who entered what, and when, a page at a time, and nothing that blind reading hides."""

import uuid

import pytest
from PySide6.QtCore import QDate, QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from cessl_gui.bridge.reader.past import PAGE, Asked
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.types import Caliper, ReadingState, State
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.tables.annotations import IMPORTED
from cessl_gui.store.tables.readers import APART
from cessl_gui.tasks.steps_back import step_back
from cessl_gui.ui.parts.tokens import FOCUS_RING
from cessl_gui.ui.worklist.history import WIDEST_PX, HistoryView
from cessl_gui.ui.worklist.history_filters import BETWEEN
from tests.ui.conftest import AF, SR


@pytest.fixture
def told(session):
    """Labels of two readers, and of a file on ECG 0, which is read blind."""
    session.project.labels.set_many([("r1", SR, State.PRESENT)], "dr b")
    session.set_label("r2", AF, State.UNCERTAIN)


@pytest.fixture
def room(told, session, qtbot):
    """The room alone."""
    view = HistoryView(session, lambda: "r0")
    qtbot.addWidget(view)
    view.resize(1302, 716)
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        view.show()
    return view


@pytest.fixture
def room_of_window(told, window, session, qtbot):
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        window.show_room("history")
    return window.rooms["history"]


def lines(room) -> list[list[str]]:
    model = room.model
    return [
        [model.data(model.index(row, column)) for column in range(1, model.columnCount())]
        for row in range(model.rowCount())
    ]


def choose(room, qtbot, box, key):
    box.setCurrentIndex(box.findData(key))
    with qtbot.waitSignal(room._session.past.page_ready, timeout=20_000):
        box.activated.emit(box.currentIndex())


def test_the_newest_act_comes_first_with_who_and_what(room):
    found = [line[:5] for line in lines(room) if line[0] == "dr test" and line[2] == "Atrial fibrillation"]
    assert found == [["dr test", "ECG 2", "Atrial fibrillation", "", "uncertain"]]


def test_the_keyboard_does_not_begin_at_the_export(room_of_window):
    focus = QApplication.focusWidget()
    assert room_of_window.isAncestorOf(focus)
    assert focus is not room_of_window.export


def test_the_ring_about_a_filter_is_whole(room_of_window):
    filters = room_of_window.filters
    ring = FOCUS_RING
    assert filters.rect().contains(filters.scope.geometry().adjusted(-ring, -ring, ring, ring))


def test_one_reader_is_shown_alone(room, qtbot):
    choose(room, qtbot, room.filters.reader, "dr b")
    assert {line[0] for line in lines(room)} == {"dr b"}


def test_the_open_ecg_is_shown_alone(room_of_window, window, qtbot):
    window.read.open_record("r2")
    choose(room_of_window, qtbot, room_of_window.filters.scope, True)
    assert {line[1] for line in lines(room_of_window)} == {"ECG 2"}


def of_the_file(room) -> list[str]:
    return [line[2] for line in lines(room) if line[0] == "the file"]


def test_what_a_file_says_is_left_out_while_the_reading_is_blind(room):
    assert of_the_file(room) == []


def test_what_a_file_says_is_not_written_either_while_the_reading_is_blind(room, session, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "acts.csv"), ""))
    with qtbot.waitSignal(session.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "export"):
        room.export.click()
    assert "header" not in (tmp_path / "acts.csv").read_text("utf-8")


def test_what_a_file_says_is_told_once_the_reading_is_confirmed(room, session, qtbot):
    session.set_reading("r0", ReadingState.CONFIRMED)
    qtbot.waitUntil(lambda: of_the_file(room) == ["Atrial fibrillation"], timeout=20_000)
    whens = [room.model.line(row).act for row in range(room.model.rowCount())]
    assert whens == sorted(whens, reverse=True)


def test_what_is_told_is_looked_for_beyond_the_first_page(room, session, qtbot):
    session.project.labels.set_many([("r3", SR, State.PRESENT)] * (PAGE + 20), "header", kind="header")
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        room.refresh()
    assert {"ECG 1", "ECG 2"} <= {line[1] for line in lines(room)}


def test_columns_are_as_wide_as_what_is_in_them(room, session, qtbot):
    session.notes.write("r2", "A note of many words. " * 40)
    qtbot.waitUntil(lambda: "note" in {line[2] for line in lines(room)}, timeout=20_000)
    table = room.table
    qtbot.waitUntil(lambda: table.columnWidth(5) == WIDEST_PX, timeout=20_000)
    cut = [n for n in range(5) if table.sizeHintForColumn(n) > table.columnWidth(n)]
    assert cut == []


def test_what_takes_the_room_that_is_left(room, session, qtbot):
    table = room.table
    qtbot.waitUntil(lambda: table.horizontalHeader().length() == table.viewport().width(), timeout=20_000)


def test_calipers_are_told_in_words(room, session, qtbot):
    session.set_caliper("r2", "c1", Caliper("c1", "aVF", 2.912, 3.578, 1.94444, -0.1, marched=True))
    qtbot.waitUntil(lambda: "caliper" in {line[2] for line in lines(room)}, timeout=20_000)
    assert lines(room)[0][3:5] == ["", "2.91 to 3.58 s in aVF, marched out"]


def test_rows_come_by_pages(room, session, qtbot):
    for number in range(PAGE + 20):
        state = State.PRESENT if number % 2 else State.ABSENT
        session.project.labels.set_many([("r3", SR, state)], "dr b")
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        room.refresh()
    first = room.model.rowCount()
    room.model.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: room.model.rowCount() > PAGE, timeout=20_000)
    assert first == PAGE


def test_the_whole_history_is_written_as_a_table(room, session, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "told"), ""))
    with qtbot.waitSignal(session.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "export"):
        room.export.click()
    assert "dr b" in (tmp_path / "told.csv").read_text("utf-8")


def test_a_version_of_the_model_is_named_as_people_know_it(room, session, qtbot):
    name = session.active_model().name
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        room.refresh()
    assert f"model: {name}" in {line[2] for line in lines(room)}


def test_one_statement_is_shown_alone(room, qtbot):
    choose(room, qtbot, room.filters.statement, AF)
    assert {(line[0], line[1]) for line in lines(room)} == {("dr test", "ECG 2")}


def test_of_another_day_there_is_nothing_and_this_is_said(room, qtbot):
    room.filters.days[0].setDate(QDate(2001, 1, 1))
    room.filters.days[1].setDate(QDate(2001, 1, 2))
    choose(room, qtbot, room.filters.time, BETWEEN)
    assert (lines(room), room.nothing.isVisible()) == ([], True)


def test_what_was_done_today_is_shown(room, qtbot):
    choose(room, qtbot, room.filters.time, 1)
    assert ["dr test", "ECG 2", "Atrial fibrillation"] in [line[:3] for line in lines(room)]


def test_an_act_comes_into_sight_while_the_room_is_open(room, session, qtbot):
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        session.set_label("r4", SR, State.ABSENT)
    assert lines(room)[1][:5] == ["dr test", "ECG 4", "Sinus rhythm", "", "absent"]


def test_an_act_that_is_undone_meanwhile_is_marked_where_it_stands(room, session, qtbot):
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        session.undo()
    assert ["dr test", "ECG 2", "Atrial fibrillation, undone"] in [line[:3] for line in lines(room)]


def test_the_chosen_row_stays_chosen_while_acts_come(room, session, qtbot):
    room.table.selectRow(0)
    act = room.model.line(0).act
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000):
        session.set_label("r4", SR, State.ABSENT)
    assert room.model.line(room.table.currentIndex().row()).act == act


@pytest.mark.parametrize("way", ["double-click", "Enter"])
def test_an_act_opens_its_ecg_at_its_statement_and_escape_comes_back(room_of_window, window, qtbot, way):
    room = room_of_window
    row = next(i for i, line in enumerate(lines(room)) if line[:3] == ["dr test", "ECG 2", "Atrial fibrillation"])
    room.table.setCurrentIndex(room.model.index(row, 0))
    room.table.setFocus()
    if way == "Enter":
        qtbot.keyClick(room.table, Qt.Key.Key_Return)
    else:
        at = room.table.visualRect(room.model.index(row, 0)).center()
        qtbot.mouseClick(room.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseDClick(room.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    opened = (window.room, window.labels.record_id)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert (opened, window.room) == (("read", "r2"), "history")


def test_what_the_filters_choose_is_written_alone(room, session, qtbot, monkeypatch, tmp_path):
    choose(room, qtbot, room.filters.reader, "dr b")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "told"), ""))
    with qtbot.waitSignal(session.ended, timeout=20_000, check_params_cb=lambda kind, _: kind == "export"):
        room.export.click()
    assert "dr test" not in (tmp_path / "told.csv").read_text("utf-8")


def of_marks(session, qtbot) -> list[str]:
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000) as told:
        session.past.request(Asked(kind="annotation"))
    return [line.record for line in told.args[1]]


def test_marks_of_a_file_that_were_undone_or_redone_are_not_told_while_the_reading_is_blind(session, qtbot):
    marks = {"of the file": Annotation("of the file", AF, 1.0, None, "")}
    steps, brought, step = session.project.steps, uuid.uuid4().hex, new_step()
    steps.note_import("mark", brought, 1, "dr test", step)
    session.project.annotations.set("r1", marks, "dr test", IMPORTED, brought)
    for way in ("undo", "redo"):
        step_back(session.project, "dr test", way)
        assert of_marks(session, qtbot) == []
    session.set_reading("r1", ReadingState.CONFIRMED)
    assert len(of_marks(session, qtbot)) == 3


def test_who_reads_apart_is_not_told_of_others_words_by_undoing_their_import(session, qtbot):
    session.project.settings.set(APART, ["dr test"])
    brought = uuid.uuid4().hex
    session.project.steps.note_import("label", brought, 1, "dr test", new_step())
    session.project.labels.set_many([("r1", SR, State.PRESENT)], "dr b", step=brought)
    step_back(session.project, "dr test", "undo")
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000) as told:
        session.past.request(Asked(kind="label", reader="dr test"))
    assert told.args[1] == []
