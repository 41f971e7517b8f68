"""kill -9 while people label, merge and upgrade: no acknowledged act is lost, and chains are whole."""

import sys

import numpy as np
import pytest

from benchmarks.attack.kills import killed
from benchmarks.attack.tampering import made
from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import bundle
from cessl_gui.store.project import Project
from tests.store.test_taking_over import Desk, add_records, after, before, earlier

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
TIMES = 4


def moments(seed: int, until_s: float) -> list[float]:
    return [float(one) for one in np.random.default_rng(seed).uniform(0.1, until_s, TIMES)]


def test_labels_that_were_acknowledged_are_there(tmp_path):
    folder = made(tmp_path / "ward.cessl")

    def label(say):
        with Project.open(folder) as project:
            for number in range(10_000):
                project.labels.set("r1", f"local:{number % 50}", (*State,)[number % 3], "killed")
                say(f"{number}")

    for delay_s in moments(1, 0.8):
        with Project.open(folder) as project:
            had = project.history.count(reader="killed")
        acknowledged = killed(label, delay_s)
        verdict = verify(folder)
        assert verdict.wrong == []
        with Project.open(folder) as project:
            kept = project.history.count(reader="killed") - had
            assert project.warnings == ()
        assert len(acknowledged) <= kept <= len(acknowledged) + 1


def test_a_merge_is_whole_or_has_not_been(tmp_path):
    with Project.open(made(tmp_path / "one.cessl")) as one:
        for number in range(300):
            one.labels.set("r2", f"local:{number}", State.PRESENT, "ann")
        count = bundle.write(one, tmp_path / "one.bundle")
    for number, delay_s in enumerate(moments(2, 0.8)):
        folder = tmp_path / f"{number}.cessl"
        Project.open(folder).close()

        def merge(say, folder=folder):
            with Project.open(folder) as project:
                bundle.merge(project, tmp_path / "one.bundle")
                say("merged")

        acknowledged = killed(merge, delay_s)
        assert verify(folder).wrong == []
        with Project.open(folder) as project:
            there = project.history.count()
            assert there == count if acknowledged else there in (0, count)
            bundle.merge(project, tmp_path / "one.bundle")
            assert project.history.count() == count


def test_an_upgrade_is_whole_or_has_not_been(tmp_path):
    for number, delay_s in enumerate(moments(3, 0.6)):
        folder = tmp_path / f"{number}.cessl"
        with earlier(folder, 9) as db:
            add_records(db, 9)
            desk = Desk(db, 9, number)
            for _ in range(300):
                desk.step()
            told = before(db, 9)

        def upgrade(say, folder=folder):
            Project.open(folder).close()
            say("open")

        killed(upgrade, delay_s)
        with Project.open(folder) as project:
            assert after(project) == told
        assert verify(folder).wrong == []
