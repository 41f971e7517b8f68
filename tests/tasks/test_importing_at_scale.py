"""Large imports: read ahead in other processes, resumed, followed to new places, unpacked from archives."""

import io
import os
import shutil
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.core.task import Stop, Task
from cessl_gui.ecg.readers import archives
from cessl_gui.ecg.readers.given import Given
from cessl_gui.tasks.export.exporting import export_quarantine
from cessl_gui.tasks.recordings import intake, reading_ahead
from cessl_gui.tasks.recordings.importing import import_paths, read_waveform
from cessl_gui.tasks.recordings.previewing import preview
from cessl_gui.tasks.recordings.reading_ahead import read_all
from cessl_gui.tasks.recordings.watching import Watch


def nothing():
    """A check that lets everything go on."""


def settle(folder: Path, seconds: float = 60) -> None:
    """All files were written so long ago."""
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - seconds,) * 2)


@pytest.fixture
def counted(monkeypatch):
    """The paths that are really read."""
    read = []

    def reading(wanted, *more):
        read.extend(path.name for path, _ in wanted)
        return read_all(wanted, *more)

    monkeypatch.setattr(reading_ahead, "read_all", reading)
    return read


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


# --- archives ----------------------------------------------------------------------------------------------------


def pack(ward: Path, kind: str) -> Path:
    return Path(shutil.make_archive(str(ward.with_name("packed")), kind, ward))


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar", "xztar"])
def test_an_archive_is_imported_as_the_folder_that_it_holds(project, ward, kind):
    archive = pack(ward, kind)
    result = import_paths(project, [archive], Task())
    assert result.added == 6
    assert project.records.get(result.ids[0]).source == str(archive / "a" / "ecg0.hea")
    assert not list(project.folder.glob(".*unfinished*"))


def test_archives_in_a_folder_are_found_by_content(project, ward):
    pack(ward, "zip").rename(ward / "export.bin")
    shutil.rmtree(ward / "a")
    assert import_paths(project, [ward], Task()).added == 6


def test_a_lost_cache_is_made_again_from_the_archive(project, ward):
    ids = import_paths(project, [pack(ward, "zip")], Task()).ids
    before = read_waveform(project, ids[4])
    project.waveforms.path(ids[4]).unlink()
    assert np.array_equal(read_waveform(project, ids[4]).signal_mv, before.signal_mv)


def test_an_unchanged_archive_is_not_read_again(project, ward, counted):
    archive = pack(ward, "zip")
    os.utime(archive, (1e9, 1e9))
    import_paths(project, [archive], Task())
    counted.clear()
    assert import_paths(project, [archive], Task()).known == 6
    assert counted == []


def test_a_folder_that_was_packed_is_found_again_in_its_archive(project, ward):
    ids = import_paths(project, [ward], Task()).ids
    archive = pack(ward, "zip")
    shutil.rmtree(ward)
    assert import_paths(project, [archive], Task()).moved == 6
    project.waveforms.path(ids[0]).unlink()
    assert read_waveform(project, ids[0]).name == "ecg0"


@pytest.mark.parametrize("name", ["../out.hea", "/tmp/out.hea", "a/../../out.hea", "c:/out.hea", "..\\out.hea"])
def test_a_path_out_of_the_archive_is_refused_and_the_others_are_read(project, ward, name):
    archive = pack(ward, "zip")
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(name, "x")
    result = import_paths(project, [archive], Task())
    assert result.added == 6
    ((_, reason),) = result.quarantined
    assert "outside the archive" in reason


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_an_archive_are_refused(project, ward, kind):
    archive = pack(ward, "tar")
    with tarfile.open(archive, "a") as file:
        entry = tarfile.TarInfo("b/link.hea")
        entry.type, entry.linkname = kind, "/etc/passwd"
        file.addfile(entry)
    result = import_paths(project, [archive], Task())
    assert result.added == 6
    ((_, reason),) = result.quarantined
    assert "link or a device" in reason


def bomb(path: Path, kind: str) -> Path:
    zeros = bytes(archives.ALWAYS_BYTES // 8)
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for i in range(10):
                file.writestr(f"{i}.dat", zeros)
    else:
        with tarfile.open(path, "w:gz") as file:
            for i in range(10):
                entry = tarfile.TarInfo(f"{i}.dat")
                entry.size = len(zeros)
                file.addfile(entry, io.BytesIO(zeros))
    return path


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_bomb_is_refused_in_words(project, tmp_path, kind, monkeypatch):
    monkeypatch.setattr(archives, "ALWAYS_BYTES", 1 << 20)
    result = import_paths(project, [bomb(tmp_path / "bomb", kind)], Task())
    ((_, reason),) = result.quarantined
    assert "more than its size makes believable" in reason
    assert not list(project.folder.glob(".*unfinished*"))


def test_a_zip_that_lies_about_its_sizes_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "ALWAYS_BYTES", 1 << 20)
    path = bomb(tmp_path / "bomb.zip", "zip")
    data = bytearray(path.read_bytes())
    entries = [place for place in range(len(data)) if data.startswith(b"PK\x01\x02", place)]
    for place in entries:
        data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    (tmp_path / "into").mkdir()
    with pytest.raises(UnreadableRecording):
        archives.unpack(path, tmp_path / "into")
    assert sum(file.stat().st_size for file in (tmp_path / "into").iterdir()) < 1 << 20


def test_too_many_files_are_refused(project, ward, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 5)
    ((_, reason),) = import_paths(project, [pack(ward, "tar")], Task()).quarantined
    assert "more than 5 files" in reason


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_a_damaged_archive_is_refused_in_words(project, ward, kind):
    archive = pack(ward, kind)
    archive.write_bytes(archive.read_bytes()[:-200])
    ((_, reason),) = import_paths(project, [archive], Task()).quarantined
    assert "damaged" in reason
    assert "Copy it again" in reason


def test_documents_that_are_zips_are_passed_over(project, tmp_path):
    with zipfile.ZipFile(tmp_path / "letter.docx", "w") as file:
        file.writestr("[Content_Types].xml", "<x/>")
    assert import_paths(project, [tmp_path], Task()).passed_over[".docx"] == 1


def test_an_archive_without_recordings_is_passed_over(project, tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as file:
        file.writestr("a.txt", "words")
    assert import_paths(project, [tmp_path / "photos.zip"], Task()).passed_over == {".zip": 1}


# --- a watched folder, a preview, the list of what was not read -------------------------------------------------------


def test_a_watched_file_is_left_until_it_looks_the_same_twice(ward):
    watch, now = Watch(ward), time.time() + 60
    assert watch.ready(now, nothing) == []
    assert len(watch.ready(now, nothing)) == 12
    assert watch.ready(now, nothing) == []


def test_a_header_waits_for_its_data_that_are_still_being_written(ward):
    watch, now = Watch(ward), time.time() + 60
    watch.ready(now, nothing)
    with (ward / "a" / "ecg0.dat").open("ab") as file:
        file.write(b"more")
    assert not {path.stem for path in watch.ready(now, nothing)} & {"ecg0"}
    assert {path.name for path in watch.ready(now, nothing)} == {"ecg0.dat", "ecg0.hea"}


def test_a_file_that_was_written_a_moment_ago_waits(ward):
    watch = Watch(ward)
    settle(ward, seconds=0)
    watch.ready(time.time(), nothing)
    assert watch.ready(time.time() - 1, nothing) == []


def test_a_watched_folder_that_is_gone_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Watch(tmp_path / "gone").ready(0, nothing)


def test_a_preview_shows_the_first_recording_and_counts_the_others(ward):
    shown = preview([ward], None, nothing)
    assert (shown.record.name, shown.count) == ("ecg0", 6)


def test_a_preview_of_nothing_says_so(tmp_path):
    assert preview([tmp_path], None, nothing).problem == "No recording was found there."


def test_the_list_of_what_was_not_read_is_written_as_csv(project, ward, bad_files, tmp_path):
    import_paths(project, [bad_files], Task())
    assert export_quarantine(project, tmp_path / "list.csv") == 2
    lines = (tmp_path / "list.csv").read_text().splitlines()
    assert lines[0] == "file,reason,at_utc"
    assert "cut.hea" in lines[1]
