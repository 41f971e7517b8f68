"""The SQLite file of a project: connections, transactions, migrations."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

from cessl_gui.core.errors import CesslError, ProjectError, ProjectGone, ProjectTooNew, ReadingOnly
from cessl_gui.core.files import why
from cessl_gui.store.care import backups
from cessl_gui.store.folder import project_folder
from cessl_gui.store.log.act_ids import now_utc as now_utc
from cessl_gui.store.log.device import Device
from cessl_gui.store.sqlite import schema, snapshot, taking_over
from cessl_gui.store.sqlite.connections import Connections
from cessl_gui.store.sqlite.contents import check_contents
from cessl_gui.store.sqlite.sqlite_errors import damaged, sqlite_errors

log = logging.getLogger(__name__)

APPLICATION_ID = 0x4543_4753  # "ECGS": tells our files from other SQLite files
LONGEST_VALUE = 16 << 20  # bytes of one row: a stranger's could fill the memory
BUSY_TIMEOUT_S = 10
LARGE = 64 << 20  # bytes of a database that takes seconds to look through
_FETCHED = 5000  # rows at a time


def _run(number: int, db: sqlite3.Connection) -> None:
    name = f"schema_{number}.sql" if number > 1 else "schema.sql"
    for statement in schema.statements(Path(__file__).with_name(name).read_text(encoding="utf-8")):
        db.execute(statement)


# Each brings a project from the version of its index to the next; append only. Every one runs in the transaction that
# also records it, so a crash leaves the old version whole.
_BY_CODE = {10: taking_over.run, 15: taking_over.choose_again}
MIGRATIONS: list[Callable[..., None]] = [_BY_CODE.get(number) or partial(_run, number) for number in range(1, 20)]


class Database:
    """One SQLite file, a connection per thread, every write durable before the call returns.

    warnings     : sentences about what went wrong at opening and stops nothing
    reading_only : why nothing can be written; "" where it can
    """

    def __init__(
        self,
        path: Path,
        reading_only: str = "",
        examine_later: bool = False,
        progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        """Open the file (made if absent), check it, bring it up to date.

        reading_only  : why it cannot be written; it is then read into memory, and nothing is written anywhere
        examine_later : leave a large one's pages and values to a later call of examine()
        progress      : hears the share that is done, while a project of an earlier version is brought up to date
        raises        : ProjectError and its kinds
        """
        self.path = path
        self.only = ""  # a reader who sees no other reader's word; "": the latest word of all is shown
        self.warnings: tuple[str, ...] = ()
        self.reading_only = ""  # until what was read has been brought up to date, in memory
        self._file: os.stat_result | None = None  # which file it is, once it is open
        self.commits = 0  # by this program: what is kept of an answer holds until there is another
        self._connections = Connections(self.connect)
        # Threads of this program wait for each other here: SQLite's own waiting sleeps up to 100 ms at a time.
        self._writing = threading.RLock()
        self.backups = path.parent / project_folder.BACKUPS
        self.device = Device(path.parent)
        self._memory = f"file:cessl-{uuid.uuid4().hex}?mode=memory&cache=shared" if reading_only else ""
        try:
            with sqlite_errors(self.backups):
                self._check_not_emptied()
                if reading_only:
                    snapshot.load(path, self.connection)
                else:
                    project_folder.own(path, project_folder.PRIVATE)
                self._check()
                self.is_examined = not (examine_later and not reading_only and self._takes_long())
                if self.is_examined:
                    self._check_pages()
                self._migrate(bool(reading_only), progress)
                if self.is_examined:
                    self.warnings += check_contents(self)
                self._file = None if reading_only else path.stat()
                self.reading_only = reading_only
                if not reading_only:
                    self._take_pen()
                if self.is_examined and not reading_only:
                    self.warnings += self._back_up_daily()
        except BaseException:
            self.close()
            raise

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of the calling thread. raises : ProjectGone, also once the project is closed"""
        return self._connections.own

    def connect(self) -> sqlite3.Connection:
        """Another connection, for who calls to close. raises : ProjectGone"""
        self.check_folder()  # SQLite would make a new, empty file
        # check_same_thread off: only so that close() may close the connections of threads that have ended.
        db = sqlite3.connect(
            self._memory or self.path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            uri=bool(self._memory),
        )
        db.row_factory = sqlite3.Row
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        if sys.version_info >= (3, 12):
            db.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        # trusted_schema, recursive_triggers: what a stranger's file has in it runs nothing, and REPLACE, too, meets
        # the triggers that keep events. FULL: with NORMAL the last commits could be lost when power fails.
        pragmas = ["trusted_schema=OFF", "recursive_triggers=ON", "foreign_keys=ON", "cell_size_check=ON"]
        pragmas += [] if self._memory else ["journal_mode=WAL", "synchronous=FULL"]
        for pragma in pragmas:
            db.execute(f"PRAGMA {pragma}")
        return db

    def reading(self, db: sqlite3.Connection) -> AbstractContextManager[None]:
        """In the block the calling thread reads through this connection in place of its own."""
        return self._connections.reading(db)

    def all(self, sql: str, values: tuple | dict = ()) -> list[sqlite3.Row]:
        """Rows of a query."""
        with sqlite_errors(self.backups):
            return self.connection.execute(sql, values).fetchall()

    def each(self, sql: str, values: tuple = ()) -> Iterator[tuple]:
        """Rows of a query as plain tuples, some at a time: a million of them never lie in memory together."""
        with sqlite_errors(self.backups):
            cursor = self.connection.cursor()
            cursor.row_factory = None
            cursor.execute(sql, values)
            while some := cursor.fetchmany(_FETCHED):
                yield from some

    def one(self, sql: str, values: tuple = ()) -> sqlite3.Row | None:
        with sqlite_errors(self.backups):
            return self.connection.execute(sql, values).fetchone()

    def shown(self, table: str = "") -> tuple[str, tuple[str, ...]]:
        """The condition on what is shown of labels, readings and marks, and its values: it comes last in a query.

        table : as "l.", where the query joins others
        """
        return (f"{table}reader = ?", (self.only,)) if self.only else (f"{table}shown = 1", ())

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed and on disk when the block ends, undone whole when it fails; blocks nest.

        raises : ProjectError with a sentence when the disk is full, the file cannot be written or is gone
        """
        self.check_writable()
        db = self.connection
        with self._connections.deeper() as depth, self._writing, sqlite_errors(self.backups):
            # IMMEDIATE: wait for the other thread's write at the start, not in the middle.
            begin, commit, undo = (
                ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
                if depth == 0
                else (f"SAVEPOINT s{depth}", f"RELEASE s{depth}", f"ROLLBACK TO s{depth}")
            )
            db.execute(begin)
            try:
                yield db
                if depth == 0:
                    self.check_folder()
                acted = depth == 0 and self.device.seal(db)
                db.execute(commit)
            except BaseException:
                with suppress(sqlite3.OperationalError):  # a full disk has rolled back already
                    db.execute(undo)
                if depth == 0:
                    self.device.forget()
                raise
            if depth == 0:
                self.commits += 1
            if acted:
                self.device.keep_outside(db)

    def examine(self) -> tuple[str, ...]:
        """Look through all pages and values of a large database, which may be in use, and make today's copy.

        returns : what a person should know of it, in sentences
        raises  : ProjectDamaged, ProjectError
        """
        if self.is_examined:
            return ()
        with sqlite_errors(self.backups):
            self._check_pages()
            said = check_contents(self)
            self.is_examined = True
            return said if self.reading_only else said + self._back_up_daily()

    def close(self) -> None:
        """Close every thread's connection; see Connections.close."""
        if self._file is not None and not self.reading_only:
            with suppress(CesslError, sqlite3.Error):
                self.device.keep_outside(self.connection, at_once=True)
        self._connections.close()

    def check_writable(self) -> None:
        """raises : ReadingOnly"""
        if self.reading_only:
            raise ReadingOnly(
                f"{self.path.parent.name} is open for reading only ({self.reading_only}); nothing can be changed.",
                "Copy it to a place of your own, or free some space where the disk is full, and open it there.",
            )

    def _check_not_emptied(self) -> None:
        """An empty file, or none, beside what a project leaves is not a new project."""
        size = self.path.stat().st_size if self.path.is_file() else None
        if not size and project_folder.is_emptied(self.path.parent):
            how = "is missing" if size is None else "is empty"
            raise damaged(f"The project's database {how}, though its waveforms or copies are here.", self.backups)

    def _check(self) -> None:
        db = self.connection
        schema.check_owner(db, self.path, APPLICATION_ID)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise ProjectTooNew(
                f"This project was made by a newer version of the program (project version {version}, "
                f"this program knows {len(MIGRATIONS)}).",
                "Update the program; nothing was changed.",
            )
        tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        if version < 0 or (version == 0) != (tables == 0):
            raise ProjectError(f"{self.path} names no version of a project.", "Take a copy of an earlier day.")
        if not tables and project_folder.is_emptied(self.path.parent):
            raise damaged(
                "The project's database holds nothing, though its waveforms or copies are here.", self.backups
            )
        # Before anything else is asked of the file: a stranger's view or index can take for ever.
        to_mend = schema.differences(db, MIGRATIONS[:version])
        if to_mend:
            with self.atomic() as db:
                schema.mend(db, to_mend)
            self.warnings += (schema.words(to_mend),)

    def _takes_long(self) -> bool:
        """Whether it is large, and nothing is going to be rewritten: that needs sound pages."""
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        return version == len(MIGRATIONS) and self.path.stat().st_size > LARGE

    def _check_pages(self) -> None:
        verdict = self.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)

    def check_folder(self) -> None:
        """A file that was deleted or moved while it is open takes every write and keeps none where people look for it.

        raises : ProjectGone
        """
        if self._file is None:
            return
        try:
            if os.path.samestat(self.path.stat(), self._file):
                return
        except OSError:
            pass
        raise ProjectGone(
            f"The project is no longer at {self.path.parent}: nothing more can be saved.",
            "Put its folder back; if it was deleted, save a copy of what you entered elsewhere.",
        )

    def _take_pen(self) -> None:
        """Find the key and the chain of this computer, and sign what was taken over from an earlier version."""
        self.device.open(self.connection)
        self.warnings += (self.device.warning,) if self.device.warning else ()
        unsigned = self.all("SELECT id FROM devices WHERE from_version > 0 AND id NOT IN (SELECT device FROM heads)")
        if unsigned:
            with self.atomic() as db:
                for row in unsigned:
                    self.device.sign(db, row["id"])
            self.device.keep_outside(self.connection)

    def _migrate(self, in_memory: bool, progress: Callable[[float], None]) -> None:
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if 0 < version < len(MIGRATIONS) and not in_memory:
            self.back_up(f"before-version-{len(MIGRATIONS)}")
        for number, migration in list(enumerate(MIGRATIONS, 1))[version:]:
            with self.atomic() as db:
                if migration is taking_over.run:
                    migration(db, progress)
                else:
                    migration(db)
                db.execute(f"PRAGMA user_version = {number}")
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def back_up(self, name: str) -> Path:
        """Copy the whole database to backups/NAME.sqlite. raises : sqlite3.OperationalError, NotWritten"""
        target = self.backups / f"{name}.sqlite"
        backups.back_up(self.connection, target)
        return target

    def save_copy(self, target: Path) -> None:
        """Copy the whole database to a file, also after its own was deleted. raises : ProjectError, NotWritten"""
        with sqlite_errors(self.backups):
            backups.back_up(self.connection, target)

    def _back_up_daily(self) -> tuple[str, ...]:
        """Make today's copy. Where there is no room for one, people can still read what they have, and are told."""
        try:
            with sqlite_errors(self.backups):
                if not backups.today(self.backups).exists():
                    backups.back_up(self.connection, backups.today(self.backups))
        except (CesslError, OSError) as error:
            log.warning("no daily copy", exc_info=True)
            what = error.what if isinstance(error, CesslError) else f"{why(error)}."
            return (f"Today's copy of the project was not made. {what}",)
        backups.drop_oldest(self.backups)
        return ()
