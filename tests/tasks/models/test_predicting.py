"""Predictions of files outside any project, by several workers."""

import os
import threading
from typing import ClassVar

import numpy as np
import pytest

from cessl_gui.core.task import Task
from cessl_gui.ecg.gate import judge
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.tasks.models import modelling, predicting, preparing
from cessl_gui.tasks.models.modelling import load_backbone
from cessl_gui.tasks.models.predicting import predict_all, predict_files
from cessl_gui.tasks.models.preparing import prepared
from cessl_gui.tasks.recordings import importing


@pytest.fixture(scope="module")
def ready():
    """The base model."""
    from cessl_gui.learn.network.predict import Predictor

    return Predictor(load_backbone())


def test_files_come_in_order_with_their_own_predictions_and_their_own_errors(ward, bad_files, ready, monkeypatch):
    monkeypatch.setattr(predicting, "FILES", 2)
    found = list(predict_files(ready, [ward, bad_files]))
    assert [path for path, *_ in found] == find_recordings([ward, bad_files])
    for path, record, probabilities, _, verdict, _, error in found:
        if path.stem == "nothing":
            assert verdict.reason == "it has no values"
            assert not probabilities
        elif path.stem in ("letter", "cut"):
            assert record is None
            assert not probabilities
            assert path.name in error.what.replace(".dat", ".hea")
        else:
            alone = ready.predict(modelling.model_input(read_recording(path))[None])[0]
            assert error is None
            assert list(probabilities.values()) == pytest.approx(alone.tolist(), abs=1e-4)
    assert len({probabilities["164889003"] for _, _, probabilities, *_ in found if probabilities}) > 3


@pytest.fixture
def odd_ecg1(monkeypatch):
    """The model cannot take the recording ecg1, for a reason that nobody foresaw."""
    prepare = preparing.input_of

    def odd(record, verdict):
        if record.name == "ecg1":
            raise ZeroDivisionError("by zero")
        return prepare(record, verdict)

    monkeypatch.setattr(preparing, "input_of", odd)


def test_no_file_stops_the_others_and_few_are_shared_among_the_workers(ward, ready, odd_ecg1, monkeypatch):
    sizes = []
    monkeypatch.setattr(predicting.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(predicting, "prepared", lambda paths, *more: sizes.append(len(paths)) or prepared(paths, *more))
    (ward / "a" / "ecg0.hea").write_text("ecg0/" + "9" * 5000 + " 1 500 10\nseg 10\n")
    found = {path.stem: (probabilities, error) for path, _, probabilities, *_, error in predict_files(ready, [ward])}
    assert len(found) == 6
    assert sum(bool(probabilities) for probabilities, _ in found.values()) == 4
    assert "not a WFDB header" in found["ecg0"][1].what
    assert found["ecg1"][1].what == "ecg1.hea could not be prepared for the model (by zero)."
    assert sizes == [3, 3]


def test_no_recording_of_a_project_stops_the_others(project, ward, odd_ecg1):
    importing.import_paths(project, [ward], Task())
    assert predict_all(project, Task()) == ["ecg1"]
    names = {info.id: info.name for info in project.records.all()}
    model = modelling.active_model(project)
    left = [names[record_id] for record_id in project.predictions.missing(model.id)]
    assert left == ["ecg1"]
    assert len(names) > 3


def test_files_that_nobody_asks_for_are_not_read(ward, ready, monkeypatch):
    monkeypatch.setattr(predicting, "FILES", 1)
    monkeypatch.setattr(predicting.os, "cpu_count", lambda: 1)
    read = []
    monkeypatch.setattr(predicting, "read_certain", lambda path: read.append(path) or read_recording(path))
    before = threading.active_count()
    files = predict_files(ready, [ward])
    next(files)
    files.close()
    assert len(read) <= 3  # the one asked for, and two ahead
    assert threading.active_count() == before


def test_predictions_for_the_window_leave_a_core_and_memory_to_other_programs(project, ward, monkeypatch):
    import torch

    class Counting:
        statements, measured = ("164889003",), ()
        seen: ClassVar[list[int]] = []

        def answer(self, *given):
            self.seen.append(torch.get_num_threads())
            return np.zeros((len(given[0]), 1)), np.zeros((12, 1)), np.zeros((12, 1))

        def predict_and_compare(self, inputs, measured):
            return self.answer(inputs)[0], None

        def per_lead(self, one, measured):
            return self.answer(one)

        def per_window(self, one, edges, task, measured):
            return self.answer(one)[:2]

    held = []
    monkeypatch.setattr(preparing, "HELD_BYTES", 1)
    monkeypatch.setattr(predicting, "read_waveform", lambda *of: held.append(1) or importing.read_waveform(*of))
    monkeypatch.setattr(preparing, "judge", lambda record: held.append(-1) or judge(record))
    importing.import_paths(project, [ward], Task())
    monkeypatch.setattr(predicting, "predictor", lambda *given: Counting())
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    record_id, before = project.records.all()[0].id, torch.get_num_threads()
    predicting.predict_all(project, Task())
    assert np.cumsum(held).max() == 1, "one is read before the one before it was judged, with no room for two"
    predicting.per_lead(project, record_id)
    predicting.per_window(project, record_id, Task())
    assert len(Counting.seen) >= 3
    assert set(Counting.seen) == {3}
    assert torch.get_num_threads() == before
