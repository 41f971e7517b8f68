"""Keys in the window of a project: reading, undo, and where the keyboard is."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from cessl_gui.core.types import ReadingState, State
from tests.ui.conftest import AF, PANEL, SB, SR
from tests.ui.windows import ALT, CTRL, SHIFT, press


def test_enter_confirms_and_goes_on(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_1)
    press(qtbot, window, Qt.Key.Key_Return)
    assert session.info("r0").reading == ReadingState.CONFIRMED
    assert window.labels.record_id == "r1" == window.page.sheet.record.id


def test_one_key_for_normal_and_next_and_one_for_defer(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_N)
    assert session.labels("r0")[SR] == State.PRESENT
    press(qtbot, window, Qt.Key.Key_D)
    assert session.info("r1").reading == ReadingState.DEFERRED
    assert window.labels.record_id == "r2"


def test_normal_over_a_finding_is_refused_with_a_hint(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_N)
    assert session.labels("r0") == {SB: State.PRESENT}
    assert window.labels.record_id == "r0"
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    hint = window.labels.hint
    assert hint.isVisible()
    assert hint.text() == "Not normal: you labelled SB present. Clear these labels first, or go on with A and Enter."
    press(qtbot, window, Qt.Key.Key_2)
    assert not hint.isVisible(), "there is nothing against it any more"
    press(qtbot, window, Qt.Key.Key_N)
    assert session.info("r0").reading == ReadingState.CONFIRMED
    assert window.labels.record_id == "r1"


@pytest.mark.parametrize("key", [Qt.Key.Key_N, Qt.Key.Key_C])
def test_an_exclusion_ends_by_its_own_key_alone(window, session, qtbot, key):
    press(qtbot, window, Qt.Key.Key_1)
    press(qtbot, window, Qt.Key.Key_X)
    press(qtbot, window, key)
    assert session.info("r0").reading == ReadingState.EXCLUDED
    assert session.labels("r0") == {SR: State.PRESENT}
    assert window.labels.record_id == "r0"
    assert window.labels.hint.isVisible()
    assert window.labels.hint.text() == "Excluded. Include it to change."
    press(qtbot, window, Qt.Key.Key_X)
    press(qtbot, window, Qt.Key.Key_Return)
    assert session.info("r0").reading == ReadingState.CONFIRMED


def test_enter_on_an_excluded_record_confirms_nothing_and_goes_on(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_1)
    press(qtbot, window, Qt.Key.Key_X)
    press(qtbot, window, Qt.Key.Key_Return)
    assert session.info("r0").reading == ReadingState.EXCLUDED
    assert window.labels.record_id == "r1"


def test_enter_opens_the_next_record_that_nobody_has_read(window, session, qtbot):
    session.set_label("r1", SR, State.PRESENT)
    session.set_reading("r1", ReadingState.CONFIRMED)
    session.set_reading("r2", ReadingState.DEFERRED)
    press(qtbot, window, Qt.Key.Key_1)
    press(qtbot, window, Qt.Key.Key_Return)
    assert window.labels.record_id == "r3"
    assert window.status.last_read.text().startswith("ECG 0 · You: SR · Model: AF 0.95")


def test_keys_move_between_records(window, qtbot):
    for key in (Qt.Key.Key_J, Qt.Key.Key_PageDown, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_PageUp):
        press(qtbot, window, key)
    assert window.labels.record_id == "r1"


def test_undo_and_redo_by_keys_return_to_the_record(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: window.menus.actions["undo"].text() == "&Undo: SB present")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert session.labels("r0") == {}
    assert window.labels.record_id == "r0"
    press(qtbot, window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert session.labels("r0") == {SB: State.PRESENT}


def test_a_confirmed_reading_changes_by_keys_only_once_it_is_reopened(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_C)
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_A, Qt.Key.Key_N, Qt.Key.Key_D, Qt.Key.Key_X, Qt.Key.Key_C):
        window.labels.hint.hide()
        press(qtbot, window, key)
        assert session.labels("r0") == {SB: State.PRESENT}
        assert session.info("r0").reading == ReadingState.CONFIRMED
        assert window.labels.hint.text() == "Confirmed. Reopen it to change."
        assert window.labels.hint.isVisible()
    press(qtbot, window, Qt.Key.Key_R)
    press(qtbot, window, Qt.Key.Key_1)
    assert session.labels("r0") == {SB: State.PRESENT, SR: State.PRESENT}


def test_undo_of_a_confirmation_takes_what_was_read_last_out_of_sight(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_1)
    press(qtbot, window, Qt.Key.Key_Return)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert not session.prediction_shown("r0")
    assert window.status.last_read.text() == ""


def test_undo_of_a_confirmation_says_that_predictions_are_hidden_again(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: window.influence.per_window is not None)
    window.labels.pick(AF)
    assert window.page.sheet.tint is not None
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert window.page.sheet.tint is None
    assert window.influence.currentWidget() is window.influence.note
    assert window.labels.row(AF).bar.p is None
    assert window.labels.hint.text().startswith("Undone: confirmed. Prediction and file's diagnosis are hidden again")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert window.labels.hint.text().startswith("Undone: SB present.")


def test_typing_in_a_text_box_gives_no_labels(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_F, CTRL)
    assert window.room == "worklist"
    assert window.worklist.search.hasFocus()
    for letter in "n1a":
        press(qtbot, window, QKeySequence(letter)[0].key())
    assert window.worklist.search.text() == "n1a"
    assert session.labels("r0") == {}
    press(qtbot, window, Qt.Key.Key_Escape)
    assert len(window.worklist.table.ids) == 6


def test_slash_finds_a_statement_and_enter_there_confirms_nothing(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_Slash)
    assert window.labels.search.typed.hasFocus()
    qtbot.keyClicks(window.labels.search.typed, "AF")
    press(qtbot, window, Qt.Key.Key_Return)
    assert session.labels("r0") == {AF: State.PRESENT}
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert window.labels.record_id == "r0"
    press(qtbot, window, Qt.Key.Key_J)
    assert window.labels.record_id == "r1", "after the answer the keys act on the record again"


def test_a_statement_in_own_words_comes_into_sight(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_Slash)
    qtbot.keyClicks(window.labels.search.typed, "Ganong")
    qtbot.waitUntil(lambda: window.labels.search.matches.height() > 10)
    QApplication.processEvents()
    press(qtbot, window, Qt.Key.Key_Down)
    press(qtbot, window, Qt.Key.Key_Return)
    assert session.labels("r0") == {"local:Ganong": State.PRESENT}
    row = window.labels.row("local:Ganong")
    qtbot.waitUntil(lambda: row.visibleRegion().boundingRect().height() == row.height() > 20)


def test_statements_are_turned_to_by_keys_without_an_answer(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: window.influence.per_lead is not None)
    QApplication.sendEvent(window.labels.row(AF), QEnterEvent(QPointF(), QPointF(), QPointF()))  # the mouse rests there
    press(qtbot, window, Qt.Key.Key_Down, ALT)
    assert window.labels.code == SR
    assert window.labels.row(SR).buttons[State.PRESENT].hasFocus()
    press(qtbot, window, Qt.Key.Key_Down, ALT)
    assert window.labels.code == SB
    assert "Sinus bradycardia" in window.influence.strip.accessibleDescription()
    press(qtbot, window, Qt.Key.Key_Down)
    press(qtbot, window, Qt.Key.Key_Down)
    press(qtbot, window, Qt.Key.Key_Up)
    assert window.labels.code == PANEL[2].code
    assert session.labels("r0") == {}
    press(qtbot, window, Qt.Key.Key_Tab)
    assert window.labels.row(PANEL[2].code).buttons[State.UNCERTAIN].hasFocus()
    press(qtbot, window, Qt.Key.Key_Up)
    press(qtbot, window, Qt.Key.Key_Space)
    assert session.labels("r0") == {SB: State.UNCERTAIN}
    for _ in range(3):
        press(qtbot, window, Qt.Key.Key_Tab)
    assert window.labels.code == PANEL[2].code, "the keyboard turns to a statement wherever it goes"
    for _ in range(40):
        press(qtbot, window, Qt.Key.Key_Up, ALT)
    assert window.labels.code == SR
    press(qtbot, window, Qt.Key.Key_J)
    assert session.labels("r1") == {}
    assert window.labels.record_id == "r1"


def test_a_statement_that_goes_does_not_leave_the_keyboard_to_a_text_box(window, session, qtbot):
    window.labels.say("74390002", State.PRESENT)
    window.labels.step_statement(0)
    assert window.labels.row("74390002").buttons[State.PRESENT].hasFocus()
    window.labels.pick(SR)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert window.labels.row("74390002") is None
    assert not isinstance(QApplication.focusWidget(), (QLineEdit, QAbstractButton))


def test_enter_in_the_time_field_goes_there_and_confirms_nothing(window, session, qtbot):
    long = np.zeros((12, 60 * 500), np.float32)
    window.page.set_record(replace(session.record("r0"), signal_mv=long))
    press(qtbot, window, Qt.Key.Key_1)
    window.page.canvas.setFocus()
    press(qtbot, window, Qt.Key.Key_G)
    qtbot.keyClicks(QApplication.focusWidget(), "0:30")
    press(qtbot, window, Qt.Key.Key_Return)
    assert window.page.sheet.t0_s == 30
    assert session.info("r0").reading == ReadingState.IN_PROGRESS
    assert window.labels.record_id == "r0"
    assert window.page.canvas.hasFocus()
