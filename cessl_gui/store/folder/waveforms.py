"""The waveform cache: one small HDF5 file per record, rebuilt from the source whenever it is lost.

A file per record, written under another name and then renamed: a crash can lose one cache entry and never damage
another, and a reader never waits for a writer.
"""

from __future__ import annotations

import errno
import io
import os
import uuid
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from cessl_gui.core.errors import Cancelled, ProjectError
from cessl_gui.core.files import create, why
from cessl_gui.core.types import Record, RecordInfo
from cessl_gui.store.folder import project_folder
from cessl_gui.store.tables.catalog import Records

_SHARED = {f.name for f in fields(Record)} & {f.name for f in fields(RecordInfo)}


class WaveformLost(ProjectError):
    """The cache has no trustworthy waveform of this record; rebuild it from the source."""


class Waveforms:
    """Signals in millivolt at their own sampling rate."""

    def __init__(self, folder: Path, records: Records) -> None:
        self._folder, self._records = folder, records
        self._looked_at: set[Path] = set()
        self._mode = project_folder.PRIVATE

    def path(self, record_id: str) -> Path:
        return self._folder / record_id[:2] / f"{record_id}.h5"

    def write(self, record: Record, record_id: str = "", content: bytes = b"") -> None:
        """Keep the signal of a record, and what its device measured.

        record_id : under which id, where that is not the record's own
        content   : the cache file, where `cache_file.write` has made it of this record already
        raises    : ProjectError when the disk is full, or the project open for reading only
        """
        self._records.check_writable()
        from cessl_gui.store.folder import cache_file

        target = self.path(record_id or record.id)
        unfinished = target.with_name(f".{uuid.uuid4().hex}.tmp")
        try:
            with self._create(unfinished) as file:
                if content:
                    file.write(content)
                else:
                    cache_file.write(file, record)
            unfinished.replace(target)
        except Cancelled:
            unfinished.unlink(missing_ok=True)
            raise
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise ProjectError(
                f"The waveform of {record.name} could not be cached ({why(error)}).",
                "Free some space and import again.",
            ) from error

    def _create(self, path: Path) -> io.BufferedRandom:
        """Open a new file of the cache, in a folder that is made if need be and is no link. raises : OSError"""
        if path.parent in self._looked_at:  # once a session: an import writes many files into one folder
            with suppress(FileNotFoundError):
                return create(path, self._mode)
        self._mode = project_folder.file_mode(self._folder.parent)
        for folder in (self._folder, path.parent):  # not the project's own, where someone has deleted that
            folder.mkdir(mode=project_folder.folder_mode(self._mode), exist_ok=True)
            if folder.is_symlink():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._looked_at.add(path.parent)
        return create(path, self._mode)

    def read(self, record_id: str, *, unverified: bool = False, seconds: float | None = None) -> Record:
        """The record with its signal.

        seconds    : of a longer recording only its first; the digest of all of it is still checked
        unverified : take also what an earlier version kept, of which no digest says that it is whole
        raises     : WaveformLost when there is no cache file, or not the one that was written; KeyError for an unknown
                     record
        """
        from cessl_gui.store.folder import cache_file

        info = self._records.get(record_id)
        _, sha256, statements = self._records.source_row(record_id)
        try:
            shape = len(info.leads), info.samples
            digest = self._records.signal_digest(record_id)
            first = None if seconds is None else int(seconds * info.fs_hz)
            kept = cache_file.read(self.path(record_id), sha256, shape, digest, unverified=unverified, first=first)
        except cache_file.DAMAGED as error:
            raise WaveformLost(f"The cached waveform of {info.name} is gone.") from error
        same = {name: getattr(info, name) for name in _SHARED}
        return Record(**same, sha256=sha256, statements=statements, **kept._asdict())

    def forget(self, record_id: str) -> None:
        """Delete the cached signal of a record. raises : ProjectError where that cannot be"""
        try:
            self.path(record_id).unlink(missing_ok=True)
        except OSError as error:
            raise ProjectError(
                f"The cached signal of {record_id} could not be deleted ({why(error)}).",
                f"Delete {self.path(record_id)} yourself.",
            ) from error

    def device(self, record_id: str) -> dict[str, float]:
        """What the device measured, without reading the signal; empty where there is no readable cache file."""
        from cessl_gui.store.folder import cache_file

        try:
            return cache_file.read_device(self.path(record_id))[0]
        except cache_file.DAMAGED:
            return {}

    def device_statements(self, record_id: str) -> tuple[str, ...]:
        """What the device stated, without reading the signal; empty where there is no readable cache file."""
        from cessl_gui.store.folder import cache_file

        try:
            return cache_file.read_device(self.path(record_id))[1]
        except cache_file.DAMAGED:
            return ()
