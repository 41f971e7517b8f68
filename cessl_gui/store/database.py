"""The SQLite file of a project: connections, transactions, migrations, backups."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cessl_gui.core.errors import CesslError, ProjectError, ProjectNotWritable, ProjectTooNew
from cessl_gui.core.files import whole

log = logging.getLogger(__name__)

APPLICATION_ID = 0x4543_4753  # "ECGS": tells our files from other SQLite files
BACKUPS_KEPT = 7
BUSY_TIMEOUT_S = 10


def _run(name: str, db: sqlite3.Connection) -> None:
    for statement in _statements(Path(__file__).with_name(name).read_text(encoding="utf-8")):
        db.execute(statement)


# Each brings a project from the version of its index to the next; append only. Every one runs in the transaction that
# also records it, so a crash leaves the old version whole.
MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    partial(_run, script) for script in ("schema.sql", "schema_2.sql", "schema_3.sql", "schema_4.sql")
]


class Database:
    """One SQLite file, a connection per thread, every write durable before the call returns.

    warnings : sentences about what went wrong at opening and stops nothing
    """

    def __init__(self, path: Path) -> None:
        """Open the file (made if absent), check it, bring it up to date.

        raises : ProjectError, ProjectTooNew, ProjectNotWritable
        """
        self.path = path
        self.warnings: tuple[str, ...] = ()
        self._file: os.stat_result | None = None  # which file it is, once it is open
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        # Threads of this program wait for each other here: SQLite's own waiting sleeps up to 100 ms at a time.
        self._writing = threading.RLock()
        self.backups = path.parent / "backups"
        with said(self.backups):
            self._check()
            self._file = path.stat()
            self._migrate()
            self._back_up_daily()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of the calling thread."""
        if not hasattr(self._local, "connection"):
            self.check_place()  # SQLite would make a new, empty file
            # check_same_thread off: only so that close() may close the connections of threads that have ended.
            db = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            db.row_factory = sqlite3.Row
            # FULL: with NORMAL the last commits could be lost when power fails.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
                db.execute(f"PRAGMA {pragma}")
            self._local.connection = db
            self._local.depth = 0
            with self._guard:
                self._open.append(db)
        return self._local.connection

    def all(self, sql: str, values: tuple = ()) -> list[sqlite3.Row]:
        """Rows of a query."""
        with said(self.backups):
            return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: tuple = ()) -> sqlite3.Row | None:
        with said(self.backups):
            return self.connection.execute(sql, values).fetchone()

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed and on disk when the block ends, undone whole when it fails; blocks nest.

        raises : ProjectError with a sentence when the disk is full, the file cannot be written or is gone
        """
        db = self.connection
        depth, self._local.depth = self._local.depth, self._local.depth + 1
        # IMMEDIATE: wait for the other thread's write at the start, not in the middle.
        begin, commit, undo = (
            ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
            if depth == 0
            else (f"SAVEPOINT s{depth}", f"RELEASE s{depth}", f"ROLLBACK TO s{depth}")
        )
        try:
            with self._writing, said(self.backups):
                db.execute(begin)
                try:
                    yield db
                    self.check_place()
                    db.execute(commit)
                except BaseException:
                    with suppress(sqlite3.OperationalError):  # a full disk has rolled back already
                        db.execute(undo)
                    raise
        finally:
            self._local.depth = depth

    def close(self) -> None:
        """Close every thread's connection; the threads that used them must have ended."""
        with self._guard:
            for db in self._open:
                db.close()
            self._open.clear()
        self._local = threading.local()

    def _check(self) -> None:
        db = self.connection
        owner = db.execute("PRAGMA application_id").fetchone()[0]
        tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        if tables and owner != APPLICATION_ID:
            raise ProjectError(f"{self.path} is not a project of this program.", "Choose another folder.")
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise ProjectTooNew(
                f"This project was made by a newer version of the program (project version {version}, "
                f"this program knows {len(MIGRATIONS)}).",
                "Update the program; nothing was changed.",
            )

    def check_place(self) -> None:
        """A file that was deleted or moved while it is open takes every write and keeps none where people look for it.

        raises : ProjectError
        """
        if self._file is None:
            return
        try:
            if os.path.samestat(self.path.stat(), self._file):
                return
        except OSError:
            pass
        raise ProjectError(
            f"The project is no longer at {self.path.parent}: nothing more can be saved.",
            "Put its folder back; if it was deleted, take it from the bin or a backup and open it again.",
        )

    def _migrate(self) -> None:
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if 0 < version < len(MIGRATIONS):
            self.back_up(f"before-version-{len(MIGRATIONS)}")
        for number, migration in list(enumerate(MIGRATIONS, 1))[version:]:
            with self.atomic() as db:
                migration(db)
                db.execute(f"PRAGMA user_version = {number}")
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def back_up(self, name: str) -> Path:
        """Copy the whole database, consistent while others write, to backups/NAME.sqlite.

        raises : sqlite3.OperationalError, NotWritten
        """
        target = self.backups / f"{name}.sqlite"
        with whole(target) as unfinished:
            copy = sqlite3.connect(unfinished)
            try:
                self.connection.backup(copy)
            finally:
                copy.close()
        return target

    def _back_up_daily(self) -> None:
        """Where there is no room for a copy, people can still read what they have."""
        today = f"daily-{datetime.now(UTC):%Y-%m-%d}"
        if not (self.backups / f"{today}.sqlite").exists():
            try:
                with said(self.backups):
                    self.back_up(today)
            except CesslError as error:
                log.warning("no daily copy", exc_info=True)
                self.warnings += (f"Today's copy of the project was not made. {error.what}",)
                return
        for old in sorted(self.backups.glob("daily-*.sqlite"))[:-BACKUPS_KEPT]:
            with suppress(OSError):
                old.unlink()


@contextmanager
def said(backups: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if "full" in words:
            raise ProjectError(
                "The disk is full: this could not be saved. All that was saved earlier is safe.",
                "Free some space, then do it again.",
            ) from error
        if "readonly" in words or "unable to open" in words or "permission" in words.lower():
            raise ProjectNotWritable(
                "The project folder cannot be written to.", "Check its permissions, or copy it to a place of your own."
            ) from error
        raise ProjectError(f"The project could not be written or read ({words}).", "Try again.") from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise ProjectError(
            f"The project's database is damaged ({error}).",
            f"Copies of earlier days lie in {backups}; rename one to project.sqlite.",
        ) from error


def now_utc() -> str:
    """This moment, e.g. 2026-11-24T14:03:22.123Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: executescript() would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
