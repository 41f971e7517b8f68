"""A fixture that fails a test which leaves a thread or a timer behind: it would run on into the next one."""

import sys
import threading
import time

import pytest

WAIT_S = 2.0


@pytest.fixture(autouse=True)
def nothing_left_running(monkeypatch):
    """Every thread that a test starts has ended, and every QTimer is stopped or deleted, or stops within WAIT_S."""
    before = set(threading.enumerate())
    started = _note_qt(monkeypatch) if "PySide6.QtCore" in sys.modules else ([], [])
    yield
    _check_qt(*started)
    # Daemons of libraries serve the whole process; a test's own thread is none.
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(WAIT_S)
            assert not thread.is_alive(), f"the thread {thread.name} still runs"


def _note_qt(monkeypatch) -> tuple[list, list]:
    """The QThreads and the QTimers that are started from now on."""
    from PySide6.QtCore import QThread, QTimer

    threads: list = []
    timers: list = []
    monkeypatch.setattr(QThread, "start", _noting(QThread.start, threads))
    monkeypatch.setattr(QTimer, "start", _noting(QTimer.start, timers))
    return threads, timers


def _noting(start, started: list):
    def noted(self, *given):
        started.append(self)
        return start(self, *given)

    return noted


def _check_qt(threads: list, timers: list) -> None:
    if not threads and not timers:
        return
    from PySide6.QtCore import QCoreApplication
    from shiboken6 import isValid

    for thread in threads:
        assert not isValid(thread) or thread.wait(round(1000 * WAIT_S)), f"the thread {thread.objectName()} still runs"
    deadline = time.monotonic() + WAIT_S
    left = [timer for timer in timers if isValid(timer) and timer.isActive()]
    while left and time.monotonic() < deadline:  # one that stops at its next tick is not left behind
        QCoreApplication.processEvents()
        time.sleep(0.01)
        left = [timer for timer in left if isValid(timer) and timer.isActive()]
    assert left == [], f"timers still run: {[(timer.parent(), timer.interval()) for timer in left]}"
