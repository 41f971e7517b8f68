"""What the folds choose, and that no answer rests on its own fold's labels."""

import numpy as np
import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.task import Stop, Task
from cessl_gui.learn.choosing import Cuts, Tried, calibration, choose, judge, try_output_layer
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import calibrated, sigmoid
from cessl_gui.learn.judging.folds import by_patient
from cessl_gui.learn.output_layer import OutputLayer, options

N, WIDTH = 80, 10
CUTS = Cuts(np.full(2, 0.5), np.full(2, np.nan))


def made(seed: int = 0, signal: float = 1.0) -> tuple[dict[str, np.ndarray], OutputLayer, np.ndarray]:
    """Data, a start that knows little, and folds."""
    rng = np.random.default_rng(seed)
    features, true = rng.normal(size=(N, WIDTH)), rng.normal(size=(WIDTH, 2))
    y = (signal * features @ true + rng.normal(size=(N, 2)) > 0.5).astype(float)
    start = OutputLayer.start(0.2 * true.T + rng.normal(scale=0.3, size=(2, WIDTH)), np.zeros(2), np.ones(2, bool))
    data = {"features": features, "measured": rng.normal(size=(N, 3)), "y": y}
    return data, start, by_patient(y, [str(i) for i in range(N)], seed=0)


def chosen(data, start, folds):
    head = judge(try_output_layer(start, options(with_measured=True), data, folds), data["y"], folds)
    return head, choose([head], data["y"], folds, CUTS)


@pytest.fixture(scope="module")
def honest():
    data, start, folds = made()
    return data, start, folds, chosen(data, start, folds)


@pytest.mark.parametrize("fold", range(2))
def test_no_answer_rests_on_the_labels_of_its_own_fold(honest, fold):
    """Choice, fit, calibration and threshold: with labels of a fold turned round its answers are the same bits.

    Not all of them: where nothing is learned at all, what is judged is the start.
    """
    data, start, folds, (head, whole) = honest
    own = (folds == fold) & (np.arange(N) % 2 == 0)
    turned = {**data, "y": np.where(own[:, None], 1 - data["y"], data["y"])}
    other_head, other = chosen(turned, start, folds)
    assert other_head.chosen["pull"] is not None
    own = folds == fold
    assert np.array_equal(whole.after[own], other.after[own])
    assert np.array_equal(whole.cuts[own], other.cuts[own])
    assert head.by_fold[fold] == other_head.by_fold[fold]
    assert not np.array_equal(whole.after[~own], other.after[~own]), "the others learn from it"


def test_the_folds_find_what_labels_teach_and_the_final_thresholds_are_of_all(honest):
    data, start, _, (head, whole) = honest
    assert head.chosen["pull"] is not None
    kept = metrics.macro(metrics.auc, data["y"], start.logits(data["features"], data["measured"]))
    assert metrics.macro(metrics.auc, data["y"], whole.after) > kept
    assert whole.thresholds.shape == (2,)
    assert ((whole.thresholds > 0) & (whole.thresholds < 1)).all()


def test_where_labels_teach_nothing_new_the_start_or_a_strong_pull_stays():
    data, _, folds = made()
    rng = np.random.default_rng(1)
    sure = OutputLayer.start(5 * rng.normal(size=(2, WIDTH)), np.zeros(2), np.ones(2, bool))
    y = (rng.random((N, 2)) < 1 / (1 + np.exp(-sure.logits(data["features"], data["measured"])))).astype(float)
    head, _ = chosen({**data, "y": y}, sure, folds)
    assert head.chosen["pull"] in (None, 10.0)


def test_a_start_that_ranks_right_stays_where_only_its_shares_are_of_another_hospital():
    """Each statement's probability is off by its own amount, which its calibration mends: no reason to fit anew."""
    rng = np.random.default_rng(3)
    n, statements = 200, 8
    weight = rng.normal(size=(statements, WIDTH))
    offsets = np.where(np.arange(statements) % 2, -1.0, 1.0)
    away = OutputLayer.start(weight, offsets, np.ones(statements, bool))
    features = rng.normal(size=(n, WIDTH))
    y = (rng.random((n, statements)) < 1 / (1 + np.exp(-features @ weight.T))).astype(float)
    folds = by_patient(y, [str(i) for i in range(n)], seed=0)
    data = {"features": features, "measured": np.zeros((n, 0)), "y": y}
    tried = try_output_layer(away, options(with_measured=False), data, folds)
    head = judge(tried, y, folds)
    assert head.chosen["pull"] is None
    whole = choose([head], y, folds, Cuts(np.full(statements, 0.5), np.full(statements, np.nan)))
    assert metrics.macro(metrics.auc, y, whole.after) == metrics.macro(metrics.auc, y, tried.outer[0])
    assert head.score == metrics.macro(metrics.average_precision, y, tried.outer[0])
    # What each fold's own calibration and threshold call is called still.
    for fold in range(int(folds.max()) + 1):
        own, others = folds == fold, folds != fold
        pairs = calibration(tried.outer[0][others], y[others])
        cuts = Cuts(np.full(statements, 0.5), np.full(statements, np.nan)).of(
            y[others], sigmoid(calibrated(tried.outer[0][others], pairs)), pairs
        )
        called = sigmoid(calibrated(tried.outer[0][own], pairs)) >= cuts
        assert ((whole.after[own] >= whole.cuts[own]) == called).all()


def test_measurements_that_tell_nothing_are_not_used_and_those_that_tell_are():
    data, start, folds = made()
    head, _ = chosen(data, start, folds)
    assert not head.chosen["measured"]
    y = (data["measured"][:, :2] + 0.3 * np.random.default_rng(2).normal(size=(N, 2)) > 0).astype(float)
    head, _ = chosen({**data, "y": y}, start, folds)
    assert head.chosen["measured"]


def test_of_two_ways_the_better_is_chosen_and_the_other_stands_beside_it(honest):
    data, _, folds, (head, _) = honest
    y = data["y"]
    sure = Tried("fast", ({"steps": 20, "batch_norm": "from the batches"},), ((y - 0.5) * 8)[None])
    below = judge(sure, y, folds)
    both = choose([head, below], y, folds, CUTS)
    assert (both.best.method, [one.method for one in both.others]) == ("fast", ["output layer"])
    asked = choose([head], y, folds, CUTS, [below])
    assert (asked.best.method, [one.method for one in asked.others]) == ("output layer", ["fast"])


def test_a_sensitivity_that_is_asked_for_sets_the_threshold():
    rng = np.random.default_rng(0)
    y = (np.arange(400) < 100).astype(float)
    p = np.clip(0.3 * y + 0.5 * rng.random(400), 0, 1)
    found = Cuts(np.array([0.5]), np.array([0.95])).of(y[:, None], p[:, None])
    assert 0.95 <= (p[y == 1] >= found[0]).mean() < 0.97


def test_where_the_start_stays_its_own_thresholds_count_and_where_it_is_fitted_they_do_not():
    data, start, folds = made()
    y = data["y"]
    kept = judge(
        Tried("output layer", ({"pull": None},), start.logits(data["features"], data["measured"])[None]), y, folds
    )
    fitted = judge(Tried("output layer", ({"pull": 1.0},), kept.tried.outer), y, folds)
    low, high = (Cuts(np.full(2, own), np.full(2, np.nan)) for own in (0.1, 0.9))
    assert (choose([kept], y, folds, low).thresholds < choose([kept], y, folds, high).thresholds - 0.03).all()
    assert (choose([kept], y, folds, low).cuts < choose([kept], y, folds, high).cuts - 0.03).all()
    assert np.array_equal(choose([fitted], y, folds, low).thresholds, choose([fitted], y, folds, high).thresholds)


def test_of_a_statement_that_the_start_does_not_know_it_has_no_threshold():
    data, start, folds = made()
    way = judge(
        Tried("output layer", ({"pull": None},), start.logits(data["features"], data["measured"])[None]),
        data["y"],
        folds,
    )
    some, none = (Cuts(np.array([own, 0.5]), np.full(2, np.nan)) for own in (0.9, np.nan))
    kept, free = (choose([way], data["y"], folds, cuts).thresholds for cuts in (some, none))
    assert kept[1] == free[1]
    assert kept[0] > free[0]
    assert none.fallback[0] == 0.5


def test_too_few_positives_for_a_sensitivity_take_the_lowest_of_them():
    y, p = np.array([1.0, 1.0, 0.0]), np.array([0.4, 0.6, 0.1])
    assert metrics.threshold_for_sensitivity(y, p, 0.99) == 0.4
    assert np.isnan(metrics.threshold_for_sensitivity(np.zeros(3), p, 0.9))


def test_cancel_is_answered_between_two_fits_and_keep_leaves_the_start():
    data, start, folds = made()
    with pytest.raises(Cancelled):
        try_output_layer(start, options(False), data, folds, Task(stop_requested=lambda: Stop.CANCEL))
    kept = try_output_layer(start, options(False), data, folds, Task(stop_requested=lambda: Stop.KEEP))
    assert kept.options == ({"pull": None, "measured": False},)
    assert np.array_equal(kept.outer[0], start.logits(data["features"], data["measured"]))
