"""A watched folder, a preview of an import, the list of what was not read."""

import time

import pytest

from cessl_gui.core.task import Task
from cessl_gui.tasks.export.exporting import export_quarantine
from cessl_gui.tasks.recordings.importing import import_paths
from cessl_gui.tasks.recordings.previewing import preview
from cessl_gui.tasks.recordings.watching import Watch
from tests.tasks.recordings.folders import nothing, settle


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
