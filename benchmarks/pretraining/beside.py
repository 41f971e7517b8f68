"""Trials whose encoder also says something of each 32 ms, by a layer that is not shipped: waves, or what is hidden."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.report import RESULTS
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.measuring.features import EARLY
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.preprocess import INPUT_FS_HZ
from cessl_gui.learn import augment
from cessl_gui.learn.network.backbone import SAMPLES, STEPS, CesslNet, OutputLinear
from cessl_gui.learn.pretraining.augment import change
from cessl_gui.learn.pretraining.config import Config
from cessl_gui.learn.pretraining.data import TRAIN, Corpus
from cessl_gui.learn.pretraining.run import Run

FOLDER = RESULTS / "pretrain_trials"
COUNTS = 0.3  # beside readers' words: as much as measured targets do
PARTS = 4  # of a step of the encoder's output, which lasts 128 ms
SHORT = SAMPLES // (STEPS * PARTS)  # samples in a part
WAVES = {"p": ("p_onset", "p_offset"), "qrs": ("qrs_onset", "qrs_offset"), "qt": ("qrs_offset", "t_offset")}
SAME_BEAT_S = 0.03  # those that look alike are moved upon each other
HIDDEN, TOGETHER = 0.15, 2  # share of the steps that are hidden, and how many in a row: 256 ms


class Beside(Run):
    """Also learns `outputs` values of each part from what the encoder gives; they follow those of the statements."""

    outputs: int
    error: Callable[..., Tensor]

    def __init__(self, config: Config, corpus: Corpus, *given) -> None:
        super().__init__(config, corpus, *given)
        self.says = OutputLinear(self.average.spec.width, self.outputs * PARTS)
        self.optimizer.add_param_group({"params": list(self.says.parameters()), "weight_decay": 0.0})

    def _loss(self, x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        net, codes = cast(CesslNet, self.net), len(self.codes)
        with self.processor.autocast():
            encoded = net.encode(x)
            logits = net.classifier(net.pool(encoded)).float()
            said = self.says(encoded.transpose(1, 2)).float().flatten(1)
        labelled = _mean(F.binary_cross_entropy_with_logits, logits, y[:, :codes], weight[:, :codes])
        return labelled + COUNTS * _mean(type(self).error, said, y[:, codes:], weight[:, codes:])


def _mean(error: Callable[..., Tensor], found: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    return (error(found, wanted, reduction="none") * weight).sum() / weight.sum().clamp(min=1.0)


def _by_step(values: Tensor) -> Tensor:
    """(n, rows, STEPS x PARTS) -> (n, all of them), in the order in which `says` gives them"""
    n, rows, _ = values.shape
    return values.view(n, rows, STEPS, PARTS).transpose(1, 2).reshape(n, -1)


class WaveMasks(Beside):
    """Also learns where P, QRS and ST with T are, by the program's own delineation."""

    outputs = len(WAVES)
    error = staticmethod(F.binary_cross_entropy_with_logits)

    def __init__(self, config: Config, corpus: Corpus, *given) -> None:
        super().__init__(config, corpus, *given)
        file = FOLDER / f"waves-{corpus.file.parent.name}.npy"
        if not file.is_file():
            FOLDER.mkdir(parents=True, exist_ok=True)
            found = [waves(corpus.inputs([row])[0, :, : corpus.length[row]]) for row in range(len(corpus.rows))]
            np.save(file, np.stack(found))
        self.waves = np.load(file)

    def _batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """As Run's, the waves cut with the ECG; in batches whose ECGs are mixed they do not count."""
        config, where = self.config, self._drawn(step)
        rng = np.random.default_rng([config.seed, 2, step, self.group.rank])
        both = np.concatenate([self.corpus.inputs(where), self.waves[where]], axis=1, dtype=np.float32)
        x, known = np.split(change(both, self.corpus.length[where], config.changes, rng), [len(LEADS_12)], axis=1)
        x, known = torch.from_numpy(x), torch.from_numpy(known[:, :, SHORT // 2 :: SHORT].copy())
        y = torch.from_numpy(self.corpus.targets(where, self.codes))
        assessed = (~y.isnan()).float() * torch.from_numpy(self.counts)
        y = y.nan_to_num()
        if rng.random() < config.changes.cutmix:
            x, y, assessed = augment.cutmix(x, y, assessed, rng)
            known = known * 0
        return x, torch.cat([y, _by_step((known > 0).float())], 1), torch.cat([assessed, _by_step(known.abs())], 1)


def waves(x: np.ndarray) -> np.ndarray:
    """int8 (WAVES, SAMPLES): 1 in the wave, -1 outside it, 0 where that is doubtful

    Known is what lies between two beats that look alike and do not follow each other early, of waves that were found
    and are not doubtful. x : (12, samples) as the network reads it
    """
    known = np.zeros((len(WAVES), SAMPLES), np.int8)
    found = measure(Record("", "", "", "", x, INPUT_FS_HZ, LEADS_12))
    alike, peaks = np.array(found.alike_s), np.array(found.peaks_s)
    usual = {peak for peak in peaks if (np.abs(alike - peak) < SAME_BEAT_S).any()}
    least = EARLY * np.median(np.diff(peaks)) if len(peaks) > 1 else 0.0
    for one, following in pairwise(peaks):
        if not {one, following} <= usual or following - one < least:
            continue
        for row, (name, marks) in zip(known, WAVES.items(), strict=True):
            if name not in found.values or name in found.doubtful:
                continue
            row[round(one * INPUT_FS_HZ) : round(following * INPUT_FS_HZ)] = -1
            for beat in (one, following):
                start, end = (beat + found.marks_ms[mark] / 1000 for mark in marks)
                start, end = max(start, one), min(end, following)
                if start < end:
                    row[round(start * INPUT_FS_HZ) : round(end * INPUT_FS_HZ)] = 1
    return known


class Hidden(Beside):
    """Also tells the means of each lead where the ECG is hidden from it; learns this from ECGs without labels, too."""

    outputs = len(LEADS_12)
    error = staticmethod(F.mse_loss)

    def __init__(self, config: Config, corpus: Corpus, *given) -> None:
        super().__init__(config, corpus, *given)
        self.repeated = corpus.of_role(TRAIN)

    def _batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        x, y, weight = super()._batch(step)
        rng = np.random.default_rng([self.config.seed, 3, step])
        hidden = torch.from_numpy(rng.random((len(x), 1, STEPS // TOGETHER)) < HIDDEN).float()
        means = _by_step(x.unflatten(2, (-1, SHORT)).mean(3))
        x = x * (1 - hidden.repeat_interleave(SAMPLES // STEPS * TOGETHER, 2))
        told = _by_step(hidden.repeat_interleave(PARTS * TOGETHER, 2).expand(-1, self.outputs, -1))
        return x, torch.cat([y, means], 1), torch.cat([weight, told], 1)
