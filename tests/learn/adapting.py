"""A small training: made-up signals, an untrained tinylight, few steps."""

from dataclasses import replace

import numpy as np
import torch

from cessl_gui.core.task import Task
from cessl_gui.core.training.training_job import TrainingJob
from cessl_gui.learn.loop import EXACT, FAST
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.trainer import adapt

QUICK = {
    "fast": replace(FAST, batch=8, steps=2, check_every=1),
    "exact": replace(EXACT, batch=8, steps=4, check_every=2),
}


def backbone(statements=("164889003", "426177001")) -> Backbone:
    net = CesslNet(BackboneSpec.of_size("tinylight", statements)).start(torch.Generator().manual_seed(0))
    return Backbone(net.eval(), "untrained", "hash of untrained", {statements[0]: 0.4}, {statements[0]: (1.5, 0.2)})


def signal(name: str) -> np.ndarray:
    """A made-up input; records whose number is odd carry a 5 Hz wave."""
    number = int(name[1:])
    rng = np.random.default_rng(number)
    x = rng.standard_normal((12, 6144), dtype=np.float32)
    if number % 2:
        x += 3 * np.sin(np.arange(6144) / 500 * 2 * np.pi * 5).astype(np.float32)
    return x


def load(ids):
    return np.stack([signal(i) for i in ids])


def job(n=24, unlabelled=6, mode="output", labels=None, statements=("164889003", "270492004"), seed=0) -> TrainingJob:
    ids = [f"r{i}" for i in range(n)]
    if labels is None:
        states = ("absent", "present")
        labels = {r: {"164889003": states[i % 2], "270492004": states[i % 3 == 0]} for i, r in enumerate(ids)}
    patients = {r: f"p{int(r[1:]) // 2 if int(r[1:]) < 4 else r}" for r in labels}
    others = tuple(f"u{i}" for i in range(1000, 1000 + unlabelled))
    return TrainingJob("train-1", "untrained", statements, labels, patients, others, seed, mode, "cpu")


def run(job, stop=lambda: None, report=lambda p: None, **changes):
    settings = replace(QUICK["exact" if job.mode == "exact" else "fast"], **changes)
    return adapt(job, load, backbone(), Task(report, stop), settings=settings, thread_count=1)
