"""A folder looked through again and again: which of its files are new, and no longer being written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

SETTLED_S = 5.0  # a file that was written later is left until the next time, even if its size is the same


class Watch:
    """Remembers how the files of a folder looked; one is ready when it looks as it did the time before.

    Files of one name (a header and its data) are ready together.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, tuple[int, int]] = {}
        self._given: dict[str, tuple[int, int]] = {}

    def ready(self, now_s: float, check: Callable[[], None]) -> list[Path]:
        """Files to be imported now, each once until it changes.

        now_s  : seconds since the epoch
        check  : called for each file; what it raises ends the search
        raises : OSError where the folder is not there
        """
        with os.scandir(self.folder):  # os.walk is silent about a folder that is gone
            pass
        looks = dict(self._looks(check))
        unsettled = {
            _group(path)
            for path, look in looks.items()
            if self._seen.get(path) != look or now_s - look[1] / 1e9 < SETTLED_S
        }
        self._seen = looks
        ready = {p: look for p, look in looks.items() if _group(p) not in unsettled and self._given.get(p) != look}
        self._given |= ready
        # The header of data that have changed is read again.
        groups = {_group(path) for path in ready}
        return [Path(path) for path in looks if _group(path) in groups]

    def _looks(self, check: Callable[[], None]):
        for inner, _, names in os.walk(self.folder):
            for name in names:
                check()
                path = os.path.join(inner, name)  # noqa: PTH118 - a Path for each of 100,000 files takes a second
                try:
                    found = os.stat(path)  # noqa: PTH116
                except OSError:  # taken away meanwhile
                    continue
                yield path, (found.st_size, found.st_mtime_ns)


def _group(path: str) -> str:
    return os.path.splitext(path)[0]  # noqa: PTH122
