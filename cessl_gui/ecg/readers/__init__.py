"""Recordings on disk: which files are recordings, and the reader of each format. One module per format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers import wfdb_format

# A format is a module with SUFFIXES (what stands for a recording in a folder), claims(path) and read(path).
FORMATS = (wfdb_format,)


def find_recordings(paths: Iterable[Path]) -> list[Path]:
    """The recordings under folders, searched through, and the files named themselves; sorted, each once."""
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            suffixes = {suffix for format_ in FORMATS for suffix in format_.SUFFIXES}
            found |= {p for p in path.rglob("*") if p.suffix.lower() in suffixes and p.is_file()}
        else:
            found.add(next((f.main_file(path) for f in FORMATS if f.claims(path)), path))
    return sorted(found)


def read_recording(path: Path) -> Record:
    """Read one recording of any known format.

    raises : UnreadableRecording with the reason
    """
    for format_ in FORMATS:
        if format_.claims(path):
            return format_.read(path)
    if not path.exists():
        raise UnreadableRecording(f"{path.name} does not exist.", "Check the path.")
    known = ", ".join(sorted({suffix for format_ in FORMATS for suffix in format_.SUFFIXES}))
    raise UnreadableRecording(
        f"{path.name} is in no format that this program reads.", f"It reads WFDB recordings (name the {known} file)."
    )
