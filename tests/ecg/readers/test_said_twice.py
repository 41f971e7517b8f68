"""What a table says twice and not alike, above its numbers or in rows of the heading, is asked about."""

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.given import parse
from tests.ecg.readers.test_text_table import counts, table
from tests.ecg.recordings import refusal


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("fs: 500\nfs: 250\nunit: uV\nI,II,V1\n", "fs=..."),
        ("unit: uV\nsampling rate: 500 Hz\nI,II,V1\n250 Hz,250 Hz,250 Hz\n", "fs=..."),
        ("unit: uV\nI,II,V1\n500 Hz,500 Hz,250 Hz\n", "fs=..."),
        ("fs: 500\nI (mV),II (mV),V1 (mV)\nuV,uV,uV\n", "unit=..."),
        ("fs: 500\nunit: mV\nI,II,V1\nuV,uV,uV\n", "unit=..."),
        ("fs: 500\nunit: uV\nunit: mV\nI,II,V1\n", "unit=..."),
        ("fs: 500\nduration: 20 s\nunit: mV\nI,II,V1\n", "fs=..."),
        ("fs: 500\n# 250 Hz\nunit: mV\nI,II,V1\n", "fs=..."),
        ("fs: 500\nsampling interval: 4 ms\nunit: mV\nI,II,V1\n", "fs=..."),
    ],
)
def test_a_second_rate_or_unit_is_asked_about(tmp_path, heading, asked):
    guesses = read_recording(table(tmp_path, counts(), heading)).guesses
    assert [(guess.split()[1:3], asked in guess) for guess in guesses] == [(["said", "twice,"], True)]


@pytest.mark.parametrize("under", ["fs: 250", "unit: mV", "250 Hz"])
def test_so_it_is_under_a_lead_that_is_named(tmp_path, under):
    heading = f"fs: 500\nunit: uV\n{'I' if under == '250 Hz' else 'lead: I'}\n{under}\n"
    record = read_recording(table(tmp_path, counts(1), heading))
    assert ("I" in record.leads, len(record.guesses)) == (True, 1)


@pytest.mark.parametrize(
    "heading",
    [
        "fs: 500\nsample rate: 500 Hz\nunit: uV\nunits: µV\nI,II,V1\n",
        "fs: 500\n500 Hz\ndt (s): 0.00200\n50 Hz\nunit: uV\nI,II,V1\n",
        "sampling period: 2000 µs\nunit: uV\nI,II,V1\n",
        "I,II,V1\n500 Hz,500 Hz,500 Hz\nuV,uV,uV\n",
        "I,II,V1\nuV,uV,uV\n500 Hz,500 Hz,500 Hz\n",
    ],
)
def test_what_is_said_twice_alike_is_not(tmp_path, heading):
    record = read_recording(table(tmp_path, counts(), heading))
    assert (record.fs_hz, record.leads[:2], record.guesses) == (500, ("I", "II"), ())


def test_a_person_says_which_holds(tmp_path):
    path = table(tmp_path, counts(), "fs: 500\nfs: 250\nunit: uV\nunit: mV\nI,II,V1\n")
    record = read_recording(path, parse(["fs=250", "unit=uV"]))
    assert (record.fs_hz, record.guesses) == (250, ())


@pytest.mark.parametrize("row", ["500,500,250", "200,200,200"])
def test_a_first_row_of_rates_or_gains_is_no_sample(tmp_path, row):
    slow = np.round(50 * np.sin(np.arange(1000) / 30) * np.ones((3, 1))).astype(int)
    assert "may be rates or gains" in refusal(table(tmp_path, slow, f"fs: 500\nunit: uV\nI,II,V1\n{row}\n"))


@pytest.mark.parametrize("first", [0, 37])
def test_a_first_row_of_samples_that_are_alike_is_one(tmp_path, first):
    slow = np.round(first + 50 * np.sin(np.arange(1000) / 30) * np.ones((3, 1))).astype(int)
    assert read_recording(table(tmp_path, slow, "fs: 500\nunit: uV\nI,II,V1\n")).guesses == ()


@pytest.mark.parametrize(
    ("lines", "age", "at", "said"),
    [
        ("Age: 30\nAge: 60", "", "", "several ages"),
        ("Age: 30\nAge: 030 years", "30", "", ""),
        ("Age: 30\nSex: M\nGender: female", "30", "", "several sexes"),
        ("Age: 30\nSex: M\nGender: male", "30", "", ""),
        ("Date: 2020-05-15\nRecorded date: 2021-05-15", "", "", "several dates of the recording"),
        ("Date: 2020-05-15\nRecorded date: 15.05.2020", "", "2020-05-15", ""),
        ("Date of birth: 1950-01-01\nDate of birth: 1990-01-01", "", "", "several dates of birth"),
        ("Patient: 1234\nPatient: 1235", "", "", "several patients"),
    ],
)
def test_of_two_ages_sexes_or_dates_none_is_taken(tmp_path, lines, age, at, said):
    record = read_recording(table(tmp_path, counts(), f"fs: 500\nunit: uV\n{lines}\nI,II,V1\n"))
    assert (record.age, record.recorded_at[:10]) == (age, at)
    assert [said in warning for warning in record.warnings if "several" in warning] == [True] * bool(said)
