"""A fixture that fails a test which leaves a thread or a timer behind: it would run on into the next one."""

import time

import pytest
from PySide6.QtCore import QCoreApplication, QThread, QTimer
from shiboken6 import isValid

WAIT_MS = 2000


@pytest.fixture(autouse=True)
def nothing_left_running(monkeypatch):
    """Every QThread that a test starts has ended, and every QTimer is stopped or deleted, or stops within WAIT_MS."""
    started: dict[type, list] = {QThread: [], QTimer: []}
    for kind in (QThread, QTimer):
        monkeypatch.setattr(kind, "start", _noting(kind.start, started[kind]))
    yield
    for thread in started[QThread]:
        assert not isValid(thread) or thread.wait(WAIT_MS), f"the thread {thread.objectName()} still runs"
    left = _running(started[QTimer])
    deadline = time.monotonic() + WAIT_MS / 1000
    while left and time.monotonic() < deadline:  # one that stops at its next tick is not left behind
        QCoreApplication.processEvents()
        time.sleep(0.01)
        left = _running(left)
    assert left == [], f"timers still run: {[(timer.parent(), timer.interval()) for timer in left]}"


def _running(timers: list) -> list:
    return [timer for timer in timers if isValid(timer) and timer.isActive()]


def _noting(start, started: list):
    def noted(self, *given):
        started.append(self)
        return start(self, *given)

    return noted
