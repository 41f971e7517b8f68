"""ATC, the files of AliveCor's Kardia: blocks of 16-bit samples, one a lead. Their checksum is the sum of the bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.readers.recording import (
    UNPROVED,
    Facts,
    checked_size,
    read_bytes,
    recording,
    sha256,
    signal_of,
)

NAME = "ATC (Kardia)"
MAGIC = b"ALIVE\0\0\0"
HEAD = 12  # signature and version
LEAD_OF_BLOCK = dict(zip((b"ecg" + bytes([mark]) for mark in b" 23456789abc"), LEADS_12, strict=True))
FORMAT = struct.Struct("<BHH")  # 1: 16 bits; samples a second; nV of a step


def claims(head: bytes, path: Path) -> bool:
    return head.startswith(MAGIC)


def read(path: Path) -> Record:
    """Read the leads of a Kardia recording.

    raises : UnreadableRecording with the reason
    """
    data = read_bytes(path)
    facts, rows, described = Facts(warnings=[UNPROVED]), {}, None
    for name, body in _blocks(path, data, facts.warnings):
        if name == b"fmt " and len(body) >= FORMAT.size:
            described = FORMAT.unpack_from(body)
        elif name == b"info":
            facts.recorded_at = body[:32].split(b"\0")[0].decode("latin-1")
        elif name in LEAD_OF_BLOCK:
            rows[LEAD_OF_BLOCK[name]] = np.frombuffer(body[: len(body) // 2 * 2], "<i2")
    if not described or not rows:
        missing = "samples" if described else "description of its samples"
        raise UnreadableRecording(f"{path.name} holds no {missing}.", "Export it from Kardia again.")
    kind, fs_hz, step_nv = described
    if kind != 1 or not step_nv:
        raise UnreadableRecording(
            f"{path.name} holds samples of kind {kind} in steps of {step_nv} nV, which is not read.", "Export it again."
        )
    checked_size(path, len(rows), max(map(len, rows.values())))
    names = list(rows)
    signal = signal_of(list(rows.values()), names, [step_nv * 1e-6] * len(names), facts.warnings)
    return recording(path, sha256(data), NAME, signal, names, fs_hz, facts)


def _blocks(path: Path, data: bytes, warnings: list[str]) -> Iterator[tuple[bytes, bytes]]:
    position = HEAD
    while position + 12 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            left = len(data) - position - 8
            raise UnreadableRecording(
                f"{path.name} is cut off: it announces a block of {length:,} bytes, and {left:,} are left.",
                "Export it from Kardia again.",
            )
        written = struct.unpack_from("<I", data, end)[0]
        # The text of the specification says CRC32; the devices and its own example add up the bytes.
        if written not in (sum(data[position:end]) & 0xFFFFFFFF, zlib.crc32(data[position:end])):
            block = name.decode("latin-1").strip()
            warnings.append(f"checksum of block {block} does not match: the file may have been changed")
        yield name, data[position + 8 : end]
        position = end + 4
