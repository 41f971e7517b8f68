"""The window as a reader uses it: real keys and clicks on a real project."""

import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLineEdit

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.core.errors import DiskFull, ProjectError
from cessl_gui.core.types import Ending, Outcome, ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.importing import ImportResult
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.shell.remembering import remember
from cessl_gui.ui.shell.window import MainWindow
from tests.ui.conftest import AF, PANEL, SB, SR
from tests.ui.windows import ALT, CTRL, SHIFT, gone, press


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
    assert window.labels.hint.text() == "Excluded. Include (X) to change."
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


def test_what_is_not_on_the_page_is_neither_labelled_nor_confirmed(window, session, qtbot):
    session.set_label("r1", AF, State.PRESENT)
    qtbot.waitUntil(lambda: "prefetch" not in session.busy and not session.busy.get("open"))
    session._recordings._opened.clear()  # it was read ahead
    session.project.waveforms.path("r1").unlink()
    press(qtbot, window, Qt.Key.Key_J)
    for lost in (False, True):
        for key in (Qt.Key.Key_N, Qt.Key.Key_Return, Qt.Key.Key_C, Qt.Key.Key_A, Qt.Key.Key_2):
            window.labels.hint.hide()
            press(qtbot, window, key)
            assert session.labels("r1") == {AF: State.PRESENT}
            assert session.info("r1").reading == ReadingState.IN_PROGRESS
            assert window.labels.record_id == "r1"
            assert "not on the page" in window.labels.hint.text()
            assert window.labels.hint.isVisible()
        if not lost:
            qtbot.waitUntil(lambda: "no longer where it was" in window.toasts.text.text(), timeout=20_000)
    press(qtbot, window, Qt.Key.Key_X)
    assert session.info("r1").reading == ReadingState.EXCLUDED
    press(qtbot, window, Qt.Key.Key_D)
    assert session.info("r1").reading == ReadingState.EXCLUDED
    press(qtbot, window, Qt.Key.Key_X)
    press(qtbot, window, Qt.Key.Key_D)
    assert session.info("r1").reading == ReadingState.DEFERRED
    assert window.labels.record_id == "r2"
    press(qtbot, window, Qt.Key.Key_2)
    assert session.labels("r2") == {SB: State.PRESENT}
    assert not window.labels.hint.isVisible()


def test_a_lost_recording_that_is_imported_from_elsewhere_comes_onto_the_page(window, session, qtbot):
    lost = session.record("r1")
    session.project.waveforms.path("r1").unlink()
    session._recordings._opened.clear()
    press(qtbot, window, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: "no longer where it was" in window.toasts.text.text(), timeout=20_000)
    session.project.waveforms.write(lost)
    known = ImportResult(known=2, ids=["r0", "r1"])
    session._on_ended("import", Outcome("job", Ending.FINISHED, result=(known, session._read_records(), {})))
    assert window.page.sheet.record.id == "r1"
    press(qtbot, window, Qt.Key.Key_2)
    assert session.labels("r1") == {SB: State.PRESENT}


def test_a_cancelled_import_says_that_it_is_not_complete(window, session):
    some = ImportResult(added=144, cancelled=True)
    session._on_ended("import", Outcome("job", Ending.FINISHED, result=(some, session._read_records(), {})))
    assert window.toasts.text.text() == "Imported 144 new ECGs; cancelled, the others were not imported."


@pytest.mark.parametrize("chosen", ["/somewhere/ward 7.cessl", ""])
def test_a_new_project_is_asked_for_by_name(window, monkeypatch, chosen):
    wanted = []
    window.open_requested.connect(wanted.append)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (chosen, ""))
    window.menus.actions["new"].trigger()
    assert wanted == ([chosen] if chosen else [])


def test_keys_move_between_records(window, qtbot):
    for key in (Qt.Key.Key_J, Qt.Key.Key_PageDown, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_PageUp):
        press(qtbot, window, key)
    assert window.labels.record_id == "r1"


def test_undo_and_redo_by_keys_return_to_the_record(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_J)
    assert window.menus.actions["undo"].text() == "&Undo SB present"
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
        assert window.labels.hint.text() == "Confirmed. Reopen (Shift+C) to change."
        assert window.labels.hint.isVisible()
    press(qtbot, window, Qt.Key.Key_R)
    press(qtbot, window, Qt.Key.Key_1)
    assert session.labels("r0") == {SB: State.PRESENT, SR: State.PRESENT}


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
    assert session.all_labels().get("r0", {}) == {}
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


def test_one_key_compares_with_the_earlier_ecg(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_B)
    assert window.page.comparing == "beside"
    assert "names no patient" in window.page.toolbar.hints.toolTip()
    press(qtbot, window, Qt.Key.Key_B)
    press(qtbot, window, Qt.Key.Key_B)
    assert window.page.comparing == "off"
    assert "names no patient" not in window.page.toolbar.hints.toolTip()


@pytest.fixture
def first_start(session, own_home):
    """A window whose person has not read yet what the program is for."""
    preferences().remove("research_use_read")
    window = MainWindow(session)
    yield window
    gone(window)


def test_research_use_is_said_at_first_start(first_start):
    assert first_start.toasts.text.text() == RESEARCH_USE_ONLY
    assert not first_start.toasts.isHidden()


def test_research_use_comes_back_after_other_news(first_start):
    first_start.toasts.say("Something else.")
    first_start.toasts.close_button.click()
    assert first_start.toasts.text.text() == RESEARCH_USE_ONLY


def test_research_use_that_was_understood_is_not_said_again(first_start, session):
    first_start.toasts.action.click()
    second = MainWindow(session)
    assert second.toasts.isHidden()
    gone(second)


def test_research_use_that_was_only_closed_is_said_again(first_start, session):
    first_start.toasts.close_button.click()
    second = MainWindow(session)
    assert not second.toasts.isHidden()
    gone(second)


def test_a_button_that_goes_leaves_the_keys_with_the_record(window, session, qtbot):
    window.toasts.say("News.", seconds=0)
    for button in (window.toasts.close_button, window.labels.buttons["reopen"]):
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
        assert not button.isVisible()
        focus = QApplication.focusWidget()
        assert focus is window or not isinstance(focus, QAbstractButton | QLineEdit)
    press(qtbot, window, Qt.Key.Key_1)
    assert session.labels("r0") == {SR: State.PRESENT}


def test_titles_name_the_project_and_no_record(window):
    assert window.windowTitle() == "reading – cessl-gui"


def test_status_bar_names_model_origin_and_reader(window):
    status = window.status
    assert status.model.text() == "Base model active"
    assert status.reader.text() == "Reader dr test"
    assert status.research_note.text() == "Research use only"


def test_a_problem_is_said_without_blocking(window, session, qtbot):
    session.problem.emit("The disk is full.", "Free some space.", "Traceback ...")
    assert window.toasts.isVisible()
    assert window.toasts.text.text() == "The disk is full. Free some space."
    qtbot.mouseClick(window.toasts.close_button, Qt.MouseButton.LeftButton)
    assert not window.toasts.isVisible()


def test_a_refused_label_is_not_called_saved(window, session, monkeypatch, qtbot):
    def refused(*given, **more):
        raise ProjectError("The project is no longer there.")

    press(qtbot, window, Qt.Key.Key_1)
    assert window.status.saved.text().startswith("Saved ")
    monkeypatch.setattr(type(session.project.labels), "set_many", refused)
    press(qtbot, window, Qt.Key.Key_2)
    assert window.status.saved.text() == "Not saved"
    assert window.toasts.text.text() == "The project is no longer there."


def test_a_full_disk_is_named_where_the_window_says_what_is_saved(window, session, monkeypatch, qtbot):
    def refused(*given, **more):
        raise DiskFull("The disk is full.", "Free some space.")

    with monkeypatch.context() as patch:
        patch.setattr(type(session.project.labels), "set_many", refused)
        press(qtbot, window, Qt.Key.Key_1)
    assert window.status.saved.text() == "Disk full"
    press(qtbot, window, Qt.Key.Key_1)
    assert window.status.saved.text().startswith("Saved ")


def test_what_a_deleted_project_held_can_be_saved_elsewhere(window, session, qtbot, monkeypatch, tmp_path):
    session.set_label("r0", AF, State.PRESENT)
    session.set_label("r1", SB, State.UNCERTAIN)
    shutil.rmtree(session.project.folder)
    assert not session.set_label("r2", AF, State.PRESENT)
    assert "no longer at" in window.toasts.text.text()
    assert window.toasts.action.text() == "Save a copy…"
    copy = tmp_path / "saved.cessl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(copy.with_suffix("")), ""))
    window.toasts.action.click()
    assert window.toasts.text.text().startswith(f"All that you entered is in {copy}.")
    with Project.open(copy) as saved:
        assert saved.labels.all_current() == {"r0": {AF: State.PRESENT}, "r1": {SB: State.UNCERTAIN}}
        assert {row["reader"] for row in saved.labels.current_with_source()} == {"dr test"}
    opened = []
    window.open_requested.connect(opened.append)
    window.toasts.action.click()
    assert opened == [str(copy)]


def test_a_copy_takes_no_other_folders_place(window, session, monkeypatch, tmp_path):
    other = tmp_path / "other.cessl"
    other.mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(other), ""))
    window.files.save_copy()
    assert "cannot be made" in window.toasts.text.text()
    assert list(other.iterdir()) == []


def test_view_choices_are_remembered(window, session, qtbot):
    window.set_theme("dark")
    window.page.set_layout("12x1")
    window.page.set_gain(20)
    remember(window)
    second = MainWindow(session)
    sheet = second.page.sheet
    assert (sheet.layout.name, sheet.gain_mm_per_mv, sheet.theme.name) == ("12x1", 20.0, "dark")
    gone(second)


def test_switching_records_takes_under_150_ms(window, qtbot):
    took = []
    for _ in range(5):
        begun = time.thread_time()
        press(qtbot, window, Qt.Key.Key_J)
        QApplication.processEvents()
        took.append(time.thread_time() - begun)
    assert window.labels.record_id == "r5"
    assert sorted(took)[2] < 0.15


def test_all_controls_have_names(window):
    for kind in (QAbstractButton, QComboBox, QLineEdit):
        for control in window.findChildren(kind):
            if control.isVisible() and not control.objectName().startswith("qt_"):
                text = control.text() if isinstance(control, QAbstractButton) else ""
                assert control.accessibleName() or text, f"{control} {control.objectName()}"


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


def test_one_key_goes_round_the_parts_of_the_window(window, qtbot):
    assert window.read.records.view.hasFocus()
    press(qtbot, window, Qt.Key.Key_F6)
    assert window.page.canvas.hasFocus()
    press(qtbot, window, Qt.Key.Key_F6)
    assert window.labels.row(window.labels.code).buttons[State.PRESENT].hasFocus()
    press(qtbot, window, Qt.Key.Key_F6)
    assert window.read.records.view.hasFocus()


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
