"""Of a day-long ECG no more is held in memory than models and measurements take, and they come out the same."""

import tracemalloc
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.core.task import Stop, Task
from cessl_gui.ecg.gate import judge
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.tasks.evaluation import evaluating
from cessl_gui.tasks.export import taking_out
from cessl_gui.tasks.models import modelling, predicting
from cessl_gui.tasks.models.inputs import Inputs
from cessl_gui.tasks.models.preparing import prepared
from cessl_gui.tasks.recordings import importing, measuring
from cessl_gui.tasks.recordings.away import Folders

BEATS = synthetic_record("atrial fibrillation", 3)


@pytest.fixture(scope="module")
def long():
    """2 h, 12 leads, 250 Hz: 86 MB."""
    drift = np.linspace(0, 0.5, 720, dtype=np.float32)[:, None, None]
    signal = (BEATS.signal_mv[:, ::2] + drift).transpose(1, 0, 2).reshape(len(BEATS.leads), -1)
    return replace(BEATS, id="long", source="/nowhere/long.hea", synthetic=False, fs_hz=250.0, signal_mv=signal)


@pytest.fixture
def ward_with_long(project, long):
    project.waveforms.write(long)
    project.records.add(long)
    return project


def predicted(project, monkeypatch):
    seen = []

    def prepare(names, *how):
        seen.extend(prepared(names, *how))
        return []

    monkeypatch.setattr(predicting, "prepared", prepare)
    monkeypatch.setattr(predicting, "load_torch", lambda *_: None)
    monkeypatch.setattr(predicting, "active_model", lambda _: type("Model", (), {"id": "m"}))
    monkeypatch.setattr(predicting, "predictor", lambda *_: type("Ready", (), {"measured": ()}))
    predicting.predict_all(project, Task())
    return seen[0].shown.x


def looked_at(project, _):
    inputs = Inputs(project)
    inputs.look_at(["long"], Task())
    return inputs.labelled(["long"])[0]


def fields(found):
    assert "The first 60 s were measured." in found.notes
    return dict(vars(found))


WORK = {  # what reads a recording -> what it gives of one, and the same of the whole recording
    "predicting": (predicted, modelling.model_input),
    "training": (looked_at, modelling.model_input),
    "inputs": (lambda project, _: modelling.model_inputs(project, ["long"])[0], modelling.model_input),
    "judging": (lambda project, _: modelling.refusals(project, ["long"]).get("long", ""), lambda r: judge(r).reason),
    "measuring": (lambda project, _: fields(measuring.measured(project, "long")), lambda r: fields(measure(r))),
}


@pytest.mark.parametrize("work", WORK)
def test_a_long_recording_is_not_held_as_a_whole(ward_with_long, long, monkeypatch, work):
    import_module("cessl_gui.learn.network.device")  # brings torch: not to be counted
    of_project, of_whole = WORK[work]
    expected = of_whole(long)
    tracemalloc.start()
    found = of_project(ward_with_long, monkeypatch)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < long.signal_mv.nbytes * 0.8
    np.testing.assert_equal(found, expected)


BREAKABLE = {
    "predicting": predicting.predict_all,
    "measuring": measuring.measure_missing,
    "measurements": lambda project, task: taking_out.export_measurements(
        project, project.folder.parent / "m", ["long"], task
    ),
    "evaluating": lambda project, task: evaluating.evaluate(project, {"long": {"AF": 1.0}}, task),
}


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("work", BREAKABLE)
def test_a_cancel_ends_the_reading_of_a_long_recording(ward_with_long, long, monkeypatch, work, is_lost):
    asked = []

    def reading(*given, inner=importing.read_waveform):
        asked.append(0)
        return inner(*given)

    def stop():
        asked[-1:] = [asked[-1] + 1] if asked else []
        return Stop.CANCEL if asked and asked[-1] > 3 else None

    for module in (measuring, predicting, modelling):
        monkeypatch.setattr(module, "read_waveform", reading)
    monkeypatch.setattr(importing, "_reread", lambda *_: replace(long))
    monkeypatch.setattr(Folders, "readable", lambda _, project, ids: list(ids))
    for module in (predicting, evaluating):
        monkeypatch.setattr(module, "active_model", lambda _: SimpleNamespace(id="m"))
    monkeypatch.setattr(predicting, "load_torch", lambda *_: None)
    monkeypatch.setattr(predicting, "predictor", lambda *_: SimpleNamespace(measured=()))
    path = ward_with_long.waveforms.path("long")
    if is_lost:
        path.unlink()
    with pytest.raises(Cancelled):
        BREAKABLE[work](ward_with_long, Task(stop_requested=stop))
    assert asked == [4]
    assert path.exists() != is_lost
    assert not list(path.parent.glob(".*"))


def test_the_beginning_is_read_in_little_memory_and_the_rest_still_checked(ward_with_long, long, monkeypatch):
    tracemalloc.start()
    read = importing.read_waveform(ward_with_long, "long", 120.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12e6
    assert np.array_equal(read.signal_mv, long.signal_mv[:, : 120 * 250])
    path = ward_with_long.waveforms.path("long")
    monkeypatch.setattr(importing, "_reread", lambda *_: long)
    path.unlink()  # read again from its source: the whole is cached, and not kept
    again = importing.read_waveform(ward_with_long, "long", 120.0)
    assert again.signal_mv.base is None
    assert np.array_equal(again.signal_mv, read.signal_mv)
    assert np.array_equal(importing.read_waveform(ward_with_long, "long").signal_mv, long.signal_mv)
    with path.open("r+b") as file:  # a bit of its second hour
        file.seek(-long.signal_mv.nbytes // 24, 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    monkeypatch.undo()
    with pytest.raises(UnreadableRecording):
        importing.read_waveform(ward_with_long, "long", 120.0)
