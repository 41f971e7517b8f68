"""Where a project cannot be written it is opened for reading: nothing is written, everything entered is there."""

import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.bridge.projects import is_project
from cessl_gui.core.errors import ProjectError, ReadingOnly
from cessl_gui.core.types import Caliper, ModelInfo, ReadingState, Record, State
from cessl_gui.store import project as module
from cessl_gui.store.project import Project
from tests.records import make_record
from tests.store.projects import empty_of_version

AF = "164889003"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


def record(number: int) -> Record:
    return make_record(np.full((12, 100), number), number)


@pytest.fixture
def folder(tmp_path) -> Path:
    with Project.open(tmp_path / "ward.cessl") as project:
        project.waveforms.write(record(1))
        project.records.add(record(1))
        project.labels.set("r1", AF, State.PRESENT, "dr test")
    return tmp_path / "ward.cessl"


@pytest.fixture
def closed(monkeypatch):
    """No folder takes a lock: what a read-only medium answers."""

    def refuse(folder):
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(module, "_lock", refuse)


def state(folder: Path) -> dict:
    return {str(p): (p.stat().st_mtime_ns, p.is_dir() or p.read_bytes()) for p in sorted(folder.rglob("*"))}


def test_what_was_entered_is_there_and_nothing_is_written(folder, closed):
    before = state(folder)
    with Project.open(folder) as project:
        assert "Read-only file system" in project.reading_only
        assert "Reading only" in project.warnings[0]
        assert project.labels.current("r1") == {AF: State.PRESENT}
        assert np.array_equal(project.waveforms.read("r1").signal_mv, record(1).signal_mv)
    assert state(folder) == before


def test_every_change_is_refused_in_a_sentence(folder, closed):
    model = ModelInfo("m1", "base", "tiny", "0" * 64, (AF,), {AF: 0.5}, "base model", "base", "2026")
    with Project.open(folder) as project:
        for change in (
            lambda: project.labels.set("r1", AF, State.ABSENT, "dr test"),
            lambda: project.marks.set("r1", {"t_offset": 1.0}, "dr test"),
            lambda: project.calipers.set("r1", {"a": Caliper("a", "II", 0, 1, 0, 0)}, "dr test"),
            lambda: project.records.add(record(2)),
            lambda: project.records.set_reading("r1", ReadingState.CONFIRMED, "dr test"),
            lambda: project.waveforms.write(record(2)),
            lambda: project.models.add(model, {}),
            lambda: project.settings.set("panel", []),
            lambda: project.quarantine.add("/x", "y"),
        ):
            with pytest.raises(ReadingOnly, match=r"ward\.cessl is open for reading only"):
                change()
        assert project.labels.current("r1") == {AF: State.PRESENT}


def test_two_may_read_at_once_and_close_in_any_order(folder, closed):
    with Project.open(folder) as one, Project.open(folder) as two:
        one.close()
        assert two.labels.current("r1") == {AF: State.PRESENT}


def test_entries_that_only_the_log_has_are_shown(folder, closed, monkeypatch):
    """After kill -9 the latest entries lie in the write-ahead log alone."""
    monkeypatch.undo()
    code = (
        "from cessl_gui.store.project import Project; from cessl_gui.core.types import State; import time\n"
        f"project = Project.open({str(folder)!r})\n"
        "for i in range(40): project.labels.set('r1', f'local:{i}', State.UNCERTAIN, 'dr test')\n"
        "print('set', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "set\n"
        os.kill(process.pid, signal.SIGKILL)
    assert (folder / "project.sqlite-wal").stat().st_size > 0
    before = state(folder)
    with Project._for_reading(folder, "test") as project:
        read = project.labels.current("r1")
    assert state(folder) == before
    with Project.open(folder) as project:
        assert project.labels.current("r1") == read
    assert len(read) == 41


@pytest.mark.parametrize("cut", [0, 10, 31, 32, 100, 5000, 9000, -1])
def test_a_log_that_is_cut_off_gives_what_sqlite_gives(folder, tmp_path, cut):
    source = sqlite3.connect(folder / "project.sqlite", isolation_level=None)
    source.execute("PRAGMA wal_autocheckpoint=0")
    for i in range(5):
        source.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (f"k{i}", json.dumps("x" * 3000)))
    copy = tmp_path / "copy.cessl"
    shutil.copytree(folder, copy)
    source.close()
    log = copy / "project.sqlite-wal"
    content = log.read_bytes()
    log.write_bytes(content[:cut])
    (copy / "project.sqlite-shm").unlink(missing_ok=True)
    with Project._for_reading(copy, "test") as project:
        ours = {f"k{i}": project.settings.get(f"k{i}") for i in range(5)}
    with Project.open(copy) as project:
        assert {f"k{i}": project.settings.get(f"k{i}") for i in range(5)} == ours


def test_a_damaged_database_is_still_said_when_reading(folder, closed):
    content = bytearray((folder / "project.sqlite").read_bytes())
    content[8192:12288] = os.urandom(4096)
    (folder / "project.sqlite").write_bytes(content)
    with pytest.raises(ProjectError, match="damaged"):
        Project.open(folder)


@pytest.mark.parametrize("asked", ["stat", "open"])
def test_a_project_that_may_not_be_read_gets_a_sentence(folder, closed, monkeypatch, asked):
    of = os if asked == "stat" else io
    before = getattr(of, asked)

    def refuse(path, *rest, **more):
        if str(path).endswith("project.sqlite"):
            raise PermissionError(13, os.strerror(13), str(path))
        return before(path, *rest, **more)

    monkeypatch.setattr(of, asked, refuse)
    with pytest.raises(ProjectError, match=r"ward\.cessl cannot be read \(Permission denied\)"):
        Project.open(folder)
    assert is_project(folder) == (asked == "open")
    assert module.project_around(folder / "labels.csv") == (folder if asked == "open" else None)


def test_an_older_version_is_read_too(tmp_path, closed):
    folder = tmp_path / "old.cessl"
    empty_of_version(folder, 1).close()
    was = state(folder)
    with Project.open(folder) as project:
        assert project.calipers.current("r1", "dr test") == ()
    assert state(folder) == was


@posix
@pytest.mark.parametrize("whose", ["folder", "database", "all"])
def test_what_belongs_to_others_opens_for_reading(folder, tmp_path, whose):
    # Permissions do not bite root: the child becomes nobody.
    code = (
        "import os; from cessl_gui.core.errors import ProjectError; from cessl_gui.store.project import Project\n"
        "from cessl_gui.core.types import State\n"
        "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        f"project = Project.open({str(folder)!r})\n"
        f"print(project.reading_only); print(project.labels.current('r1') == {{{AF!r}: State.PRESENT}})\n"
        f"try: project.labels.set('r1', {AF!r}, State.ABSENT, 'x')\n"
        "except ProjectError as error: print(error)"
    )
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if whose == "folder":
        folder.chmod(0o555)
    elif whose == "database":
        folder.chmod(0o777)
        (folder / "project.sqlite").chmod(0o444)
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and "pytest" in str(parent):
            parent.chmod(0o755)
    try:
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.splitlines()
    finally:
        folder.chmod(0o755)
    assert said[0]
    assert said[1] == "True"
    assert "reading only" in said[2]
    with Project.open(folder) as project:
        assert project.labels.current("r1") == {AF: State.PRESENT}


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting takes root")
def test_a_closed_project_on_a_full_disk_opens_and_its_export_goes_elsewhere(folder, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("no mount here")
    try:
        shutil.copytree(folder, disk / "ward.cessl")
        with pytest.raises(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        out = tmp_path / "out.csv"
        command = [sys.executable, "-m", "cessl_gui.cli", "export", disk / "ward.cessl", out, "--format", "csv"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "present" in out.read_text()
        with Project.open(disk / "ward.cessl") as project:
            assert project.labels.current("r1") == {AF: State.PRESENT}
    finally:
        subprocess.run(["umount", disk])
