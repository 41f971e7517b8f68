"""Recordings written as HDF5 in the layout of the CODE data sets: tracings (1, samples, leads), exam_id."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cessl_gui.core.scratch import parts
from cessl_gui.core.types import Record

CHUNK = 1 << 14  # samples of a lead that are compressed together; whole ones fill a part


def write_hdf5(record: Record, path: Path) -> None:
    """Write float32 in mV; rate, unit and leads are attributes, as CODE's own files do not say them.

    Length and rate stay as they are: nothing is cut, padded or resampled to CODE's 4,096 samples at 400 Hz.
    raises : OSError
    """
    import h5py

    with h5py.File(path, "w") as file:
        signal_mv, chunk = record.signal_mv, min(CHUNK, record.signal_mv.shape[1])
        tracings = file.create_dataset(
            "tracings", (1, *signal_mv.T.shape), np.float32, chunks=(1, chunk, 1), compression="gzip", shuffle=True
        )
        for leads, samples in parts(signal_mv):
            tracings[0, samples, leads] = signal_mv[leads, samples].T
        tracings.attrs["fs"] = record.fs_hz
        tracings.attrs["unit"] = "mV"
        tracings.attrs["leads"] = list(record.leads)
        file["exam_id"] = np.array([0])
        facts = {"recorded_at": record.recorded_at, "patient": record.patient, "age": record.age, "sex": record.sex}
        file.attrs.update({name: value for name, value in facts.items() if value})
