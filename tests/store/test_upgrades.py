"""A project of an earlier version is upgraded after a copy of it was made, with all that people said."""

import sqlite3
from contextlib import closing

import pytest

from cessl_gui.core.errors import ProjectTooNew
from cessl_gui.core.types import Caliper, ReadingState, State
from cessl_gui.store.care import backups
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite import database
from tests.records import shown_labels
from tests.store.projects import AF, empty_of_version, record


def test_an_upgrade_backs_up_first_and_a_crash_in_it_changes_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.records.add(record(1))
        project.labels.set("r1", AF, State.PRESENT, "dr test")

    def crash(db):
        db.execute("CREATE TABLE later (x)")
        raise KeyboardInterrupt

    monkeypatch.setattr(database, "MIGRATIONS", [*database.MIGRATIONS, crash])
    with pytest.raises(KeyboardInterrupt):
        Project.open(folder)
    assert (folder / "backups" / f"before-version-{len(database.MIGRATIONS)}.sqlite").exists()
    monkeypatch.setattr(
        database, "MIGRATIONS", [*database.MIGRATIONS[:-1], lambda db: db.execute("CREATE TABLE later (x)")]
    )
    with Project.open(folder) as project, project.atomic() as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(database.MIGRATIONS)
        assert project.labels.current("r1") == {AF: State.PRESENT}


def of_an_earlier_version(folder, version, record_id):
    """A record, a label, a confirmation and from version 2 a mark, as versions 1 to 3 wrote them."""
    with closing(empty_of_version(folder, version)) as db:
        db.execute(
            "INSERT INTO records VALUES (?, 'ECG 1', '/x/1.hea', '1', 500.0, 100, '[\"II\"]', '[]', '', '', '', '',"
            " '[]', '[]', 'WFDB', 0, '2026-01-02T03:04:05.000Z')",
            (record_id,),
        )
        db.execute(
            "INSERT INTO label_events (record_id, code, state, reader, at_utc, prediction_visible, act, kind)"
            " VALUES (?, ?, 'present', 'dr test', '2026-01-02T03:04:05.678Z', 0, 'a', 'set')",
            (record_id, AF),
        )
        db.execute(
            "INSERT INTO reading_events (record_id, state, reader, at_utc)"
            " VALUES (?, 'confirmed', 'dr test', '2026-01-02T03:04:06.000Z')",
            (record_id,),
        )
        if version >= 2:
            db.execute(
                "INSERT INTO measurement_events (record_id, mark, value_ms, reader, at_utc, kind)"
                " VALUES (?, 't_offset', 372.0, 'dr test', '2026-01-02T03:04:07.000Z', 'set')",
                (record_id,),
            )


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_project_of_an_older_version_keeps_what_it_has_and_learns_the_rest(tmp_path, monkeypatch, version):
    folder, marks, caliper = tmp_path / "ward.cessl", {"t_offset": 372.0}, Caliper("a", "II", 0.8, 1.6, 0.0, 0.1)
    of_an_earlier_version(folder, version, "r1")
    with Project.open(folder) as project:
        assert project.labels.current("r1") == {AF: State.PRESENT}
        assert project.marks.current("r1") == (marks if version >= 2 else {})
        label = shown_labels(project)[0]
        assert (label["reader"], label["at_utc"]) == ("dr test", "2026-01-02T03:04:05.678Z")
        assert label["file_visible"] is None, "nobody knows"
        assert project.records.get("r1").reading == ReadingState.CONFIRMED
        assert project.records.uncovered() == {"r1"}
        assert project.records.file_seen() == {"r1"}
        project.marks.set("r1", marks, "dr test")
        project.calipers.set("r1", {"a": caliper}, "dr test")
    backup = sqlite3.connect(folder / "backups" / f"before-version-{len(database.MIGRATIONS)}.sqlite")
    assert backup.execute("PRAGMA user_version").fetchone()[0] == version
    assert backup.execute("SELECT state FROM current_labels").fetchall() == [("present",)]
    backup.close()
    with Project.open(folder) as project:
        assert project.marks.current("r1") == marks
        assert project.calipers.current("r1", "dr test") == (caliper,)
    with monkeypatch.context() as before, pytest.raises(ProjectTooNew, match="newer version"):
        before.setattr(database, "MIGRATIONS", database.MIGRATIONS[:2])
        Project.open(folder)


def test_a_backup_a_day_and_a_week_of_them(tmp_path):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.records.add(record(1))
    for day in range(1, 20):
        (folder / "backups" / f"daily-2020-01-{day:02d}.sqlite").touch()
    Project.open(folder).close()
    kept = sorted(path.stem for path in (folder / "backups").glob("daily-*"))
    assert len(kept) == backups.KEPT
    assert kept[0] == "daily-2020-01-14"
    assert kept[-1] > "daily-2026"


@pytest.mark.parametrize("harm", ["full", "a file"])
def test_where_no_daily_copy_can_be_made_the_project_opens_and_says_so(tmp_path, monkeypatch, harm):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.records.add(record(1))
        project.labels.set("r1", AF, State.PRESENT, "dr test")
        assert project.warnings == ()
    (copy,) = (folder / "backups").iterdir()
    copy.unlink()
    if harm == "full":
        connect = sqlite3.connect

        def small(path, **how):
            db = connect(path, **how)
            if "unfinished" in str(path):
                db.execute("PRAGMA max_page_count = 2")
            return db

        monkeypatch.setattr(sqlite3, "connect", small)
    else:
        (folder / "backups").rmdir()
        (folder / "backups").write_text("")
    for state in (State.PRESENT, State.ABSENT):
        with Project.open(folder) as project:
            (warning,) = project.warnings
            assert "Today's copy of the project was not made." in warning
            assert ("The disk is full" if harm == "full" else "a file lies where a folder is needed") in warning
            assert project.labels.current("r1") == {AF: state}
            project.labels.set("r1", AF, State.ABSENT, "dr test")
    assert not list(folder.rglob("*unfinished*"))
