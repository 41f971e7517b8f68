"""Recordings in archives, zip and tar: unpacked to be read, within bounds. ARCHIVE/INNER names a file in one.

Nothing is written outside the folder that is named, no link is made, and no more is unpacked than the archive's size
makes believable.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers import members

MOST_FILES = 500_000
MOST_DIRECTORY = MOST_FILES * 200  # bytes of a zip's list of them
MOST_BYTES = 64 << 30  # of all files together
MOST_RATIO, ALWAYS_BYTES = 100, 64 << 20  # unpacked bytes for each of the archive; less is no bomb at any ratio
DEEPEST, LONGEST_NAME = 50, 1000  # folders, characters
BLOCK = 1 << 20  # bytes
ROOM_LEFT = 256 << 20  # bytes that the disk keeps
NEWEST_ZIP = 100  # ten times the version that a zip asks for; 63 is the highest
COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
OFFICE = (b"[Content_Types].xml", b"mimetype")  # a text or a spreadsheet is a zip, too
TOO_MUCH = "more than its size makes believable, or than the disk has room for"
BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)

Check = Callable[[], None]


def is_archive(head: bytes, path: Path) -> bool:
    """Whether a file is a zip or a tar, also a compressed one, by its first bytes; documents that are zips are none."""
    if head[:4] == b"PK\x03\x04" and len(head) > 30 and int.from_bytes(head[4:6], "little") < NEWEST_ZIP:
        return not head[30:].startswith(OFFICE)
    if head[257:262] == b"ustar":
        return True
    try:
        return head.startswith(COMPRESSED) and tarfile.is_tarfile(path)
    except (OSError, *BROKEN):
        return False


def split(path: Path) -> tuple[Path, str] | None:
    """The archive and the name in it, where a path leads into a file."""
    for parent in path.parents:
        if parent.is_file():
            return parent, path.relative_to(parent).as_posix()
        if parent.exists():
            return None
    return None


@contextmanager
def extracted(path: Path) -> Iterator[Path]:
    """A file of an archive as a file, with those beside it whose names begin as its own.

    raises : UnreadableRecording
    """
    archive, inner = split(path) or (path, "")
    base = PurePosixPath(inner)
    with tempfile.TemporaryDirectory() as folder:
        refused = unpack(archive, Path(folder), only=lambda name: _is_beside(PurePosixPath(name), base))
        target = Path(folder, inner)
        if not members.split(target)[0].is_file():
            why = refused[0][1] if refused else f"{path.name} is not in {archive.name}."
            raise UnreadableRecording(why, "Import the archive again.")
        yield target


def _is_beside(name: PurePosixPath, base: PurePosixPath) -> bool:
    return name.parent == base.parent and name.name.startswith(base.name.split(".")[0])


def unpack(
    archive: Path, into: Path, check: Check = lambda: None, only: Callable[[str], bool] = lambda name: True
) -> list[tuple[str, str]]:
    """Write the files of an archive into an empty folder.

    check   : called many times a second; what it raises ends it
    only    : which names
    returns : (name, reason) of entries that are not unpacked: links, devices, paths out of the archive, encrypted ones
    raises  : UnreadableRecording for an archive that is damaged or too large, or where the disk has no room
    """
    refused: list[tuple[str, str]] = []
    try:
        size = archive.stat().st_size
        budget = most = min(MOST_BYTES, max(ALWAYS_BYTES, MOST_RATIO * size), _room(into))
        open_ = _zip_files if zipfile.is_zipfile(archive) else _tar_files
        announced = 0
        for count, (name, size, why, open_file) in enumerate(open_(archive)):
            check()
            announced += size
            if count >= MOST_FILES:
                raise _too_large(archive, f"more than {MOST_FILES:,} files")
            if announced > most:
                raise _too_large(archive, TOO_MUCH)
            why = why or _why_not(name)
            if why:
                refused.append((name, f"{PurePosixPath(name).name or name} in {archive.name} {why}."))
            elif only(name):
                budget -= _write(open_file, into / name, budget, archive, check)
    except UnreadableRecording:
        raise
    except OSError as error:
        raise UnreadableRecording(
            f"{archive.name} could not be unpacked ({error.strerror or 'it is damaged'}).",
            "Copy it again.",
        ) from error
    except BROKEN as error:
        raise UnreadableRecording(
            f"{archive.name} is a damaged archive ({str(error)[:100]}).", "Copy it again."
        ) from error
    return refused


def _room(folder: Path) -> int:
    return max(0, shutil.disk_usage(folder).free - ROOM_LEFT)


def _too_large(archive: Path, why: str) -> UnreadableRecording:
    return UnreadableRecording(f"{archive.name} is not unpacked: it holds {why}.", "Unpack it and import the folder.")


def _write(open_file: Callable[[], IO[bytes]], target: Path, budget: int, archive: Path, check: Check) -> int:
    """Copy one file; returns its bytes, counted and not believed."""
    written = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_file() as source, target.open("xb") as file:
        while block := source.read(BLOCK):
            written += len(block)
            if written > budget:
                raise _too_large(archive, TOO_MUCH)
            file.write(block)
            check()
    return written


def _why_not(name: str) -> str:
    """What is wrong with a name in an archive; "" for one that leads to a place below the folder."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or ":" in parts[0]:
        return "names a place outside the archive and is not unpacked"
    if len(parts) > DEEPEST or len(name) > LONGEST_NAME:
        return "has too long a name"
    return ""


Entry = tuple[str, int, str, Callable[[], IO[bytes]]]


def _zip_files(archive: Path) -> Iterator[Entry]:
    if _directory_bytes(archive) > MOST_DIRECTORY:
        raise _too_large(archive, f"more than {MOST_FILES:,} files")
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            if info.is_dir():
                continue
            kind = info.external_attr >> 28  # of a Unix file
            why = "is a link or a device and is not unpacked" if kind not in (0, 8) else ""
            why = "is encrypted" if info.flag_bits & 1 else why
            yield info.filename, info.file_size, why, partial(file.open, info)


def _directory_bytes(archive: Path) -> int:
    """How long the list at the end of a zip says it is: zipfile reads it whole."""
    with archive.open("rb") as file:
        file.seek(max(0, archive.stat().st_size - (1 << 16) - 200))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    large = tail.rfind(b"PK\x06\x06", 0, end)
    return int.from_bytes(tail[large + 40 : large + 48], "little") if size == 0xFFFF_FFFF and large >= 0 else size


def _extracted(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = file.extractfile(info)
    assert content is not None, "only files are opened"
    return content


def _tar_files(archive: Path) -> Iterator[Entry]:
    with tarfile.open(archive) as file:
        for info in file:
            if not info.isdir():
                why = "" if info.isreg() else "is a link or a device and is not unpacked"
                yield info.name, info.size, why, partial(_extracted, file, info)
            file.members = []  # type: ignore[attr-defined]  # they would all be kept; typeshed does not know the list


def exists(path: Path) -> bool:
    """Whether a file, or the archive that it is in, is there."""
    return os.path.lexists(path) or split(path) is not None
