"""Recordings read in processes of their own, some ahead of who takes them in: a project has one writer, not one reader.

A file that ends the process that reads it is refused, and reading goes on in a new one.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.scratch import asked
from cessl_gui.core.task import ANSWER_S
from cessl_gui.core.types import Record, signal_digest
from cessl_gui.ecg.readers import read_certain
from cessl_gui.ecg.readers.given import Given
from cessl_gui.store.folder import cache_file

log = logging.getLogger(__name__)

FEW = 800  # so many recordings or fewer are read here: to start the processes takes what they would save
MOST_PROCESSES = 4  # one writer keeps up with about so many
LARGE = 16 << 20  # bytes; larger files are read here, so that they are in memory once
AHEAD = 32  # recordings, and
AHEAD_BYTES = 64 << 20  # bytes of signals that wait to be taken in
_NO_VALUE = np.full((), np.nan, np.float32)


class Read(NamedTuple):
    """What came of a path: its record, or why there is none.

    cached : the file of the waveform cache, where another process has made it; the record has the shape alone then
    """

    path: Path
    record: Record | None
    reason: str = ""
    cached: bytes = b""

    @property
    def bytes(self) -> int:
        return self.record.signal_mv.nbytes if self.record else 0


Wanted = Sequence[tuple[Path, Given | None]]


def processes() -> int:
    """How many processes read at a time on this computer; 0: its one core is not shared."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES) if cores > 1 else 0


def read_all(wanted: Wanted, check: Callable[[], None], count: int | None = None) -> Iterator[Read]:
    """Read recordings, in order.

    wanted : path, and what a person said of it
    check  : called many times a second; what it raises ends the reading at once
    count  : processes; None: as many as the computer and the number of recordings suggest
    """
    count = processes() if count is None else count
    if not count or len(wanted) <= FEW:
        for path, given in wanted:
            check()
            yield _read(path, given, check)
        return
    ahead = _Ahead(wanted, count)
    try:
        for place, (path, given) in enumerate(wanted):
            yield ahead.take(place, check) or _read(path, given, check)
    finally:
        ahead.stop()


def _read(path: Path, given: Given | None, check: Callable[[], None] = lambda: None) -> Read:
    try:
        with asked(check):
            record = read_certain(path, given)
            if record.signal_mv.nbytes > LARGE:  # here, where it can be broken off
                vars(record)["signal_sha256"] = signal_digest(record.signal_mv)
            return Read(path, record)
    except UnreadableRecording as error:
        return Read(path, None, str(error))


class _Ahead:
    """Threads that each feed one process and collect what it reads."""

    def __init__(self, wanted: Wanted, count: int) -> None:
        self._wanted = wanted
        self._changed = threading.Condition()
        self._next = self._taken = 0
        self._read: dict[int, Read | None] = {}  # None: to be read here
        self._stopped = False
        self._threads = [threading.Thread(target=self._feed, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def take(self, place: int, check: Callable[[], None]) -> Read | None:
        """What was read there, as soon as it is; None where the caller is to read it."""
        with self._changed:
            while place not in self._read:
                self._changed.wait(ANSWER_S)
                check()
            self._taken = place + 1
            self._changed.notify_all()
            return self._read.pop(place)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _feed(self) -> None:
        reader = _Reader()
        try:
            while (place := self._claim()) is not None:
                path, given = self._wanted[place]
                read = None
                try:
                    if _size(path) <= LARGE:
                        read = reader.read(path, given, lambda: self._stopped)
                except Exception:  # what cannot be handed over is read where it is wanted
                    log.warning("not read ahead", exc_info=True)
                with self._changed:
                    self._read[place] = read
                    self._changed.notify_all()
        finally:
            reader.end()

    def _claim(self) -> int | None:
        """The next place, once there is room for it; None at the end."""
        with self._changed:
            while not self._stopped and self._next < len(self._wanted):
                waiting = sum(read.bytes for read in self._read.values() if read)
                is_near = self._next < self._taken + AHEAD and waiting < AHEAD_BYTES
                if is_near or self._next == self._taken:
                    self._next += 1
                    return self._next - 1
                self._changed.wait(ANSWER_S)
            return None


class _Reader:
    """One process that reads, started when it is first needed, and again after a file has ended it."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._is_ready = self._cannot_start = False

    def read(self, path: Path, given: Given | None, stopped: Callable[[], bool]) -> Read | None:
        """What a recording holds; None where this process has to read it itself, or is told to stop."""
        try:
            if not self._start(stopped) or self._connection is None:
                return None
            self._connection.send((path, given))
            return self._answer(self._connection, stopped)
        except (EOFError, OSError):
            if not self._is_ready:
                self._cannot_start = True
                return None
            self.end()
            name = path.name.encode("utf-8", "backslashreplace").decode()
            return Read(path, None, f"{name} ended the process that was reading it. Check whether it is damaged.")

    def _start(self, stopped: Callable[[], bool]) -> bool:
        if self._process is None and not self._cannot_start:
            self._is_ready = False
            context = multiprocessing.get_context("spawn")  # a fork of a process with threads can hang
            own, other = context.Pipe()
            self._connection = own
            process = context.Process(target=_serve, args=(other,), daemon=True)
            process.start()
            self._process = process
            other.close()
            self._is_ready = self._answer(own, stopped) is not None
        return self._is_ready

    def _answer(self, connection: Connection, stopped: Callable[[], bool]) -> Any:
        """A reading, or the word that the process is ready; None where the wait is over."""
        while not stopped():
            if connection.poll(ANSWER_S):
                answer = connection.recv()
                return _with_shape(*answer) if isinstance(answer, tuple) else answer
        return None

    def end(self) -> None:
        """End the process, in the midst of a file if need be: it only reads."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            if self._connection is not None:
                self._connection.close()
            self._process = None


def _serve(connection: Connection) -> None:
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by who started this
    connection.send("ready")
    with contextlib.suppress(EOFError, OSError):  # that one has gone
        while True:
            read = _read(*connection.recv())
            connection.send(None if read.bytes > LARGE else _for_sending(read))


def _for_sending(read: Read) -> tuple:
    """A reading without its signal, which is in the cache file; its shape and digest."""
    if not read.record:
        return read, (), ""
    content = io.BytesIO()
    cache_file.write(content, read.record)
    bare = replace(read.record, signal_mv=np.empty((0, 0), np.float32))
    return Read(read.path, bare, "", content.getvalue()), read.record.signal_mv.shape, read.record.signal_sha256


def without_signal(record: Record, shape: tuple[int, ...], digest: str) -> Record:
    """The record with nothing but the shape and the digest of a signal."""
    bare = replace(record, signal_mv=np.ndarray(shape, np.float32, _NO_VALUE, strides=(0,) * len(shape)))
    vars(bare)["signal_sha256"] = digest
    return bare


def _with_shape(read: Read, shape: tuple[int, int], digest: str) -> Read:
    if not read.record:
        return read
    return read._replace(record=without_signal(read.record, shape, digest))


def _size(path: Path) -> int:
    """Bytes of a file and of the one with a WFDB header's data, as far as they are there."""
    size = 0
    for one in (path, path.with_suffix(".dat"), path.with_suffix(".mat")):
        with contextlib.suppress(OSError, ValueError):
            size += one.stat().st_size
    return size
