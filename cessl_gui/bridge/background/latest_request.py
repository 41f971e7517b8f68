"""Requests about the open record that take a while: answered in the background, the latest one first, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class Kept(Generic[Key, Answer]):
    """The answers used last, at most so many; one is always kept, however large.

    size : of one answer, in the unit of `limit`
    """

    def __init__(self, limit: int, size: Callable[[Answer], int] = lambda answer: 1) -> None:
        self._limit, self._size = limit, size
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._answers

    def __getitem__(self, key: Key) -> Answer:
        self._answers.move_to_end(key)
        return self._answers[key]

    def __setitem__(self, key: Key, answer: Answer) -> None:
        self._answers[key] = answer
        self._answers.move_to_end(key)
        while len(self._answers) > 1 and sum(map(self._size, self._answers.values())) > self._limit:
            self._answers.popitem(last=False)

    def clear(self) -> None:
        self._answers.clear()


class LatestRequest(Generic[Key, Answer]):
    """One kind of request. Lives in the GUI thread; one that the reader has moved on from is cancelled.

    kind  : of the runner's task
    work  : (key, task) -> the answer; runs in a thread
    ready : is called with the answer to the latest request
    kept  : answers in memory, which others may add to
    """

    def __init__(
        self,
        runner: Runner,
        kind: TaskKind,
        work: Callable[[Key, Task], Answer],
        ready: Callable[[Answer], None],
        kept: Kept[Key, Answer],
    ) -> None:
        self._runner, self._kind, self._work, self._ready, self._kept = runner, kind, work, ready, kept
        self._pending: Key | None = None  # the request that still waits for its answer
        self._running: Key | None = None  # the request that the background task answers
        self._is_outdated = False  # the answer that it will give

    def ask(self, key: Key) -> bool:
        """Request an answer; True when it was known, and `ready` has been called with it."""
        if key in self._kept:
            self.drop()
            self._ready(self._kept[key])
            return True
        self._pending = key
        if self._running is None:
            self._start(key)
        elif self._running != key:
            self._runner.stop(self._kind)
        return False

    def drop(self) -> None:
        """Nobody waits for an answer any more."""
        self._pending = None
        if self._running is not None:
            self._runner.stop(self._kind)

    def forget(self) -> None:
        """Keep no answer and wait for none: the model they are about is another now."""
        self.renew()
        self.drop()

    def renew(self) -> None:
        """Keep no answer, nor one that is on its way: the request that waits is answered anew."""
        self._kept.clear()
        self._is_outdated = self._running is not None

    def ended(self, outcome: Outcome) -> None:
        """The task of this kind came to its end."""
        answered, self._running = None if self._is_outdated else self._running, None
        self._is_outdated = False
        if outcome.ending == Ending.FINISHED and answered is not None:
            self._kept[answered] = outcome.result
        key, self._pending = self._pending, None
        if key is None:
            return
        if key in self._kept:
            self._ready(self._kept[key])
        elif key != answered or outcome.ending == Ending.CANCELLED:  # what failed would fail again
            self._pending = key
            self._start(key)

    def _start(self, key: Key) -> None:
        self._running = key
        self._runner.start(self._kind, lambda task: self._work(key, task))
