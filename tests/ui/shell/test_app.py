"""From a name that a person gives to a window, or to a sentence."""

import time

import pytest

from cessl_gui.bridge import projects
from cessl_gui.bridge.session import Session
from cessl_gui.bridge.team import READER
from cessl_gui.core.errors import ProjectDamaged
from cessl_gui.store.care import repair
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART
from cessl_gui.ui.shell import app as module
from cessl_gui.ui.worklist.removing import RemoveDialog
from tests.records import record_of
from tests.store.test_taking_over import Desk, add_records
from tests.store.test_taking_over import earlier as earlier_version
from tests.ui.conftest import AF
from tests.ui.windows import gone


@pytest.fixture
def app(qapp, monkeypatch):
    monkeypatch.setattr(Session, "predict_when_quiet", lambda session: None)
    app = module.App()
    yield app
    if app.window:
        app.window.close()
        gone(app.window)


def test_a_quoted_home_and_a_space_are_understood(app, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    app.open(module.Path("~/my ward.cessl"))
    assert (tmp_path / "my ward.cessl" / "project.sqlite").is_file()
    assert app.window.windowTitle().startswith("my ward")
    assert not app.window.toasts.isVisible()


def test_what_went_wrong_at_opening_stands_in_the_window(app, tmp_path):
    folder = tmp_path / "ward.cessl"
    Project.open(folder).close()
    for copy in (folder / "backups").iterdir():
        copy.unlink()
    (folder / "backups").rmdir()
    (folder / "backups").write_text("")
    app.open(folder)
    assert app.window.toasts.isVisible()
    assert "Today's copy of the project was not made." in app.window.toasts.text.text()


@pytest.mark.parametrize("apart", [False, True])
def test_a_reader_for_whom_the_window_cannot_be_closed_is_not_the_stored_one(app, tmp_path, monkeypatch, apart):
    app.open(tmp_path / "ward.cessl")
    window, session = app.window, app.window._session
    reader, settings = session.reader, session.project.settings
    with monkeypatch.context() as busy:
        busy.setattr(session, "close", lambda: False)  # a task has not ended in time
        session.team.choose_reader("dr new", apart)
    assert app.window is window
    assert (settings.get(READER), settings.get(APART, [])) == (reader, [])
    assert window.toasts.text.text().startswith(f"{reader} still reads")
    session.team.choose_reader("dr new", apart)
    assert (app.window._session.reader, app.window._session.project.apart) == ("dr new", "dr new" if apart else "")


def test_a_file_is_refused_in_a_sentence(app, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(module, "warn", lambda *words: said.append(words[-1]))
    (tmp_path / "rec.hea").write_text("rec 1 500 10")
    app.open(tmp_path / "rec.hea")
    assert app.window is None
    assert app.exit_status == 1
    assert "is a file; a project is a folder" in said[0]
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == ["rec.hea"]


@pytest.mark.parametrize("wanted", [True, False])
def test_the_copy_of_an_emptied_project_is_offered(app, tmp_path, monkeypatch, wanted):
    asked, said = [], []
    monkeypatch.setattr(module, "ask", lambda parent, title, question: asked.append(question) or wanted)
    monkeypatch.setattr(module, "warn", lambda *words: said.append(words[-1]))
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.settings.set("panel", ["164889003"])
        project._database.back_up("daily-2099-01-01")
    (folder / "project.sqlite").write_bytes(b"")
    app.open(folder)
    assert "database is empty" in asked[0]
    assert "takes its place" in asked[0]
    if wanted:
        assert app.window._session.project.settings.panel() == ["164889003"]
        assert list(folder.glob("damaged-*.sqlite"))
    else:
        assert "database is empty" in said[0]
        assert (folder / "project.sqlite").read_bytes() == b""


def test_a_project_that_cannot_be_written_opens_for_reading_and_says_so(app, tmp_path, monkeypatch):
    from cessl_gui.store import project as store

    folder = tmp_path / "ward.cessl"
    Project.open(folder).close()

    def refuse(folder):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(store, "_lock", refuse)
    app.open(folder)
    assert "reading only" in app.window.windowTitle()
    assert "Reading only" in app.window.toasts.text.text()


@pytest.fixture
def earlier(tmp_path):
    """A project of an earlier version, with a label."""
    folder = tmp_path / "ward.cessl"
    with earlier_version(folder, 9) as db:
        add_records(db, 9)
        Desk(db, 9, 0).label("r1", AF, None, "present", "ann", "set")
    return folder


def test_a_project_of_an_earlier_version_is_brought_up_to_date_beside_a_dialog(app, earlier, qtbot):
    app.open(earlier)
    assert app.waiting.dialog.labelText().startswith("Updating ward.cessl to this version.")
    qtbot.waitUntil(lambda: app.window is not None, timeout=20_000)
    assert app.window._session.labels("r1") == {AF: "present"}


def test_an_upgrade_that_was_cancelled_leaves_the_project_as_it_was(app, earlier, qtbot, monkeypatch):
    monkeypatch.setattr(projects, "upgrade", lambda folder, task: waits(task))
    app.open(earlier)
    app.waiting.dialog.canceled.emit()
    qtbot.waitUntil(lambda: not app.waiting.is_busy, timeout=20_000)
    assert app.window is None
    assert projects.is_of_earlier_version(earlier)


def test_an_earlier_project_that_cannot_be_written_is_read_as_it_is(app, earlier, qtbot, monkeypatch):
    def refuse(folder):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("cessl_gui.store.project._lock", refuse)
    app.open(earlier)
    qtbot.waitUntil(lambda: app.window is not None, timeout=20_000)
    assert app.window._session.labels("r1") == {AF: "present"}
    assert projects.is_of_earlier_version(earlier)


def test_the_program_goes_on_when_the_only_dialog_closes(app, earlier, qtbot, qapp):
    quits = []
    qapp.lastWindowClosed.connect(lambda: quits.append(qapp.quitOnLastWindowClosed()))
    app.open(earlier)
    qtbot.waitUntil(lambda: app.window is not None, timeout=20_000)
    assert True not in quits


def waits(task):
    while True:
        task.check()
        time.sleep(0.01)


@pytest.mark.parametrize("wanted", [True, False])
def test_damage_found_behind_the_window_is_offered_to_be_mended(app, tmp_path, qtbot, monkeypatch, wanted):
    asked = []
    monkeypatch.setattr(module, "ask", lambda parent, title, question: asked.append(question) or wanted)
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.settings.set("panel", ["164889003"])
        project._database.back_up("daily-2099-01-01")
    app.open(folder)
    before, plan = app.window, repair.Plan(["It is damaged."], folder / "backups" / "daily-2099-01-01.sqlite", 2)
    monkeypatch.setattr(projects, "mending", lambda folder: plan)
    app.window._session.damaged.emit(ProjectDamaged("The project's database is damaged.", "Take a copy."))
    qtbot.waitUntil(lambda: bool(asked) and not app.waiting.is_busy, timeout=20_000)
    assert "daily-2099-01-01.sqlite takes its place" in asked[0]
    assert (app.window is not before) == wanted
    assert bool(list(folder.glob("damaged-*.sqlite"))) == wanted


def test_the_program_starts_again_with_the_open_project(app, tmp_path, monkeypatch):
    left = []
    app.open(tmp_path / "one")
    monkeypatch.setattr(app, "_leave", left.append)
    window = app.window
    window.reopen_wanted.emit()
    assert app.starts_again == tmp_path / "one.cessl"
    assert left == [0]
    gone(window)


def test_a_removed_recording_is_gone_once_the_project_is_opened_again(app, tmp_path, qtbot):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        for number in range(2):
            record = record_of(number)
            project.records.add(record)
            project.waveforms.write(record)
    app.open(folder)
    before = app.window
    before.upkeep.remove(["r1"])
    dialog = before.findChild(RemoveDialog)
    dialog.sure.setChecked(True)
    qtbot.waitUntil(lambda: not before._session.upkeep.why_not_now(), timeout=20_000)
    dialog.go.click()
    qtbot.waitUntil(lambda: "erased" in dialog.said.text(), timeout=20_000)
    dialog.close()
    assert app.window is not before
    assert [info.id for info in app.window._session.records()] == ["r0"]
    gone(before)


def test_another_reader_sits_down_and_the_project_is_opened_for_that_reader(app, tmp_path):
    app.open(tmp_path / "ward.cessl")
    before = app.window
    before._session.team.choose_reader("dr new", apart=False)
    assert app.window is not before
    assert app.window._session.reader == "dr new"
    gone(before)


def test_a_window_goes_when_another_project_takes_its_place(app, tmp_path, qtbot):
    app.open(tmp_path / "ward.cessl")
    with qtbot.waitSignal(app.window.destroyed, timeout=20_000):
        app.window.files.open_requested.emit(str(tmp_path / "other.cessl"))
    assert app.window._session.project.folder == tmp_path / "other.cessl"


def test_a_worklist_that_was_never_shown_goes_with_its_window(app, tmp_path, qtbot):
    app.open(tmp_path / "ward.cessl")
    with qtbot.waitSignal(app.window.worklist.destroyed, timeout=20_000):
        app.window.files.open_requested.emit(str(tmp_path / "other.cessl"))


def test_a_folder_of_recordings_whose_project_is_open_opens_it_anew(app, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "warn", lambda parent, title, words: pytest.fail(words))
    (tmp_path / "ward").mkdir()
    app.open(tmp_path / "ward.cessl")
    before = app.window
    app.open(tmp_path / "ward")
    assert app.window is not before
    assert app.window._session.project.folder == tmp_path / "ward.cessl"
