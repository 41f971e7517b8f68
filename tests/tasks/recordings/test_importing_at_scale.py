"""Large imports: read ahead in other processes, resumed, followed to new places."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop, Task
from cessl_gui.ecg.readers.given import Given
from cessl_gui.tasks.recordings import intake, reading_ahead
from cessl_gui.tasks.recordings.importing import import_paths
from cessl_gui.tasks.recordings.reading_ahead import read_all
from tests.tasks.recordings.folders import nothing, settle

# --- resumed -----------------------------------------------------------------------------------------------------


def test_what_is_in_and_looks_the_same_is_not_read_again(project, ward, counted):
    settle(ward)
    first = import_paths(project, [ward], Task())
    counted.clear()
    again = import_paths(project, [ward], Task())
    assert counted == []
    assert (again.added, again.known) == (0, 6)
    assert again.ids == first.ids


def test_an_import_that_was_cancelled_goes_on_where_it_was(project, ward, counted, monkeypatch):
    settle(ward)
    monkeypatch.setattr(intake, "BATCH", 2)
    import_paths(project, [ward], Task(stop_requested=lambda: Stop.CANCEL if len(project.records.ids()) == 4 else None))
    counted.clear()
    assert import_paths(project, [ward], Task()).added == 2
    assert counted == ["ecg4.hea", "ecg5.hea"]


@pytest.mark.parametrize("suffix", [".hea", ".dat"])
def test_a_file_that_was_written_since_is_read_again(project, ward, counted, suffix):
    settle(ward)
    import_paths(project, [ward], Task())
    counted.clear()
    (ward / "a" / f"ecg1{suffix}").touch()
    import_paths(project, [ward], Task())
    assert counted == ["ecg1.hea"]


def test_a_file_that_was_written_a_moment_ago_is_not_trusted_to_be_whole(project, ward, counted):
    settle(ward, seconds=-60)  # not long ago, however slow the computer is
    import_paths(project, [ward], Task())
    counted.clear()
    import_paths(project, [ward], Task())
    assert len(counted) == 6


def test_a_lost_cache_is_made_again_by_an_import(project, ward):
    settle(ward)
    ids = import_paths(project, [ward], Task()).ids
    project.waveforms.path(ids[3]).unlink()
    import_paths(project, [ward], Task())
    assert project.waveforms.path(ids[3]).exists()


def test_what_a_person_says_later_is_read_anew(project, tmp_path):
    rows = np.random.default_rng(0).integers(-200, 200, (2500, 12))
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "a.csv").write_text("\n".join(",".join(map(str, row)) for row in rows))
    settle(folder)
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    (record_id,) = import_paths(project, [folder], Task(), given=Given(250, 1e-3, leads)).ids
    import_paths(project, [folder], Task(), given=Given(500, 1e-3, leads))
    assert project.records.get(record_id).fs_hz == 500


# --- moved -------------------------------------------------------------------------------------------------------


def test_a_moved_source_is_found_again_by_its_content(project, ward):
    ids = import_paths(project, [ward], Task()).ids
    ward.rename(ward.with_name("elsewhere"))
    result = import_paths(project, [ward.with_name("elsewhere")], Task())
    assert (result.added, result.known, result.moved) == (0, 6, 6)
    assert project.records.get(ids[0]).source == str(ward.with_name("elsewhere") / "a" / "ecg0.hea")
    assert any("6 recordings found again" in note for note in result.notes)


def test_a_copy_moves_nothing(project, ward):
    ids = import_paths(project, [ward], Task()).ids
    shutil.copytree(ward, ward.with_name("copy"))
    assert import_paths(project, [ward.with_name("copy")], Task()).moved == 0
    assert project.records.get(ids[0]).source == str(ward / "a" / "ecg0.hea")


# --- processes ---------------------------------------------------------------------------------------------------


def wanted(folder: Path):
    return [(path, None) for path in sorted(folder.rglob("*.hea"))]


def test_other_processes_read_the_same_in_the_same_order(ward, monkeypatch):
    here = list(read_all(wanted(ward), nothing, 0))
    monkeypatch.setattr(reading_ahead, "FEW", 0)
    there = list(read_all(wanted(ward), nothing, 2))
    assert [read.path for read in there] == [read.path for read in here]
    assert [read.record.signal_sha256 for read in there] == [read.record.signal_sha256 for read in here]


def test_what_other_processes_read_is_kept_whole(project, ward, monkeypatch):
    monkeypatch.setattr(reading_ahead, "FEW", 0)
    monkeypatch.setattr(reading_ahead, "processes", lambda: 2)
    ids = import_paths(project, [ward], Task()).ids
    here = [read.record for read in read_all(wanted(ward), nothing, 0)]
    kept = [project.waveforms.read(record_id) for record_id in ids]
    assert [record.signal_sha256 for record in kept] == [record.signal_sha256 for record in here]
    assert not project.records.identity.duplicates()


def test_a_file_that_ends_its_process_is_refused_and_the_others_are_read(ward, monkeypatch):
    monkeypatch.setattr(reading_ahead, "FEW", 0)
    monkeypatch.setattr(reading_ahead._Reader, "read", _with_a_killer(reading_ahead._Reader.read))
    reads = list(read_all(wanted(ward), nothing, 1))
    assert [bool(read.record) for read in reads] == [True, True, False, True, True, True]
    assert "ecg2.hea ended the process" in reads[2].reason


def _with_a_killer(read):
    def reading(self, path, given, stopped):
        if path.name == "ecg2.hea":
            self._start(stopped)
            self._process.kill()
            self._process.join()
        return read(self, path, given, stopped)

    return reading


def test_where_no_process_starts_all_is_read_here(ward, monkeypatch):
    def fail(*given):
        raise OSError("no more processes")

    monkeypatch.setattr(reading_ahead, "FEW", 0)
    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", fail)
    assert all(read.record for read in read_all(wanted(ward), nothing, 2))


def test_a_large_recording_is_read_here_and_not_copied(ward, monkeypatch):
    monkeypatch.setattr(reading_ahead, "FEW", 0)
    monkeypatch.setattr(reading_ahead, "LARGE", 0)
    monkeypatch.setattr(reading_ahead._Reader, "read", lambda *given: pytest.fail("handed to another process"))
    assert all(read.record for read in read_all(wanted(ward), nothing, 1))


def test_no_more_is_read_ahead_than_has_room(ward, monkeypatch):
    monkeypatch.setattr(reading_ahead, "FEW", 0)
    monkeypatch.setattr(reading_ahead, "AHEAD_BYTES", 1)
    ahead = reading_ahead._Ahead(wanted(ward), 1)
    try:
        assert ahead.take(0, nothing).record
        time.sleep(0.5)
        assert len(ahead._read) <= 1
    finally:
        ahead.stop()


def test_a_cancel_ends_the_processes_within_half_a_second(ward, monkeypatch):
    monkeypatch.setattr(reading_ahead, "FEW", 0)
    asked = []

    def check():
        if asked:
            raise Cancelled

    reads = read_all(wanted(ward) * 50, check, 2)
    next(reads)
    asked.append(True)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(reads)
    assert time.monotonic() - began < 0.5
