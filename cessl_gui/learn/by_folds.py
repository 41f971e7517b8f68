"""Adapting where folds decide: what is adapted, how strongly, with which statistics. The result learns from all."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training_job import Method
from cessl_gui.learn import lora
from cessl_gui.learn.adapted import learned
from cessl_gui.learn.backbone import BLOCKS, CesslNet
from cessl_gui.learn.choosing import Chosen, Cuts, Judged, Tried, choose, judge, try_output_layer
from cessl_gui.learn.fit import FitRun, Labelled, targets
from cessl_gui.learn.loop import Data, Progress, score, train
from cessl_gui.learn.output_layer import Option, OutputLayer, fit, options
from cessl_gui.learn.probe import features, head_of, set_head

TRYING = "Trying CE-SSL on the folds"
MOVING = {True: "from the batches", False: "the backbone's"}  # batch norm's statistics, as candidates say it


@dataclass(frozen=True)
class Setting:
    """What an adaptation starts from.

    run      : whose frozen blocks the output layer's features come from
    inputs   : number of frozen blocks -> their outputs for the labelled and for the unlabelled records
    measured : (records, measurements), NaN where not known
    folds    : (records,)
    """

    run: FitRun
    labelled: Labelled
    inputs: Mapping[int, tuple[Tensor, Tensor]]
    measured: np.ndarray
    folds: np.ndarray

    def data(self, rows: np.ndarray, layer: OutputLayer, first: int) -> Data:
        """What a training on some of the records takes; the other records are its validation."""
        x, others = self.inputs[first]
        target, assessed = targets(self.labelled.y)
        own, rest = torch.from_numpy(np.flatnonzero(rows)), torch.from_numpy(np.flatnonzero(~rows))
        beside = torch.from_numpy(layer.beside(self.measured).astype(np.float32)) if layer.measured.size else None
        parts = x[own], target[own], assessed[own], others, x[rest], self.labelled.y[~rows]
        more = (None, None) if beside is None else (beside[own], beside[rest])
        return Data(*parts, first, *more)


@dataclass(frozen=True)
class Decided:
    """The result of an adaptation by folds.

    start  : the output layer it began with, as the backbone says it
    layer  : what it adds for measurements, calibrated as the tensors are
    before : (records, statements) logits of the start
    """

    tensors: dict[str, np.ndarray]
    ranks: list[int]
    frozen_blocks: int
    layer: OutputLayer
    before: np.ndarray
    chosen: Chosen
    head: Judged
    steps: int
    curve: list[dict]
    kept_early: bool


def decide(
    given: Setting, runs: Sequence[FitRun], cuts: Cuts, *, asked: bool = False, task: Task = NOBODY_WAITS
) -> Decided:
    """Try the output layer and each run on the folds, choose one way, and fit it to all labels.

    runs   : ways below the output layer that are to be tried
    asked  : a person asked for one of these: the output layer alone is not chosen, and its score stands beside
    task   : asked at each fit and step; to keep ends with the best so far
    raises : Cancelled, LossNotFinite
    """
    run, y, folds = given.run, given.labelled.y, given.folds
    task.report("Fitting the output layer")
    plain = run.plain_net(torch.Generator().manual_seed(run.seed))
    rows = features(plain, given.inputs[run.first][0], run.processor, first=run.first, task=task)
    table = {"features": rows, "measured": given.measured}
    known = np.array([code in run.backbone.statements for code in run.codes])
    start = OutputLayer.start(*head_of(plain), known)
    ways = options(with_measured=given.measured.shape[1] > 0)
    head = judge(try_output_layer(start, ways, {**table, "y": y}, folds, task), y, folds, task)
    judged = [head]

    def layer_of(option: int, rows: np.ndarray) -> OutputLayer:
        pull, used = (head.tried.options[option][key] for key in ("pull", "measured"))
        return fit(start, Option(pull, used), table["features"][rows], table["measured"][rows], y[rows])

    steps = sum(one.settings.steps for one in runs) * (int(folds.max()) + 1)
    progress = Progress(task, steps, TRYING) if runs else None
    for one in runs:
        if task.should_keep():
            break
        layers = [layer_of(option, folds != k) for k, option in enumerate(head.by_fold)]
        tried = try_below(given, one, plain, layers, progress=progress, task=task)
        if tried is None:  # a person asked to keep what there is
            judged = [head]
            break
        judged.append(judge(tried, y, folds, task))
    below = asked and len(judged) > 1
    chosen = choose(judged[1:] if below else judged, y, folds, cuts, [head] if below else (), task=task)
    task.check()
    layer = layer_of(head.option, np.ones(len(y), bool))
    before = start.logits(table["features"], table["measured"])
    if chosen.best is head:
        layer = layer.calibrated(head.pairs)
        net, steps, kept = copy.deepcopy(plain), 0, task.should_keep()
        set_head(net, layer)
        head_only = {name: value for name, value in learned(net).items() if name.startswith("classifier.1.")}
        ranks = [0] * run.backbone.spec.adaptable
        return Decided(head_only, ranks, BLOCKS, layer, before, chosen, head, steps, [], kept)
    return _below(given, plain, layer, runs[judged.index(chosen.best) - 1], (head, chosen, before), task=task)


def try_below(
    given: Setting,
    run: FitRun,
    plain: CesslNet,
    layers: Sequence[OutputLayer],
    *,
    progress: Progress | None,
    task: Task,
) -> Tried | None:
    """Train below the output layer without each fold; the options are the steps at which it may end.

    layers  : the output layer to start from, without each fold
    returns : None where a person asked to keep what there is
    """
    settings = replace(run.settings, patience=run.settings.steps)
    outer: dict[int, np.ndarray] = {}
    for k, layer in enumerate(layers):
        rows = given.folds != k
        generator = torch.Generator().manual_seed(run.seed + k)
        data = given.data(rows, layer, run.first)
        net = copy.deepcopy(plain)
        set_head(net, layer)
        net = run.with_branches(net, data, generator, task)
        done = train(net, data, settings, run.processor, run.seed + k, task=task, progress=progress)
        if done.kept_early or task.should_keep():
            return None
        for step, logits in done.checks.items():
            if step:
                outer.setdefault(step, np.zeros(given.labelled.y.shape))[~rows] = logits
    described = tuple({"steps": step, "batch_norm": MOVING[settings.moving]} for step in outer)
    return Tried(Method.EXACT if run.first == 0 else Method.FAST, described, np.stack(list(outer.values())))


def _below(
    given: Setting,
    plain: CesslNet,
    layer: OutputLayer,
    run: FitRun,
    found: tuple[Judged, Chosen, np.ndarray],
    *,
    task: Task,
) -> Decided:
    """Train on all labels for as many steps as the folds chose."""
    head, chosen, before = found
    best = chosen.best
    data = given.data(np.ones(len(given.folds), bool), layer, run.first)
    net = copy.deepcopy(plain)
    set_head(net, layer)
    net = run.with_branches(net, data, torch.Generator().manual_seed(run.seed), task)
    until = int(best.chosen["steps"])
    done = train(net, data, run.settings, run.processor, run.seed, task=task, until=until)
    tensors, ranks = learned(done.net), [one.rank for one in lora.adaptable(done.net)]
    a, b = np.array(best.pairs).T
    tensors["classifier.1.bias"] = (a * tensors["classifier.1.bias"] + b).astype(np.float32)
    tensors["classifier.1.weight"] = (a[:, None] * tensors["classifier.1.weight"]).astype(np.float32)
    curve = [
        {"step": option["steps"], "validation": round(score(z, given.labelled.y)[0], 4)}
        for option, z in zip(best.tried.options, best.tried.outer, strict=True)
    ]
    layer = layer.calibrated(best.pairs)
    return Decided(tensors, ranks, run.first, layer, before, chosen, head, done.steps, curve, done.kept_early)
