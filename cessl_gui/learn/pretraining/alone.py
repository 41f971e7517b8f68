"""Runs that share a cache: each configuration is run by one at a time, and ECGs are prepared by one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from cessl_gui.core.errors import CesslError
from cessl_gui.core.task import ANSWER_S, Task

UNFINISHED = "state-{}.new"  # beside state-{}.pt, while that is written


@contextmanager
def one_run(cache: Path, digest: str) -> Iterator[None]:
    """While a configuration is run; its digest names its state. What killed runs were writing is removed.

    raises : CesslError where another run of it is going on
    """
    for path in cache.glob(f"*/{UNFINISHED.format('*')}"):
        with suppress(Timeout, OSError), _lock(cache, path.stem.removeprefix("state-")):
            path.unlink()
    lock = _lock(cache, digest)
    try:
        lock.acquire()
    except Timeout as error:
        raise CesslError(
            f"Another run of this configuration is going on (its cache is {cache}).",
            "Wait until it ends, or stop it; a run that was stopped goes on where it was.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def one_preparing(folder: Path, task: Task) -> Iterator[None]:
    """While ECGs are prepared into a folder: another run waits, and finds what this one has made. raises : Cancelled"""
    lock = FileLock(folder / "preparing.lock", thread_local=False)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=ANSWER_S)
        except Timeout:
            task.check()
            task.report("Waiting for another run that prepares these ECGs")
    try:
        yield
    finally:
        lock.release()


def _lock(cache: Path, digest: str) -> FileLock:
    return FileLock(cache / f"run-{digest}.lock", timeout=0, thread_local=False)
