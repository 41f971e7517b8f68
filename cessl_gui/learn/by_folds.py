"""Adapting where folds decide: what is adapted, how strongly, with which statistics. The result learns from all."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.learn.below import Attempt, Setting, attempted, branched
from cessl_gui.learn.choosing import Chosen, Cuts, Judged, choose, judge, losses, over_draws, try_output_layer
from cessl_gui.learn.fit import FitRun, features, head_of, set_head
from cessl_gui.learn.loop import Progress, score, train
from cessl_gui.learn.network import lora
from cessl_gui.learn.network.adapted import learned
from cessl_gui.learn.network.backbone import BLOCKS, CesslNet
from cessl_gui.learn.output_layer import Option, OutputLayer, fit, options


@dataclass(frozen=True)
class Decided:
    """The result of an adaptation by folds.

    layer    : what it adds for measurements, calibrated as the tensors are
    before   : (records, statements) logits of the start
    draws    : of the folds, over which the answers are the mean
    given_up : whether training below the output layer was tried on the first folds alone, as it was no better there
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
    draws: int = 1
    given_up: bool = False


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

    def layer_of(option: int, rows: np.ndarray) -> OutputLayer:
        task.check()
        return fit(start, ways[option], table["features"][rows], table["measured"][rows], y[rows])

    layers = [layer_of(option, folds != k) for k, option in enumerate(head.by_fold)] if runs else []

    def alone(rows: np.ndarray) -> float:
        return np.inf if asked else float(losses(head.tried.outer[head.option][rows], y[rows]).sum())

    tried = attempted([Attempt(given, one, plain, layers) for one in runs], folds, alone, task, head.score)
    judged = [head, *(judge(one.tried(), y, folds, task) for one in tried or ())]
    below = asked and len(judged) > 1
    chosen = choose(judged[1:] if below else judged, y, folds, cuts, [head] if below else (), task=task)
    before = start.logits(table["features"], table["measured"])
    every = np.ones(len(y), bool)
    if chosen.best.tried is head.tried:
        # Beside a way below it all scores are of the same folds.
        each = (
            [head]
            if len(judged) > 1
            else [head, *_drawn_again(start, ways, {**table, "y": y}, given.draws, score=head.score, task=task)]
        )
        if len(each) > 1:
            chosen = over_draws(each, y, given.draws[: len(each)], cuts, task)
        task.check()
        layer = layer_of(chosen.best.option, every)
        done = _alone(given, plain, layer, (chosen.best, chosen, before), task=task)
        return replace(done, draws=len(each), given_up=bool(runs) and tried == [])
    assert tried, "what is chosen below the output layer was tried"
    run = tried[judged.index(chosen.best) - 1].run
    layer = layer_of(head.option, every)
    done = _below(given, plain, layer, run, (head, chosen, before), task=task)
    if not done.kept_early:
        return done
    # The folds judged a training of more steps: of what was kept they have judged the output layer alone.
    chosen = choose([head], y, folds, cuts, judged[1:], task=task)
    return _alone(given, plain, layer, (head, chosen, before), task=task)


def _drawn_again(
    start: OutputLayer,
    ways: Sequence[Option],
    data: Mapping[str, np.ndarray],
    draws: np.ndarray,
    *,
    score: float,
    task: Task,
) -> list[Judged]:
    """The output layer on the further draws of the folds; fewer where a person asks to keep what there is.

    score : of the first draw, which can be kept
    """
    found: list[Judged] = []
    steps, silent = task.steps("Drawing the folds again", len(draws) - 1), Task(stop_requested=task.stop_requested)
    steps.done(0, best=score)
    for folds in draws[1:]:
        tried = try_output_layer(start, ways, data, folds, silent)
        if task.should_keep():
            break
        found.append(judge(tried, data["y"], folds, task))
        steps.done(len(found), best=score)
    return found


def _alone(
    given: Setting,
    plain: CesslNet,
    layer: OutputLayer,
    found: tuple[Judged, Chosen, np.ndarray],
    *,
    task: Task,
) -> Decided:
    """The output layer, fitted to all labels, and nothing below it."""
    head, chosen, before = found
    layer = layer.calibrated(head.pairs)
    net, kept = copy.deepcopy(plain), task.should_keep()
    set_head(net, layer)
    head_only = {name: value for name, value in learned(net).items() if name.startswith("classifier.1.")}
    ranks = [0] * given.run.backbone.spec.adaptable
    return Decided(head_only, ranks, BLOCKS, layer, before, chosen, head, 0, [], kept)


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
    net = branched(plain, layer, run, data, torch.Generator().manual_seed(run.seed), task=task)
    until = int(best.chosen["steps"])
    progress = Progress(task, until, kept=head.score)
    done = train(net, data, run.settings, run.processor, run.seed, task=task, progress=progress, until=until)
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
