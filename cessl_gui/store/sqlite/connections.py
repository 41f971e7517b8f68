"""The connections to one database: each thread has its own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cessl_gui.core.errors import ProjectGone


class Connections:
    """Opens a connection for each thread that asks for its own, and closes them."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._local = threading.local()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._closed_by: threading.Thread | None = None
        self._guard = threading.Lock()

    @property
    def own(self) -> sqlite3.Connection:
        """The connection of the calling thread. raises : ProjectGone once all were closed, and what `connect` raises"""
        if not hasattr(self._local, "connection"):
            db = self._connect()
            with self._guard:
                # Who closed it may ask once more: parts of a window that goes do.
                if self._closed_by not in (None, threading.current_thread()):
                    db.close()
                    raise ProjectGone("The project is closed.", "Open it again.")
                self._open.append((threading.current_thread(), db))
            self._local.connection = db
        return self._local.connection

    @contextmanager
    def reading(self, db: sqlite3.Connection) -> Iterator[None]:
        """In the block the calling thread has this connection in place of its own."""
        own, self._local.connection = self.own, db
        try:
            yield
        finally:
            self._local.connection = own

    @contextmanager
    def deeper(self) -> Iterator[int]:
        """How many of these blocks the calling thread is in already."""
        depth = getattr(self._local, "depth", 0)
        self._local.depth = depth + 1
        try:
            yield depth
        finally:
            self._local.depth = depth

    def close(self) -> None:
        """Close all; no other thread gets one any more.

        A thread that a cancelled task left behind may be in the middle of a query: its connection ends with that.
        """
        with self._guard:
            self._closed_by = threading.current_thread()
            for thread, db in self._open:
                if thread is threading.current_thread() or not thread.is_alive():
                    db.close()
            self._open.clear()
        self._local = threading.local()
