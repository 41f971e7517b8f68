"""Which ways below the output layer are tried on which folds."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cessl_gui.core.task import Stop, Task
from cessl_gui.core.training.training_job import Method
from cessl_gui.learn import budget, fit
from cessl_gui.learn.below import attempted
from cessl_gui.learn.trainer import adapt
from tests.learn.adapting import QUICK, backbone, job, load, run

FOLDS = np.arange(20) % 5


def alone(rows):
    """The loss of the output layer."""
    return 8.0


class Way:
    """One with a loss that is known beforehand; it writes down on which folds it was tried."""

    def __init__(self, loss: float, method: Method = Method.FAST) -> None:
        self.run = SimpleNamespace(settings=SimpleNamespace(steps=3))
        self.loss, self.method, self.folds = loss, method, []

    def without(self, fold, starts, progress, task):
        self.folds.append(fold)
        for step in (1, 2, 3):
            progress.step(step, 0.5, 0.9, 0.5)
        return True

    def lowest(self, rows):
        assert rows.sum() == 8
        return self.loss


def test_of_two_ways_only_the_better_is_tried_on_the_other_folds():
    worse, better = Way(7.0), Way(6.0)
    assert attempted([worse, better], FOLDS, alone) == [better]
    assert worse.folds == [0, 1]
    assert better.folds == [0, 1, 2, 3, 4]


def test_the_best_of_each_method_goes_on():
    ways = [Way(6.0), Way(7.0, Method.EXACT), Way(6.5, Method.EXACT)]
    assert attempted(ways, FOLDS, alone) == [ways[0], ways[2]]


def test_none_goes_on_where_the_output_layer_alone_is_as_good():
    way = Way(8.0)
    assert attempted([way], FOLDS, alone) == []
    assert way.folds == [0, 1]


def test_one_that_was_asked_for_goes_on_in_any_case():
    way = Way(9.0)
    assert attempted([way], FOLDS, lambda rows: np.inf) == [way]


def test_the_share_done_ends_at_the_whole_and_best_is_what_stopping_would_keep():
    seen = []
    attempted([Way(7.0), Way(6.0)], FOLDS, alone, Task(seen.append), 0.7)
    assert seen[-1].fraction == pytest.approx(1.0)
    steps = [(one.step, one.best) for one in seen[1:]]
    assert steps[:4] == [(1, 0.7), (2, 0.7), (3, 0.7), (1, 0.7)], "of each training its own steps"


def test_to_keep_what_there_is_ends_the_tries():
    way = Way(6.0)
    assert attempted([way], FOLDS, alone, Task(stop_requested=lambda: Stop.KEEP if way.folds else None)) is None
    assert way.folds == [0]


def test_the_layers_are_ranked_once_a_fold_for_all_ways_of_a_method(monkeypatch):
    ranked, rank = [], fit.importances
    monkeypatch.setattr(fit, "importances", lambda *given: ranked.append(1) or rank(*given))
    two = [("fast", QUICK["fast"]), ("fast", replace(QUICK["fast"], moving=False))]
    monkeypatch.setattr(budget, "fast", lambda records: two)
    done = adapt(job(mode="fast"), load, backbone(), thread_count=1)
    assert done.meta["method"] == "fast"
    assert len(ranked) == 5 + 1, "five folds, and the training on all"


def test_a_training_says_that_ce_ssl_was_given_up(monkeypatch):
    monkeypatch.setattr("cessl_gui.learn.below.Attempt.lowest", lambda self, rows: np.inf)
    monkeypatch.setattr(budget, "ways", lambda *given: ([("fast", QUICK["fast"])], "the reason"))
    done = run(job(mode="auto"))
    assert done.meta["method"] == "output layer"
    assert (
        "CE-SSL was given up after 2 folds, on which it was no better than the output layer alone" in done.meta["why"]
    )
    assert [one["method"] for one in done.meta["candidates"]] == ["output layer", "current"]
