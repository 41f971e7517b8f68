"""Likeness of an ECG to those that a backbone has learned from."""

import hashlib
import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cessl_gui.core.errors import ModelMismatch
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


@pytest.fixture
def saved(tmp_path, known):
    net = CesslNet(BackboneSpec.of_size("tinylight", ("a", "b"))).start(torch.Generator().manual_seed(0)).eval()
    return backbones.save(net, {}, tmp_path, "own", known)


def test_it_lies_in_the_backbones_file_and_comes_back(saved, known):
    back = backbones.read(saved)
    assert torch.equal(back.likeness.whitening, known.whitening)
    assert torch.equal(back.likeness.distances, known.distances)
    assert not any(name.startswith(likeness.PREFIX) for name in back.net.state_dict())


def test_a_predictor_says_it_beside_unchanged_probabilities(saved, known):
    backbone = backbones.read(saved)
    x = np.random.default_rng(0).standard_normal((40, 12, 6144)).astype(np.float32)
    p, shares = Predictor(backbone).predict_and_compare(x)
    with torch.inference_mode():
        pooled = backbone.net.pool(backbone.net.encode(torch.from_numpy(x)))
    np.testing.assert_allclose(shares, known.shares(pooled).numpy(), atol=0.02)
    np.testing.assert_array_equal(p, Predictor(backbone).predict(x))


def test_an_older_file_says_nothing_of_it(tmp_path):
    net = CesslNet(BackboneSpec.of_size("tinylight", ("a",))).start(torch.Generator().manual_seed(0)).eval()
    backbone = backbones.read(backbones.save(net, {}, tmp_path, "old"))
    assert backbone.likeness is None
    assert Predictor(backbone).predict_and_compare(np.zeros((2, 12, 6144), np.float32))[1] is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t.pop("likeness.mean"),
        lambda t: t.update({"likeness.whitening": torch.zeros(3, 3)}),
        lambda t: t.update({"likeness.distances": torch.zeros(0)}),
        lambda t: t.update({"likeness.mean": torch.full((WIDTH,), float("nan"))}),
        lambda t: t.update({"likeness.more": torch.zeros(1)}),
    ],
)
def test_a_damaged_one_is_refused(saved, damage):
    tensors = load_file(saved)
    damage(tensors)
    save_file(tensors, saved)
    card = json.loads(saved.with_suffix(".json").read_text())
    card["weights_sha256"] = hashlib.sha256(saved.read_bytes()).hexdigest()
    saved.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(ModelMismatch, match="knows its ECGs by is damaged"):
        backbones.read(saved)
