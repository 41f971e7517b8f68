"""What a training gives comes back from its files, and fits one backbone."""

import numpy as np
import pytest

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
