"""Recordings and projects for the tasks."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.ecg.synthetic import KINDS, synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.tasks.recordings import reading_ahead
from cessl_gui.tasks.recordings.reading_ahead import read_all


@pytest.fixture(scope="session")
def six(tmp_path_factory) -> Path:
    """Six WFDB recordings with #Dx in their headers, in two folders."""
    ward = tmp_path_factory.mktemp("six") / "ward"
    for i, kind in enumerate(["atrial fibrillation", "sinus rhythm", "sinus bradycardia"] * 2):
        folder = ward / ("a" if i < 3 else "b")
        folder.mkdir(parents=True, exist_ok=True)
        write_wfdb(synthetic_record(kind, i), folder, f"ecg{i}", [f"Dx: {','.join(KINDS[kind].codes)}"])
    return ward


@pytest.fixture
def ward(six, tmp_path) -> Path:
    """A folder of six WFDB recordings with #Dx in their headers, in two folders."""
    return Path(shutil.copytree(six, tmp_path / "ward", copy_function=shutil.copy))  # files of now


@pytest.fixture(scope="session")
def four_bad(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "bad"
    folder.mkdir()
    (folder / "letter.hea").write_text("Dear colleague,\nthank you.\n")
    cut = write_wfdb(synthetic_record("sinus rhythm", 77), folder, "cut", [])
    data = cut.with_suffix(".dat")
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 3])
    for name, leads in (("one_lead", 1), ("nothing", 12)):
        record = synthetic_record("sinus rhythm", 78)
        signal = record.signal_mv[:leads].copy()
        if name == "nothing":
            signal[:] = np.nan
        write_wfdb(replace(record, signal_mv=signal, leads=record.leads[:leads]), folder, name, [])
    return folder


@pytest.fixture
def bad_files(four_bad, tmp_path) -> Path:
    """What people drop on an import beside good files."""
    return Path(shutil.copytree(four_bad, tmp_path / "bad", copy_function=shutil.copy))


@pytest.fixture
def counted(monkeypatch):
    """The paths that are really read."""
    read = []

    def reading(wanted, *more):
        read.extend(path.name for path, _ in wanted)
        return read_all(wanted, *more)

    monkeypatch.setattr(reading_ahead, "read_all", reading)
    return read
