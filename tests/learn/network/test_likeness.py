"""Likeness of an ECG to those that a backbone has learned from."""

import hashlib
import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cessl_gui.core.types import UNLIKE
from cessl_gui.learn.network import backbones, likeness
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.network.predict import Predictor

WIDTH = 64


def features(count, seed, shift=0.0):
    draw = torch.Generator().manual_seed(seed)
    spread = torch.linspace(0.1, 3, WIDTH)
    return torch.randn(count, WIDTH, generator=draw) * spread + 5 + shift * spread


@pytest.fixture(scope="module")
def known():
    return likeness.fitted(features(800, 0), features(300, 1))


def test_ecgs_of_its_kind_are_as_far_as_others_of_their_kind(known):
    shares = known.shares(features(2000, 2))
    assert float((shares < UNLIKE).float().mean()) < 0.03
    assert float((shares < 0.5).float().mean()) == pytest.approx(0.5, abs=0.08)


def test_what_lies_outside_in_a_narrow_direction_is_unlike(known):
    other = features(50, 3)
    other[:, 0] += 2  # small beside the wide directions, twenty times the spread of this one
    assert (known.shares(other) < UNLIKE).all()


def test_shares_are_never_0_and_at_most_1(known):
    shares = known.shares(torch.cat([features(5, 4, 1e6), known.mean[None]]))
    assert float(shares.min()) > 0
    assert float(shares.max()) <= 1


def test_features_that_never_change_give_finite_numbers():
    found = likeness.fitted(torch.zeros(20, WIDTH), torch.zeros(10, WIDTH))
    assert torch.isfinite(found.whitening).all()
    assert torch.isfinite(found.shares(torch.zeros(3, WIDTH))).all()


def test_what_follows_a_short_ecg_is_not_part_of_it():
    x = torch.randn(4, 12, 6144, generator=torch.Generator().manual_seed(5))
    x[1, :, 5000:] = 0
    x[2, 1:] = 0  # leads that are missing
    x[3] = 0
    filled = likeness.steps_filled(x)
    assert filled.tolist() == [96, 79, 96, 0]
    steps = torch.ones(4, 96, WIDTH)
    steps[1, 79:] = 1e4
    means = likeness.features(steps, filled)
    assert torch.equal(means[:3], torch.ones(3, WIDTH))


def test_no_signal_is_unlike_any_ecg(known):
    empty = likeness.features(torch.ones(1, 96, WIDTH), torch.zeros(1, dtype=torch.long))
    assert known.shares(empty).item() == pytest.approx(1 / (len(known.distances) + 1))


@pytest.fixture
def saved(tmp_path, known):
    net = CesslNet(BackboneSpec.of_size("tinylight", ("a", "b"))).start(torch.Generator().manual_seed(0)).eval()
    return backbones.save(net, {}, tmp_path, "own", known)


def test_it_lies_beside_the_weights_and_comes_back(saved, known):
    back = backbones.read(saved)
    assert torch.equal(back.likeness.whitening, known.whitening)
    assert torch.equal(back.likeness.distances, known.distances)


def test_versions_know_a_backbone_by_weights_that_stay_when_it_is_made_again(saved):
    before, beside = backbones.read(saved), saved.with_suffix(likeness.SUFFIX)
    beside.write_bytes(likeness.fitted(features(90, 7), features(40, 8)).to_bytes(before.sha256))
    after = backbones.read(saved)
    assert after.sha256 == before.sha256
    assert len(after.likeness.distances) == 40


def test_a_predictor_says_it_beside_unchanged_probabilities(saved, known):
    backbone = backbones.read(saved)
    x = np.random.default_rng(0).standard_normal((40, 12, 6144)).astype(np.float32)
    x[20:, :, 3000:] = 0
    p, shares = Predictor(backbone).predict_and_compare(x)
    with torch.inference_mode():
        steps = backbone.net.transform(backbone.net.encode(torch.from_numpy(x)))
    means = [steps[:20].mean(1), steps[20:, :47].mean(1)]
    np.testing.assert_allclose(shares, known.shares(torch.cat(means)).numpy(), atol=0.02)
    np.testing.assert_array_equal(p, Predictor(backbone).predict(x))


def test_a_file_of_earlier_versions_predicts_without_it(tmp_path):
    net = CesslNet(BackboneSpec.of_size("tinylight", ("a",))).start(torch.Generator().manual_seed(0)).eval()
    path = backbones.save(net, {}, tmp_path, "old")
    save_file(load_file(path) | {"likeness.mean": torch.zeros(WIDTH)}, path)
    card = json.loads(path.with_suffix(".json").read_text())
    card["weights_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".json").write_text(json.dumps(card))
    backbone = backbones.read(path)
    assert backbone.likeness is None
    assert Predictor(backbone).predict_and_compare(np.zeros((2, 12, 6144), np.float32))[1] is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t.pop("mean"),
        lambda t: t.update({"whitening": torch.zeros(3, 3)}),
        lambda t: t.update({"distances": torch.zeros(0)}),
        lambda t: t.update({"mean": torch.full((WIDTH,), float("nan"))}),
        lambda t: t.update({"more": torch.zeros(1)}),
        lambda t: t.update({likeness.WEIGHTS: torch.zeros(32, dtype=torch.uint8)}),  # of other weights
    ],
)
def test_a_backbone_predicts_without_a_damaged_one(saved, damage, caplog):
    beside = saved.with_suffix(likeness.SUFFIX)
    tensors = load_file(beside)
    damage(tensors)
    save_file(tensors, beside)
    assert backbones.read(saved).likeness is None
    assert "own.likeness does not belong to own.safetensors" in caplog.text
    beside.write_bytes(beside.read_bytes()[:30])
    assert backbones.read(saved).likeness is None
    assert "own.likeness cannot be read" in caplog.text
