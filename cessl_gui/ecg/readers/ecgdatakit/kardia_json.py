"""Recordings of Kardia as its service exports them: JSON, decoded by ecgdatakit."""

from __future__ import annotations

import re
from pathlib import Path

from cessl_gui.core.types import Record
from cessl_gui.ecg.readers.ecgdatakit.kit import read_by
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.recording import file_size

NAME = "Kardia JSON"
LARGEST = 1 << 24  # bytes
KEYS = re.compile(rb'"(algorithmDetermination|patientID|amplitudeResolution|data12L|recordedAt|deviceInfo)"\s*:')


def claims(head: bytes, path: Path) -> bool:
    """A JSON object that begins with keys of the service."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and len(set(KEYS.findall(text))) >= 2


def read(path: Path, given: Given | None = None) -> Record:
    """Read the unfiltered leads.

    raises : UnreadableRecording with the reason
    """
    file_size(path, LARGEST)
    return read_by("alivecor_kardia.AliveCorKardiaParser", path, NAME, given or Given())
