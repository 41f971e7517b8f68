"""SQLite's errors as sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cessl_gui.core.errors import DiskFull, ProjectDamaged, ProjectError, ProjectNotWritable

# Primary codes. A disk without room for the shared memory of the write-ahead log is an "input/output error".
FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
CLOSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


@contextmanager
def sqlite_errors(backups: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    raises : DiskFull, ProjectNotWritable, ProjectDamaged, ProjectError
    """
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise _sentence(error, backups) from error
    except UnicodeDecodeError as error:  # SQLite's message quotes the damaged bytes
        raise damaged("The project's database is damaged (names in it are no text).", backups) from error


def _sentence(error: sqlite3.DatabaseError, backups: Path) -> ProjectError:
    of_sqlite = hasattr(error, "sqlite_errorcode")  # Python's own errors have none
    code = error.sqlite_errorcode & 0xFF if of_sqlite else sqlite3.SQLITE_OK
    words = str(error)
    if code in FULL:
        return DiskFull(
            "The disk is full: this could not be saved. All that was saved earlier is safe."
            if code == sqlite3.SQLITE_FULL
            else f"The disk does not let this be saved or read ({words}); it may be full.",
            "Free some space, then do it again.",
        )
    if code in CLOSED:
        return ProjectNotWritable(
            "The project folder cannot be written to.", "Check its permissions, or copy it to a place of your own."
        )
    if isinstance(error, sqlite3.OperationalError) and not of_sqlite:  # Python has one of its own: it cannot decode
        return ProjectError("The project's database holds text that is not UTF-8.", use_a_copy(backups))
    if isinstance(error, sqlite3.OperationalError) and code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ProjectError(f"The project could not be written or read ({words}).", "Try again.")
    return damaged(f"The project's database is damaged ({words}).", backups)


def damaged(what: str, backups: Path, todo: str = "") -> ProjectDamaged:
    """An error that names the copies of earlier days. todo : "", to use one of them"""
    copies = [path for path in backups.glob("*.sqlite") if path.is_file() and path.stat().st_size]
    newest = sorted(copies, key=lambda path: path.stat().st_mtime, reverse=True)
    return ProjectDamaged(what, todo or use_a_copy(backups), tuple(newest))


def use_a_copy(backups: Path) -> str:
    return f"Copies of earlier days lie in {backups}; rename one to project.sqlite."
