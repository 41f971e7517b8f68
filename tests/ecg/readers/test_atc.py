"""ATC files of Kardia that we encode."""

import struct
import zlib

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording
from tests.ecg.recordings import refusal


def counts(leads=1, samples=9000, seed=0):
    return np.random.default_rng(seed).integers(-900, 900, (leads, samples)).astype("<i2")


def block(name, body, checksum=sum):
    data = struct.pack("<4sI", name, len(body)) + body
    return data + struct.pack("<I", checksum(data) & 0xFFFFFFFF)


def atc(
    folder,
    rows,
    fs=300,
    step_nv=500,
    kind=1,
    checksum=sum,
    blocks=(b"ecg ", b"ecg2", b"ecg3", b"ecg4", b"ecg5", b"ecg6"),
):
    info = b"2010-12-08T15:54:23.245+10:00".ljust(32, b"\0") + b"uuid".ljust(232, b"\0")
    described = struct.pack("<BHHBH", kind, fs, step_nv, 14, 0)
    parts = [block(b"info", info, checksum), block(b"fmt ", described, checksum)]
    parts += [block(name, row.tobytes(), checksum) for name, row in zip(blocks, rows, strict=False)]
    parts += [
        block(b"avg ", rows[0][:450].tobytes(), checksum),
        block(b"ann ", struct.pack("<IIH", 300, 5, 1), checksum),
    ]
    path = folder / "k.atc"
    path.write_bytes(b"ALIVE\0\0\0" + struct.pack("<I", 3) + b"".join(parts))
    return path


@pytest.mark.parametrize("checksum", [sum, zlib.crc32])
def test_a_round_trip_is_exact(tmp_path, checksum):
    rows = counts()
    record = read_recording(atc(tmp_path, rows, checksum=checksum))
    assert np.array_equal(np.rint(record.signal_mv / 0.0005), rows)
    assert (record.leads, record.fs_hz, record.duration_s) == (("I",), 300, 30)
    assert record.recorded_at == "2010-12-08 15:54:23"
    assert not any("checksum" in warning for warning in record.warnings)


def test_six_leads_are_read_by_their_blocks(tmp_path):
    rows = counts(6)
    record = read_recording(atc(tmp_path, rows))
    assert record.leads == LEADS_12[:6]
    assert np.array_equal(np.rint(record.signal_mv / 0.0005), rows)


def test_a_wrong_checksum_is_a_warning(tmp_path):
    path = atc(tmp_path, counts())
    data = bytearray(path.read_bytes())
    data[400] ^= 1
    path.write_bytes(data)
    assert "checksum of block ecg does not match: the file may have been changed" in read_recording(path).warnings


def test_a_block_longer_than_the_file_is_refused(tmp_path):
    path = atc(tmp_path, counts())
    path.write_bytes(path.read_bytes()[:5000])
    assert "announces a block of 18,000 bytes" in refusal(path)


@pytest.mark.parametrize(("how", "says"), [({"kind": 2}, "kind 2"), ({"step_nv": 0}, "0 nV"), ({"fs": 0}, "0 Hz")])
def test_what_cannot_be_is_refused(tmp_path, how, says):
    assert says in refusal(atc(tmp_path, counts(), **how))


def test_a_file_without_samples_is_refused(tmp_path):
    assert "holds no samples" in refusal(atc(tmp_path, counts(), blocks=(b"xxxx",)))
