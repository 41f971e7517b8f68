"""MATLAB files beside WFDB headers: whether one is the kind that its header describes, and the matrix `val` where not.

Challenge recordings are MATLAB 4 files of 16-bit numbers with a head of 24 bytes, read as plain samples. One that was
saved again may hold doubles, or be a MATLAB 5 file with a head of its own: then its matrix is read as it is.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers.wfdb.wfdb_header import Signal

LARGEST_FILE = 1 << 26  # bytes, also of what is unpacked from one
HEAD = 20  # bytes before the name of a version 4 matrix
MOST_VARIABLES = 100
V4_TYPES = {0: "f8", 1: "f4", 2: "i4", 3: "i2", 4: "u2", 5: "u1"}
V5_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
MATRIX, COMPRESSED = 14, 15
NUMERIC_CLASSES = range(6, 16)
COMPLEX = 0x0800


@dataclass(frozen=True)
class Matrix:
    """A MATLAB file that is read through its matrix; as `wfdb_samples.Stored`."""

    path: Path
    signals: Sequence[Signal]
    values: np.ndarray = field(repr=False)  # (frames, width)

    def frames(self) -> int:
        return len(self.values)

    def size(self, frames: int) -> int:
        return self.path.stat().st_size

    def blocks(self, frames: int) -> Iterator[tuple[int, np.ndarray]]:
        yield 0, self.values[:frames]


def plain_frames(head: bytes, signals: Sequence[Signal]) -> int | None:
    """Frames of a version 4 matrix of 16-bit numbers, a signal a row, that begins where the header says; else None.

    head : the first HEAD bytes of its file
    """
    if len(head) < HEAD or signals[0].storage != "16":
        return None
    kind, rows, columns, imaginary, name = struct.unpack("<5i", head)
    width = sum(signal.per_frame for signal in signals)
    return max(0, columns) if (kind, rows, imaginary, HEAD + name) == (30, width, 0, signals[0].offset) else None


def matrix(path: Path, signals: Sequence[Signal], missing: int) -> Matrix:
    """The matrix `val` of a .mat file, or its only one; what has no value in it becomes `missing`.

    raises : UnreadableRecording where it has not as many rows or columns as the header has signals
    """
    if path.stat().st_size > LARGEST_FILE:
        raise UnreadableRecording(f"{path.name} is too large for a MATLAB file of an ECG.", "Split it.")
    data = path.read_bytes()
    if data.startswith(b"MATLAB 7.3"):
        raise UnreadableRecording(
            f"{path.name} is a MATLAB 7.3 file; its header describes a MATLAB 4 file.",
            "Save its matrix val again as version 4 or 5.",
        )
    version_5 = data[124:128] in (b"\x00\x01IM", b"\x01\x00MI")
    kind = "MATLAB 5" if version_5 else "MATLAB 4"
    try:
        values = _val(_version_5(data) if version_5 else _version_4(data))
    except (struct.error, ValueError, KeyError, zlib.error, OverflowError) as error:
        raise UnreadableRecording(
            f"{path.name} is damaged, or no MATLAB file that this program reads.", "Save its matrix val again."
        ) from error
    if values is None or values.dtype.kind not in "iuf":
        raise UnreadableRecording(
            f"{path.name} is a {kind} file without a matrix of real numbers named val.", "Give its matrix that name."
        )
    width = sum(signal.per_frame for signal in signals)
    if width not in values.shape:
        raise UnreadableRecording(
            f"{path.name} is a {kind} file with a matrix of {values.shape[0]:,} by {values.shape[1]:,}; its header "
            f"describes {width} signals.",
            "Correct the header.",
        )
    return Matrix(path, signals, _whole(values.T if values.shape[0] == width else values, missing))


def variables(data: bytes) -> dict[str, np.ndarray]:
    """The numeric variables of a MATLAB 4 or 5 file, of at most three dimensions, by name.

    raises : ValueError, struct.error and others of damaged data
    """
    matrices = _version_5(data) if data.startswith(b"MATLAB 5.0") else _version_4(data)
    return dict(islice(matrices, MOST_VARIABLES))


def _val(matrices: Iterator[tuple[str, np.ndarray]]) -> np.ndarray | None:
    others = []
    for name, values in islice(matrices, MOST_VARIABLES):
        if values.ndim != 2:
            continue
        if name == "val":
            return values
        others.append(values)
    return others[0] if len(others) == 1 else None


def _version_4(data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    position = 0
    while position < len(data) or not position:
        order = "<" if struct.unpack_from("<i", data, position)[0] in range(0, 1000) else ">"
        kind, rows, columns, imaginary, length = struct.unpack_from(f"{order}5i", data, position)
        if kind // 1000 != (order == ">") or kind % 10 or min(rows, columns, length) < 0 or imaginary not in (0, 1):
            raise ValueError("no head of a matrix")
        type_ = np.dtype(order + V4_TYPES[kind // 10 % 10])
        name = data[position + 20 : position + 20 + length].rstrip(b"\0").decode("latin-1")
        begin = position + 20 + length
        count = rows * columns
        values = np.frombuffer(data, type_, count, begin).reshape(rows, columns, order="F")
        yield name, values.astype(complex) if imaginary else values
        position = begin + count * type_.itemsize * (1 + imaginary)


def _version_5(data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    order = "<" if data[126:128] == b"IM" else ">"
    left = LARGEST_FILE
    for kind, body in islice(_elements(data[128:], order), MOST_VARIABLES):
        if kind == COMPRESSED:
            inflater = zlib.decompressobj()
            inner = inflater.decompress(body, left)
            left -= len(inner)
            if inflater.unconsumed_tail or not left:
                raise ValueError("larger than a matrix of an ECG")
            kind, body = next(_elements(inner, order), (0, b""))
        if kind == MATRIX:
            yield from _matrix_5(body, order)


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """(type, content) of the elements of a version 5 file, or of a part of it."""
    position = 0
    while position + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}2I", data, position)
        if kind >> 16:  # a small one: size and type share a word, the content follows in the next
            kind, size, begin = kind & 0xFFFF, kind >> 16, position + 4
            position += 8
        else:
            begin = position + 8
            position = begin + size + (-size % 8 if kind != COMPRESSED else 0)
        if begin + size > len(data):
            raise ValueError("cut off")
        yield kind, data[begin : begin + size]


def _matrix_5(body: bytes, order: str) -> Iterator[tuple[str, np.ndarray]]:
    """The name and the values of a numeric matrix of two or three dimensions; nothing for other variables."""
    (_, flag_bytes), (_, shape_bytes), (_, name), *parts = islice(_elements(body, order), 4)
    flags, shape = struct.unpack_from(f"{order}I", flag_bytes)[0], np.frombuffer(shape_bytes, f"{order}i4")
    if flags & 0xFF not in NUMERIC_CLASSES or len(shape) not in (2, 3) or not parts:
        return
    kind, content = parts[0]
    values = np.frombuffer(content, order + V5_TYPES[kind]).reshape(shape, order="F")
    yield name.decode("latin-1"), values.astype(complex) if flags & COMPLEX else values


def _whole(values: np.ndarray, missing: int) -> np.ndarray:
    """Whole numbers as such, whatever type they were saved in."""
    if values.dtype.kind == "f":
        values = np.where(np.isfinite(values), values, missing)
        if np.abs(values).max(initial=0) >= 1 << 31 or not np.array_equal(values, np.rint(values)):
            return values
    return values.astype(np.int64)
