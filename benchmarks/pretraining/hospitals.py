"""What the ECGs of other hospitals teach about one more: `python -m benchmarks.pretraining.hospitals [RECIPE...]`

A shipped backbone goes on from its twin with the ECGs of all other hospitals that are here, so none of them can judge
it. Here it is made anew without one of them at a time and answers for that one. What the nets say of all hospitals is
compared with what the twin says, paired over ECGs with 95 % intervals; fold 9 of PTB-XL shows what it costs at home.
The nets lie in .bench/hospitals and are not made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from benchmarks.challenge import BACKBONES, TWIN, unseen_by
from benchmarks.report import RESULTS, arguments, show
from cessl_gui.core.paths import resource
from cessl_gui.core.task import Task
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import backbones, device
from cessl_gui.learn.network.backbone import CesslNet
from cessl_gui.learn.pretraining.card import logits
from cessl_gui.learn.pretraining.config import Config, read_config
from cessl_gui.learn.pretraining.data import UNUSED, VALIDATION, Corpus, prepare
from cessl_gui.learn.pretraining.group import Group
from cessl_gui.learn.pretraining.run import Run

FOLDER = RESULTS / "hospitals"
RECIPE = resource("backbones") / "tiny-3.toml"
HOSPITALS = {  # by folder; PTB has four ECGs and goes with LUDB
    "CPSC": ("cpsc2018", "cpsc_extra"),
    "Georgia": ("g12ec",),
    "Chapman and Ningbo": ("chapman_ningbo",),
    "LUDB and PTB": ("ludb", "ptb"),
}
DRAWS = 300
FEWEST = 5  # that have a statement, and that have not, in a hospital
CONTROL = "the same step without any of them"
RECIPES: dict[str, Callable[[Config], Config]] = {
    "tiny-3": lambda c: c,
    "encoder as it was": lambda c: replace(c, frozen_blocks=3),
    CONTROL: lambda c: c,
    "tiny-4": lambda c: replace(c, auxiliary=False, rate=3e-4),  # tiny-5's as well, from its own twin
}


def without(hospital: str, corpus: Corpus, recipe: str, config: Config) -> CesslNet:
    """The net that has not met a hospital: made, unless it lies there."""
    assert config.start is not None
    name = f"{config.start.stem}-{recipe}" if recipe == CONTROL else f"{config.start.stem}-{recipe}-{hospital}"
    if not (FOLDER / f"{name}.json").is_file():
        left = list(HOSPITALS) if recipe == CONTROL else [hospital]
        out = np.any([_of(corpus, one) for one in left], axis=0)
        rest = replace(corpus, role=np.where(out, UNUSED, corpus.role))
        # Never saved: a state is told by its configuration, which does not know what is left out.
        run = Run(replace(config, save_every_s=float("inf")), rest, Group(), device.choose("cpu"))
        run.train(Task())
        FOLDER.mkdir(parents=True, exist_ok=True)
        backbones.save(run.chosen(), {}, FOLDER, name)
        print(f"{name}: {run.seconds:.0f} s", flush=True)
    return backbones.read(FOLDER / f"{name}.safetensors").net


def _of(corpus: Corpus, hospital: str) -> np.ndarray:
    """(n,) bool: its ECGs"""
    return np.array([str(patient).partition("/")[0] in HOSPITALS[hospital] for patient in corpus.patients])


def answers(nets: dict[str, CesslNet], corpus: Corpus, codes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Logits of each hospital's ECGs by the net without it, (ECGs, statements); of fold 9 (nets, ECGs, statements)"""
    away = [_said(net, corpus, np.flatnonzero(_of(corpus, hospital)), codes) for hospital, net in nets.items()]
    return np.concatenate(away), np.stack([_said(n, corpus, corpus.of_role(VALIDATION), codes) for n in nets.values()])


def by_hospital(truth: np.ndarray, sizes: list[int]) -> np.ndarray:
    """(ECGs, hospitals x statements), NaN for the ECGs of others: logits of two nets are never ranked together"""
    apart = np.full((len(truth), len(sizes), truth.shape[1]), np.nan, np.float32)
    for i, rows in enumerate(np.split(np.arange(len(truth)), np.cumsum(sizes)[:-1])):
        apart[rows, i] = truth[rows]
    return apart.reshape(len(truth), -1)


def _said(net: CesslNet, corpus: Corpus, rows: np.ndarray, codes: list[str]) -> np.ndarray:
    return logits(net, corpus, rows)[:, [net.spec.statements.index(code) for code in codes]]


def counted(truth: np.ndarray) -> np.ndarray:
    """(statements,) bool: enough that have it, and enough that have not"""
    return ((truth == 1).sum(0) >= FEWEST) & ((truth == 0).sum(0) >= FEWEST)


def compared(truth: np.ndarray, one: np.ndarray, twin: np.ndarray, patients: np.ndarray) -> tuple[str, str]:
    """Macro AUC, mean over nets, and its gain over the twin with the interval; logits (nets, ECGs, statements)"""

    def auc(said: np.ndarray, rows: np.ndarray) -> float:
        return float(np.mean([metrics.macro(metrics.auc, truth[rows], net[rows]) for net in said]))

    every = np.arange(len(truth))
    low, high = metrics.bootstrap_interval(lambda rows: auc(one, rows) - auc(twin, rows), patients, draws=DRAWS)
    return f"{auc(one, every):.3f}", f"{auc(one, every) - auc(twin, every):+.3f} [{low:+.3f}, {high:+.3f}]"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("recipes", nargs="*", help="; ".join(RECIPES))
    parser.add_argument("--twin", default=TWIN, help="where the step begins")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    twin = unseen_by(given.twin)
    read = replace(read_config(RECIPE), start=BACKBONES / f"{given.twin}.safetensors")
    corpus = prepare(read.ecgs(), read.split, read.cache, measure=True)
    nets: dict[str, dict[str, CesslNet]] = {given.twin: dict.fromkeys(HOSPITALS, twin.net)}
    with device.threads(given.threads):
        for recipe in given.recipes or RECIPES:
            config = RECIPES[recipe](read)
            nets[recipe] = {hospital: without(hospital, corpus, recipe, config) for hospital in HOSPITALS}
        known = set.intersection(*(set(net.spec.statements) for of in nets.values() for net in of.values()))
        codes = sorted(known)
        said = {name: answers(of, corpus, codes) for name, of in nets.items()}
    rows = np.concatenate([np.flatnonzero(_of(corpus, hospital)) for hospital in HOSPITALS])
    home = corpus.of_role(VALIDATION)
    sizes = [int(_of(corpus, hospital).sum()) for hospital in HOSPITALS]
    away_truth, home_truth = by_hospital(corpus.targets(rows, codes), sizes), corpus.targets(home, codes)
    a, h = counted(away_truth), counted(home_truth)
    twin_away, twin_home = np.tile(said[given.twin][0], len(sizes))[None][..., a], said[given.twin][1][..., h]
    table = []
    for name, (away, at_home) in said.items():
        one = np.tile(away, len(sizes))[None][..., a]
        others = compared(away_truth[:, a], one, twin_away, corpus.patients[rows])
        own = compared(home_truth[:, h], at_home[..., h], twin_home, corpus.patients[home])
        table.append({"net": name, "hospital left out": others[0], "gain": others[1], "fold 9": own[0], "cost": own[1]})
    facts = {
        "away": f"{len(rows)} ECGs, {a.sum()} statements x hospitals",
        "home": f"{len(home)} ECGs, {h.sum()} statements",
    }
    show("hospitals", table, **facts, torch=torch.__version__)


if __name__ == "__main__":
    main()
