"""Files are there whole or not at all."""

import os
import stat
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.files import atomic_write, full_path, read_bounded
from cessl_gui.learn.pretraining.config import BadConfig, read_config
from cessl_gui.tasks.evaluation.evaluating import read_labels
from cessl_gui.tasks.labels.label_tables import LabelsFileError, read_table
from cessl_gui.tasks.team.team_key import TeamKeyError, import_key
from tests.conftest import full_disk


def test_a_file_takes_its_name_and_the_place_of_an_earlier_one_only_once_it_is_whole(tmp_path):
    path = tmp_path / "new folder" / "labels.csv"
    for text in ("first", "second"):
        with atomic_write(path) as unfinished:
            unfinished.write_text(text)
            assert not path.exists() or path.read_text() == "first"
        assert path.read_text() == text
    with pytest.raises(ZeroDivisionError), atomic_write(path) as unfinished:
        unfinished.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "second"
    assert list(path.parent.iterdir()) == [path]


def test_what_keeps_a_file_from_being_written_is_said(tmp_path):
    path = tmp_path / "a.txt"
    with (
        full_disk(),
        pytest.raises(NotWritten, match=r"a\.txt cannot be written \(File too large\)"),
        atomic_write(path) as new,
    ):
        new.write_text("text")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "a.txt", tmp_path / "file" / "folder" / "a.txt"):
        with pytest.raises(NotWritten, match="a file lies where a folder is needed"), atomic_write(place):
            raise AssertionError("nothing to write to")


def test_a_folder_that_others_have_closed_is_said(tmp_path, monkeypatch):
    def refuse(path, **more):
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(Path, "exists", refuse)
    with (
        pytest.raises(NotWritten, match=r"a\.csv cannot be written \(Permission denied\)"),
        atomic_write(tmp_path / "a.csv"),
    ):
        raise AssertionError("nothing to write to")


def test_a_tilde_is_the_home_folder_and_that_of_nobody_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert full_path("~/my ward") == tmp_path / "my ward"
    monkeypatch.chdir(tmp_path)
    assert full_path("~no-such-user-7/x") == tmp_path / "~no-such-user-7" / "x"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_and_what_it_names_is_written(tmp_path):
    link, place = tmp_path / "link.txt", tmp_path / "place" / "real.txt"
    link.symlink_to(place)
    with atomic_write(link) as unfinished:
        unfinished.write_text("text")
    assert link.is_symlink()
    assert place.read_text() == "text"
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert full_path(tmp_path / "round").name == "round"
    with pytest.raises(NotWritten, match="cannot be written"), atomic_write(tmp_path / "round" / "a.txt") as unfinished:
        unfinished.write_text("text")


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
def test_a_pipe_is_not_replaced_by_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(NotWritten, match="is no file"), atomic_write(pipe) as unfinished:
        unfinished.write_text("text")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
@pytest.mark.parametrize(
    ("read", "error"),
    [
        (lambda path: read_bounded(path, 10), OSError),
        (read_table, LabelsFileError),
        (lambda path: read_labels(path, Mock()), LabelsFileError),
        (read_config, BadConfig),
        (import_key, TeamKeyError),
    ],
)
def test_what_is_no_file_is_neither_waited_for_nor_read_for_ever(tmp_path, read, error):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(error, match=r"no file|not a file"):
            read(path)
