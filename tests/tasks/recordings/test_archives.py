"""Recordings in archives: imported as the folder they hold, within bounds."""

import io
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.task import Task
from cessl_gui.ecg.readers import archives
from cessl_gui.tasks.recordings.importing import import_paths, read_waveform


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
