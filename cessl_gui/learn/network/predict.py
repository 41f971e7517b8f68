"""Probabilities of ECGs, and of one ECG lead by lead and window by window."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.learn.network import likeness
from cessl_gui.learn.network.adapted import MEASURED, MEASURED_MEANS, Adapted, merged_net
from cessl_gui.learn.network.backbone import LEADS, SAMPLES, STEPS, CesslNet
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.network.device import Processor, choose

BATCH = 32
UNKNOWN = "class-"  # how outputs begin that stand for nothing known
WINDOW = 256  # samples masked at a time: 0.512 s, about one QRS complex with its T wave
STEP = SAMPLES // STEPS  # samples per step of the encoder's output
# A step of the encoder's output sees this many samples to either side of its place: each of the three blocks has two
# convolutions of 9, after strides of 1, 4 and 16, the first of them at four times the second's rate.
REACH = 20 * (1 + 4 + 16)


class Predictor:
    """One model, ready to predict.

    statements : the trained ones, then those that only the backbone knows: these it predicts unchanged
    carried    : the latter
    thresholds : code -> probability at which it counts as present (0.5 where nothing better is known)
    measured   : names of the measurements that it reads beside the signal
    of_backbone: thresholds of the backbone as it is
    """

    def __init__(self, backbone: Backbone, adapted: Adapted | None = None, processor: Processor | None = None) -> None:
        self.processor = processor or choose("cpu")
        known = [code for code in backbone.statements if not code.startswith(UNKNOWN)]
        trained = list(adapted.statements) if adapted else []
        self.carried = carried = tuple(code for code in known if code not in trained)
        self._likeness = backbone.likeness
        self._own: int | None = None  # which part is the backbone as it is
        self._parts: list[tuple[CesslNet, Tensor, Tensor, list[int]]] = []
        if adapted:
            self._add(merged_net(adapted, backbone), trained, {})
        if carried or not trained:
            self._own = len(self._parts)
            self._add(backbone.net, carried, backbone.calibration)
        # Blocks that the adapter left as they are need to be computed once only.
        self._shared = adapted.frozen_blocks if adapted and carried else 0
        self.is_base = adapted is None
        self.measured = adapted.measured if adapted else ()
        self._beside: tuple[np.ndarray, np.ndarray] | None = None
        if adapted and adapted.measured:
            self._beside = adapted.tensors[MEASURED], adapted.tensors[MEASURED_MEANS]
        self.statements = (*trained, *carried)
        self.of_backbone = backbone.thresholds
        thresholds = {**backbone.thresholds, **(adapted.thresholds if adapted else {})}
        self.thresholds = {code: float(thresholds.get(code, 0.5)) for code in self.statements}

    def _add(self, net: CesslNet, codes: Sequence[str], calibration: dict[str, tuple[float, float]]) -> None:
        columns = [net.spec.statements.index(code) for code in codes]
        scale = torch.tensor([calibration.get(code, (1.0, 0.0)) for code in codes]).reshape(-1, 2)
        self._parts.append((net.to(self.processor.device).eval(), scale[:, 0], scale[:, 1], columns))

    def predict(self, inputs: np.ndarray, measured: np.ndarray | None = None) -> np.ndarray:
        """float32 (n, 12, 6144) as `ecg.preprocess.to_model_input` gives -> float32 (n, statements)

        measured : (n, measurements) in the order of `measured`, NaN where not known; None: nothing is known. What is
                   not known counts as the mean of the ECGs that were learned from.
        """
        return self.predict_and_compare(inputs, measured)[0]

    @torch.inference_mode()
    def predict_and_compare(
        self, inputs: np.ndarray, measured: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """As `predict`, and float32 (n,): how much each is like the ECGs that the backbone knows (see `likeness`).

        None where no file beside the backbone tells, or nothing is predicted by the backbone as it is.
        """
        shares: list[Tensor] = []
        added = self._added(measured, len(inputs))
        rows = [self._batch(inputs[i : i + BATCH], added[i : i + BATCH], shares) for i in range(0, len(inputs), BATCH)]
        probabilities = np.concatenate(rows) if rows else np.zeros((0, len(self.statements)), np.float32)
        return probabilities, torch.cat(shares).numpy() if shares else None

    def per_lead(
        self, one: np.ndarray, measured: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """float32 (12, 6144) -> probabilities (statements,), without each lead (12, statements), from each alone.

        A lead that is left out is zero, as a missing lead is in the model's input. What was measured, (measurements,),
        stays that of the whole ECG: rate and intervals are of the heart and not of a lead.
        """
        out = np.eye(LEADS, dtype=np.float32)[:, :, None]
        beside = None if measured is None else np.tile(measured, (1 + 2 * LEADS, 1))
        p = self.predict(np.concatenate([one[None], one * (1 - out), one * out]), beside)
        return p[0], p[1 : 1 + LEADS], p[1 + LEADS :]

    @torch.inference_mode()
    def per_window(
        self, one: np.ndarray, edges: np.ndarray, task: Task = NOBODY_WAITS, measured: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities (statements,), and (12, windows, statements) with each window of each lead masked.

        one      : float32 (12, 6144)
        edges    : (windows + 1,) samples at which windows begin and end
        measured : (measurements,) of the whole ECG, which stay as they are
        raises   : Cancelled

        A masked window is a straight line between the samples beside it, as a gap of a recording is. Of the encoder
        only the steps that the window reaches are computed again, from the samples they see; the others are of the
        whole ECG: a third of the time, the same result.
        """
        x = torch.from_numpy(np.ascontiguousarray(one[None], np.float32)).to(self.processor.device)
        with self.processor.autocast():
            wholes = [part[0].encode(x) for part in self._parts]
            added = self._added(None if measured is None else measured[None], 1)
            full = self._read(wholes, added)
        masked = []
        for start, stop in pairwise(edges.tolist()):
            task.check()
            first, last = max(0, -((REACH - start) // STEP)), min(STEPS, (stop - 1 + REACH) // STEP + 1)
            a = max(0, STEP * first - REACH) // STEP
            b = min(STEPS, -(-(STEP * (last - 1) + REACH + 1) // STEP))
            seen = x[:, :, STEP * a : STEP * b].repeat(LEADS, 1, 1)
            for lead in range(LEADS):
                seen[lead, lead, start - STEP * a : stop - STEP * a] = _bridge(x[0, lead], start, stop)
            with self.processor.autocast():
                seen = self._parts[0][0].encode(seen, 0, self._shared)
                changed = [whole.repeat(LEADS, 1, 1) for whole in wholes]
                for (net, *_), steps in zip(self._parts, changed, strict=True):
                    steps[:, :, first:last] = net.encode(seen, self._shared)[:, :, first - a : last - a]
                masked.append(self._read(changed, added))
        return full[0], np.stack(masked, 1) if masked else np.zeros((LEADS, 0, len(self.statements)), np.float32)

    def _added(self, measured: np.ndarray | None, n: int) -> Tensor:
        """(n, trained statements) what measurements add to the logits; (n, 1) of zeros where nothing does"""
        if self._beside is None or measured is None:
            return torch.zeros(n, 1)
        weight, means = self._beside
        known = np.where(np.isfinite(measured), measured - means, 0.0)
        return torch.from_numpy((known @ weight.T).astype(np.float32))

    def _read(
        self, encoded: list[Tensor], added: Tensor, filled: Tensor | None = None, shares: list[Tensor] | None = None
    ) -> np.ndarray:
        """Encoder outputs, one per part, to probabilities (n, statements).

        added  : to the logits of the first part
        filled : (n,) steps that hold signal; shares : gets the likeness, where both are given and it is known
        """
        probabilities = []
        for i, ((net, scale, shift, columns), steps) in enumerate(zip(self._parts, encoded, strict=True)):
            steps = net.transform(steps)
            if i == self._own and self._likeness is not None and filled is not None and shares is not None:
                shares.append(self._likeness.shares(likeness.features(steps, filled).cpu()))
            logits = net.classifier(steps.amax(1)).float().cpu()
            logits = logits[:, columns] * scale + shift
            probabilities.append(torch.sigmoid(logits if i else logits + added))
        return torch.cat(probabilities, 1).numpy()

    def _batch(self, inputs: np.ndarray, added: Tensor, shares: list[Tensor]) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(inputs, np.float32)).to(self.processor.device)
        filled = likeness.steps_compared(x)
        with self.processor.autocast():
            x = self._parts[0][0].encode(x, 0, self._shared)
            return self._read([net.encode(x, self._shared) for net, *_ in self._parts], added, filled, shares)


def _bridge(x: Tensor, start: int, stop: int) -> Tensor:
    """A straight line in the place of x[start:stop], from the sample before it to the one after it."""
    before, after = max(0, start - 1), min(len(x) - 1, stop)
    share = (torch.arange(start, stop, device=x.device) - before) / max(1, after - before)
    return x[before] + share * (x[after] - x[before])
