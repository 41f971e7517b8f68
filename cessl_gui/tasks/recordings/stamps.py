"""How the files of a recording looked when it was read: while they look the same, it need not be read again."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cessl_gui import __version__
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers import members
from cessl_gui.ecg.readers.given import Given

SETTLED_S = 2.0  # a file that was written later than this before it was read may be written again in the same instant


def of(record: Record, given: Given | None) -> str:
    """The stamp of a record as it was read; "" where one of its files was still being written, or is gone."""
    files = record.files or (str(members.split(Path(record.source))[0]),)
    try:
        looks: list[list[Any]] = [[path, *_look(path)] for path in files]
    except OSError:
        return ""
    latest = max(at for _, _, at in looks) / 1e9
    return json.dumps([_reading(given), looks]) if latest < time.time() - SETTLED_S else ""


def holds(stamp: str, given: Given | None) -> bool:
    """Whether the files still look so, and would be read in the same way."""
    try:
        reading, looks = json.loads(stamp)
        return reading == _reading(given) and all(_look(path) == [size, at] for path, size, at in looks)
    except (ValueError, TypeError, OSError):
        return False


def _look(path: str) -> list[int]:
    found = os.stat(path)  # noqa: PTH116  as quick again, and asked for each file of each recording
    return [found.st_size, found.st_mtime_ns]


def _reading(given: Given | None) -> list:
    """What else decides how a file is read: this program's version, and what a person said."""
    return [__version__, json.loads(json.dumps(asdict(given))) if given else None]
