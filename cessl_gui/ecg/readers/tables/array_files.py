"""NPY, NPZ and MATLAB files up to version 5: arrays without anything that could run or unpack to more than it says."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.members import split
from cessl_gui.ecg.readers.recording import LARGEST_FILE, file_size, read_bytes
from cessl_gui.ecg.readers.tables.arrays import read_stack
from cessl_gui.ecg.readers.tables.stacks import Arrays, stack_of
from cessl_gui.ecg.readers.wfdb.wfdb_mat import variables

NAME = "NPY, NPZ, MATLAB"
NPY, MAT_5, ZIP = b"\x93NUMPY", b"MATLAB 5.0", b"PK\x03\x04"
LARGEST_ARRAYS = 1 << 29  # bytes of all arrays of a file, unpacked
MOST_ARRAYS = 200


def claims(head: bytes, path: Path) -> bool:
    return head.startswith((NPY, MAT_5)) or (head.startswith(ZIP) and b".npy" in head[:200]) or _is_matlab_4(head)


def members(path: Path, given: Given | None = None) -> list[Path]:
    return stack_of(_arrays(path), given.dataset if given else "").members()


def read(path: Path, given: Given | None = None) -> Record:
    """Read one recording; FILE#N of a file with many.

    raises : UnreadableRecording with the reason
    """
    given, (file, place) = given or Given(), split(path)
    return read_stack(stack_of(_arrays(file), given.dataset), place, given)


def _is_matlab_4(head: bytes) -> bool:
    """The head of a matrix: type, rows, columns, imaginary, length of a name that ends in NUL and is a name."""
    if len(head) < 24:
        return False
    kind, rows, columns, imaginary, length = np.frombuffer(head[:20], "<i4").tolist()
    name = head[20 : 20 + length - 1] if 1 < length <= 64 else b""
    known = kind in {0, 10, 20, 30, 40, 50} and imaginary == 0 and 0 < rows < 1 << 24 and 0 < columns < 1 << 24
    return known and name.isascii() and name.decode("ascii", "replace").isidentifier()


def _arrays(path: Path) -> Arrays:
    with path.open("rb") as file:
        head = file.read(16)
    try:
        if head.startswith(NPY):
            return Arrays(path, "NPY", {"data": _npy(path)})
        if head.startswith(ZIP):
            return Arrays(path, "NPZ", _npz(path))
        return Arrays(path, "MATLAB", {n: v for n, v in variables(read_bytes(path)).items() if v.dtype.kind != "c"})
    except UnreadableRecording:
        raise
    except Exception as error:  # whatever damaged data bring about
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise UnreadableRecording(f"{path.name} is damaged ({reason}).", "Copy or save it again.") from error


def _npy(path: Path) -> np.ndarray:
    size = file_size(path, 1 << 40)
    with path.open("rb") as file:
        _check_head(path, file, size)
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _npz(path: Path) -> dict[str, np.ndarray]:
    file_size(path, LARGEST_FILE)
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")][:MOST_ARRAYS]
        if sum(entry.file_size for entry in entries) > LARGEST_ARRAYS:
            raise UnreadableRecording(f"{path.name} unpacks to more than we open.", "Split it.")
        for entry in entries:
            with archive.open(entry) as file:
                data = file.read(entry.file_size + 1)  # no more than it says
            if not _is_text(data):
                _check_head(path, BytesIO(data), len(data))
            arrays[entry.filename.removesuffix(".npy")] = np.load(BytesIO(data), allow_pickle=False)
    return arrays


def _is_text(data: bytes) -> bool:
    return b"'<U" in data[:128] or b"'|S" in data[:128]


def _check_head(path: Path, file, size: int) -> None:
    """raises : UnreadableRecording where an array would run something, or claims more than the file holds"""
    version = np.lib.format.read_magic(file)
    read_head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = read_head(file)
    if kind.hasobject:
        raise UnreadableRecording(
            f"{path.name} holds pickled objects, which could run anything.", "Save it as plain numbers."
        )
    wanted = kind.itemsize
    for length in shape:
        wanted *= length
    if wanted > size - file.tell():
        raise UnreadableRecording(f"{path.name} announces more samples than it holds.", "Copy or save it again.")
