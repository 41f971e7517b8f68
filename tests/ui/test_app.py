"""From a name that a person gives to a window, or to a sentence."""

import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.store.project import Project
from cessl_gui.ui.shell import app as module
from tests.ui.windows import gone


@pytest.fixture
def app(qapp, monkeypatch):
    monkeypatch.setattr(Session, "predict_missing", lambda session: None)
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
