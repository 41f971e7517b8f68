"""Long work in QThreads: plain functions go in, progress and an outcome come back to the GUI thread."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QThread, Signal, Slot

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.errors import Cancelled, CesslError
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import Ending, Outcome, Progress

log = logging.getLogger(__name__)

Work = Callable[[Task], object]

PROGRESS_INTERVAL_S = 0.1  # more than ten a second only costs the window time
# Python's 5 ms: each time the window comes back from Qt's own code while a worker computes in Python, it would wait so
# long for its turn, and drawing one record comes back dozens of times.
SWITCH_INTERVAL_S = 0.0001
BACKGROUND_NICENESS = 10  # on Linux a thread has a niceness of its own: the window goes first where cores are short


class _StopRequest:
    """How a person ends a task: set from the GUI thread, read by the worker between two steps.

    A threading primitive and not a queued signal: a slot would not run while the worker is busy.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._how: Stop | None = None

    def request(self, how: Stop) -> None:
        """Ask the work to end; a cancel overrules a keep."""
        if self._how != Stop.CANCEL:
            self._how = how
        self._event.set()

    def __call__(self) -> Stop | None:
        return self._how if self._event.is_set() else None


class _Worker(QObject):
    progress = Signal(object)
    ended = Signal(object)

    def __init__(self, job_id: str, work: Work, stop: _StopRequest) -> None:
        super().__init__()
        self._job_id, self._work, self._stop = job_id, work, stop
        self._last_sent = 0.0
        self._last_phase = ""

    @Slot()
    def run(self) -> None:
        _lower_priority()
        try:
            result = self._work(Task(self._report, self._stop))
            outcome = Outcome(self._job_id, Ending.FINISHED, result=result)
        except Cancelled as cancelled:
            outcome = Outcome(self._job_id, Ending.CANCELLED, cancelled.what, cancelled.todo)
        except CesslError as error:
            outcome = Outcome(self._job_id, Ending.FAILED, error.what, error.todo, traceback.format_exc())
        except Exception as error:
            log.exception("job %s failed", self._job_id)
            outcome = Outcome(
                self._job_id,
                Ending.FAILED,
                f"Something in the program failed: {error or type(error).__name__}",
                "Your labels are safe. The details below help whoever maintains the program.",
                traceback.format_exc(),
            )
        self.ended.emit(outcome)

    def _report(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.phase == self._last_phase and now - self._last_sent < PROGRESS_INTERVAL_S:
            return
        self._last_sent, self._last_phase = now, progress.phase
        self.progress.emit(replace(progress, job_id=self._job_id))


class Runner(QObject):
    """Runs at most one task of each kind, each in its own QThread.

    progress(Progress), ended(TaskKind, Outcome) arrive in the GUI thread; a late signal of an old job is dropped.
    """

    progress = Signal(object)
    ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._running: dict[TaskKind, tuple[str, QThread, _Worker, _StopRequest]] = {}
        self._count = 0
        self._is_shut = False

    @property
    def busy(self) -> dict[TaskKind, str]:
        """kind -> job id of what is running now."""
        return {kind: job_id for kind, (job_id, *_) in self._running.items()}

    def start(self, kind: TaskKind, work: Work) -> str:
        """Start `work(task)` in a thread of its own; returns its job id, "" once all was shut down.

        raises : RuntimeError when a task of this kind is still running
        """
        if self._is_shut:  # a timer of a window that is closing may still ask
            return ""
        if kind in self._running:
            raise RuntimeError(f"a task of kind {kind} is still running")
        self._count += 1
        job_id = f"{kind}-{self._count}"
        stop = _StopRequest()
        thread = QThread(self)
        thread.setObjectName(job_id)
        worker = _Worker(job_id, work, stop)
        worker.moveToThread(thread)
        thread.started.connect(worker.run)
        # Bound methods of a QObject that lives here: Qt queues the call into the GUI thread.
        worker.progress.connect(self._on_progress)
        worker.ended.connect(self._on_ended)
        self._running[kind] = (job_id, thread, worker, stop)
        thread.start()
        return job_id

    def stop(self, kind: TaskKind, how: Stop = Stop.CANCEL) -> None:
        """Ask the running task of this kind to end; answers at once, the outcome follows by signal."""
        if kind in self._running:
            self._running[kind][3].request(how)

    def shut_down(self, wait_ms: int = 10_000) -> bool:
        """Cancel everything and wait for the threads; True when all of them ended."""
        for _, _, _, stop in self._running.values():
            stop.request(Stop.CANCEL)
        ended = True
        for _, thread, _, _ in list(self._running.values()):
            thread.quit()
            ended &= thread.wait(wait_ms)
        if ended:
            self._running.clear()
            self._is_shut = True
        return ended

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.job_id in self.busy.values():
            self.progress.emit(progress)

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        for kind, (job_id, thread, worker, _) in list(self._running.items()):
            if job_id == outcome.job_id:
                del self._running[kind]
                thread.quit()
                thread.wait()
                worker.deleteLater()
                thread.deleteLater()
                self.ended.emit(kind, outcome)


def _lower_priority() -> None:
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)
        except OSError:
            log.info("the background thread keeps its priority: the system does not allow lowering it")
