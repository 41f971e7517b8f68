"""The commands' contract: what they print, where, and the exit status. Training is tested with the main job."""

import csv
import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from cessl_gui import cli
from cessl_gui.cli import models
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, ReadingState, State
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation.evaluating import read_labels
from cessl_gui.tasks.export.exporting import export
from cessl_gui.tasks.models import pretraining
from cessl_gui.tasks.recordings.importing import import_paths
from tests.conftest import full_disk

AF, SR = "164889003", "426783006"


@pytest.fixture
def folder(tmp_path):
    """Two recordings and a letter that somebody named .hea."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    write_wfdb(synthetic_record("sinus rhythm", 1), folder, "one", [f"Dx: {SR}"])
    write_wfdb(synthetic_record("atrial fibrillation", 2), folder, "two", [f"Dx: {AF}"])
    (folder / "letter.hea").write_text("Dear colleague,\nthank you.\n")
    return folder


@pytest.fixture
def cessl(capsys):
    """Run a command with --json: (exit status, objects on standard output, text on standard error)."""

    def run(*words):
        status = cli.main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], err

    return run


def test_inspect_says_what_files_hold_and_goes_on_after_a_bad_one(cessl, folder, tmp_path):
    status, rows, _ = cessl("inspect", folder, "--npz", tmp_path / "npz")
    assert status == 1, "one of them cannot be read"
    bad, one, two = sorted(rows, key=lambda row: row["file"])
    assert set(bad) == {"file", "error"}
    assert "letter" in bad["file"]
    assert one["format"] == "WFDB"
    assert one["leads"] == list(LEADS_12)
    assert one["unit"] == "mV"
    assert (one["fs_hz"], one["samples"], one["duration_s"]) == (500.0, 5000, 10.0)
    assert (one["labels"], two["labels"], one["warnings"]) == ([SR], [AF], [])
    with np.load(tmp_path / "npz" / "one.npz") as kept:
        assert kept["signal_mv"].shape == (12, 5000)
        assert kept["fs_hz"] == 500.0
        assert kept["leads"].tolist() == list(LEADS_12)
        wanted = synthetic_record("sinus rhythm", 1).signal_mv
        assert np.abs(kept["signal_mv"] - wanted).max() < 0.001


@pytest.fixture
def labels_file(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("EKG,code,state\none,Flimmern,1\ntwo,SR,0\nfour,SR,0\n")
    return path


NAMED = ("--column", "record=EKG", "--word", "Flimmern=AF")


def test_labels_of_a_file_are_taken_in(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    _, rows, _ = cessl("import-labels", tmp_path / "ward.cessl", labels_file, *NAMED)
    assert (rows[0]["written"], rows[0]["unmatched"]) == (2, 1)


def test_a_preview_of_labels_writes_none(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    cessl("import-labels", tmp_path / "ward.cessl", labels_file, *NAMED, "--preview")
    with Project.open(tmp_path / "ward.cessl") as project:
        assert project.labels.all_current() == {}


def test_labels_that_do_not_match_are_written_to_the_report(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    cessl("import-labels", tmp_path / "ward.cessl", labels_file, *NAMED, "--report", tmp_path / "report.csv")
    assert "four" in (tmp_path / "report.csv").read_text()


def test_a_column_that_the_file_lacks_is_named(cessl, folder, labels_file, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    _, rows, _ = cessl("import-labels", tmp_path / "ward.cessl", labels_file, "--column", "record=ECG")
    assert "no column ECG" in rows[0]["error"]


def test_the_numbers_of_a_project_are_printed(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    with Project.open(tmp_path / "ward.cessl") as project:
        for info in project.records.all():
            project.labels.set(info.id, AF, State.ABSENT, "dr a")
    _, rows, _ = cessl("numbers", tmp_path / "ward.cessl", "--reader", "dr a")
    assert next(row for row in rows if row.get("code") == AF)["absent"] == 2


def test_a_missing_annotation_file_is_named(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    status, rows, _ = cessl("import-marks", tmp_path / "ward.cessl", tmp_path / "nine.atr")
    assert (status, rows[0]["left_out"]) == (1, 1)


def test_inspect_keeps_two_recordings_of_one_name_apart(cessl, folder, tmp_path):
    (tmp_path / "other").mkdir()
    write_wfdb(synthetic_record("sinus bradycardia", 3), tmp_path / "other", "one", [])
    status, rows, _ = cessl("inspect", folder / "one.hea", tmp_path / "other" / "one.hea", "--npz", tmp_path / "npz")
    assert status == 0
    assert len({row["npz"] for row in rows}) == 2
    for row in rows:
        with np.load(row["npz"]) as kept:
            assert np.array_equal(kept["signal_mv"], read_recording(Path(row["file"])).signal_mv)


def test_inspect_says_what_keeps_it_from_writing(cessl, folder, tmp_path):
    (tmp_path / "file").write_text("")
    status, rows, err = cessl("inspect", folder / "one.hea", "--npz", tmp_path / "file")
    assert status == 1
    assert "a file lies where a folder is needed" in rows[0]["error"]
    assert "Something in the program failed" not in err
    assert (tmp_path / "file").read_text() == ""
    with full_disk(1000):
        status, rows, _ = cessl("inspect", folder / "one.hea", "--npz", tmp_path / "npz")
    assert status == 1
    assert "one.npz cannot be written (File too large)" in rows[0]["error"]
    assert list((tmp_path / "npz").iterdir()) == []


def test_what_the_system_refuses_is_said_in_its_words(cessl, folder, tmp_path, monkeypatch):
    def full(*given, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/cache/inputs.f16")

    monkeypatch.setattr(pretraining, "pretrain", full)
    status, rows, _ = cessl("pretrain", tmp_path / "tiny.toml")
    assert status == 1
    assert rows == [{"error": "/cache/inputs.f16: No space left on device."}]


@pytest.mark.parametrize("format_", ["csv", "json", "wfdb"])
def test_a_project_is_not_overwritten_by_its_own_export(cessl, folder, tmp_path, format_):
    project = tmp_path / "ward.cessl"
    cessl("import", project, folder)
    status, rows, _ = cessl("export", project, project / "project.sqlite", "--format", format_)
    assert status == 1
    assert "lies in the folder of the project ward.cessl" in rows[0]["error"]
    with Project.open(project, create=False) as opened:
        assert len(opened.records.all()) == 2


def test_commands_say_what_a_project_has_to_say_at_opening(cessl, folder, tmp_path):
    project = tmp_path / "ward.cessl"
    cessl("import", project, folder)
    shutil.rmtree(project / "backups")
    (project / "backups").write_text("")
    status, _, err = cessl("export", project, tmp_path / "labels.csv", "--format", "csv")
    assert status == 0
    assert "Today's copy of the project was not made." in err


def test_evaluate_leaves_out_what_an_export_calls_excluded(folder, tmp_path):
    with Project.open(tmp_path / "ward.cessl") as project:
        one, two = sorted(import_paths(project, [folder], Task()).ids)
        project.labels.set_many([(one, AF, State.PRESENT), (two, AF, State.ABSENT)], "dr test")
        project.records.set_reading(one, ReadingState.EXCLUDED, "dr test")
        export(project, tmp_path / "labels.csv", "csv", Task())
        assert read_labels(tmp_path / "labels.csv", project) == {two: {AF: 0.0}}


def test_all_files_good_is_status_0(cessl, folder):
    assert cessl("inspect", folder / "one.hea")[0] == 0


@pytest.mark.parametrize("command", [("inspect",), ("predict", "--files")])
def test_a_folder_without_recordings_is_said(cessl, tmp_path, command):
    status, rows, err = cessl(*command, tmp_path)
    assert status == 1
    assert rows == [{"error": "No recording was found there. docs/formats.md lists what is read."}]
    assert "No recording was found" in err


def test_wrong_words_are_status_2(capsys):
    for words in (["bogus"], ["export", "a", "b", "--format", "xml"], []):
        with pytest.raises(SystemExit) as stopped:
            cli.main(words)
        assert stopped.value.code == 2
    assert cli.main(["predict"]) == 2
    assert cli.main(["predict", "project", "--files", "file"]) == 2
    assert capsys.readouterr().out == ""


def test_a_project_that_is_not_there_is_said_and_not_made(cessl, tmp_path):
    for words in (["train"], ["predict"], ["export", tmp_path / "out.csv", "--format", "csv"]):
        status, rows, err = cessl(words[0], tmp_path / "none.cessl", *words[1:])
        assert status == 1
        assert "There is no project" in rows[0]["error"]
        assert "There is no project" in err
    assert not (tmp_path / "none.cessl").exists()


def test_import_twice_export_and_read_back(cessl, folder, tmp_path):
    project = tmp_path / "ward.cessl"
    status, rows, err = cessl("import", project, folder, "--accept-header-labels")
    assert status == 0
    assert rows == [{"added": 2, "known": 0, "quarantined": 1}]
    assert "letter.hea" in err
    assert cessl("import", project, folder)[1] == [{"added": 0, "known": 2, "quarantined": 1}]

    assert cessl("export", project, tmp_path / "out.csv", "--format", "csv")[0] == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        said = {(row["name"], row["code"]): row["state"] for row in csv.DictReader(file)}
    assert said == {("one", SR): "present", ("one", AF): "absent", ("two", AF): "present", ("two", SR): "absent"}
    assert cessl("export", project, tmp_path / "out.json", "--format", "json")[0] == 0
    assert len(json.loads((tmp_path / "out.json").read_text())["rows"]) == 4
    status, rows, _ = cessl("export", project, tmp_path / "wfdb", "--format", "wfdb")
    assert status == 0
    assert rows[0]["recordings"] == 2
    _, rows, _ = cessl("inspect", tmp_path / "wfdb")
    assert sorted(row["labels"] for row in rows) == sorted([[SR], [AF]])


def test_too_few_labels_are_said_and_nothing_is_trained(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    status, rows, _ = cessl("train", tmp_path / "ward.cessl")
    assert status == 1
    assert "Label some ECGs first" in rows[0]["error"]
    with Project.open(tmp_path / "ward.cessl") as project:
        assert [model.status for model in project.models.all()] == ["base"]


def test_evaluate_needs_a_file_it_can_use(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    truth = tmp_path / "truth.csv"
    for text, words in (
        ("record,code\none,1\n", "lacks a column"),
        (f"record,code,state\nthree,{AF},present\n", "three is not in this project"),
        (f"record,code,state\none,{AF},perhaps\n", "perhaps is no state"),
        (f"record,code,state\none,{AF},{State.UNCERTAIN}\n", "no label to compare with"),
    ):
        truth.write_text(text)
        status, rows, _ = cessl("evaluate", tmp_path / "ward.cessl", "--labels", truth)
        assert status == 1
        assert words in rows[0]["error"]


def test_one_lost_recording_stops_no_export_and_is_named(cessl, folder, tmp_path):
    project = tmp_path / "ward.cessl"
    cessl("import", project, folder)
    with Project.open(project) as opened:
        (lost,) = (info for info in opened.records.all() if info.name == "one")
        opened.waveforms.path(lost.id).unlink()
    (folder / "one.dat").unlink()
    status, rows, err = cessl("export", project, tmp_path / "out", "--format", "wfdb")
    assert status == 1
    assert rows[0]["recordings"] == 1
    assert f"left out: one ({lost.id}): " in err
    (left_out,) = rows[0]["left_out"]
    assert (left_out["record"], left_out["name"]) == (lost.id, "one")
    assert "no longer" in left_out["error"]


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
@pytest.mark.parametrize("command", [("inspect",), ("predict", "--files")])
def test_odd_files_are_rows_with_an_error_and_stop_nothing(cessl, folder, command):
    odd = folder / os.fsdecode(b"M\xfcller.hea")
    odd.write_bytes((folder / "one.hea").read_bytes())
    (folder / "large.hea").write_text("large/" + "9" * 5000 + " 1 500 10\nseg 10\n")
    status, rows, _ = cessl(*command, folder)
    errors = {row["file"]: row["error"] for row in rows if "error" in row}
    assert status == 1
    assert len(rows) == 5
    assert set(errors) == {str(folder / "letter.hea"), str(folder / "large.hea"), str(odd)}
    assert "Rename" in errors[str(odd)]


def test_a_name_that_no_file_can_have_is_said(cessl, tmp_path):
    status, rows, _ = cessl("import", tmp_path / "ward.cessl", tmp_path / ("x" * 300))
    assert status == 1
    assert "does not exist" in rows[0]["error"]
    status, rows, _ = cessl("inspect", tmp_path / ("x" * 300))
    assert status == 1
    assert "File name too long" in rows[0]["error"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "left out: 3 ECGs of 2 patients that it was trained on; --with-training-records scores them too"),
        (["--with-training-records"], "with 3 ECGs of 2 patients that it was trained on: no measure"),
    ],
)
def test_evaluate_says_what_it_does_with_training_records(cessl, folder, tmp_path, monkeypatch, capsys, flags, words):
    from cessl_gui.tasks.evaluation import evaluating

    def evaluate(project, truth, task, with_training_records):
        none = {"value": None, "low": None, "high": None}
        return {
            "name": "Version 1",
            "origin": "",
            "n": 8,
            "n_patients": 4,
            "training_records": {"n": 3, "n_patients": 2, "scored": with_training_records},
            "no_ecg": {},
            "macro": dict.fromkeys(evaluating.SCORES, none),
            "macro_over": [],
            "classes": {},
            "no_model": {},
            "compared": {},
        }

    cessl("import", tmp_path / "ward.cessl", folder)
    (tmp_path / "truth.csv").write_text(f"record,code,state\none,{AF},present\n")
    monkeypatch.setattr(evaluating, "evaluate", evaluate)
    assert cli.main(["evaluate", str(tmp_path / "ward.cessl"), "--labels", str(tmp_path / "truth.csv"), *flags]) == 0
    assert words in capsys.readouterr().out


def test_predictions_in_words_tell_likely_from_merely_above_the_threshold():
    sr, std = "426783006", "429622005"
    words = models._top({AF: 0.951, std: 0.012, sr: 0.44}, {AF: 0.6, std: 0.005, sr: 0.5})
    assert words == "AF 0.95 (likely), SR 0.44, STD 0.01 (above threshold)"


def test_one_lost_recording_stops_no_prediction(cessl, folder, tmp_path):
    project = tmp_path / "ward.cessl"
    cessl("import", project, folder)
    assert len(cessl("predict", project)[1]) == 2
    with Project.open(project) as opened:
        (lost,) = (info for info in opened.records.all() if info.name == "one")
        opened.waveforms.path(lost.id).unlink()
    for path in folder.glob("one.*"):
        path.unlink()
    status, rows, err = cessl("predict", project, "--per-lead")
    assert status == 1
    assert len(rows) == 2
    assert "one" in err
    by_name = {row["name"]: row for row in rows}
    assert len(by_name["two"]["without"]) == len(by_name["two"]["alone"]) == 12
    assert "without" not in by_name["one"]


def test_inspect_names_the_devices_figures_with_their_units(cessl_data, capsys):
    assert cli.main(["inspect", str(cessl_data / "formats/muse/example1.xml")]) == 0
    said = capsys.readouterr().out
    assert "PR interval 138 ms" in said
    assert "Ventricular rate 48/min" in said


def test_inspect_counts_one_lead_in_the_singular(cessl_data, capsys):
    assert cli.main(["inspect", str(cessl_data / "formats/aecg/minimum_aecg.xml")]) == 0
    assert "1 lead (II)" in capsys.readouterr().out


def test_a_watched_folder_is_imported_and_its_bad_file_named(cessl, folder, tmp_path):
    for path in folder.iterdir():
        os.utime(path, (0, 0))  # long ago: no longer being written
    status, rows, err = cessl("watch", tmp_path / "p.cessl", folder, "--every", "0.1", "--once")
    assert status == 0
    assert [row["added"] for row in rows] == [2]
    assert "letter" in err


def test_a_file_that_is_being_written_is_left_by_the_watch(cessl, folder, tmp_path):
    status, rows, _ = cessl("watch", tmp_path / "p.cessl", folder, "--every", "0.1", "--once")
    assert (status, rows) == (0, [])


def test_a_watched_folder_has_to_be_there(cessl, tmp_path):
    status, rows, _ = cessl("watch", tmp_path / "p.cessl", tmp_path / "nowhere", "--once")
    assert status == 1
    assert "is no folder" in rows[0]["error"]
