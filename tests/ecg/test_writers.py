"""A recording written as WFDB reads back as it was."""

import errno
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.ecg.writers.csv_file import write_csv
from tests.conftest import full_disk


def test_round_trip_with_gaps_labels_and_an_empty_lead(tmp_path):
    signal = synthetic_record("sinus rhythm", 1).signal_mv.copy()
    signal[2, 100:200] = np.nan
    signal[7] = np.nan
    record = replace(synthetic_record("sinus rhythm", 1), signal_mv=signal)
    read = read_recording(write_wfdb(record, tmp_path, "one", ["Dx: 164889003", "Age: 50"]))
    assert read.leads == record.leads
    assert read.fs_hz == record.fs_hz
    assert np.array_equal(np.isnan(read.signal_mv), np.isnan(signal))
    assert np.nanmax(np.abs(read.signal_mv - signal)) < 2e-3
    assert (read.statements, read.age) == (("164889003",), "50")


def test_derived_leads_are_left_out_and_derived_again(tmp_path):
    record = replace(synthetic_record("sinus rhythm", 1), derived=("III", "aVR", "aVL", "aVF"))
    path = write_wfdb(record, tmp_path, "one", [])
    assert "aVR" not in path.read_text()
    read = read_recording(path)
    assert read.derived == record.derived
    assert np.abs(read.signal_mv - record.signal_mv).max() < 5e-3


@pytest.mark.parametrize("left", [0, 4_096, 118_784])  # the last loses less than a block: numpy then says nothing
def test_a_full_disk_is_said_and_leaves_the_earlier_recording(tmp_path, left):
    record = synthetic_record("sinus rhythm", 1)
    write_wfdb(record, tmp_path, "one", [])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with full_disk(left), pytest.raises(OSError) as caught:
        write_wfdb(synthetic_record("sinus rhythm", 2), tmp_path, "one", [])
    assert caught.value.errno in {errno.ENOSPC, errno.EFBIG}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_no_line_above_a_table_is_run_and_all_are_read_again(tmp_path):
    record = replace(
        synthetic_record("sinus rhythm", 1),
        leads=("=1+1", *synthetic_record("sinus rhythm", 1).leads[1:]),
        device_statements=("Sinus rhythm,=1+1;@b", "Second, '+c,'=d"),
    )
    write_csv(record, tmp_path / "one.csv")
    above = (tmp_path / "one.csv").read_text().partition("\n0,")[0]
    assert "Sinus rhythm,'=1+1;'@b" in above
    assert "\nsample,'=1+1 (mV),II (mV)" in above
    read = read_recording(tmp_path / "one.csv")
    assert "=1+1" in read.leads
    assert read.device_statements == record.device_statements
