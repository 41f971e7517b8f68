"""What pays in pre-training and what does not: `python -m benchmarks.pretrain_trials [TRIAL...]`

Short runs of the smallest size, all with the same steps, data and (but for "another seed") seed; each is compared with
the plain recipe of resources/backbones/tiny.toml on fold 9 of PTB-XL, paired over patients. Finished trials are kept
in .bench/pretrain_trials and not run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.report import RESULTS, arguments, show
from cessl_gui.core.paths import resource
from cessl_gui.core.task import Task
from cessl_gui.core.vocabulary import vocabulary
from cessl_gui.ecg import synthetic
from cessl_gui.learn import device, metrics
from cessl_gui.learn.calibration import sigmoid
from cessl_gui.learn.pretraining.augment import change
from cessl_gui.learn.pretraining.card import FEWEST, RHYTHMS, logits
from cessl_gui.learn.pretraining.config import Config, Source, read_config
from cessl_gui.learn.pretraining.data import TRAIN, prepare
from cessl_gui.learn.pretraining.group import Group
from cessl_gui.learn.pretraining.run import Run, one_cycle
from cessl_gui.learn.pretraining.sources import KINDS, Ecg, Signal

FOLDER = RESULTS / "pretrain_trials"
SYNTHETIC = 50  # ECGs of each kind
UNLABELLED = 32  # ECGs in a batch, beside 64 labelled ones
HEAVY = 0.5  # weight decay, ten times the recipe's


def invented(_: Path) -> Iterator[Ecg]:
    """Synthetic rhythms and blocks; low voltage cannot be seen in a standardised lead and is left out."""
    whole = frozenset(synthetic.CODES) - {synthetic.LOW}
    for kind, made in synthetic.KINDS.items():
        for number in range(SYNTHETIC if set(made.codes) <= whole else 0):
            key = f"synthetic/{kind}/{number}"
            yield Ecg(key, key, None, frozenset(made.codes), whole, partial(_invent, kind, number))


def _invent(kind: str, number: int) -> Signal:
    record = synthetic.synthetic_record(kind, number)
    return record.signal_mv, record.fs_hz, record.leads


class WithUnlabelled(Run):
    """Also learns to say of a changed unlabelled ECG what the moving average says of it unchanged (mean teacher)."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        train = self.corpus.of_role(TRAIN)
        self.silent = train[(self.corpus.labels[train] < 0).all(1)]

    def _batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """The unlabelled ECGs, changed and as they are, follow the labelled ones; they have no targets."""
        x, y, weight = super()._batch(step)
        rng = np.random.default_rng([self.config.seed, 3, step])
        where = rng.choice(self.silent, UNLABELLED, replace=False)
        still = self.corpus.inputs(where)
        changed = change(still.copy(), self.corpus.length[where], self.config.changes, rng)
        return torch.cat([x, torch.from_numpy(changed), torch.from_numpy(still)]), y, weight

    def _learn(self, x: Tensor, y: Tensor, weight: Tensor) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = one_cycle(self.step, self.steps, self.config.rate)
        self.net.train()
        with self.processor.autocast():
            with torch.no_grad():
                wanted = torch.sigmoid(self.average(x[-UNLABELLED:]).float())
            found = self.net(x[:-UNLABELLED]).float()
        labelled = F.binary_cross_entropy_with_logits(found[: len(y)], y, weight, reduction="sum")
        labelled = labelled / weight.sum().clamp(min=1.0)
        # The teacher knows nothing at first: its word gains full weight over a third of the run.
        trust = min(1.0, 3 * self.step / self.steps)
        loss = labelled + trust * F.binary_cross_entropy_with_logits(found[len(y) :], wanted)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.config.clip)
        self.optimizer.step()
        self._average()
        return float(labelled.detach())


def _plus(config: Config, kind: str, path: str) -> Config:
    return replace(config, sources=(*config.sources, Source(kind, path)))


TRIALS = {  # name: (run, change of the configuration); the first is what the others are compared with
    "recipe": (Run, lambda c: c),
    "unlabelled (mean teacher)": (WithUnlabelled, lambda c: _plus(c, "unlabelled", "cinc2011/unlabelled_500hz.h5")),
    "synthetic rhythms": (Run, lambda c: _plus(c, "invented", "")),
    "heavy weight decay": (Run, lambda c: replace(c, weight_decay=HEAVY)),
    "another seed": (Run, lambda c: replace(c, seed=1)),
}


def trial(name: str, config: Config, steps: int) -> Path:
    """Run one; its file holds patients, truth, codes and the logits of fold 9, with all leads and with II alone."""
    path = FOLDER / f"{config.size}-{steps}-{name}.npz"
    if path.is_file():
        return path
    kind, changed = TRIALS[name]
    config = changed(config)
    corpus = prepare(config.ecgs(), config.split, config.cache)
    run = kind(config, corpus, Group(), device.choose("cpu"))
    run.steps, run.per_epoch = steps, max(1, steps // 8)  # the order of the ECGs is drawn again for each eighth
    run.train(Task())
    net, valid = run.chosen(), run.valid
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        patients=corpus.patients[valid].astype(str),
        y=corpus.targets(valid, net.spec.statements),
        codes=np.array(net.spec.statements),
        all=logits(net, corpus, valid),
        II=logits(net, corpus, valid, ("II",)),
    )
    print(name, run.best, f"{run.seconds:.0f} s", flush=True)
    return path


def compared(name: str, y: np.ndarray, p: np.ndarray, other: np.ndarray, patients: np.ndarray) -> dict:
    """Macro AUC of p and how much higher it is than that of the other, with 95 % intervals over patients."""

    def auc(q: np.ndarray, rows=slice(None)) -> float:
        return metrics.macro(metrics.auc, y[rows], q[rows])

    low, high = metrics.bootstrap_interval(lambda rows: auc(p, rows) - auc(other, rows), patients)
    return {name: f"{auc(p):.4f}", f"{name}, gain": f"{auc(p) - auc(other):+.4f} [{low:+.4f}, {high:+.4f}]"}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("trials", nargs="*", help="; ".join(TRIALS))
    parser.add_argument("--size", default="tinylight")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    plain = read_config(resource("backbones/tiny.toml"), {**KINDS, "invented": invented})
    # Never saved: a state is told by its configuration alone, which does not know of WithUnlabelled.
    config = replace(plain, size=given.size, save_every_s=float("inf"))
    with device.threads(given.threads):
        found = {name: np.load(trial(name, config, given.steps)) for name in given.trials or TRIALS}
    first = next(iter(found.values()))
    y, patients, codes = first["y"], first["patients"], list(first["codes"])
    counted = np.nansum(y, 0) >= FEWEST
    rhythm = np.array([vocabulary()[c].abbreviation in RHYTHMS for c in codes]) & counted
    probabilities = {
        name: {leads: sigmoid(one[leads][:, [list(one["codes"]).index(c) for c in codes]]) for leads in ("all", "II")}
        for name, one in found.items()
    }
    if "another seed" in found:
        one, other = probabilities["recipe"], probabilities["another seed"]
        probabilities["mean of the two seeds"] = {leads: (one[leads] + other[leads]) / 2 for leads in one}
    plain = next(iter(probabilities.values()))
    columns = {"12 leads": ("all", counted), "II": ("II", counted), "II, rhythm": ("II", rhythm)}
    rows = []
    for name, p in probabilities.items():
        row: dict = {"trial": name}
        for label, (leads, which) in columns.items():
            row |= compared(label, y[:, which], p[leads][:, which], plain[leads][:, which], patients)
        rows.append(row)
    facts = {"size": given.size, "steps": given.steps, "n": len(y), "statements": int(counted.sum())}
    show("pretrain_trials", rows, **facts, torch=torch.__version__)


if __name__ == "__main__":
    main()
