"""How many labels it takes until adapting pays: `python -m benchmarks.learning.label_curve [--seeds 0,1,2] [--fast]`

The start is tiny; ECGs are those of PTB-XL that it has neither learned from nor been chosen by: the new ones in
`ptbxl_more`. Per seed and number of labels so many ECGs are labelled; 150 ECGs of other patients, the same for all
numbers, are the test. Zero-shot is the start as it is, "output layer" the fitted one with measurements where the
folds want them. CE-SSL below it (`--fast`) and the output layer that it begins with learn from four fifths of the
labels; the last fifth says at which step it ends. What is done is saved by seed and not done again.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.challenge import DATA, LEAST_POSITIVE
from benchmarks.learning.quality import interval
from benchmarks.ptbxl import record
from benchmarks.report import RESULTS, arguments, show
from cessl_gui.core.task import NOBODY_WAITS
from cessl_gui.ecg.measuring.features import features
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn import backbones, budget, device, metrics
from cessl_gui.learn.below import Setting, branched
from cessl_gui.learn.by_folds import decide
from cessl_gui.learn.calibration import sigmoid
from cessl_gui.learn.choosing import Cuts
from cessl_gui.learn.fit import FROZEN, FitRun, Labelled
from cessl_gui.learn.folds import by_patient
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.loop import FAST, logits_of, merged, train
from cessl_gui.learn.output_layer import Option, OutputLayer, fit
from cessl_gui.learn.pretraining.sources import SCP, Ecg, ptbxl
from cessl_gui.learn.probe import features as network_features
from cessl_gui.learn.probe import head_of

TEST, AT_ONCE = 150, 16
BELOW = ("output layer of four fifths", "CE-SSL of four fifths")


class Data:
    """ECGs with what is computed once: frozen features, features, measurements."""

    def __init__(self, name: str) -> None:
        seen = {ecg.key for ecg in ptbxl(DATA / "ptbxl")}
        ecgs = [ecg for ecg in ptbxl(DATA / "ptbxl_more") if ecg.key not in seen]
        backbone = backbones.load(name)
        counts = {c: sum(c in e.present for e in ecgs) for c in set().union(*(e.present for e in ecgs))}
        enough = [c for c, n in counts.items() if n >= 2 * LEAST_POSITIVE and not c.startswith(SCP)]
        self.codes = tuple(sorted(enough, key=lambda c: (-counts[c], c)))
        self.y = np.array([[said(ecg, code) for code in self.codes] for ecg in ecgs])
        self.patients = np.array([ecg.patient for ecg in ecgs], object)
        self.run = FitRun(backbone, self.codes, FAST, device.choose("cpu"), 0, FROZEN)
        net = self.run.plain_net(torch.Generator().manual_seed(0))
        parts, rows = [], []
        for i in range(0, len(ecgs), AT_ONCE):
            signals = [ecg.read() for ecg in ecgs[i : i + AT_ONCE]]
            inputs = torch.from_numpy(np.stack([to_model_input(*signal) for signal in signals]))
            parts.append(self.run.cache(net, inputs))
            rows += [features(measure(record(*signal))) for signal in signals]
        self.frozen, self.measured = torch.cat(parts), np.array(rows)
        self.features = network_features(net, self.frozen, self.run.processor, first=FROZEN)
        known = np.array([code in backbone.statements for code in self.codes])
        self.start = OutputLayer.start(*head_of(net), known)
        fallback = np.array([backbone.thresholds.get(code, np.nan) for code in self.codes])
        self.cuts = Cuts(fallback, np.full(len(self.codes), np.nan))


def said(ecg: Ecg, code: str) -> float:
    return 1.0 if code in ecg.present else 0.0 if code in ecg.assessed else np.nan


def setting(data: Data, rows: np.ndarray, test: np.ndarray, seed: int) -> Setting:
    """A click on these rows; what is neither labelled nor test is unlabelled. seed : of the folds"""
    given = Labelled(tuple(map(str, np.flatnonzero(rows))), data.patients[rows], data.y[rows])
    parts = (torch.from_numpy(np.flatnonzero(some)) for some in (rows, ~rows & ~test))
    inputs = {FROZEN: tuple(data.frozen[part] for part in parts)}
    return Setting(data.run, given, inputs, data.measured[rows], by_patient(given.y, given.patients, seed))


def below(data: Data, given: Setting, rows: np.ndarray, test: np.ndarray, *, option: Option, seed: int) -> dict:
    """CE-SSL below an output layer, of four fifths of the labels both; the last fifth says at which step it ends.

    option : of the output layer, chosen without the last fifth
    """
    own = given.folds != 0
    table = data.features[rows][own], data.measured[rows][own], data.y[rows][own]
    layer = fit(data.start, option, *table)
    (_, settings), *_ = budget.fast(int(rows.sum()))
    run = replace(data.run, settings=replace(settings, patience=settings.steps), seed=seed)
    part = given.data(own, layer, FROZEN)
    plain, generator = run.plain_net(torch.Generator().manual_seed(0)), torch.Generator().manual_seed(seed)
    net = branched(plain, layer, run, part, generator, task=NOBODY_WAITS)
    begun = time.perf_counter()
    done = train(net, part, run.settings, run.processor, seed)
    seconds = time.perf_counter() - begun
    frozen = data.frozen[torch.from_numpy(np.flatnonzero(test))]
    z = logits_of(merged(done.net, run.settings.deactivation), frozen, run.processor, FROZEN)
    said = layer.logits(data.features[test], data.measured[test]), z + layer.beside(data.measured[test])
    best = max(done.curve, key=lambda check: check["validation"])
    two = {name: scores(data.y[test], sigmoid(one), data.cuts.fallback) for name, one in zip(BELOW, said, strict=True)}
    return two | {"ended at": best["step"], "steps": done.steps, "seconds": round(seconds, 1)}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--counts", default="80,160,320,640")
    parser.add_argument("--fast", action="store_true", help="CE-SSL below the output layer, too")
    parser.add_argument("--backbone", default="tiny")
    args = parser.parse_args()
    place = RESULTS / "label_curve"
    place.mkdir(parents=True, exist_ok=True)
    with device.threads(1):
        data = Data(args.backbone)
        for seed in map(int, args.seeds.split(",")):
            test = held_out(data.y, data.patients, TEST / len(data.y), seed)
            for count in map(int, args.counts.split(",")):
                file = place / f"{count}-{seed}.json"
                found = json.loads(file.read_text()) if file.exists() else {}
                rows = np.zeros(len(test), bool)
                rows[~test] = held_out(data.y[~test], data.patients[~test], count / (~test).sum(), seed)
                found = one(data, rows, test, seed, found, fast=args.fast)
                file.write_text(json.dumps(found))
                print(seed, count, found, flush=True)
    rows_ = table(place)
    show("label_curve", rows_, backbone=args.backbone, ecgs=len(data.y), statements=len(data.codes), test=TEST)


def one(data: Data, rows: np.ndarray, test: np.ndarray, seed: int, found: dict, *, fast: bool) -> dict:
    """Scores on the test ECGs of each way, without those that are there already. found : method -> scores"""
    if "zero-shot" in found and ("fast" in found or not fast):
        return found
    given = setting(data, rows, test, seed)
    done = decide(given, [], data.cuts)
    zero = sigmoid(data.start.logits(data.features[test], data.measured[test]))
    p = sigmoid(done.layer.logits(data.features[test], data.measured[test]))
    found["zero-shot"] = scores(data.y[test], zero, data.cuts.fallback)
    found["output layer"] = scores(data.y[test], p, done.chosen.thresholds)
    if fast:
        way = done.head.tried.options[done.head.by_fold[0]]
        found["fast"] = below(data, given, rows, test, option=Option(way["pull"], way["measured"]), seed=seed)
    return found


def scores(y: np.ndarray, p: np.ndarray, cuts: np.ndarray) -> dict[str, float]:
    called = (p >= cuts).astype(float)
    return {
        "AUC": metrics.macro(metrics.auc, y, p),
        "MAP": metrics.macro(metrics.average_precision, y, p),
        "F2": metrics.macro(lambda t, b: metrics.f_g_beta(t, b)[0], y, called),
    }


def table(place: Path) -> list[dict]:
    """A row per number of labels, of all that was saved: scores, and differences paired by seed."""
    rows = []
    for count in sorted({int(file.stem.split("-")[0]) for file in place.glob("*.json")}):
        found = [json.loads(file.read_text()) for file in sorted(place.glob(f"{count}-*.json"))]
        row: dict[str, object] = {"labels": count, "seeds": len(found)}
        both = [one["fast"] for one in found if "fast" in one]
        for score in ("AUC", "MAP", "F2"):
            row[score] = interval([one["output layer"][score] for one in found])
            row[f"{score} above the start"] = interval(
                [one["output layer"][score] - one["zero-shot"][score] for one in found]
            )
            if both and score != "F2":  # thresholds were not chosen
                row[f"{score} of CE-SSL above the output layer"] = interval(
                    [one[BELOW[1]][score] - one[BELOW[0]][score] for one in both]
                )
        rows.append(row | ({"seeds with CE-SSL": len(both)} if both else {}))
    return rows


if __name__ == "__main__":
    main()
