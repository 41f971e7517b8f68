"""WFDB recordings that tests of the readers write."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording


def write(folder: Path, signal: np.ndarray, leads=LEADS_12, name="r1", unit="mV", comments=(), fs=500):
    wfdb.wrsamp(
        name,
        fs=fs,
        units=[unit] * len(leads),
        sig_name=list(leads),
        p_signal=signal.T.astype(float),
        fmt=["16"] * len(leads),
        comments=list(comments),
        write_dir=str(folder),
    )
    return folder / f"{name}.hea"


def noise(leads=12, samples=1000):
    return np.random.default_rng(0).normal(0, 0.3, (leads, samples))


def refusal(path) -> str:
    with pytest.raises(UnreadableRecording) as caught:
        read_recording(path)
    assert caught.value.what.endswith(".")
    assert caught.value.todo
    return caught.value.what


def with_record_line(path: Path, line: str) -> Path:
    path.write_text("\n".join([line, *path.read_text().splitlines()[1:]]))
    return path
