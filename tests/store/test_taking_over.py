"""A project of before version 10 keeps each label, mark and caliper with author and time; its events become acts."""

import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cessl_gui.core.errors import ProjectError
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite import database, taking_over
from tests.records import shown_labels
from tests.store.projects import empty_of_version

CODES, READERS, RECORDS = ("164889003", "local:x"), ("ann", "bob"), ("r1", "r2", "r3")
STATES = ("present", "absent", "uncertain", None)


@contextmanager
def earlier(folder, version: int) -> Iterator[sqlite3.Connection]:
    """A project of an earlier version, to be filled in one transaction."""
    with closing(empty_of_version(folder, version)) as db:
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")


def at(number: int) -> str:
    """Moments that go on, but for a clock that once went back a day."""
    return f"2026-03-{2 if number % 50 else 1:02d}T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z"


def add_records(db: sqlite3.Connection, version: int) -> None:
    values = "'ECG', '/x/1.hea', '1', 500.0, 100, '[\"II\"]', '[]', '', '', '', '', '[]', '[]', 'WFDB', 0, '2026-01-01'"
    columns = [row[1] for row in db.execute("PRAGMA table_info(records)")][:17]
    for record_id in RECORDS:
        db.execute(f"INSERT INTO records ({', '.join(columns)}) VALUES ('{record_id}', {values})")
        if version >= 6:
            db.execute("INSERT INTO record_contents VALUES (?, ?)", (record_id, record_id))


class Desk:
    """Readers of an earlier version, with undo and redo as its window had them."""

    def __init__(self, db: sqlite3.Connection, version: int, seed: int) -> None:
        self.db, self.version, self.rng, self.clock = db, version, random.Random(seed), 0
        self.done, self.undone = [], []

    def label(self, record, code, old, state, reader, kind):
        more = {"file_visible": self.rng.choice([0, 1, None])} if self.version >= 4 else {}
        row = {
            "record_id": record, "code": code, "old_state": old, "state": state, "reader": reader, "at_utc": self.now(),
            "prediction_visible": self.rng.randint(0, 1), "act": f"{self.clock:032x}", "kind": kind, **more,
        }  # fmt: skip
        self.insert("label_events", row)

    def reading(self, record, state, reader, kind):
        row = {"record_id": record, "state": state, "reader": reader, "at_utc": self.now()}
        self.insert("reading_events", {**row, "kind": kind} if self.version >= 4 else row)

    def insert(self, table, row):
        marks = ", ".join("?" * len(row))
        self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))

    def now(self) -> str:
        self.clock += 1
        return at(self.clock)

    def current(self, record, code):
        row = self.db.execute(
            "SELECT state FROM label_events WHERE reader <> 'header' AND record_id = ? AND code = ?"
            " ORDER BY seq DESC LIMIT 1",
            (record, code),
        ).fetchone()
        return row[0] if row else None

    def step(self) -> None:
        what = self.rng.choice(["label", "label", "undo", "redo", "restart", "reading", "header", "mark", "caliper"])
        record, code, reader = self.rng.choice(RECORDS), self.rng.choice(CODES), self.rng.choice(READERS)
        if what == "label":
            old, new = self.current(record, code), self.rng.choice(STATES)
            if old != new:
                self.label(record, code, old, new, reader, "set")
                self.done.append((record, code, old, new, reader))
                self.undone.clear()
        elif what == "undo" and self.done:
            record, code, old, new, reader = self.done.pop()
            self.label(record, code, new, old, reader, "undo")
            self.undone.append((record, code, old, new, reader))
        elif what == "redo" and self.undone:
            record, code, old, new, reader = self.undone.pop()
            self.label(record, code, old, new, reader, "redo")
            self.done.append((record, code, old, new, reader))
        elif what == "restart":
            self.done, self.undone = [], []
        elif what == "reading":
            self.reading(record, self.rng.choice(["confirmed", "in progress", "deferred", "revealed"]), reader, "set")
        elif what == "header":
            self.label(record, code, None, "present", "header", "header")
        elif what == "mark" and self.version >= 2:
            self.insert("measurement_events", {
                "record_id": record, "mark": "t_offset", "value_ms": self.rng.choice([370.0, 380.0, None]),
                "reader": reader, "at_utc": self.now(), "kind": "set",
            })  # fmt: skip
        elif what == "caliper" and self.version >= 3:
            values = ("II", 0.1, self.rng.random(), 0.0, 0.1, 1) if self.rng.random() < 0.7 else (None,) * 6
            names = ("lead", "start_s", "end_s", "start_mv", "end_mv", "marched")
            self.insert("caliper_events", {
                "record_id": record, "caliper": f"{reader}'s", **dict(zip(names, values, strict=True)),
                "reader": reader, "at_utc": self.now(), "kind": "set",
            })  # fmt: skip


def labels_before(db: sqlite3.Connection) -> set[tuple]:
    """What held, with the author and time of whom undo gave it back to: the rule of versions 4 to 8."""
    trails = defaultdict(list)
    for row in db.execute(
        "SELECT record_id, code, state, reader, at_utc, kind FROM label_events WHERE reader <> 'header' ORDER BY seq"
    ):
        trails[row[:2]].append(row)
    held = set()
    for trail in trails.values():
        done, taken_back = [], []
        for event in trail:
            if event[5] == "undo" and done and (done[-2][2] if len(done) > 1 else None) == event[2]:
                taken_back.append(done.pop())
            elif event[5] == "redo" and taken_back and taken_back[-1][2] == event[2]:
                done.append(taken_back.pop())
            else:
                done.append(event)
                taken_back.clear()
        if done and done[-1][2] is not None:
            held.add(done[-1][:5])
    return held


def before(db: sqlite3.Connection, version: int) -> dict:
    """All that a project of an earlier version shows, asked of its own tables and views."""
    shown = {
        "labels": labels_before(db),
        "current": set(db.execute("SELECT record_id, code, state FROM current_labels")),
        "events": db.execute("SELECT COUNT(*) FROM label_events").fetchone()[0],
        "reading": dict(
            db.execute("SELECT record_id, state FROM reading_events WHERE state <> 'revealed' ORDER BY seq").fetchall()
        ),
        "header": set(db.execute("SELECT record_id, code FROM label_events WHERE reader = 'header'")),
        "marks": set(), "calipers": set(),
    }  # fmt: skip
    if version >= 2:
        shown["marks"] = set(db.execute("SELECT record_id, mark, value_ms, reader, at_utc FROM current_marks"))
    if version >= 3:
        shown["calipers"] = set(db.execute("SELECT record_id, caliper, end_s, reader, at_utc FROM current_calipers"))
    return shown


def after(project: Project) -> dict:
    """The same of a project of today."""
    rows = shown_labels(project)
    readings = {info.id: str(info.reading) for info in project.records.all() if info.reading != "new"}
    return {
        "labels": {tuple(row[c] for c in ("record_id", "code", "state", "reader", "at_utc")) for row in rows},
        "current": {(r, c, str(s)) for r, of in project.labels.all_current().items() for c, s in of.items()},
        "events": sum(len(project.labels.history(record_id)) for record_id in RECORDS),
        "reading": readings,
        "header": {(r, c) for r, of in project.labels.header_all().items() for c in of},
        "marks": {
            tuple(row[c] for c in ("record_id", "mark", "value_ms", "reader", "at_utc"))
            for row in project.marks.all_current()
        },
        "calipers": {
            tuple(row[c] for c in ("record_id", "caliper", "end_s", "reader", "at_utc"))
            for row in project.calipers.all_current()
        },
    }


@pytest.mark.parametrize("version", range(1, 10))
def test_a_project_of_each_version_opens_with_all_as_it_was(tmp_path, version):
    folder = tmp_path / "old.cessl"
    with earlier(folder, version) as db:
        add_records(db, version)
        desk = Desk(db, version, seed=version)
        for _ in range(400):
            desk.step()
        told = before(db, version)
        events = db.execute("SELECT code, state, reader, at_utc, kind FROM label_events ORDER BY seq").fetchall()
    assert told["labels"]
    with Project.open(folder) as project:
        assert after(project) == told
        acts = project._database.all(
            "SELECT json_extract(payload, '$.code'), json_extract(payload, '$.new'), reader, at_utc, how FROM acts"
            " WHERE kind = 'label' ORDER BY id"
        )
        assert [tuple(row) for row in acts] == events
        assert project.steps.to_undo("ann") == []
    with Project.open(folder) as again:
        assert after(again) == told
    assert (folder / "backups" / f"before-version-{len(database.MIGRATIONS)}.sqlite").exists()


def test_two_copies_of_a_project_upgraded_apart_have_the_same_acts(tmp_path):
    found = []
    for name in ("one", "two"):
        with earlier(tmp_path / name, 8) as db:
            add_records(db, 8)
            desk = Desk(db, 8, seed=3)
            for _ in range(50):
                desk.step()
        with Project.open(tmp_path / name) as project:
            found.append([tuple(row)[1:] for row in project._database.all("SELECT * FROM acts ORDER BY id")])
    assert found[0] == found[1]
    assert len(found[0]) > 20


def test_an_upgrade_says_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(taking_over, "REPORTED_EVERY", 10)
    with earlier(tmp_path / "old", 8) as db:
        add_records(db, 8)
        desk = Desk(db, 8, seed=4)
        for _ in range(100):
            desk.step()
    heard: list[float] = []
    database.Database(tmp_path / "old" / "project.sqlite", progress=heard.append).close()
    assert len(heard) > 8
    assert heard == sorted(heard)
    assert 0 < heard[0] < heard[-1] <= 1


def test_an_event_that_no_version_writes_is_named(tmp_path):
    with earlier(tmp_path / "old", 8) as db:
        add_records(db, 8)
        db.execute(
            "INSERT INTO reading_events (record_id, state, reader, at_utc) VALUES ('r2', 'maybe', 'ann', '2026-01-01')"
        )
    with pytest.raises(ProjectError, match="r2 has a reading state that there is not"):
        Project.open(tmp_path / "old")
