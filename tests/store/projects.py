"""A project with something of everything, and what a stranger does to its database."""

import json
import shutil
import sqlite3
from pathlib import Path

from cessl_gui.core.types import Caliper, ModelInfo, Prediction, ReadingState, Record, State
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite import database
from tests.records import make_record, noise_mv

AF = "164889003"
SLOWEST_S = 5


def record(number: int) -> Record:
    return make_record(noise_mv(number, 500, 1.0), number, device={"qt": 380.0})


def fill(folder: Path) -> Path:
    with Project.open(folder) as project:
        for number in (1, 2):
            project.waveforms.write(record(number))
            project.records.add(record(number))
            project.labels.set(f"r{number}", AF, State.PRESENT, "dr test")
        project.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
        project.marks.set("r1", {"t_offset": 372.0}, "dr test")
        project.calipers.set("r1", {"a": Caliper("a", "II", 0.1, 0.2, 0.0, 0.1)}, "dr test")
        model = ModelInfo("m1", "Base", "tiny", "0" * 64, (AF,), {AF: 0.5}, "base", "base", "2026")
        project.models.add(model, {"meta.json": b"{}"})
        project.models.activate("m1")
        project.predictions.write("m1", [Prediction("r1", "m1", {AF: 0.7})])
        project.settings.set("panel", [AF])
    return folder


def sql(*statements: str):
    """Run by a stranger, for whom no rule holds."""

    def harm(folder: Path) -> None:
        db = sqlite3.connect(folder / "project.sqlite", isolation_level=None)
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            if any(s.startswith(("UPDATE", "DELETE")) for s in statements):
                db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        db.close()

    return harm


def as_version(now: Path, folder: Path, version: int) -> sqlite3.Connection:
    """The records of a project in one of an earlier version (1 to 4), built by its scripts; not yet closed."""
    db = empty_of_version(folder, version)
    shutil.copytree(now / "waveforms", folder / "waveforms")
    with Project.open(now) as project:
        for info in project.records.all():
            lists = [json.dumps(value) for value in (info.leads, info.derived)]
            digest = project.records.source_row(info.id)[1]
            values = (info.id, info.name, info.source, digest, info.fs_hz, info.samples, *lists, "0123456789abcdef")
            rest = ("", "60", "F", "[]", "[]", "WFDB", 0, "2026")
            db.execute(f"INSERT INTO records VALUES ({', '.join('?' * 17)})", (*values, *rest))
            db.execute("INSERT INTO sources VALUES (?, ?)", (info.source, info.id))
    return db


def empty_of_version(folder: Path, version: int) -> sqlite3.Connection:
    """A project of an earlier version without anything in it, built by its scripts; not yet closed."""
    folder.mkdir()
    db = sqlite3.connect(folder / "project.sqlite", isolation_level=None)
    for migration in database.MIGRATIONS[:version]:
        migration(db)
    db.execute(f"PRAGMA user_version = {version}")
    db.execute(f"PRAGMA application_id = {database.APPLICATION_ID}")
    return db
