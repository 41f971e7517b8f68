"""The latest request wins, answers are kept, what nobody waits for is cancelled."""

from types import SimpleNamespace

import pytest

from cessl_gui.bridge.background.latest_request import Kept, LatestRequest
from cessl_gui.core.types import Ending, Outcome


class Runner:
    """Records what it is asked to do; the test ends the task."""

    def __init__(self):
        self.works, self.stopped = [], 0

    def start(self, kind, work):
        self.works.append(work)

    def stop(self, kind):
        assert kind == "windows"
        self.stopped += 1


@pytest.fixture
def asked():
    runner, got = Runner(), []
    request = LatestRequest(runner, "windows", lambda key, stop: key[1], got.append, Kept(2))
    return SimpleNamespace(request=request, runner=runner, got=got)


def finish(asked, record_id, model_id="m"):
    answer = SimpleNamespace(model_id=model_id, record_id=record_id)
    asked.request.ended(Outcome("j", Ending.FINISHED, result=answer))
    return answer


def cancelled(asked):
    asked.request.ended(Outcome("j", Ending.CANCELLED))


def test_an_answer_comes_when_computed_and_then_at_once(asked):
    asked.request.ask(("m", "r1"))
    assert asked.runner.works[0](None) == "r1"
    answer = finish(asked, "r1")
    asked.request.ask(("m", "r1"))
    assert asked.got == [answer, answer]
    assert len(asked.runner.works) == 1


def test_moving_on_cancels_and_the_next_question_is_answered(asked):
    asked.request.ask(("m", "r1"))
    asked.request.ask(("m", "r2"))
    assert asked.runner.stopped == 1
    assert len(asked.runner.works) == 1
    cancelled(asked)
    assert [work(None) for work in asked.runner.works] == ["r1", "r2"]
    answer = finish(asked, "r2")
    assert asked.got == [answer]


def test_back_on_the_first_record_the_cancelled_question_is_asked_again(asked):
    asked.request.ask(("m", "r1"))
    asked.request.ask(("m", "r2"))
    asked.request.ask(("m", "r1"))
    cancelled(asked)
    assert [work(None) for work in asked.runner.works] == ["r1", "r1"]


def test_dropped_questions_start_nothing_more(asked):
    asked.request.ask(("m", "r1"))
    asked.request.drop()
    cancelled(asked)
    assert asked.runner.stopped == 1
    assert len(asked.runner.works) == 1
    assert asked.got == []


def test_what_failed_is_not_asked_again_and_again(asked):
    asked.request.ask(("m", "r1"))
    asked.request.ended(Outcome("j", Ending.FAILED, "no"))
    assert len(asked.runner.works) == 1
    asked.request.ask(("m", "r2"))
    assert len(asked.runner.works) == 2


def test_an_answer_of_the_model_before_is_not_given(asked):
    asked.request.ask(("m", "r1"))
    asked.request.forget()
    finish(asked, "r1")
    assert asked.got == []
    asked.request.ask(("m2", "r1"))
    assert len(asked.runner.works) == 2


def test_few_are_kept_and_another_model_is_another_question(asked):
    for record_id in ("r1", "r2", "r3"):
        asked.request.ask(("m", record_id))
        finish(asked, record_id)
    asked.request.ask(("m", "r1"))
    assert len(asked.runner.works) == 4, "the oldest answer was let go"
    finish(asked, "r1")
    asked.request.ask(("m2", "r1"))
    assert len(asked.runner.works) == 5
    asked.request.forget()
    asked.request.ask(("m", "r3"))
    finish(asked, "r1", "m2")
    assert len(asked.runner.works) == 6


def test_what_is_renewed_while_it_is_computed_is_answered_anew(asked):
    asked.request.ask(("m", "r1"))
    asked.request.renew()
    finish(asked, "r1")
    assert asked.got == []
    answer = finish(asked, "r1")
    assert asked.got == [answer]


def test_an_answer_about_what_was_forgotten_is_not_kept(asked):
    asked.request.ask(("m", "r1"))
    asked.request.forget()
    finish(asked, "r1")
    assert asked.request.ask(("m", "r1")) is False
