"""EDAN Holter recordings, an archive (.arc) or a pair of files, decoded by ecgdatakit.

The voltage of a step is not in the files, so it is asked for.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.ecgdatakit.kit import read_by
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.recording import read_bytes

NAME = "EDAN Holter"
LARGEST = 1 << 25  # bytes; each sample takes eight bytes, several times
HEADER, DATA = "patient.hea", "ecgraw.dat"  # the pair, side by side
NEUTRAL, HEADER_NAME = b"##NEUTRAL HOLTER RECORDING##", HEADER.encode()
START, STOP = 631_152_000, 3_155_760_000  # 1990 to 2070
RATES_HZ = (100, 128, 200, 250, 256, 500, 1000)
MOST_HEADERS = 100  # the search behind each takes a while


def claims(head: bytes, path: Path) -> bool:
    """The words of one kind of archive, or the header that the other kind holds; the header of a pair."""
    if is_header(head, path):
        return True
    if head[4 : 4 + len(NEUTRAL)] == NEUTRAL:
        return True
    behind = head.find(HEADER_NAME) + len(HEADER_NAME)
    return HEADER_NAME in head and any(_is_header(head, at) for at in range(behind, behind + 256))


def is_header(head: bytes, path: Path) -> bool:
    """Whether these first bytes are of the header of a pair. A WFDB header may have its name."""
    return path.name.lower() == HEADER and _is_header(head, 0)


def read(path: Path, given: Given | None = None) -> Record:
    """Read an archive, or a pair by its header.

    raises : UnreadableRecording with the reason
    """
    if path.name.lower() == HEADER:
        return _read_pair(path, given or Given())
    if path.suffix.lower() != ".arc":
        raise UnreadableRecording(f"{path.name} is an EDAN archive of another name.", "Rename it to end in .arc.")
    if read_bytes(path, LARGEST).count(HEADER_NAME) > MOST_HEADERS:
        raise UnreadableRecording(f"{path.name} holds more than {MOST_HEADERS} headers.", "Export it again.")
    return read_by("edan_arc.EDANARCHolterParser", path, NAME, given or Given())


def _read_pair(path: Path, given: Given) -> Record:
    beside = next((other for other in path.parent.iterdir() if other.name.lower() == DATA and other.is_file()), None)
    if beside is None:
        raise UnreadableRecording(f"{DATA}, the data of {path.name}, is missing.", "Put it beside the header.")
    digest = hashlib.sha256()
    for file in (path, beside):
        digest.update(read_bytes(file, LARGEST))
    sha256 = digest.hexdigest()
    record = read_by("edan_arc.EDANARCHolterParser", path, NAME, given)
    # All such headers have one name: that of the folder tells them apart.
    name = path.parent.name or record.name
    return replace(record, id=sha256[:16], sha256=sha256, name=name, files=(str(path), str(beside)))


def _is_header(head: bytes, at: int) -> bool:
    if at + 34 > len(head):
        return False
    start, stop = struct.unpack_from("<II", head, at + 4)
    rate = struct.unpack_from("<h", head, at + 32)[0]
    return START <= start < stop <= STOP and head[at + 12] in (3, 12) and rate in RATES_HZ
