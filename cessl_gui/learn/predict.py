"""Probabilities of ECGs, and of one ECG lead by lead."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cessl_gui.learn.adapted import Adapted, merged_net
from cessl_gui.learn.backbone import LEADS, CesslNet
from cessl_gui.learn.backbones import Backbone
from cessl_gui.learn.device import Place, choose

BATCH = 32
UNKNOWN = "class-"  # how outputs begin that stand for nothing known


class Predictor:
    """One model, ready to predict.

    statements : the trained ones, then those that only the backbone knows: these it predicts unchanged
    thresholds : code -> probability at which it counts as present (0.5 where nothing better is known)
    """

    def __init__(self, backbone: Backbone, adapted: Adapted | None = None, place: Place | None = None) -> None:
        self.place = place or choose("cpu")
        known = [code for code in backbone.statements if not code.startswith(UNKNOWN)]
        trained = list(adapted.statements) if adapted else []
        carried = [code for code in known if code not in trained]
        self._parts: list[tuple[CesslNet, Tensor, Tensor, list[int]]] = []
        if adapted:
            self._add(merged_net(adapted, backbone), trained, {})
        if carried or not trained:
            self._add(backbone.net, carried, backbone.calibration)
        # Blocks that the adapter left as they are need to be computed once only.
        self._shared = adapted.frozen_blocks if adapted and carried else 0
        self.statements = (*trained, *carried)
        thresholds = {**backbone.thresholds, **(adapted.thresholds if adapted else {})}
        self.thresholds = {code: float(thresholds.get(code, 0.5)) for code in self.statements}

    def _add(self, net: CesslNet, codes: list[str], calibration: dict[str, tuple[float, float]]) -> None:
        columns = [net.spec.statements.index(code) for code in codes]
        scale = torch.tensor([calibration.get(code, (1.0, 0.0)) for code in codes]).reshape(-1, 2)
        self._parts.append((net.to(self.place.device).eval(), scale[:, 0], scale[:, 1], columns))

    @torch.inference_mode()
    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """float32 (n, 12, 6144) as `ecg.preprocess.to_model_input` gives -> float32 (n, statements)"""
        rows = [self._batch(inputs[i : i + BATCH]) for i in range(0, len(inputs), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.statements)), np.float32)

    def per_lead(self, one: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """float32 (12, 6144) -> probabilities (statements,), without each lead (12, statements), from each alone.

        A lead that is left out is zero, as a missing lead is in the model's input.
        """
        out = np.eye(LEADS, dtype=np.float32)[:, :, None]
        p = self.predict(np.concatenate([one[None], one * (1 - out), one * out]))
        return p[0], p[1 : 1 + LEADS], p[1 + LEADS :]

    def _batch(self, inputs: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(inputs, np.float32)).to(self.place.device)
        found = []
        with self.place.autocast():
            x = self._parts[0][0].encode(x, 0, self._shared)
        for net, scale, shift, columns in self._parts:
            with self.place.autocast():
                logits = net(x, first=self._shared).float().cpu()
            found.append(torch.sigmoid(logits[:, columns] * scale + shift))
        return torch.cat(found, 1).numpy()
