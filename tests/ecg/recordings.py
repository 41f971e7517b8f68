"""WFDB recordings that tests of the readers write."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import wfdb

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import read_recording


def write(folder: Path, signal: np.ndarray, leads=LEADS_12, name="r1", unit="mV", comments=(), fs=500):
    """The header that the wfdb package writes, beside its data; comments stand in their lines as it writes them."""
    header, data = _written(np.asarray(signal, float).tobytes(), tuple(leads), name, unit, fs)
    (folder / f"{name}.hea").write_text("\n".join([header, *(f"# {comment}" for comment in comments), ""]))
    (folder / f"{name}.dat").write_bytes(data)
    return folder / f"{name}.hea"


@cache  # the package takes 60 ms, and most tests begin with the same recording
def _written(values: bytes, leads: tuple[str, ...], name: str, unit: str, fs: float) -> tuple[str, bytes]:
    signal = np.frombuffer(values).reshape(len(leads), -1)
    with TemporaryDirectory() as folder:
        wfdb.wrsamp(
            name,
            fs=fs,
            units=[unit] * len(leads),
            sig_name=list(leads),
            p_signal=signal.T,
            fmt=["16"] * len(leads),
            write_dir=folder,
        )
        return Path(folder, f"{name}.hea").read_text().rstrip(), Path(folder, f"{name}.dat").read_bytes()


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
