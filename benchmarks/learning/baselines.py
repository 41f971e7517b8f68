"""Other ways to adapt, small and honest: same backbone, split, budget and stopping rule as CE-SSL."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from benchmarks.learning.probe import fit_head
from benchmarks.speed.plain import published_manner
from cessl_gui.core.task import Task
from cessl_gui.learn import augment, loop
from cessl_gui.learn.fit import FROZEN, FitRun, Unlabelled, sigmoid, targets
from cessl_gui.learn.loop import (
    ALL_LAYERS,
    EXACT,
    FAST,
    NOBODY_WAITS,
    Data,
    TrainingSettings,
    logits_of,
    masked_loss,
    merged,
    train,
)
from cessl_gui.learn.network import device, lora
from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.network.backbones import Backbone

SURE = 0.95  # FixMatch trusts a pseudo-label above this, and below 1 minus this


@dataclass(frozen=True)
class Method:
    """settings, and what differs from CE-SSL. probe: it starts from the linear probe; train_all: every weight learns"""

    settings: TrainingSettings
    first: int = 0
    probe: bool = False
    train_all: bool = False
    fixmatch: bool = False
    plain: bool = False
    adapts: bool = True


# All but those that say otherwise start from the same output layer, so that what differs is the way to adapt.
_LORA = replace(EXACT, compress_ratio=0, deactivation=0, semi=False, known_head=True)
METHODS = {
    "zero-shot": Method(FAST, FROZEN, adapts=False),
    "linear probe": Method(FAST, FROZEN, True, adapts=False),
    "linear probe, fresh head": Method(replace(FAST, known_head=False), FROZEN, True, adapts=False),
    "CE-SSL fast": Method(FAST, FROZEN, True),
    "fast without deactivation": Method(replace(FAST, deactivation=0), FROZEN, True),
    "fast without rank allocation": Method(replace(FAST, compress_ratio=0), FROZEN, True),
    "fast without semi-supervised batch norm": Method(replace(FAST, semi=False), FROZEN, True),
    "fast without probe start": Method(FAST, FROZEN),
    "CE-SSL exact": Method(replace(EXACT, known_head=True)),
    "CE-SSL exact, probe start": Method(ALL_LAYERS, probe=True),
    "LoRA": Method(_LORA),
    "full fine-tuning": Method(replace(_LORA, rank=0), train_all=True),
    "FixMatch + LoRA": Method(replace(_LORA, semi=True), fixmatch=True),
    "FixMatch": Method(replace(_LORA, rank=0, semi=True), train_all=True, fixmatch=True),
    "CE-SSL exact, fresh head (published)": Method(EXACT),
}


@dataclass(frozen=True)
class Split:
    """x: (n, 12, 6144) inputs of all records; fit, valid, test: row masks

    frozen   : outputs of frozen blocks: by their number those for x, and by number, size and seed those for the
               unlabelled; filled when first needed
    patients : (n,) whose record each is; None: each is of another patient
    """

    x: np.ndarray
    y: np.ndarray
    fit: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    unlabelled: np.ndarray
    frozen: dict[object, Tensor] = field(default_factory=dict)
    patients: np.ndarray | None = None


def run_method(
    method: Method,
    backbone: Backbone,
    codes: tuple[str, ...],
    split: Split,
    seed: int,
    processor: device.Processor,
    task: Task = NOBODY_WAITS,
    **budget: int,
) -> tuple[np.ndarray, np.ndarray]:
    """(validation probabilities, test probabilities). budget: settings that take the place of the method's own."""
    settings = replace(method.settings, **budget)
    run = FitRun(backbone, codes, settings, processor, seed, method.first)
    generator = torch.Generator().manual_seed(seed)
    net = run.plain_net(generator)
    if method.first not in split.frozen:
        split.frozen[method.first] = run.cache(net, torch.from_numpy(split.x))
    x = split.frozen[method.first]
    pool = np.arange(len(split.unlabelled) if settings.semi and method.adapts else 0)
    key = method.first, len(pool), seed
    if key not in split.frozen:
        rng = np.random.default_rng(seed)
        split.frozen[key] = run.read_unlabelled(net, Unlabelled(pool, lambda i: split.unlabelled[i]), rng)
    unlabelled = split.frozen[key]
    y, assessed = targets(split.y)
    fit, valid, test = (torch.from_numpy(np.flatnonzero(m)) for m in (split.fit, split.valid, split.test))
    data = Data(x[fit], y[fit], assessed[fit], unlabelled, x[valid], split.y[split.valid], method.first)
    if method.probe:
        patients = None if split.patients is None else split.patients[split.fit]
        fit_head(net, data.x, data.y, data.assessed, processor, first=method.first, patients=patients)
    if method.adapts:
        net = net if method.train_all else run.with_branches(net, data, generator)
        if method.train_all:
            net.requires_grad_(True)
        if method.plain:
            published_manner(net)
        train(net, data, settings, processor, seed, task=task, loss_of=fixmatch_loss if method.fixmatch else None)
        net = merged(net, settings.deactivation)
    return tuple(sigmoid(logits_of(net, x[rows], processor, method.first)) for rows in (valid, test))


def fixmatch_loss(
    net: CesslNet, data: Data, rows, unlabelled_rows, settings, processor, rng, generator, beside: Tensor | None = None
) -> Tensor:
    """Supervised loss plus the loss on strongly changed unlabelled records against sure predictions on weak ones.

    beside : (unlabelled, statements) what measurements add to the logits of unlabelled records; None: nothing
    """
    supervised = loop.semi_supervised_loss(net, data, rows, unlabelled_rows[:0], settings, processor, rng, generator)
    if not len(unlabelled_rows):
        return supervised
    x = data.unlabelled[unlabelled_rows].float()
    count = data.y.shape[1]
    added = torch.zeros(len(x), count) if beside is None else beside[unlabelled_rows]
    with torch.no_grad(), processor.autocast():
        p = torch.sigmoid(net(augment.weak(x, rng)).float() + added)
    sure = ((p >= SURE) | (p <= 1 - SURE)).float()
    both, known = torch.cat([(p >= 0.5).float(), added], 1), torch.cat([sure, torch.ones_like(added)], 1)
    strong, target, weight = augment.cutmix(augment.weak(x, rng), both, known, rng)
    lora.drop_branches(net, settings.deactivation, generator)
    with processor.autocast():
        logits = net(strong) + target[:, count:]
    return supervised + masked_loss(logits, target[:, :count], weight[:, :count]) * weight[:, :count].mean()
