"""Commands on files and projects: what they print, where, and the exit status. Training is tested with the main job."""

import csv
import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from cessl_gui import cli
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import pretraining
from tests.cli.conftest import AF, SR
from tests.conftest import full_disk


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


def test_inspect_names_the_devices_figures_with_their_units(cessl_data, capsys):
    assert cli.main(["inspect", str(cessl_data / "formats/muse/example1.xml")]) == 0
    said = capsys.readouterr().out
    assert "PR interval 138 ms" in said
    assert "Ventricular rate 48/min" in said


def test_inspect_counts_one_lead_in_the_singular(cessl_data, capsys):
    assert cli.main(["inspect", str(cessl_data / "formats/aecg/minimum_aecg.xml")]) == 0
    assert "1 lead (II)" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("import", "", "recordings"), ("import", "ward.cessl", ""), ("convert", "", "out")])
def test_an_empty_argument_is_not_the_folder_that_one_stands_in(cessl, folder, monkeypatch, words):
    monkeypatch.chdir(folder.parent)
    status, (said,), _ = cessl(*words)
    assert (status, said["error"]) == (2, "An argument is empty, as a variable of a script may be: nothing was done.")
    assert [path.name for path in folder.parent.iterdir()] == ["recordings"]
