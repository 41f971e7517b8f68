"""An adapter for tests that train nothing."""

from collections.abc import Sequence

import numpy as np

from cessl_gui.learn.network.adapted import Adapted, learned, to_files
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.tasks.models.modelling import load_backbone


def untrained_adapter(codes: Sequence[str]) -> dict[str, bytes]:
    """The files of an adapter of these statements that learned nothing."""
    backbone = load_backbone()
    names = CesslNet(BackboneSpec(backbone.name, backbone.spec.width, backbone.spec.layers, tuple(codes))).state_dict()
    tensors = {name: value for name, value in learned(backbone.net).items() if not name.startswith("classifier.1.")}
    tensors |= {n: np.zeros(v.shape, np.float32) for n, v in names.items() if n.startswith("classifier.1.")}
    meta = {
        "backbone": backbone.name, "backbone_sha256": backbone.sha256, "statements": list(codes),
        "ranks": [0] * (9 + 3 * backbone.spec.layers + 1), "deactivation": 0.2, "frozen_blocks": 2,
        "thresholds": dict.fromkeys(codes, 0.5),
    }  # fmt: skip
    return to_files(Adapted(tensors, meta))
