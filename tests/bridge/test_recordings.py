"""Quick recordings are there at once; long and lost ones never make the window wait."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.bridge import recordings
from cessl_gui.bridge.session import Session
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg import scipy_later
from cessl_gui.ecg.hints import FINE, hints
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.importing import import_paths


def holter() -> Record:
    signal = np.zeros((3, 2_000_000), np.float32)  # 24 MB
    return Record("long", "Holter", "/nowhere/long.hea", "0" * 64, signal, 250.0, ("I", "II", "V1"))


@pytest.fixture
def session(qapp, tmp_path):
    project = Project.open(tmp_path / "ward.cessl")
    write_wfdb(synthetic_record("sinus rhythm", 1), tmp_path, "short", [])
    import_paths(project, [tmp_path / "short.hea"], Task())
    project.records.add(holter())
    project.waveforms.write(holter())
    session = Session(project, reader="dr test")
    session.came = []
    session.record_ready.connect(session.came.append)
    yield session
    assert session.close()


def short_id(session) -> str:
    return next(info.id for info in session.records() if info.id != "long")


def test_a_short_recording_is_there_when_the_call_returns(session):
    assert session.request_record(short_id(session)) is True
    assert session.came == [short_id(session)]
    assert not session.busy
    assert session.record(short_id(session)).leads == LEADS_12


def test_the_first_recording_can_be_looked_at_before_scipy_is_there(session, qtbot, monkeypatch):
    monkeypatch.setattr(scipy_later, "is_loaded", lambda: False)
    seen = []
    session.record_came.connect(lambda record: seen.append((record.id, list(session.came))))
    assert session.request_record(short_id(session)) is False
    qtbot.waitUntil(lambda: session.came == [short_id(session)])
    assert seen == [(short_id(session), [])], "before all is known of it"


def test_a_long_recording_is_read_in_the_background(session, qtbot):
    assert session.request_record("long") is False
    assert session.came == []
    assert "open" in session.busy
    qtbot.waitUntil(lambda: session.came == ["long"])
    assert session.record("long").signal_mv.shape == (3, 2_000_000)
    assert session.lead_notes("long")["V1"] == ("flat",)
    session.request_record("long")
    assert session.came == ["long", "long"], "now it is in memory"


def test_only_what_was_wanted_last_is_answered(session, qtbot):
    session.request_record("long")
    session.request_record(short_id(session))
    assert session.came == [short_id(session)]
    qtbot.waitUntil(lambda: not session.busy)
    assert session.came.count("long") == 0


def test_a_lost_cache_is_rebuilt_in_the_background(session, qtbot):
    session.project.waveforms.path(short_id(session)).unlink()
    session.request_record(short_id(session))
    assert session.came == []
    qtbot.waitUntil(lambda: session.came == [short_id(session)], timeout=20_000)


def test_what_is_lost_for_good_is_said_and_the_next_one_opens(session, qtbot):
    said = []
    session.problem.connect(lambda what, todo, details: said.append(what))
    session.project.waveforms.path("long").unlink()
    session.request_record("long")
    qtbot.waitUntil(lambda: not session.busy, timeout=20_000)
    assert session.came == []
    assert "no longer where it was" in said[0]
    session.request_record(short_id(session))
    assert session.came == [short_id(session)]


def test_memory_is_bounded(session, monkeypatch):
    monkeypatch.setattr(session._recordings._opened, "_limit", 1_000_000)
    session.record(short_id(session))
    session.record("long")
    assert ("long", 0) in session._recordings._opened, "one is kept, however large"
    assert (short_id(session), 0) not in session._recordings._opened
    session.record(short_id(session))
    assert ("long", 0) not in session._recordings._opened


def test_the_next_recording_is_read_ahead(session, qtbot):
    session.prefetch(short_id(session))
    qtbot.waitUntil(lambda: "prefetch" not in session.busy)
    session.project.waveforms.path(short_id(session)).unlink()
    assert session.record(short_id(session)) is not None


def test_one_that_cannot_be_read_ahead_is_no_problem_yet(session, qtbot, tmp_path):
    problems = []
    session.problem.connect(lambda *said: problems.append(said))
    session.project.waveforms.path(short_id(session)).write_bytes(b"damaged")
    for file in tmp_path.glob("short.*"):
        file.unlink()
    session.prefetch(short_id(session))
    qtbot.waitUntil(lambda: "prefetch" not in session.busy)
    assert problems == []


def test_what_is_doubtful_of_a_recording_read_ahead_is_found_outside_the_window(session, qtbot, monkeypatch):
    threads = []

    def noted(record, notes):
        threads.append(threading.current_thread())
        return hints(record, notes)

    monkeypatch.setattr(recordings, "hints", noted)
    scipy_later.load()
    session.prefetch(short_id(session))
    qtbot.waitUntil(lambda: "prefetch" not in session.busy)
    session.request_record(short_id(session))
    assert session.hints(short_id(session)) == (FINE,)
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_the_next_recording_is_measured_ahead(session, qtbot):
    told = []
    session.changed.connect(lambda change: told.append((change.kind, change.ids)))
    scipy_later.load()
    session.prefetch(short_id(session))
    qtbot.waitUntil(lambda: "prefetch" not in session.busy, timeout=20_000)
    assert session.measurements(short_id(session)) is not None
    assert ("measurements", (short_id(session),)) in told


def test_one_that_is_wanted_while_another_is_read_comes_after_it(session, qtbot):
    session.project.records.add(replace(synthetic_record("sinus rhythm", 2), id="next"))
    session.project.waveforms.write(replace(synthetic_record("sinus rhythm", 2), id="next"))
    ahead = []
    session.record_ahead.connect(ahead.append)
    scipy_later.load()
    session.prefetch(short_id(session))
    session.prefetch("next")
    qtbot.waitUntil(lambda: ahead == [short_id(session), "next"], timeout=20_000)
