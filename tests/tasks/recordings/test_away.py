"""An archive that is not there: background work leaves all of its recordings out with one word, and asks no file."""

import logging

import pytest

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.exchange.described import NOT_HERE
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import predicting
from cessl_gui.tasks.recordings import away, importing, measuring
from cessl_gui.tasks.recordings.away import Folders
from tests.records import make_record, noise_mv

MANY = 40


@pytest.fixture
def archive(project: Project) -> Project:
    """Recordings of two years in an archive that is not mounted; nothing of them is cached."""
    with project.atomic():
        for number in range(MANY):
            source = f"/archive/{2001 + number % 2}/{number}.hea"
            project.records.add(make_record(noise_mv(number, samples=10), number, source=source))
    return project


def test_recordings_of_an_archive_that_is_not_there_are_counted_by_its_uppermost_folder(archive):
    folders = Folders()
    assert folders.readable(archive, archive.records.ids()) == []
    assert folders.sentence == "40 recordings are away: they are not found in /archive."


def test_each_folder_is_asked_for_once(archive, monkeypatch):
    asked = []
    look = away._uppermost_missing
    monkeypatch.setattr(away, "_uppermost_missing", lambda folder: asked.append(folder) or look(folder))
    folders = Folders()
    for _ in range(2):
        folders.readable(archive, archive.records.ids())
    assert sorted(asked) == ["/archive/2001", "/archive/2002"]


def test_measuring_an_archive_that_is_away_reads_nothing_and_says_it_once(archive, monkeypatch, caplog):
    monkeypatch.setattr(measuring, "read_waveform", lambda *_: pytest.fail("asked for a file"))
    with caplog.at_level(logging.INFO):
        measuring.measure_missing(archive, NOBODY_WAITS)
    assert [r.message for r in caplog.records] == [
        "not measured: 40 recordings are away: they are not found in /archive."
    ]


def test_predicting_an_archive_that_is_away_loads_no_model(archive, monkeypatch):
    monkeypatch.setattr(predicting, "predictor", lambda *_: pytest.fail("loaded a model"))
    folders = Folders()
    assert predicting.predict_all(archive, Task(), folders=folders) == []
    assert folders.away == {"/archive": MANY}


def test_what_is_cached_is_read_though_its_folder_is_away(archive):
    record = make_record(noise_mv(3, samples=10), 3)
    archive.waveforms.write(record)
    folders = Folders()
    assert folders.readable(archive, archive.records.ids()) == [record.id]


def test_a_recording_that_lies_at_one_of_two_places_is_there(project, tmp_path):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        write_wfdb(synthetic_record("sinus rhythm", 1), tmp_path / place, "ecg", [])
    (record_id,) = {*importing.import_paths(project, [tmp_path / "a", tmp_path / "b"], Task()).ids}
    project.waveforms.path(record_id).unlink()
    (tmp_path / "a").rename(tmp_path / "moved")
    assert Folders().readable(project, [record_id]) == [record_id]
    (tmp_path / "b").rename(tmp_path / "moved too")
    assert Folders().readable(project, [record_id]) == []


def test_a_folder_that_came_back_is_seen_once_it_is_asked_for_again(project, tmp_path):
    (tmp_path / "a").mkdir()
    write_wfdb(synthetic_record("sinus rhythm", 1), tmp_path / "a", "ecg", [])
    (record_id,) = importing.import_paths(project, [tmp_path / "a"], Task()).ids
    project.waveforms.path(record_id).unlink()
    (tmp_path / "a").rename(tmp_path / "away")
    folders = Folders()
    assert folders.readable(project, [record_id]) == []
    assert folders.held_away(project.records.get(record_id).source)
    (tmp_path / "away").rename(tmp_path / "a")
    folders.forget()
    assert folders.readable(project, [record_id]) == [record_id]


def test_recordings_that_only_others_have_are_no_matter_of_folders(project):
    record = make_record(noise_mv(1, samples=10), source=f"{NOT_HERE}/ECG 1")
    project.records.add(record)
    folders = Folders()
    assert folders.readable(project, [record.id]) == []
    assert folders.sentence == ""


def test_generated_ecgs_are_never_away(project):
    record = synthetic_record("sinus rhythm", 1)
    project.records.add(record)
    assert Folders().readable(project, [record.id]) == [record.id]


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({"/a": 1}, "1 recording is away: it is not found in /a."),
        ({"/a": 2000, "/b": 310}, "2,310 recordings are away: they are not found in /a, /b."),
        (
            {f"/{n}": 10 - n for n in range(5)},
            "40 recordings are away: they are not found in /0, /1, /2, 2 more folders.",
        ),
    ],
)
def test_it_is_said_in_one_sentence(lacking, said):
    folders = Folders()
    folders.away.update(lacking)
    assert folders.sentence == said
