"""Each entry of the menus can be chosen in a project with ECGs, without any, and of which nothing may be changed."""

import pytest
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from cessl_gui.bridge.session import Session
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import predicting
from cessl_gui.ui.shell.window import MainWindow
from tests.ui.conftest import per_lead, per_window
from tests.ui.windows import gone

ENDS = {"quit"}  # closes the window


@pytest.fixture(params=["with ECGs", "empty", "reading only"])
def any_window(request, qapp, qtbot, project, tmp_path, monkeypatch):
    """Files and folders are asked for and not chosen; questions are answered by no."""
    for ask, answer in (("getExistingDirectory", ""), ("getOpenFileNames", ([], "")), ("getSaveFileName", ("", ""))):
        monkeypatch.setattr(QFileDialog, ask, lambda *_, answer=answer, **__: answer)
    monkeypatch.setattr(QMessageBox, "exec", lambda *_: QMessageBox.StandardButton.No)
    monkeypatch.setattr(QPrintDialog, "exec", lambda *_: QPrintDialog.DialogCode.Rejected)
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    monkeypatch.setattr(predicting, "per_lead", per_lead)
    monkeypatch.setattr(predicting, "per_window", per_window)
    monkeypatch.setattr(predicting, "predict_all", lambda *a, **k: None)
    if request.param != "with ECGs":
        project.close()
        folder = tmp_path / "empty.cessl" if request.param == "empty" else project.folder
        project = Project.open(folder) if request.param == "empty" else Project._for_reading(folder, "a test")
    session = Session(project, "dr test")
    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    yield window
    window.close()
    assert session.close()
    gone(window)


def test_each_entry_of_the_menus_can_be_chosen(any_window, qtbot):
    """What fails in Qt's loop fails the test: pytest-qt sees to it."""
    entries = {name for name, action in any_window.acts.items() if action.isEnabled()} - ENDS
    for name in sorted(entries):
        any_window.show_room("read")
        any_window.acts[name].trigger()
        qtbot.wait(5)
    qtbot.waitUntil(lambda: not any_window._session.busy, timeout=20_000)
    assert entries >= {"import_labels", "export", "write_bundle", "room_history", "numbers"}


def test_each_entry_stands_in_a_menu(any_window):
    offered = {action for menu in any_window.menus.whole.findChildren(QMenu) for action in menu.actions()}
    missing = {name for name, action in any_window.acts.items() if action not in offered}
    assert missing <= {"menu", "magnify"}
