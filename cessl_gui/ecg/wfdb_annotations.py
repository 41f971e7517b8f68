"""Annotation files of WFDB in the MIT format, annot(5): entries of two bytes, read and written."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cessl_gui.core.errors import CesslError, UnreadableRecording

LARGEST_FILE = 64 << 20  # bytes
LONGEST_AUX = 255  # bytes
SKIP, NUM, SUB, CHN, AUX = range(59, 64)  # entries that say more of an annotation
LONGEST_STEP = 0x3FF  # samples, in an entry by itself
LAST_SAMPLE = 1 << 40
LAST_KIND = 49

_TODO = "Check that it is an annotation file of WFDB (such as 100.atr), and whole."


@dataclass(frozen=True)
class Entry:
    """One annotation as the file has it.

    sample  : from the start of the recording
    kind    : 1 to 49, see annot(5): 1 normal beat, 5 premature ventricular contraction, 28 rhythm change ...
    subtype, channel, number : see annot(5)
    aux     : text, without the zero byte that ends it in some files
    """

    sample: int
    kind: int
    subtype: int = 0
    channel: int = 0
    number: int = 0
    aux: str = ""


def decode(content: bytes) -> Iterator[Entry]:
    """Yield the annotations of a file, one by one.

    raises : UnreadableRecording where the file ends in the middle of an entry, or is too large
    """
    if len(content) > LARGEST_FILE:
        raise UnreadableRecording("The annotation file is larger than 64 MB.", "Split it into shorter recordings.")
    place, sample, channel, number = 0, 0, 0, 0
    entry: Entry | None = None
    while True:
        (word,) = _unpack("<H", content, place)
        place += 2
        kind, value = word >> 10, word & LONGEST_STEP
        if word == 0:
            break
        if kind == SKIP:
            high, low = _unpack("<hH", content, place)
            place += 4
            sample += (high << 16) + low
        elif kind in (NUM, CHN, SUB, AUX):
            if entry is None:
                raise UnreadableRecording("The annotation file begins in the middle of an annotation.", _TODO)
            if kind == NUM:
                number = _signed(value)
                entry = replace(entry, number=number)
            elif kind == CHN:
                channel = value & 0xFF
                entry = replace(entry, channel=channel)
            elif kind == SUB:
                entry = replace(entry, subtype=_signed(value))
            else:
                text = content[place : place + value]
                if len(text) < value:
                    raise UnreadableRecording("The annotation file ends in the middle of a text.", _TODO)
                place += value + value % 2
                entry = replace(entry, aux=text.rstrip(b"\0").decode("utf-8", "replace"))
        elif kind == 0:
            sample += value
        else:
            if entry is not None:
                yield entry
            sample += value
            if not 0 <= sample < LAST_SAMPLE:
                raise UnreadableRecording("The annotation file names a time before its recording.", _TODO)
            entry = Entry(sample, kind, channel=channel, number=number)
    if entry is not None:
        yield entry


def encode(entries: Iterable[Entry]) -> bytes:
    """Return the file that has these annotations, which come in the order of their samples.

    raises : CesslError where one cannot be said in the format
    """
    parts: list[bytes] = []
    sample, channel, number = 0, 0, 0
    for entry in entries:
        aux = entry.aux.encode("utf-8")
        step = entry.sample - sample
        if step < 0 or not 1 <= entry.kind <= LAST_KIND or len(aux) > LONGEST_AUX or not 0 <= entry.channel <= 255:
            raise CesslError("An annotation cannot be written in the MIT format.", "Shorten its text.")
        while step > LONGEST_STEP:
            leap = min(step, 0x7FFF_FFFF)
            parts.append(_word(SKIP, 0) + struct.pack("<HH", leap >> 16, leap & 0xFFFF))
            step -= leap
        parts.append(_word(entry.kind, step))
        if entry.subtype:
            parts.append(_word(SUB, entry.subtype & 0xFF))
        if entry.channel != channel:
            parts.append(_word(CHN, entry.channel))
        if entry.number != number:
            parts.append(_word(NUM, entry.number & 0xFF))
        if aux:
            parts.append(_word(AUX, len(aux)) + aux + b"\0" * (len(aux) % 2))
        sample, channel, number = entry.sample, entry.channel, entry.number
    return b"".join([*parts, b"\0\0"])


def _word(kind: int, value: int) -> bytes:
    return struct.pack("<H", kind << 10 | value)


def _signed(value: int) -> int:
    low = value & 0xFF
    return low - 256 if low > 127 else low


def _unpack(form: str, content: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, content, place)
    except struct.error:
        raise UnreadableRecording("The annotation file ends before its end mark.", _TODO) from None
