"""The demo project, and everything out of a project again."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled, NotWritten, ProjectError
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import Caliper, ReadingState, State
from cessl_gui.ecg import writers
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.synthetic import CODES
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.care.verify import verify
from cessl_gui.store.folder.waveforms import Waveforms
from cessl_gui.store.project import Project
from cessl_gui.tasks.export import exporting
from cessl_gui.tasks.export.exporting import export
from cessl_gui.tasks.recordings.demo import make_demo
from cessl_gui.tasks.recordings.importing import import_paths
from tests.conftest import full_disk

AF, SR = "164889003", "426783006"


def test_the_demo_is_the_same_each_time(tmp_path):
    labels = []
    for name in ("demo", "again"):
        make_demo(tmp_path / f"{name}.cessl", Task(), n=12)
        with Project.open(tmp_path / f"{name}.cessl") as demo:
            labels.append(demo.labels.all_current())
    assert len(labels[0]) == 4
    assert labels[0] == labels[1]


def test_the_demo_is_a_third_labelled(tmp_path):
    make_demo(tmp_path / "demo.cessl", Task())
    with Project.open(tmp_path / "demo.cessl") as demo:
        infos = demo.records.all()
        assert len(infos) == 120
        assert all(info.synthetic for info in infos)
        labels = demo.labels.all_current()
        assert len(labels) == 40
        assert all(set(states) == set(CODES) for states in labels.values())
        confirmed = {info.id for info in infos if info.reading == ReadingState.CONFIRMED}
        assert confirmed == set(labels)
        for record_id, states in labels.items():
            present = {code for code, state in states.items() if state == State.PRESENT}
            assert present == set(demo.labels.header(record_id)), "the demo's labels are true"


def test_a_fresh_demo_has_nothing_to_be_noted(tmp_path):
    make_demo(tmp_path / "demo.cessl", Task(), n=6)
    verdict = verify(tmp_path / "demo.cessl")
    assert verdict.wrong == []
    assert verdict.notes == []


def test_a_demo_that_is_opened_goes_on_as_the_same_device(tmp_path):
    make_demo(tmp_path / "demo.cessl", Task(), n=6)
    with Project.open(tmp_path / "demo.cessl") as demo:
        assert not demo.warnings
        demo.labels.set(demo.records.all()[1].id, AF, State.PRESENT, "R1")
    verdict = verify(tmp_path / "demo.cessl")
    assert (verdict.devices, verdict.wrong, verdict.notes) == (1, [], [])


def test_a_demo_made_again_where_another_was_deleted_has_nothing_to_be_noted(tmp_path):
    for _ in range(2):
        shutil.rmtree(tmp_path / "demo.cessl", ignore_errors=True)
        make_demo(tmp_path / "demo.cessl", Task(), n=6)
    verdict = verify(tmp_path / "demo.cessl")
    assert verdict.wrong == []
    assert verdict.notes == []


def test_a_demo_for_which_the_disk_is_too_small_leaves_nothing(tmp_path, monkeypatch):
    def full(*given):
        raise ProjectError("No space left.")

    monkeypatch.setattr(Waveforms, "write", full)
    with pytest.raises(ProjectError, match="No space left"):
        make_demo(tmp_path / "demo.cessl", Task(), n=6)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_demo_leaves_nothing(tmp_path):
    with pytest.raises(Cancelled):
        make_demo(tmp_path / "demo.cessl", Task(stop_requested=lambda: Stop.CANCEL), n=6)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def labelled(project, ward):
    ids = import_paths(project, [ward], Task()).ids
    project.labels.set(ids[0], AF, State.PRESENT, "dr test")
    project.labels.set(ids[0], SR, State.ABSENT, "dr test")
    project.labels.set(ids[1], SR, State.UNCERTAIN, "dr test")
    return project, ids


def test_csv_has_a_row_for_what_anyone_said_and_none_for_what_nobody_assessed(labelled, tmp_path):
    project, ids = labelled
    export(project, tmp_path / "out" / "labels.csv", "csv", Task())
    with (tmp_path / "out" / "labels.csv").open(newline="") as file:
        rows = {(row["record"], row["code"]): row for row in csv.DictReader(file)}
    assert rows[ids[0], AF]["state"] == "present"
    assert rows[ids[0], AF]["reader"] == "dr test"
    assert rows[ids[1], SR]["state"] == "uncertain"
    assert rows[ids[1], SR]["header"] == "present"
    assert rows[ids[3], AF]["state"] == ""
    assert rows[ids[3], AF]["header"] == "present"
    assert (ids[3], SR) not in rows


def test_exports_say_whether_the_files_diagnosis_was_in_sight(labelled, tmp_path):
    project, ids = labelled  # as labels of earlier versions: not known
    project.labels.set(ids[0], SR, State.ABSENT, "dr test", file_visible=True)
    project.labels.set(ids[1], SR, State.ABSENT, "dr test", prediction_visible=True, file_visible=False)
    export(project, tmp_path / "labels.csv", "csv", Task())
    with (tmp_path / "labels.csv").open(newline="") as file:
        rows = {(row["record"], row["code"]): row for row in csv.DictReader(file)}
    assert rows[ids[0], SR]["file_visible"] == "1"
    assert rows[ids[1], SR]["file_visible"] == "0"
    assert rows[ids[1], SR]["prediction_visible"] == "1"
    assert rows[ids[0], AF]["file_visible"] == ""
    export(project, tmp_path / "labels.json", "json", Task())
    document = json.loads((tmp_path / "labels.json").read_text())
    assert {row["file_visible"] for row in document["rows"]} == {1, 0, ""}
    given = [event["file_visible"] for event in document["history"][ids[0]] if event["reader"] == "dr test"]
    assert given == [None, None, 1]


def test_csv_has_the_marks_and_calipers_in_a_file_beside(labelled, tmp_path):
    project, ids = labelled
    project.marks.set(ids[0], {"t_offset": 372.0, "qrs_onset": -40.0}, "dr test")
    project.marks.set(ids[0], {"qrs_onset": None}, "dr test")
    project.calipers.set(ids[0], {"a": Caliper("a", "II", 0.8, 1.6, 0.0, -0.25, True)}, "dr other")
    export(project, tmp_path / "labels.csv", "csv", Task())
    with (tmp_path / "labels_measured.csv").open(newline="") as file:
        caliper, mark = csv.DictReader(file)
    assert (mark["kind"], mark["mark"], mark["ms_from_r_peak"], mark["lead"]) == ("mark", "t_offset", "372.0", "")
    assert (mark["record"], mark["reader"]) == (ids[0], "dr test")
    assert mark["name"]
    assert mark["at_utc"]
    span = [caliper[c] for c in ("kind", "lead", "start_s", "end_s", "start_mv", "end_mv", "marched", "reader", "mark")]
    assert span == ["caliper", "II", "0.8", "1.6", "0.0", "-0.25", "1", "dr other", ""]
    assert sorted(path.name for path in tmp_path.glob("*labels*")) == ["labels.csv", "labels_measured.csv"]


def test_what_devices_measured_is_exported_and_read_again(project, ward, tmp_path):
    header = ward / "a" / "ecg0.hea"
    header.write_text(header.read_text() + "#PR: 0.16 s\n#QTc: 410\n#QRS axis: -30\n")
    wanted = {"pr": 160.0, "qtc": 410.0, "qrs_axis": -30.0}
    record_id, *_ = import_paths(project, [ward], Task()).ids
    export(project, tmp_path / "labels.csv", "csv", Task())
    with (tmp_path / "labels_measured.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["quantity"]: float(row["value"]) for row in rows} == wanted
    assert {(row["record"], row["kind"], row["reader"], row["mark"]) for row in rows} == {(record_id, "device", "", "")}
    export(project, tmp_path / "labels.json", "json", Task())
    assert json.loads((tmp_path / "labels.json").read_text())["device"] == {record_id: wanted}
    export(project, tmp_path / "out", "wfdb", Task())
    assert read_recording(tmp_path / "out" / f"{record_id}.hea").device == wanted


def test_exports_say_where_each_record_stands_in_the_reading_queue(labelled, tmp_path):
    project, ids = labelled
    project.records.set_reading(ids[0], ReadingState.CONFIRMED, "dr test")
    project.records.reveal(ids[0], "dr test")
    project.records.set_reading(ids[0], ReadingState.EXCLUDED, "dr other")
    project.records.set_reading(ids[1], ReadingState.CONFIRMED, "dr test")
    wanted = {ids[0]: "excluded", ids[1]: "confirmed", ids[2]: "new"}
    export(project, tmp_path / "labels.csv", "csv", Task())
    with (tmp_path / "labels.csv").open(newline="") as file:
        assert {row["record"]: row["reading"] for row in csv.DictReader(file)}.items() >= wanted.items()
    export(project, tmp_path / "labels.json", "json", Task())
    document = json.loads((tmp_path / "labels.json").read_text())
    assert {row["record"]: row["reading"] for row in document["rows"]}.items() >= wanted.items()
    assert {record: reading["state"] for record, reading in document["reading"].items()}.items() >= wanted.items()
    events = document["reading"][ids[0]]["events"]
    assert [(event["state"], event["reader"]) for event in events] == [
        ("confirmed", "dr test"),
        ("revealed", "dr test"),
        ("excluded", "dr other"),
    ]
    assert all(event["at_utc"] for event in events)
    assert document["reading"][ids[2]]["events"] == []
    export(project, tmp_path / "out", "wfdb", Task())
    for record_id, reading in wanted.items():
        assert f"# Reading: {reading}\n" in (tmp_path / "out" / f"{record_id}.hea").read_text()


def test_json_carries_the_whole_trail(labelled, tmp_path):
    project, ids = labelled
    project.marks.set(ids[0], {"t_offset": 372.0}, "dr test")
    project.calipers.set(ids[0], {"a": Caliper("a", "II", 0.8, 1.6, 0.0, -0.25)}, "dr test")
    export(project, tmp_path / "labels.json", "json", Task())
    document = json.loads((tmp_path / "labels.json").read_text())
    (mark,) = document["marks"]
    assert (mark["record_id"], mark["mark"], mark["value_ms"]) == (ids[0], "t_offset", 372.0)
    assert [(row["lead"], row["end_s"]) for row in document["calipers"]] == [("II", 1.6)]
    assert "Research use only" in document["notice"]
    assert [row["kind"] for row in document["history"][ids[0]]] == ["header", "set", "set"]


def test_wfdb_keeps_present_labels_and_says_nothing_where_nobody_looked(labelled, tmp_path):
    project, ids = labelled
    assert export(project, tmp_path / "out", "wfdb", Task()) == exporting.ExportResult(6, "recording", [])
    assert read_recording(tmp_path / "out" / f"{ids[0]}.hea").statements == (AF,)
    assert "Dx:" not in (tmp_path / "out" / f"{ids[4]}.hea").read_text()


def test_wfdb_never_says_that_nothing_was_found_where_no_reader_said_so(project, ward, tmp_path):
    excluded, doubtful, some_absent, all_absent, outside, _ = import_paths(project, [ward], Task()).ids
    project.settings.set("panel", [AF, SR])
    pvc = "427172004"
    for record_id, states in {
        excluded: {AF: State.PRESENT},
        doubtful: {AF: State.UNCERTAIN, SR: State.ABSENT},
        some_absent: {AF: State.ABSENT},
        all_absent: {AF: State.ABSENT, SR: State.ABSENT},
        outside: {AF: State.ABSENT, SR: State.ABSENT, pvc: State.UNCERTAIN},
    }.items():
        project.labels.set_many([(record_id, code, state) for code, state in states.items()], "dr test")
    project.records.set_reading(excluded, ReadingState.EXCLUDED, "dr test")
    export(project, tmp_path / "out", "wfdb", Task())
    with_line = {path.stem for path in (tmp_path / "out").glob("*.hea") if "# Dx:" in path.read_text()}
    assert with_line == {all_absent}


def test_a_recording_that_cannot_be_written_stops_no_other(labelled, ward, tmp_path, monkeypatch):
    project, ids = labelled
    for name in ("ecg1", "ecg2"):  # the first has lost its source, the cache of the second is damaged
        (ward / "a" / f"{name}.dat").unlink()
    project.waveforms.path(ids[1]).unlink()
    project.waveforms.path(ids[2]).write_bytes(b"no HDF5")
    empty = replace(read_recording(ward / "b" / "ecg3.hea"), id="0" * 16, signal_mv=np.zeros((12, 0), np.float32))
    empty = replace(empty, sha256="0" * 64, stored_sha256="")
    project.records.add(empty)  # as earlier versions took in
    project.waveforms.write(empty)

    def odd(record, *given):
        if record.id == ids[5]:
            raise ValueError("odd")
        return write_wfdb(record, *given)

    monkeypatch.setattr(writers, "write_wfdb", odd)
    result = export(project, tmp_path / "out", "wfdb", Task())
    assert result.written == 3
    assert len(list((tmp_path / "out").glob("*.hea"))) == 3
    reasons = {record_id: reason for record_id, _, reason in result.left_out}
    assert list(reasons) == [ids[1], ids[2], ids[5], "0" * 16]
    assert "no longer where it was" in reasons[ids[1]]
    assert "no longer where it was" in reasons[ids[2]]
    assert "(odd)" in reasons[ids[5]]
    assert reasons["0" * 16] == "ecg3 has no samples."
    assert [name for _, name, _ in result.left_out] == ["ecg1", "ecg2", "ecg5", "ecg3"]
    for format_ in ("csv", "json"):
        export(project, tmp_path / f"labels.{format_}", format_, Task())


def test_a_full_disk_stops_an_export_of_recordings(labelled, tmp_path, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writers, "write_wfdb", full)
    with pytest.raises(NotWritten, match="No space left"):
        export(labelled[0], tmp_path / "out", "wfdb", Task())


def test_a_place_that_cannot_be_written_gets_a_sentence(labelled, tmp_path):
    (tmp_path / "file").write_text("")
    for format_, name in (("csv", "labels.csv"), ("json", "labels.json"), ("wfdb", "out")):
        with pytest.raises(NotWritten, match="a file lies where a folder is needed"):
            export(labelled[0], tmp_path / "file" / name, format_, Task())


@pytest.mark.parametrize("format_", exporting.FORMATS)
def test_an_export_into_a_project_is_refused(labelled, tmp_path, format_):
    project = labelled[0]
    with Project.open(tmp_path / "other.cessl"):
        pass
    for folder in (project.folder, tmp_path / "other.cessl"):
        before = (folder / "project.sqlite").read_bytes()
        for out in (folder, folder / "project.sqlite", folder / "models" / f"labels.{format_}"):
            with pytest.raises(NotWritten, match=f"lies in the folder of the project {folder.name}"):
                export(project, out, format_, Task())
        assert (folder / "project.sqlite").read_bytes() == before


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_an_export_takes_the_place_of_an_earlier_one_and_of_nothing_else(labelled, ward, tmp_path, format_):
    recording = ward / "a" / "ecg0.hea"
    before = recording.read_bytes()
    with pytest.raises(NotWritten, match="is there already and is no earlier export"):
        export(labelled[0], recording, format_, Task())
    assert recording.read_bytes() == before
    export(labelled[0], tmp_path / "new.txt", format_, Task())
    assert (tmp_path / "new.txt").stat().st_size > 100


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_a_full_disk_leaves_the_earlier_export_and_no_half_one(labelled, tmp_path, format_):
    project, out = labelled[0], tmp_path / "out" / f"labels.{format_}"
    export(project, out, format_, Task())
    before = {path.name: path.read_bytes() for path in out.parent.iterdir()}
    with full_disk(20), pytest.raises(NotWritten, match="cannot be written"):
        export(project, out, format_, Task())
    assert {path.name: path.read_bytes() for path in out.parent.iterdir()} == before
