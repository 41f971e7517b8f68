"""The stored samples of a WFDB data file, signal(5): whole numbers, block by block, in each of its formats."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers.wfdb.wfdb_header import Signal, bare_name
from cessl_gui.ecg.readers.wfdb.wfdb_mat import HEAD, Matrix, matrix, plain_frames

SHORT = 1 << 20  # bytes of a file that is read at once
BLOCK = 1 << 20  # samples of all signals read at a time
# Uncompressed formats: how many samples take how many bytes.
PACKED = {"8": (1, 1), "80": (1, 1), "16": (1, 2), "61": (1, 2), "160": (1, 2), "24": (1, 3), "32": (1, 4)}
PACKED |= {"212": (2, 3), "310": (3, 4), "311": (3, 4)}
FLAC_BITS = {"508": 8, "516": 16, "524": 24}
# What is stored where there is no value: the lowest number of the format. A file of differences has none.
MISSING = {"80": -(1 << 7), "508": -(1 << 7), "310": -(1 << 9), "311": -(1 << 9), "212": -(1 << 11)}
MISSING |= dict.fromkeys(("16", "61", "160", "516"), -(1 << 15)) | dict.fromkeys(("24", "524"), -(1 << 23))
MISSING |= {"32": -(1 << 31)}
UNIT = 6  # blocks of so many samples begin at a whole byte in every format


@dataclass(frozen=True)
class Stored:
    """One uncompressed file and the signals in it, in the order of the header.

    told  : frames by the file's own head
    whole : what is in the file, where it was read at once
    """

    path: Path
    signals: Sequence[Signal]
    told: int | None = None
    whole: bytes | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        """Samples of all its signals in one frame."""
        return sum(signal.per_frame for signal in self.signals)

    def frames(self) -> int:
        """How many whole frames the file holds."""
        held = self.path.stat().st_size if self.whole is None else len(self.whole)
        samples, taken = PACKED[self.signals[0].storage]
        frames = max(0, held - self.signals[0].offset) * samples // taken // self.width
        frames = frames if self.size(frames) <= held else frames - 1
        return frames if self.told is None else min(frames, self.told)

    def size(self, frames: int) -> int:
        """Bytes of the file up to the end of so many frames."""
        return self.signals[0].offset + _bytes(self.signals[0].storage, frames * self.width)

    def blocks(self, frames: int) -> Iterator[tuple[int, np.ndarray]]:
        """(first frame, whole numbers (frames, width)) for the first frames of the file, missing values as stored."""
        storage, width = self.signals[0].storage, self.width
        step = max(1, BLOCK // width // UNIT) * UNIT
        last = np.array([signal.first for signal in self.signals], np.int64)
        with opened(self) as file:
            file.seek(self.signals[0].offset)
            for start in range(0, frames, step):
                count = min(step, frames - start)
                raw = file.read(_bytes(storage, count * width))
                block = _decoded(storage, raw, count * width).reshape(count, width)
                if storage == "8":
                    block = self._summed(block, last)
                yield start, block

    def _summed(self, differences: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Differences as values; `last` is each signal's value before them, and after it."""
        values = np.empty(differences.shape, np.int64)
        column = 0
        for i, signal in enumerate(self.signals):
            part = slice(column, column + signal.per_frame)
            values[:, part] = last[i] + np.cumsum(differences[:, part], dtype=np.int64).reshape(len(values), -1)
            last[i], column = values[-1, part.stop - 1], part.stop
        return values


@dataclass(frozen=True)
class Flac:
    """One file of FLAC compressed signals, all with as many samples in a frame."""

    path: Path
    signals: Sequence[Signal]

    def frames(self) -> int:
        with self._open() as file:
            return max(0, file.frames - self.signals[0].offset) // self.signals[0].per_frame

    def size(self, frames: int) -> int:
        return self.path.stat().st_size

    def blocks(self, frames: int) -> Iterator[tuple[int, np.ndarray]]:
        channels, per_frame = len(self.signals), self.signals[0].per_frame
        step = max(1, BLOCK // (channels * per_frame))
        with self._open() as file:
            bits = FLAC_BITS[{"PCM_S8": "508", "PCM_16": "516", "PCM_24": "524"}[file.subtype]]
            file.seek(self.signals[0].offset)
            for start in range(0, frames, step):
                count = min(step, frames - start)
                # 32 bits, the sample in the upper ones
                block = file.read(count * per_frame, dtype="int32", always_2d=True) >> (32 - bits)
                if len(block) < count * per_frame:
                    raise UnreadableRecording(f"{self.path.name} is damaged.", "Copy the recording again.")
                yield start, block.reshape(count, per_frame, channels).swapaxes(1, 2).reshape(count, -1)

    def _open(self):
        import soundfile  # here: it loads a library that plain recordings do not need

        try:
            file = soundfile.SoundFile(self.path)
        except soundfile.LibsndfileError as error:
            raise UnreadableRecording(
                f"{self.path.name} could not be read: it is no FLAC file.", "Copy the recording again."
            ) from error
        if (file.format, file.channels) != ("FLAC", len(self.signals)) or len({s.per_frame for s in self.signals}) > 1:
            file.close()
            raise UnreadableRecording(
                f"{self.path.name} could not be read: its header describes {len(self.signals)} signals of one rate.",
                "Correct the header.",
            )
        return file


def _bytes(storage: str, samples: int) -> int:
    """How many bytes so many samples take."""
    if storage == "310" and samples % 3 == 2:  # the second of three ends in the fourth byte
        samples += 1
    together, taken = PACKED[storage]
    return -(-samples * taken // together)


def _decoded(storage: str, raw: bytes, samples: int) -> np.ndarray:
    """Stored bytes as signed whole numbers, int8 to int32."""
    match storage:
        case "8":
            return np.frombuffer(raw, "i1", samples)
        case "16":
            return np.frombuffer(raw, "<i2", samples)
        case "61":
            return np.frombuffer(raw, ">i2", samples).astype(np.int16)
        case "32":
            return np.frombuffer(raw, "<i4", samples)
        case "80":
            return np.frombuffer(raw, "u1", samples).astype(np.int16) - 128
        case "160":
            return (np.frombuffer(raw, "<u2", samples) ^ 0x8000).view(np.int16)
        case "24":
            wide = np.zeros((samples, 4), "u1")
            wide[:, 1:] = np.frombuffer(raw, "u1", 3 * samples).reshape(-1, 3)
            return wide.view("<i4")[:, 0] >> 8
        case "212":
            triples = np.frombuffer(raw + bytes(-len(raw) % 3), "u1").reshape(-1, 3).astype(np.int16)
            pairs = np.empty((len(triples), 2), np.int16)
            pairs[:, 0] = triples[:, 0] | (triples[:, 1] & 0x0F) << 8
            pairs[:, 1] = triples[:, 2] | (triples[:, 1] >> 4) << 8
            return _signed(pairs.reshape(-1)[:samples], 12)
    words = np.frombuffer(raw + bytes(-len(raw) % 4), "<u4")
    thirds = np.empty((len(words), 3), np.int16)
    if storage == "310":
        thirds[:, 0], thirds[:, 1] = words >> 1 & 0x3FF, words >> 17 & 0x3FF
        thirds[:, 2] = words >> 11 & 0x1F | (words >> 27) << 5
    else:
        thirds[:, 0], thirds[:, 1], thirds[:, 2] = words & 0x3FF, words >> 10 & 0x3FF, words >> 20 & 0x3FF
    return _signed(thirds.reshape(-1)[:samples], 10)


def _signed(values: np.ndarray, bits: int) -> np.ndarray:
    """Two's complement of so many bits as a signed number."""
    half = 1 << (bits - 1)
    return (values ^ half) - half


DataFile = Stored | Flac | Matrix


def opened(file: DataFile) -> BinaryIO:
    """A data file to be read, once more where it was read as a whole."""
    whole = file.whole if isinstance(file, Stored) else None
    return file.path.open("rb") if whole is None else io.BytesIO(whole)


def data_files(path: Path, signals: Sequence[Signal], is_all: bool) -> list[DataFile]:
    """The data files that a header's signals name, in the header's own folder.

    is_all : whether the recording has no others: a short one is then kept in memory, and opened but once
    raises : UnreadableRecording for one that is not there, or whose format is not known
    """
    together: dict[str, list[Signal]] = {}
    for signal in signals:
        together.setdefault(bare_name(signal.file), []).append(signal)
    is_alone = is_all and len(together) == 1
    return [_data_file(path, members, is_alone) for members in together.values()]


def _data_file(header: Path, signals: list[Signal], is_alone: bool) -> DataFile:
    name = signals[0].file
    spellings = dict.fromkeys(signal.file for signal in signals)
    path, *_ = [beside(header, file) for file in spellings]
    above = [file for file in spellings if ".." in file.replace("\\", "/").split("/")]
    if above and len(spellings) > 1:  # beside another spelling it is another file, which is not here
        raise UnreadableRecording(
            f"{header.name} names {path.name} in two folders ({above[0][:100]}).", "Put the recording's files together."
        )
    storage, offset = signals[0].storage, signals[0].offset
    if any((signal.storage, signal.offset) != (storage, offset) for signal in signals):
        raise UnreadableRecording(f"{header.name} gives {name} several formats or offsets.", "Correct the header.")
    if storage in FLAC_BITS:
        return Flac(path, signals)
    if storage not in PACKED:
        raise UnreadableRecording(f"{header.name} gives {name} no storage format.", "Correct the header.")
    with path.open("rb", buffering=0) as file:
        whole = file.readall() if is_alone and os.fstat(file.fileno()).st_size <= SHORT else None
        head = file.read(HEAD) if whole is None else whole[:HEAD]
    if path.suffix.lower() != ".mat":
        return Stored(path, signals, whole=whole)
    told = plain_frames(head, signals)
    if told is None:
        return matrix(path, signals, MISSING.get(storage, -(1 << 31)))
    return Stored(path, signals, told, whole)


def beside(header: Path, name: str) -> Path:
    """A file that a header names: of a path, the file of that name in the header's own folder.

    raises : UnreadableRecording if it is not there
    """
    folders, last = name.replace("\\", "/").rpartition("/")[0], bare_name(name)
    path = header.parent / last
    outside = last in {"", ".", ".."} or (folders and not path.is_file())
    inner = header.parent / folders.lstrip("/") / last
    if outside or (folders and ".." not in folders and inner.is_file() and not inner.samefile(path)):
        raise UnreadableRecording(
            f"{header.name} names a file outside its own folder ({name[:100]}).", "Put the recording's files together."
        )
    if not path.is_file():
        raise UnreadableRecording(f"{last}, the data of {header.name}, is missing.", "Put it beside the header.")
    return path
