"""Commands on a watched folder."""

import os


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
