"""A recording written as WFDB reads back as it was."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core import scratch
from cessl_gui.core.errors import NotWritten
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import MOST_VALUES, SUFFIXES, targets, write, write_wfdb
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


@pytest.mark.parametrize("format_", ["wfdb", "hdf5", "csv"])
def test_a_long_recording_is_written_in_parts_as_it_is_at_once(tmp_path, monkeypatch, format_):
    signal = synthetic_record("sinus rhythm", 1).signal_mv.copy()
    signal[3, 700:2_200] = np.nan
    record, files = replace(synthetic_record("sinus rhythm", 1), signal_mv=signal), []
    for at_once in (True, False):
        if not at_once:
            monkeypatch.setattr(scratch, "LARGEST_IN_MEMORY", 1_000)
            monkeypatch.setattr(scratch, "PART", 999)
        files.append(targets(tmp_path / f"{at_once}" / f"one{SUFFIXES[format_][0]}", format_))
        files[-1][0].parent.mkdir()
        write(record, files[-1][0], format_)
    if format_ == "hdf5":  # its pieces lie in another order
        whole, in_parts = (read_recording(Path(f"{one}#0")).signal_mv for (one,) in files)
        assert np.array_equal(whole, in_parts, equal_nan=True)
    else:
        assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]


@pytest.mark.parametrize("format_", MOST_VALUES)
def test_what_a_format_cannot_take_in_parts_is_bounded(tmp_path, monkeypatch, format_):
    record = synthetic_record("sinus rhythm", 1)
    record = replace(record, fs_hz=record.fs_hz / 3600)  # 10 h
    monkeypatch.setitem(MOST_VALUES, format_, record.signal_mv.size // 2)
    with pytest.raises(NotWritten, match=rf"too long for {format_.upper()}: 10\.0 h; .* 5\.0 h\."):
        write(record, tmp_path / f"one{SUFFIXES[format_][0]}", format_)
    assert not list(tmp_path.iterdir())
