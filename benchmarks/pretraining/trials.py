"""What pays in pre-training and what does not: `python -m benchmarks.pretraining.trials [TRIAL...]`

Short runs of the smallest size from fresh weights, with the same steps, data and (but for "another seed") seed. Each
is cross-validated: three nets, each trained without three of PTB-XL's folds 1-9, answer for these folds, and each for
the ECGs of other hospitals, from which none of them learned. The last weights count: no fold chooses a step. Gains over
the plain recipe are paired over patients. Finished trials are kept in .bench/pretrain_trials and not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.challenge import BACKBONES
from benchmarks.pretraining.beside import FOLDER, Hidden, WaveMasks
from benchmarks.report import arguments, show
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg import synthetic
from cessl_gui.ecg.preprocess import INPUT_FS_HZ
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import backbones, device
from cessl_gui.learn.pretraining.augment import change
from cessl_gui.learn.pretraining.away import FEWEST
from cessl_gui.learn.pretraining.card import logits
from cessl_gui.learn.pretraining.config import Config, Source, read_config
from cessl_gui.learn.pretraining.data import TRAIN, UNUSED, Corpus, Split, prepare
from cessl_gui.learn.pretraining.group import Group
from cessl_gui.learn.pretraining.measured import MEASURED
from cessl_gui.learn.pretraining.run import Run
from cessl_gui.learn.pretraining.sources import KINDS, Ecg, Signal, ptbxl

RECIPE = BACKBONES / "twin-2.toml"  # its data, and the hospitals that train nothing
PARTS = ((1, 2, 3), (4, 5, 6), (7, 8, 9))
SYNTHETIC = 50  # ECGs of each kind
UNLABELLED = 32  # ECGs in a batch, beside 64 labelled ones
HEAVY = 0.5  # weight decay, ten times the recipe's
DRAWS = 300  # of patients, for an interval
SEEDS = ("recipe", "another seed")  # they teach "distilled" together
TEACHES = {"AV block": 1, "AF": 3}  # openecg's numbers of rhythms
TEN_SECONDS = int(10 * INPUT_FS_HZ)  # as long as what it was made for
SMOOTHED = 0.05  # of a reader's word goes to the opposite


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

    def _loss(self, x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        with self.processor.autocast():
            with torch.no_grad():
                wanted = torch.sigmoid(self.average(x[-UNLABELLED:]).float())
            found = self.net(x[:-UNLABELLED]).float()
        labelled = F.binary_cross_entropy_with_logits(found[: len(y)], y, weight, reduction="sum")
        # The teacher knows nothing at first: its word gains full weight over a third of the run.
        trust = min(1.0, 3 * self.step / self.steps)
        taught = F.binary_cross_entropy_with_logits(found[len(y) :], wanted)
        return labelled / weight.sum().clamp(min=1.0) + trust * taught


class Taught(Run):
    """Also learns what openecg (Apache-2.0; extra `pretrain`) says of lead II: AF and AV block."""

    def __init__(self, config: Config, corpus: Corpus, *given) -> None:
        said = _said_by_openecg(corpus)
        codes = (*corpus.codes, *(f"{MEASURED}openecg {name}" for name in TEACHES))
        super().__init__(config, replace(corpus, codes=codes, labels=np.hstack([corpus.labels, said])), *given)


def _said_by_openecg(corpus: Corpus) -> np.ndarray:
    """int8 (ECGs, TEACHES) 1, 0 or -1: most of the ECG has this rhythm, hardly any of it, or between"""
    file = FOLDER / f"openecg-{corpus.file.parent.name}.npy"
    if not file.is_file():
        import openecg

        teacher, II = openecg.load_codec_onnx(), LEADS_12.index("II")
        shares = []
        for row in range(len(corpus.rows)):
            found = openecg.encode(corpus.inputs([row])[0, II, :TEN_SECONDS], fs=INPUT_FS_HZ, model=teacher)
            shares.append([(found.rhythm[found.eval_mask] == number).mean() for number in TEACHES.values()])
        FOLDER.mkdir(parents=True, exist_ok=True)
        np.save(file, np.array(shares))
    shares = np.load(file)
    return np.select([shares > 0.8, shares < 0.1], [1, 0], -1).astype(np.int8)


class Smoothed(Run):
    """Learns that a reader's word is right with a probability of 1 - SMOOTHED."""

    def _batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        x, y, weight = super()._batch(step)
        return x, y * (1 - 2 * SMOOTHED) + SMOOTHED, weight


class OnFewer(Run):
    """Learns from the ECGs that tiny had, without those of ptbxl_more; it answers for the same ECGs as the others."""

    def __init__(self, config: Config, corpus: Corpus, *given) -> None:
        had = {ecg.key for ecg in ptbxl(config.data / "ptbxl")}
        new = (corpus.role == TRAIN) & ~np.isin(corpus.keys, list(had))
        super().__init__(config, replace(corpus, role=np.where(new, UNUSED, corpus.role)), *given)


def _plus(config: Config, kind: str, path: str) -> Config:
    return replace(config, sources=(*config.sources, Source(kind, path)))


def _with_phones(config: Config) -> Config:
    return _plus(config, "cinc2011", "cinc2011/unlabelled_500hz.h5")


TRIALS: dict[str, tuple[type[Run], Callable[[Config], Config]]] = {  # the first is what the others are compared with
    "recipe": (Run, lambda c: c),
    "tiny's ECGs": (OnFewer, lambda c: c),
    "measured targets": (Run, lambda c: _with_phones(replace(c, measured=0.3))),
    "openecg as a teacher": (Taught, lambda c: replace(c, measured=0.3)),
    "label smoothing": (Smoothed, lambda c: c),
    "heavy weight decay": (Run, lambda c: replace(c, weight_decay=HEAVY)),
    "wave masks": (WaveMasks, lambda c: c),
    "self-supervision": (Hidden, _with_phones),
    "another seed": (Run, lambda c: replace(c, seed=1)),
    "third seed": (Run, lambda c: replace(c, seed=2)),
    "distilled": (Run, lambda c: replace(c, seed=2)),  # from SEEDS
    "tiny's ECGs, another seed": (OnFewer, lambda c: replace(c, seed=1)),
    "unlabelled (mean teacher)": (WithUnlabelled, _with_phones),
    "synthetic rhythms": (Run, lambda c: _plus(c, "invented", "")),
}


def trial(name: str, config: Config, steps: int, part: int) -> Path:
    """Run one without one of the PARTS; its file holds what the net says of that part and of other hospitals.

    returns : file of codes, and for each of "part", "part_II" (from lead II alone) and "away": logits, truth, patients
    """
    path = FOLDER / f"{config.size}-{steps}-{part}-{name}.npz"
    if path.is_file():
        return path
    taught_by = [trial(seed, config, steps, part).with_suffix(".safetensors") for seed in SEEDS if name == "distilled"]
    kind, changed = TRIALS[name]
    train = tuple(fold for other in PARTS if other != PARTS[part] for fold in other)
    config = changed(replace(config, split=Split(train, PARTS[part]), teachers=tuple(taught_by)))
    measure = config.measured > 0 and kind is not Taught  # openecg's word counts as much as a measured one
    corpus = prepare(config.ecgs(), config.split, config.cache, measure=measure)
    run = kind(config, corpus, Group(), device.choose("cpu"))
    run.steps, run.per_epoch = steps, max(1, steps // 8)  # the order of the ECGs is drawn again for each eighth
    run.train(Task())
    net, valid, codes = run.chosen(), run.valid, run.chosen().spec.statements
    others = prepare(config.away_ecgs(), Split((), (), 1.0), config.cache)
    rows = np.flatnonzero(~np.isin(others.keys, corpus.keys))  # an ECG that two sources have may have trained
    FOLDER.mkdir(parents=True, exist_ok=True)
    backbones.save(net, {}, FOLDER, path.stem)
    np.savez(
        path,
        codes=np.array(codes),
        part=logits(net, corpus, valid),
        part_II=logits(net, corpus, valid, ("II",)),
        part_truth=corpus.targets(valid, codes),
        part_patients=corpus.patients[valid].astype(str),
        away=logits(net, others, rows),
        away_truth=others.targets(rows, codes),
        away_patients=others.patients[rows].astype(str),
    )
    print(name, part + 1, f"{run.seconds:.0f} s", flush=True)
    return path


@dataclass(frozen=True)
class Answers:
    """What the three nets of a trial say, one below the other.

    net, patients : (n,) which of them, and of whom
    truth, logits : (n, statements)
    """

    net: np.ndarray
    patients: np.ndarray
    truth: np.ndarray
    logits: np.ndarray

    @classmethod
    def read(cls, files: list[Path], what: str, codes: list[str]) -> Answers:
        """what: part, part_II or away"""
        place = what.removesuffix("_II")
        found = [np.load(file) for file in files]
        columns = [[list(one["codes"]).index(code) for code in codes] for one in found]
        return cls(
            np.repeat(np.arange(len(found)), [len(one[what]) for one in found]),
            np.concatenate([one[f"{place}_patients"] for one in found]),
            np.concatenate([one[f"{place}_truth"][:, c] for one, c in zip(found, columns, strict=True)]),
            np.concatenate([one[what][:, c] for one, c in zip(found, columns, strict=True)]),
        )

    def auc(self, rows: np.ndarray) -> float:
        """Mean over the nets of the macro AUC on these rows."""
        of_net = [rows[self.net[rows] == net] for net in range(len(PARTS))]
        return float(np.mean([metrics.macro(metrics.auc, self.truth[r], self.logits[r]) for r in of_net]))

    def counted(self) -> np.ndarray:
        """(statements,) whether each net meets enough that have it and enough that have not"""
        met = [self.truth[self.net == net] for net in range(len(PARTS))]
        return np.all([((y == 1).sum(0) >= FEWEST) & ((y == 0).sum(0) >= FEWEST) for y in met], axis=0)


def compared(what: str, one: Answers, plain: Answers) -> dict:
    """Macro AUC of a trial, and its gain over the plain recipe with a 95 % interval over patients."""
    every = np.arange(len(one.net))
    low, high = metrics.bootstrap_interval(lambda rows: one.auc(rows) - plain.auc(rows), one.patients, draws=DRAWS)
    gain = one.auc(every) - plain.auc(every)
    return {what: f"{one.auc(every):.4f}", f"{what}, gain": f"{gain:+.4f} [{low:+.4f}, {high:+.4f}]"}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("trials", nargs="*", help="; ".join(TRIALS))
    parser.add_argument("--size", default="tinylight")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    read = read_config(RECIPE, {**KINDS, "invented": invented})
    fresh = replace(read, start=None, frozen_blocks=0, measured=0.0, rate=Config.rate, weight_decay=Config.weight_decay)
    labelled = tuple(source for source in read.sources if source.kind not in ("unlabelled", "cinc2011"))
    # Never saved: a state is told by its configuration alone, which does not know of the kind of run.
    plain = replace(fresh, size=given.size, sources=labelled, save_every_s=float("inf"), validate_every=given.steps)
    names = given.trials or list(TRIALS)
    with device.threads(given.threads):
        files = {name: [trial(name, plain, given.steps, part) for part in range(len(PARTS))] for name in names}
    known = set.intersection(*(set(np.load(file)["codes"].tolist()) for of in files.values() for file in of))
    rows: dict[str, dict] = {}
    facts = {"size": given.size, "steps": given.steps}
    for what, label in {"part": "cross-validated", "part_II": "II alone", "away": "other hospitals"}.items():
        codes = sorted(known)
        codes = [c for c, ok in zip(codes, Answers.read(files[names[0]], what, codes).counted(), strict=True) if ok]
        first = Answers.read(files[names[0]], what, codes)
        facts[label] = f"{len(codes)} statements, {len(set(first.patients))} patients"
        answers = {name: Answers.read(files[name], what, codes) for name in names}
        if set(SEEDS) <= set(names):
            both = np.mean([answers[name].logits for name in SEEDS], axis=0)
            answers["mean of both seeds' logits"] = replace(first, logits=both)
        for name, own in answers.items():
            rows.setdefault(name, {"trial": name}).update(compared(label, own, first))
    show("pretrain_trials", list(rows.values()), **facts, torch=torch.__version__)


if __name__ == "__main__":
    main()
