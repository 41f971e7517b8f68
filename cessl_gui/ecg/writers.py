"""Recordings written as WFDB, for other programs."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cessl_gui.core.errors import CesslError
from cessl_gui.core.types import Record


def write_wfdb(record: Record, folder: Path, name: str, comments: Sequence[str]) -> Path:
    """Write NAME.hea and NAME.dat (16 bit, mV); returns the header. Samples without a value stay without one.

    Leads that were derived on reading are left out: whoever reads the file derives them again. Earlier files of that
    name stay until both new ones are whole.
    raises : CesslError for a recording without samples, which the format cannot hold; OSError
    """
    import wfdb

    if record.signal_mv.shape[1] == 0:
        raise CesslError(f"{record.name} has no samples.")
    kept = [i for i, lead in enumerate(record.leads) if lead not in record.derived]
    signal = np.asarray(record.signal_mv[kept].T, np.float64)
    # A channel without any value cannot be scaled; wfdb wants its gain and baseline named.
    empty = ~np.isfinite(signal).any(axis=0)
    scale = {"adc_gain": [_gain(column) for column in signal.T], "baseline": [0] * len(kept)} if empty.any() else {}
    with TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
        wfdb.wrsamp(
            name,
            fs=record.fs_hz,
            units=["mV"] * len(kept),
            sig_name=[record.leads[i] for i in kept],
            p_signal=signal,
            fmt=["16"] * len(kept),
            comments=list(comments),
            write_dir=unfinished,
            **scale,
        )
        header, data = Path(unfinished, f"{name}.hea"), Path(unfinished, f"{name}.dat")
        # On a full disk numpy can lose the last samples without a word.
        if data.stat().st_size != 2 * signal.size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        for file in (data, header):
            file.replace(folder / file.name)
    return folder / header.name


def _gain(column: np.ndarray) -> float:
    peak = np.nanmax(np.abs(column)) if np.isfinite(column).any() else 0.0
    return 32000 / peak if peak else 1000.0
