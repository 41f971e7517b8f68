"""Measurements for the window: at once where they are kept, the open record first, the others when nobody is busy."""

import pytest

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.session import Session
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import State
from cessl_gui.tasks.recordings import measuring as measuring_task
from tests.bridge.conftest import AF

KEPT = Measurements("r1", {"rate": 72.0}, notes=("kept",))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """What measures is not under test here."""
    monkeypatch.setattr(measuring_task, "measure", lambda record: Measurements(record.id, {"rate": 60.0}))


def heard(session: Session) -> list:
    changes: list = []
    session.changed.connect(lambda change: changes.append((change.kind, change.ids)))
    return changes


def test_what_is_kept_is_answered_at_once(session):
    session.project.measurements.keep([(KEPT, 0)])
    answers: list = []
    session.measurements_ready.connect(answers.append)
    session.request_measurements("r1", with_beat=False)
    assert answers == [KEPT]


def test_what_is_not_kept_is_measured_then_kept_and_told(session, qtbot):
    changes = heard(session)
    with qtbot.waitSignal(session.measurements_ready):
        session.request_measurements("r1", with_beat=False)
    assert session.measurements("r1").values == {"rate": 60.0}
    assert ("measurements", ("r1",)) in changes


def test_the_others_follow_when_nobody_is_busy(session, qtbot, monkeypatch):
    session._measurements._idle.setInterval(1)
    with qtbot.waitSignal(session.measurements_ready):
        session.request_measurements("r1", with_beat=False)
    qtbot.waitUntil(lambda: session.project.measurements.missing() == [])


def test_what_was_measured_as_the_project_was_closed_asks_it_nothing(session):
    told = []
    session.changed.connect(told.append)
    session._measurements.stop()
    session._measurements._tell(("r1",))
    assert told == []


def test_opening_a_record_stops_the_work_ahead(session, qtbot, monkeypatch):
    monkeypatch.setattr(measuring_task, "measure_missing", lambda project, task, **_: _until_stopped(task))
    session._measurements._go_ahead()
    assert TaskKind.MEASURE_AHEAD in session.busy
    session.request_measurements("r1", with_beat=False)
    qtbot.waitUntil(lambda: TaskKind.MEASURE_AHEAD not in session.busy)


def _until_stopped(task):
    while True:
        task.check()


@pytest.mark.parametrize("kind", ["train", "collect", "read"])
def test_a_training_and_the_reading_of_a_project_are_not_disturbed(session, monkeypatch, kind):
    monkeypatch.setattr(type(session._runner), "busy", {kind: f"{kind}-1"})
    session._measurements._go_ahead()
    assert session._runner._running == {}
    session._measurements.stop()


def test_a_label_given_with_figures_in_sight_carries_that(session):
    session.set_label("r0", AF, State.PRESENT)
    session.note_measurements_shown("r0")
    session.set_label("r0", AF, State.ABSENT)
    assert [e["measurements_visible"] for e in session.project.labels.history("r0")] == [0, 1]


def test_figures_once_seen_stay_seen_in_the_next_session(session):
    session.note_measurements_shown("r0")
    session.set_label("r0", AF, State.PRESENT)
    again = Session(session.project, "dr test")
    again.set_label("r0", AF, State.ABSENT)
    assert session.project.labels.history("r0")[-1]["measurements_visible"] == 1
    again._measurements.stop()
