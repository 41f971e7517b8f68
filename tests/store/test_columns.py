"""Columns of all records: what they hold is what the project says record by record."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.types import ModelInfo, Prediction, ReadingState, State
from cessl_gui.store.columns import record_columns
from cessl_gui.store.columns.label_table import BYTES, LabelTable
from cessl_gui.store.columns.record_columns import OVER_89, moment, years
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite import database
from tests.records import record_of

AF, SR = "164889003", "426783006"


@pytest.fixture
def filled(project):
    for number in range(5):
        project.records.add(record_of(number))
    return project


def test_columns_are_in_the_order_of_import(filled):
    columns = filled.records.columns()
    assert columns.rows.ids == filled.records.ids()
    assert columns.names == [info.name for info in filled.records.all()]


def test_columns_go_where_other_columns_have_their_records(filled):
    rows = Rows(["r3", "gone", "r1"])
    columns = filled.records.columns()
    columns.place(rows)
    assert rows.ids == ["r3", "gone", "r1", "r0", "r2", "r4"]
    assert columns.names == ["ECG 3", "", "ECG 1", "ECG 0", "ECG 2", "ECG 4"]
    assert list(columns.here) == [True, False, True, True, True, True]
    assert columns.count == 5


def test_what_is_placed_sorts_as_before(filled):
    columns = filled.records.columns()
    columns.place(Rows(["r3", "gone", "r1"]))
    assert [columns.names[row] for row in np.argsort(columns.name_rank)[:5]] == [f"ECG {i}" for i in range(5)]


def test_the_reading_state_in_the_columns_is_the_latest(filled):
    for state in (ReadingState.IN_PROGRESS, ReadingState.CONFIRMED):
        filled.records.set_reading("r2", state, "a")
    filled.records.reveal("r2", "a")
    assert list(np.flatnonzero(filled.records.columns().is_in(ReadingState.CONFIRMED))) == [2]


def test_the_first_unread_record_is_neither_finished_nor_put_off(filled):
    for record_id, state in (("r0", ReadingState.CONFIRMED), ("r1", ReadingState.DEFERRED)):
        filled.records.set_reading(record_id, state, "a")
    filled.records.set_reading("r2", ReadingState.IN_PROGRESS, "a")
    assert filled.records.first_unread() == "r2"


def test_the_first_unread_record_is_the_first_by_name(filled):
    """As in the rail, in whatever order they were imported."""
    filled.records.add(replace(record_of(9), name="a later one"))
    assert filled.records.first_unread() == "r9"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2020-05-15 9:05:07", 20200515090507),
        ("2020-05-15 09:05:07.25", 20200515090507),
        ("2020-05-15 9:05", 20200515090500),
        ("2020-05-15", 20200515000000),
        ("9:05:07", -1),
        ("", -1),
    ],
)
def test_moments_sort_as_numbers(written, number):
    assert moment(written) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [("63", 63), ("63 y", 63), ("over 89", OVER_89), ("90+", OVER_89), ("18 months", 1.5), ("6M", 0.5), ("0.5", 0.5),
     ("12 hours", 12 / 24 / 365.25)],
)  # fmt: skip
def test_ages_sort_as_numbers(written, number):
    assert years(written) == number


@pytest.mark.parametrize("written", ["unknown", "18 moons", ">18", "3 or 4"])
def test_no_age_is_no_number(written):
    assert np.isnan(years(written))


def test_the_table_of_labels_says_what_the_project_says(filled):
    filled.labels.set("r1", AF, State.PRESENT, "a")
    filled.labels.set("r1", AF, State.UNCERTAIN, "b")
    filled.labels.set("r3", SR, State.ABSENT, "a")
    filled.labels.set("r4", SR, State.ABSENT, "a")
    filled.labels.set("r4", SR, None, "a")
    filled.labels.set("r0", AF, State.PRESENT, "header")
    table = filled.labels.table(filled.records.columns().rows)
    assert dict(table) == filled.labels.all_current() == {"r1": {AF: State.UNCERTAIN}, "r3": {SR: State.ABSENT}}
    assert len(table) == 2


def test_labels_set_while_a_table_is_read_elsewhere_stay(filled):
    filled.labels.set("r1", AF, State.PRESENT, "a")
    rows = Rows(filled.records.ids())
    table = LabelTable(rows, filled.labels.current)
    read = filled.labels.table(rows)
    assert table["r1"] == {AF: State.PRESENT}
    table["r1"] = {SR: State.ABSENT}
    assert table["r1"] == {SR: State.ABSENT}
    table.adopt(read)
    assert dict(table) == {"r1": {SR: State.ABSENT}}


def test_a_table_of_labels_grows_by_records_and_statements():
    table = LabelTable(Rows())
    for number in range(100):
        table[f"r{number}"] = {f"code {number}": State.PRESENT}
    assert table["r99"] == {"code 99": State.PRESENT}
    assert list(np.flatnonzero(table.column("code 40") == BYTES[State.PRESENT])) == [40]


def test_a_label_taken_back_leaves_no_entry():
    table = LabelTable(Rows())
    table["r0"] = {AF: State.PRESENT}
    table["r0"] = {}
    assert "r0" not in table


@pytest.fixture
def predicted(filled):
    filled.models.add(ModelInfo("m", "m", "tiny", "0" * 64, (AF, SR), {}, "", "base", "2026"), {})
    some = [
        Prediction("r1", "m", {AF: 0.12345, SR: 1.0}),
        Prediction("r3", "m", {AF: 0.5}, ("I", "V1"), likeness=0.25),
    ]
    filled.predictions.write("m", some, {"r2": "flat"})
    return filled, {one.record_id: one for one in some}


def test_the_table_of_predictions_gives_back_what_was_written(predicted):
    project, written = predicted
    table = project.predictions.all("m", project.records.columns().rows)
    assert dict(table) == written
    assert project.predictions.get("r3", "m") == written["r3"]


def test_a_column_of_probabilities_has_no_number_where_the_model_says_nothing(predicted):
    project, _ = predicted
    table = project.predictions.all("m", project.records.columns().rows)
    assert list(np.isnan(table.column(SR))) == [True, False, True, True, True]


@pytest.mark.parametrize("stored", ["[]", "{", '{"164889003": 2}', '{"164889003": "x"}'])
def test_a_stored_prediction_that_cannot_be_one_is_computed_again(predicted, stored):
    project, _ = predicted
    with project._database.atomic() as db:
        db.execute("UPDATE predictions SET probabilities = ? WHERE record_id = 'r1'", (stored,))
    assert set(project.predictions.all("m")) == {"r3"}
    assert "r1" in project.predictions.missing("m")


def test_a_large_database_opens_before_it_is_examined(predicted, monkeypatch):
    project, _ = predicted
    project.close()
    monkeypatch.setattr(database, "LARGE", 0)
    with Project.open(project.folder, examine_later=True) as again:
        assert not again.is_examined
        assert again.examine() == ()
        assert again.is_examined


def test_what_opening_left_out_is_found_by_examining(predicted, monkeypatch):
    project, _ = predicted
    with project._database.atomic() as db:
        db.execute("UPDATE records SET leads = ? WHERE id = 'r1'", (json.dumps({"no": "list"}),))
    project.close()
    monkeypatch.setattr(database, "LARGE", 0)
    with Project.open(project.folder, examine_later=True) as again, pytest.raises(Exception, match="list that cannot"):
        again.examine()


def test_a_large_database_that_is_examined_later_still_gets_its_daily_copy(predicted, monkeypatch):
    project, _ = predicted
    project.close()
    for copy in (project.folder / "backups").iterdir():
        copy.unlink()
    monkeypatch.setattr(database, "LARGE", 0)
    with Project.open(project.folder, examine_later=True) as again:
        again.examine()
    assert [path.suffix for path in (project.folder / "backups").iterdir()] == [".sqlite"]


def test_texts_that_are_sorted_in_parts_have_the_order_of_all(monkeypatch):
    texts = ["b", "", "B", "ä", "a", "b", "aa"]
    monkeypatch.setattr(record_columns, "_TOGETHER", 3)
    assert record_columns._rank(texts).tolist() == [4, 0, 1, 5, 2, 4, 3]
