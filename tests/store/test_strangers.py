"""A project made by a stranger, or harmed by a disk: mended, or refused in a sentence that names what is wrong.

Each row of the table does something to a project that is as it should be.
"""

import json
import os
import shutil
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.statements.wordings import kept_wordings
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite.setting_shapes import SHAPES
from cessl_gui.tasks.export import exporting
from cessl_gui.tasks.models.training import training_job
from tests.store.projects import AF, SLOWEST_S, empty_of_version, sql


def master(change: str):
    def harm(folder: Path) -> None:
        db = sqlite3.connect(folder / "project.sqlite", isolation_level=None)
        db.execute("PRAGMA writable_schema = ON")
        db.execute(change)
        db.close()

    return harm


def content(harm):
    def change(folder: Path) -> None:
        path = folder / "project.sqlite"
        path.write_bytes(harm(path.read_bytes()))

    return change


def swap(name: str, make):
    def harm(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        make(path)

    return harm


KEYS = (*SHAPES, "digits dr test", "wording 164889003")
ODD = ("5", "-1", "null", '"x"', "[7]", "[[]]", '{"a": {}}', '{"a": [1]}', f'"{"x" * 2_100_000}"')

HEAVY = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT {} FROM n"

MENDED = {
    "a trigger dropped": sql("DROP TRIGGER acts_stay"),
    "all triggers dropped": sql(
        *(f"DROP TRIGGER {t}_{w}" for t in ("acts", "devices", "models") for w in ("stay", "are_kept"))
    ),
    "a trigger that changes labels": sql(
        "CREATE TRIGGER evil AFTER INSERT ON acts BEGIN UPDATE records SET name = 'x'; END"
    ),
    "a trigger that forbids labels": sql("CREATE TRIGGER evil BEFORE INSERT ON labels BEGIN SELECT RAISE(IGNORE); END"),
    "a trigger on reading": sql(
        "CREATE TRIGGER evil AFTER INSERT ON readings BEGIN UPDATE readings SET reading = 'excluded'; END"
    ),
    "a trigger with quotes in its name": sql(
        'CREATE TRIGGER "evil"" --" AFTER INSERT ON acts BEGIN UPDATE records SET name = 1; END'
    ),
    "a trigger that does nothing in another's place": sql(
        "DROP TRIGGER acts_are_kept",
        "CREATE TRIGGER acts_are_kept BEFORE DELETE ON acts BEGIN SELECT 1; END",
    ),
    "an endless view": sql("CREATE VIEW temp_labels AS " + HEAVY.format("x")),
    "an index missing": sql("DROP INDEX acts_by_record"),
    "a view more": sql("CREATE VIEW more AS " + HEAVY.format("x")),
    "an index more": sql("CREATE INDEX more ON records (abs(samples))"),
    "a table more": sql("CREATE TABLE more (x)"),
    "a panel that is a number": sql("UPDATE settings SET value = '7' WHERE key = 'panel'"),
    "a panel of numbers": sql("UPDATE settings SET value = '[7]' WHERE key = 'panel'"),
    "a panel that is no JSON": sql("UPDATE settings SET value = '[' WHERE key = 'panel'"),
    "statements of lists": sql("INSERT INTO settings VALUES ('statements', '[[1]]')"),
    "a deep setting": sql(f"INSERT INTO settings VALUES ('statements', '{'[' * 100_000}')"),
    **{
        f"settings of {odd[:10]}": sql(*(f"INSERT OR REPLACE INTO settings VALUES ('{key}', '{odd}')" for key in KEYS))
        for odd in ODD
    },
    "a setting that is a table": sql("INSERT INTO settings VALUES ('blind', '{}')"),
    "a prediction that is no JSON": sql("UPDATE predictions SET probabilities = '{'"),
    "a prediction of 7": sql(f"UPDATE predictions SET probabilities = '{{\"{AF}\": 7}}'"),
    "a prediction that is not a number": sql(f"UPDATE predictions SET probabilities = '{{\"{AF}\": NaN}}'"),
    "a prediction that is a list": sql("UPDATE predictions SET probabilities = '[1]'"),
    "the log of another project": lambda folder: (folder / "project.sqlite-wal").write_bytes(os.urandom(50_000)),
    "leftovers of a kill": lambda folder: (folder / "models" / "unfinished-1").mkdir(),
    "a lock that says nonsense": swap("lock.holder", lambda path: path.write_text("[" * 100_000)),
    "UTF-16 where it makes no difference": content(lambda data: data),
}

REFUSED = {
    "a table as a view": (
        sql("ALTER TABLE settings RENAME TO other", "CREATE VIEW settings AS SELECT * FROM other"),
        "table settings",
    ),
    "a table missing": (sql("DROP TABLE quarantine"), "table quarantine .* is missing"),
    "a column more": (sql("ALTER TABLE records ADD COLUMN more TEXT"), "table records"),
    "a column less": (sql("ALTER TABLE quarantine DROP COLUMN at_utc"), "table quarantine"),
    "a generated column": (sql("ALTER TABLE settings ADD COLUMN g INTEGER AS (length(value))"), "table settings"),
    "a table that checks nothing": (
        master("UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE name = 'labels'"),
        "table labels",
    ),
    "a schema that cannot be read": (
        master("UPDATE sqlite_master SET sql = 'CREATE TABLE x(' WHERE name = 'records'"),
        ".",
    ),
    "a virtual table": (sql("CREATE VIRTUAL TABLE evil USING fts5(x)"), "virtual table"),
    "a foreign application": (sql("PRAGMA application_id = 7"), "not a project of this program"),
    "version 0": (sql("PRAGMA user_version = 0"), "names no version"),
    "version -3": (sql("PRAGMA user_version = -3"), "names no version"),
    "version 1 in name only": (sql("PRAGMA user_version = 1"), "."),
    "version 99": (sql("PRAGMA user_version = 99"), "newer version"),
    "samples below 0": (sql("UPDATE records SET samples = -1"), "number of samples"),
    "samples beyond all": (sql("UPDATE records SET samples = 9000000000000000000"), "number of samples"),
    "infinite sampling rate": (sql("UPDATE records SET fs_hz = 9e999"), "sampling rate"),
    "no sampling rate": (sql("UPDATE records SET fs_hz = 0"), "sampling rate"),
    "negative sampling rate": (sql("UPDATE records SET fs_hz = -500.0 WHERE id = 'r2'"), "ECG 2 has a sampling rate"),
    "leads that are no list": (sql("UPDATE records SET leads = '{}'"), "list that cannot be read"),
    "leads that are no JSON": (sql("UPDATE records SET leads = 'II'"), "list that cannot be read"),
    "leads that are numbers": (sql("UPDATE records SET leads = '[1, 2]'"), "."),
    "nested leads": (sql("UPDATE records SET leads = '[[[]]]'"), "."),
    "huge JSON": (sql("UPDATE records SET warnings = json_array(hex(zeroblob(2000000)))"), "list that cannot be read"),
    "a huge name": (sql("UPDATE records SET name = hex(zeroblob(5000000))"), "too long a name"),
    "a value beyond all": (sql("UPDATE records SET sex = hex(zeroblob(20000000))"), "."),
    "an id that climbs": (
        sql(
            "UPDATE records SET id = '../../../x' WHERE id = 'r2'",
            "UPDATE labels SET record_id = '../../../x' WHERE record_id = 'r2'",
        ),
        "no file name",
    ),
    "a label of nobody's": (
        sql("INSERT INTO labels VALUES ('nobody', 'x', 'a', 'present', 'a', 1)"),
        "labels speaks of records",
    ),
    "a state that there is not": (
        sql("INSERT INTO labels VALUES ('r1', 'x', 'a', 'maybe', 'a', 1)"),
        "damaged",
    ),
    "a reading state that there is not": (
        sql("UPDATE readings SET reading = 'maybe'"),
        "reading state",
    ),
    "an infinite mark": (sql("UPDATE marks SET value_ms = -9e999"), "mark"),
    "an infinite caliper": (sql("UPDATE calipers SET end_s = 9e999"), "caliper"),
    "half a caliper": (sql("UPDATE calipers SET end_mv = NULL"), "caliper"),
    "a model that climbs": (
        sql("UPDATE models SET id = '../..'", "UPDATE model_states SET model_id = '../..'", "DELETE FROM predictions"),
        "no file name",
    ),
    "a model of no status": (sql("DELETE FROM model_states"), "adopted"),
    "a model of a status that there is not": (sql("UPDATE model_states SET status = 'x'"), "status"),
    "statements of a model that are a table": (sql("UPDATE models SET statements = '{}'"), "model Base"),
    "cut-offs that are words": (sql('UPDATE models SET thresholds = \'{"a": "b"}\''), "model Base"),
    "an infinite cut-off": (sql("UPDATE models SET thresholds = '{\"a\": Infinity}'"), "model Base"),
    "metrics that are a list": (sql("UPDATE models SET metrics = '[]'"), "model Base"),
    "a model's file elsewhere": (sql('UPDATE models SET files = \'{"../../x": "0"}\''), "model Base"),
    "no number for the next act": (sql("UPDATE acts SET seq = 9223372036854775807 WHERE seq = 3"), "no more acts"),
    "an act beyond all time": (sql("UPDATE acts SET id = 'ffffffffffff' || id WHERE seq = 3"), "no time"),
    "text that is not UTF-8": (sql("UPDATE records SET name = CAST(x'ff00fe' AS TEXT)"), "."),
    "an empty database": (swap("project.sqlite", lambda path: path.touch()), "is empty"),
    "no database": (swap("project.sqlite", lambda path: None), "is missing"),
    "a database of another kind of nothing": (
        swap("project.sqlite", lambda path: sqlite3.connect(path).execute("VACUUM")),
        "holds nothing|is empty",
    ),
    "zeros": (content(lambda data: bytes(len(data))), "damaged"),
    "half": (content(lambda data: data[: len(data) // 2]), "damaged"),
    "noise in the middle": (content(lambda data: data[:9000] + os.urandom(5000) + data[14000:]), "damaged"),
    "a letter": (content(lambda data: b"Dear colleague,"), "damaged"),
    "an object's name that is not UTF-8": (
        content(lambda data: data.replace(b"records_by_stored", b"records_\xff\xfe\xcc\xd2ored")),
        "damaged",
    ),
    "a schema whose words are not UTF-8": (
        content(lambda data: data.replace(b"CREATE TABLE quarantine", b"CRE\xcf TABLE quarantine")),
        "damaged",
    ),
    "a folder as the database": (swap("project.sqlite", Path.mkdir), "not a file"),
    "a link as the database": (
        swap("project.sqlite", lambda path: path.symlink_to("/etc/hostname")),
        "link to another place",
    ),
    "a link that leads nowhere": (
        swap("project.sqlite", lambda path: path.symlink_to("/nowhere")),
        "link to another place",
    ),
    "a link as the lock": (swap("lock", lambda path: path.symlink_to("/tmp/nowhere")), "link to another place"),
    "a folder as the lock": (swap("lock", Path.mkdir), "not a file"),
    "a link as who holds it": (
        swap("lock.holder", lambda path: path.symlink_to("/tmp/nowhere")),
        "link to another place",
    ),
    "the waveforms elsewhere": (swap("waveforms", lambda path: path.symlink_to("/tmp")), "link to another place"),
    "the copies elsewhere": (swap("backups", lambda path: path.symlink_to("/tmp")), "link to another place"),
    "a pipe as the log": (swap("project.sqlite-wal", lambda path: os.mkfifo(path)), "not a file"),
    "a pipe as the database": (swap("project.sqlite", lambda path: os.mkfifo(path)), "not a file"),
}


def test_there_are_forty_strange_projects_and_more():
    assert len(MENDED) + len(REFUSED) >= 40


def use(project: Project, out: Path) -> None:
    """What a window and the commands ask of a project."""
    project.records.all()
    project.predictions.all("m1")
    project.models.all()
    project.settings.panel()
    kept_wordings(project.settings.wordings())
    assert all(isinstance(code, str) for code in project.settings.digits("dr test"))
    project.calipers.all_current()
    training_job(project, project.labels.all_current(), "tiny")
    exporting.export(project, out / "a.csv", "csv", Task())
    exporting.export(project, out / "a.json", "json", Task())


@pytest.mark.parametrize("harm", MENDED)
def test_a_strange_project_is_mended(folder, tmp_path, harm):
    MENDED[harm](folder)
    began = time.process_time()
    with Project.open(folder) as project:
        use(project, tmp_path)
        assert project.labels.all_current() == {"r1": {AF: State.PRESENT}, "r2": {AF: State.PRESENT}}
        project.labels.set("r1", AF, State.ABSENT, "dr test")
        assert project.labels.current("r1") == {AF: State.ABSENT}
        assert project.records.get("r2").name == "ECG 2"
        with pytest.raises(sqlite3.IntegrityError), project.atomic() as db:
            db.execute("DELETE FROM acts")
        with pytest.raises(sqlite3.IntegrityError), project.atomic() as db:
            db.execute("INSERT OR REPLACE INTO acts SELECT * FROM acts WHERE seq = 1")
    with Project.open(folder) as project:
        assert project.warnings == ()
        assert project.labels.current("r1") == {AF: State.ABSENT}
    assert time.process_time() - began < SLOWEST_S


@pytest.mark.parametrize("harm", REFUSED)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_a_strange_project_is_refused_in_a_sentence(folder, tmp_path, harm):
    change, words = REFUSED[harm]
    change(folder)
    began = time.process_time()
    with pytest.raises(ProjectError, match=words) as caught, Project.open(folder) as project:
        use(project, tmp_path)
    assert time.process_time() - began < SLOWEST_S
    assert caught.value.what.endswith(".")
    assert caught.value.todo


def test_a_mended_project_says_what_was_mended(folder):
    MENDED["a trigger that changes labels"](folder)
    with Project.open(folder) as project:
        assert "trigger evil" in project.warnings[0]


@pytest.mark.parametrize("harm", ["an endless view", "a trigger dropped", "a panel of numbers"])
def test_what_is_mended_is_mended_for_reading_too_and_not_on_disk(folder, tmp_path, harm):
    MENDED[harm](folder)
    before = (folder / "project.sqlite").read_bytes()
    with Project._for_reading(folder, "test") as project:
        use(project, tmp_path)
    assert (folder / "project.sqlite").read_bytes() == before


def test_an_old_version_with_a_strange_trigger_is_mended_before_it_is_upgraded(tmp_path):
    folder = tmp_path / "old.cessl"
    empty_of_version(folder, 1).close()
    sql("CREATE TRIGGER evil AFTER UPDATE ON records BEGIN DELETE FROM settings; END")(folder)
    with Project.open(folder) as project:
        assert "trigger evil" in project.warnings[0]
        assert project.calipers.all_current() == []


def test_settings_that_could_not_be_read_are_named(folder):
    sql(f"INSERT INTO settings VALUES ('statements', {json.dumps('{}')!r})")(folder)
    with Project.open(folder) as project:
        assert "statements" in project.warnings[0]
