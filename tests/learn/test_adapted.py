"""What a training gives comes back from its files, and fits one backbone."""

import hashlib
import json

import numpy as np
import pytest
import safetensors.numpy

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.learn import adapted as files
from cessl_gui.learn.backbones import Backbone
from cessl_gui.learn.predict import Predictor
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
    held = next(iter(result.meta["holdout"]))
    p = first.predict(load([held]))[0]
    assert result.meta["holdout"][held]["164889003"][2] == pytest.approx(p[0], abs=2e-2)
    content = bytearray((tmp_path / files.TENSORS).read_bytes())
    content[-1] ^= 1
    (tmp_path / files.TENSORS).write_bytes(content)
    with pytest.raises(ModelMismatch):
        files.from_files(tmp_path)


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
