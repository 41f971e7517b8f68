"""A project as it is at one moment, to be read a little later by another thread while people go on."""

from __future__ import annotations

from contextlib import ExitStack

from cessl_gui.store.sqlite.database import Database
from cessl_gui.store.sqlite.sqlite_errors import sqlite_errors


class Moment:
    """What the database holds when this is made. In a `with` block the calling thread reads that, and writes nothing.

    Made at once, however large the project is: SQLite keeps what a reader has begun to read. For one block.
    raises : ProjectError
    """

    def __init__(self, database: Database) -> None:
        self._database, self._block = database, ExitStack()
        with sqlite_errors(database.backups):
            self._db = database.connect()
            self._db.execute("BEGIN")
            self._db.execute("SELECT COUNT(*) FROM (SELECT 1 FROM acts LIMIT 1)")  # it begins with what is read first

    def __enter__(self) -> None:
        self._block.callback(self._db.close)
        self._block.enter_context(self._database.reading(self._db))

    def __exit__(self, *error: object) -> None:
        self._block.close()
