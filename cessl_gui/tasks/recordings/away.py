"""Recordings that cannot be read for now, as their folder is not there: a disk that is not connected, or was moved.

All of an archive may be away, 100,000 recordings. Background work leaves them out, with one word for all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from cessl_gui.core.plural import counted
from cessl_gui.ecg.readers import members
from cessl_gui.ecg.synthetic import SOURCE
from cessl_gui.store.exchange.described import NOT_HERE
from cessl_gui.store.project import Project

NAMED = 3  # folders in a sentence


class Folders:
    """Which folders of recordings are there. Each is asked for once, until forget().

    away : folder that is not there, or lacks them -> how many of the last readable() lie in it and are not cached
    """

    def __init__(self) -> None:
        self.away: Counter[str] = Counter()
        self._missing: dict[str, str] = {}  # folder -> the uppermost folder of its path that is not there; "": it is

    def readable(self, project: Project, ids: Iterable[str]) -> list[str]:
        """Those of these records of which the signal is cached, or the recording is there, in their order.

        Recordings that only others of a team have are left out, too, and not counted: that is as it should be.
        """
        wanted = list(ids)
        uncached = {record_id for record_id in wanted if not project.waveforms.path(record_id).is_file()}
        left_out: dict[str, str] = {}
        # All of them first: a folder may take long to answer, and no query stays open meanwhile.
        places = [one for one in project.records.places() if one[0] in uncached] if uncached else []
        for record_id, place in places:
            missing = self._lacks(place) if record_id in uncached else ""
            if missing:
                left_out.setdefault(record_id, missing)
            else:  # one place is enough
                uncached.discard(record_id)
                left_out.pop(record_id, None)
        self.away = Counter(folder for folder in left_out.values() if folder != NOT_HERE)
        return [record_id for record_id in wanted if record_id not in left_out]

    def forget(self) -> None:
        """Folders may have come back."""
        self._missing.clear()
        self.away = Counter()

    def held_away(self, source: str) -> bool:
        """Whether the folder of this recording was not there when it was asked for."""
        return bool(self._missing.get(os.path.split(source)[0]))

    @property
    def sentence(self) -> str:
        """How many recordings are away, and which folders; "" where none is."""
        if not self.away:
            return ""
        named = [folder for folder, _ in self.away.most_common(NAMED)]
        more = len(self.away) - NAMED
        named += [counted(more, "more folder")] if more > 0 else []
        total = self.away.total()
        said = f"{total:,} recordings are away: they are" if total > 1 else "1 recording is away: it is"
        return f"{said} not found in {', '.join(named)}."

    def _lacks(self, place: str) -> str:
        """The uppermost folder that is not there, or the one that lacks the file, of a recording; "" where it is."""
        if place.startswith(f"{SOURCE}:"):
            return ""
        folder = os.path.split(place)[0]
        if folder not in self._missing:
            self._missing[folder] = _uppermost_missing(folder)
        if self._missing[folder]:
            return self._missing[folder]
        return "" if os.path.exists(members.holder(place)) else folder  # noqa: PTH110, Path's raises where none may look


def _uppermost_missing(folder: str) -> str:
    """The folder itself, or the one of its parents, below which nothing is there; "" where it is there."""
    path, missing = Path(folder), ""
    while not os.path.exists(path) and path != path.parent:  # noqa: PTH110
        missing, path = str(path), path.parent
    return missing
