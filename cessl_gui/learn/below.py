"""CE-SSL below the output layer: each way to train is tried fold by fold, and the one that is chosen learns from all.

Every way is tried on the first folds. Of each method the best goes on to the others, and none does where the output
layer alone is as good: most of the time that the folds take would be spent on what is not chosen.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.training.training_job import Method
from cessl_gui.learn.choosing import Tried, losses
from cessl_gui.learn.fit import FitRun, Labelled, set_head, targets
from cessl_gui.learn.loop import Data, Progress, train
from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.output_layer import OutputLayer

TRYING = "Trying CE-SSL on the folds"
MOVING = {True: "from the batches", False: "the backbone's"}  # batch norm's statistics, as candidates say it
ALL_TRY = 2  # folds on which every way is tried


@dataclass(frozen=True)
class Setting:
    """What an adaptation starts from.

    run      : whose frozen blocks the output layer's features come from
    inputs   : number of frozen blocks -> their outputs for the labelled and for the unlabelled records
    measured : (records, measurements), NaN where not known
    draws    : (draws, records) folds, drawn several times
    """

    run: FitRun
    labelled: Labelled
    inputs: Mapping[int, tuple[Tensor, Tensor]]
    measured: np.ndarray
    draws: np.ndarray

    @property
    def folds(self) -> np.ndarray:
        """(records,) those of the first draw, on which ways are tried and compared."""
        return self.draws[0]

    def data(self, rows: np.ndarray, layer: OutputLayer, first: int) -> Data:
        """What a training on some of the records takes; the other records are its validation."""
        x, others = self.inputs[first]
        target, assessed = targets(self.labelled.y)
        own, rest = torch.from_numpy(np.flatnonzero(rows)), torch.from_numpy(np.flatnonzero(~rows))
        beside = torch.from_numpy(layer.beside(self.measured).astype(np.float32)) if layer.measured.size else None
        parts = x[own], target[own], assessed[own], others, x[rest], self.labelled.y[~rows]
        more = (None, None) if beside is None else (beside[own], beside[rest])
        return Data(*parts, first, *more)


class Attempt:
    """One way to train, tried on one fold after another; the options are the steps at which it may end."""

    def __init__(self, given: Setting, run: FitRun, plain: CesslNet, layers: Sequence[OutputLayer]) -> None:
        """layers : the output layer to start from, without each fold"""
        self.run = run
        self._given, self._plain, self._layers = given, plain, layers
        self._by_step: dict[int, np.ndarray] = {}

    @property
    def method(self) -> Method:
        return Method.EXACT if self.run.first == 0 else Method.FAST

    def without(self, fold: int, starts: dict[Method, CesslNet], progress: Progress | None, task: Task) -> bool:
        """Train without a fold, and answer it.

        starts  : of this fold, with its ranks, by method: ways of one method differ in batch norm alone
        returns : False where a person asked to keep what there is
        """
        rows, layer = self._given.folds != fold, self._layers[fold]
        run = replace(self.run, settings=replace(self.run.settings, patience=self.run.settings.steps))
        data, generator = self._given.data(rows, layer, run.first), torch.Generator().manual_seed(run.seed + fold)
        if self.method not in starts:
            starts[self.method] = branched(self._plain, layer, run, data, generator, task=task)
        net = copy.deepcopy(starts[self.method])
        done = train(net, data, run.settings, run.processor, run.seed + fold, task=task, progress=progress)
        if done.kept_early or task.should_keep():
            return False
        for step, logits in done.checks.items():
            if step:
                self._by_step.setdefault(step, np.full(self._given.labelled.y.shape, np.nan))[~rows] = logits
        return True

    def lowest(self, rows: np.ndarray) -> float:
        """The loss of these records at the best step. rows : all of folds that were answered"""
        y = self._given.labelled.y
        return min(float(losses(logits[rows], y[rows]).sum()) for logits in self._by_step.values())

    def tried(self) -> Tried:
        """What was found; each fold has been answered."""
        moving = MOVING[self.run.settings.moving]
        described = tuple({"steps": step, "batch_norm": moving} for step in self._by_step)
        return Tried(self.method, described, np.stack(list(self._by_step.values())))


def branched(
    plain: CesslNet, layer: OutputLayer, run: FitRun, data: Data, generator: torch.Generator, *, task: Task
) -> CesslNet:
    """The network with this output layer and fresh branches."""
    net = copy.deepcopy(plain)
    set_head(net, layer)
    return run.with_branches(net, data, generator, task)


def attempted(
    attempts: Sequence[Attempt],
    folds: np.ndarray,
    alone: Callable[[np.ndarray], float],
    task: Task = NOBODY_WAITS,
    kept: float | None = None,
) -> list[Attempt] | None:
    """Try the ways on the folds.

    kept    : the score of the output layer alone, which a person has who stops now
    alone   : loss of the output layer alone on some records; infinite where a way is to be tried to its end in any case
    returns : those that were tried on all folds; None where a person asked to keep what there is
    """
    left, count = list(attempts), int(folds.max()) + 1
    first = min(ALL_TRY, count)
    most = {one.method: 0 for one in left}
    for one in left:
        most[one.method] = max(most[one.method], one.run.settings.steps)
    total = first * sum(one.run.settings.steps for one in left) + (count - first) * sum(most.values())
    progress = Progress(task, total, TRYING, kept) if left else None
    for fold in range(count):
        if fold == first:
            left = _ahead(left, folds < first, alone(folds < first))
        starts: dict[Method, CesslNet] = {}
        for one in left:
            if task.should_keep() or not one.without(fold, starts, progress, task):
                return None
    return left


def _ahead(attempts: Sequence[Attempt], rows: np.ndarray, alone: float) -> list[Attempt]:
    """Of each method the way with the lowest loss of these records, where that is below `alone`."""
    best: dict[Method, tuple[float, Attempt]] = {}
    for one in attempts:
        loss = one.lowest(rows)
        if loss < best.get(one.method, (alone, one))[0]:
            best[one.method] = loss, one
    return [one for _, one in best.values()]
