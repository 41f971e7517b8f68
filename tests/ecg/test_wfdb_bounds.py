"""Small files that announce much are refused at once, before memory is taken; long recordings are read in parts."""

import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest

from cessl_gui.core import scratch
from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.wfdb import wfdb_samples
from tests.ecg.recordings import noise, refusal, with_record_line, write

resource = pytest.importorskip("resource", reason="Windows counts memory another way")


def header(folder, first, lines):
    (folder / "x.hea").write_text("\n".join([first, *lines]))
    return folder / "x.hea"


def test_4000_channels_of_one_name(tmp_path):
    (tmp_path / "x.dat").write_bytes(bytes(8000))
    path = header(tmp_path, "x 4000 250 1", ["x.dat 16 200/mV 16 0 0 0 0 II"] * 4000)
    began = time.process_time()
    assert "4,000 signals: more than an ECG has" in refusal(path)
    assert time.process_time() - began < 1


def test_as_many_channels_of_one_name_as_are_opened(tmp_path):
    np.arange(1000, dtype="<i2").tofile(tmp_path / "x.dat")
    path = header(tmp_path, "x 1000 250 1", ["x.dat 16 200/mV 16 0 0 0 0 II"] * 1000)
    began = time.process_time()
    record = read_recording(path)
    assert time.process_time() - began < 2
    assert len(set(record.leads)) == 1000


@pytest.mark.parametrize("letters", ["(", "/", "1", "1,", ")/", "a ", " 1"])
def test_a_field_without_end_takes_no_time(tmp_path, letters):
    (tmp_path / "x.dat").write_bytes(bytes(2000))
    path = header(tmp_path, "x 1 250 100", [f"x.dat 16 200{letters * 60_000}"])
    began = time.process_time()
    with suppress(UnreadableRecording):
        read_recording(path)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("alike", [True, False])
def test_20000_segments(tmp_path, alike):
    (tmp_path / "a.dat").write_bytes(bytes(20))
    (tmp_path / "a.hea").write_text("a 1 250 10\na.dat 16 200/mV 16 0 0 0 0 II\n")
    lines = [f"{'a' if alike else f's{i}'} 10" for i in range(20_000)]
    path = header(tmp_path, "x/20000 1 250 200000", lines)
    began = time.process_time()
    assert "20,000 segments" in refusal(path)
    assert time.process_time() - began < 1


def test_as_many_segments_as_are_opened(tmp_path):
    (tmp_path / "a.dat").write_bytes(bytes(20))
    (tmp_path / "a.hea").write_text("a 1 250 10\na.dat 16 200/mV 16 0 0 0 0 II\n")
    path = header(tmp_path, "x/2000 1 250 20000", ["a 10"] * 2000)
    began = time.process_time()
    assert read_recording(path).signal_mv.shape == (1, 20_000)
    assert time.process_time() - began < 3
    assert find_recordings([tmp_path]) == [path]


@pytest.mark.parametrize(
    ("first", "fields"),
    [
        ("x 1 250", "16"), ("x 1 250 0", "16"), ("x 1 250", "212"), ("x 1 250", "8"), ("x 1 250", "16x1000"),
        ("x 1 250 450000000", "16"), ("x 1 250 999999999999999", "80"), ("x 1 250 10", "16x999999999"),
        ("x 1 250 10", "16+899999999999"), ("x 1 250 10", "16:100000000"),
    ],
)  # fmt: skip
def test_900_megabytes_or_more_that_a_header_announces(tmp_path, first, fields):
    with (tmp_path / "x.dat").open("wb") as file:
        file.truncate(900_000_000)  # sparse
    path = header(tmp_path, first, [f"x.dat {fields} 200/mV 16 0 0 0 0 II"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    assert refusal(path)
    assert time.process_time() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_gaps_longer_than_any_ecg_take_no_memory(tmp_path):
    (tmp_path / "a.dat").write_bytes(bytes(20))
    (tmp_path / "a.hea").write_text("a 1 250 10\na.dat 16 200/mV 16 0 0 0 0 II\n")
    assert "too long" in refusal(header(tmp_path, "x/2 1 250 0", ["a 10", "~ 99999999999999"]))


READING = """
import resource, sys
from pathlib import Path
from cessl_gui.ecg.readers import read_recording
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
record = read_recording(Path(sys.argv[1]))
print(record.signal_mv.shape[1], len(record.leads), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("fmt", "size", "leads"), [("16", 2.0, ["I", "II"]), ("212", 1.5, ["I", "II"]), ("24", 3.0, ["V2", "V1", "II"])]
)
def test_a_long_recording_takes_little_more_than_its_signal(tmp_path, fmt, size, leads):
    samples = 2_000_000
    with (tmp_path / "x.dat").open("wb") as file:
        file.truncate(int(size * samples * len(leads)))
    path = header(tmp_path, f"x {len(leads)} 250 {samples}", [f"x.dat {fmt} 200/mV 16 0 0 0 0 {x}" for x in leads])
    run = subprocess.run([sys.executable, "-c", READING, path], capture_output=True, text=True, check=True)
    length, rows, taken = map(int, run.stdout.split())
    assert length == samples
    assert taken < (rows * samples * 4 >> 10) + 130_000  # kB


def long_one(folder, samples, leads):
    stored = np.random.default_rng(2).integers(-900, 900, (samples, len(leads))).astype("<i2")
    stored.tofile(folder / "x.dat")
    lines = [f"x.dat 16 200/mV 16 0 0 0 0 {lead}" for lead in leads]
    return header(folder, f"x {len(leads)} 250 {samples}", lines), stored.T / np.float32(200)


@pytest.mark.parametrize("gap", [0, 5000])
def test_a_signal_kept_in_a_temporary_file_has_the_same_values(tmp_path, monkeypatch, gap):
    monkeypatch.setattr(scratch, "LARGEST_IN_MEMORY", 1000)
    monkeypatch.setattr(wfdb_samples, "BLOCK", 6000)
    path, wanted = long_one(tmp_path, 20_000, ["V1", "II", "I"])
    if gap:
        (tmp_path / "m.hea").write_text(f"m/2 3 250 {gap + 20_000}\n~ {gap}\nx 20000\n")
        path = tmp_path / "m.hea"
    record = read_recording(path)
    rows = dict(zip(record.leads, record.signal_mv, strict=True))
    assert np.isnan(record.signal_mv[:, :gap]).all()
    assert np.array_equal(rows["V1"][gap:], wanted[0])
    assert np.array_equal(rows["II"][gap:], wanted[1])
    assert np.allclose(rows["III"][gap:], wanted[1] - wanted[2], atol=1e-6)
    assert not record.signal_mv.flags.writeable


def test_no_room_for_a_temporary_file_is_a_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scratch, "LARGEST_IN_MEMORY", 1000)
    monkeypatch.setattr("os.posix_fallocate", full)
    path, _ = long_one(tmp_path, 2000, ["V1"])
    assert "there is no room (No space left on device)" in refusal(path)


@pytest.mark.parametrize("fmt", ["16", "24", "212"])
def test_a_long_reading_can_be_cancelled_within_it(tmp_path, monkeypatch, fmt):
    monkeypatch.setattr(wfdb_samples, "BLOCK", 6000)
    path, _ = long_one(tmp_path, 20_000, ["V1", "II", "I"])
    path.write_text(path.read_text().replace(".dat 16", f".dat {fmt}").replace("250 20000", "250 10000"))
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled), scratch.asked(check):
        read_recording(path)


def test_of_files_of_no_declared_length_the_shortest_counts_and_that_is_said(tmp_path):
    path = write(tmp_path, noise(2), ("I", "II"))
    path.with_name("short.dat").write_bytes(path.with_suffix(".dat").read_bytes()[:1200])
    first, one, other = with_record_line(path, "r1 2 500").read_text().splitlines()
    path.write_text("\n".join([first, one, other.replace("r1.dat", "short.dat")]))
    record = read_recording(path)
    assert record.signal_mv.shape[1] == 600
    assert any("the first 30 % of r1.dat are read" in w for w in record.warnings)
