"""Exports say what was decided where readers differ, and are of one moment."""

import csv
from threading import Thread

import pytest

from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ecg.readers import read_recording
from cessl_gui.store.project import Project
from cessl_gui.tasks.export.exporting import export
from tests.records import make_record, noise_mv

AF, SR = "164889003", "426783006"


@pytest.fixture
def decided(project) -> Project:
    """Two readers differ on AF of r1; it was decided for the earlier word."""
    record = make_record(noise_mv(1), 1)
    project.records.add(record)
    project.waveforms.write(record)
    project.labels.set_many([("r1", AF, State.PRESENT), ("r1", SR, State.ABSENT)], "dr a")
    project.labels.set("r1", AF, State.ABSENT, "dr b")
    project.adjudications.set("r1", AF, State.PRESENT, "lead")
    return project


def rows_of(project: Project, out, format_: str) -> list[dict]:
    export(project, out, format_, Task())
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def test_csv_says_what_was_decided_beside_the_words_of_all(decided, tmp_path):
    rows = rows_of(decided, tmp_path / "labels.csv", "csv")
    assert {(row["code"], row["reader"]): (row["state"], row["decided"]) for row in rows} == {
        (AF, "dr b"): ("absent", "present"),
        (AF, "dr a"): ("present", "present"),
        (SR, "dr a"): ("absent", ""),
    }


def test_a_wfdb_copy_says_what_was_decided_and_not_the_latest_word(decided, tmp_path):
    export(decided, tmp_path / "out", "wfdb", Task())
    assert read_recording(tmp_path / "out" / "r1.hea").statements == (AF,)


@pytest.mark.parametrize("format_", ["csv", "csv-wide"])
def test_an_export_is_of_one_moment_while_people_read_on(decided, tmp_path, monkeypatch, format_):
    labels = type(decided.labels)
    said = labels.of_all_readers

    def confirmed_meanwhile(self):
        rows = said(self)
        reading = Thread(target=decided.records.set_reading, args=("r1", ReadingState.CONFIRMED, "dr a"))
        reading.start()
        reading.join()
        return rows

    monkeypatch.setattr(labels, "of_all_readers", confirmed_meanwhile)
    assert {row["reading"] for row in rows_of(decided, tmp_path / "labels.csv", format_)} == {"new"}
