"""Answers about the open record that take a while: computed in the background, the latest question first, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from cessl_gui.bridge.runner import Runner, ShouldStop
from cessl_gui.core.types import Ending, Outcome

Key = tuple[str, str]  # model id ("": whatever the model), record id


class Answers:
    """One kind of question. Lives in the GUI thread; a question that the reader has moved on from is cancelled.

    kind  : of the runner's task
    work  : (record id, should_stop) -> an answer; runs in a thread
    ready : is called with each answer to the latest question
    keep  : how many answers stay in memory
    """

    def __init__(
        self,
        runner: Runner,
        kind: str,
        work: Callable[[str, ShouldStop], object],
        ready: Callable[[object], None],
        keep: int,
    ) -> None:
        self._runner, self._kind, self._work, self._ready, self._keep = runner, kind, work, ready, keep
        self._known: OrderedDict[Key, object] = OrderedDict()
        self._wanted: Key | None = None
        self._running: Key | None = None

    def ask(self, model_id: str, record_id: str) -> None:
        """Answer at once when known, else when it is computed."""
        self._wanted = (model_id, record_id)
        if self._wanted in self._known:
            self._known.move_to_end(self._wanted)
            self._ready(self._known[self._wanted])
        elif self._running is None:
            self._start()
        elif self._running != self._wanted:
            self._runner.stop(self._kind, "cancel")

    def drop(self) -> None:
        """Nobody waits for an answer any more."""
        self._wanted = None
        if self._running is not None:
            self._runner.stop(self._kind, "cancel")

    def forget(self) -> None:
        """Keep no answer and wait for none: the model they are about is another now."""
        self._known.clear()
        self.drop()

    def ended(self, outcome: Outcome) -> None:
        """The task of this kind came to its end."""
        asked, self._running = self._running, None
        if outcome.ending == Ending.FINISHED:
            self._known[asked] = outcome.result
            while len(self._known) > self._keep:
                self._known.popitem(last=False)
        if self._wanted is None:
            return
        if self._wanted in self._known:
            self._ready(self._known[self._wanted])
        elif self._wanted != asked or outcome.ending == Ending.CANCELLED:  # what failed would fail again
            self._start()

    def _start(self) -> None:
        self._running = self._wanted
        record_id = self._wanted[1]
        self._runner.start(self._kind, lambda report, stop: self._work(record_id, stop))
