"""The rail of records: how many are read, what comes next, how a record is opened."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from cessl_gui.bridge.worklist import Column
from cessl_gui.core.types import ReadingState
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.worklist.rail_rows import HEADING, ROW, WORDS, _common, _narrowed, _shortened
from tests.records import record_of
from tests.ui.conftest import COUNT
from tests.ui.worklist.lists import names, sort


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


def test_the_open_record_stays_in_sight_in_a_lower_window(rail):
    rail.choose("r5")
    rail.resize(64, 200)
    row = rail.view.row_rect(rail.view._place)
    assert 0 <= row.top() <= row.bottom() <= rail.view.viewport().height()


def test_the_next_unread_record_is_opened(rail, session):
    for i in (1, 2):
        session.set_reading(f"r{i}", ReadingState.CONFIRMED)
    rail.choose("r0")
    assert rail.step_unread()
    assert rail.current == "r3"


@pytest.mark.parametrize(
    ("read", "first"), [((), "r5"), (("r5", "r4"), "r3"), (("r0", "r1", "r2", "r3", "r4", "r5"), "r5")]
)
def test_reading_begins_with_the_first_unread_record_of_the_rail(rail, view, session, read, first):
    """Not with the first that was imported."""
    for record_id in read:
        session.set_reading(record_id, ReadingState.CONFIRMED)
    sort(view, Column.RECORD, descending=True)
    assert rail.first_unread() == first


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


@pytest.mark.parametrize(
    ("name", "is_whole"), [("A0001", True), ("JS00001", True), ("HR06000", True), ("a" * 12, False)]
)
def test_a_name_that_is_a_little_too_long_is_whole_in_narrower_letters(qapp, name, is_whole):
    room = tokens.layout(1366).records - WORDS - 2
    letters = font(tokens.CAPTION)
    narrow = QFontMetrics(_narrowed(letters, name, room))
    assert (narrow.horizontalAdvance(name) <= room) == is_whole


def test_the_common_beginning_of_the_names_in_the_list_is_found(session):
    columns = session.columns()
    assert _common(columns.names, columns.name_rank, columns.name_rank.argsort()) == len("ECG ")


def test_a_record_that_comes_is_in_the_rail(rail, session):
    session.project.records.add(record_of(8))
    session._adopt_records(session._read_records())
    assert rail.head.texts == ("0", "of 7")
    assert rail.choose("r8")
