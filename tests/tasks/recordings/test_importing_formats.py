"""Importing files that leave something unsaid: asked for, remembered, never guessed."""

import numpy as np
import pytest

from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers.given import Given
from cessl_gui.tasks.recordings.importing import import_paths, read_waveform

GIVEN = Given(fs_hz=250, step_mv=4.88e-3, leads=LEADS_12)


@pytest.fixture
def tables(tmp_path):
    """A folder with two tables that state nothing, and files that are no recordings."""
    folder = tmp_path / "tables"
    folder.mkdir()
    for seed, name in enumerate(("a.csv", "b.csv")):
        rows = np.random.default_rng(seed).integers(-200, 200, (2500, 12))
        (folder / name).write_text("\n".join(",".join(map(str, row)) for row in rows))
    (folder / "notes.docx").write_text("words")
    (folder / "list.csv").write_text("name,place\nx,y\n")
    return folder


def test_what_would_be_a_guess_is_asked_for(project, tables):
    result = import_paths(project, [tables], Task())
    assert result.added == 0
    assert [reason.count("--set") > 0 for _, reason in result.quarantined] == [True, True]
    assert "sampling rate not stated" in result.quarantined[0][1]


def test_what_a_person_says_holds_for_the_folder(project, tables):
    result = import_paths(project, [tables], Task(), given=GIVEN)
    assert result.added == 2
    assert project.records.get(result.ids[0]).fs_hz == 250
    assert project.quarantine.all() == []


def test_it_is_remembered_for_later_files_of_that_folder(project, tables):
    import_paths(project, [tables / "a.csv", tables], Task(), given=GIVEN)
    (tables / "c.csv").write_text((tables / "a.csv").read_text().replace("1", "2"))
    assert import_paths(project, [tables], Task()).added == 1


def test_it_is_not_taken_for_other_folders(project, tables, tmp_path):
    import_paths(project, [tables], Task(), given=GIVEN)
    (tmp_path / "other.csv").write_text((tables / "a.csv").read_text().replace("1", "2"))
    assert import_paths(project, [tmp_path / "other.csv"], Task()).added == 0


def test_a_lost_cache_is_made_again_as_it_was_said(project, tables):
    record_id = import_paths(project, [tables], Task(), given=GIVEN).ids[0]
    before = read_waveform(project, record_id)
    project.waveforms.path(record_id).unlink()
    after = read_waveform(project, record_id)
    assert after.fs_hz == 250
    assert np.array_equal(before.signal_mv, after.signal_mv)


def test_what_is_no_recording_is_counted_by_its_extension(project, tables):
    assert import_paths(project, [tables], Task(), given=GIVEN).passed_over == {".docx": 1, ".csv": 1}


def test_each_recording_of_a_file_is_imported(project, tmp_path):
    values = np.random.default_rng(0).normal(0, 0.3, (3, 12, 900)).astype("f4")
    np.savez(tmp_path / "s.npz", signal_mv=values, leads=np.array(LEADS_12), fs_hz=300.0)
    result = import_paths(project, [tmp_path / "s.npz"], Task())
    assert result.added == 3
    project.waveforms.path(result.ids[2]).unlink()
    assert np.array_equal(read_waveform(project, result.ids[2]).signal_mv, values[2])


def test_what_the_device_says_is_kept(project, tmp_path):
    from tests.ecg.readers.test_muse import muse

    words = "<Diagnosis><DiagnosisStatement><StmtText>Sinus rhythm</StmtText></DiagnosisStatement></Diagnosis>"
    figures = "<RestingECGMeasurements><QTInterval>400</QTInterval></RestingECGMeasurements>"
    record_id = import_paths(project, [muse(tmp_path, before=words + figures)], Task()).ids[0]
    assert read_waveform(project, record_id).device_statements == ("Sinus rhythm",)
    assert read_waveform(project, record_id).device == {"qt": 400}


@pytest.fixture
def stack(tmp_path):
    """A file of 40 recordings that states no unit."""
    values = np.random.default_rng(0).normal(0, 0.3, (40, 12, 900)).astype("f4")
    np.savez(tmp_path / "s.npz", signals=values, leads=np.array(LEADS_12), fs=300.0)
    return tmp_path / "s.npz"


@pytest.mark.parametrize("how", ["file", "folder"])
def test_a_file_of_many_that_leaves_something_unsaid_is_named_once(project, stack, how):
    result = import_paths(project, [stack if how == "file" else stack.parent], Task())
    assert [source for source, _ in result.quarantined] == [str(stack)]
    assert "40 recordings: unit not stated" in result.quarantined[0][1]


def test_said_once_all_of_it_is_imported_and_off_the_list(project, stack):
    import_paths(project, [stack], Task())
    assert import_paths(project, [stack], Task(), given=Given(step_mv=1.0)).added == 40
    assert project.quarantine.all() == []


def test_a_chosen_array_of_many_recordings_is_imported(project, tmp_path):
    values = np.random.default_rng(0).normal(0, 0.3, (4, 12, 900)).astype("f4")
    np.savez(tmp_path / "s.npz", raw=values, clean=values / 2, leads=np.array(LEADS_12), fs=300.0)
    assert import_paths(project, [tmp_path], Task(), given=Given(step_mv=1.0, dataset="clean")).added == 4


def test_one_damaged_recording_of_a_file_stops_no_other(project, tmp_path):
    import h5py

    values = np.random.default_rng(0).integers(-900, 900, (3, 12, 900)).astype("i2")
    with h5py.File(tmp_path / "s.h5", "w") as file:
        signals = file.create_dataset("signals", data=values, chunks=(1, 12, 900), compression="gzip")
        file.attrs.update({"fs": 300, "unit": "uV", "leads": " ".join(LEADS_12)})
        first = signals.id.get_chunk_info(0)
    with (tmp_path / "s.h5").open("r+b") as file:
        file.seek(first.byte_offset)
        file.write(bytes(first.size))
    result = import_paths(project, [tmp_path], Task())
    assert result.added == 2
    assert [source.rpartition("#")[2] for source, _ in result.quarantined] == ["0"]


def test_what_the_device_says_is_exported(project, tmp_path):
    import json

    from cessl_gui.tasks.export.exporting import export
    from tests.ecg.readers.test_muse import muse

    words = "<Diagnosis><DiagnosisStatement><StmtText>Sinus rhythm</StmtText></DiagnosisStatement></Diagnosis>"
    record_id = import_paths(project, [muse(tmp_path, before=words)], Task()).ids[0]
    export(project, tmp_path / "labels.json", "json", Task())
    assert json.loads((tmp_path / "labels.json").read_text())["device_statements"] == {record_id: ["Sinus rhythm"]}
