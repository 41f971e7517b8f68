"""A signal as it travels between members of a team: what its device said as JSON, a line end, the values; compressed.

It may be a stranger's: nothing larger than the catalogue says is unpacked, and the values must add up to its digest.
"""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from cessl_gui.core.types import Record, RecordInfo, signal_digest
from cessl_gui.store.exchange.elsewhere import Digests

MOST_SAID = 1 << 16  # bytes of what a device said
BLOCK = 1 << 20
UNFIT = (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error)


def write(file: IO[bytes], record: Record) -> None:
    """Write what `read` takes in; equal recordings give equal bytes."""
    said = json.dumps({"device": dict(record.device), "statements": record.device_statements}, sort_keys=True)
    packer = zlib.compressobj(1)
    file.write(packer.compress(said.encode()[:MOST_SAID] + b"\n"))
    values = np.ascontiguousarray(record.signal_mv, "<f4").reshape(-1).view(np.uint8).data
    for begin in range(0, len(values), BLOCK):
        file.write(packer.compress(values[begin : begin + BLOCK]))
    file.write(packer.flush())


def read(path: Path, info: RecordInfo, digests: Digests) -> Record:
    """The recording that the catalogue describes, with its signal.

    raises : one of UNFIT where the file holds another one, OSError
    """
    from cessl_gui.store.folder.cache_file import MOST_FIGURES  # brings HDF5, which the window loads later

    shape = len(info.leads), info.samples
    content = _unpacked(path, 4 * shape[0] * shape[1] + MOST_SAID + 1)
    said, _, values = content.partition(b"\n")
    signal_mv = np.frombuffer(values, "<f4").reshape(shape).astype(np.float32)
    if signal_digest(signal_mv) != digests.signal_sha256:
        raise ValueError("signal")
    told = json.loads(said)
    device = {str(name): float(value) for name, value in told["device"].items()}
    if len(device) > MOST_FIGURES or not all(map(math.isfinite, device.values())):
        raise ValueError("device")
    return Record(
        id=info.id,
        name=info.name,
        source=info.source,
        sha256=digests.sha256,
        signal_mv=signal_mv,
        fs_hz=info.fs_hz,
        leads=info.leads,
        derived=info.derived,
        device=device,
        device_statements=tuple(map(str, told["statements"])),
    )


def _unpacked(path: Path, most: int) -> bytes:
    unpacker, parts, size = zlib.decompressobj(), list[bytes](), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            while block and size <= most:
                parts.append(unpacker.decompress(block, BLOCK))
                size += len(parts[-1])
                block = unpacker.unconsumed_tail
            if size > most:
                raise ValueError("size")
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("end")
    return b"".join(parts)
