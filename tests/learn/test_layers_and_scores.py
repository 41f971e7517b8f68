"""Properties that the recorded tensors do not show: deactivation, masks, mixing, intervals."""

import numpy as np
import pytest
import torch

from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import lora
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.ranks import allocate


@pytest.fixture
def net():
    generator = torch.Generator().manual_seed(1)
    spec = BackboneSpec.of_size("tinylight", ("a", "b", "c"))
    net = CesslNet(spec, [4] * spec.adaptable).start(generator)
    lora.start_branches(net, generator)
    return net


def test_fresh_branches_change_nothing(net):
    plain = CesslNet(net.spec)
    plain.load_state_dict(lora.merged_state(net))
    x = torch.randn(2, 12, 6144, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        assert torch.allclose(net.eval()(x), plain.eval()(x), atol=1e-5)


def test_a_switched_off_branch_is_not_computed_and_gets_no_gradient(net):
    lora.freeze_rest(net)
    lora.drop_branches(net, 1.0, torch.Generator().manual_seed(0))
    net(torch.ones(2, 12, 6144)).sum().backward()
    *body, last = lora.adaptable(net)
    assert all(layer.lora_B.grad is None for layer in body)
    assert last.lora_B.grad is not None
    lora.all_active(net)
    assert all(layer.active for layer in body)


def test_deactivation_share(net):
    generator = torch.Generator().manual_seed(0)
    off = 0
    for _ in range(400):
        lora.drop_branches(net, 0.2, generator)
        off += sum(not layer.active for layer in lora.adaptable(net)[:-1])
    assert off / (400 * 12) == pytest.approx(0.2, abs=0.02)


def test_frozen_blocks_get_no_rank():
    assert allocate([np.nan, 3.0, 1.0, 2.0], 16, 0.5, 4) == [0, 16, 8, 8]
    assert allocate([1.0, 1.0, 5.0], 16, 0.5, 2) == [16, 16, 16]  # equal importances share the average place


def test_not_assessed_is_left_out_of_every_score():
    y = np.array([[1, np.nan], [0, 1], [1, 0], [np.nan, 1]])
    p = np.array([[0.9, 0.5], [0.2, 0.7], [0.4, 0.1], [0.1, 0.6]])
    assert metrics.auc(y[:, 0], p[:, 0]) == 1.0
    assert metrics.average_precision(y[:, 0], p[:, 0]) == pytest.approx(1.0)
    assert metrics.f_g_beta(y[:, 0], (p[:, 0] >= 0.4).astype(float)) == (1.0, 1.0)
    assert metrics.ranking_loss(y, p) == 0.0
    assert metrics.coverage(y, p) == 1.0
    assert np.isnan(metrics.auc(np.array([1.0, 1.0]), np.array([0.1, 0.2])))


def test_thresholds_with_equal_probabilities():
    y = np.array([[1.0], [1.0], [0.0], [0.0]])
    p = np.array([[0.6], [0.6], [0.6], [0.1]])
    assert metrics.thresholds_max_f2(y, p) == [0.6]
    assert np.isnan(metrics.thresholds_max_f2(np.zeros((2, 1)), np.zeros((2, 1))))[0]


def test_interval_is_by_patient_and_honest_about_nothing():
    values = np.array([0.0, 0.0, 1.0, 1.0])
    low, high = metrics.bootstrap_interval(lambda rows: values[rows].mean(), ["a", "a", "b", "b"])
    assert (low, high) == (0.0, 1.0)
    assert np.isnan(metrics.bootstrap_interval(lambda rows: float("nan"), ["a"])[0])
    assert np.isnan(metrics.bootstrap_interval(lambda rows: 1.0, [])[0])


def test_a_threshold_from_few_positives_is_held_near_theory_and_from_many_is_the_measured_one():
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 2, (4000, 1))
    y = (rng.random(p.shape) < p).astype(float)  # calibrated by construction
    (many,), (best,) = metrics.thresholds_few(y, p), metrics.thresholds_max_f2(y, p)
    assert abs(many - best) < 0.01
    few = [metrics.thresholds_few(y[i : i + 20], p[i : i + 20])[0] for i in range(0, 2000, 20)]
    noisy = [metrics.thresholds_max_f2(y[i : i + 20], p[i : i + 20])[0] for i in range(0, 2000, 20)]
    assert np.std(few) < np.nanstd(noisy) / 2
    f2 = lambda t: metrics.f_g_beta(y[2000:, 0], (p[2000:, 0] >= t).astype(float))[0]  # noqa: E731
    assert np.mean([f2(t) for t in few]) > np.nanmean([f2(t) for t in noisy if np.isfinite(t)])


def test_a_threshold_that_the_model_had_before_holds_those_of_few_positives_and_not_those_of_many():
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 2, (4000, 1))
    y = (rng.random(p.shape) < p).astype(float)
    own = np.array([0.5])
    (few,), (held,) = metrics.thresholds_few(y[:40], p[:40]), metrics.thresholds_few(y[:40], p[:40], own)
    (many,), (free,) = metrics.thresholds_few(y, p, own), metrics.thresholds_few(y, p)
    assert few < held < 0.5
    assert held - few > 0.1
    assert 0 < many - free < 0.05
    assert metrics.thresholds_few(y[:40], p[:40], np.array([np.nan])) == few


def test_thresholds_without_positives_and_without_labels():
    p = np.full((10, 2), 0.3)
    y = np.stack([np.zeros(10), np.full(10, np.nan)], 1)
    without, unassessed = metrics.thresholds_few(y, p)
    assert 0 < without < 0.2
    assert np.isnan(unassessed)
