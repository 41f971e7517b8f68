"""What is chosen in the Settings room holds at once, and the next time."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from cessl_gui.core.types import State
from cessl_gui.ui.parts import scale
from cessl_gui.ui.parts.dates import choose_date_style, date_words, day_words, moment_words
from cessl_gui.ui.parts.scale import apply_scale, choose_scale, has_another_size
from cessl_gui.ui.shell.commands.key_table import OF_STATEMENTS, KeyTable
from cessl_gui.ui.shell.commands.keys import KEYS, choose_keys, keys_of, why_not
from tests.records import record_of
from tests.ui.conftest import SR
from tests.ui.windows import press


@pytest.fixture
def settings(window, qtbot, monkeypatch):
    monkeypatch.setattr(scale, "ROOM", (1, 1))  # every size is offered on the small screen of tests
    window.show_room("settings")
    room = window.rooms["settings"]
    qtbot.waitUntil(lambda: len(room.keys.edits) == len(KEYS))
    return room


def test_the_rows_of_keys_come_some_at_a_time(qtbot):
    table = KeyTable()
    qtbot.addWidget(table)
    assert len(table.edits) < len(KEYS), "all at once would hold the window"
    qtbot.waitUntil(lambda: list(table.edits) == list(KEYS))
    assert table.edits["quit"].keySequence().toString() == "Ctrl+Q"


def choose(box, key):
    box.setCurrentIndex(box.findData(key))
    box.activated.emit(box.currentIndex())


def test_blind_reading_is_chosen_and_kept_with_the_project(settings, session):
    choose(settings.blind, "off")
    assert session.project.settings.get("blind") == "off"


def test_a_theme_is_chosen(settings, window):
    choose(settings.theme, "dark")
    assert window.page.sheet.theme.name == "dark"


def test_the_menu_ticks_the_theme_of_the_settings(settings, window):
    choose(settings.theme, "dark")
    ticked = [action.data() for action in window.menus.choices["theme"].actions() if action.isChecked()]
    assert ticked == ["dark"]


@pytest.mark.parametrize("style, words", [("named", "5 Feb 2020"), ("iso", "2020-02-05"), ("us", "02/05/2020")])
def test_dates_are_written_as_chosen(style, words):
    choose_date_style(style)
    assert date_words(date(2020, 2, 5)) == words


def test_a_date_with_a_time_has_both():
    assert date_words(datetime(2020, 2, 5, 11, 39), "dotted") == "05.02.2020 11:39"


@pytest.mark.parametrize(
    ("recorded_at", "words"),
    [("2020-02-05 11:39:00", "05.02.2020 11:39"), ("2020-02-05", "05.02.2020"), ("2020-02-31", "2020-02-31")],
)
def test_the_moment_of_a_recording_is_written_as_chosen(recorded_at, words):
    choose_date_style("dotted")
    assert moment_words(recorded_at) == words


def test_the_header_writes_its_date_anew_once_another_style_is_chosen(settings, window):
    window.page.header.show_record(replace(record_of(0), recorded_at="2020-02-05 11:39:00"))
    choose(settings.dates, "iso")
    assert "2020-02-05 11:39" in window.page.header.who.accessibleDescription()


def test_the_worklist_draws_its_dates_anew_once_another_style_is_chosen(settings, window, qtbot):
    with qtbot.waitSignal(window.worklist.table.dataChanged):
        choose(settings.dates, "iso")
    assert day_words(20210328101500) == "2021-03-28"


def test_the_chosen_size_holds_from_the_next_start_on():
    choose_scale("1.5")
    environment = {}
    apply_scale(environment)
    assert environment["QT_SCALE_FACTOR"] == "1.5"


def test_a_start_that_follows_another_takes_the_size_that_was_chosen_since():
    choose_scale("1.5")
    environment = {}
    apply_scale(environment)
    choose_scale("1")
    apply_scale(environment)
    assert environment == {}


def test_the_size_that_the_system_was_told_stays():
    choose_scale("1.5")
    environment = {"QT_SCALE_FACTOR": "2"}
    apply_scale(environment)
    assert environment == {"QT_SCALE_FACTOR": "2"}
    assert not has_another_size(environment)


def test_another_size_is_taken_by_opening_the_window_again(settings, window, qtbot, monkeypatch):
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    choose(settings.scale, "1.25")
    assert not settings.reopen.isHidden()
    with qtbot.waitSignal(window.reopen_wanted):
        settings.reopen.click()


@pytest.mark.parametrize(
    ("screen", "chosen", "most"),
    [((1366, 768), "1", "1.5"), ((911, 512), "1.5", "1.5"), ((1920, 1080), "1", "2"), ((1366, 768), "2", "2")],
)
def test_sizes_are_offered_in_which_the_window_is_whole_on_the_screen(screen, chosen, most):
    """The chosen one, too, as on another screen."""
    choose_scale(chosen)
    environment = {}
    apply_scale(environment)
    offered = scale.offered_scales(*screen, environment if screen[0] < 1000 else {})
    assert max(offered, key=float) == most


def test_the_size_that_the_window_has_needs_no_opening_again(settings, monkeypatch):
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    choose(settings.scale, "1.25")
    choose(settings.scale, "1")
    assert settings.reopen.isHidden()


def test_the_usual_size_leaves_the_systems_own():
    environment = {}
    apply_scale(environment)
    assert environment == {}


def give_key(settings, name, key):
    edit = settings.keys.edits[name]
    edit.setKeySequence(QKeySequence(key))
    edit.editingFinished.emit()


def test_a_key_that_was_changed_acts(settings, window, session, qtbot):
    give_key(settings, "next", "F7")
    window.show_room("read")
    press(qtbot, window, Qt.Key.Key_F7)
    assert window.labels.record_id == "r1"


def test_the_key_that_was_given_up_does_nothing(settings, window, qtbot):
    give_key(settings, "next", "F7")
    window.show_room("read")
    press(qtbot, window, Qt.Key.Key_J)
    assert window.labels.record_id == "r0"


def test_a_taken_key_is_refused_in_words(settings):
    give_key(settings, "next", "N")
    assert settings.refusal.text().startswith("N already means “Normal")


def test_a_refused_key_changes_nothing(settings):
    give_key(settings, "next", "N")
    assert keys_of("next") == KEYS["next"][0]
    assert settings.keys.edits["next"].keySequence().toString() == "PgDown"


@pytest.mark.parametrize("key", ["1", "Shift+9", "Alt+3"])
def test_digits_stay_with_the_statements(key):
    assert "answers for a statement" in why_not("next", key)


def test_a_key_of_the_number_row_is_refused_whatever_it_types(settings):
    for typed in ("!", '"', "&"):
        settings.refusal.clear()
        place = QKeyEvent(QEvent.Type.KeyPress, ord(typed), Qt.KeyboardModifier.ShiftModifier, 10, 0, 0, typed)
        QApplication.sendEvent(settings.keys.edits["exclude"], place)
        assert settings.refusal.text() == OF_STATEMENTS
        assert settings.keys.edits["exclude"].keySequence().toString() == "X"


def test_hints_name_the_key_that_was_chosen(settings, window):
    give_key(settings, "normal_next", "F7")
    window.show_room("read")
    window.acts["confirm_next"].trigger()
    assert "press F7 if this ECG is normal" in window.labels.hint.text()


TIPS = {
    "magnify": "magnify",
    "room_worklist": "rail_worklist",
    "defer_next": "selected_defer",
    "exclude": "selected_exclude",
}
TIPS |= {"find_statement": "type_ahead", "measurements": "measurements_close", "search": "record_search"}


def test_tooltips_name_the_key_that_was_chosen(settings, window):
    for act, name in TIPS.items():
        assert KEYS[act][0][0] in window.findChild(QWidget, name).toolTip()
        give_key(settings, act, "F7")
        assert "F7" in window.findChild(QWidget, name).toolTip()
        choose_keys(act, ())
        settings.keys_changed.emit()
        tip = window.findChild(QWidget, name).toolTip()
        assert not {"F7", KEYS[act][0][0], "{", "["} & set(tip.replace("(", " ").replace(")", " ").split())


def test_the_worklist_takes_the_key_that_was_chosen(settings, window, session, qtbot):
    give_key(settings, "exclude", "F7")
    window.show_room("worklist")
    window.worklist.grid.choose(["r1"])
    wanted = []
    window.worklist.grid.wanted.connect(wanted.append)
    qtbot.keyClick(window.worklist.grid, Qt.Key.Key_X)
    assert wanted == []
    qtbot.keyClick(window.worklist.grid, Qt.Key.Key_F7)
    assert wanted == ["exclude"]


def test_a_key_of_the_page_or_the_list_is_refused_in_words(settings):
    for key in ("G", "Home", "End", "Del", "Shift+Left", "F5"):
        settings.refusal.clear()
        give_key(settings, "compare", key)
        assert "already means “" in settings.refusal.text()
        assert keys_of("compare") == KEYS["compare"][0]


def test_no_usual_key_is_refused():
    assert [refusal for name, (keys, _) in KEYS.items() for key in keys if (refusal := why_not(name, key))] == []


def test_a_screen_reader_finds_what_each_choice_is_about(settings):
    boxes = {label.buddy(): label.text() for label in settings.findChildren(QLabel) if label.buddy()}
    assert boxes[settings.blind] == "Predictions and file's diagnosis"


def test_the_usual_key_comes_back(settings):
    give_key(settings, "next", "F7")
    settings.keys.resets["next"].click()
    assert keys_of("next") == KEYS["next"][0]


def test_the_usual_key_does_not_come_back_while_another_action_has_it(settings):
    give_key(settings, "next", "F7")
    give_key(settings, "compare", "J")
    settings.keys.resets["next"].click()
    assert keys_of("next") == ("F7",)
    assert "J already means" in settings.refusal.text()


def test_an_action_without_a_key_has_none():
    choose_keys("next", ())
    assert keys_of("next") == ()


def test_no_two_actions_have_the_same_usual_key():
    usual = [QKeySequence(key).toString() for keys, _ in KEYS.values() for key in keys]
    assert len(usual) == len(set(usual))


def test_digits_label_nothing_in_other_rooms(settings, window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_1)
    assert session.labels("r0") == {}


def test_escape_goes_back_to_read_where_they_label_again(settings, window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_Escape)
    assert window.room == "read"
    press(qtbot, window, Qt.Key.Key_1)
    assert session.labels("r0") == {SR: State.PRESENT}
