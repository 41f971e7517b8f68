"""Long work in a thread: where signals arrive, how a task ends, what a cancel costs."""

import threading
import time

import pytest

from cessl_gui.bridge.background.runner import Runner
from cessl_gui.core.errors import TooFewLabels
from cessl_gui.core.task import Stop
from cessl_gui.core.types import Ending


@pytest.fixture
def runner(qapp):
    runner = Runner()
    yield runner
    assert runner.shut_down(), "a thread outlived its test"


def outcome_of(qtbot, runner, work, kind="train"):
    with qtbot.waitSignal(runner.ended, timeout=5000) as ended:
        runner.start(kind, work)
    return ended.args[1]


def wait_for_stop(task):
    while not task.should_keep():
        time.sleep(0.001)
    return "kept"


def test_work_runs_outside_the_gui_thread_and_its_result_comes_back(qtbot, runner):
    outcome = outcome_of(qtbot, runner, lambda task: threading.get_ident())
    assert outcome.ending == Ending.FINISHED
    assert outcome.result != threading.get_ident()
    assert runner.busy == {}


def test_signals_arrive_in_the_gui_thread(qtbot, runner):
    seen = []
    runner.progress.connect(lambda progress: seen.append((threading.get_ident(), progress)))
    outcome = outcome_of(qtbot, runner, lambda task: task.report("reading", 0.5))
    (thread, progress), *_ = seen
    assert thread == threading.get_ident()
    assert (progress.phase, progress.job_id) == ("reading", outcome.job_id)


def test_progress_is_throttled_but_a_new_phase_always_comes_through(qtbot, runner):
    seen = []
    runner.progress.connect(seen.append)

    def work(task):
        for i in range(1000):
            task.report("a", i / 1000)
        task.report("b", 0.0)

    outcome_of(qtbot, runner, work)
    assert 2 <= len(seen) < 20
    assert seen[-1].phase == "b"


def test_an_error_of_ours_keeps_its_sentence_and_a_foreign_one_gets_one(qtbot, runner):
    def too_few(task):
        raise TooFewLabels("Three more labels are needed.", "Label three more records.")

    ours = outcome_of(qtbot, runner, too_few)
    assert (ours.ending, ours.message, ours.todo) == (
        Ending.FAILED,
        "Three more labels are needed.",
        "Label three more records.",
    )
    foreign = outcome_of(qtbot, runner, lambda task: 1 / 0)
    assert foreign.ending == Ending.FAILED
    assert "division by zero" in foreign.message
    assert "ZeroDivisionError" in foreign.details


def test_cancel_answers_at_once_and_keep_is_told_apart(qtbot, runner):
    for how, ending, result in ((Stop.CANCEL, Ending.CANCELLED, None), (Stop.KEEP, Ending.FINISHED, "kept")):
        runner.start("train", wait_for_stop)
        began = time.monotonic()
        with qtbot.waitSignal(runner.ended, timeout=2000) as ended:
            runner.stop("train", how)
        assert time.monotonic() - began < 0.5
        assert (ended.args[1].ending, ended.args[1].result) == (ending, result)


def test_one_task_of_a_kind_at_a_time_and_two_kinds_side_by_side(qtbot, runner):
    runner.start("train", wait_for_stop)
    runner.start("predict", wait_for_stop)
    with pytest.raises(RuntimeError):
        runner.start("train", wait_for_stop)
    assert set(runner.busy) == {"train", "predict"}
    assert runner.shut_down()


def test_nothing_starts_once_all_was_shut_down(runner):
    assert runner.shut_down()
    assert runner.start("windows", wait_for_stop) == ""
    assert runner.busy == {}
