"""Recordings that only others have: which they are, and what has come of their signals so far."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cessl_gui.store.exchange.described import IS_ELSEWHERE
from cessl_gui.store.folder import project_folder
from cessl_gui.store.sqlite.database import Database


class Digests(NamedTuple):
    """SHA-256 of a record's source, and of its values in mV; the latter is "" where an earlier version kept none."""

    sha256: str
    signal_sha256: str


_NOW = (  # a corrected header has another content and another signal; the id is that of the first
    "SELECT c.content, r.id FROM record_contents AS c JOIN records AS r ON r.id = c.record_id"
    " WHERE (c.content = substr(r.sha256, 1, 16) OR NOT EXISTS (SELECT 1 FROM record_contents AS o"
    " WHERE o.record_id = r.id AND o.content = substr(r.sha256, 1, 16)))"
)


class Elsewhere:
    """What a project knows of recordings without having met them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder / project_folder.RECEIVED

    def own(self) -> dict[str, str]:
        """Content -> record, of those that were met on this computer, in the order of import; see `contents`."""
        return dict(self._database.each(f"{_NOW} AND NOT ({IS_ELSEWHERE}) ORDER BY r.rowid"))

    def contents(self) -> dict[str, str]:
        """Content -> record, of those that only others have: the contents under which the signal is described now."""
        return dict(self._database.each(f"{_NOW} AND {IS_ELSEWHERE}"))

    def digests(self, record_id: str) -> Digests:
        """raises : KeyError"""
        row = self._database.one("SELECT sha256, signal_sha256 FROM records WHERE id = ?", (record_id,))
        if row is None:
            raise KeyError(record_id)
        return Digests(*row)

    @contextmanager
    def receiving(self, digest: str) -> Iterator[Path]:
        """Where a file is kept while it comes, also from one sync to the next. raises : OSError"""
        mode = project_folder.file_mode(self._folder.parent)
        self._folder.mkdir(mode=project_folder.folder_mode(mode), exist_ok=True)
        path = self._folder / f"{digest}.part"
        project_folder.own(path, mode)
        yield path

    def forget(self) -> None:
        """Delete what has come in part: of recordings that are removed nothing may stay."""
        shutil.rmtree(self._folder, ignore_errors=True)
