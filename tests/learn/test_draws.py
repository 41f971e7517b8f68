"""The folds drawn several times: what the answers out of fold, and figures of them, rest on then."""

from types import SimpleNamespace

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop
from cessl_gui.learn.choosing import choose, judge, over_draws, try_output_layer
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.folds import by_draw
from cessl_gui.learn.output_layer import Option, OutputLayer
from cessl_gui.learn.trainer import _why
from tests.learn.adapting import job, run
from tests.learn.test_choosing import CUTS, N, made

AGAIN = "Drawing the folds again"
WAYS = (Option(None), Option(1.0), Option(0.3, measured=True))


def over(data, start, draws):
    each = [judge(try_output_layer(start, WAYS, data, folds), data["y"], folds) for folds in draws]
    return over_draws(each, data["y"], draws, CUTS)


@pytest.fixture(scope="module")
def drawn():
    data, start, _ = made()
    draws = by_draw(data["y"], [str(i) for i in range(N)], seed=0, draws=12)
    return data, start, draws


def test_draws_differ_and_the_first_is_that_of_one_alone():
    y, patients = np.ones((30, 1)), [str(i // 2) for i in range(30)]
    draws = by_draw(y, patients, seed=4, draws=3)
    assert len({tuple(folds) for folds in draws.tolist()}) == 3
    assert np.array_equal(draws[:1], by_draw(y, patients, seed=4, draws=1))


@pytest.mark.parametrize("row", [0, 7])
def test_no_answer_and_no_threshold_rests_on_its_own_labels(drawn, row):
    data, start, draws = drawn
    whole = over(data, start, draws[:3])
    turned = data["y"].copy()
    turned[row] = 1 - turned[row]
    other = over({**data, "y": turned}, start, draws[:3])
    assert np.array_equal(whole.after[row], other.after[row])
    assert np.array_equal(whole.cuts[row], other.cuts[row])
    assert not np.array_equal(whole.after, other.after), "the others learn from it"


def test_of_one_draw_they_are_that_draws(drawn):
    data, start, draws = drawn
    head = judge(try_output_layer(start, WAYS, data, draws[0]), data["y"], draws[0])
    one, same = choose([head], data["y"], draws[0], CUTS), over(data, start, draws[:1])
    assert np.array_equal(one.after, same.after)
    assert np.array_equal(one.thresholds, same.thresholds)
    assert one.cuts == pytest.approx(same.cuts)


def test_another_draw_changes_the_figures_of_several_less_than_those_of_one(drawn):
    data, start, draws = drawn

    def spread(each: int) -> float:
        sets = [over(data, start, draws[i : i + each]) for i in range(0, len(draws), each)]
        return np.std([metrics.macro(metrics.average_precision, data["y"], one.after) for one in sets])

    assert spread(3) < 0.75 * spread(1)


def test_where_the_start_stays_it_ranks_as_it_did_whatever_some_folds_would_choose():
    """A fit that some folds preferred and that was not chosen in the end is nothing that the model says."""
    rng = np.random.default_rng(4)
    features, weight = rng.normal(size=(60, 8)), rng.normal(size=(2, 8))
    y = (rng.random((60, 2)) < 1 / (1 + np.exp(-0.6 * features @ weight.T))).astype(float)
    data = {"features": features, "measured": rng.normal(size=(60, 3)), "y": y}
    start = OutputLayer.start(weight + rng.normal(scale=0.8, size=weight.shape), np.zeros(2), np.ones(2, bool))
    draws = by_draw(y, [str(i) for i in range(60)], seed=0)
    heads = [judge(try_output_layer(start, WAYS, data, folds), y, folds) for folds in draws]
    own = start.logits(features, data["measured"])
    for found in (over_draws(heads, y, draws, CUTS), choose([heads[0]], y, draws[0], CUTS)):
        assert found.best.option == 0
        assert metrics.macro(metrics.auc, y, found.after) == metrics.macro(metrics.auc, y, own)
    assert any(any(one.by_fold) for one in heads)
    assert any(heads[0].by_fold)


@pytest.mark.usefixtures("two_folds")
def test_a_training_says_how_often_the_folds_were_drawn():
    meta = run(job()).meta
    assert (meta["folds"], meta["repeats"]) == (2, 2)
    assert "On folds of the 24 labelled ECGs, drawn 2 times, its mean average precision" in meta["why"]


def test_where_the_start_stays_it_is_said_what_changed_and_what_did_not():
    kept = {"method": "output layer", "pull": None, "score": 0.618}
    done = SimpleNamespace(draws=5, head=SimpleNamespace(tried=SimpleNamespace(options=WAYS)))
    current = {"method": "current", "score": 0.64}
    words = _why(done, [kept, current], (100, 15))
    assert words == (
        "thresholds and calibration alone: the ranking of the starting model stays. On folds of the 100 labelled ECGs,"
        " drawn 5 times, no fit of the output layer was clearly better; its mean average precision is 0.618, the"
        " version before 0.640 (all 15 statements)"
    )
    own = _why(done, [kept, {"method": "current", "score": 0.618}], (100, 15))
    assert own.endswith("no fit of the output layer was clearly better"), "it is the current model that stays"
    assert "the starting model stays, but for 2 new statements. On" in _why(done, [kept, current], (100, 15), 2)
    assert _why(done, [kept, current], (100, 2), 2).startswith("the output layer. On folds"), "all are new to it"


def test_where_ce_ssl_stands_beside_it_all_are_compared_on_the_same_folds(result):
    assert (result.meta["method"], result.meta["repeats"]) == ("fast", 1)
    assert "drawn" not in result.meta["why"]


def ended(answer: Stop, seen: list | None = None):
    """A training that is asked to end once the folds are drawn again. seen : gets its progress"""
    seen = [] if seen is None else seen
    return run(job(), stop=lambda: answer if seen and seen[-1].phase == AGAIN else None, report=seen.append)


@pytest.mark.usefixtures("two_folds")
def test_cancel_is_answered_while_the_folds_are_drawn_again():
    with pytest.raises(Cancelled):
        ended(Stop.CANCEL)


@pytest.mark.usefixtures("two_folds")
def test_keep_while_the_folds_are_drawn_again_keeps_what_the_first_draw_chose():
    kept = ended(Stop.KEEP, seen := [])
    assert kept.meta["stopped_early_by_person"]
    offered = next(p.best for p in seen if p.phase == AGAIN)
    assert round(offered, 4) == kept.meta["candidates"][0]["score"], "the window offers to keep it"
    assert kept.meta["repeats"] == 1
    assert kept.meta["pull"] == kept.meta["candidates"][0]["pull"]
    assert len(kept.answers.ids) == 24
