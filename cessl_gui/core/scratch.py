"""Room for a signal: in memory, or for a long one in a temporary file, of which only the part in use is in memory.

An array of a temporary file is an array as any other. Whoever goes through all of one takes it by `parts`, or calls
`release` on the way: otherwise all that was looked at stays in memory. There such work can be broken off, too: whoever
does it for a person who can cancel does it within `asked`.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from cessl_gui.core.errors import UnreadableRecording

LARGEST_IN_MEMORY = 1 << 28  # bytes
PART = 1 << 20  # values that are looked at together
_check: ContextVar[Callable[[], object]] = ContextVar("check", default=lambda: None)


def room(leads: int, samples: int, kind: np.dtype | type = np.float32) -> np.ndarray:
    """An array (leads, samples) to be filled. raises : UnreadableRecording where the disk has no room"""
    size = np.dtype(kind).itemsize * leads * samples
    if size <= LARGEST_IN_MEMORY:
        return np.empty((leads, samples), kind)
    with tempfile.TemporaryFile() as file:
        try:
            # Without room of its own on the disk, a full one would end the program in the middle of filling.
            getattr(os, "posix_fallocate", lambda number, _, size: os.ftruncate(number, size))(file.fileno(), 0, size)
        except OSError as error:
            raise UnreadableRecording(
                f"The recording needs {size >> 20:,} MB of temporary files; there is no room ({error.strerror}).",
                "Make room on the disk, or set TMPDIR to a folder on another one.",
            ) from error
        return np.frombuffer(mmap.mmap(file.fileno(), size), kind).reshape(leads, samples)


@contextmanager
def asked(check: Callable[[], object]) -> Iterator[None]:
    """Within it `check` is called many times a second, while this thread works on a long recording.

    What it raises ends the work: Cancelled.
    """
    before = _check.set(check)
    try:
        yield
    finally:
        _check.reset(before)


def check() -> None:
    """Ask whether to go on."""
    _check.get()()


def release(array: np.ndarray) -> None:
    """Let go of the memory of what was looked at of a file, if the array is one's; its values stay there.

    raises : what `check` raises
    """
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):  # Windows lets go by itself
        base.madvise(mmap.MADV_DONTNEED)
    check()


def pieces(lead: np.ndarray) -> Iterator[np.ndarray]:
    """The values of one lead, some at a time."""
    for start in range(0, len(lead), PART):
        yield lead[start : start + PART]
        release(lead)


def parts(signal: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """Where to look in turn, to go through a signal (leads, samples) in the order of its memory: (leads, samples).

    A short one is one part.
    """
    leads, samples = signal.shape
    at_once = max(1, PART // max(1, samples))
    for lead in range(0, leads, at_once):
        for start in range(0, samples, PART):
            yield slice(lead, min(lead + at_once, leads)), slice(start, min(start + PART, samples))
            release(signal)


def stretches(signal: np.ndarray) -> Iterator[slice]:
    """Where to look in turn, to go through all leads of a signal (leads, samples) together: some samples at a time."""
    leads, samples = signal.shape
    at_once = max(1, PART // max(1, leads))
    for start in range(0, samples, at_once):
        yield slice(start, min(start + at_once, samples))
        release(signal)
