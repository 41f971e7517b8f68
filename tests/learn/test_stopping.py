"""A training that is asked to stop answers at once in each of its phases, and keeps the best it has."""

import threading

import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop
from tests.learn.adapting import job, run


def test_cancel_answers_within_one_step_and_keep_keeps():
    seen = []

    def stop_at(answer):
        return lambda: answer if any(p.phase == "Training" and p.step >= 2 for p in seen) else None

    with pytest.raises(Cancelled):
        run(job(mode="exact"), stop=stop_at(Stop.CANCEL), report=seen.append, check_every=1, steps=50)
    assert max(p.step for p in seen if p.phase == "Training") == 2
    seen.clear()
    kept = run(job(mode="exact"), stop=stop_at(Stop.KEEP), report=seen.append, check_every=1, steps=50)
    assert kept.meta["stopped_early_by_person"]
    assert kept.meta["steps"] == 2


def test_cancel_while_reading():
    with pytest.raises(Cancelled):
        run(job(), stop=lambda: Stop.CANCEL)


PHASES = {  # and how often at least a stop is asked for in each, of batches as `small_batches` makes them
    "Reading ECGs": 6,
    "Computing features": 6,
    "Reading unlabelled ECGs": 2,
    "Fitting the output layer": 6 + 15 * 5,  # 24 ECGs; then folds and pairs of folds, with five pulls
    "Trying CE-SSL on the folds": 5 * (2 + 3),  # two steps, and what is checked
    "Training": 1,  # before each step
    "Judging the answers out of fold": 2,
}


@pytest.fixture
def small_batches(monkeypatch):
    """As where there are many ECGs."""
    for name in ("trainer.READ_AT_ONCE", "fit.READ_AT_ONCE"):
        monkeypatch.setattr(f"cessl_gui.learn.{name}", 4)
    monkeypatch.setattr("cessl_gui.learn.loop.EVALUATION_BATCH", 2)


def asked_in(phase: str | None, answer: str | None) -> tuple[list[str], object]:
    """The phase of each question for a stop, which is answered from `phase` on; and the result, or Cancelled."""
    seen, asked = [], []

    def stop() -> str | None:
        asked.append(seen[-1].phase)
        return answer if phase in asked else None

    try:
        return asked, run(job(mode="fast"), stop=stop, report=seen.append)
    except Cancelled as cancelled:
        return asked, cancelled


def test_a_stop_is_asked_for_in_every_stretch(small_batches):
    asked, _ = asked_in(None, None)
    assert list(dict.fromkeys(asked)) == list(PHASES)
    assert {phase: asked.count(phase) for phase, least in PHASES.items() if asked.count(phase) < least} == {}


@pytest.mark.usefixtures("two_folds")
@pytest.mark.parametrize("phase", PHASES)
def test_cancel_is_answered_at_the_first_question(small_batches, phase):
    asked, ended = asked_in(phase, Stop.CANCEL)
    assert isinstance(ended, Cancelled)
    assert asked.count(phase) == 1


@pytest.mark.usefixtures("two_folds")
@pytest.mark.parametrize("phase", list(PHASES)[:4])
def test_keep_before_the_output_layer_is_fitted_keeps_the_backbones_own(small_batches, phase):
    _, kept = asked_in(phase, Stop.KEEP)
    assert (kept.meta["method"], kept.meta["pull"]) == ("output layer", None)
    assert kept.meta["stopped_early_by_person"]
    why = kept.meta["why"]
    assert "the ranking of the starting model stays. You stopped it before a fit was chosen." in why
    assert "better" not in why, "nothing was compared"


@pytest.mark.usefixtures("two_folds")
def test_keep_while_ce_ssl_is_tried_keeps_the_fitted_output_layer(small_batches):
    _, kept = asked_in("Trying CE-SSL on the folds", Stop.KEEP)
    assert (kept.meta["stopped_early_by_person"], kept.meta["method"]) == (True, "output layer")
    assert len(kept.answers.ids) == 24


@pytest.mark.usefixtures("two_folds")
def test_keep_before_ce_ssl_has_learned_from_all_keeps_what_the_folds_have_judged():
    _, kept = asked_in("Training", Stop.KEEP)
    assert (kept.meta["stopped_early_by_person"], kept.meta["method"]) == (True, "output layer")
    assert [one["method"] for one in kept.meta["candidates"]] == ["output layer", "fast", "current"]
    assert not any(name.endswith("lora_A") for name in kept.tensors)


@pytest.mark.usefixtures("two_folds")
def test_progress_has_phases_in_order_and_a_share_that_only_rises():
    seen = []
    run(job(mode="fast"), report=seen.append)
    assert list(dict.fromkeys(p.phase for p in seen)) == [
        "Reading ECGs",
        "Computing features",
        "Reading unlabelled ECGs",
        "Fitting the output layer",
        "Trying CE-SSL on the folds",
        "Training",
        "Judging the answers out of fold",
    ]
    assert seen[-1].fraction == 1.0
    for phase in ("Fitting the output layer", "Trying CE-SSL on the folds", "Training"):
        shares = [p.fraction for p in seen if p.phase == phase and p.fraction is not None]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
    assert [p.message for p in seen if p.phase == "Reading unlabelled ECGs"] == ["0 of 6"]


@pytest.fixture
def one_record_at_once(monkeypatch):
    """As where a convolution of a whole batch takes long, on a processor without quick bf16."""
    monkeypatch.setattr("cessl_gui.learn.network.device.quick_half", lambda: False)
    monkeypatch.setattr("cessl_gui.learn.quick.conv_block.CHUNK", 1)


class Questions:
    """Answers from the `at`-th question on that is asked in a phase after a step."""

    def __init__(self, phase: str, step: int, answer: Stop | None = None, at: int = 1) -> None:
        self.asked = 0
        self._where, self._answer, self._at, self._now = (phase, step), answer, at, ("", 0)

    def report(self, progress) -> None:
        self._now = progress.phase, progress.step or 0

    def stop(self) -> Stop | None:
        self.asked += self._now == self._where
        return self._answer if self.asked >= self._at else None


CONVOLUTIONS = 3 * 3  # of the encoder, each computed record by record where CHUNK is 1


@pytest.mark.usefixtures("one_record_at_once")
def test_a_stop_is_asked_for_all_through_a_step_of_all_layers():
    questions = Questions("Training", step=1)
    run(job(mode="exact"), stop=questions.stop, report=questions.report, steps=2, check_every=1)
    assert questions.asked > 2 * CONVOLUTIONS * (8 + 6)  # on the way forth and back, labelled and not


def test_a_stop_is_asked_for_between_parts_of_the_layers_of_a_step_in_bf16(monkeypatch):
    monkeypatch.setattr("cessl_gui.learn.network.device.quick_half", lambda: True)
    monkeypatch.setattr("cessl_gui.learn.network.device.AGREE", 1.0)
    monkeypatch.setattr("cessl_gui.learn.network.lora.PART", 4)
    questions = Questions("Training", step=1)
    run(job(mode="exact"), stop=questions.stop, report=questions.report, steps=2, check_every=1)
    parts = 2 * CONVOLUTIONS * 4 - 4  # forth and back, 8 + 6 ECGs; the first one goes not back
    assert questions.asked >= parts + 4 * CONVOLUTIONS  # and before the gradients of each branch and bias


@pytest.mark.usefixtures("one_record_at_once")
@pytest.mark.parametrize(
    "phase, step, at",
    [("Ranking the layers", 0, 200), ("Training", 1, 20), ("Training", 1, 200)],  # 20: on the way forth, 200: back
)
def test_cancel_within_a_step_of_all_layers_ends_it_there(phase, step, at):
    questions = Questions(phase, step, Stop.CANCEL, at)
    with pytest.raises(Cancelled):
        run(job(mode="exact"), stop=questions.stop, report=questions.report, check_every=1)
    assert questions.asked == at


@pytest.mark.usefixtures("one_record_at_once")
def test_keep_within_a_step_of_all_layers_keeps_what_was_before_it():
    questions = Questions("Training", 1, Stop.KEEP, 200)
    kept = run(job(mode="exact"), stop=questions.stop, report=questions.report, check_every=1)
    assert (kept.meta["steps"], kept.meta["stopped_early_by_person"]) == (1, True)


@pytest.mark.usefixtures("one_record_at_once")
def test_keep_while_the_layers_are_ranked_keeps_the_start_with_all_ranks():
    questions = Questions("Ranking the layers", 0, Stop.KEEP, 20)
    kept = run(job(mode="exact"), stop=questions.stop, report=questions.report)
    assert (kept.meta["steps"], set(kept.meta["ranks"])) == (0, {16})


@pytest.mark.usefixtures("two_folds")
def test_it_can_run_in_another_thread():
    got = []
    thread = threading.Thread(target=lambda: got.append(run(job())))
    thread.start()
    thread.join(60)
    assert got
