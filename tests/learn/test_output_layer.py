"""The output layer's fit: what it converges to, what the pull holds, and what measurements add."""

import numpy as np
import pytest

from cessl_gui.learn.output_layer import MEASURED_PULL, Option, OutputLayer, fit, options

RNG = np.random.default_rng(0)
N, WIDTH = 60, 6
FEATURES = RNG.normal(3.0, 2.0, (N, WIDTH))
MEASURED = RNG.normal(100.0, 20.0, (N, 2))
TRUE = RNG.normal(size=(WIDTH, 2))
Y = (FEATURES @ TRUE - (FEATURES @ TRUE).mean(0) + RNG.normal(size=(N, 2)) > 0).astype(float)
START = OutputLayer.start(0.1 * TRUE.T, np.zeros(2), np.array([True, False]))


def test_a_statement_that_the_start_does_not_know_starts_from_zero():
    assert not START.weight[1].any()
    assert START.weight[0].any()


def penalised(layer: OutputLayer, pull: float, column: int) -> float:
    spread = FEATURES.std(0)
    u, y = layer.logits(FEATURES, MEASURED)[:, column], Y[:, column]
    change = (layer.weight - START.weight)[column] * spread
    return float((np.logaddexp(0, u) - y * u).mean() + pull / 2 * (change**2).sum())


def test_the_fit_is_the_highest_of_the_penalised_likelihood():
    layer = fit(START, Option(0.3), FEATURES, MEASURED, Y)
    best = penalised(layer, 0.3, 0)
    for _ in range(20):
        moved = OutputLayer(
            layer.weight + RNG.normal(scale=0.01, size=layer.weight.shape),
            layer.bias + RNG.normal(scale=0.01, size=2),
            layer.measured,
            layer.means,
            layer.known,
        )
        assert penalised(moved, 0.3, 0) >= best


def test_of_fewer_records_than_features_the_rotation_changes_nothing():
    wide = np.hstack([FEATURES, RNG.normal(size=(N, 100))])
    start = OutputLayer.start(np.zeros((2, 106)), np.zeros(2), np.ones(2, bool))
    few = fit(start, Option(1.0), wide, MEASURED, Y)
    doubled = fit(start, Option(1.0), np.vstack([wide, wide]), np.vstack([MEASURED] * 2), np.vstack([Y, Y]))
    assert np.allclose(few.weight, doubled.weight, atol=1e-4), "twice the same records: the same mean, the primal way"


def test_a_stronger_pull_stays_nearer_to_the_start():
    away = [
        np.abs(fit(START, Option(p), FEATURES, MEASURED, Y).weight - START.weight)[0].sum() for p in (10.0, 1.0, 0.1)
    ]
    assert away == sorted(away)


def test_to_keep_fits_only_what_the_start_does_not_know():
    layer = fit(START, Option(None), FEATURES, MEASURED, Y)
    assert np.array_equal(layer.weight[0], START.weight[0])
    assert layer.weight[1].any()


def test_what_is_not_assessed_teaches_nothing():
    y = Y.copy()
    y[:30, 0] = np.nan
    flipped = np.where(np.isnan(y), np.nan, y)
    one = fit(START, Option(1.0), FEATURES, MEASURED, flipped)
    assert np.isfinite(one.weight).all()
    y[:, 0] = np.nan
    assert np.allclose(fit(START, Option(1.0), FEATURES, MEASURED, y).weight[0], START.weight[0], atol=1e-6)


def test_measurements_help_where_they_tell_and_an_unknown_one_counts_as_the_mean():
    y = (MEASURED[:, :1] > 100).astype(float)
    start = OutputLayer.start(np.zeros((1, WIDTH)), np.zeros(1), np.array([True]))
    layer = fit(start, Option(1.0, measured=True), FEATURES, MEASURED, y)
    assert layer.measured[0, 0] > 5 * abs(layer.measured[0, 1])
    unknown = layer.logits(FEATURES[:1], np.full((1, 2), np.nan))
    assert np.allclose(unknown, layer.logits(FEATURES[:1], layer.means[None]))


def test_a_measurement_that_nobody_has_adds_nothing():
    nobody = np.full((N, 2), np.nan)
    assert not fit(START, Option(1.0, measured=True), FEATURES, nobody, Y).measured.any()


def test_calibration_is_of_the_logits():
    layer = fit(START, Option(1.0, measured=True), FEATURES, MEASURED, Y)
    z = layer.logits(FEATURES, MEASURED)
    assert np.allclose(layer.calibrated([(2.0, 0.5), (0.5, -1.0)]).logits(FEATURES, MEASURED), z * [2, 0.5] + [0.5, -1])


@pytest.mark.parametrize(("with_measured", "count"), [(False, 5), (True, 9)])
def test_the_gentlest_option_comes_first(with_measured, count):
    tried = options(with_measured)
    assert (len(tried), tried[0]) == (count, Option(None))
    assert MEASURED_PULL > 0
