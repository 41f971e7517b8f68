"""The window of a project: what it says of project, model and what is saved, and what it remembers."""

import shutil
import time

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLineEdit

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader import several
from cessl_gui.core.errors import DiskFull, ProjectError
from cessl_gui.core.types import Ending, Outcome, ReadingState, State
from cessl_gui.ecg.hints import LOOKING
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.importing import ImportResult
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.shell.remembering import remember
from cessl_gui.ui.shell.window import MainWindow
from tests.records import shown_labels
from tests.ui.conftest import AF, SB, SR
from tests.ui.windows import CTRL, gone, press


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


def test_the_first_ecg_is_in_sight_before_it_can_be_labelled(window, session):
    """While SciPy is loaded, which tells what is doubtful of it."""
    record = session.record("r0")
    window.read._open("r0")
    window.page.set_record(None)
    window.labels.is_on_page, window.read._record_shown = False, ""
    session.record_came.emit(record)
    assert window.page.sheet.record is record
    assert window.page.toolbar.hints.shown == (LOOKING,)
    window.labels.say(SB, State.PRESENT)
    assert "in a moment" in window.labels.hint.text()
    assert session.labels("r0") == {}
    session.record_came.emit(session.record("r1"))
    assert window.page.sheet.record is record, "another was asked for"
    session.record_ready.emit("r0")
    assert LOOKING not in window.page.toolbar.hints.shown
    window.labels.say(SB, State.PRESENT)
    assert session.labels("r0") == {SB: State.PRESENT}


def test_a_lost_recording_that_is_imported_from_elsewhere_comes_onto_the_page(window, session, qtbot):
    lost = session.record("r1")
    qtbot.waitUntil(lambda: not session.busy)  # with what is read ahead
    session.project.waveforms.path("r1").unlink()
    session._recordings._opened.clear()
    press(qtbot, window, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: "no longer where it was" in window.toasts.text.text(), timeout=20_000)
    qtbot.waitUntil(window.labels.hint.isVisible)  # the toast goes away, this stays
    assert "no longer where it was" in window.labels.hint.text()
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
        assert {row["reader"] for row in shown_labels(saved)} == {"dr test"}
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


def test_one_key_goes_round_the_parts_of_the_window(window, qtbot):
    assert window.read.records.view.hasFocus()
    press(qtbot, window, Qt.Key.Key_F6)
    assert window.page.canvas.hasFocus()
    press(qtbot, window, Qt.Key.Key_F6)
    assert window.labels.row(window.labels.code).buttons[State.PRESENT].hasFocus()
    press(qtbot, window, Qt.Key.Key_F6)
    assert window.read.records.view.hasFocus()


def test_a_message_covers_none_of_the_worklists_buttons(window):
    window.show_room("worklist")
    window.toasts.say("6 ECGs imported.")
    bar = window.worklist.bar
    top = bar.mapTo(window.rooms, bar.rect().topLeft()).y()
    assert window.toasts.geometry().bottom() < top


def test_a_message_in_a_small_window_covers_neither_the_records_nor_the_panel(window, qtbot):
    window.resize(900, 600)
    window.toasts.say("240 ECGs imported; 2 files could not be read, and 3 hold no ECG that is known.", "See why")
    qtbot.waitUntil(lambda: window.read.width() < 900)
    assert window.toasts.width() > window.page.width() / 2
    toast = QRect(window.toasts.mapTo(window, QPoint()), window.toasts.size())
    page = QRect(window.page.mapTo(window, QPoint()), window.page.size())
    assert page.contains(toast)


def test_one_that_was_put_off_in_the_list_comes_back_there(window, session, qtbot):
    window.show_room("worklist")
    with qtbot.waitSignal(session.ended, check_params_cb=lambda kind, _: kind == TaskKind.MOVE):
        several.defer(session, ["r4"])
    window.worklist.grid.setFocus()
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert session.info("r4").reading == ReadingState.NEW
    assert window.room == "worklist"
    assert window.toasts.text.text() == "Undone: 1 ECG deferred."


def test_several_that_were_put_off_come_back_at_one_key_and_the_reader_stays(window, session, qtbot):
    window.show_room("worklist")
    with qtbot.waitSignal(session.ended, check_params_cb=lambda kind, _: kind == TaskKind.MOVE):
        several.defer(session, ["r1", "r3", "r4"])
    window.worklist.grid.setFocus()
    with qtbot.waitSignal(session.ended, check_params_cb=lambda kind, _: kind == TaskKind.MOVE):
        press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert {session.info(i).reading for i in ("r1", "r3", "r4")} == {ReadingState.NEW}
    assert window.room == "worklist"
    assert window.toasts.text.text() == "Undone: 3 ECGs deferred."


def test_another_theme_after_a_dialog_was_closed_finds_all_its_icons(window, qtbot):
    window.show_room("worklist")
    press(qtbot, window, Qt.Key.Key_Escape)
    window.acts["export"].trigger()
    QApplication.processEvents()
    QTest.keyClick(QApplication.activeModalWidget(), Qt.Key.Key_Escape)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.set_theme("dark")
    assert not window.worklist._glass.icon().isNull()
