"""kill -9 while people label, merge, import and train: what was acknowledged is there, and nothing by halves.

Kills in an upgrade: tests/store/test_kills.py.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.attack.project_files import CODES, RECORDS, STATES, made
from benchmarks.attack.watch import Tally, watched
from benchmarks.challenge import DATA
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import bundle, union
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import training
from cessl_gui.tasks.recordings.importing import import_paths

SLOWEST_S = {
    "labelling": 0.4,
    "merging": 0.3,
    "importing": 1.5,
    "training": 12.0,
}  # of the clock since the project is open, until the kill at the latest
OPEN = "open"
BUNDLED = 400  # labels in a bundle


def attack(what: str, seed: int, count: int) -> list[Tally]:
    """what : a key of WORKS; count : kills"""
    rng, tally = np.random.default_rng(seed), Tally(f"kills while {what}")
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "killed.cessl"
        watched(lambda: made(folder))
        watched(lambda: _with_labels(folder))
        if what == "merging":
            watched(lambda: _bundles(folder, count), 600)
        for number in range(count):
            delay_s = 0.02 + float(rng.random()) * SLOWEST_S[what]
            acknowledged = killed(lambda say, n=number: WORKS[what](folder, n, say), delay_s, after=OPEN)
            whose = reader(what, number)
            outcome = watched(lambda a=acknowledged, w=whose: _looked_at(folder, w, a))
            tally.take(f"{number} after {delay_s:.2f} s", outcome, (outcome.answer or {}).get("wrong", ""))
    return [tally]


def killed(work: Callable[[Callable[[str], None]], None], delay_s: float, after: str = "") -> list[str]:
    """What the work said that it had done, until it was killed.

    after : the delay begins when the work says this word, which is not among what it had done; "": at once
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        try:
            work(lambda words: os.write(writer, f"{words}\n".encode()))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        if after and said.readline().strip() != after:
            raise RuntimeError(f"the work did not say {after!r} first")
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return said.read().splitlines()


def reader(what: str, number: int) -> str:
    return f"dr {what} {number}"


def _label(folder: Path, number: int, say: Callable[[str], None]) -> None:
    rng = np.random.default_rng(number)
    with Project.open(folder) as project:
        say(OPEN)
        for _ in range(10_000):
            record, code, state = f"r{rng.integers(8)}", str(rng.choice(CODES)), State(str(rng.choice(STATES)))
            project.labels.set(record, code, state, reader("labelling", number))
            say(f"label {record} {code} {state}")


def _bundles(folder: Path, count: int) -> dict:
    """What others did in copies of the project, a bundle for each merge."""
    for number in range(count):
        other = folder.with_name(f"other-{number}.cessl")
        with Project.open(folder) as project, Project.open(other) as copy:
            copy.take(project.known(), list(project.give({})), list(project.facts()))
            changes = [(f"r{i % 8}", f"local:{i}", STATES[i % 3]) for i in range(BUNDLED)]
            copy.labels.set_many(changes, reader("merging", number))
            bundle.write(copy, folder.with_name(f"{number}.bundle"))
    return {}


def _merge(folder: Path, number: int, say: Callable[[str], None]) -> None:
    union.TOGETHER = 40  # so that a kill finds it between two transactions
    with Project.open(folder) as project:
        say(OPEN)
        bundle.merge(project, folder.with_name(f"{number}.bundle"))
        say("merged")


def _import(folder: Path, number: int, say: Callable[[str], None]) -> None:
    paths = sorted((DATA / "ptbxl" / "records100").glob("*.hea"))
    with Project.open(folder) as project:
        say(OPEN)
        import_paths(project, paths[number * 40 % 800 :][:40], Task())
        say("imported")


def _with_labels(folder: Path) -> dict:
    """Real ECGs with labels enough for a training."""
    paths = sorted((DATA / "ptbxl" / "records100").glob("*.hea"))[:24]
    with Project.open(folder) as project:
        ids = import_paths(project, paths, Task()).ids
        changes = [(one, CODES[i % 2], STATES[(i // 2) % 2]) for i, one in enumerate(ids)]
        project.labels.set_many(changes, "dr b")
    return {}


def _train(folder: Path, number: int, say: Callable[[str], None]) -> None:
    with Project.open(folder) as project:
        say(OPEN)
        model = training.train(project, Task(), seed=number, thread_count=1)
        say(f"trained {model.id}")


def _merged(folder: Path, whose: str, acknowledged: list[str]) -> dict:
    """What was merged in part is named, and merged again it is whole; so is what was acknowledged."""
    before, broken_off = verify(folder), "is not signed: a sync or merge"
    wrong = [words for words in before.wrong if broken_off not in words]
    if acknowledged and before.wrong:
        wrong.append("an acknowledged merge is not whole")
    with Project.open(folder) as project:
        bundle.merge(project, folder.with_name(f"{whose.split()[-1]}.bundle"))
        if project.history.count(reader=whose) != BUNDLED:
            wrong.append(f"{project.history.count(reader=whose)} of {BUNDLED} labels were merged")
    wrong += verify(folder).wrong[:3]
    return {"wrong": "; ".join(wrong)} if wrong else {"in part": len(before.wrong)}


def _looked_at(folder: Path, whose: str, acknowledged: list[str]) -> dict:
    if "merging" in whose:
        return _merged(folder, whose, acknowledged)
    with Project.open(folder) as project:
        db = sqlite3.connect(folder / "project.sqlite")
        rows = db.execute(
            "SELECT record, json_extract(payload, '$.code'), json_extract(payload, '$.new'), reader FROM acts"
            " WHERE kind = 'label' ORDER BY seq"
        ).fetchall()
        db.close()
        kept = [f"label {record_id} {code} {state}" for record_id, code, state, by in rows if by == whose]
        asked = [words for words in acknowledged if words.startswith("label")]
        wrong = verify(folder).wrong[:3]
        # One label may have been written and not yet acknowledged.
        if kept[: len(asked)] != asked or len(kept) > len(asked) + 1:
            wrong.append(f"{len(asked)} labels acknowledged, {len(kept)} kept")
        if sum(by == "dr a" for *_, by in rows) != RECORDS * len(CODES):
            wrong.append("labels of another reader are gone")
        for info in project.records.all():
            project.waveforms.read(info.id)  # each that is catalogued is whole
        models = project.models.all()
        for model in models:
            if not model.is_base:
                project.models.check_files(model.id)
        trained = {words.split()[1] for words in acknowledged if words.startswith("trained")}
        if trained - {model.id for model in models}:
            wrong.append(f"no model {trained}")
        left = [path.name for path in folder.rglob("*") if path.suffix == ".tmp" or "unfinished" in path.name]
        wrong += [f"left behind: {left[:3]}"] if left else []
    return {"wrong": "; ".join(wrong)} if wrong else {"kept": len(acknowledged)}


WORKS = {"labelling": _label, "merging": _merge, "importing": _import, "training": _train}
