"""Which ECG of the project a file of labels means by a name: its id, its name, or the name and folder of its file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import PurePath

from cessl_gui.core.types import RecordInfo

_END = re.compile(r"\.[a-z][a-z0-9]{0,7}", re.IGNORECASE)  # .hea, .xml; the last number of a UID is no end of a name
NOBODY, SEVERAL = "no ECG of the project has this name", "several ECGs have this name"
OTHERS = "the file has this name in several folders, and one ECG of the project has it"


class NamedEcgs:
    """Finds ECGs by what a file calls them.

    names : all that the file calls its ECGs; one ECG is not taken for two files of equal names in different folders
    """

    def __init__(self, infos: Sequence[RecordInfo], names: Iterable[str]) -> None:
        self._exact = {info.id: info.id for info in infos}
        self._folders = {info.id: _folders(info.source) for info in infos}
        self._ids: dict[str, set[str]] = {}
        for info in infos:
            file = PurePath(info.source).name
            for name in {info.id, info.name, file, _without_end(file), info.source}:
                self._ids.setdefault(name.casefold(), set()).add(info.id)
        self._found = {name: self._look_up(name) for name in set(names)}
        self._claims: dict[str, set[tuple[str, ...]]] = {}
        for name, (ids, is_exact) in self._found.items():
            if len(ids) == 1 and not is_exact:
                self._claims.setdefault(min(ids), set()).add(_folders(name))

    def find(self, name: str) -> tuple[str, str]:
        """Return (record id, ""), or ("", why there is none). name : one of the names"""
        ids, is_exact = self._found[name]
        if len(ids) != 1:
            return "", SEVERAL if ids else NOBODY
        (found,) = ids
        if not is_exact and len(claims := self._claims[found]) > 1:
            shared = {folders: _shared(folders, self._folders[found]) for folders in claims}
            own = shared.pop(_folders(name))
            if own <= max(shared.values()):
                return "", OTHERS
        return found, ""

    def _look_up(self, name: str) -> tuple[set[str], bool]:
        """The ECGs that it may be; whether by its whole name."""
        if name in self._exact:
            return {name}, True
        if ids := self._ids.get(name.casefold()):
            return ids, True
        file = PurePath(_with_slashes(name)).name.casefold()
        ids = self._ids.get(file) or self._ids.get(_without_end(file)) or set()
        shared = {one: _shared(_folders(name), self._folders[one]) for one in ids}
        most = max(shared.values(), default=0)
        return {one for one in ids if shared[one] == most}, False


def _without_end(file: str) -> str:
    path = PurePath(file)
    return path.stem if _END.fullmatch(path.suffix) else file


def _folders(path: str) -> tuple[str, ...]:
    """The folders of a file, the innermost first."""
    return tuple(reversed(PurePath(_with_slashes(path).casefold()).parent.parts))


def _with_slashes(path: str) -> str:
    """Files of labels come from Windows too."""
    return path.replace("\\", "/")


def _shared(some: Sequence[str], others: Sequence[str]) -> int:
    """How many folders are the same, from the innermost one out."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))
