"""Exports say what was decided where readers differ, and are of one moment."""

import csv
import json
from threading import Thread

import pytest

from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ecg.readers import read_recording
from cessl_gui.store.project import Project
from cessl_gui.tasks.export.exporting import export
from cessl_gui.tasks.labels.label_columns import guess
from cessl_gui.tasks.labels.label_import import preview
from cessl_gui.tasks.labels.label_tables import read_table
from cessl_gui.tasks.labels.taking_labels import take_in
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


def test_the_wide_table_says_what_was_decided_in_the_rows_of_all(decided, tmp_path):
    rows = rows_of(decided, tmp_path / "labels.csv", "csv-wide")
    said = {row["reader"]: (row["Atrial fibrillation"], row["decided: Atrial fibrillation"]) for row in rows}
    assert said == {"dr a": ("present", "present"), "dr b": ("absent", "present")}
    assert "decided: Sinus rhythm" not in rows[0]


def test_a_decision_of_which_nobody_says_anything_any_more_is_in_the_wide_table(decided, tmp_path):
    for reader in ("dr a", "dr b"):
        decided.labels.set_many([("r1", AF, None), ("r1", SR, None)], reader)
    (row,) = rows_of(decided, tmp_path / "labels.csv", "csv-wide")
    assert (row["reader"], row["decided: Atrial fibrillation"]) == ("", "present")


def test_fhir_has_a_report_of_what_was_decided_derived_from_the_words_of_all(decided, tmp_path):
    export(decided, tmp_path / "labels.json", "fhir", Task())
    resources = [entry["resource"] for entry in json.loads((tmp_path / "labels.json").read_text())["entry"]]
    (report,) = [one for one in resources if one["performer"] == [{"display": "lead"}] and "result" in one]
    assert [one["coding"][0]["code"] for one in report["conclusionCode"]] == [AF]
    assert report["category"][-1]["coding"][0]["code"] == "decision"
    (decision,) = [one for one in resources if "method" in one]
    assert report["result"] == [{"reference": f"urn:uuid:{decision['id']}"}]
    assert decision["valueCodeableConcept"]["text"] == "Present"
    words = {one["id"]: one["performer"][0]["display"] for one in resources}
    assert [words[one["reference"].removeprefix("urn:uuid:")] for one in decision["derivedFrom"]] == ["dr a", "dr b"]
    assert len({one["id"] for one in resources}) == len(resources)


@pytest.mark.parametrize("format_", ["csv", "csv-wide", "json", "fhir"])
def test_labels_come_back_beside_a_decision_which_is_nobodys_label(decided, tmp_path, format_):
    out = tmp_path / f"labels.{'csv' if 'csv' in format_ else 'json'}"
    export(decided, out, format_, Task())
    before = said(decided)
    with Project.open(tmp_path / "other.cessl") as other:
        other.records.add(make_record(noise_mv(1), 1))
        table = read_table(out)
        seen = preview(other, table, guess(table), "nobody")
        take_in(other, seen)
        assert said(other) == before
        assert seen.unmatched == ()


def said(project: Project) -> dict:
    return {(row["code"], row["reader"]): row["state"] for row in project.labels.of_all_readers()}


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


def test_labels_of_a_statement_whose_name_denies_come_in_again_beside_what_was_decided_on_it(decided, tmp_path):
    own = "local:negative T wave"
    for reader, state in (("dr a", State.PRESENT), ("dr b", State.ABSENT)):
        decided.labels.set("r1", own, state, reader)
    decided.adjudications.set("r1", own, State.PRESENT, "lead")
    export(decided, tmp_path / "labels.csv", "csv-wide", Task())
    table = read_table(tmp_path / "labels.csv")
    seen = preview(decided, table, guess(table), "dr test")
    assert (len(seen.same), seen.new, seen.unmatched) == (5, (), ())
