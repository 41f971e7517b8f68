"""One file of the waveform cache: HDF5 written so that a full disk is an error, and read so that a stranger's is one.

HDF5 ends the process where the disk fills while it closes a file, follows links to other files, and allocates what a
shape announces. So it writes through a sink that remembers the first error and never shows it one, and it reads only a
contiguous array of the shape that is expected.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5fd, h5p, h5s, h5t

from cessl_gui.core.scratch import PART, check, parts, room
from cessl_gui.core.types import Record, signal_digest

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SIGNAL, DEVICE, STATEMENTS = "signal_mv", "device", "device_statements"
SIGNAL_DIGEST, DEVICE_DIGEST = "signal_sha256", "device_sha256"
MOST_FIGURES = 64  # that a device measured
SHORT = 15 * 10_000  # values of a signal: 10 s; longer ones hardly ever have the shape of one before them
_TEXT = h5py.string_dtype()
_TEXT_IN_FILE, _SCALAR = h5t.py_create(_TEXT, logical=True), h5s.create(h5s.SCALAR)
_MARKS = ("s" * 64, "v" * 64)  # no hexadecimal digits, and as long as a digest
DAMAGED = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError)  # by where a file is damaged


class Cached(NamedTuple):
    """What a cache file holds of a Record, under the same names."""

    signal_mv: np.ndarray
    device: dict[str, float]
    device_statements: tuple[str, ...]


class _Sink(io.RawIOBase):
    """A file for HDF5 whose writes never fail; `error` is what the first one met."""

    def __init__(self, file: io.BufferedRandom | io.BytesIO) -> None:
        self._file, self._at, self._size = file, 0, 0
        self.error: OSError | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def write(self, data: ReadableBuffer) -> int:
        size = memoryview(data).nbytes
        if self.error is None:
            try:
                self._file.seek(self._at)
                self._file.write(data)
            except OSError as error:
                self.error = error.with_traceback(None)  # its frames would keep ids of HDF5
        self._at += size
        self._size = max(self._size, self._at)
        return size

    def readinto(self, buffer: WriteableBuffer) -> int:  # HDF5 asks for nothing that it has not written
        self._file.seek(self._at)
        count = self._file.readinto(buffer)
        self._at += count
        return count

    def truncate(self, size: int | None = None) -> int:
        self._size = self._at if size is None else size
        return self._size


def write(file: io.BufferedRandom | io.BytesIO, record: Record) -> None:
    """Write the signal of a record, and what its device measured, with digests of both, into an empty file.

    raises : OSError, with nothing of HDF5 left open
    """
    signal = np.ascontiguousarray(record.signal_mv, "<f4")
    digests = record.sha256, record.signal_sha256
    is_plain = not (record.device or record.device_statements) and {*map(len, digests)} == {*map(len, _MARKS)}
    if is_plain and 0 < signal.size <= SHORT:
        before, after = (_marked(part, digests) for part in _around(*signal.shape))
        file.write(b"".join([before, signal.data, after]))
        file.flush()
        return
    sink = _Sink(file)
    _fill(sink, signal, digests, record)
    if sink.error is None:
        file.flush()
    else:
        raise sink.error


@lru_cache(64)
def _around(leads: int, samples: int) -> tuple[bytes, bytes]:
    """What HDF5 writes before and after a signal of this shape, with marks in place of the digests.

    It takes HDF5 longer to write a short file than to read a recording.
    """
    signal, file = np.zeros((leads, samples), "<f4"), io.BytesIO()
    begin = _fill(_Sink(file), signal, _MARKS)
    content = file.getvalue()
    before, after = content[:begin], content[begin + signal.nbytes :]
    assert all((before + after).count(mark.encode()) == 1 for mark in _MARKS)
    return before, after


def _marked(part: bytes, digests: tuple[str, str]) -> bytes:
    for mark, digest in zip(_MARKS, digests, strict=True):
        part = part.replace(mark.encode(), digest.encode())
    return part


def _fill(sink: _Sink, signal: np.ndarray, digests: tuple[str, str], record: Record | None = None) -> int:
    """Write a file by HDF5; the byte where its signal begins, 0 for an empty one. record : with what its device said"""
    # All ids of HDF5 are gone on return: one that outlives the file ends the process.
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_libver_bounds(h5f.LIBVER_LATEST, h5f.LIBVER_LATEST)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_fileobj_driver(h5fd.fileobj_driver, sink)
    # Not by h5py.File: its wrappers cost an import a fifth of its time.
    into = h5f.create(repr(sink).encode(), h5f.ACC_TRUNC, fapl=access)
    try:
        data = h5d.create(into, SIGNAL.encode(), h5t.IEEE_F32LE, h5s.create_simple(signal.shape))
        _fill_in(data, sink, signal)
        for name, digest in zip(("sha256", SIGNAL_DIGEST), digests, strict=True):
            _note(into, name, digest)
        if record and (record.device or record.device_statements):
            _write_device(h5py.File(into), record)
        return data.get_offset() or 0
    finally:
        into.close()


def _fill_in(data: h5d.DatasetID, sink: _Sink, signal: np.ndarray) -> None:
    for leads, samples in parts(signal):
        if sink.error:
            break
        part, place = signal[leads, samples], data.get_space()
        place.select_hyperslab((leads.start, samples.start), part.shape)
        data.write(h5s.create_simple(part.shape), place, part)


def _note(into: h5f.FileID, name: str, text: str) -> None:
    """An attribute as h5py writes it for a str."""
    value = np.array(text, _TEXT)
    h5a.create(into, name.encode(), _TEXT_IN_FILE, _SCALAR).write(value)


def _write_device(file: h5py.File, record: Record) -> None:
    if record.device:
        file.create_group(DEVICE).attrs.update(record.device)
    if record.device_statements:
        file.attrs[STATEMENTS] = json.dumps(record.device_statements)
    file.attrs[DEVICE_DIGEST] = _device_digest(record.device, record.device_statements)


def read(
    path: Path,
    sha256: str,
    shape: tuple[int, int],
    digest: str = "",
    *,
    unverified: bool = False,
    first: int | None = None,
) -> Cached:
    """The signal, float32 of this shape, and what the device said.

    digest     : of the signal that it is to be; "" where that is not known, as of records of earlier versions
    unverified : take also a file without digests, as earlier versions wrote it
    first      : so many samples alone; the digest is still that of all of them, which are read in parts
    raises     : one of DAMAGED where the file is not what `write` wrote for a source of this SHA-256
    """
    with _opened(path) as file:
        if file.attrs["sha256"] != sha256:
            raise KeyError("sha256")
        data = _own(file, SIGNAL, h5py.Dataset)
        layout = data.id.get_create_plist()
        if data.dtype != np.float32 or data.shape != shape:
            raise ValueError("shape")
        # Contiguous in this file: no other file, no filter, and as many bytes as the shape says.
        if layout.get_layout() != h5py.h5d.CONTIGUOUS or layout.get_external_count() or layout.get_nfilters():
            raise ValueError("layout")
        if data.id.get_storage_size() != data.size * 4:
            raise ValueError("size")
        if SIGNAL_DIGEST not in file.attrs and not unverified:
            raise KeyError(SIGNAL_DIGEST)
        # By the catalogue too: a whole file may have been put in the place of another of the same source.
        known = {file.attrs.get(SIGNAL_DIGEST, ""), digest} - {""}
        if first is None or first >= shape[1]:
            signal = _whole(data)
            found = signal_digest(signal) if known else ""
        else:
            signal, found = _beginning(data, first)
        if known and known != {found}:
            raise ValueError(SIGNAL_DIGEST)
        return Cached(signal, *_device(file))


def _whole(data: h5py.Dataset) -> np.ndarray:
    if data.size <= PART:
        return data[()]  # without a selection, which takes as long again
    signal = room(*data.shape)
    for part in parts(signal):
        data.read_direct(signal, part, part)
    return signal


def _beginning(data: h5py.Dataset, first: int) -> tuple[np.ndarray, str]:
    """The first samples of each lead, and the digest of all, as signal_digest gives it."""
    leads, samples = data.shape
    signal, digest = np.empty((leads, first), np.float32), hashlib.sha256()
    for row in range(leads):
        for begin in range(0, samples, PART):
            part = data[row, begin : begin + PART]
            digest.update(part)
            signal[row, begin : begin + PART] = part[: max(0, first - begin)]
            check()
    return signal, digest.hexdigest()


def read_device(path: Path) -> tuple[dict[str, float], tuple[str, ...]]:
    """What the device measured and stated, without reading the signal. raises : one of DAMAGED"""
    with _opened(path) as file:
        return _device(file)


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    if not stat.S_ISREG(path.lstat().st_mode):  # a link leads elsewhere, a pipe would be waited for
        raise ValueError("not a file")
    with h5py.File(path, "r") as file:
        yield file


def _own(file: h5py.File, name: str, kind: type) -> h5py.Dataset | h5py.Group:
    """What lies in this file itself under a name."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink) or not isinstance(file[name], kind):
        raise ValueError(name)
    return file[name]


def _device(file: h5py.File) -> tuple[dict[str, float], tuple[str, ...]]:
    """What the device measured and stated; nothing of recordings without."""
    figures = _own(file, DEVICE, h5py.Group).attrs if DEVICE in file else {}
    if len(figures) > MOST_FIGURES:
        raise ValueError(DEVICE)
    device = {name: float(value) for name, value in figures.items()}
    statements = tuple(map(str, json.loads(file.attrs.get(STATEMENTS, "[]"))))
    expected = _device_digest(device, statements)
    if not all(map(math.isfinite, device.values())) or file.attrs.get(DEVICE_DIGEST, expected) != expected:
        raise ValueError(DEVICE)
    return device, statements


def _device_digest(device: Mapping[str, float], statements: Sequence[str]) -> str:
    said = [sorted((name, float(value)) for name, value in device.items()), list(statements)]
    return hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()
