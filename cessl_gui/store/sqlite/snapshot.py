"""A database as bytes, with what its write-ahead log adds: read without a write, a lock or a file of its own.

SQLite itself cannot do this: to read a log it needs a file for shared memory beside it, and without one
(`immutable=1`) it shows the project as it was before the last entries.
"""

from __future__ import annotations

import sqlite3
import struct
from functools import lru_cache
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import ProjectError

TRIES = 5
WAL_MAGIC = 0x377F0682  # the last bit: checksums of big-endian words


def load(path: Path, into: sqlite3.Connection) -> None:
    """Fill an empty in-memory database.

    raises : OSError, sqlite3.DatabaseError, ProjectError while another program writes all the time
    """
    content = _read(path)
    if len(content) >= 100 and content[18:20] == b"\2\2":
        content[18:20] = b"\1\1"  # no write-ahead log in memory
    source = sqlite3.connect(":memory:")
    try:
        if content:
            source.deserialize(bytes(content))
        source.backup(into)
    finally:
        source.close()


def _read(path: Path) -> bytearray:
    log = path.with_name(f"{path.name}-wal")
    for _ in range(TRIES):
        before = _state(path), _state(log)
        content = bytearray(path.read_bytes())
        wal = log.read_bytes() if before[1] else b""
        if before == (_state(path), _state(log)):
            return _with_log(content, wal)
    raise ProjectError("Another program is writing this project all the time.", "Try again when it has ended.")


def _state(path: Path) -> tuple[int, int] | None:
    try:
        head_salts = path.stat()
    except OSError:
        return None
    return head_salts.st_size, head_salts.st_mtime_ns


def _with_log(content: bytearray, wal: bytes) -> bytearray:
    """The pages of all whole transactions of a write-ahead log put over the database's.

    source : https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    if len(wal) < 32:
        return content
    magic, _, size, _, *salts = struct.unpack(">6I", wal[:24])
    if magic & ~1 != WAL_MAGIC or size not in {512 << i for i in range(8)}:
        return content
    order = ">" if magic & 1 else "<"
    sums = _checksum(wal[:24], (0, 0), order)
    if sums != struct.unpack(">2I", wal[24:32]):
        return content
    changed: dict[int, bytes] = {}  # of the transaction that is not committed yet
    for at in range(32, len(wal) - 24 - size + 1, 24 + size):
        head, page = wal[at : at + 24], wal[at + 24 : at + 24 + size]
        number, pages, *head_salts = struct.unpack(">4I", head[:16])
        sums = _checksum(page, _checksum(head[:8], sums, order), order)
        if head_salts != salts or sums != struct.unpack(">2I", head[16:]) or not number:
            break
        changed[number] = page
        if pages:  # the frame that commits: how many pages the database has now
            if pages * size > len(content) + len(wal):
                break
            content.extend(bytes(max(0, pages * size - len(content))))
            del content[pages * size :]
            for which, new in changed.items():
                if which <= pages:
                    content[(which - 1) * size : which * size] = new
            changed.clear()
    return content


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """Each sum is the next word and the two sums before it, modulo 2 ** 32: a weighting of all words by Fibonacci."""
    words = np.frombuffer(data, f"{order}u4").astype(np.uint32)
    count = len(words)
    weights = _weights(count)
    first, second = sums
    last = [
        int(np.dot(words[:end], weights[:end][::-1])) + second * int(weights[end]) + first * int(weights[end - 1])
        for end in (count - 1, count)
    ]
    return last[0] & 0xFFFFFFFF, last[1] & 0xFFFFFFFF


@lru_cache(maxsize=8)
def _weights(count: int) -> np.ndarray:
    weights = [1, 1]
    while len(weights) <= count:
        weights.append((weights[-1] + weights[-2]) & 0xFFFFFFFF)
    return np.array(weights, np.uint32)
