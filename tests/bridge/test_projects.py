"""Which folder a project's name stands for."""

from pathlib import Path

import pytest

from cessl_gui.bridge import projects
from cessl_gui.core.errors import ProjectNotWritable


def test_a_whole_disk_gets_a_sentence_and_a_bare_dot_its_folders_name(tmp_path, monkeypatch, qtbot):
    with pytest.raises(ProjectNotWritable, match="whole disk"):
        projects.open_session(Path("/"))
    monkeypatch.chdir(tmp_path)
    session = projects.open_session(Path())
    assert session.project.folder == tmp_path.with_name(f"{tmp_path.name}.cessl").resolve()
    session.close()
