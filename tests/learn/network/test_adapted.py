"""What a training gives comes back from its files, and fits one backbone."""

import hashlib
import json

import numpy as np
import pytest
import safetensors.numpy
from scipy.special import logit

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.learn.network import adapted as files
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.network.predict import Predictor
from tests.learn.adapting import backbone, load


def test_files_come_back_the_same_and_predict_the_same(result, tmp_path):
    for name, content in files.to_files(result).items():
        (tmp_path / name).write_bytes(content)
    again = files.from_files(tmp_path)
    assert {k: v.tolist() for k, v in again.tensors.items()} == {k: v.tolist() for k, v in result.tensors.items()}
    x = load(["r1", "r2"])
    first, second = Predictor(backbone(), result), Predictor(backbone(), again)
    assert first.statements == ("164889003", "270492004", "426177001")
    assert np.array_equal(first.predict(x), second.predict(x))


def test_an_adapter_refuses_another_backbone(result):
    other = Backbone(backbone().net, "untrained", "another hash")
    with pytest.raises(ModelMismatch, match="another version"):
        Predictor(other, result)


def stored(folder, result, tensors=None, **changes):
    """The files of a result with entries changed (None: taken out), hashes and all, as a stranger may write them."""
    content = safetensors.numpy.save({**result.tensors, **(tensors or {})})
    meta = {k: v for k, v in {**result.meta, **changes}.items() if v is not None}
    meta["tensors_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / files.TENSORS).write_bytes(content)
    (folder / files.META).write_text(json.dumps(meta))
    return folder


B = "transformer_layers.0.fc1.lora_B"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frozen_blocks": None}, "frozen blocks"),  # as versions before it was written
        ({"frozen_blocks": 99}, "frozen blocks"),
        ({"frozen_blocks": -1}, "frozen blocks"),
        ({"frozen_blocks": "2"}, "frozen blocks"),
        ({"backbone_sha256": None}, "backbone"),
        ({"ranks": None}, "ranks"),
        ({"ranks": ["8"] * 13}, "ranks"),
        ({"ranks": [8.0] * 13}, "ranks"),
        ({"ranks": [-1] * 13}, "ranks"),
        ({"ranks": [0] * 12 + [3_000_000]}, "ranks"),
        ({"deactivation": "x"}, "deactivation"),
        ({"deactivation": -5}, "deactivation"),
        ({"statements": None}, "statements"),
        ({"statements": "ab"}, "statements"),
        ({"statements": ["a", "a"]}, "twice"),
        ({"thresholds": [1]}, "thresholds"),
        ({"thresholds": {"a": float("nan")}}, "thresholds"),
        ({"thresholds": {"a": "x"}}, "thresholds"),
        ({"tensors": {"classifier.0.weight": np.zeros((64, 64), np.float32)}}, "classifier.0.weight is not what"),
        ({"tensors": {B: np.zeros((256, 8), np.complex64)}}, "lora_B is not what"),
        ({"tensors": {"surplus": np.zeros(3, np.float32)}}, "surplus is not what"),
    ],
)
def test_an_adapter_of_another_version_or_a_damaged_one_is_refused_in_a_sentence(result, tmp_path, changes, words):
    with pytest.raises(ModelMismatch, match=words) as caught:
        files.from_files(stored(tmp_path, result, **changes))
    assert "another version of this program" in str(caught.value)
    assert "Choose another version, or train again." in str(caught.value)


@pytest.mark.parametrize("text", ["[1]", "null", "{", "[" * 100_000])
def test_a_card_that_is_none_is_refused_in_a_sentence(result, tmp_path, text):
    stored(tmp_path, result)
    (tmp_path / files.META).write_text(text)
    with pytest.raises(ModelMismatch, match="damaged"):
        files.from_files(tmp_path)


def test_values_that_no_training_gives_are_refused(result, tmp_path):
    variance = "encoder_layers.0.bn1.running_var"
    for tensors, words in (
        ({variance: -result.tensors[variance]}, "running_var is negative"),
        ({B: np.full_like(result.tensors[B], np.nan)}, "not finite"),
        ({B: np.zeros((3, 3), np.float32)}, "lora_B is"),
    ):
        with pytest.raises(ModelMismatch, match=words):
            Predictor(backbone(), files.from_files(stored(tmp_path, result, tensors)))


def with_measured(result):
    """The same adapter with an output layer that reads two measurements."""
    weight = np.array([[0.1, 0.0], [0.0, -0.2]], np.float32)
    tensors = {**result.tensors, "measured.weight": weight, "measured.mean": np.array([80.0, 160.0], np.float32)}
    return files.Adapted(tensors, {**result.meta, "measured": ["rate", "pr"]})


def test_measurements_are_kept_and_shift_the_logits_by_their_distance_from_the_mean(result, tmp_path):
    for name, content in files.to_files(with_measured(result)).items():
        (tmp_path / name).write_bytes(content)
    again = Predictor(backbone(), files.from_files(tmp_path))
    assert again.measured == ("rate", "pr")
    x, plain = load(["r1"]), Predictor(backbone(), result)
    known, base = again.predict(x, np.array([[90.0, 170.0]])), plain.predict(x)
    assert logit(known[0, :2]) - logit(base[0, :2]) == pytest.approx([1.0, -2.0], abs=1e-3)
    assert known[0, 2] == base[0, 2], "a statement of the backbone alone"
    for nothing in (None, np.full((1, 2), np.nan)):
        assert np.allclose(again.predict(x, nothing), base), "what is not known counts as the mean"


def test_per_lead_passes_keep_what_was_measured_of_the_whole_ecg(result):
    model, measured = Predictor(backbone(), with_measured(result)), np.array([90.0, 170.0])
    without = Predictor(backbone(), result).per_lead(load(["r1"])[0])
    for one, other in zip(model.per_lead(load(["r1"])[0], measured), without, strict=True):
        shift = logit(one[..., :2]) - logit(other[..., :2])
        assert np.allclose(shift, [1.0, -2.0], atol=1e-2)


@pytest.mark.parametrize(
    ("changes", "tensors"),
    [
        ({"measured": ["rate"]}, {}),
        ({"measured": ["rate", "rate"]}, {}),
        ({"measured": "rate"}, {}),
        ({"measured": None}, {}),
        ({}, {"measured.mean": np.zeros(3, np.float32)}),
        ({}, {"measured.weight": np.full((2, 2), np.nan, np.float32)}),
    ],
)
def test_measurements_that_do_not_fit_are_refused_in_a_sentence(result, tmp_path, changes, tensors):
    with pytest.raises(ModelMismatch, match="measure"):
        files.from_files(stored(tmp_path, with_measured(result), tensors, **changes))
