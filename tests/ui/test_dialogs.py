"""The windows beside the main one: before and after, model versions, files that could not be read."""

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from cessl_gui.core.types import ModelInfo, ReadingState, State
from cessl_gui.tasks import predicting
from tests.ui.conftest import AF, MODEL_CODES, SB
from tests.ui.test_result_card import summary


def candidate(session, **metrics):
    model = ModelInfo(
        "v1", "Version 1", "tiny", "0" * 64, MODEL_CODES, {AF: 0.5, SB: 0.5}, "backbone tiny + 9 labels", "candidate",
        "2026", summary(**metrics),
    )  # fmt: skip
    session.project.models.add(model, {})


def test_adopting_from_the_card_makes_the_model_active(session, window, qtbot, monkeypatch):
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    candidate(session)
    session.set_reading("r0", ReadingState.CONFIRMED)
    window.show_result()
    assert window.result.isVisible()
    assert not window.result.isModal()
    card = window.result.card
    qtbot.mouseClick(
        card.right.viewport(), Qt.MouseButton.LeftButton, pos=card.right.visualItemRect(card.right.item(0)).center()
    )
    assert (window.labels.record_id, window.labels.code) == ("r0", AF)
    qtbot.mouseClick(card.adopt, Qt.MouseButton.LeftButton)
    assert session.active_model().id == "v1"
    assert window.status.model.text().startswith("Version 1 active: backbone tiny + 9 labels")
    assert not window.result.isVisible()
    qtbot.waitUntil(lambda: not session.busy)


def test_keeping_the_current_model_discards_the_candidate(session, window, qtbot):
    candidate(session)
    window.show_result()
    qtbot.mouseClick(window.result.card.keep, Qt.MouseButton.LeftButton)
    assert session.active_model().id == "m1"
    assert session.candidate() is None


def test_the_open_card_follows_what_is_hidden(session, window, qtbot):
    candidate(session)
    session.set_label("r0", AF, State.PRESENT)
    window.show_result()
    right = window.result.card.right

    def lines():
        return [right.item(i).text() for i in range(right.count())]

    unread = ["1 more, hidden until you have read them"]
    assert lines() == unread
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert len(lines()) == 2
    assert all(line.startswith("ECG 0   ") for line in lines())
    session.undo()
    assert lines() == unread


def test_going_back_to_an_older_version_is_one_click(session, window, qtbot, monkeypatch):
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    candidate(session)
    session.adopt("v1")
    window.model_room.show_models()
    shelf = window.model_room._models
    states = {m.id: shelf.table.model().index(row, 1).data() for row, m in enumerate(shelf._models)}
    assert states == {"v1": "● active", "m1": "base"}
    shelf.table.selectRow([m.id for m in shelf._models].index("m1"))
    qtbot.mouseClick(shelf.activate, Qt.MouseButton.LeftButton)
    assert session.active_model().id == "m1"
    assert shelf.chosen.id == "m1"
    assert not shelf.activate.isEnabled()
    qtbot.waitUntil(lambda: not session.busy)


def test_quarantine_lists_reasons(session, window, qtbot):
    session.project.quarantine.add("/data/bad.hea", "It is a text file.")
    window.files.show_quarantine()
    model = window.files._quarantine.table.model()
    assert [model.index(0, c).data() for c in (0, 1)] == ["/data/bad.hea", "It is a text file."]
    assert model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole) == "It is a text file."
    assert [model.headerData(c, Qt.Orientation.Horizontal) for c in range(3)] == ["File", "Reason", "When (UTC)"]


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
    assert window.influence.currentWidget() is window.influence.strip
    session.adopt("v1")
    qtbot.waitUntil(lambda: not session.busy)
    session.activate("m1")
    qtbot.waitUntil(lambda: window.influence.per_lead is not None, timeout=3000)
    assert window.influence.currentWidget() is window.influence.strip
