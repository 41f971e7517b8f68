"""The folder of a project: emptied ones, permissions, leftovers, copies of the database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cessl_gui.core.errors import CesslError, ProjectDamaged, ProjectError
from cessl_gui.core.types import ModelInfo, State
from cessl_gui.store.project import Project, restore
from tests.store.projects import AF, record


@pytest.mark.parametrize("how", ["empty", "gone"])
def test_an_emptied_project_is_no_new_one_and_names_its_copies(folder, how):
    path = folder / "project.sqlite"
    path.unlink()
    if how == "empty":
        path.touch()
    before = sorted(folder.rglob("*"))
    with pytest.raises(ProjectDamaged) as caught:
        Project.open(folder)
    assert caught.value.copies
    assert str(folder / "backups") in caught.value.todo
    assert sorted(p for p in folder.rglob("*") if p.name != "lock") == [p for p in before if p.name != "lock"]


@pytest.mark.parametrize(("held", "is_taken"), [("a.hea", True), ("sub", True), (".DS_Store", False), (None, False)])
def test_a_folder_that_holds_anything_else_becomes_no_project(tmp_path, held, is_taken):
    """`cessl import RECORDINGS RECORDINGS`: the project was forgotten."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    if held:
        (folder / held).mkdir() if held == "sub" else (folder / held).write_text("r 1")
    if not is_taken:
        Project.open(folder).close()
        return
    with pytest.raises(ProjectError, match="holds other files"):
        Project.open(folder)
    assert [path.name for path in folder.iterdir()] == [held]


def test_a_command_says_that_the_database_is_empty_and_writes_nothing(folder, tmp_path):
    (folder / "project.sqlite").write_bytes(b"")
    command = [sys.executable, "-m", "cessl_gui.cli", "export", folder, tmp_path / "a.csv", "--format", "csv"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "database is empty" in done.stderr
    assert not (tmp_path / "a.csv").exists()
    assert (folder / "project.sqlite").read_bytes() == b""


def test_a_copy_takes_the_place_of_what_is_damaged_which_is_kept(folder):
    with Project.open(folder) as project:
        copy = project._database.back_up("daily-2020-01-01")
    (folder / "project.sqlite").write_bytes(b"harmed")
    restore(folder, copy)
    with Project.open(folder) as project:
        assert project.labels.current("r1") == {AF: State.PRESENT}
    assert [path.read_bytes() for path in folder.glob("damaged-*.sqlite")] == [b"harmed"]


def modes(folder: Path) -> set[int]:
    return {p.stat().st_mode & 0o777 for p in folder.rglob("*") if p.is_file()}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_new_project_is_nobody_elses(folder):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes(folder) == {0o600}
    assert {p.stat().st_mode & 0o777 for p in folder.rglob("*") if p.is_dir()} == {0o700}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_permissions_that_a_person_chose_are_kept_and_followed(folder):
    old = os.umask(0o002)
    try:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o770 if path.is_dir() else 0o660)
        with Project.open(folder) as project:
            project.waveforms.write(record(3))
            project._database.back_up("daily-2020-01-01")
            model = ModelInfo("m2", "Base", "tiny", "0" * 64, (AF,), {AF: 0.5}, "base", "base", "2026")
            project.models.add(model, {"meta.json": b"{}"})
    finally:
        os.umask(old)
    assert folder.stat().st_mode & 0o777 == 0o770
    assert modes(folder) == {0o660}
    assert (folder / "models" / "m2").stat().st_mode & 0o777 == 0o770


def test_what_a_kill_left_behind_is_swept_and_nothing_else(folder):
    left = [folder / "models" / "unfinished-ab", folder / "waveforms" / "r1" / ".ab.tmp"]
    left += [folder / "backups" / ".ab.unfinished.sqlite", folder / "backups" / ".ab.unfinished.sqlite-journal"]
    left[0].mkdir()
    (left[0] / "tensors").write_bytes(b"x")
    for path in left[1:]:
        path.write_bytes(b"x")
    kept = {path for path in folder.rglob("*") if not {path, path.parent} & set(left)}
    Project.open(folder).close()
    assert not [path for path in left if path.exists()]
    assert kept <= set(folder.rglob("*"))


def test_nothing_is_swept_while_another_program_has_the_project(folder):
    with Project.open(folder):
        being_written = folder / "waveforms" / "r1" / ".ab.tmp"
        being_written.write_bytes(b"x")
        with pytest.raises(CesslError, match="open already"):
            Project.open(folder)
        assert being_written.exists()


def test_a_clock_that_was_ahead_costs_no_copy_of_today(folder):
    copies = folder / "backups"
    (today,) = copies.glob("daily-*.sqlite")
    for day in range(1, 10):
        (copies / f"daily-2199-01-{day:02d}.sqlite").write_bytes(today.read_bytes())
        (copies / f"daily-2020-01-{day:02d}.sqlite").write_bytes(today.read_bytes())
    Project.open(folder).close()
    kept = sorted(path.stem for path in copies.glob("daily-*"))
    assert kept == [*(f"daily-2020-01-{day:02d}" for day in range(4, 10)), today.stem]


def test_a_training_without_room_for_its_result_does_not_begin(project):
    from tests.conftest import full_disk

    with (
        full_disk(100_000),
        pytest.raises(ProjectError, match="no room for the result"),
        project.models.room(3_000_000),
    ):
        raise AssertionError("it began")
    assert list((project.folder / "models").iterdir()) == []


def test_the_room_of_a_training_is_kept_while_it_runs_and_given_back(project):
    with project.models.room(3_000_000):
        (kept,) = (project.folder / "models").iterdir()
        assert kept.stat().st_size >= 3_000_000
    assert list((project.folder / "models").iterdir()) == []
