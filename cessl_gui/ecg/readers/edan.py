"""EDAN Holter archives (.arc), decoded by ecgdatakit: the voltage of a step is not in the file, so it is asked for."""

from __future__ import annotations

import struct
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.kit import read_by
from cessl_gui.ecg.readers.recording import read_bytes

NAME = "EDAN Holter"
LARGEST = 1 << 25  # bytes; each sample takes eight bytes, several times
NEUTRAL, HEADER_NAME = b"##NEUTRAL HOLTER RECORDING##", b"patient.hea"
START, STOP = 631_152_000, 3_155_760_000  # 1990 to 2070
RATES_HZ = (100, 128, 200, 250, 256, 500, 1000)
MOST_HEADERS = 100  # the search behind each takes a while


def claims(head: bytes, path: Path) -> bool:
    """The words of one kind of archive, or the header that the other kind holds."""
    if head[4 : 4 + len(NEUTRAL)] == NEUTRAL:
        return True
    behind = head.find(HEADER_NAME) + len(HEADER_NAME)
    return HEADER_NAME in head and any(_is_header(head, at) for at in range(behind, behind + 256))


def read(path: Path, given: Given | None = None) -> Record:
    """Read an archive.

    raises : UnreadableRecording with the reason
    """
    if path.suffix.lower() != ".arc":
        raise UnreadableRecording(f"{path.name} is an EDAN archive of another name.", "Rename it to end in .arc.")
    if read_bytes(path, LARGEST).count(HEADER_NAME) > MOST_HEADERS:
        raise UnreadableRecording(f"{path.name} holds more than {MOST_HEADERS} headers.", "Export it again.")
    return read_by("edan_arc.EDANARCHolterParser", path, NAME, given or Given())


def _is_header(head: bytes, at: int) -> bool:
    if at + 34 > len(head):
        return False
    start, stop = struct.unpack_from("<II", head, at + 4)
    rate = struct.unpack_from("<h", head, at + 32)[0]
    return START <= start < stop <= STOP and head[at + 12] in (3, 12) and rate in RATES_HZ
