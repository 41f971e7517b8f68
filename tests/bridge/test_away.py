"""Recordings that are away: said once in the window, and gone on with when one of them is opened again."""

import pytest

from cessl_gui.bridge.session import Session
from cessl_gui.core.task import Task
from cessl_gui.core.types import ModelInfo
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.importing import import_paths


@pytest.fixture
def session(qapp, tmp_path):
    (tmp_path / "disk").mkdir()
    for number in range(3):
        write_wfdb(synthetic_record("sinus rhythm", number), tmp_path / "disk", f"ecg{number}", [])
    project = Project.open(tmp_path / "ward.cessl")
    for record_id in import_paths(project, [tmp_path / "disk"], Task()).ids:
        project.waveforms.path(record_id).unlink()
    model = ModelInfo("m1", "base", "tiny", "0" * 64, (), {}, "base model", "base", "2026-01-01")
    project.models.add(model, {})
    project.models.activate("m1")
    (tmp_path / "disk").rename(tmp_path / "unplugged")
    session = Session(project, reader="dr test")
    session.said = []
    session.problem.connect(lambda what, todo, details: session.said.append(what))
    yield session
    assert session.close()


def test_a_disk_that_is_not_connected_is_said_once(session, qtbot, tmp_path):
    session._measurements._go_ahead()
    qtbot.waitUntil(lambda: not session.busy and bool(session.said))
    session.predict_missing()
    qtbot.waitUntil(lambda: not session.busy)
    assert session.said == [f"3 recordings are away: they are not found in {tmp_path / 'disk'}."]


def test_once_one_of_them_can_be_opened_again_the_others_are_measured(session, qtbot, tmp_path):
    session._measurements._go_ahead()
    qtbot.waitUntil(lambda: not session.busy and bool(session.said))
    (tmp_path / "unplugged").rename(tmp_path / "disk")
    session._measurements._idle.setInterval(1)
    session._predictions._quiet.setInterval(60_000)
    session._predictions.failure = "not asked here"  # no model is to be loaded
    session.request_record(session.records()[0].id)
    qtbot.waitUntil(lambda: session.project.measurements.missing() == [], timeout=20_000)
    session._measurements.stop()
