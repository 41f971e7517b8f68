"""Recordings on disk: which files are recordings, and the reader of each format. One module per format."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers import archives, members
from cessl_gui.ecg.readers.ecgdatakit import edan
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.wfdb import wfdb_format, wfdb_header
from cessl_gui.ecg.readers.xml.xml_root import root_name

HEAD = 4096  # bytes
# What a folder search need not open; .dat and .mat belong to the header beside them.
COMPANIONS = frozenset({".atr", ".qrs", ".xyz", ".hea-", ".png", ".jpg", ".exe", ".md", ".log"})

# By these names a file is meant to be a recording, also where nothing of it can be read.
MEANT = frozenset({".dcm", ".dicom", ".edf", ".bdf", ".scp", ".xml", ".ecg", ".h5", ".hdf5", ".mat", ".npy", ".npz"})

log = logging.getLogger(__name__)


class _Formats(NamedTuple):
    """Modules with NAME, claims(head, path) and read(path): one for each format but WFDB, in the order of being asked.

    A format claims a file by its first bytes, never by its name: `.xml` is six formats, `.ecg` two.

    asking       : their read takes what a person says, too
    holding_many : their members(path) are the recordings in a file, as FILE#N
    only_named   : in a folder they are mostly letters; a person names the ECGs among them
    """

    all: tuple[Any, ...]
    asking: tuple[Any, ...]
    holding_many: tuple[Any, ...]
    only_named: tuple[Any, ...]


@cache
def _formats() -> _Formats:
    """Loaded with the first file that is looked at: the window starts without them."""
    from cessl_gui.ecg.readers.binary import atc, dicom, edf, ishne, pdf
    from cessl_gui.ecg.readers.ecgdatakit import kardia_json, mfer
    from cessl_gui.ecg.readers.scp_ecg import scp
    from cessl_gui.ecg.readers.tables import array_files, hdf5, text_table
    from cessl_gui.ecg.readers.xml import aecg, cardiosoft, mortara, muse, philips, schiller

    stating_all = (muse, aecg, philips, cardiosoft, schiller, mortara, scp, dicom, edf, ishne, atc)
    asking = (hdf5, array_files, kardia_json, edan, mfer, text_table)
    in_order = (*stating_all, hdf5, array_files, pdf, kardia_json, edan, mfer, text_table)
    return _Formats(in_order, asking, holding_many=(hdf5, array_files), only_named=(pdf,))


@dataclass
class Found:
    """What a search came to. passed_over: how many files of each file extension are no recordings"""

    recordings: list[Path] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)


def find_recordings(paths: Iterable[Path]) -> list[Path]:
    """The recordings under folders, searched through, and the files named themselves; sorted, each once.

    Links that lead nowhere and folders that cannot be opened are among them: `read_recording` says what is wrong.
    """
    return search(paths).recordings


def search(
    paths: Iterable[Path],
    given_of: Callable[[Path], Given | None] = lambda path: None,
    check: Callable[[], None] = lambda: None,
) -> Found:
    """As find_recordings, with the archives, and what was passed over in the folders.

    given_of : what a person says about a file: one with many recordings that need more is named once, as a whole
    check    : called many times a second; what it raises ends the search
    """
    recordings: set[Path] = set()
    found = Found()
    for path in paths:
        try:
            if path.is_dir():
                recordings |= _under(path, found, given_of, check)
            elif _is_archive(path):
                found.archives.append(path)
            else:
                recordings |= _in_file(path, given_of)
        except OSError:  # a name too long, or in a closed folder
            recordings.add(path)
    return Found(sorted(recordings), sorted(set(found.archives)), +found.passed_over)


def _is_archive(path: Path) -> bool:
    return not _is_wfdb(path) and not _format_of(path) and archives.is_archive(_head(path), path)


def _in_file(path: Path, given_of: Callable[[Path], Given | None]) -> set[Path]:
    """The recordings in a file: itself, as a rule; a file that cannot be opened is among them, to be named."""
    if _is_wfdb(path):
        return {wfdb_format.main_file(path)}
    format_ = _format_of(path)
    if format_ not in _formats().holding_many:
        return {path}
    try:
        given = given_of(path)
        members = format_.members(path, given)
        # One sentence for the file where none of them can be read.
        is_lost = len(members) > 1 and not any(_is_certain(format_, m, given) for m in (members[0], members[-1]))
        return {path} if is_lost else set(members)
    except Exception:  # whatever a damaged file brings about, its reading says it
        return {path}


def _is_certain(format_, path: Path, given: Given | None) -> bool:
    """Whether a recording can be read without a guess."""
    try:
        return not format_.read(path, given).guesses
    except Exception:
        return False


def _is_wfdb(path: Path) -> bool:
    """Whether a path names a WFDB recording: its header, or what has a header beside it and is of no other format."""
    if path.name.lower() == edan.HEADER and edan.is_header(_head(path), path):
        return False
    if path.suffix.lower() in {*wfdb_format.SUFFIXES, ".dat", ".mat"}:
        return wfdb_format.claims(path)
    return wfdb_format.claims(path) and not _format_of(path)


def _under(folder: Path, into: Found, given_of: Callable[[Path], Given | None], check: Callable[[], None]) -> set[Path]:
    """The recordings below a folder; archives and what is passed over go into `into`."""
    closed: list[OSError] = []
    recordings: set[Path] = set()
    for inner, _, names in os.walk(folder, onerror=closed.append):
        beside = set(names)
        named = _data_named(inner, names, check)
        for name in names:
            check()
            path = Path(inner, name)
            suffix = path.suffix.lower()
            if suffix in wfdb_format.SUFFIXES:
                recordings.add(path)
            elif name in named or _is_edan_data(name, beside):
                continue
            elif suffix in COMPANIONS:
                into.passed_over[suffix] += f"{path.stem}.hea" not in beside
            elif (format_ := _format_of(path)) and format_ not in _formats().only_named:
                recordings |= _in_file(path, given_of) if format_ in _formats().holding_many else {path}
            elif suffix in MEANT and not _head(path):  # empty, closed, a link that leads nowhere
                recordings.add(path)
            elif archives.is_archive(_head(path), path):
                into.archives.append(path)
            else:
                into.passed_over[suffix] += 1
    # A segment of another recording is no ECG of its own: its beats would be labelled twice.
    segments: set[Path] = set()
    for path in recordings:
        check()
        if path.suffix.lower() == ".hea":
            segments |= wfdb_format.segments_of(path)
    return recordings - segments | {Path(error.filename) for error in closed}


def _data_named(folder: str, names: list[str], check: Callable[[], None]) -> set[str]:
    """The files of a folder that hold the data of its headers: no recordings of their own.

    As a rule they are called as their header. Only where one is not, the headers are asked.
    """
    data = {name for name in names if name.lower().endswith((".dat", ".mat"))}
    headers = {name for name in names if name.lower().endswith(wfdb_format.SUFFIXES)}
    own = {name for name in data if f"{name[:-4]}.hea" in headers}
    if headers and data - own:
        for header in headers:
            check()
            own |= data & wfdb_header.data_names(Path(folder, header))
    return own


def _is_edan_data(name: str, beside: set[str]) -> bool:
    return name.lower() == edan.DATA and edan.HEADER in map(str.lower, beside)


def _head(path: Path) -> bytes:
    """The first bytes of a file; none of what is no file, or cannot be opened."""
    if not path.is_file():  # opening a pipe would wait for ever
        return b""
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""


def _format_of(path: Path):
    """The format that claims a file by its content, WFDB apart; None if none does."""
    head = _head(path)
    return next((format_ for format_ in _formats().all if head and format_.claims(head, path)), None)


def read_recording(path: Path, given: Given | None = None) -> Record:
    """Read one recording of any known format. Whatever its files bring about, it is no more than this one unreadable.

    given  : what a person says about files that do not say it themselves
    raises : UnreadableRecording with the reason; of a long one what core.scratch.asked says
    """
    if printable(path) != str(path):
        name = printable(Path(path.name))  # short: the list of such files has the whole path beside it
        raise UnreadableRecording(f"{name} or its folder has a name that is not UTF-8.", "Rename the file or folder.")
    try:
        return _read(path, given)
    except (UnreadableRecording, Cancelled):
        raise
    except Exception as error:
        log.warning("%s could not be read", path, exc_info=True)
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableRecording(
            f"{path.name} could not be read ({why}).", "Check the recording with the program that made it."
        ) from error


def read_certain(path: Path, given: Given | None = None) -> Record:
    """As read_recording, but what a file does not state and a person has not said is asked for, not guessed."""
    record = read_recording(path, given)
    if record.guesses:
        raise UnreadableRecording(f"{path.name}: {'; '.join(record.guesses)}.", "Say it by --set and import it again.")
    return record


def printable(path: Path) -> str:
    """A path as text that can be stored and shown: what is no UTF-8 in it as \\udcxx, as Python and JSON write it."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _read(path: Path, given: Given | None) -> Record:
    if not os.path.lexists(path) and archives.split(path):
        return _read_extracted(path, given)
    if _is_wfdb(path):
        return wfdb_format.read(path)
    if format_ := _format_of(members.split(path)[0]):
        return format_.read(path, given) if format_ in _formats().asking else format_.read(path)
    if not os.path.lexists(path):
        raise UnreadableRecording(f"{path.name} does not exist.", "Check the path.")
    if path.is_dir():
        raise UnreadableRecording(f"The folder {path.name} cannot be opened.", "Check its permissions.")
    if not path.exists():
        raise UnreadableRecording(f"{path.name} is a link that leads nowhere.", "Copy the file itself.")
    if not _head(path):
        what = "is empty" if path.is_file() and os.access(path, os.R_OK) else "cannot be opened"
        raise UnreadableRecording(f"{path.name} {what}.", "Copy the recording again.")
    if archives.is_archive(_head(path), path):
        raise UnreadableRecording(f"{path.name} is an archive.", "Import it as a whole.")
    root = root_name(_head(path))
    if root and root != "?":
        raise UnreadableRecording(
            f"{path.name} is XML of an unknown kind: its root is {root[:40]}.",
            "Export the ECG in a format that is read.",
        )
    from cessl_gui.ecg.readers.binary import dicom

    if dicom.is_dicom(_head(path)):
        raise UnreadableRecording(
            f"{path.name} is DICOM, but no ECG waveform: an image or a report.", "Export the ECG as a DICOM waveform."
        )
    known = ", ".join(["WFDB (name the .hea file)", *dict.fromkeys(format_.NAME for format_ in _formats().all)])
    raise UnreadableRecording(f"{path.name} is in no format that this program reads.", f"It reads {known}.")


def _read_extracted(path: Path, given: Given | None) -> Record:
    with archives.extracted(path) as file:
        return replace(read_recording(file, given), source=str(path))
