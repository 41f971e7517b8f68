"""The one handle of long work: progress goes out through it, and the request to stop comes in."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.types import Progress

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

ANSWER_S = 0.1  # a request to stop is asked for so often while one step takes long
Given = TypeVar("Given")


class Stop(enum.StrEnum):
    """How a person ends long work."""

    KEEP = "keep"  # end now with the best so far
    CANCEL = "cancel"  # end now, change nothing


class EndNow(Exception):
    """The person wants the work to end now with the best so far; who does the work catches it."""


def nobody_stops() -> Stop | None:
    """Where nobody can ask for a stop."""
    return None


class Task:
    """Long work that reports how far it is and can be stopped between two steps.

    on_progress    : receives each Progress, in the thread that does the work
    stop_requested : asked at each step: how to end, or None to go on
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], object] = lambda progress: None,
        stop_requested: Callable[[], Stop | None] = nobody_stops,
    ) -> None:
        self._on_progress = on_progress
        self.stop_requested = stop_requested
        self._worker: ThreadPoolExecutor | None = None  # its thread ends with this object

    def report(
        self, phase: str, fraction: float | None = None, seconds_left: float | None = None, message: str = "", **figures
    ) -> None:
        """Report how far the work is.

        figures : step, train_loss, validation, best; see Progress
        """
        self._on_progress(Progress("", phase, fraction, seconds_left, message, **figures))

    def check(self) -> None:
        """Raise Cancelled if the person has cancelled."""
        self.should_keep()

    def should_keep(self) -> bool:
        """Return True if the work is to end now with the best so far. raises : Cancelled"""
        stop = self.stop_requested()
        if stop == Stop.CANCEL:
            raise Cancelled
        return stop == Stop.KEEP

    def interrupt(self) -> None:
        """Raise Cancelled, or EndNow if the person wants to keep: for the middle of a step, which is then lost."""
        if self.should_keep():
            raise EndNow

    def asking(self, work: Callable[[], Given]) -> Given:
        """Do what nothing can break off, as the reading of a recording of a day, and ask meanwhile. See `waited_for`.

        All such work of a task is done by one thread, as each thread opens files of the project for itself; so none of
        it may call this.
        """
        if self.stop_requested is nobody_stops:
            return work()
        if self._worker is None:
            from concurrent.futures import ThreadPoolExecutor

            self._worker = ThreadPoolExecutor(1, "asking")
        return waited_for(self._worker.submit(work), self.check)

    def steps(self, phase: str, total: int, before: int = 0) -> Steps:
        """Return a counter of equal steps, which reports the share done and the time left.

        before : so many of them need no time
        """
        return Steps(self, phase, total, before)


def waited_for(given: Future[Given], check: Callable[[], object]) -> Given:
    """What another thread works out; `check` is called meanwhile.

    raises : what the work raises; what `check` raises, at once: the work then ends by itself, and what it gives is lost
    """
    from concurrent.futures import wait  # as in `Task.asking`: not while the program starts

    while not wait([given], ANSWER_S).done:
        check()
    return given.result()


class Steps:
    """Report how many of a number of equal steps are done, and how long the rest takes at the pace so far."""

    def __init__(self, task: Task, phase: str, total: int, before: int = 0) -> None:
        self._task, self._phase, self._total, self._before = task, phase, total, before
        self._began = time.monotonic()

    def done(self, count: int, message: str = "", **figures) -> None:
        """Report that `count` of the steps are done. figures : see `Task.report`"""
        rate = self.rate(count)
        left = (self._total - count) / rate if rate else None
        self._task.report(self._phase, count / max(self._total, 1), left, message, step=count, **figures)

    def rate(self, count: int) -> float:
        """Steps a second so far, when `count` of them are done; 0 before the first."""
        return max(0, count - self._before) / max(time.monotonic() - self._began, 1e-6)


NOBODY_WAITS = Task()  # reports to nobody and is never stopped
