"""The column of a table that tells the time, the rate in words, and what else stands above and between the leads."""

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.given import hertz
from cessl_gui.ecg.readers.recording import number
from tests.ecg.readers.test_text_table import HEAD, counts, same, table
from tests.ecg.recordings import refusal

LEADS = "I (uV),II (uV),V1 (uV)\n"


@pytest.mark.parametrize(
    ("heading", "at"),
    [(HEAD, lambda place: round(place * 0.004, 3)), (f"fs=250\nsample,{LEADS}", lambda place: place)],
    ids=["time", "counter"],
)
def test_where_the_time_leaps_there_are_no_values(tmp_path, heading, at):
    rows = counts()
    record = read_recording(table(tmp_path, rows, heading, index=lambda i: at(i if i < 600 else i + 50)))
    assert record.fs_hz == 250
    assert same_parts(record, rows)
    assert np.isnan(record.signal_mv[:, 600:650]).all()
    assert "50 samples are missing where the time leaps, at 1 place" in record.warnings


def same_parts(record, rows):
    found = [record.signal_mv[record.leads.index(lead)] for lead in ("I", "II", "V1")]
    held = np.delete(found, np.s_[600:650], axis=1)
    return np.allclose(held, rows * 1e-3, atol=1e-6)


@pytest.mark.parametrize("order", [lambda i: -i, lambda i: i if i < 600 else i - 600, lambda i: i + 2 * (i % 2)])
def test_times_that_go_back_are_refused(tmp_path, order):
    assert "go back" in refusal(table(tmp_path, counts(), HEAD, index=lambda i: round(order(i) * 0.004, 3)))


def test_of_rows_with_one_time_the_first_holds(tmp_path):
    rows = counts()
    doubled = np.insert(rows, 600, 99, axis=1)
    path = table(tmp_path, doubled, HEAD, index=lambda i: round((i if i < 600 else i - 1) * 0.004, 3))
    record = read_recording(path)
    assert same(record, rows)
    assert "1 row with the time of the row before left out" in record.warnings


def test_the_time_may_be_the_last_column(tmp_path):
    rows = counts()
    timed = np.vstack([rows, np.arange(rows.shape[1]) * 4])
    record = read_recording(table(tmp_path, timed, "unit: uV\nI,II,V1,time (ms)\n"))
    assert same(record, rows)
    assert (record.fs_hz, len(record.leads)) == (250, 7)


def test_a_coarse_clock_has_no_gaps(tmp_path):
    rows = counts()
    record = read_recording(table(tmp_path, rows, f"time (ms),{LEADS}", index=lambda i: round(i / 0.7)))
    assert same(record, rows)
    assert abs(record.fs_hz - 700) < 1


def test_a_clock_of_whole_seconds_is_no_lead_and_tells_no_rate(tmp_path):
    rows = counts()
    record = read_recording(table(tmp_path, rows, f"fs=250\ntime,{LEADS}", index=lambda i: i // 250))
    assert same(record, rows)
    assert record.fs_hz == 250
    assert any("'time' repeats its times" in warning for warning in record.warnings)


def test_minutes_are_no_seconds(tmp_path):
    record = read_recording(table(tmp_path, counts(), f"time (min),{LEADS}", index=lambda i: f"{i / 500 / 60:.10f}"))
    assert record.fs_hz == 500


def test_a_counter_of_every_second_sample_tells_no_rate(tmp_path):
    record = read_recording(table(tmp_path, counts(), f"sample,{LEADS}", index=lambda i: 2 * i))
    assert "sampling rate not stated" in record.guesses[0]


@pytest.mark.parametrize(
    ("written", "hz"),
    [("500", 500), ("1 kHz", 1000), ("1,000 Hz", 1000), ("1.000", 1000), ("512,4 hertz", 512.4), ("2,048", 2048)],
)
def test_a_rate_in_words(written, hz):
    assert hertz(written) == hz


@pytest.mark.parametrize("band", ["0.05-150 Hz", "0.5 Hz to 40 Hz", "Hz", "", "250 / 500 Hz", "250 and 500"])
def test_a_band_is_no_rate(band):
    assert hertz(band) is None


def test_the_frequency_of_the_mains_does_not_hide_the_sampling_rate(tmp_path):
    heading = f"Frequency: 50 Hz\nSampling rate: 500 Hz\n{LEADS}"
    assert read_recording(table(tmp_path, counts(), heading)).fs_hz == 500


@pytest.mark.parametrize("line", ["Resolution: 5 uV", "Gain: 200", "ADC gain=200", "Offset: 1024"])
def test_a_step_above_the_numbers_is_asked_about(tmp_path, line):
    record = read_recording(table(tmp_path, counts(), f"fs: 500\n{line}\n{LEADS}"))
    assert "not applied" in record.guesses[0]


def test_a_column_of_something_else_than_voltage_is_left_out(tmp_path):
    record = read_recording(table(tmp_path, counts(4), "fs: 500\nI (uV),II (uV),Heart rate (bpm),V1 (uV)\n"))
    assert record.leads == ("I", "II", "III", "aVR", "aVL", "aVF", "V1")
    assert "column Heart rate (bpm) left out: its unit is no voltage" in record.warnings


def test_a_word_for_nobody_does_not_hide_the_patient(tmp_path):
    named = read_recording(table(tmp_path, counts(), f"fs: 500\nName: Anonymous\nPatient ID: 4711\n{LEADS}"))
    alone = read_recording(table(tmp_path, counts(), f"fs: 500\nPatient ID: 4711\n{LEADS}", name="a.csv"))
    assert named.patient == alone.patient != ""


@pytest.mark.parametrize(("written", "age"), [("300", "over 89"), ("999", ""), ("54", "54")])
def test_an_age_that_no_one_has_is_none(tmp_path, written, age):
    assert read_recording(table(tmp_path, counts(), f"fs: 500\nAge: {written}\n{LEADS}")).age == age


@pytest.mark.parametrize(
    ("written", "value"), [(".002", 0.002), ("-.5", -0.5), (",5", 0.5), ("1e-3", 0.001), (".", None)]
)
def test_a_number_may_begin_with_its_mark(written, value):
    assert number(written) == value


@pytest.mark.parametrize(("written", "sex"), [("F", "Female"), ("male", "Male"), ("1", ""), ("0", "")])
def test_a_digit_is_no_sex(tmp_path, written, sex):
    assert read_recording(table(tmp_path, counts(), f"fs: 500\nSex: {written}\n{LEADS}")).sex == sex
