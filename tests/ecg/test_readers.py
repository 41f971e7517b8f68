"""Which files are recordings, and that no file does more than be unreadable, with a sentence."""

import os
from pathlib import Path

import pytest

from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.wfdb import wfdb_format
from tests.ecg.recordings import noise, refusal, write


def test_any_name_of_a_recording_finds_it(tmp_path):
    path = write(tmp_path, noise())
    ids = {read_recording(p).id for p in (path, path.with_suffix(".dat"), path.with_suffix(""))}
    assert len(ids) == 1
    assert find_recordings([tmp_path, path.with_suffix(".dat")]) == [path]


def test_a_file_of_no_known_format(tmp_path):
    path = tmp_path / "letter.docx"
    path.write_bytes(b"PK\x03\x04 words")
    assert "no format" in refusal(path)
    assert "does not exist" in refusal(tmp_path / "nothing.xyz")


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.hea")
    assert "is not a file" in refusal(tmp_path / "pipe.hea")


def test_links_that_lead_nowhere_are_found_and_folders_are_not(tmp_path):
    (tmp_path / "annexed.hea").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.HEA").symlink_to(tmp_path / "loop.HEA")
    (tmp_path / "folder.hea").mkdir()
    found = find_recordings([tmp_path])
    assert [path.name for path in found] == ["annexed.hea", "loop.HEA"]
    for path in found:
        assert "cannot be opened" in refusal(path)


def test_a_folder_that_cannot_be_opened_is_found_and_said(tmp_path, monkeypatch):
    path = write(tmp_path, noise())
    (tmp_path / "closed").mkdir()
    listed = os.scandir

    def scandir(folder):
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert find_recordings([tmp_path]) == [tmp_path / "closed", path]
    assert "closed cannot be opened" in refusal(tmp_path / "closed")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".hea", "y\0z.hea"])
def test_names_that_no_file_can_have(tmp_path, name):
    (path,) = find_recordings([tmp_path / name])
    assert refusal(path)


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_name_that_is_not_utf_8_is_refused_with_a_way_out(tmp_path):
    path = write(tmp_path, noise()).rename(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller.hea"))
    said = refusal(*find_recordings([tmp_path]))
    assert "not UTF-8" in said
    assert "M\\udcfcller.hea" in said
    assert said.encode()
    assert read_recording(path.rename(tmp_path / "Müller.hea")).name == "Müller"


@pytest.mark.parametrize("error", [MemoryError(), IndexError("list index out of range"), ValueError("two\nlines")])
def test_whatever_reading_brings_about_is_that_recordings_fault(tmp_path, monkeypatch, error, caplog):
    def fail(*given):
        raise error

    monkeypatch.setattr(wfdb_format, "channels", fail)
    said = refusal(write(tmp_path, noise()))
    assert said == f"r1.hea could not be read ({' '.join(str(error).split()) or 'MemoryError'})."
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("suffix", [".edf", ".dcm", ".scp", ".xml", ".mat"])
def test_an_empty_file_or_dead_link_of_an_ecg_is_no_silent_skip(tmp_path, suffix):
    empty, dead = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    empty.touch()
    dead.symlink_to(tmp_path / "nowhere")
    (tmp_path / "note.txt").touch()
    assert find_recordings([tmp_path]) == [empty, dead]
    assert "is empty" in refusal(empty)
    assert "leads nowhere" in refusal(dead)
