"""Measuring in a project: once, with the median beat made again, and whatever one record brings about."""

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import NOBODY_WAITS, Stop, Task
from cessl_gui.core.types import Record
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import measuring
from tests.ecg.measuring.test_measurements import made


@pytest.fixture
def ward(project: Project) -> Project:
    signal = made()
    for number in range(3):
        named = (f"r{number}", f"ECG {number}", f"/x/{number}.hea", f"{number:064d}")
        one = Record(*named, signal.signal_mv.copy(), 500.0, signal.leads)
        project.records.add(one)
        project.waveforms.write(one)
    return project


def test_the_second_time_nothing_is_measured(ward, monkeypatch):
    first = measuring.measured(ward, "r0")
    monkeypatch.setattr(measuring, "measure", lambda record: pytest.fail("measured twice"))
    second = measuring.measured(ward, "r0")
    assert second.values == pytest.approx(first.values, abs=0.001)


def test_the_median_beat_that_is_made_again_is_the_one_that_was_measured(ward):
    first = measuring.measured(ward, "r0")
    again = measuring.measured(ward, "r0")
    assert np.array_equal(again.beat_mv, first.beat_mv, equal_nan=True)


def test_all_missing_ones_are_measured_and_told_of(ward):
    told: list[str] = []
    measuring.measured(ward, "r1")
    assert measuring.measure_missing(ward, NOBODY_WAITS, kept=told.extend) == []
    assert told == ["r0", "r2"]
    assert ward.measurements.missing() == []


def test_a_record_that_is_away_stops_no_other(ward):
    ward.waveforms.path("r1").unlink()
    assert measuring.measure_missing(ward, NOBODY_WAITS) == []
    assert ward.measurements.missing() == ["r1"]


def test_only_those_that_are_asked_for(ward):
    measuring.measure_missing(ward, NOBODY_WAITS, record_ids=["r2"])
    assert ward.measurements.missing() == ["r0", "r1"]


def test_a_cancel_is_heard_between_two_records(ward, monkeypatch):
    measured = []
    monkeypatch.setattr(measuring, "measure", lambda record: measured.append(record.id) or measure(record))
    with pytest.raises(Cancelled):
        measuring.measure_missing(ward, Task(stop_requested=lambda: Stop.CANCEL if measured else None))
    assert measured == ["r0"]


def test_a_project_that_is_open_for_reading_only_is_measured_all_the_same(ward):
    folder = ward.folder
    ward.close()
    with Project._for_reading(folder, "test") as reading:
        assert measuring.measured(reading, "r0").values["rate"] == pytest.approx(75, abs=0.2)
