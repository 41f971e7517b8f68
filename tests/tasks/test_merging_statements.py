"""A statement merged into another: old labels count as the other, nothing is lost, and it can be taken apart."""

import csv

import numpy as np
import pytest

from cessl_gui.core.errors import CesslError
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.tasks.exporting import export
from cessl_gui.tasks.merging_statements import merge, take_apart
from cessl_gui.tasks.training import training_job

OURS, AF, SR = "local:Vorhofflimmern", "164889003", "426783006"
SILENCE = np.zeros((12, 10), np.float32)


@pytest.fixture
def ward(project):
    """Two readers have said OURS of r1; dr a has said something else of AF in r2, and confirmed r1."""
    for number in (1, 2):
        name = f"r{number}"
        project.records.add(Record(name, name, f"/x/{name}.hea", name * 32, SILENCE, 500.0, LEADS_12))
    project.settings.set("statements", [OURS])
    project.settings.set("panel", [SR, OURS])
    project.labels.set("r1", OURS, State.PRESENT, "dr a", prediction_visible=True)
    project.labels.set("r1", OURS, State.UNCERTAIN, "dr b")
    project.labels.set_many([("r2", OURS, State.PRESENT), ("r2", AF, State.ABSENT)], "dr a")
    project.records.set_reading("r1", ReadingState.CONFIRMED, "dr a")
    return project


def test_old_labels_count_as_the_other_statement_each_as_its_readers(ward):
    merge(ward, OURS, AF, "dr a")
    said = {name: ward.labels.of_reader("r1", name).states[AF] for name in ("dr a", "dr b")}
    assert said == {"dr a": State.PRESENT, "dr b": State.UNCERTAIN}


def test_what_a_reader_said_of_the_other_statement_itself_stands(ward):
    merge(ward, OURS, AF, "dr a")
    assert ward.labels.of_reader("r2", "dr a").states[AF] == State.ABSENT


def test_what_was_taken_back_of_the_other_statement_is_not_said_again(ward):
    ward.labels.set("r2", AF, None, "dr a")
    merge(ward, OURS, AF, "dr a")
    assert AF not in ward.labels.of_reader("r2", "dr a").states


def test_what_was_in_sight_goes_with_the_label(ward):
    merge(ward, OURS, AF, "dr a")
    (row,) = (row for row in ward.labels.under(AF) if row["reader"] == "dr a" and row["record_id"] == "r1")
    assert row["prediction_visible"] == 1


def test_the_panel_offers_the_other_statement_in_its_place(ward):
    merge(ward, OURS, AF, "dr a")
    assert ward.settings.panel() == [SR, AF]


def test_taken_apart_all_is_as_it_was(ward):
    before = ward.labels.all_current(), ward.settings.panel(), ward.settings.get("statements")
    merge(ward, OURS, AF, "dr a")
    take_apart(ward, OURS, "dr a")
    assert (ward.labels.all_current(), ward.settings.panel(), ward.settings.get("statements")) == before


def test_what_was_said_after_the_merge_stays_when_it_is_taken_apart(ward):
    merge(ward, OURS, AF, "dr a")
    ward.labels.set("r1", AF, State.ABSENT, "dr b")
    take_apart(ward, OURS, "dr a")
    assert ward.labels.of_reader("r1", "dr b").states[AF] == State.ABSENT


def test_an_export_says_both(ward, tmp_path):
    merge(ward, OURS, AF, "dr a")
    export(ward, tmp_path / "out.csv", "csv", Task())
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        codes = {row["code"] for row in csv.DictReader(file) if row["record"] == "r1" and row["reader"] == "dr b"}
    assert codes == {OURS, AF}


def test_a_training_learns_the_other_statement_alone(ward):
    merge(ward, OURS, AF, "dr a")
    assert training_job(ward, ward.labels.all_current(), "tiny").statements == (AF,)


@pytest.mark.parametrize(("code", "into"), [(AF, AF), (OURS, SR), (SR, OURS)])
def test_what_is_merged_already_or_with_itself_is_refused(ward, code, into):
    merge(ward, OURS, AF, "dr a")
    with pytest.raises(CesslError):
        merge(ward, code, into, "dr a")
