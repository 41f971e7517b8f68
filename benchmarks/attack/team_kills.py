"""kill -9 while a project syncs with a team's PostgreSQL, or is brought up from an earlier version.

The next sync, or opening, goes on: every act is on both sides once, every label, author and time is as before.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.attack.kills import OPEN, killed
from benchmarks.attack.project_files import made
from benchmarks.attack.watch import Tally, watched
from cessl_gui.core.task import Task
from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import team_address
from cessl_gui.store.exchange.team_server import TeamServer
from cessl_gui.store.project import DATABASE, Project
from cessl_gui.tasks.team import syncing
from tests.store import test_taking_over as earlier_projects
from tests.team.postgres import Cluster, programs

VERSION = 9  # the last one without a log of acts
EVENTS, ACTS = 400, 60  # of an earlier project; of each side before a sync
SYNC_S, UPGRADE_S = 0.8, 0.9  # until the kill at the latest


def upgrades(seed: int, count: int) -> Tally:
    rng, tally = np.random.default_rng(seed), Tally("kills while upgrading")
    with tempfile.TemporaryDirectory() as outer:
        old = Path(outer) / "old.cessl"
        told = _earlier(old)
        for number in range(count):
            folder = Path(outer) / f"{number}.cessl"
            shutil.copytree(old, folder)
            delay_s = 0.02 + float(rng.random()) * UPGRADE_S
            killed(lambda say, f=folder: Project.open(f).close(), delay_s)
            outcome = watched(lambda f=folder: _as_before(f, told))
            tally.take(f"{number} after {delay_s:.2f} s", outcome, (outcome.answer or {}).get("wrong", ""))
            shutil.rmtree(folder)
    return tally


def _earlier(folder: Path) -> object:
    """Make a project of an earlier version; returns what it said."""
    with earlier_projects.earlier(folder, VERSION) as db:
        earlier_projects.add_records(db, VERSION)
        desk = earlier_projects.Desk(db, VERSION, 0)
        for _ in range(EVENTS):
            desk.step()
        return earlier_projects.before(db, VERSION)


def _as_before(folder: Path, told: object) -> dict:
    with Project.open(folder) as project:
        wrong = [] if earlier_projects.after(project) == told else ["a label, author or time is another one"]
    wrong += verify(folder).wrong[:3]
    return {"wrong": "; ".join(wrong)} if wrong else {}


def syncs(seed: int, count: int) -> Tally:
    rng, tally = np.random.default_rng(seed), Tally("kills while syncing")
    with _two_desks() as desks:
        if desks is None:
            return tally
        _, mine, others, address = desks
        for number in range(count):
            _work_on_both(number, mine, others, address)
            delay_s = 0.02 + float(rng.random()) * SYNC_S
            killed(lambda say: _sync(mine, address, say), delay_s, after=OPEN)
            outcome = watched(lambda: _both_whole(mine, others, address))
            tally.take(f"{number} after {delay_s:.2f} s", outcome, (outcome.answer or {}).get("wrong", ""))
    return tally


def servers(seed: int, count: int) -> Tally:
    """The server is killed while a project syncs with it, and started again. count : kills"""
    rng, tally = np.random.default_rng(seed), Tally("kills of the server while syncing")
    with _two_desks() as desks:
        if desks is None:
            return tally
        cluster, mine, others, address = desks
        cluster.sql("ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
        for number in range(count):
            _work_on_both(number, mine, others, address)
            delay_s = 0.1 + float(rng.random()) * SYNC_S
            kill = threading.Timer(delay_s, cluster.kill)
            kill.start()
            broken = watched(lambda: _sync(mine, address))
            kill.join()
            cluster.kill()
            cluster.start()
            outcome = watched(lambda: _both_whole(mine, others, address))
            outcome.fault = outcome.fault or broken.fault  # a sync that broke off ends in a sentence
            tally.refused += "refused" in (broken.answer or {})
            tally.take(f"{number} after {delay_s:.2f} s", outcome, (outcome.answer or {}).get("wrong", ""))
    return tally


class _Desks(NamedTuple):
    cluster: Cluster
    mine: Path
    others: Path
    address: team_address.Address


@contextmanager
def _two_desks() -> Iterator[_Desks | None]:
    """Two projects that sync with one server; None where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as outer, Cluster(found) as cluster, _members(cluster):
        address = team_address.parse(cluster.url("owner", cluster.database()))
        desks = _Desks(cluster, Path(outer) / "mine.cessl", Path(outer) / "others.cessl", address)
        watched(lambda: _begin(desks.mine, desks.others, address))
        yield desks


def _work_on_both(number: int, mine: Path, others: Path, address: team_address.Address) -> None:
    watched(lambda: _work(others, f"hers {number}") | _sync(others, address))
    watched(lambda: _work(mine, f"mine {number}"))


@contextmanager
def _members(cluster: Cluster) -> Iterator[None]:
    for role in ("cessl_reader", "cessl_lead"):
        cluster.sql(f"CREATE ROLE {role} NOLOGIN")
    before = os.environ.get(team_address.VARIABLE)
    os.environ[team_address.VARIABLE] = cluster.password
    try:
        yield
    finally:
        os.environ.pop(team_address.VARIABLE)
        if before is not None:
            os.environ[team_address.VARIABLE] = before


def _begin(mine: Path, others: Path, address: team_address.Address) -> dict:
    with TeamServer(address) as server:
        server.upgrade()
    made(mine)
    Project.open(others).close()
    return _sync(mine, address) | _sync(others, address)


def _work(folder: Path, word: str) -> dict:
    with Project.open(folder) as project:
        for number in range(ACTS):
            project.labels.set(f"r{number % 8}", f"local:{word} {number}", (*State,)[number % 3], word)
    return {}


def _sync(folder: Path, address: team_address.Address, say: Callable[[str], object] = lambda words: None) -> dict:
    with Project.open(folder) as project:
        say(OPEN)
        syncing.sync(project, address, Task())
    return {}


def _both_whole(mine: Path, others: Path, address: team_address.Address) -> dict:
    """Each syncs once more: both have the same acts, and all of them."""
    wrong = verify(mine).wrong[:3]
    for folder in (mine, others, mine):
        _sync(folder, address)
    sides = [_acts(mine), _acts(others)]
    if sides[0] != sides[1]:
        wrong.append(f"{len(sides[0] ^ sides[1])} acts are on one side only")
    wrong += [words for folder in (mine, others) for words in verify(folder).wrong[:3]]
    return {"wrong": "; ".join(wrong)} if wrong else {}


def _acts(folder: Path) -> set[bytes]:
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        rows = [row[0] for row in db.execute("SELECT hash FROM acts")]
    if len(rows) != len(set(rows)):
        raise RuntimeError("an act is there twice")
    return set(rows)
