"""Recordings on disk: which files are recordings, and the reader of each format. One module per format."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers import wfdb_format

# A format is a module with SUFFIXES (what stands for a recording in a folder), claims(path) and read(path).
FORMATS = (wfdb_format,)

log = logging.getLogger(__name__)


def find_recordings(paths: Iterable[Path]) -> list[Path]:
    """The recordings under folders, searched through, and the files named themselves; sorted, each once.

    Links that lead nowhere and folders that cannot be opened are among them: `read_recording` says what is wrong.
    """
    found: set[Path] = set()
    for path in paths:
        try:
            found |= _under(path) if path.is_dir() else {_main_file(path)}
        except OSError:  # a name too long, or in a closed folder
            found.add(path)
    return sorted(found)


def _main_file(path: Path) -> Path:
    return next((format_.main_file(path) for format_ in FORMATS if format_.claims(path)), path)


def _under(folder: Path) -> set[Path]:
    suffixes = {suffix for format_ in FORMATS for suffix in format_.SUFFIXES}
    closed: list[OSError] = []
    found = {
        path
        for inner, _, names in os.walk(folder, onerror=closed.append)
        for path in (Path(inner, name) for name in names)
        if path.suffix.lower() in suffixes
    }
    return found | {Path(error.filename) for error in closed}


def read_recording(path: Path) -> Record:
    """Read one recording of any known format. Whatever its files bring about, it is no more than this one unreadable.

    raises : UnreadableRecording with the reason
    """
    if printable(path) != str(path):
        name = printable(Path(path.name))  # short: the list of such files has the whole path beside it
        raise UnreadableRecording(f"{name} or its folder has a name that is not UTF-8.", "Rename the file or folder.")
    try:
        return _read(path)
    except UnreadableRecording:
        raise
    except Exception as error:
        log.warning("%s could not be read", path, exc_info=True)
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableRecording(
            f"{path.name} could not be read ({why}).", "Check the recording with the program that made it."
        ) from error


def printable(path: Path) -> str:
    """A path as text that can be stored and shown: what is no UTF-8 in it as \\udcxx, as Python and JSON write it."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _read(path: Path) -> Record:
    for format_ in FORMATS:
        if format_.claims(path):
            return format_.read(path)
    if not os.path.lexists(path):
        raise UnreadableRecording(f"{path.name} does not exist.", "Check the path.")
    if path.is_dir():
        raise UnreadableRecording(f"The folder {path.name} cannot be opened.", "Check its permissions.")
    known = ", ".join(sorted({suffix for format_ in FORMATS for suffix in format_.SUFFIXES}))
    raise UnreadableRecording(
        f"{path.name} is in no format that this program reads.", f"It reads WFDB recordings (name the {known} file)."
    )
