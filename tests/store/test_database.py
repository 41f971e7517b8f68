"""What a person entered survives crashes, full disks, second writers and a folder that goes."""

import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core.errors import ProjectBusy, ProjectError, ProjectGone, ProjectNotWritable, ProjectTooNew
from cessl_gui.core.types import Caliper, ModelInfo, Record, State
from cessl_gui.store.project import Project
from tests.records import make_record

AF = "164889003"


def record(number: int) -> Record:
    return make_record(np.full((12, 100), number), number)


def raw(folder) -> sqlite3.Connection:
    return sqlite3.connect(folder / "project.sqlite", isolation_level=None)


@contextmanager
def child(code: str, says: str) -> Iterator[subprocess.Popen]:
    """A program that has said its line; it is killed at the end of the block, if it runs then."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == f"{says}\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("table", ["acts", "devices", "models", "record_revisions"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid + 1"])
def test_what_was_said_can_be_neither_changed_nor_deleted(project, table, change):
    with project.atomic() as db:
        db.execute("PRAGMA defer_foreign_keys = ON")
        columns = db.execute(f"PRAGMA table_info({table})").fetchall()
        project.records.add(record(1))
    values = {"TEXT": "'r9'", "INTEGER": "999", "REAL": "1.5", "BLOB": "x'00'"}
    row = ", ".join(values[c["type"]] for c in columns)
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(f"INSERT INTO {table} VALUES ({row})")
    count = db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        db.execute(change.format(table))
    assert db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] == count


def test_a_label_and_a_caliper_survive_kill_9_right_after_the_click(tmp_path):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.records.add(record(1))
    code = (
        "from cessl_gui.store.project import Project; from cessl_gui.core.types import Caliper, State; import time\n"
        f"project = Project.open({str(folder)!r})\n"
        f"project.labels.set('r1', '{AF}', State.PRESENT, 'dr test')\n"
        "project.calipers.set('r1', {'a': Caliper('a', 'II', 0.8, 1.6, 0.0, 0.1)}, 'dr test')\n"
        "print('set', flush=True); time.sleep(60)"
    )
    with child(code, "set") as process:
        os.kill(process.pid, signal.SIGKILL)
    with Project.open(folder) as project:
        assert project.labels.current("r1") == {AF: State.PRESENT}
        assert project.calipers.current("r1", "dr test") == (Caliper("a", "II", 0.8, 1.6, 0.0, 0.1),)


def test_a_second_program_is_told_who_has_the_project(tmp_path):
    folder = tmp_path / "ward.cessl"
    code = (
        "from cessl_gui.store.project import Project; import time\n"
        f"project = Project.open({str(folder)!r})\nprint('open', flush=True); time.sleep(60)"
    )
    with child(code, "open") as process, pytest.raises(ProjectBusy, match=f"process {process.pid}"):
        Project.open(folder)
    with Project.open(folder) as project:
        assert project.records.all() == []


def test_two_windows_of_one_program_cannot_open_one_project(project):
    with pytest.raises(ProjectBusy, match="open already"):
        Project.open(project.folder)


def test_a_project_of_a_newer_version_is_left_alone(tmp_path):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.records.add(record(1))
    with raw(folder) as db:
        db.execute("PRAGMA user_version = 99")
    before = (folder / "project.sqlite").read_bytes()
    with pytest.raises(ProjectTooNew, match="newer version"):
        Project.open(folder)
    assert (folder / "project.sqlite").read_bytes() == before


def test_a_foreign_database_is_refused(tmp_path):
    folder = tmp_path / "ward.cessl"
    folder.mkdir()
    with raw(folder) as db:
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(ProjectError, match="not a project"):
        Project.open(folder)


def test_a_damaged_database_names_its_backups(tmp_path):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        for i in range(50):
            project.records.add(record(i))
    (folder / "project.sqlite").write_bytes(b"SQLite format 3\0" + os.urandom(20_000))
    with pytest.raises(ProjectError, match="damaged") as caught:
        Project.open(folder)
    assert str(folder / "backups") in caught.value.todo
    assert list((folder / "backups").glob("daily-*.sqlite"))


def test_a_place_that_cannot_hold_a_folder_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectNotWritable, match="cannot be written to"):
        Project.open(tmp_path / "file" / "ward.cessl")


def test_a_full_disk_loses_only_the_entry_that_was_refused(project):
    project.records.add(record(1))
    project.labels.set("r1", AF, State.PRESENT, "dr test")
    with project.atomic() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ProjectError, match="disk is full"):
        for i in range(10_000):
            project.labels.set("r1", f"local:{i}", State.ABSENT, "dr test")
    db.execute("PRAGMA max_page_count = 1000000")
    assert project.labels.current("r1")[AF] == State.PRESENT
    project.labels.set("r1", AF, State.UNCERTAIN, "dr test")
    assert project.labels.current("r1")[AF] == State.UNCERTAIN


def test_a_transaction_that_fails_leaves_nothing_and_blocks_nest(project):
    project.records.add(record(1))
    with pytest.raises(ZeroDivisionError), project.atomic():
        project.labels.set("r1", AF, State.PRESENT, "dr test")
        raise ZeroDivisionError
    assert project.labels.current("r1") == {}
    with project.atomic():
        project.labels.set("r1", AF, State.PRESENT, "dr test")
        with pytest.raises(ZeroDivisionError), project.atomic():
            project.labels.set("r1", AF, State.ABSENT, "dr test")
            raise ZeroDivisionError
    assert project.labels.current("r1") == {AF: State.PRESENT}


def test_a_click_does_not_wait_long_for_an_import(project):
    project.records.add(record(0))
    ended = threading.Event()

    def import_many():
        for i in range(1, 40):
            with project.atomic():
                for j in range(16):
                    project.records.add(record(16 * i + j))
            time.sleep(0.02)  # in an import the next files are read here
        ended.set()

    thread = threading.Thread(target=import_many)
    thread.start()
    waits = []
    while not ended.is_set():
        began = time.perf_counter()
        project.labels.set("r0", AF, State.PRESENT if len(waits) % 2 else State.ABSENT, "dr test")
        waits.append(time.perf_counter() - began)
        time.sleep(0.005)
    thread.join()
    assert len(waits) > 5
    assert np.median(waits) < 0.05


def test_a_lock_that_cannot_say_who_holds_it_holds_all_the_same(tmp_path, monkeypatch):
    write_text = Path.write_text

    def full(path, *given, **how):
        if path.name == "lock.holder":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_text(path, *given, **how)

    monkeypatch.setattr(Path, "write_text", full)
    with Project.open(tmp_path / "ward.cessl") as project:
        with pytest.raises(ProjectBusy, match="another window or command"):
            Project.open(project.folder)
        project.records.add(record(1))


def test_what_a_cancelled_task_left_running_ends_with_the_project(project):
    """Its query goes on to its end, as it cannot be broken off; after that it gets nothing, and opens nothing anew."""
    begun = threading.Event()
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT COUNT(*) FROM n"

    def left_behind():
        project._database.connection.set_trace_callback(lambda words: begun.set())
        (row,) = project._database.all(count)
        with pytest.raises(ProjectGone, match="closed"):
            project.records.count()
        return row[0]

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(left_behind)
        assert begun.wait(10)
        project.close()
        assert not found.done()
        assert found.result(20) == 3_000_000


@pytest.mark.parametrize("harm", ["deleted", "moved", "replaced"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete or move an open file")
def test_what_is_said_after_the_project_has_gone_is_refused(tmp_path, harm):
    folder, away = tmp_path / "ward.cessl", tmp_path / "away.cessl"
    with Project.open(folder) as project:
        project.records.add(record(1))
        project.labels.set("r1", AF, State.PRESENT, "dr test")
        if harm == "replaced":  # by a copy, as programs that synchronise folders do
            shutil.copytree(folder, away)
            shutil.rmtree(folder)
            away.rename(folder)
        elif harm == "moved":
            folder.rename(away)
        else:
            shutil.rmtree(folder)
        for say in (
            lambda: project.labels.set("r1", AF, State.ABSENT, "dr test"),
            lambda: project.marks.set("r1", {"t_offset": 372.0}, "dr test"),
            lambda: project.settings.set("panel", []),
        ):
            with pytest.raises(ProjectError, match=r"no longer at .*ward\.cessl: nothing more can be saved"):
                say()
        assert project.labels.current("r1") == {AF: State.PRESENT}
        model = ModelInfo("m1", "base", "tiny", "0" * 64, (AF,), {AF: 0.5}, "base model", "base", "2026")
        with pytest.raises(ProjectError):
            project.models.add(model, {})
        if harm != "replaced":
            with pytest.raises(ProjectError):
                project.waveforms.write(record(1))
        other_thread = ThreadPoolExecutor(1)  # which needs a connection of its own
        with pytest.raises(ProjectError, match="no longer at"):
            other_thread.submit(project.labels.current, "r1").result()
        other_thread.shutdown()
        if harm == "deleted":
            assert not folder.exists(), "half a project would lie there"
        if harm == "moved":
            away.rename(folder)
            project.labels.set("r1", AF, State.ABSENT, "dr test")
    if harm != "deleted":
        with Project.open(folder) as project:
            assert project.labels.current("r1") == {AF: State.ABSENT if harm == "moved" else State.PRESENT}


def test_a_file_or_a_place_inside_a_project_is_no_project(tmp_path):
    folder, recording = tmp_path / "ward.cessl", tmp_path / "rec.hea"
    Project.open(folder).close()
    recording.write_text("rec 1 500 10")
    for name in (folder / "project.sqlite", recording):
        with pytest.raises(ProjectError, match=f"{name.name} is a file; a project is a folder"):
            Project.open(name)
    for name in (folder / "backups", folder / "new.cessl", folder / "a" / "b"):
        with pytest.raises(ProjectError, match=r"lies in the folder of the project ward\.cessl"):
            Project.open(name)
        assert not (name / "project.sqlite").exists()


def test_a_network_share_is_pointed_out(project, monkeypatch):
    from cessl_gui.store.folder import project_folder as module

    monkeypatch.setattr(
        module.Path, "read_text", lambda self, **how: f"server:/x / ext4 rw 0 0\nnas:/w {project.folder} nfs4 rw 0 0\n"
    )
    assert "network share" in module.network_share(project.folder)[0]


def test_a_whole_disk_is_no_project():
    with pytest.raises(ProjectNotWritable, match="whole disk"):
        Project.open("/")
