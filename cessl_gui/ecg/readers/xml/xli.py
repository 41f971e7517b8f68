"""XLI, the compression of Philips ECGs: per lead LZW of 10-bit codes over second differences, high bytes first."""

from __future__ import annotations

import struct

import numpy as np

from cessl_gui.core.errors import UnreadableRecording

HEADER = struct.Struct("<iHh")  # bytes that follow, something unused, the first error of the prediction
CODE_BITS, LAST_CODE = 10, 1022
MOST_BYTES = 1 << 24  # of one unpacked lead: 4.6 hours at 500 Hz
ERROR_OFFSET = 64


def decode(data: bytes) -> list[np.ndarray]:
    """The leads in a compressed block: int64 counts, one array per lead.

    raises : UnreadableRecording for what is cut off or damaged
    """
    leads: list[np.ndarray] = []
    at = 0
    while at < len(data):
        if at + HEADER.size > len(data):
            raise UnreadableRecording(f"The compressed lead {len(leads) + 1} is cut off.", "Copy the recording again.")
        size, _, first = HEADER.unpack_from(data, at)
        at += HEADER.size
        if not 0 < size <= len(data) - at:
            raise UnreadableRecording(
                f"The compressed lead {len(leads) + 1} announces {size:,} bytes where {len(data) - at:,} are left.",
                "Copy the recording again.",
            )
        leads.append(_samples(_unpacked(data[at : at + size]), first))
        at += size
    return leads


def _unpacked(data: bytes) -> bytes:
    """LZW: codes of 10 bits, most significant bit first; the table stays as it is once it is full."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    codes = bits[: len(bits) // CODE_BITS * CODE_BITS].reshape(-1, CODE_BITS) @ (1 << np.arange(CODE_BITS)[::-1])
    table = [bytes([value]) for value in range(256)]
    unpacked, previous = bytearray(), b""
    for code in codes.tolist():
        if code > LAST_CODE:
            break
        if code < len(table):
            entry = table[code]
        elif code == len(table) and previous:
            entry = previous + previous[:1]
        else:
            raise UnreadableRecording("A compressed lead is damaged.", "Copy the recording again.")
        if previous and len(table) <= LAST_CODE:
            table.append(previous + entry[:1])
        unpacked += entry
        previous = entry
        if len(unpacked) > MOST_BYTES:
            raise UnreadableRecording("A compressed lead is longer than any ECG.", "Copy the recording again.")
    return bytes(unpacked)


def _samples(unpacked: bytes, first: int) -> np.ndarray:
    """Two samples and then errors of the straight line through the last two, each 64 too high; `first` is the first."""
    half = (len(unpacked) + 1) // 2
    high, low = unpacked[:half], unpacked[half:].ljust(half, b"\0")
    words = (np.frombuffer(high, np.int8).astype(np.int64) << 8) | np.frombuffer(low, np.uint8)
    if len(words) < 3:
        raise UnreadableRecording("A compressed lead has no samples.", "Copy the recording again.")
    errors = np.concatenate([[first], words[2:-1] - ERROR_OFFSET])
    slopes = np.concatenate([[words[1] - words[0]], -errors]).cumsum()
    # In 16 bits, as the device counts: errors of great steps run over there and back here.
    return np.concatenate([[words[0]], slopes]).cumsum().astype(np.int16).astype(np.int64)
