"""Learning what other backbones say together, beside readers' words (distillation).

Nets of different seeds err differently, so the mean of their answers is better than any of them. One that learns this
mean keeps a part of the gain, at the size and speed of one. Where no reader assessed a statement it alone teaches.
Source: Hinton, Vinyals and Dean 2015, arXiv 1503.02531.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.learn.network import backbones
from cessl_gui.learn.network.device import Processor


class Teachers:
    """Backbones, of any sizes, that are asked together.

    taught : outputs of the net that learns, those of the statements that all of them know
    raises : ModelMismatch if there is none
    """

    def __init__(self, files: Sequence[Path], codes: Sequence[str], processor: Processor) -> None:
        self.nets = [backbones.read(file).net.to(processor.device) for file in files]
        known = [net.spec.statements for net in self.nets]
        self.taught = [i for i, code in enumerate(codes) if all(code in said for said in known)]
        if not self.taught:
            raise ModelMismatch("The teachers know no statement in common with the net.", "Choose other `teachers`.")
        self.columns = [[said.index(codes[i]) for i in self.taught] for said in known]
        self.processor = processor

    @torch.no_grad()
    def say(self, x: Tensor) -> Tensor:
        """Inputs (n, 12, 6144) -> probabilities (n, len(taught)), of the mean of their logits"""
        with self.processor.autocast():
            logits = [net(x)[:, columns].float() for net, columns in zip(self.nets, self.columns, strict=True)]
        return torch.sigmoid(torch.stack(logits).mean(0))
