"""`verify` names what was altered, and finds nothing where nothing was."""

import shutil

import pytest

from benchmarks.attack.tampering import HARMS, harmed, made
from cessl_gui.core.errors import ProjectError
from cessl_gui.store.care.verify import verify
from cessl_gui.store.log import device, state
from cessl_gui.store.project import Project
from tests.store.projects import empty_of_version


@pytest.fixture(scope="module")
def tampered(tmp_path_factory):
    """A project of two devices, and a sound copy of its database beside it; heads of no other project are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
        folder = made(tmp_path_factory.mktemp("outer") / "ward.cessl")
        shutil.copy(folder / "project.sqlite", folder.parent / "sound.sqlite")
        shutil.copytree(device.user_data() / device.HEADS, folder.parent / "heads")
        yield folder


@pytest.fixture
def sound(tampered):
    """The project as it was; at its own place, which is the one that is kept in mind."""
    for name in ("project.sqlite-wal", "project.sqlite-shm"):
        (tampered / name).unlink(missing_ok=True)
    shutil.copy(tampered.parent / "sound.sqlite", tampered / "project.sqlite")
    shutil.rmtree(device.user_data() / device.HEADS)
    shutil.copytree(tampered.parent / "heads", device.user_data() / device.HEADS)
    return tampered


def test_there_are_a_hundred_ways():
    assert len(HARMS) >= 100


def test_a_sound_project_is_sound(sound):
    verdict = verify(sound)
    assert verdict.wrong == []
    assert verdict.devices == 2
    assert verdict.acts > 30


@pytest.mark.parametrize("harm", HARMS)
def test_each_way_of_tampering_is_named(sound, harm):
    harmed(sound, HARMS[harm])
    verdict = verify(sound)
    assert verdict.wrong
    assert all(words.endswith(".") for words in verdict.wrong)


def test_the_act_that_was_altered_is_named(sound):
    harmed(sound, HARMS["reader of one in the middle"])
    with Project.open(sound) as project:
        number = project._database.one("SELECT number FROM acts WHERE seq = 15")[0]
    assert any(f"Act {number} of device" in words for words in verify(sound).wrong)


def test_labels_of_two_recordings_that_were_exchanged_are_named(sound):
    def exchange(db):
        for table, column in (("record_contents", "record_id"), *((t, "record_id") for t in state.OF_RECORDS)):
            for before, now in (("r1", "x"), ("r2", "r1"), ("x", "r2")):
                db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (now, before))

    harmed(sound, exchange)
    assert [words for words in verify(sound).wrong if "is tied to another" in words]


def test_a_recording_that_was_taken_out_of_the_project_is_noted(sound):
    def take_out(db):
        for table in ("record_contents", *state.OF_RECORDS):
            db.execute(f"DELETE FROM {table} WHERE record_id = 'r3'")
        db.execute("DELETE FROM records WHERE id = 'r3'")

    harmed(sound, take_out)
    assert any("1 recording that the project does not have" in words for words in verify(sound).notes)


def test_opening_says_that_acts_at_the_end_are_missing(sound):
    harmed(sound, HARMS["the last 5 cut with a true head"])
    with Project.open(sound) as project:
        assert any("The last 5 acts of device" in words for words in project.warnings)


def test_a_project_made_anew_where_one_was_deleted_misses_nothing(sound):
    shutil.rmtree(sound)
    with Project.open(sound) as project:
        assert project.warnings == ()
    assert verify(sound).wrong == []


def test_after_a_cut_one_goes_on_as_another_device(sound):
    harmed(sound, HARMS["the last 5 cut with a true head"])
    with Project.open(sound) as project:
        project.notes.set("r2", "after", "ann")
        devices = {row[0] for row in project._database.all("SELECT DISTINCT device FROM acts")}
    assert len(devices) == 3


def test_verify_looks_while_the_project_is_open(sound):
    with Project.open(sound) as project:
        project.notes.set("r2", "now", "ann")
        assert verify(sound).wrong == []


def test_a_copy_elsewhere_goes_on_as_a_device_of_its_own(sound, tmp_path):
    copy = tmp_path / "copy.cessl"
    shutil.copytree(sound, copy)
    with Project.open(copy) as project, Project.open(sound) as first:
        project.notes.set("r1", "in the copy", "ann")
        first.notes.set("r1", "in the first", "ann")
        here = project._database.one("SELECT device FROM acts ORDER BY seq DESC")[0]
        assert here != first._database.one("SELECT device FROM acts ORDER BY seq DESC")[0]
    assert verify(copy).wrong == []
    assert verify(sound).wrong == []


def test_without_a_place_for_the_key_acts_are_kept_and_that_is_said(tmp_path, monkeypatch):
    (tmp_path / "no").write_text("")
    monkeypatch.setattr(device, "user_data", lambda: tmp_path / "no" / "folder")
    folder = tmp_path / "ward.cessl"
    with Project.open(folder) as project:
        assert "Acts are not signed" in project.warnings[0]
        project.settings.set("panel", ["164889003"], "ann")
    verdict = verify(folder)
    assert verdict.wrong == []
    assert any("not signed" in words for words in verdict.notes)


def test_a_project_of_another_version_is_named(tmp_path):
    empty_of_version(tmp_path / "old", 8).close()
    with pytest.raises(ProjectError, match="is of version 8"):
        verify(tmp_path / "old")
    with pytest.raises(ProjectError, match="no project"):
        verify(tmp_path)


def test_keys_are_for_the_person_alone(sound):
    assert (device.user_data() / device.KEY).stat().st_mode & 0o077 == 0
