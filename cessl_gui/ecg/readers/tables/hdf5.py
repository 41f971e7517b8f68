"""HDF5: the CODE layout, other arrays of recordings, and MATLAB 7.3. No links out of the file, nothing virtual."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.members import split
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import Facts
from cessl_gui.ecg.readers.tables.array_words import is_said
from cessl_gui.ecg.readers.tables.arrays import read_stack
from cessl_gui.ecg.readers.tables.hdf5_bounds import LARGEST_TEXT, Texts, attributes, check_stored
from cessl_gui.ecg.readers.tables.stacks import Arrays, Stack, stack_of

NAME = "HDF5"
SIGNATURE, MATLAB = b"\x89HDF\r\n\x1a\n", b"MATLAB 7.3"
MOST_DATASETS = 200
LARGEST_CHUNK = 1 << 28  # bytes that one read may unpack
# columns of CODE's table -> words of our statements
CODE_LABELS = {"1davb": "IAVB", "rbbb": "RBBB", "lbbb": "LBBB", "sb": "SB", "st": "STach", "af": "AF"}
TRUE = {"true", "1", "1.0", "yes"}


def claims(head: bytes, path: Path) -> bool:
    """HDF5 but for the projects' own waveforms."""
    return (head.startswith(SIGNATURE) and not _is_cache(path)) or (head.startswith(MATLAB) and SIGNATURE in head)


def _is_cache(path: Path) -> bool:
    return path.parent.parent.name == "waveforms" and path.parent.name == path.name[:2]


def members(path: Path, given: Given | None = None) -> list[Path]:
    with _opened(path) as arrays:
        return _stack(arrays, given.dataset if given else "").members()


def read(path: Path, given: Given | None = None) -> Record:
    """Read one recording; FILE#N of a file with many. A table beside a CODE file joins its labels by exam_id.

    raises : UnreadableRecording with the reason
    """
    given, (file, place) = given or Given(), split(path)
    with _opened(file) as arrays:
        stack = _stack(arrays, given.dataset)
        exams = next((a for n, a in arrays.values.items() if n.rsplit("/")[-1] == "exam_id"), None)
        facts = None
        if exams is not None and place is not None and exams.shape == stack.array.shape[:1]:
            facts = _labels(file, str(int(exams[place])))
        return read_stack(stack, place, given, facts)


@contextmanager
def _opened(path: Path) -> Iterator[Arrays]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield _arrays(path, file)
    except (OSError, RuntimeError, KeyError, ValueError) as error:  # what h5py makes of damage, by where it is
        reason = " ".join(str(error).split())[:80]
        raise UnreadableRecording(f"{path.name} is damaged HDF5 ({reason}).", "Copy or save it again.") from error


def _stack(arrays: Arrays, dataset: str = "") -> Stack:
    stack = stack_of(arrays, dataset)
    check_stored(arrays.path, getattr(stack.array, "dataset", stack.array))
    return stack


def _arrays(path: Path, file) -> Arrays:
    import h5py

    values: dict[str, Any] = {}
    said = {"": attributes(path, file, is_said)}
    is_matlab = file.userblock_size >= 512
    for name, dataset in _datasets(file, ""):
        chunk = int(np.prod(dataset.chunks)) * dataset.dtype.itemsize if dataset.chunks else 0
        if dataset.is_virtual or dataset.external or chunk > LARGEST_CHUNK or dataset.dtype.itemsize > LARGEST_TEXT:
            continue
        if h5py.check_string_dtype(dataset.dtype) and dataset.dtype.kind == "O":
            if dataset.id.get_offset() is not None and dataset.ndim < 2:
                values[name] = Texts(path, name, dataset)
        elif dataset.dtype.kind in "iufSb":
            values[name] = _Transposed(dataset) if is_matlab else dataset
            said[name] = attributes(path, dataset, is_said)
            if dataset.dtype.kind in "iuf" and dataset.fillvalue:  # what was never written
                said[name].setdefault("_FillValue", dataset.fillvalue)
            for group in map(str, PurePosixPath(name).parents):
                if group not in {".", *said}:
                    said[group] = attributes(path, file[group], is_said)
    return Arrays(path, "MATLAB" if is_matlab else NAME, values, said)


class _Transposed:
    """A MATLAB array: its axes stand the other way round in HDF5."""

    def __init__(self, dataset) -> None:
        self.dataset, self.dtype, self.ndim, self.size = dataset, dataset.dtype, dataset.ndim, dataset.size
        self.shape = dataset.shape[::-1]

    def __getitem__(self, place):
        if place == () or self.ndim < 2:
            return self.dataset[()].T
        return self.dataset[..., place].T


def _datasets(group, prefix: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    import h5py

    count = 0
    for key in group:
        link = group.get(key, getlink=True)
        if not isinstance(link, h5py.HardLink) or key.startswith("#"):  # a link could lead out of the file
            continue
        item = group[key]
        if isinstance(item, h5py.Dataset):
            yield prefix + key, item
        elif isinstance(item, h5py.Group) and depth < 3:
            yield from _datasets(item, f"{prefix}{key}/", depth + 1)
        count += 1
        if count > MOST_DATASETS:
            return


def _labels(path: Path, exam: str) -> Facts | None:
    """What the tables beside a CODE file say of an exam."""
    tables = sorted(p for p in path.parent.glob("*.csv") if p.is_file())
    for table in tables[:20]:
        row = _exams(table, table.stat().st_mtime_ns).get(exam)
        if row:
            present = [word for column, word in CODE_LABELS.items() if row.get(column, "").casefold() in TRUE]
            is_male = row.get("is_male", "").casefold()
            return Facts(
                patient=row.get("patient_id", ""),
                age=row.get("age", ""),
                sex="Male" if is_male in TRUE else "Female" if is_male else sex_word(row.get("sex", "")),
                statements=tuple(present),
            )
    return None


@lru_cache(maxsize=4)
def _exams(table: Path, changed: int) -> dict[str, dict[str, str]]:
    """The rows of a table by their exam_id, names of columns in lower case; none if it has no such column."""
    with table.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(file)
        if "exam_id" not in (rows.fieldnames or ()):
            return {}
        wanted = ("exam_id", "patient_id", "age", "sex", "is_male", *CODE_LABELS)
        kept = ({str(k).casefold(): v or "" for k, v in row.items() if str(k).casefold() in wanted} for row in rows)
        return {row["exam_id"]: row for row in kept}
