"""A project of an earlier version, opened as people do: a click on its card, a dialog, its window; or Cancel."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from cessl_gui.bridge import projects
from cessl_gui.bridge.session import Session
from cessl_gui.store.sqlite import taking_over
from cessl_gui.ui.shell import app as module
from cessl_gui.ui.shell.start_page import recents
from tests.store.test_taking_over import Desk, add_records, after, before, earlier
from tests.ui.windows import gone


@pytest.fixture
def app(qapp, monkeypatch):
    monkeypatch.setattr(Session, "predict_when_quiet", lambda session: None)
    app = module.App()
    yield app
    for window in filter(None, (app.window, app.start)):
        window.close()
        gone(window)


def old_project(folder, version: int, events: int = 100) -> dict:
    """Made by the scripts and rules of that version. returns : all that it showed"""
    with earlier(folder, version) as db:
        add_records(db, version)
        desk = Desk(db, version, seed=version)
        for _ in range(events):
            desk.step()
        return before(db, version)


def click_on_its_card(qtbot, app, folder) -> None:
    recents._write([recents.Recent(str(folder), "ward", 3, 0, 0, "", "2026-11-01T08:00:00+00:00")])
    app.open_start()
    qtbot.mouseClick(app.start.cards[0].button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("version", [1, 5, 9])
def test_a_click_on_its_card_brings_a_project_up_with_all_as_it_was(app, qtbot, tmp_path, version):
    """Each version: tests/store/test_taking_over.py."""
    told = old_project(tmp_path / "ward.cessl", version)
    click_on_its_card(qtbot, app, tmp_path / "ward.cessl")
    qtbot.waitUntil(lambda: app.window is not None, timeout=60_000)
    assert after(app.window._session.project) == told


@pytest.fixture
def slow(monkeypatch):
    """Each act that is taken over takes a while, as where there are a million."""
    insert = taking_over.insert
    monkeypatch.setattr(taking_over, "REPORTED_EVERY", 1)
    monkeypatch.setattr(taking_over, "insert", lambda db, act: (time.sleep(0.005), insert(db, act)))


def test_the_dialog_says_how_far_it_is(app, qtbot, tmp_path, slow):
    old_project(tmp_path / "ward.cessl", 3)
    click_on_its_card(qtbot, app, tmp_path / "ward.cessl")
    qtbot.waitUntil(lambda: app.waiting.dialog is not None and app.waiting.dialog.value() > 5, timeout=60_000)
    qtbot.waitUntil(lambda: app.window is not None, timeout=60_000)


def test_cancel_in_the_middle_leaves_the_start_page_and_the_project_as_it_was(app, qtbot, tmp_path, slow):
    folder = tmp_path / "ward.cessl"
    old_project(folder, 3, events=400)
    click_on_its_card(qtbot, app, folder)
    qtbot.waitUntil(lambda: app.waiting.dialog is not None and app.waiting.dialog.value() > 5, timeout=60_000)
    qtbot.mouseClick(app.waiting.dialog.findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not app.waiting.is_busy, timeout=60_000)
    assert (app.window, app.start.isVisible(), projects.is_of_earlier_version(folder)) == (None, True, True)


def test_after_a_cancel_another_click_opens_it_with_all_as_it_was(app, qtbot, tmp_path, slow):
    folder = tmp_path / "ward.cessl"
    told = old_project(folder, 3)
    click_on_its_card(qtbot, app, folder)
    qtbot.waitUntil(lambda: app.waiting.dialog is not None and app.waiting.dialog.value() > 5, timeout=60_000)
    qtbot.mouseClick(app.waiting.dialog.findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not app.waiting.is_busy, timeout=60_000)
    qtbot.mouseClick(app.start.cards[0].button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: app.window is not None, timeout=60_000)
    assert after(app.window._session.project) == told
