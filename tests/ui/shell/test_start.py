"""The start page: where a person goes on, and the first minute by mouse alone."""

import json
import os
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from cessl_gui.bridge import projects
from cessl_gui.bridge.session import Session
from cessl_gui.core.paths import user_data
from cessl_gui.core.types import Ending, Outcome, Progress, ReadingState, State
from cessl_gui.ecg.hints import LOOKING
from cessl_gui.store.project import Project
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.shell import app as module
from cessl_gui.ui.shell.start_page import recents
from cessl_gui.ui.shell.start_page.drop_zone import HEADING, READING
from cessl_gui.ui.shell.start_page.dropping import Drops, local_paths
from cessl_gui.ui.shell.start_page.project_card import day_words
from tests.records import record_of
from tests.ui.hand import SIZE, Hand, in_sight
from tests.ui.windows import gone


def recent(folder="/somewhere/ward.cessl", **other) -> recents.Recent:
    values = {"name": "ward", "total": 242, "read": 140, "deferred": 2, "model": "Version 2"}
    return recents.Recent(folder=str(folder), at_utc="2026-11-28T11:42:00+00:00", **(values | other))


@pytest.fixture
def app(qapp, monkeypatch):
    monkeypatch.setattr(Session, "predict_when_quiet", lambda session: None)
    app = module.App()
    yield app
    for window in (app.window, app.start):
        if window is not None:
            window.close()
            gone(window)


@pytest.fixture
def start(app, qtbot, tmp_path):
    """The start page with one project that is there, and one that is not."""
    Project.open(tmp_path / "ward.cessl").close()
    recents._write([recent(tmp_path / "ward.cessl"), recent("/not/there.cessl", name="gone")])
    app.open_start()
    qtbot.waitUntil(lambda: not app.start._runner.busy)
    return app.start


def test_a_card_says_how_far_the_reading_is(start):
    assert start.cards[0].count.text() == "140 of 242 read"


def test_a_card_names_the_active_model_and_what_was_put_off(start):
    assert start.cards[0].facts.text() == "Version 2 active · 2 deferred"


def test_a_card_says_where_to_go_on(start):
    assert start.cards[0].button.text() == "Go on at 141 of 242"


def test_a_project_that_is_not_there_cannot_be_opened(start):
    assert [card.button.isEnabled() for card in start.cards] == [True, False]


def test_a_project_is_taken_off_the_list_and_stays(start, tmp_path):
    start.cards[0].forgotten.emit(str(tmp_path / "ward.cessl"))
    assert [one.name for one in recents.recent_projects()] == ["gone"]
    assert projects.is_project(tmp_path / "ward.cessl")


def test_a_card_opens_its_project_and_the_start_page_goes(app, start, qtbot):
    qtbot.mouseClick(start.cards[0].button, Qt.MouseButton.LeftButton)
    assert app.window.windowTitle().startswith("ward")
    assert app.start is None


def test_the_start_page_comes_in_place_of_an_open_project(app, start, qtbot):
    qtbot.mouseClick(start.cards[0].button, Qt.MouseButton.LeftButton)
    app.window.acts["start_page"].trigger()
    assert app.window is None
    assert app.start.isVisible()


def test_a_project_is_at_the_head_of_the_list_once_it_was_open(session, window, tmp_path):
    session.set_label("r0", "164889003", State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    window.close()
    (noted,) = recents.recent_projects()
    assert (noted.name, noted.read, noted.total, noted.model) == ("reading", 1, 6, "Base model")


def test_no_name_of_a_record_is_kept_outside_the_project(session, window):
    window.close()
    kept = (user_data() / "recent.json").read_text()
    assert not [info.name for info in session.records() if info.name in kept]


@pytest.mark.parametrize("content", ["", "[{}]", "{", '[{"folder": 1}]', "[1]", '{"a": 1}'])
def test_a_damaged_list_of_projects_is_an_empty_one(content):
    user_data().mkdir(parents=True, exist_ok=True)
    (user_data() / "recent.json").write_text(content)
    assert recents.recent_projects() == []


def test_a_huge_list_of_projects_is_not_read():
    user_data().mkdir(parents=True, exist_ok=True)
    (user_data() / "recent.json").write_text(json.dumps([{"folder": "x" * 200_000}]))
    assert recents.recent_projects() == []


def test_days_are_named_as_people_name_them():
    now = datetime(2026, 11, 28, 14, 0).astimezone()
    words = [day_words(now - timedelta(**ago), now) for ago in ({"hours": 2}, {"days": 1}, {"days": 4}, {"days": 400})]
    assert words == ["today 12:00", "yesterday", "24 Nov", "24 Oct 2025"]


@pytest.fixture
def small_demo(monkeypatch):
    """Three ECGs in place of those of the demo, which take some seconds to make."""

    def make(task):
        with Project.open(projects.demo_folder()) as project:
            for number in range(3):
                record = record_of(number)
                project.records.add(record)
                project.waveforms.write(record)

    monkeypatch.setattr(projects, "make_demo", make)


@pytest.fixture
def first_start(app, monkeypatch):
    """The start page as somebody sees it who has never used the program, in a window of a small laptop."""
    preferences().remove("research_use_read")
    for window in (module.StartWindow, module.MainWindow):
        shown = window.showEvent
        monkeypatch.setattr(window, "showEvent", lambda one, event, shown=shown: (one.resize(*SIZE), shown(one, event)))
    app.open_start()
    return app.start


def said(app) -> str:
    """What the screen says of what is being done."""
    if app.waiting.dialog is not None:
        return app.waiting.dialog.labelText()
    read = app.window.read if app.window is not None else None
    if read is None or in_sight(read.drop_zone.heading) not in ("", READING):
        return ""
    return in_sight(read.drop_zone.heading) or read.page.header.who.accessibleDescription()


def label_first(app, hand):
    """Wait until the traces of an ECG are in sight, and say present of the statement that is chosen."""
    hand.wait(lambda: app.window is not None and app.window.page.sheet.record is not None, lambda: said(app))
    QApplication.processEvents()
    labels = app.window.labels
    hand.wait(lambda: labels.is_on_page, lambda: LOOKING if LOOKING in app.window.page.toolbar.hints.shown else "")
    row = labels.row(labels.code)
    hand.click(row.buttons[State.PRESENT])
    assert app.window._session.labels(labels.record_id) == {row.code: State.PRESENT}


def test_the_first_label_on_the_demo_takes_two_clicks(app, first_start, small_demo):
    hand = Hand()
    hand.click(first_start.demo)
    label_first(app, hand)
    assert len(hand.acts) == 2


def test_the_first_label_on_ones_own_folder_takes_three_acts(
    app, first_start, qtbot, tmp_path, cessl_data, monkeypatch
):
    folder = tmp_path / "recordings"
    folder.mkdir()
    for path in sorted((cessl_data / "challenge" / "cpsc2018").rglob("A0001.*")):
        (folder / path.name).write_bytes(path.read_bytes())
    hand = Hand()
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *_: hand.acts.append("choose the folder") or str(folder)
    )
    hand.click(first_start.drop_zone.button)
    label_first(app, hand)
    assert len(hand.acts) == 3
    qtbot.waitUntil(lambda: not app.window._session.busy, timeout=30_000)


def dropped(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, *none))


def test_a_dropped_folder_is_opened(start, tmp_path):
    wanted = []
    start.open_requested.disconnect()
    start.open_requested.connect(wanted.append)
    dropped(start, tmp_path)
    assert wanted == [str(tmp_path)]


def test_a_project_dropped_on_the_window_of_another_is_opened(window, qtbot, tmp_path):
    Project.open(tmp_path / "other.cessl").close()
    data, none = QMimeData(), (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "other.cessl"))])
    with qtbot.waitSignal(window.open_requested) as asked:
        window.findChild(Drops).eventFilter(window, QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, *none))
    assert asked.args == [str(tmp_path / "other.cessl")]


def test_a_link_to_a_web_page_cannot_be_dropped():
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.xml")])
    assert local_paths(data) == []


def test_dropped_files_ask_for_a_project(start, tmp_path):
    wanted = []
    start.import_requested.disconnect()
    start.import_requested.connect(wanted.append)
    dropped(start, tmp_path / "a.hea", tmp_path / "b.hea")
    assert wanted == [[tmp_path / "a.hea", tmp_path / "b.hea"]]


@pytest.mark.parametrize("name", ["WFDB", "DICOM", "GE MUSE", "SCP-ECG", "CSV"])
def test_the_drop_zone_names_the_formats(start, name):
    assert name in {label.text() for label in start.drop_zone.findChildren(QLabel)}


def test_a_project_without_records_offers_the_drop_zone(app, start, qtbot):
    qtbot.mouseClick(start.cards[0].button, Qt.MouseButton.LeftButton)
    assert app.window.read.drop_zone.isVisible()


def test_a_project_with_records_shows_no_drop_zone(window):
    assert not window.read.drop_zone.isVisible()


def test_a_card_is_true_after_a_power_cut(session, window):
    recents.forget_project(str(session.project.folder))
    session.ended.emit("import", Outcome("", Ending.CANCELLED))
    (first,) = [one for one in recents.recent_projects() if one.folder == str(session.project.folder)]
    assert first.total == session.count


def test_the_drop_zone_says_that_recordings_are_being_read(app, start, qtbot, monkeypatch):
    qtbot.mouseClick(start.cards[0].button, Qt.MouseButton.LeftButton)
    session, zone = app.window._session, app.window.read.drop_zone
    with monkeypatch.context() as patch:
        patch.setattr(type(session), "busy", property(lambda _: {"import": "import-1"}))
        session.progress.emit(Progress("import-1", "Importing"))
    assert zone.heading.text() == READING
    assert not zone.button.isEnabled()
    session.progress.emit(Progress("x", ""))
    assert zone.heading.text() == HEADING


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_the_folder_that_names_projects_is_closed_to_others(qapp, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    choices = preferences()  # the first that a new computer keeps
    choices.setValue("theme", "dark")
    choices.sync()
    assert user_data().stat().st_mode & 0o077 == 0
