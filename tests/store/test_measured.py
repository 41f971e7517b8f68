"""Measurements kept in a project: there the second time, gone once out of date, never taken from odd values."""

from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.measurements import Figure, Measurements, from_json, to_json
from cessl_gui.core.types import Record
from cessl_gui.store.project import Project
from cessl_gui.store.tables import measured as store_measured
from tests.records import make_record

MADE = Measurements(
    "r1",
    values={"rate": 72.0, "qt": 380.1234},
    missing={"pr": "No P wave begins and ends between the T wave and the QRS complex."},
    marks_ms={"qrs_onset": -44.0},
    leads=("I", "V2"),
    beat_mv=np.zeros((2, 625), np.float32),
    peaks_s=(0.4, 1.2),
    alike_s=(0.4, 1.2),
    notes=("Median of 2 of 2 beats.",),
    device={"qtc": 410.0},
    doubtful={"qt": "QT: the T wave is flat, and its end not sure."},
    st_mv={"V2": -0.08},
)


def record(number: int = 1, fs_hz: float = 500.0) -> Record:
    return make_record(np.full((12, 100), number), number, fs_hz=fs_hz)


@pytest.fixture
def ward(project: Project) -> Project:
    for number in (1, 2):
        project.records.add(record(number))
    return project


def test_what_was_kept_comes_back_without_its_beat(ward):
    ward.measurements.keep([(MADE, 0)])
    kept = ward.measurements.get("r1")
    assert kept == replace(MADE, beat_mv=None, values={"rate": 72.0, "qt": 380.123})


def test_a_record_that_was_not_measured_has_none(ward):
    ward.measurements.keep([(MADE, 0)])
    assert ward.measurements.get("r2") is None


def test_those_that_are_missing_are_named_in_the_order_of_import(ward):
    ward.measurements.keep([(MADE, 0)])
    assert ward.measurements.missing() == ["r2"]


def test_a_figure_comes_with_the_reason_for_its_doubt():
    assert MADE.figure("qt") == Figure(380.1234, "QT: the T wave is flat, and its end not sure.")


def test_a_figure_that_is_missing_comes_with_the_reason():
    assert MADE.figure("pr") == Figure(None, MADE.missing["pr"])


def test_the_figures_of_all_records_are_read_at_once(ward):
    ward.measurements.keep([(MADE, 0), (Measurements("r2", {"rate": 50.0}), 0)])
    figures = ward.measurements.figures(("rate", "qt", "pr"))
    assert figures["r1"]["qt"] == Figure(380.123, MADE.doubtful["qt"])
    assert figures["r1"]["pr"] == Figure(None, MADE.missing["pr"])
    assert figures["r2"] == {"rate": Figure(50.0), "qt": Figure(None), "pr": Figure(None)}


def test_no_column_is_asked_for_by_another_name(ward):
    with pytest.raises(KeyError):
        ward.measurements.figures(("rate') --",))


def test_a_revision_of_the_record_makes_its_measurements_those_of_another(ward):
    ward.measurements.keep([(MADE, 0)])
    ward.records.identity.take_in(replace(record(1), age="61", sha256="f" * 64, id="other"))
    assert ward.measurements.get("r1") is None
    assert ward.measurements.missing() == ["r1", "r2"]


def test_what_was_measured_before_a_revision_is_not_taken_for_what_came_after(ward):
    before = ward.measurements.revision("r1")
    ward.records.identity.take_in(replace(record(1), age="61", sha256="f" * 64, id="other"))
    ward.measurements.keep([(MADE, before)])
    assert ward.measurements.get("r1") is None


def test_another_version_of_the_measuring_code_measures_again(ward, monkeypatch):
    ward.measurements.keep([(MADE, 0)])
    monkeypatch.setattr(store_measured, "_CURRENT", store_measured._CURRENT.replace("version = ", "version = 1 + "))
    assert ward.measurements.get("r1") is None


@pytest.mark.parametrize(
    "odd",
    [
        "{",
        "[]",
        "7",
        "{}",
        to_json(MADE).replace("72.0", "NaN"),
        to_json(MADE).replace("72.0", '"72"'),
        to_json(MADE).replace('"rate":72.0', '"rate":true'),
        to_json(MADE).replace('["I","V2"]', "[1,2]"),
        "[" * 100_000,
    ],
)
def test_odd_values_of_a_strangers_project_are_measured_again(ward, odd):
    ward.measurements.keep([(MADE, 0)])
    with ward.atomic() as db:
        db.execute("UPDATE measurements SET measured = ?", (odd,))
    assert ward.measurements.get("r1") is None


def test_odd_values_stop_no_table(ward):
    ward.measurements.keep([(MADE, 0), (replace(MADE, record_id="r2"), 0)])
    with ward.atomic() as db:
        db.execute("UPDATE measurements SET measured = '{' WHERE record_id = 'r1'")
    assert list(ward.measurements.figures(("rate",))) == ["r2"]


def test_json_keeps_an_umlaut_and_a_quote():
    odd = replace(MADE, notes=('a "quoted" Überleitung',), beat_mv=None, values={})
    assert from_json("r1", to_json(odd)) == odd
