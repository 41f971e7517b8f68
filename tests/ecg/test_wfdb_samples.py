"""Every storage format of WFDB is decoded to the values of the wfdb package: those of real ECGs to the bit."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.wfdb import wfdb_samples
from tests.ecg.recordings import noise, refusal, write


def rows(record):
    return dict(zip(record.leads, record.signal_mv, strict=True))


def test_real_recordings_are_the_same_bits_as_those_of_the_wfdb_package(cessl_data):
    found = find_recordings([cessl_data / name for name in ("ptbxl", "challenge", "ludb")])
    paths = [path for path in found if path.suffix == ".hea"][::41]
    same = 0
    for path in paths:
        try:
            wanted = wfdb.rdrecord(str(path.with_suffix("")), return_res=32)
        except ValueError:  # a date or a name that the package rejects
            continue
        record = read_recording(path)
        found = {name.casefold(): row for name, row in rows(record).items()}
        for name, column in zip(wanted.sig_name, wanted.p_signal.T, strict=True):
            assert found[name.casefold()].tobytes() == np.ascontiguousarray(column).tobytes()
        same += record.fs_hz == wanted.fs and record.warnings == ()
    assert same > 20


@pytest.mark.parametrize("name", ["binformats", "flacformats"])
def test_each_storage_format_gives_the_values_of_the_wfdb_package(cessl_data, name):
    path = cessl_data / "formats" / "wfdb" / name
    wanted, fields = wfdb.rdsamp(str(path))
    record = read_recording(path.with_suffix(".hea"))
    assert record.leads == tuple(fields["sig_name"])
    assert np.array_equal(record.signal_mv, wanted.T.astype(np.float32), equal_nan=True)
    assert but_of_height(record) == []  # of their checksums neither


def but_of_height(record) -> list[str]:
    """The warnings, but for the one that test signals bring about: they are taller than any ECG."""
    return [warning for warning in record.warnings if "mV high: its unit may be wrong" not in warning]


def written(folder, fmt, signal, per_frame=1, skew=None, name="r1"):
    """A record of the wfdb package with noise in one file of a format."""
    leads = ["I", "II", "V1"][: len(signal)]
    width = {"80": 8, "310": 10, "311": 10, "212": 12, "508": 8}.get(fmt, 16)
    gain = 2 ** (width - 1) / 2.5
    digital = np.round(signal * gain).astype(np.int64)
    wfdb.wrsamp(
        name, 250, ["mV"] * len(leads), leads, d_signal=digital.T, fmt=[fmt] * len(leads), adc_gain=[gain] * len(leads),
        baseline=[0] * len(leads), write_dir=str(folder),
    )  # fmt: skip
    path = folder / f"{name}.hea"
    if skew:
        lines = path.read_text().splitlines()
        lines[2] = lines[2].replace(f" {fmt} ", f" {fmt}:{skew} ", 1)
        path.write_text("\n".join(lines))
    return path, digital / gain


@pytest.mark.parametrize("samples", [398, 399, 400, 401])
@pytest.mark.parametrize("fmt", ["16", "80", "212", "24", "32", "508", "516", "524"])
def test_any_length_in_blocks_of_any_size(tmp_path, fmt, samples, monkeypatch):
    path, wanted = written(tmp_path, fmt, noise(3, samples))
    for block in (6, 12, 1 << 22):
        monkeypatch.setattr(wfdb_samples, "BLOCK", block)
        record = read_recording(path)
        assert np.abs(np.stack([rows(record)[lead] for lead in ("I", "II", "V1")]) - wanted).max() < 1e-6, block
        assert record.warnings == (), block


@pytest.mark.parametrize("fmt", ["16", "80", "212", "24", "32", "516"])
def test_a_length_that_the_header_does_not_tell_follows_from_the_file(tmp_path, fmt):
    path, _ = written(tmp_path, fmt, noise(2, 750))
    wanted = read_recording(path).signal_mv
    for length in ("", "0"):
        path.write_text(path.read_text().replace(path.read_text().splitlines()[0], f"r1 2 250 {length}"))
        assert np.array_equal(read_recording(path).signal_mv, wanted)


@pytest.mark.parametrize("fmt", ["16", "80", "212", "24", "32", "516"])
def test_a_skewed_signal_is_moved_back_as_by_the_wfdb_package(tmp_path, fmt):
    path, digital = written(tmp_path, fmt, noise(3, 600), skew=7)
    second = rows(read_recording(path))["II"]
    assert np.allclose(second[:593], digital[1, 7:], atol=1e-6)
    assert np.isnan(second[593:]).all()


@pytest.mark.parametrize("skew", [600, 100_000_000, 999_999_999])
def test_a_skew_longer_than_the_recording_is_refused_before_memory_is_taken(tmp_path, skew):
    path, _ = written(tmp_path, "16", noise(3, 600), skew=skew)
    assert f"skews II by {skew:,} samples" in refusal(path)


@pytest.mark.parametrize("fmt", ["16", "80", "212", "24", "32", "310", "311", "61", "160"])
def test_the_lowest_number_of_a_format_is_no_value(tmp_path, fmt):
    values = {"16": b"\x00\x80", "80": b"\x00", "24": b"\x00\x00\x80", "32": b"\x00\x00\x00\x80", "61": b"\x80\x00"}
    values |= {"160": b"\x00\x00", "212": b"\x00\x88\x00", "310": b"\x00\x04\x00\x84", "311": b"\x00\x02\x08\x20"}
    (tmp_path / "x.dat").write_bytes(values[fmt] * 12)
    (tmp_path / "x.hea").write_text(f"x 1 250\nx.dat {fmt} 200/mV 16 0 0 0 0 V1\n")
    assert np.isnan(read_recording(tmp_path / "x.hea").signal_mv).all()


@pytest.mark.parametrize("fmt", ["16", "61", "160", "24", "32", "212", "310", "311", "80", "8"])
@pytest.mark.parametrize("per_frame", [(2, 2), (4, 4), (5, 1)])
def test_samples_per_frame_are_never_averaged_in_any_format(tmp_path, fmt, per_frame):
    data = np.random.default_rng(3).integers(0, 256, 60 * sum(per_frame) * 4, dtype=np.uint8)
    if fmt == "311":
        data[3::4] &= 0x3F  # two bits that mean nothing, and that the wfdb package takes for one more
    (tmp_path / "x.dat").write_bytes(data.tobytes())
    lines = [f"x.dat {fmt}x{n} 200/mV 16 0 0 0 0 {lead}" for n, lead in zip(per_frame, ("V1", "V2"), strict=True)]
    (tmp_path / "x.hea").write_text("\n".join(["x 2 100 60", *lines]))
    wanted = wfdb.rdrecord(str(tmp_path / "x"), smooth_frames=False).e_p_signal
    record = read_recording(tmp_path / "x.hea")
    assert record.fs_hz == 100 * max(per_frame)
    assert np.allclose(record.signal_mv[0], wanted[0], rtol=1e-6, equal_nan=True)
    if per_frame[0] == per_frame[1]:
        assert np.allclose(record.signal_mv[1], wanted[1], rtol=1e-6, equal_nan=True)
    else:
        assert "channel V2 left out: it is sampled at 100 Hz and not 500 Hz" in record.warnings
    assert record.leads == ("V1", "V2")[: len(record.leads)]


@pytest.mark.parametrize("fmt", ["24", "32"])
def test_wide_numbers_keep_all_their_digits_below_a_large_baseline(tmp_path, fmt):
    values = 8_000_000 + np.arange(300)
    stored = values.astype("<i4").view("u1").reshape(-1, 4)[:, : int(fmt) // 8]
    (tmp_path / "x.dat").write_bytes(stored.tobytes())
    (tmp_path / "x.hea").write_text(f"x 1 250 300\nx.dat {fmt} 1000(8000000)/mV 24 0 0 0 0 V1\n")
    assert np.allclose(read_recording(tmp_path / "x.hea").signal_mv[0], np.arange(300) / 1000, atol=1e-6)


def test_one_of_several_files_that_is_shorter_is_said(tmp_path):
    (tmp_path / "a.dat").write_bytes(bytes(400))
    (tmp_path / "b.dat").write_bytes(bytes(300))
    (tmp_path / "x.hea").write_text("x 2 250 200\na.dat 16 200/mV 16 0 0 0 0 V1\nb.dat 16 200/mV 16 0 0 0 0 V2\n")
    assert "b.dat is cut off: its header promises 200 samples, it holds 75 % of them." in refusal(tmp_path / "x.hea")


@pytest.mark.parametrize("second", ["x.dat 212 200/mV", "x.dat 16+2 200/mV"])
def test_a_file_of_two_formats_or_offsets_is_refused(tmp_path, second):
    (tmp_path / "x.dat").write_bytes(bytes(4000))
    (tmp_path / "x.hea").write_text(f"x 2 250 200\nx.dat 16 200/mV 16 0 0 0 0 V1\n{second} 16 0 0 0 0 V2\n")
    assert "several formats or offsets" in refusal(tmp_path / "x.hea")


def test_a_checksum_that_does_not_match_is_said_and_one_of_zero_is_none(tmp_path):
    path, _ = written(tmp_path, "16", noise(3, 600))
    assert read_recording(path).warnings == ()
    data = bytearray(path.with_suffix(".dat").read_bytes())
    data[2] ^= 1  # the first sample of II
    path.with_suffix(".dat").write_bytes(data)
    doubt = "checksum of II does not match: the file may have been changed"
    assert read_recording(path).warnings == (doubt,)
    lines = path.read_text().splitlines()
    fields = lines[2].split()
    fields[6] = "0"
    path.write_text("\n".join([*lines[:2], " ".join(fields), *lines[3:]]))
    assert read_recording(path).warnings == ()


@pytest.mark.parametrize("fmt", ["212", "80", "24", "32", "516"])
def test_checksums_are_compared_in_every_format(tmp_path, fmt):
    path, _ = written(tmp_path, fmt, noise(3, 600))
    lines = path.read_text().splitlines()
    fields = lines[1].split()
    fields[6] = str(int(fields[6]) % 30000 + 1)
    path.write_text("\n".join([lines[0], " ".join(fields), *lines[2:]]))
    assert "checksum of I does not match" in read_recording(path).warnings[0]


def test_the_data_of_a_short_recording_are_opened_once(tmp_path, monkeypatch):
    header, opened, really = write(tmp_path, noise()), [], Path.open
    monkeypatch.setattr(Path, "open", lambda path, *how, **more: opened.append(path) or really(path, *how, **more))
    read_recording(header)
    assert opened.count(header.with_suffix(".dat")) == 1
