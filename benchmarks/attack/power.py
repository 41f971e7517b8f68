"""Power cuts: what lies on the disk at that moment, its last bytes lost. A project opens with a whole chain.

Half of the copies are of a project in which somebody labels, with a write-ahead log cut at any byte: what is then
missing are acts from the end of the log, in one piece, and `verify` names them. Of the others the database itself is
cut: it is refused, or opens whole, and `repair` puts back the copy of the day with all acts that can be read.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.attack.kills import killed
from benchmarks.attack.project_files import made
from benchmarks.attack.watch import Tally, watched
from cessl_gui.core.types import State
from cessl_gui.store.care import repair
from cessl_gui.store.care.verify import verify
from cessl_gui.store.project import DATABASE, Project

WAL = f"{DATABASE}-wal"
READER = "at work"


def attack(seed: int, count: int) -> list[Tally]:
    """count : copies, half of each kind"""
    rng = np.random.default_rng(seed)
    log, file = Tally("power cuts, log cut"), Tally("power cuts, database cut")
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "ward.cessl"
        watched(lambda: made(folder))
        for number in range(max(1, count // 2)):
            said = killed(lambda say: _label(folder, say), 0.1 + 0.4 * float(rng.random()))
            share = float(rng.random())
            outcome = watched(lambda w=said, s=share: _log_cut(folder, Path(outer), len(w), s))
            log.take(f"{number} at {share:.3f}", outcome, (outcome.answer or {}).get("wrong", ""))
            outcome = watched(lambda s=share: _file_cut(folder, Path(outer), s))
            file.take(f"{number} at {share:.3f}", outcome, (outcome.answer or {}).get("wrong", ""))
            watched(lambda: _opened(folder))
    return [log, file]


def _label(folder: Path, say) -> None:
    with Project.open(folder) as project:
        for number in range(10_000):
            project.labels.set(f"r{number % 8}", f"local:{number % 50}", (*State,)[number % 3], READER)
            say(f"{number}")


def _opened(folder: Path) -> dict:
    with Project.open(folder):
        return {}


def _log_cut(folder: Path, outer: Path, acknowledged: int, share: float) -> dict:
    """Whole, all that was acknowledged is there; cut, what is there is the beginning of it."""
    cut = _copied(folder, outer / "cut.cessl")
    whole = _hashes(_copied(folder, outer / "whole.cessl"))
    wal = cut / WAL
    size = wal.stat().st_size if wal.exists() else 0
    if size:
        with wal.open("r+b") as file:
            file.truncate(int(size * share))
    wrong = [] if len(whole) >= acknowledged else [f"{acknowledged} acknowledged, {len(whole)} kept"]
    with Project.open(cut):
        pass
    kept = _hashes(cut)
    if kept != whole[: len(kept)]:
        wrong.append("what is kept is not the beginning of what was done")
    named = [words for words in verify(cut).wrong if "missing" not in words and "lacking" not in words]
    wrong += named[:3]
    for one in (cut, outer / "whole.cessl"):
        shutil.rmtree(one)
    return {"wrong": "; ".join(wrong)} if wrong else {"kept": len(kept)}


def _file_cut(folder: Path, outer: Path, share: float) -> dict:
    cut = _copied(folder, outer / "cut.cessl")
    (cut / WAL).unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / DATABASE)) as db:  # all of it in one file, as after a checkpoint
        (cut / DATABASE).unlink()
        with closing(sqlite3.connect(cut / DATABASE)) as copy:
            db.backup(copy)
    before = _all_hashes(cut)
    with (cut / DATABASE).open("r+b") as file:
        file.truncate(int((cut / DATABASE).stat().st_size * share))
    plan = repair.plan(cut)
    wrong = [] if plan.damage else ["the damage is not seen"]
    if plan.can_be_done:
        repair.repair(cut, plan)
        alien = _all_hashes(cut) - before
        wrong += [f"{len(alien)} acts that nobody did"] if alien else []
    else:
        wrong.append("there is no copy to put back")
    shutil.rmtree(cut)
    return {"wrong": "; ".join(wrong)} if wrong else {}


def _copied(folder: Path, to: Path) -> Path:
    """As the files lie on the disk; the index of the log (-shm) goes with the power."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*-shm", "lock*"))
    return to


def _all_hashes(folder: Path) -> set[bytes]:
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        return {row[0] for row in db.execute("SELECT hash FROM acts")}


def _hashes(folder: Path) -> list[bytes]:
    """Of the acts of who was at work, in their order."""
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        return [row[0] for row in db.execute("SELECT hash FROM acts WHERE reader = ? ORDER BY seq", (READER,))]
