"""Pre-training of a backbone from labelled ECGs of several sources: `cessl pretrain CONFIG.toml`.

The run is a function of its configuration and seed: each step draws from a generator made of (seed, step, process), so
the state that a killed run needs is what lies in `state.pt` and nothing else. Under torchrun each process takes its
share of each batch.
"""

from __future__ import annotations

import copy
import math
import os
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cessl_gui.core.errors import Cancelled, ModelMismatch
from cessl_gui.core.task import NOBODY_WAITS, Stop, Task
from cessl_gui.learn import augment
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import backbones, device
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.pretraining.alone import UNFINISHED, one_run
from cessl_gui.learn.pretraining.augment import change
from cessl_gui.learn.pretraining.card import logits, shipped, write
from cessl_gui.learn.pretraining.config import Config, read_config
from cessl_gui.learn.pretraining.data import TRAIN, VALIDATION, Corpus, prepare
from cessl_gui.learn.pretraining.distilling import Teachers
from cessl_gui.learn.pretraining.group import Group
from cessl_gui.learn.pretraining.measured import MEASURED, taught_among
from cessl_gui.learn.pretraining.sources import KINDS, SCP, Kind, NoSource
from cessl_gui.learn.pretraining.start import go_on_from, see_what_it_needs

AUXILIARY = (SCP, MEASURED)  # prefixes of targets that help to train and are not shipped


def pretrain(
    config_path: Path,
    task: Task = NOBODY_WAITS,
    kinds: Mapping[str, Kind] = KINDS,
) -> Path:
    """Make a backbone as a configuration says, or go on where a killed run of it was.

    task        : Stop.KEEP ends with the best so far, Stop.CANCEL raises Cancelled and keeps the state
    kinds       : what a source can be
    returns     : the weights file; its card lies beside it
    raises      : CesslError for a faulty configuration or missing sources
    """
    config = read_config(Path(config_path), kinds)
    see_what_it_needs(config)
    group = Group.join()
    if not group.first:  # one process speaks for all
        task = Task(stop_requested=task.stop_requested)
    alone = one_run(config.cache, config.digest) if group.first else nullcontext()
    with alone, device.threads(config.threads), group:
        # One process reads the sources (a project opens for one alone), the others what it made of them.
        made = prepare(config.ecgs(), config.split, config.cache, task, config.measured > 0) if group.first else None
        corpus = group.hand_out(made)
        run = Run(config, corpus, group, device.choose(group.device(config.device)))
        run.train(task)
        path = config.weights
        if group.first:
            task.report("Measuring on the validation patients", 0.99)
            path = write(run.chosen(), corpus, config, run.facts())
            run.state_file.unlink(missing_ok=True)
        group.wait()
        task.report("Done", 1.0)
        return path


class Run:
    """One training run: network, its moving average, optimiser, and where it stands."""

    def __init__(self, config: Config, corpus: Corpus, group: Group, processor: device.Processor) -> None:
        self.config, self.corpus, self.group, self.processor = config, corpus, group, processor
        self.rows, self.valid = corpus.of_role(TRAIN), corpus.of_role(VALIDATION)
        if not config.teachers:  # they say something of each
            self.rows = self.rows[(corpus.labels[self.rows] >= 0).any(1)]
        self.codes = trained_codes(corpus, self.rows, config)
        self.repeated = np.repeat(self.rows, corpus.often[self.rows])
        self.counts = np.array([config.measured if c.startswith(MEASURED) else 1.0 for c in self.codes], np.float32)
        self.shipped = [i for i, code in enumerate(self.codes) if not code.startswith(AUXILIARY)]
        self.truth = corpus.targets(self.valid, [self.codes[i] for i in self.shipped])
        self.judged = judged(self.truth)
        self.teachers = Teachers(config.teachers, self.codes, processor) if config.teachers else None
        spec = BackboneSpec.of_size(config.size, self.codes, config.name)
        net = CesslNet(spec).start(torch.Generator().manual_seed(config.seed))
        if config.start is not None:
            go_on_from(net, backbones.read(config.start).net)
        net.encoder_layers[: config.frozen_blocks].requires_grad_(False)
        net = net.to(processor.device)
        self.average = copy.deepcopy(net).eval().requires_grad_(False)
        self.net = group.share(net)
        learned = [p for p in net.parameters() if p.requires_grad]
        decays = [p for p in learned if p.dim() > 1]
        plain = [p for p in learned if p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decays, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}], lr=1e-3
        )
        # A graphics card is done with a batch of the tiny network before one thread has made the next.
        self.ahead = 1 if processor.device.type == "cpu" else min(8, os.cpu_count() or 1)
        self.step, self.best = 0, -math.inf
        self.best_state: dict[str, Tensor] | None = None
        self.curve: list[dict] = []
        self.seconds = 0.0
        self.per_epoch = max(1, len(self.repeated) // config.batch)
        self.steps = config.epochs * self.per_epoch
        self.state_file = corpus.file.parent / f"state-{config.digest}.pt"
        self._restore()

    def train(self, task: Task) -> None:
        begun, started_at, saved = time.monotonic() - self.seconds, self.step, time.monotonic()
        first = time.monotonic()
        with ThreadPoolExecutor(self.ahead) as makers:
            coming = deque(makers.submit(self._batch, self.step + i) for i in range(self.ahead))
            while self.step < self.steps:
                wanted = self.group.agree(task.stop_requested())
                if wanted == Stop.CANCEL:
                    self._save()
                    raise Cancelled
                if wanted == Stop.KEEP:
                    break
                x, y, weight = coming.popleft().result()
                coming.append(makers.submit(self._batch, self.step + self.ahead))
                loss = self._learn(
                    x.to(self.processor.device), y.to(self.processor.device), weight.to(self.processor.device)
                )
                self.step += 1
                self.seconds = time.monotonic() - begun
                if self.step % (self.per_epoch * self.config.validate_every) == 0 or self.step == self.steps:
                    self._validate(loss)
                left = (time.monotonic() - first) / (self.step - started_at) * (self.steps - self.step)
                task.report(
                    "Training",
                    self.step / self.steps,
                    seconds_left=left,
                    step=self.step,
                    train_loss=loss,
                    validation=self.curve[-1]["validation"] if self.curve else None,
                    best=self.best if self.curve else None,
                )
                if time.monotonic() - saved > self.config.save_every_s:
                    self._save()
                    saved = time.monotonic()
                if self._stale():
                    break
        if self.best_state is None:
            self._validate(None)

    def chosen(self) -> CesslNet:
        """The best averaged network, with outputs for the shipped statements alone."""
        assert self.best_state is not None, "nothing was trained"
        self.average.load_state_dict(self.best_state)
        return shipped(self.average, self.shipped)

    def facts(self) -> dict:
        return {
            "steps": self.step,
            "seconds": round(self.seconds),
            "processes": self.group.size,
            "ecgs_trained_on": len(self.rows),
            "ecgs_validated_on": len(self.valid),
            "curve": self.curve,
            "auxiliary_targets": [c for c in self.codes if c.startswith(SCP)],
            "measured_targets": sum(c.startswith(MEASURED) for c in self.codes),
            "taught_by_measurement": taught_among(self.codes) if self.config.measured else {},
        }

    def _batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """This process's share of a batch: inputs, targets, weights (0: not assessed)"""
        config, where = self.config, self._drawn(step)
        rng = np.random.default_rng([config.seed, 2, step, self.group.rank])
        x = torch.from_numpy(change(self.corpus.inputs(where), self.corpus.length[where], config.changes, rng))
        y = torch.from_numpy(self.corpus.targets(where, self.codes))
        assessed = (~y.isnan()).float() * torch.from_numpy(self.counts)
        y = y.nan_to_num()
        if rng.random() < config.changes.cutmix:
            x, y, assessed = augment.cutmix(x, y, assessed, rng)
        return x, y, assessed

    def _drawn(self, step: int) -> np.ndarray:
        """This process's ECGs of a batch, rows of the corpus."""
        size = self.config.batch
        epoch, position = divmod(step, self.per_epoch)
        order = np.random.default_rng([self.config.seed, 1, epoch]).permutation(self.repeated)
        return order[position * size : (position + 1) * size][self.group.rank :: self.group.size]

    def _learn(self, x: Tensor, y: Tensor, weight: Tensor) -> float:
        rate = one_cycle(self.step, self.steps, self.config.rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.net.train()
        loss = self._loss(x, y, weight)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.config.clip)
        self.optimizer.step()
        self._average()
        return float(self.group.mean(loss.detach()))

    def _loss(self, x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        bare, still = cast(CesslNet, self.group.bare(self.net)), self.config.frozen_blocks
        bare.encoder_layers[:still].eval()
        wanted = self.teachers.say(x) if self.teachers else None
        with self.processor.autocast():
            with torch.no_grad():
                x = bare.encode(x, 0, still)
            logits = self.net(x, first=still).float()
        losses = F.binary_cross_entropy_with_logits(logits, y, weight, reduction="sum")
        # Divided by the weights of the whole batch, so that the processes' mean gradient is that of one process.
        loss = losses / self.group.mean(weight.sum()).clamp(min=1.0)
        if self.teachers and wanted is not None:
            loss = loss + F.binary_cross_entropy_with_logits(logits[:, self.teachers.taught], wanted)
        return loss

    def _average(self) -> None:
        keep = min(self.config.averaging, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for old, new in zip(
                self.average.state_dict().values(), self.group.bare(self.net).state_dict().values(), strict=True
            ):
                if old.is_floating_point():
                    old.lerp_(new, 1 - keep)
                else:
                    old.copy_(new)

    def _validate(self, loss: float | None) -> None:
        p = logits(self.average, self.corpus, self.valid)[:, self.shipped]
        score = metrics.macro(metrics.auc, self.truth[:, self.judged], p[:, self.judged])
        self.curve.append({"step": self.step, "train_loss": loss and round(loss, 5), "validation": round(score, 5)})
        if score > self.best:
            self.best = score
            self.best_state = {k: v.detach().cpu().clone() for k, v in self.average.state_dict().items()}

    def _stale(self) -> bool:
        """Whether `patience` validations passed without a better one."""
        scores = [c["validation"] for c in self.curve]
        return bool(scores) and len(scores) - 1 - int(np.argmax(scores)) >= self.config.patience

    def _save(self) -> None:
        if not self.group.first:
            return
        state = {
            "codes": self.codes,
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "best_state": self.best_state,
            "curve": self.curve,
            "net": self.group.bare(self.net).state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        new = self.state_file.with_name(UNFINISHED.format(self.config.digest))
        with new.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.state_file)

    def _restore(self) -> None:
        if not self.state_file.is_file():
            return
        state = torch.load(self.state_file, map_location=self.processor.device, weights_only=True)
        if tuple(state.get("codes", self.codes)) != self.codes:  # a project among the sources was labelled meanwhile
            return
        self.group.bare(self.net).load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.best = state["step"], state["seconds"], state["best"]
        self.best_state, self.curve = state["best_state"], state["curve"]


def trained_codes(corpus: Corpus, rows: np.ndarray, config: Config) -> tuple[str, ...]:
    """Statements with enough positives and negatives among the training ECGs, the shipped ones first."""
    labels = corpus.labels[rows]
    enough = ((labels == 1).sum(0) >= config.fewest) & ((labels == 0).sum(0) >= config.fewest)
    helpers = () if config.auxiliary else AUXILIARY
    codes = [c for c, ok in zip(corpus.codes, enough, strict=True) if ok and not c.startswith(helpers)]
    if not any(not code.startswith(AUXILIARY) for code in codes):
        raise ModelMismatch(
            f"No statement has {config.fewest} positives and negatives.", "Add sources or lower `fewest`."
        )
    return tuple(sorted(codes, key=lambda code: (code.startswith(AUXILIARY), code)))


def judged(truth: np.ndarray) -> np.ndarray:
    """(statements,) bool: those whose AUC chooses, with five positives where any has as many.

    raises : NoSource if none has a positive and a negative
    """
    positives, negatives = (truth == 1).sum(0), (truth == 0).sum(0)
    for fewest in (5, 1):
        enough = (positives >= fewest) & (negatives >= 1)
        if enough.any():
            return enough
    raise NoSource("No statement has a positive and a negative to validate on.", "Give [split] a share or other folds.")


def one_cycle(step: int, steps: int, highest: float, warm: float = 0.15) -> float:
    """Learning rate: up to the highest over the first 15 %, then down to nearly 0, both along a cosine."""
    share = step / max(1, steps)
    if share < warm:
        return highest * (0.04 + 0.96 * (1 - math.cos(math.pi * share / warm)) / 2)
    return highest * (1 + math.cos(math.pi * (share - warm) / (1 - warm))) / 2 + 1e-4 * highest
