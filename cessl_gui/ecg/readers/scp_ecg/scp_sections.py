"""The sections of an SCP-ECG record (EN 1064): where they lie, whether they are whole, and the layout of the signal."""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass, field
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording

RECORD_HEADER, HEADER = 6, 16  # bytes before section 0, and before what each section holds
POINTER = struct.Struct("<HII")  # section, its bytes, its first byte counted from 1
LEAD = struct.Struct("<IIB")  # first and last sample, counted from 1, and lead number
BEAT = struct.Struct("<HIII")  # type, first sample, fiducial point and last sample
AREA = struct.Struct("<II")  # first and last sample
NEEDED = {3: "leads", 6: "rhythm"}
MOST_POINTERS = 1024


@dataclass(frozen=True)
class Lead:
    """Of one lead: its number in EN 1064, and its first and last sample, counted from 1."""

    first: int
    last: int
    number: int

    @property
    def samples(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Beat:
    """Where a reference beat of this type was subtracted; samples counted from 1."""

    type: int
    first: int
    fiducial: int
    last: int


@dataclass
class Beats:
    """Section 4. milliseconds: length of the reference beat; fiducial: its sample, counted from 1; protected: the first
    and last samples of what is not decimated"""

    milliseconds: int
    fiducial: int
    beats: list[Beat] = field(default_factory=list)
    protected: list[tuple[int, int]] = field(default_factory=list)


def is_record(head: bytes) -> bool:
    """Whether a record begins so: section 0, whose first pointer is to itself. What it calls itself may be missing."""
    if len(head) < RECORD_HEADER + HEADER + POINTER.size:
        return False
    section, length = struct.unpack_from("<HI", head, RECORD_HEADER + 2)
    number, size, place = POINTER.unpack_from(head, RECORD_HEADER + HEADER)
    whole = HEADER + POINTER.size <= length <= HEADER + MOST_POINTERS * POINTER.size
    itself = (number, place) == (0, RECORD_HEADER + 1) and size == length
    return section == 0 and whole and (itself or head[16:22] == b"SCPECG")


def sections(path: Path, data: bytes, warnings: list[str]) -> dict[int, bytes]:
    """What each section holds, without its header; damage that leaves something is said, not refused.

    raises : UnreadableRecording where the leads or the rhythm are not there
    """
    announced = int.from_bytes(data[2:6], "little")
    if announced > len(data):
        warnings.append(f"the file is cut off: {len(data):,} of {announced:,} bytes are there")
    elif binascii.crc_hqx(data[2:announced], 0xFFFF) != int.from_bytes(data[:2], "little"):
        warnings.append("checksum of the file does not match: it may have been changed")
    found: dict[int, bytes] = {}
    for number, size, place in _pointers(data):
        if number in found or size <= HEADER or place <= RECORD_HEADER:
            continue
        section = data[place - 1 : place - 1 + size]
        if len(section) < HEADER or int.from_bytes(section[2:4], "little") != number:
            warnings.append(f"section {number} is not where the file says")
            continue
        if len(section) < size:
            warnings.append(f"section {number} is cut off")
        elif binascii.crc_hqx(section[2:], 0xFFFF) != int.from_bytes(section[:2], "little"):
            warnings.append(f"checksum of section {number} does not match: the file may have been changed")
        found[number] = section[HEADER:]
    for number, what in NEEDED.items():
        if number not in found:
            raise UnreadableRecording(
                f"{path.name} is SCP-ECG without its {what} (section {number}).", "Export it with its waveforms."
            )
    return found


def _pointers(data: bytes) -> list[tuple[int, int, int]]:
    length = min(int.from_bytes(data[10:14], "little"), HEADER + MOST_POINTERS * POINTER.size)
    begin, end = RECORD_HEADER + HEADER, min(RECORD_HEADER + length, len(data))
    held = data[begin : begin + (end - begin) // POINTER.size * POINTER.size]
    return [pointer for pointer in POINTER.iter_unpack(held) if pointer[0]]


def leads(path: Path, section: bytes) -> tuple[list[Lead], bool]:
    """Section 3: the leads, and whether a reference beat was subtracted from them.

    raises : UnreadableRecording for leads that cannot be
    """
    count = section[0] if section else 0
    if not count or len(section) < 2 + count * LEAD.size:
        raise UnreadableRecording(
            f"{path.name} announces {count} leads and describes {max(0, len(section) - 2) // LEAD.size}.",
            "Copy or export it again.",
        )
    found = [Lead(*values) for values in LEAD.iter_unpack(section[2 : 2 + count * LEAD.size])]
    if any(lead.first > lead.last for lead in found):
        raise UnreadableRecording(f"{path.name} has a lead that ends before it begins.", "Copy or export it again.")
    return found, bool(section[1] & 1)


def beats(section: bytes) -> Beats | None:
    """Section 4; None where it is missing or cut off."""
    if len(section) < 6:
        return None
    milliseconds, fiducial, count = struct.unpack_from("<3H", section)
    end = 6 + count * BEAT.size
    if end > len(section):
        return None
    found = [Beat(*values) for values in BEAT.iter_unpack(section[6:end])]
    held = section[end : end + count * AREA.size]
    areas = AREA.iter_unpack(held) if len(held) == count * AREA.size else ()
    return Beats(milliseconds, fiducial, found, sorted(area for area in areas if 0 < area[0] <= area[1]))
