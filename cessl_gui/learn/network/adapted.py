"""The result of a fine-tuning as values and as files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.learn.network.backbone import BLOCKS, BackboneSpec, CesslNet, load_strictly
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.network.lora import merged_state

TENSORS, META = "adapter.safetensors", "meta.json"
MOST_RANK = 64  # four times the published one
MOST_MEASURED = 200  # names; some two dozen are used
MEASURED, MEASURED_MEANS = "measured.weight", "measured.mean"  # what measurements add to the logits; absent in many
BESIDE = (MEASURED, MEASURED_MEANS)
TRAINED = (".lora_A", ".lora_B", ".bias", ".running_mean", ".running_var")


@dataclass(frozen=True)
class Adapted:
    """What was learned: everything of the network that is not the backbone's, and how it came about.

    tensors : low-rank factors, biases, output layer, batch-norm statistics, by their name in the network; what
              measurements add, (statements, measurements) and the mean that an unknown one counts as
    meta    : JSON-able; keys in `trainer.adapt`
    answers : what it was judged by; not in these files
    """

    tensors: dict[str, np.ndarray]
    meta: dict
    answers: OutOfFold | None = None

    @property
    def statements(self) -> tuple[str, ...]:
        """The codes that were trained, in the order of the output layer."""
        return tuple(self.meta["statements"])

    @property
    def frozen_blocks(self) -> int:
        """How many of the first encoder blocks are the backbone's own."""
        return self.meta["frozen_blocks"]

    @property
    def measured(self) -> tuple[str, ...]:
        """Names of the measurements that the output layer reads beside the network's features; none in older files."""
        return tuple(self.meta.get("measured", ()))

    @property
    def thresholds(self) -> dict[str, float]:
        return self.meta["thresholds"]


def learned(net: CesslNet) -> dict[str, np.ndarray]:
    """The tensors of `net` that adaptation may have changed."""
    return {name: value.detach().cpu().numpy().copy() for name, value in net.state_dict().items() if _is_learned(name)}


def _is_learned(name: str) -> bool:
    return name.endswith(TRAINED) or name.startswith("classifier.1.")


def merged_net(adapted: Adapted, backbone: Backbone) -> CesslNet:
    """The plain network that predicts with an adapter: W + (1 - p) B A.

    raises : ModelMismatch if the adapter was made on other weights
    """
    meta = adapted.meta
    if meta["backbone_sha256"] != backbone.sha256:
        raise ModelMismatch(
            f"This model was trained on another version of the backbone {meta['backbone']}.",
            "Install the backbone it was made with, or train again.",
        )
    spec = BackboneSpec(backbone.name, backbone.spec.width, backbone.spec.layers, adapted.statements)
    # What was not trained is the backbone's.
    frozen = {k: v for k, v in backbone.net.state_dict().items() if not k.startswith("classifier.1.")}
    given = {k: torch.from_numpy(np.array(v)) for k, v in adapted.tensors.items() if k not in BESIDE}
    net = load_strictly(CesslNet(spec, meta["ranks"]), {**frozen, **given}, "This model")
    return load_strictly(CesslNet(spec), merged_state(net, meta["deactivation"])).eval()


def to_files(adapted: Adapted) -> dict[str, bytes]:
    """File name -> content, for the store to write."""
    content = safetensors.numpy.save({k: np.ascontiguousarray(v) for k, v in adapted.tensors.items()})
    meta = {**adapted.meta, "tensors_sha256": hashlib.sha256(content).hexdigest()}
    return {TENSORS: content, META: json.dumps(meta, indent=1, ensure_ascii=False).encode()}


def from_files(folder: Path) -> Adapted:
    """Read what `to_files` gave, hash checked; the files may be a stranger's.

    raises : ModelMismatch
    """
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        content = (folder / TENSORS).read_bytes()
        if meta.pop("tensors_sha256") != hashlib.sha256(content).hexdigest():
            raise ModelMismatch("The model's files do not belong together.", "Train again or choose another version.")
        tensors = safetensors.numpy.load(content)
    except ModelMismatch:
        raise
    except Exception as error:  # a damaged or a stranger's file can fail anywhere in the readers
        raise ModelMismatch(f"The model in {folder.name} is damaged.", "Choose another version.") from error
    fault = _fault(meta, tensors)
    if fault:
        raise ModelMismatch(
            f"The model in {folder.name} is damaged or of another version of this program: {fault}.",
            "Choose another version, or train again.",
        )
    return Adapted(tensors, meta)


def _fault(meta: dict, tensors: dict[str, np.ndarray]) -> str:
    """What is wrong with an adapter before a network is built of it, in words; "" where nothing is."""

    def number(value: object, low: float, high: float) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    statements, ranks, thresholds = (meta.get(key) for key in ("statements", "ranks", "thresholds"))
    if not isinstance(statements, list) or not all(isinstance(code, str) for code in statements):
        return "its statements are no list of codes"
    if not statements or len(set(statements)) < len(statements):
        return "it has no statements, or one twice"
    if not all(isinstance(meta.get(key), str) for key in ("backbone", "backbone_sha256")):
        return "it does not name its backbone"
    if not isinstance(ranks, list) or not all(isinstance(r, int) and number(r, 0, MOST_RANK) for r in ranks):
        return f"its ranks are not whole numbers up to {MOST_RANK}"
    if not number(meta.get("deactivation"), 0, 0.99):
        return "its share of deactivation is no number from 0 to 0.99"
    if not isinstance(meta.get("frozen_blocks"), int) or not number(meta["frozen_blocks"], 0, BLOCKS):
        return f"its number of frozen blocks is not 0 to {BLOCKS}"
    if not isinstance(thresholds, dict) or not all(number(t, 0, 1) for t in thresholds.values()):
        return "its thresholds are not probabilities"
    odd = [k for k, v in tensors.items() if not (_is_given(k) and v.dtype == np.float32 and v.ndim < 5)]
    if odd:
        return f"{odd[0]} is not what a training gives"
    return _fault_beside(meta.get("measured", []), len(statements), tensors)


def _is_given(name: str) -> bool:
    return _is_learned(name) or name in BESIDE


def _fault_beside(names: object, statements: int, tensors: dict[str, np.ndarray]) -> str:
    """What is wrong with what measurements add, in words."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return "its measurements are no list of names"
    if len(set(names)) < len(names) or len(names) > MOST_MEASURED:
        return "its measurements have one twice, or are too many"
    shapes = {MEASURED: (statements, len(names)), MEASURED_MEANS: (len(names),)} if names else {}
    given = {name: tensors[name] for name in BESIDE if name in tensors}
    if {name: value.shape for name, value in given.items()} != shapes:
        return "what its measurements add does not fit their names"
    return "" if all(np.isfinite(value).all() for value in given.values()) else "a weight of a measurement is no number"
