"""The waveform cache: one small HDF5 file per record, rebuilt from the source whenever it is lost.

A file per record, written under another name and then renamed: a crash can lose one cache entry and never damage
another, and a reader never waits for a writer.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import h5py

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.files import why
from cessl_gui.core.types import Record
from cessl_gui.store.catalog import Records

DAMAGED = (OSError, KeyError, RuntimeError, ValueError)  # what a damaged file brings about, by where it is damaged


class WaveformLost(ProjectError):
    """The cache has no readable waveform of this record; rebuild it from the source."""


class Waveforms:
    """Signals in millivolt at their own sampling rate."""

    def __init__(self, folder: Path, records: Records) -> None:
        self._folder, self._records = folder, records

    def path(self, record_id: str) -> Path:
        return self._folder / record_id[:2] / f"{record_id}.h5"

    def write(self, record: Record) -> None:
        """Keep the signal of a record, and what its device measured.

        raises : ProjectError when the disk is full
        """
        target = self.path(record.id)
        unfinished = target.with_name(f".{uuid.uuid4().hex}.tmp")
        try:
            for folder in (self._folder, target.parent):  # not the project's own, where someone has deleted that
                folder.mkdir(exist_ok=True)
            with h5py.File(unfinished, "w", libver="latest") as file:
                file.create_dataset("signal_mv", data=record.signal_mv, dtype="f4")
                file.attrs["fs_hz"] = record.fs_hz
                file.attrs["sha256"] = record.sha256
                if record.device:
                    file.create_group("device").attrs.update(record.device)
                if record.device_statements:
                    file.attrs["device_statements"] = json.dumps(record.device_statements)
            unfinished.replace(target)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise ProjectError(
                f"The waveform of {record.name} could not be cached ({why(error)}).",
                "Free some space and import again.",
            ) from error

    def read(self, record_id: str) -> Record:
        """The record with its signal.

        raises : WaveformLost when there is no readable cache file, KeyError for an unknown record
        """
        info = self._records.get(record_id)
        _, sha256, statements = self._records.source_row(record_id)
        try:
            with h5py.File(self.path(record_id), "r") as file:
                if file.attrs["sha256"] != sha256:
                    raise KeyError("sha256")
                signal = file["signal_mv"][()]
                device = _device(file)
                device_statements = tuple(json.loads(file.attrs.get("device_statements", "[]")))
            if signal.shape != (len(info.leads), info.samples):
                raise KeyError("shape")
        except DAMAGED as error:
            raise WaveformLost(f"The cached waveform of {info.name} is gone.") from error
        return Record(
            id=info.id,
            name=info.name,
            source=info.source,
            sha256=sha256,
            signal_mv=signal,
            fs_hz=info.fs_hz,
            leads=info.leads,
            derived=info.derived,
            patient=info.patient,
            recorded_at=info.recorded_at,
            age=info.age,
            sex=info.sex,
            statements=statements,
            warnings=info.warnings,
            format=info.format,
            synthetic=info.synthetic,
            device=device,
            device_statements=device_statements,
        )

    def device(self, record_id: str) -> dict[str, float]:
        """What the device measured, without reading the signal; empty where there is no readable cache file."""
        try:
            with h5py.File(self.path(record_id), "r") as file:
                return _device(file)
        except DAMAGED:
            return {}


def _device(file: h5py.File) -> dict[str, float]:
    # Files of recordings without device measurements have no such group.
    return {name: float(value) for name, value in file["device"].attrs.items()} if "device" in file else {}
