"""What trainings are made of: the network, what is frozen of it, its output layer, its low-rank branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, EndNow, Task
from cessl_gui.learn import augment
from cessl_gui.learn.loop import Data, TrainingSettings, masked_loss
from cessl_gui.learn.network import device, lora
from cessl_gui.learn.network.backbone import SAMPLES, SIZES, BackboneSpec, CesslNet, load_strictly
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.output_layer import OutputLayer
from cessl_gui.learn.quick import between
from cessl_gui.learn.ranks import allocate, importances

FROZEN = 2  # encoder blocks that CE-SSL-F leaves as they are
READ_AT_ONCE = 8  # ECGs between two questions whether to stop, half a second where half a core is free


Load = Callable[[Sequence[str]], np.ndarray]  # record ids -> float32 (n, 12, 6144), the model's input


@dataclass(frozen=True)
class Labelled:
    """Records with labels as arrays.

    patients : (records,) whose ECG each is
    y        : (records, statements) 1, 0 or NaN (not assessed, uncertain)
    """

    ids: tuple[str, ...]
    patients: np.ndarray
    y: np.ndarray

    def rows(self, where: np.ndarray) -> Labelled:
        return Labelled(tuple(np.array(self.ids, object)[where]), self.patients[where], self.y[where])


@dataclass(frozen=True)
class Unlabelled:
    """Records without labels, read when they are needed. load : may give fewer, where some cannot be used"""

    ids: tuple[str, ...]
    load: Load


@dataclass(frozen=True)
class FitRun:
    """The choices of one training. first : encoder blocks before it are frozen and their outputs cached"""

    backbone: Backbone
    codes: tuple[str, ...]
    settings: TrainingSettings
    processor: device.Processor
    seed: int
    first: int

    def plain_net(self, generator: torch.Generator) -> CesslNet:
        """The backbone with an output layer for the trained statements."""
        old = self.backbone
        net = CesslNet(BackboneSpec(old.name, old.spec.width, old.spec.layers, self.codes))
        bound = old.spec.width**-0.5
        head = {
            f"classifier.1.{name}": torch.empty(shape).uniform_(-bound, bound, generator=generator)
            for name, shape in (("weight", (len(self.codes), old.spec.width)), ("bias", (len(self.codes),)))
        }
        if self.settings.known_head:
            for row, code in enumerate(self.codes):
                if code in old.statements:
                    a, b = old.calibration.get(code, (1.0, 0.0))
                    known = old.statements.index(code)
                    head["classifier.1.weight"][row] = a * old.net.head.weight.detach()[known]
                    head["classifier.1.bias"][row] = a * old.net.head.bias.detach()[known] + b
        body = {k: v for k, v in old.net.state_dict().items() if not k.startswith("classifier.1.")}
        return load_strictly(net, {**body, **head}).to(self.processor.device).eval()

    def inputs(self, x: Tensor, unlabelled: Unlabelled, task: Task = NOBODY_WAITS) -> tuple[Tensor, Tensor]:
        """What training takes of the inputs x, and of the unlabelled records: outputs of the frozen blocks."""
        plain = self.plain_net(torch.Generator().manual_seed(self.seed))
        rng = np.random.default_rng(self.seed)
        task.report("Computing features")
        return self.cache(plain, x, task), self.read_unlabelled(plain, unlabelled, rng, task)

    def cache(self, net: CesslNet, x: Tensor, task: Task = NOBODY_WAITS) -> Tensor:
        """Outputs of the frozen blocks (the inputs if none is frozen), in half precision where that is quick."""
        if not self.first:
            return x
        rows = []
        for part in x.split(READ_AT_ONCE):
            task.check()
            with torch.no_grad(), self.processor.autocast():
                features = net.encode(part.to(self.processor.device).float(), 0, self.first)
            rows.append(features.to("cpu", torch.bfloat16 if self.processor.half else torch.float32))
        return torch.cat(rows) if rows else torch.zeros(0, net.spec.width, SAMPLES // 4**self.first)

    def read_unlabelled(
        self, net: CesslNet, unlabelled: Unlabelled, rng: np.random.Generator, task: Task = NOBODY_WAITS
    ) -> Tensor:
        """Unlabelled data as training takes it: inputs, or features of weakly changed inputs, one change per part."""
        ids, parts = unlabelled.ids, []
        for i in range(0, len(ids), READ_AT_ONCE):
            task.report("Reading unlabelled ECGs", message=f"{i} of {len(ids)}")
            part = finite(task.asking(partial(unlabelled.load, ids[i : i + READ_AT_ONCE])))
            task.check()
            if len(part):
                parts.append(self.cache(net, augment.weak(part, rng), task) if self.first else part.bfloat16())
        return torch.cat(parts) if parts else torch.zeros(0)

    def with_branches(
        self,
        plain: CesslNet,
        data: Data,
        generator: torch.Generator,
        task: Task = NOBODY_WAITS,
    ) -> CesslNet:
        """`plain` with fresh low-rank branches, their ranks earned by importance; gradients for the trained parts.

        task : asked all through each batch; to keep leaves all ranks full
        """
        settings, count = self.settings, plain.spec.adaptable
        ranks = [0] * 3 * self.first + [settings.rank] * (count - 3 * self.first)
        if settings.compress_ratio:
            trial = self.branched(plain, ranks, generator)
            parts = zip(*(t.split(settings.batch) for t in (data.x, data.y, data.assessed)), strict=True)
            batches = (tuple(t.to(self.processor.device) for t in part) for part in parts)

            def loss(*given: Tensor) -> Tensor:
                task.interrupt()
                return masked_loss(*given)

            try:
                with self.processor.autocast(), between.asked(task.interrupt):
                    importance = importances(trial, batches, loss, self.first)
            except EndNow:  # then nothing is trained, either
                return self.branched(plain, ranks, generator)
            counted = SIZES[plain.spec.size].counted - 3 * self.first
            ranks = allocate(importance, settings.rank, settings.compress_ratio, counted)
        return self.branched(plain, ranks, generator)

    def branched(self, plain: CesslNet, ranks: list[int], generator: torch.Generator) -> CesslNet:
        net = CesslNet(plain.spec, ranks)
        lora.start_branches(net, generator)
        factors = {k: v for k, v in net.state_dict().items() if k.endswith((".lora_A", ".lora_B"))}
        net = load_strictly(net, {**plain.state_dict(), **factors}).to(self.processor.device)
        lora.freeze_rest(net)
        for block in net.encoder_layers[: self.first]:
            block.requires_grad_(False)
        return net


def features(
    net: CesslNet, x: Tensor, processor: device.Processor, *, first: int = 0, task: Task = NOBODY_WAITS
) -> np.ndarray:
    """float64 (n, width): what the output layer reads. raises : Cancelled, asked at each batch"""
    net.eval()
    rows = []
    with torch.no_grad():
        for part in x.split(READ_AT_ONCE):
            task.check()
            with processor.autocast():
                encoded = net.encode(part.to(processor.device).float(), first)
                rows.append(net.classifier[0](net.pool(encoded)).float().cpu())
    return torch.cat(rows).double().numpy() if rows else np.zeros((0, net.spec.width))


def head_of(net: CesslNet) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of the output layer."""
    return net.head.weight.detach().cpu().double().numpy(), net.head.bias.detach().cpu().double().numpy()


def set_head(net: CesslNet, layer: OutputLayer) -> None:
    """Give the network this output layer; what it adds for measurements has no place there."""
    with torch.no_grad():
        net.head.weight.copy_(torch.from_numpy(layer.weight))
        net.head.bias.copy_(torch.from_numpy(layer.bias))


def finite(x: np.ndarray) -> Tensor:
    return torch.from_numpy(np.nan_to_num(np.asarray(x, np.float32), nan=0.0, posinf=0.0, neginf=0.0))


def targets(y: np.ndarray) -> tuple[Tensor, Tensor]:
    known = np.isfinite(y)
    return torch.from_numpy(np.where(known, y, 0).astype(np.float32)), torch.from_numpy(known.astype(np.float32))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits.astype(float)))
