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
    for name in ("trainer.READ_AT_ONCE", "fit.READ_AT_ONCE", "probe.AT_ONCE"):
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


@pytest.mark.usefixtures("two_folds")
def test_keep_while_ce_ssl_is_tried_keeps_the_fitted_output_layer(small_batches):
    _, kept = asked_in("Trying CE-SSL on the folds", Stop.KEEP)
    assert (kept.meta["stopped_early_by_person"], kept.meta["method"]) == (True, "output layer")
    assert len(kept.answers.ids) == 24


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
        "Done",
    ]
    for phase in ("Fitting the output layer", "Trying CE-SSL on the folds", "Training"):
        shares = [p.fraction for p in seen if p.phase == phase and p.fraction is not None]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
    assert [p.message for p in seen if p.phase == "Reading unlabelled ECGs"] == ["0 of 6"]


def test_it_can_run_in_another_thread():
    got = []
    thread = threading.Thread(target=lambda: got.append(run(job())))
    thread.start()
    thread.join(60)
    assert got
