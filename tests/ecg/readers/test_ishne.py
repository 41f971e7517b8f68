"""ISHNE Holter files that we encode."""

import binascii
import struct

import numpy as np
import pytest

from cessl_gui.ecg.readers import read_recording
from tests.ecg.recordings import refusal


def counts(leads=3, samples=3000, seed=0):
    return np.random.default_rng(seed).integers(-900, 900, (leads, samples)).astype("<i2")


def ishne(
    folder,
    rows,
    kinds=(5, 6, 11),
    step_nv=2500,
    fs=200,
    variable=b"",
    crc=None,
    announced=None,
    count=None,
    number=b"P-77",
):
    fixed = struct.pack("<4ih", len(variable), announced or rows.shape[1], 522, 522 + len(variable), 1)
    fixed += b"Jane".ljust(40, b"\0") + b"Moore".ljust(40, b"\0") + number.ljust(20, b"\0")
    fixed += struct.pack("<2h", 2, 1) + struct.pack("<9h", 8, 5, 1953, 24, 12, 2003, 25, 12, 2003)
    fixed += struct.pack("<3hh", 9, 8, 7, len(rows) if count is None else count)
    fixed += struct.pack("<12h", *[*kinds, *[-9] * 12][:12]) + struct.pack("<12h", *[0] * 12)
    fixed += struct.pack("<12h", *[step_nv] * 12) + struct.pack("<h", 0) + b"dev".ljust(40, b"\0")
    fixed = (fixed + struct.pack("<h", fs)).ljust(512, b"\0") + variable
    checksum = binascii.crc_hqx(fixed, 0xFFFF) if crc is None else crc
    path = folder / "h.ecg"
    path.write_bytes(b"ISHNE1.0" + struct.pack("<H", checksum) + fixed + rows.T.astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("variable", [b"", b"comment " * 20])
def test_a_round_trip_is_exact(tmp_path, variable):
    rows = counts()
    record = read_recording(ishne(tmp_path, rows, variable=variable))
    kept = [record.leads.index(lead) for lead in ("I", "II", "V1")]
    assert np.array_equal(np.rint(record.signal_mv[kept] / 0.0025), rows)
    assert (record.format, record.fs_hz) == ("ISHNE", 200)
    assert not any("checksum" in warning for warning in record.warnings)


def test_who_and_when_are_read(tmp_path):
    record = read_recording(ishne(tmp_path, counts()))
    assert (record.age, record.sex, record.recorded_at) == ("50", "Female", "2003-12-24 09:08:07")
    assert "P-77" not in repr(record)
    assert "Jane" not in repr(record)


def test_a_word_for_nobody_as_the_number_does_not_hide_the_name(tmp_path):
    one, other = (read_recording(ishne(tmp_path, counts(), number=number)) for number in (b"", b"not on file"))
    assert one.patient == other.patient != ""


def test_a_wrong_checksum_is_a_warning(tmp_path):
    assert any("checksum" in warning for warning in read_recording(ishne(tmp_path, counts(), crc=1)).warnings)


def test_leads_without_a_name_are_channels(tmp_path):
    assert read_recording(ishne(tmp_path, counts(), kinds=(0, 1, 17))).leads == ("channel 1", "channel 2", "ES")


def test_the_fault_sample_is_no_value(tmp_path):
    rows = counts()
    rows[2, 5] = -32768
    record = read_recording(ishne(tmp_path, rows))
    assert np.flatnonzero(np.isnan(record.signal_mv[record.leads.index("V1")])).tolist() == [5]


def test_a_file_cut_off_opens_with_what_is_there(tmp_path):
    record = read_recording(ishne(tmp_path, counts(), announced=9000))
    assert any("3,000 of 9,000" in warning for warning in record.warnings)


@pytest.mark.parametrize(
    ("how", "says"), [({"count": 300}, "300 leads"), ({"fs": 0}, "0 Hz"), ({"step_nv": 0}, "step")]
)
def test_what_cannot_be_is_refused(tmp_path, how, says):
    assert says in refusal(ishne(tmp_path, counts(), **how))


def test_a_header_cut_off_is_refused(tmp_path):
    path = ishne(tmp_path, counts())
    path.write_bytes(path.read_bytes()[:300])
    assert "cut off within its header" in refusal(path)


def test_ecgdatakit_reads_the_same(tmp_path):
    ecgdatakit = pytest.importorskip("ecgdatakit")
    path = ishne(tmp_path, counts())
    record = read_recording(path)
    for lead in ecgdatakit.FileParser().parse(str(path)).leads:
        uv = np.asarray(lead.samples) * {"mV": 1000, "uV": 1}[lead.units]
        assert np.abs(1000 * record.signal_mv[record.leads.index(lead.label)] - uv).max() <= 1e-2
