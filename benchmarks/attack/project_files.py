"""Strangers' projects: whatever was done to one, it opens with every label, or is refused in a sentence."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.attack.watch import Tally, watched
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, Record, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.export import exporting

CODES = ("164889003", "426783006", "164934002")
STATES = (State.PRESENT, State.ABSENT, State.UNCERTAIN)
RECORDS = 8


def attack(seed: int, count: int) -> Tally:
    rng, tally = np.random.default_rng(seed), Tally("strangers' projects")
    with tempfile.TemporaryDirectory() as outer:
        good = Path(outer) / "good.cessl"
        watched(lambda: made(good))
        truth = labels(good)
        for number in range(count):
            folder = Path(outer) / f"{number}.cessl"
            shutil.copytree(good, folder)
            kind = list(KINDS)[number % len(KINDS)]
            what = KINDS[kind](rng, folder)
            outcome = watched(lambda f=folder: _used(f))
            answer = outcome.answer or {}
            wrong = answer.get("wrong") or ("" if answer.get("labels", truth) == truth else "labels differ")
            tally.take(f"{number} {kind} {what or ''}", outcome, wrong)
            shutil.rmtree(folder)
    return tally


def made(folder: Path) -> dict:
    """A project with some of everything."""
    rng = np.random.default_rng(0)
    with Project.open(folder) as project:
        for number in range(RECORDS):
            signal_mv = rng.normal(size=(12, 1000)).astype(np.float32)
            record = Record(
                f"r{number}", f"ECG {number}", f"/x/{number}.hea", f"{number:064d}", signal_mv, 500.0, LEADS_12
            )
            project.waveforms.write(record)
            project.records.add(record)
            project.labels.set_many([(record.id, c, s) for c, s in zip(CODES, STATES, strict=True)], "dr a")
        project.settings.set("panel", list(CODES))
    return {}


def labels(folder: Path) -> dict[str, str]:
    """What the database itself says, by another program than ours."""
    db = sqlite3.connect(folder / "project.sqlite")
    rows = db.execute(
        "SELECT record, json_extract(payload, '$.code'), json_extract(payload, '$.new') FROM acts"
        " WHERE kind = 'label' AND reader <> 'header' ORDER BY seq"
    ).fetchall()
    db.close()
    return {f"{record_id} {code}": state for record_id, code, state in rows}


def _used(folder: Path) -> dict:
    with Project.open(folder) as project:
        found = {f"{r} {c}": str(s) for r, of in project.labels.all_current().items() for c, s in of.items()}
        for info in project.records.all():
            try:
                project.waveforms.read(info.id)
            except Exception as error:
                if type(error).__name__ != "WaveformLost":
                    raise
        project.settings.panel()
        exporting.export(project, folder.parent / f"{folder.stem}.csv", "csv", Task())
        if not project.reading_only:
            project.labels.set("r0", "new word", State.PRESENT, "dr b")
            if project.labels.current("r0").get("new word") != State.PRESENT:
                return {"wrong": "a new label is not there"}
        return {"labels": found}


def _sql(rng: np.random.Generator, folder: Path, *statements: str) -> None:
    db = sqlite3.connect(folder / "project.sqlite", isolation_level=None)
    db.execute("PRAGMA ignore_check_constraints = ON")
    db.execute("PRAGMA foreign_keys = OFF")
    for statement in statements:
        try:
            db.execute(statement)
        except sqlite3.Error:
            continue  # a rule of the database that holds for strangers too
    db.close()


def _any_cell(rng: np.random.Generator, folder: Path) -> str:
    """An odd value in any column but those that are the labels themselves."""
    db = sqlite3.connect(folder / "project.sqlite")
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    cells = [(t, row[1]) for t in tables for row in db.execute(f"PRAGMA table_info({t})")]
    db.close()
    cells = [(table, column) for table, column in cells if table not in ("acts", "labels")]  # see attack.tampering
    table, column = cells[int(rng.integers(len(cells)))]
    value = str(
        rng.choice(["NULL", "-1", "9e999", "''", "'<b>x</b>'", "zeroblob(9000000)", "'[[[]]]'", "'../..'", "'\0'"])
    )
    _sql(rng, folder, f"DROP TRIGGER IF EXISTS {table}_stay", f"UPDATE {table} SET {column} = {value}")
    return f"{table}.{column} = {value!r}"


def _any_object(rng: np.random.Generator, folder: Path) -> str:
    db = sqlite3.connect(folder / "project.sqlite")
    found = db.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'").fetchall()
    db.close()
    kind, name = found[int(rng.integers(len(found)))]
    _sql(rng, folder, f"DROP {kind} {name}")
    return f"{kind} {name}"


def _any_bytes(name: str, count: int) -> Callable[[np.random.Generator, Path], str]:
    def harm(rng: np.random.Generator, folder: Path) -> str:
        files = sorted(folder.rglob(name))
        path = files[int(rng.integers(len(files)))]
        data = bytearray(path.read_bytes())
        for at in rng.integers(0, len(data), count):
            data[at] ^= int(rng.integers(1, 256))
        path.write_bytes(data)
        return path.name

    return harm


def _cut(rng: np.random.Generator, folder: Path) -> str:
    path = folder / "project.sqlite"
    data = path.read_bytes()
    at = int(rng.integers(len(data)))
    path.write_bytes(data[:at])
    return str(at)


def _evil_trigger(rng: np.random.Generator, folder: Path) -> None:
    table = str(rng.choice(["acts", "labels", "readings", "records", "settings"]))
    when = str(rng.choice(["BEFORE INSERT", "AFTER INSERT", "AFTER UPDATE"]))
    does = str(rng.choice(["SELECT RAISE(IGNORE)", "DELETE FROM settings", "UPDATE records SET name = 'x'"]))
    _sql(rng, folder, f"CREATE TRIGGER evil {when} ON {table} BEGIN {does}; END")


def _evil_view(rng: np.random.Generator, folder: Path) -> None:
    _sql(
        rng, folder, "CREATE VIEW current_labels AS SELECT record_id, code, 'absent' AS state, reader FROM labels",
    )  # fmt: skip


def _more(rng: np.random.Generator, folder: Path) -> None:
    what = str(rng.choice(["TABLE more (x)", "INDEX more ON records (name)", "VIRTUAL TABLE more USING fts5(x)"]))
    _sql(rng, folder, f"CREATE {what}")


def _number(pragma: str) -> Callable[[np.random.Generator, Path], str]:
    def harm(rng: np.random.Generator, folder: Path) -> str:
        number = int(rng.choice([-1, 0, 2, 50, 2**31 - 1]))
        _sql(rng, folder, f"PRAGMA {pragma} = {number}")
        return f"{number}"

    return harm


KINDS: dict[str, Callable] = {
    "a cell": _any_cell,
    "a dropped object": _any_object,
    "a byte of the database": _any_bytes("project.sqlite", 1),
    "64 bytes of the database": _any_bytes("project.sqlite", 64),
    "64 bytes of a waveform": _any_bytes("*.h5", 64),
    "a cut database": _cut,
    "a trigger": _evil_trigger,
    "a view": _evil_view,
    "something more": _more,
    "a version": _number("user_version"),
}
