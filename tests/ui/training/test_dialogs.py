"""The Model room in the window, and the window of files that could not be read."""

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from cessl_gui.core.types import ReadingState
from cessl_gui.tasks.models import predicting
from tests.ui.conftest import AF
from tests.ui.training_stand_in import candidate


def test_an_ecg_of_the_model_room_opens_and_escape_comes_back(session, window, qtbot, monkeypatch):
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    candidate(session)
    session.set_reading("r0", ReadingState.CONFIRMED)
    window.show_room("model")
    qtbot.waitUntil(lambda: window.model_room.evidence.right.thumbs[0].isVisible())
    qtbot.mouseClick(window.model_room.evidence.right.thumbs[0], Qt.MouseButton.LeftButton)
    assert (window.room, window.labels.record_id, window.labels.code) == ("read", "r0", AF)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.room == "model"
    qtbot.mouseClick(window.model_room.evidence.adopt, Qt.MouseButton.LeftButton)
    assert window.status.model.text().startswith("Version 1 active: backbone tiny + 9 labels")
    qtbot.waitUntil(lambda: not session.busy)


def test_quarantine_lists_reasons(session, window, qtbot):
    session.project.quarantine.add("/data/bad.hea", "It is a text file.")
    window.files.show_quarantine()
    model = window.files._quarantine.table.model()
    assert [model.index(0, c).data() for c in (0, 1)] == ["/data/bad.hea", "It is a text file."]
    assert model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole) == "It is a text file."
    assert [model.headerData(c, Qt.Orientation.Horizontal) for c in range(3)] == ["File", "Reason", "When"]


def test_a_long_quarantine_list_is_refilled_at_once_while_it_is_open(session, window, qtbot):
    window.files.show_quarantine()
    dialog = window.files._quarantine
    qtbot.waitExposed(dialog)
    with session.project.atomic():
        for i in range(5000):
            session.project.quarantine.add(f"/a/folder/of/files/{i:05d}.hea", "It is a text file, and no ECG at all.")
    QApplication.processEvents()
    begin = time.thread_time()
    dialog.fill()
    QApplication.processEvents()
    seconds = time.thread_time() - begin
    assert dialog.table.model().rowCount() == 5000
    assert dialog.text.text().startswith("5000 files")
    assert seconds < 1, "with an item per cell 500 rows took 13.9 s; measured now: 0.02 s"


def test_the_whole_reason_of_the_chosen_file_is_read_without_ellipses(session, window):
    reason = "The header names 12 signals, and the data file has room for 8 of them. " * 6
    session.project.quarantine.add("/a/one.hea", reason)
    session.project.quarantine.add("/a/two.hea", "Two.")
    window.files.show_quarantine()
    dialog = window.files._quarantine
    assert dialog.whole.text() == f"/a/one.hea\n{reason}"
    dialog.table.selectRow(1)
    assert dialog.whole.text() == "/a/two.hea\nTwo."
    assert dialog.whole.wordWrap()


def test_the_lead_strip_comes_back_after_a_version_is_changed_and_changed_back(session, window, qtbot, monkeypatch):
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    candidate(session)
    session.reveal("r0")
    qtbot.waitUntil(lambda: window.influence.per_lead is not None)
    session.adopt("v1")
    session.activate("m1")
    qtbot.waitUntil(lambda: window.influence.per_lead is not None, timeout=3000)
    assert window.influence.currentWidget() is window.influence.drawer
    session.adopt("v1")
    qtbot.waitUntil(lambda: not session.busy)
    session.activate("m1")
    qtbot.waitUntil(lambda: window.influence.per_lead is not None, timeout=3000)
    assert window.influence.currentWidget() is window.influence.drawer
