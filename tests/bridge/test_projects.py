"""Which folder a project's name stands for."""

from pathlib import Path

import pytest

from cessl_gui.bridge import projects
from cessl_gui.core.errors import ProjectError, ProjectNotWritable
from cessl_gui.store.project import Project


def test_a_whole_disk_gets_a_sentence_and_a_bare_dot_its_folders_name(tmp_path, monkeypatch, qtbot):
    with pytest.raises(ProjectNotWritable, match="whole disk"):
        projects.open_session(Path("/"))
    monkeypatch.chdir(tmp_path)
    session = projects.open_session(Path())
    assert session.project.folder == tmp_path.with_name(f"{tmp_path.name}.cessl").resolve()
    session.close()


def test_a_file_makes_no_project(tmp_path):
    Project.open(tmp_path / "ward.cessl").close()
    (tmp_path / "rec.hea").write_text("rec 1 500 10")
    before = sorted(tmp_path.rglob("*"))
    for name in ("rec.hea", "ward.cessl/project.sqlite"):
        with pytest.raises(ProjectError, match="is a file; a project is a folder"):
            projects.open_session(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
