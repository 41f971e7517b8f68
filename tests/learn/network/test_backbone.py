"""The network against the tensors recorded from the published implementation, and backbones as files."""

import json
import os
import pickle
import resource
import zipfile

import pytest
import torch

from cessl_gui.core.errors import ModelMismatch, NotWritten
from cessl_gui.learn.network import backbones, device
from cessl_gui.learn.network.backbone import SIZES, BackboneSpec, CesslNet, load_strictly, sinusoids, spec_of_state
from cessl_gui.learn.network.lora import freeze_rest, trained_parameters
from tests.conftest import full_disk


@pytest.fixture
def checkpoint(cessl_parity):
    return cessl_parity / "tinylight_checkpoint.pkl"


@pytest.fixture(autouse=True)
def own_user_data(tmp_path, monkeypatch):
    monkeypatch.setattr(backbones, "user_data", lambda: tmp_path / "user")


def test_pretrained_logits(parity, checkpoint):
    state = torch.load(checkpoint, weights_only=True)
    net = load_strictly(CesslNet(spec_of_state(state, "tinylight")), state).eval()
    with torch.no_grad():
        assert (net(parity.x) - parity["pretrained_logits"]).abs().max() < 1e-4
        assert torch.equal(net(parity.x.squeeze(2)), net(parity.x))


@pytest.mark.parametrize(
    ("size", "parameters", "trained"), [("tinylight", 0.3, 0.081), ("tiny", 1.6, 0.262), ("base", 9.5, 0.795)]
)
def test_sizes(size, parameters, trained):
    spec = BackboneSpec.of_size(size, [f"s{i}" for i in range(19)])
    plain, adapted = CesslNet(spec), CesslNet(spec, [16] * spec.adaptable)
    assert sum(p.numel() for p in plain.parameters()) / 1e6 == pytest.approx(parameters, abs=0.05)
    freeze_rest(adapted)
    count = sum(p.numel() for _, p in trained_parameters(adapted))
    assert count == sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    assert count / 1e6 == pytest.approx(trained, abs=0.0006)


def test_all_sizes_are_recognised_by_shape():
    for size in SIZES:
        with torch.device("meta"):
            net = CesslNet(BackboneSpec.of_size(size, ("a", "b")))
        assert spec_of_state(net.state_dict(), "x").size == size
        assert net.spec.adaptable + 1 == {"tinylight": 14, "tiny": 23, "base": 35, "medium": 47, "large": 47}[size]


def test_import_of_a_published_checkpoint_can_be_loaded(checkpoint, parity):
    info = backbones.import_checkpoint(checkpoint, "published")
    assert info.name in {i.name for i in backbones.available()}
    loaded = backbones.load("published")
    with torch.no_grad():
        assert (loaded.net(parity.x) - parity["pretrained_logits"]).abs().max() < 2e-2  # half precision on disk
    with pytest.raises(ModelMismatch, match="already"):
        backbones.import_checkpoint(checkpoint, "published")


class Runs:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(pickle.dumps({"classifier.1.weight": Runs(tmp_path / "ran")}))
    with pytest.raises(ModelMismatch):
        backbones.import_checkpoint(bad, "bad")
    torch.save({"classifier.1.weight": Runs(tmp_path / "ran")}, bad)
    with pytest.raises(ModelMismatch, match="refused"):
        backbones.import_checkpoint(bad, "bad")
    assert not (tmp_path / "ran").exists()


def test_wrong_checkpoints_are_refused_by_name(checkpoint, tmp_path, monkeypatch):
    state = torch.load(checkpoint, weights_only=True)

    def refusal(**changes):
        changed = {k: v for k, v in {**state, **changes}.items() if v is not None}
        torch.save(changed, tmp_path / "changed.pkl")
        with pytest.raises(ModelMismatch) as caught:
            backbones.import_checkpoint(tmp_path / "changed.pkl", "changed")
        return str(caught.value)

    assert "encoder_layers.1.conv2.conv.bias is missing" in refusal(**{"encoder_layers.1.conv2.conv.bias": None})
    assert "extra.weight is not part of it" in refusal(**{"extra.weight": torch.zeros(1)})
    assert "classifier.0.bias is (3,)" in refusal(**{"classifier.0.bias": torch.zeros(3)})
    assert "not finite" in refusal(**{"classifier.0.bias": torch.full_like(state["classifier.0.bias"], torch.nan)})
    weight, variance = "encoder_layers.0.conv1.conv.weight", "encoder_layers.0.bn1.running_var"
    assert "running_var is negative" in refusal(**{variance: -1 - state[variance]})
    assert "In half precision" in refusal(**{weight: torch.full_like(state[weight], 1e5)})
    assert "no published size" in refusal(**{"classifier.1.weight": torch.zeros(6, 60)})
    (tmp_path / "cut.pkl").write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(ModelMismatch):
        backbones.import_checkpoint(tmp_path / "cut.pkl", "cut")
    monkeypatch.setattr(backbones, "LARGEST_FILE", 10)
    with pytest.raises(ModelMismatch, match="larger"):
        backbones.import_checkpoint(checkpoint, "big")


class Zeros:
    """Pickled as a call that makes many bytes of a number."""

    def __reduce__(self):
        return bytearray, (3 << 30,)


def repacked(path):
    """The same checkpoint in a compressed zip file."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry.filename))
    return path.with_suffix(".zip")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("x", torch.zeros(1, dtype=torch.half).expand(10**9), "not a plain array"),
        ("x", torch.zeros(1).expand(10**13), "not a plain array"),
        ("classifier.1.weight", torch.zeros(1, 1).expand(10**8, 64), "not a plain array"),
        ("classifier.1.weight", torch.zeros(10**12, 0), "no published size"),
        ("x", torch.zeros(4, device="meta"), "not a plain array"),
        ("classifier.0.bias", torch.zeros(64, dtype=torch.complex64), "not a plain array"),
        ("classifier.0.bias", torch.zeros(64).to_sparse(), "not a plain array"),
        ("transformer_layers.0.self_attention.bias", torch.zeros(0, 1, 96, 96), "self_attention.bias is not part"),
        ("transformer_layers.0.self_attention.bias", torch.ones(1, 1, 96, 96), "self_attention.bias is not part"),
        ("position_encoding.positional_encoding", torch.zeros(96, 63), "positional_encoding is not part"),
        ("position_encoding.positional_encoding", torch.zeros(200, 64), "positional_encoding is not part"),
        ("classifier.0.bias", torch.full((64,), 1e300, dtype=torch.float64), "not finite"),
        ("y", Zeros(), "far more memory"),
    ],
)
def test_a_tensor_that_no_network_has_is_refused_before_it_takes_memory(checkpoint, tmp_path, key, value, words):
    path = tmp_path / "odd.pkl"
    torch.save({**torch.load(checkpoint, weights_only=True), key: value}, path)
    before = peak_mb()
    with pytest.raises(ModelMismatch, match=words):
        backbones.import_checkpoint(path, "odd")
    assert peak_mb() - before < 200


def test_a_compressed_checkpoint_is_refused(tmp_path):
    torch.save({"x": torch.zeros(50_000_000)}, tmp_path / "zeros.pkl")
    path = repacked(tmp_path / "zeros.pkl")
    with pytest.raises(ModelMismatch, match="far more memory"):
        backbones.import_checkpoint(path, "zeros")


@pytest.mark.parametrize("size", ["tinylight", "tiny", "base"])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_the_published_layout_is_read_in_either_format_and_precision(tmp_path, size, zipped, dtype):
    net = CesslNet(BackboneSpec.of_size(size, ("a", "b"))).start(torch.Generator().manual_seed(0))
    state = {k: v.to(dtype) if v.is_floating_point() else v for k, v in net.state_dict().items()}
    for j in range(net.spec.layers):
        weight = f"transformer_layers.{j}.self_attention.c_attn.weight"
        state[weight] = state[weight].T.contiguous().T  # as the published files have it
        state[f"transformer_layers.{j}.self_attention.bias"] = torch.ones(96, 96).tril()[None, None]
    state["position_encoding.positional_encoding"] = sinusoids(200, net.spec.width)
    torch.save(state, tmp_path / "whole.pkl", _use_new_zipfile_serialization=zipped)
    backbones.import_checkpoint(tmp_path / "whole.pkl", "whole")
    loaded = backbones.load("whole").net.state_dict()
    for key, value in net.state_dict().items():
        assert torch.allclose(loaded[key].float(), value.float(), atol=1e-3), key


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_changed_weights_file_is_refused(tmp_path):
    spec = BackboneSpec.of_size("tinylight", ("1", "2"))
    net = CesslNet(spec).start(torch.Generator().manual_seed(0))
    path = backbones.save(net, {"thresholds": {"1": 0.3}, "calibration": {"1": [1, 0]}}, tmp_path, "own")
    loaded = backbones.read(path)
    assert loaded.statements == ("1", "2")
    assert loaded.thresholds == {"1": 0.3}
    assert json.loads(path.with_suffix(".json").read_text())["size"] == "tinylight"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelMismatch, match="not the file"):
        backbones.read(path)


def test_a_full_disk_leaves_no_part_of_a_backbone(tmp_path):
    net = CesslNet(BackboneSpec.of_size("tinylight", ("1", "2"))).start(torch.Generator().manual_seed(0))
    with full_disk(50_000), pytest.raises(NotWritten, match=r"own\.safetensors cannot be written"):
        backbones.save(net, {}, tmp_path / "backbones", "own")
    assert list((tmp_path / "backbones").iterdir()) == []


def test_a_new_network_holds_no_chance_values():
    net = CesslNet(BackboneSpec.of_size("tinylight", ("a", "b")))
    assert not net.head.weight.any()
    assert not net.head.bias.any()


def test_a_network_is_filled_on_one_thread(monkeypatch):
    used, look = set(), torch.isfinite
    monkeypatch.setattr(torch, "isfinite", lambda x: used.add(torch.get_num_threads()) or look(x))
    net = CesslNet(BackboneSpec.of_size("tinylight", ("a", "b")))
    with device.threads(2):
        load_strictly(net, net.state_dict())
        assert torch.get_num_threads() == 2
    assert used == {1}
