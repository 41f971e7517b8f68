"""Copies of a project's database: one a day, one before each upgrade, and how one of them takes its place."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cessl_gui.core.files import atomic_write, create
from cessl_gui.store.folder import project_folder

KEPT = 7


def back_up(db: sqlite3.Connection, target: Path) -> None:
    """Copy the whole database, consistent while others write, with its permissions.

    raises : sqlite3.OperationalError, NotWritten
    """
    mode = project_folder.file_mode(target.parent.parent)
    target.parent.mkdir(mode=project_folder.folder_mode(mode), exist_ok=True)
    with atomic_write(target) as unfinished:
        create(unfinished, mode).close()
        copy = sqlite3.connect(unfinished)
        try:
            db.backup(copy)
        finally:
            copy.close()


def today(folder: Path) -> Path:
    """Where today's copy is, or will be."""
    return folder / f"daily-{datetime.now(UTC):%Y-%m-%d}.sqlite"


def drop_oldest(folder: Path) -> None:
    """Keep today's copy and the latest before it. Those of a clock that was ahead are the first to go."""
    now = today(folder).stem
    days = [path for path in folder.glob("daily-*.sqlite") if re.fullmatch(r"daily-\d{4}-\d{2}-\d{2}", path.stem)]
    for old in sorted(days, key=lambda path: (path.stem <= now, path.stem))[:-KEPT]:
        with suppress(OSError):
            old.unlink()


def put_back(folder: Path, copy: Path) -> None:
    """Let a copy take the place of a damaged database, which stays beside it under another name.

    Nobody may have the project open. raises : NotWritten, OSError
    """
    kept = f"damaged-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    with atomic_write(folder / project_folder.DATABASE) as unfinished:
        with create(unfinished, project_folder.file_mode(folder)) as file:
            file.write(copy.read_bytes())
        for name in project_folder.FILES[:4]:  # its log would be applied to the copy
            with suppress(FileNotFoundError):
                (folder / name).rename(folder / name.replace("project", kept, 1))
