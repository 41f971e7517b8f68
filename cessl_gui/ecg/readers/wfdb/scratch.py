"""Room for a signal: in memory, or for a long one in a temporary file, of which only the part in use is in memory."""

from __future__ import annotations

import mmap
import os
import tempfile

import numpy as np

from cessl_gui.core.errors import UnreadableRecording

LARGEST_IN_MEMORY = 1 << 28  # bytes


class Scratch:
    """An array float32 (leads, samples) to be filled; it outlives this object."""

    def __init__(self, leads: int, samples: int) -> None:
        """raises : UnreadableRecording where the disk has no room for a long signal"""
        self._map: mmap.mmap | None = None
        size = 4 * leads * samples
        if size <= LARGEST_IN_MEMORY:
            self.values = np.empty((leads, samples), np.float32)
            return
        with tempfile.TemporaryFile() as file:
            try:
                # Without room of its own on the disk, a full one would end the program in the middle of filling.
                getattr(os, "posix_fallocate", lambda number, _, size: os.ftruncate(number, size))(
                    file.fileno(), 0, size
                )
            except OSError as error:
                raise UnreadableRecording(
                    f"The recording needs {size >> 20:,} MB of temporary files; there is no room ({error.strerror}).",
                    "Make room on the disk, or set TMPDIR to a folder on another one.",
                ) from error
            self._map = mmap.mmap(file.fileno(), size)
        self.values = np.frombuffer(self._map, np.float32).reshape(leads, samples)

    def release(self) -> None:
        """Let go of the memory of what was filled; it stays in the file."""
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
