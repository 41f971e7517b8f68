"""Write files completely or not at all, explain why one cannot be written, and resolve the names people type."""

from __future__ import annotations

import io
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cessl_gui.core.errors import NotWritten


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path; on success rename it to `path`. Creates the folder.

    On failure nothing new is left, and an earlier file at `path` stays as it was.
    raises : NotWritten for every OSError in the block, and where something other than a file stands there
    """
    path = Path(os.path.realpath(path))  # what a link names is written, and the link stays
    unfinished = path.with_name(f".{uuid.uuid4().hex}.unfinished{path.suffix}")  # some writers go by the ending
    try:
        if path.exists() and not path.is_file():  # a rename would put a file in place of a device or a pipe
            raise NotWritten(f"{path} is no file, and is not written to.", "Choose another name.")
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise NotWritten(
            f"{path} cannot be written ({why(error)}).", "Choose another place, or free some space."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def create(path: Path, mode: int = 0o666) -> io.BufferedRandom:
    """Open a file that is not there yet for reading and writing, with these permissions as far as the umask lets them.

    raises : OSError, FileExistsError among them
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, mode), "w+b")


def read_bounded(path: Path, largest: int) -> bytes:
    """Return what a file holds that a person named. A pipe would be waited for, and a device read for ever.

    raises : OSError, also for what is no file or larger than `largest` bytes
    """
    stats = path.stat()
    if not stat.S_ISREG(stats.st_mode):
        raise OSError("it is no file")
    if stats.st_size > largest:
        raise OSError(f"it is larger than {largest:,} bytes")
    return path.read_bytes()


def why(error: OSError) -> str:
    """Return the system's reason as text, e.g. "No space left on device"."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "a file lies where a folder is needed"
    return os.strerror(error.errno) if error.errno else str(error)


def full_path(path: str | Path) -> Path:
    """Return the path a person typed as an absolute path, links followed; ~ is the home folder, also in quotes."""
    # Not the ways of Path: they raise for the ~NAME of nobody, and where links go round in circles.
    return Path(os.path.realpath(os.path.expanduser(path)))  # noqa: PTH111
