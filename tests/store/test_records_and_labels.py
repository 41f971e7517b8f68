"""Records, labels, models and settings come back as they went in; readers are kept apart."""

import time
from dataclasses import replace

import h5py
import numpy as np
import pytest

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.training.results import Comparison, TrainingSummary
from cessl_gui.core.types import ModelInfo, Prediction, ReadingState, Record, State
from cessl_gui.store.folder.waveforms import WaveformLost
from cessl_gui.store.project import Project
from tests.records import make_record, noise_mv

AF, PVC, PVC_TOO = "164889003", "427172004", "17338001"


def record(number=1, source="/x/1.hea", **more) -> Record:
    signal_mv = noise_mv(number, 200, 1.0)
    signal_mv[3, 5:9] = np.nan
    return make_record(signal_mv, number, fs_hz=360.0, source=source, **more)


@pytest.fixture
def model():
    return ModelInfo(
        "m1",
        "Version 1",
        "tiny",
        "ab",
        (AF,),
        {AF: 0.4},
        "origin",
        "candidate",
        "2026-01-01",
        TrainingSummary(Comparison(n=3)),
    )


def test_a_record_comes_back_with_everything(project):
    given = record(derived=("aVF",), patient="p", age="70", sex="F", warnings=("w",), format="WFDB", recorded_at="2020")
    given = replace(given, device={"qt": 380.0, "qtc": 410.5})
    assert project.records.add(given)
    project.waveforms.write(given)
    read = project.waveforms.read("r1")
    assert np.array_equal(read.signal_mv, given.signal_mv, equal_nan=True)
    for name in ("id", "name", "source", "sha256", "fs_hz", "leads", "derived", "patient", "age", "sex", "warnings"):
        assert getattr(read, name) == getattr(given, name)
    assert read.device == project.waveforms.device("r1") == {"qt": 380.0, "qtc": 410.5}
    info = project.records.get("r1")
    assert (info.samples, info.recorded_at, info.reading) == (200, "2020", ReadingState.NEW)
    assert project.records.all() == [info]


def test_a_record_without_device_measurements_is_cached_as_before(project):
    project.records.add(record())
    project.waveforms.write(record())
    with h5py.File(project.waveforms.path("r1")) as file:
        assert set(file) == {"signal_mv"}
        assert set(file.attrs) == {"sha256", "signal_sha256"}
    assert project.waveforms.read("r1").device == project.waveforms.device("r1") == {}
    project.waveforms.path("r1").unlink()
    assert project.waveforms.device("r1") == {}


def test_adding_twice_changes_nothing_and_a_second_place_is_remembered(project):
    assert project.records.add(record(statements=("AF",)))
    assert not project.records.add(record(statements=("AF",)))
    assert not project.records.add(record(source="/y/copy.hea", statements=("AF",)))
    assert project.records.ids() == ["r1"]
    assert project.records.source_row("r1")[0] == ("/x/1.hea", "/y/copy.hea")
    assert len(project.labels.history("r1")) == 1


def test_a_header_is_a_reader_of_its_own(project):
    project.records.add(record(statements=("AF", "17338001", "unheard of")))
    assert project.labels.header("r1") == {AF: State.PRESENT, PVC: State.PRESENT, "unheard of": State.PRESENT}
    assert project.labels.current("r1") == {}
    project.labels.set("r1", AF, State.ABSENT, "dr test")
    assert project.labels.header("r1")[AF] == State.PRESENT
    assert project.labels.current("r1") == {AF: State.ABSENT}
    assert project.labels.all_current() == {"r1": {AF: State.ABSENT}}


def test_not_assessed_is_not_a_label_and_equal_codes_are_one_statement(project):
    project.records.add(record())
    project.labels.set("r1", PVC_TOO, State.PRESENT, "dr test")
    assert project.labels.current("r1") == {PVC: State.PRESENT}
    project.labels.set("r1", PVC, None, "dr test")
    assert project.labels.current("r1") == {}
    assert project.labels.all_current() == {}


def test_the_trail_says_who_when_what_before_and_after(project):
    project.records.add(record())
    project.labels.set("r1", AF, State.PRESENT, "dr one")
    at = project.labels.set("r1", AF, State.UNCERTAIN, "dr two", prediction_visible=True)
    first, second = project.labels.history("r1")
    assert (first["old_state"], first["state"], first["reader"]) == (None, "present", "dr one")
    assert (second["old_state"], second["state"], second["reader"]) == ("present", "uncertain", "dr two")
    assert (second["at_utc"], second["prediction_visible"]) == (at, 1)
    assert at.endswith("Z")
    assert project.labels.of_reader("r1", "dr one").states == {AF: State.PRESENT}
    assert project.labels.of_reader("r1", "dr two").prediction_visible


def test_several_labels_of_one_act_share_it(project):
    project.records.add(record())
    project.labels.set_many([("r1", AF, State.PRESENT), ("r1", PVC, State.ABSENT)], "dr test", kind="rest absent")
    acts = {row["act"] for row in project.labels.history("r1")}
    assert len(acts) == 1


def test_a_label_needs_a_known_record(project):
    with pytest.raises(Exception, match="FOREIGN KEY"):
        project.labels.set("nobody", AF, State.PRESENT, "dr test")


def test_reading_states_and_reveals_are_events(project):
    project.records.add(record())
    project.records.set_reading("r1", ReadingState.CONFIRMED, "dr test")
    project.records.reveal("r1", "dr test")
    assert project.records.get("r1").reading == ReadingState.CONFIRMED == project.records.all()[0].reading
    assert project.records.seen() == {"r1"}


def test_a_damaged_waveform_is_a_lost_one(project):
    given = record(device={"qt": 380.0})
    project.records.add(given)
    project.waveforms.write(given)
    path = project.waveforms.path("r1")
    whole = path.read_bytes()
    lost = 0
    for place in range(0, min(len(whole), 3000), 17):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        assert project.waveforms.device("r1") in ({}, given.device)
        try:
            project.waveforms.read("r1")
        except WaveformLost:
            lost += 1
    assert lost > 20


def test_a_lost_or_foreign_waveform_is_noticed(project):
    project.records.add(record())
    with pytest.raises(WaveformLost):
        project.waveforms.read("r1")
    project.waveforms.write(record())
    path = project.waveforms.path("r1")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(WaveformLost):
        project.waveforms.read("r1")


def test_model_versions_are_kept_and_one_is_active(project, model):
    project.models.add(model, {"adapter": b"weights"})
    assert project.models.active() is None
    project.models.adopt("m1")
    assert project.models.active().status == "adopted"
    assert project.models.get("m1").summary.comparison.n == 3
    other = ModelInfo("m2", "Version 2", "tiny", "ab", (AF,), {}, "o", "candidate", "")
    project.models.add(other, {})
    project.models.discard("m2")
    assert project.models.active().id == "m1"
    project.models.activate("m2")
    assert project.models.active().id == "m2"
    assert [m.status for m in project.models.all()] == ["adopted", "discarded"]


def test_a_model_file_that_was_changed_is_refused(project, model):
    project.models.add(model, {"adapter": b"weights"})
    assert (project.models.check_files("m1") / "adapter").read_bytes() == b"weights"
    (project.models.folder("m1") / "adapter").write_bytes(b"others")
    for use in (project.models.check_files, project.models.adopt, project.models.activate):
        with pytest.raises(ProjectError, match="changed"):
            use("m1")
    assert project.models.active() is None


def test_a_crash_between_files_and_row_leaves_no_version(project, model, monkeypatch):
    monkeypatch.setattr(type(project.models), "_act", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        project.models.add(model, {"adapter": b"weights"})
    monkeypatch.undo()
    assert project.models.all() == []
    project.models.add(model, {"adapter": b"other weights"})
    assert (project.models.check_files("m1") / "adapter").read_bytes() == b"other weights"


def test_predictions_by_model_and_what_is_missing(project, model):
    for i in (1, 2):
        project.records.add(record(i, f"/x/{i}.hea"))
    project.models.add(model, {})
    project.predictions.write("m1", [Prediction("r1", "m1", {AF: 0.25})])
    assert project.predictions.get("r1", "m1") == Prediction("r1", "m1", {AF: 0.25})
    assert project.predictions.get("r2", "m1") is None
    assert project.predictions.missing("m1") == ["r2"]
    assert set(project.predictions.all("m1")) == {"r1"}


def test_everything_is_there_after_closing_and_opening(tmp_path):
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        project.records.add(record())
        project.labels.set("r1", AF, State.PRESENT, "dr test")
        project.settings.set("panel", [AF])
        project.quarantine.add("/x/bad.hea", "It is cut off.")
    with Project.open(folder) as project:
        assert project.labels.current("r1") == {AF: State.PRESENT}
        assert project.settings.get("panel") == [AF]
        assert project.settings.get("theme", "paper") == "paper"
        assert project.quarantine.all()[0][:2] == ("/x/bad.hea", "It is cut off.")
        project.quarantine.remove("/x/bad.hea")
        assert project.quarantine.all() == []


def test_two_thousand_records_are_listed_quickly(project):
    """Ten thousand and more: benchmarks/projects/large_project.py."""
    with project.atomic():
        for i in range(2000):
            signal = np.full((1, 1), i, np.float32)
            project.records.add(Record(f"r{i}", f"{i}", f"/{i}", "0", signal, 500.0, ("II",)))
            if i % 10 == 0:
                project.labels.set(f"r{i}", AF, State.PRESENT, "dr test")
    began = time.process_time()
    assert len(project.records.all()) == 2000
    assert len(project.labels.all_current()) == 200
    assert time.process_time() - began < 0.5
