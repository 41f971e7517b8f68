"""From a name that a person gives to a window, or to a sentence."""

import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.store.project import Project
from cessl_gui.ui import app as module
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
    assert not app.window.problem.isVisible()


def test_what_went_wrong_at_opening_stands_in_the_window(app, tmp_path):
    folder = tmp_path / "ward.cessl"
    Project.open(folder).close()
    for copy in (folder / "backups").iterdir():
        copy.unlink()
    (folder / "backups").rmdir()
    (folder / "backups").write_text("")
    app.open(folder)
    assert app.window.problem.isVisible()
    assert "Today's copy of the project was not made." in app.window.problem.text.text()


def test_a_file_is_refused_in_a_sentence(app, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(module, "warn", lambda *words: said.append(words[-1]))
    (tmp_path / "rec.hea").write_text("rec 1 500 10")
    app.open(tmp_path / "rec.hea")
    assert app.window is None and app.exit_status == 1
    assert "is a file; a project is a folder" in said[0]
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == ["rec.hea"]
