"""MFER (ISO 22077): definitions one after the other, decoded by ecgdatakit once we have walked through them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.ecgdatakit.kit import read_by
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.recording import read_bytes

NAME = "MFER"
LARGEST = 1 << 25  # bytes; each sample takes eight bytes, several times
MOST_DEFINITIONS, MOST_CHANNELS, MOST_FRAMES = 20_000, 256, 2_000
PREAMBLE, BYTE_ORDER, CHANNELS, WAVE, OF_CHANNEL, SET, END = 0x40, 0x01, 0x05, 0x1E, 0x3F, 0x67, 0x80
# length of the definitions that nearly every file has: byte order, blocks, channels, sequences, type, interval, step
SHAPES = {0x01: {1}, 0x04: {1, 2, 4}, 0x05: {1, 2, 4}, 0x06: {1, 2, 4}, 0x0A: {1}, 0x0B: {3, 4, 6}, 0x0C: {3, 4, 6}}
TEXTS = {0x02, 0x03, 0x07, 0x08, 0x09, 0x0D, 0x0E, 0x0F, 0x11, 0x12, 0x15, 0x16, 0x17, *range(0x40, 0x47), 0x67}
TEXTS |= {0x3F, *range(0x81, 0x89)}
LEAST_SHAPES = 4  # that a file without a preamble must have


class _Broken(ValueError):
    pass


def claims(head: bytes, path: Path) -> bool:
    """The preamble, or a chain of definitions, several of their known lengths, up to the samples."""
    if head[:1] == bytes([PREAMBLE]) and head[2:6] == b"MFR ":
        return True
    shapes = 0
    try:
        for tag, length, _ in _definitions(head, 0, len(head)):
            if tag == WAVE:
                return shapes >= LEAST_SHAPES
            if tag not in TEXTS and length not in SHAPES.get(tag, ()):
                return False
            shapes += tag in SHAPES
    except _Broken:
        return False
    return False


def read(path: Path, given: Given | None = None) -> Record:
    """Read the rhythm.

    raises : UnreadableRecording with the reason
    """
    data = read_bytes(path, LARGEST)
    try:
        _check(path, data)
    except _Broken as error:
        raise UnreadableRecording(f"{path.name} is damaged MFER ({error}).", "Export it again.") from error
    return read_by("mfer.MFERParser", path, NAME, given or Given())


def _check(path: Path, data: bytes) -> None:
    """raises : UnreadableRecording for more channels, frames or definitions than an ECG has"""
    frames = 0
    order: Literal["little", "big"] = "big"
    for number, (tag, length, start) in enumerate(_definitions(data, 0, len(data))):
        frames += tag == WAVE
        value = data[start : start + length]
        if tag == BYTE_ORDER:
            order = "little" if value == b"\1" else "big"
        channels = int.from_bytes(value, order) if tag == CHANNELS else 0
        if number > MOST_DEFINITIONS or frames > MOST_FRAMES or channels > MOST_CHANNELS:
            raise UnreadableRecording(
                f"{path.name} announces more channels, frames or definitions than an ECG has.", "Export it again."
            )


def _definitions(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Tag, length and start of the value of each definition, one within a set or a channel's too.

    raises : _Broken where one has no length or goes on beyond the end; the last one of a cut head may
    """
    while at < end:
        tag, at = data[at], at + 1
        if tag == 0:
            continue
        if tag == END:
            return
        if tag == OF_CHANNEL:
            while at < end and data[at] & 0x80:
                at += 1
            at += 1
        if at >= end:
            raise _Broken("it ends within a definition")
        length, at = data[at], at + 1
        if length == 0x80:
            raise _Broken("a definition has no length")
        if length > 0x80:
            width = length & 0x7F
            if width > 4:
                raise _Broken("a length has more than four bytes")
            length, at = int.from_bytes(data[at : at + width], "big"), at + width
        if tag in (SET, OF_CHANNEL):
            continue  # what is in it comes next
        yield tag, length, at
        at += length
