"""Of a recording that lies in a temporary file little is in memory at a time, whatever is done with it."""

import tracemalloc
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core import scratch
from cessl_gui.core.task import NOBODY_WAITS, Stop, Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.given import parse
from cessl_gui.ecg.readers.tables import body
from cessl_gui.ecg.writers.dicom_file import write_dicom
from cessl_gui.tasks.recordings.importing import BEGINNING_S, import_paths, read_waveform
from tests.ecg.readers.test_edf import edf
from tests.ecg.readers.test_ishne import ishne

SAMPLES = 1_000_000  # 67 minutes
STORED = np.tile(np.random.default_rng(0).integers(-900, 900, (12, 10_000)).astype("<i2"), SAMPLES // 10_000)
MOST = STORED.size * 4 * 0.75  # bytes; the signal takes 48 MB


def peak_bytes(work) -> int:
    """By how much the resident memory of this process grows at most while something is done."""
    status, marks = Path("/proc/self/status"), Path("/proc/self/clear_refs")

    def held(name: str) -> int:
        return int(status.read_text().partition(f"{name}:")[2].split()[0]) << 10

    try:
        marks.write_text("5")  # the highest so far is forgotten
    except OSError:
        pytest.skip("only Linux tells")
    before = held("VmRSS")
    work()
    return held("VmHWM") - before


@pytest.fixture(autouse=True)
def in_files(monkeypatch):
    monkeypatch.setattr(scratch, "LARGEST_IN_MEMORY", 1 << 20)


def wfdb(folder: Path) -> Path:
    STORED.T.tofile(folder / "day.dat")
    lines = [f"day.dat 16 1000/mV 16 0 0 0 0 {lead}" for lead in LEADS_12]
    (folder / "day.hea").write_text("\n".join([f"day 12 250 {SAMPLES}", *lines]))
    return folder / "day.hea"


def mixed_edf(folder: Path) -> Path:
    """Its leads stand in another order than ours."""
    return edf(folder, STORED, labels=[f"ECG {lead}" for lead in reversed(LEADS_12)], per_record=250, seconds=1)


def holter(folder: Path) -> Path:
    return ishne(folder, STORED, kinds=range(5, 17), step_nv=1000)


@pytest.mark.parametrize("make", [wfdb, mixed_edf, holter])
def test_reading(tmp_path, make):
    path, records = make(tmp_path), []
    (tmp_path / "short").mkdir()
    read_recording(ishne(tmp_path / "short", STORED[:3, :1000]))  # brings what it needs
    assert peak_bytes(lambda: records.append(read_recording(path))) < MOST
    assert records[0].signal_mv.shape == STORED.shape
    row = STORED[11 if make is mixed_edf else 0]
    expected = row[-9999:] / (10_000 if make is mixed_edf else 1000)
    assert np.allclose(records[0].signal_mv[0, -9999:], expected, atol=1e-6)


def test_a_long_dicom_file_is_held_three_times_at_most(tmp_path):
    """As bytes of the file and of its samples; each channel was held as four arrays."""
    write_dicom(read_recording(wfdb(tmp_path)), tmp_path / "long.dcm", deidentified=False)
    assert peak_bytes(lambda: read_recording(tmp_path / "long.dcm")) < 3.5 * STORED.nbytes


def test_lines_of_a_long_table_are_not_held_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(body, "LOOKED_THROUGH", 1 << 16)
    path = tmp_path / "long.csv"
    path.write_text("II\n" + "".join(f"{count / 1000:.3f}\n" for count in STORED[0, :200_000]))
    tracemalloc.start()
    record = read_recording(path, parse(["fs=250", "unit=mV"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * path.stat().st_size
    assert np.allclose(record.signal_mv, STORED[:1, :200_000] / 1000, atol=1e-6)


def test_an_import_and_what_reads_it_again(tmp_path, project):
    path = wfdb(tmp_path)
    assert peak_bytes(lambda: import_paths(project, [path], NOBODY_WAITS)) < MOST
    (record_id,) = project.records.ids()
    expected = STORED / np.float32(1000)
    kept = project.waveforms.path(record_id)
    kept.unlink()
    assert peak_bytes(lambda: read_waveform(project, record_id, BEGINNING_S)) < MOST
    assert np.array_equal(project.waveforms.read(record_id).signal_mv, expected)


@pytest.mark.parametrize("part", ["read", "digest", "write"])
def test_an_import_is_cancelled_in_the_midst_of_a_recording(tmp_path, project, monkeypatch, part):
    """What was read before it is kept; of itself nothing, and no file."""
    (tmp_path / "a.dat").write_bytes(STORED[:1, :5000].tobytes())
    (tmp_path / "a.hea").write_text("a 1 250 5000\na.dat 16 1000/mV 16 0 0 0 0 II")
    wfdb(tmp_path)
    begun, asked = [], []
    of_part = {
        "read": ("cessl_gui.ecg.readers.wfdb.wfdb_format", "signal_mv"),
        "digest": ("cessl_gui.tasks.recordings.reading_ahead", "signal_digest"),
        "write": ("cessl_gui.store.folder.cache_file", "_fill_in"),
    }
    module, name = import_module(of_part[part][0]), of_part[part][1]
    inner = getattr(module, name)

    def outer(*given):
        lengths = [getattr(given[0], "frames", 0), *(x.shape[1] for x in given if isinstance(x, np.ndarray))]
        begun.extend([1] if SAMPLES in lengths else [])
        return inner(*given)

    def stop():
        asked.extend([1] if begun else [])
        return Stop.CANCEL if len(asked) > 3 else None

    monkeypatch.setattr(module, name, outer)
    result = import_paths(project, [tmp_path], Task(stop_requested=stop))
    assert result.cancelled
    assert [info.name for info in project.records.all()] == ["a"]
    assert [path.suffix for path in project.folder.glob("waveforms/*/*")] == [".h5"]
