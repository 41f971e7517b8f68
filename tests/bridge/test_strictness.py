"""Tests fail on warnings of Python and of Qt, and on what they leave running."""

import warnings

import pytest
from PySide6.QtCore import QTimer


def test_a_warning_fails_a_test():
    with pytest.raises(UserWarning, match="seen"):
        warnings.warn("seen", stacklevel=1)


def test_a_started_timer_is_noted_and_may_be_stopped(qapp):
    timer = QTimer(interval=10_000)
    timer.start()
    assert timer.isActive()
    timer.stop()  # left running, it would fail this test at its end
