"""ISHNE Holter files: 16-bit samples of up to 12 leads, checked by a CRC over the header."""

from __future__ import annotations

import binascii
import struct
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg import patients
from cessl_gui.ecg.readers.recording import (
    LARGEST_SIGNAL,
    UNPROVED,
    Facts,
    checked_size,
    file_sha256,
    file_size,
    recording,
    signal_of,
)

NAME = "ISHNE"
MAGIC = b"ISHNE1.0"
HEADER_BYTES, CHECKED_FROM = 522, 10
MOST_LEADS = 12
# CRC, bytes of the variable block, samples, where the variable block and the samples begin, version
FIRST = struct.Struct("<8sH4ih")
# sex, race; day, month, year of birth, recording and file; start; number of leads, kinds, qualities, nV steps
SECOND = struct.Struct("<2h3h3h3h3hh12h12h12h")
NAMES = {0: "", 1: "", 2: "X", 3: "Y", 4: "Z", 5: "I", 6: "II", 7: "III", 8: "aVR", 9: "aVL", 10: "aVF",
         11: "V1", 12: "V2", 13: "V3", 14: "V4", 15: "V5", 16: "V6", 17: "ES", 18: "AS", 19: "AI"}  # fmt: skip


def _day(written: list[int]) -> str:
    """Day, month and year as a date; "" where one of them is not known."""
    return "{2:04}-{1:02}-{0:02}".format(*written) if min(written) > 0 else ""


def claims(head: bytes, path: Path) -> bool:
    return head.startswith(MAGIC)


def read(path: Path) -> Record:
    """Read a Holter recording whole.

    raises : UnreadableRecording with the reason
    """
    size = file_size(path, 2 * LARGEST_SIGNAL)
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
        if len(head) < HEADER_BYTES:
            raise UnreadableRecording(f"{path.name} is cut off within its header.", "Copy the recording again.")
        _, crc, variable, announced, _, begin, _ = FIRST.unpack_from(head)
        begin = HEADER_BYTES + variable if begin <= 0 else begin
        if not 0 <= variable <= size or not HEADER_BYTES <= begin <= size:
            raise UnreadableRecording(f"{path.name} says that its samples begin beyond its end.", "Copy it again.")
        checked = head[CHECKED_FROM:] + file.read(variable)
    sex, _, *rest = SECOND.unpack_from(head, 128)
    birth, recorded, start = rest[0:3], rest[3:6], rest[9:12]
    count, kinds, steps_nv = rest[12], rest[13:25], rest[37:49]
    fs_hz = struct.unpack_from("<h", head, 272)[0]
    if not 0 < count <= MOST_LEADS:
        raise UnreadableRecording(f"{path.name} announces {count} leads.", "Copy the recording again.")
    if min(steps_nv[:count]) <= 0:
        raise UnreadableRecording(f"{path.name} does not state the step of each lead.", "Export it again.")
    samples = (size - begin) // (2 * count)
    recorded_at = f"{_day(recorded)} {'{:02}:{:02}:{:02}'.format(*start)}"
    facts = Facts(
        patient=patients.named(_text(head[108:128])) or f"{_text(head[28:68])} {_text(head[68:108])}".strip(),
        recorded_at=recorded_at,
        birth=_day(birth),
        sex={1: "Male", 2: "Female"}.get(sex, ""),
        warnings=[UNPROVED],
    )
    if crc and crc != binascii.crc_hqx(checked, 0xFFFF):
        facts.warnings.append("checksum of the header does not match: the file may have been changed")
    if announced > samples:
        facts.warnings.append(f"the file is cut off: {samples:,} of {announced:,} samples are there")
    checked_size(path, count, samples)
    stored = np.memmap(path, "<i2", "r", begin, (samples, count)) if samples else np.empty((0, count), "<i2")
    names = [NAMES.get(kind, "") or f"channel {i + 1}" for i, kind in enumerate(kinds[:count])]
    signal = signal_of(stored.T, names, [step * 1e-6 for step in steps_nv[:count]], facts.warnings)
    return recording(path, file_sha256(path), NAME, signal, names, fs_hz, facts)


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("latin-1").strip()
