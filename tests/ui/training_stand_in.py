"""A training that does not train, labels enough for one, and a version with answers out of fold."""

import threading

import numpy as np

from cessl_gui.core.training.results import Comparison, OutOfFold, TrainingSummary
from cessl_gui.core.types import ModelInfo, State
from cessl_gui.store.folder import out_of_fold
from tests.ui.conftest import AF, COUNT, MODEL_CODES, SB


class StandIn:
    """A training that reports one step and then waits until it is told to stop (or let go)."""

    def __init__(self):
        self.go, self.stopped, self.started, self.how = threading.Event(), [], 0, {}

    def __call__(self, project, task, **how):
        self.started, self.how = self.started + 1, how
        task.report("Ranking the layers", ranks=(0, 8, 16))
        task.report("Training", 0.25, 90.0, step=50, train_loss=0.4, validation=0.61, best=0.61)
        while not self.go.wait(0.005):
            answer = task.stop_requested()
            if answer:
                self.stopped.append(answer)
                task.check()
                break
        model = ModelInfo(
            "v1", "Version 1", "tiny", "0" * 64, MODEL_CODES, {AF: 0.5}, "labels", "candidate", "2026",
            TrainingSummary(Comparison(verdict="No difference that 2 held-out ECGs can show.")),
        )  # fmt: skip
        project.models.add(model, {})
        return model


def label_enough(session):
    for i in range(COUNT):
        session.set_label(f"r{i}", AF, State.PRESENT if i % 2 else State.ABSENT)


def candidate(session, *, gain: float = 0.0, many: int = 40) -> ModelInfo:
    """A version that waits. Of its answers r0 (AF) and r1 become right, r2 wrong; `gain` moves the AF of all others."""
    ids = tuple(f"r{i}" for i in range(COUNT)) + tuple(f"other {i}" for i in range(many))
    n = len(ids)
    y = np.zeros((n, 2))
    y[:, 0] = np.arange(n) % 2
    y[:4, 1] = 1
    rng = np.random.default_rng(0)
    before = np.clip(0.5 + 0.05 * rng.standard_normal((n, 2)), 0.01, 0.49)
    after = before.copy()
    after[6:, 0] += gain * (y[6:, 0] - 0.5)
    before[:3, 0], after[:3, 0] = (0.9, 0.2, 0.1), (0.1, 0.8, 0.9)  # absent, present, absent
    codes = (AF, SB)
    answers = OutOfFold(ids, ids, codes, y, before, after, np.zeros(n), [0.6, 0.6], [[0.6, 0.6]])
    summary = TrainingSummary(
        Comparison(difference=0.05), ranks=(0, 8, 16), compared_with="Base model", parent="m1", n_labelled=9,
        curve=({"step": 0, "validation": 0.5}, {"step": 20, "validation": 0.6}),
    )  # fmt: skip
    model = ModelInfo(
        "v1", "Version 1", "tiny", "0" * 64, MODEL_CODES, {AF: 0.5, SB: 0.5}, "backbone tiny + 9 labels", "candidate",
        "2026-11-20T10:00:00Z", summary,
    )  # fmt: skip
    session.project.models.add(model, out_of_fold.to_files(answers))
    return model
