"""The handle of long work: how a request to stop is answered, and what is reported."""

import threading
import time

import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import NOBODY_WAITS, Stop, Task


@pytest.mark.parametrize(("stop", "keeps"), [(None, False), (Stop.KEEP, True)])
def test_work_ends_early_only_where_it_is_asked_to_keep(stop, keeps):
    assert Task(stop_requested=lambda: stop).should_keep() is keeps


@pytest.mark.parametrize("ask", [Task.should_keep, Task.check])
def test_cancel_is_not_taken_for_keep(ask):
    with pytest.raises(Cancelled):
        ask(Task(stop_requested=lambda: Stop.CANCEL))


def test_work_that_keeps_nothing_goes_on_when_asked_to_keep():
    assert Task(stop_requested=lambda: Stop.KEEP).check() is None


def test_equal_steps_report_their_share_and_their_number():
    seen = []
    steps = Task(seen.append).steps("Reading", 4)
    for count in (1, 4):
        steps.done(count, f"{count} of 4")
    assert [(p.phase, p.fraction, p.step, p.message) for p in seen] == [
        ("Reading", 0.25, 1, "1 of 4"),
        ("Reading", 1.0, 4, "4 of 4"),
    ]
    assert seen[-1].seconds_left == 0


def test_no_steps_at_all_divide_by_nothing():
    seen = []
    Task(seen.append).steps("Reading", 0).done(0)
    assert seen[0].fraction == 0
    assert seen[0].seconds_left is None


def test_steps_that_need_no_time_do_not_count_for_the_pace(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    seen = []
    steps = Task(seen.append).steps("Importing", 100, before=90)
    now[0] = 1.0
    steps.done(95)
    assert (steps.rate(95), seen[0].seconds_left) == (5.0, 1.0)


def test_what_cannot_be_broken_off_is_left_to_end_by_itself_when_a_person_cancels():
    going_on, ended = threading.Event(), threading.Event()

    def work():
        going_on.wait(10)
        ended.set()

    began = time.monotonic()
    with pytest.raises(Cancelled):
        Task(stop_requested=lambda: Stop.CANCEL).asking(work)
    assert time.monotonic() - began < 5
    assert not ended.is_set()
    going_on.set()
    assert ended.wait(10)


@pytest.mark.parametrize("task", [NOBODY_WAITS, Task(stop_requested=lambda: None)])
def test_work_that_is_waited_for_gives_what_it_gives_or_raises(task):
    assert task.asking(lambda: [1]) == [1]
    with pytest.raises(ZeroDivisionError):
        task.asking(lambda: 1 // 0)


def test_one_thread_does_what_a_task_waits_for():
    """Each thread has a connection to the project's database: one for each labelled ECG were more than may be open."""
    task = Task(stop_requested=lambda: None)
    assert len({task.asking(threading.get_ident) for _ in range(3)} | {threading.get_ident()}) == 2
