"""What all readers share: what can be true, what is no value, what names a person."""

import numpy as np
import pytest

from cessl_gui.ecg.readers.amplitude import doubts
from cessl_gui.ecg.readers.patient_keys import patient_key
from cessl_gui.ecg.readers.person import age_at, agreed
from cessl_gui.ecg.readers.recording import (
    number,
    plausible,
    signal_of,
    statement_lines,
    without_signal,
)

NOISE = np.random.default_rng(0).normal(0, 0.3, (3, 5000)).astype("f4")


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("rate", (10, 400), (9.9, 401, 29999, 0)),
        ("rr", (150, 6000), (149, 6001, 0, 29999)),
        ("pr", (20, 1000), (0, 19, 1001, 29999)),
        ("qtc_bazett", (20, 1000), (0, 1001)),
        ("t_axis", (-180, 0, 360), (-181, 361, 29999)),
    ],
)
def test_figures_of_a_device_are_kept_within_bounds(name, inside, outside):
    assert all(plausible({name: value}) == {name: value} for value in inside)
    assert not any(plausible({name: value}) for value in outside)


@pytest.mark.parametrize("written", ["3.276,7", "3,276.7", "1.000.000", "1e5,5", "-3.2768E", "3E-"])
def test_a_number_with_two_marks_or_cut_off_is_none(written):
    assert number(written) is None


@pytest.mark.parametrize(
    ("written", "value"), [("4,88 uV", 4.88), ("-3,2768E3", -3276.8), (".5", 0.5), ("12. May", 12)]
)
def test_a_number_is_read_with_either_mark(written, value):
    assert number(written) == value


def test_a_figure_that_is_not_there_is_none():
    assert plausible({"pr": None}) == {}


@pytest.mark.parametrize("factor", [1000, 1e-3])
def test_a_height_that_no_ecg_has_is_said(factor):
    assert any("its unit may be wrong" in word for word in doubts(NOISE * factor, 500))


def test_the_height_of_an_ecg_is_no_doubt():
    assert doubts(NOISE, 500) == []


@pytest.mark.parametrize("fs", [30, 20_000])
def test_an_unusual_rate_is_said(fs):
    assert doubts(NOISE, fs) == [f"{fs} Hz is an unusual sampling rate"]


def test_a_recording_without_any_value_says_so():
    assert doubts(np.full((2, 100), np.nan), 500) == ["no lead has a signal"]


@pytest.mark.parametrize("gap", [0.0, np.nan])
@pytest.mark.parametrize(
    ("mv", "said"), [(-9999.0, ["a value is 9,999 mV"]), (1e30, ["a value is 1e+30 mV"]), (-900.0, [])]
)
def test_a_single_voltage_that_no_ecg_has_is_said(gap, mv, said):
    signal = NOISE.copy()
    signal[0, 3], signal[-1, -2] = gap, mv
    assert [word.partition(", which")[0] for word in doubts(signal, 500)] == said


def test_16000_beside_other_values_is_a_value():
    row = np.array([16000, 16000, 15000])
    assert without_signal([row], ["V1"]) == []


def test_leads_computed_from_a_lead_without_signal_have_none():
    one, two = np.full(50, -16000), np.arange(50)
    rows = [one, two, two - one, -(one + two) // 2, one - two // 2, two - one // 2, np.arange(50)]
    names = ["I", "II", "III", "aVR", "aVL", "aVF", "V1"]
    assert without_signal(rows, names) == ["I", "III", "aVR", "aVL", "aVF"]


def test_29999_is_no_value_where_it_would_be_no_ecg():
    rows = [np.array([1, 29999, 2])] * 2
    signal = signal_of(rows, ["V1", "V2"], [0.00488, 1e-6], [])
    assert np.isnan(signal[0]).tolist() == [False, True, False]
    assert np.isfinite(signal[1]).all()


@pytest.mark.parametrize(
    "line",
    [
        "Confirmed by Dr. Smith (12) on 1/2/2020",
        "Reviewed by: J. Doe",
        "Electronically signed by X",
        "Referred by: Y",
        "Technician: Z",
        "Overread by A",
        "Befundet von Dr. Müller",
    ],
)
def test_lines_that_name_who_read_the_ecg_are_left_out(line):
    assert statement_lines(["Sinus rhythm", line]) == ("Sinus rhythm",)


def test_lines_of_the_device_stay_as_written():
    lines = ["Unconfirmed diagnosis", "When compared with ECG of 12-JAN-2010,", "T wave inversion"]
    assert statement_lines(lines) == tuple(lines)


def test_a_patient_is_a_hash_and_nobody_is_none():
    assert len(patient_key("4711")) == 16
    assert patient_key(" Anonymous ") == ""


@pytest.mark.parametrize(
    ("birth", "recorded_at", "age"),
    [
        ("1960-02-29", "2021-02-28 10:00:00", "60"),
        ("1960-02-29", "2021-03-01", "61"),
        ("2020-05-15", "2020-05-15 09:00:00", "0"),
        ("2020-05-16", "2020-05-15 09:00:00", ""),
        ("1925-01-01", "2020-05-15", "over 89"),
        ("1900-01-01", "2020-05-15", ""),
        ("1899-12-30", "1999-05-15", ""),
    ],
)
def test_an_age_is_that_on_the_day_and_none_where_the_birth_is_none(birth, recorded_at, age):
    assert age_at(birth, recorded_at) == age


@pytest.mark.parametrize(
    ("lines", "patient", "said"),
    [
        (["patient: P 12", "patient: p-12"], "P 12", []),
        (["patient: P12", "patient: P13"], "", ["the file states several patients: none is taken"]),
        (["name: Smith", "patient id: 1234", "id: 7"], "1234", []),
        (
            ["patient id: 1234", "patient id: 1235", "name: Smith"],
            "",
            ["the file states several patients: none is taken"],
        ),
        (["patient: unknown", "patient: P12"], "P12", []),
        (["name: Smith", "patient id: unknown"], "Smith", []),
    ],
)
def test_of_two_patients_none_is_taken(lines, patient, said):
    taken, not_taken = agreed([tuple(line.split(": ")) for line in lines])
    assert (taken.get("patient", ""), not_taken) == (patient, said)


def test_an_age_that_is_contradicted_is_not_made_of_a_date_of_birth():
    taken, _ = agreed(
        [("age", "30"), ("age", "60"), ("birth", "1950-01-01"), ("date", "01/04/2020"), ("date", "2020-04-01")]
    )
    assert taken == {"date": "2020-04-01"}
