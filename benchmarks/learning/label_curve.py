"""How many labels it takes until adapting pays.

`python -m benchmarks.learning.label_curve [--seeds 0,1,2] [--ways fast,exact]`

The start is tiny; ECGs are those of PTB-XL that it has neither learned from nor been chosen by: the new ones in
`ptbxl_more`. Per seed and number of labels so many ECGs are labelled; 150 ECGs of other patients, the same for all
numbers, are the test. Zero-shot is the start as it is, "output layer" the fitted one with measurements where the
folds want them. Ways below it (`--ways`) and the output layer that they begin with learn from four fifths of the
labels; the last fifth says at which step each ends. All ways have the batches and the number of steps of CE-SSL fast:
exact, LoRA, full fine-tuning and FixMatch as published would take hours each. FixMatch trains every weight, and takes
its own answers of 0.95 and more, or 0.05 and less, for labels of the unlabelled. What is done is saved by seed and
not done again.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.challenge import DATA, LEAST_POSITIVE
from benchmarks.learning.baselines import fixmatch_loss
from benchmarks.learning.quality import interval
from benchmarks.ptbxl import record
from benchmarks.report import RESULTS, arguments, show
from cessl_gui.core.task import NOBODY_WAITS
from cessl_gui.ecg.measuring.features import features
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn import budget
from cessl_gui.learn.below import Setting, branched
from cessl_gui.learn.by_folds import decide
from cessl_gui.learn.choosing import Cuts
from cessl_gui.learn.fit import FROZEN, FitRun, Labelled, head_of, set_head
from cessl_gui.learn.fit import features as network_features
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import sigmoid
from cessl_gui.learn.judging.folds import by_draw
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.loop import FAST, logits_of, merged, train
from cessl_gui.learn.network import backbones, device
from cessl_gui.learn.output_layer import Option, OutputLayer, fit
from cessl_gui.learn.pretraining.sources import SCP, Ecg, ptbxl

TEST, AT_ONCE = 150, 16
START = "output layer"  # of four fifths
OURS: dict[str, float] = {}
PLAIN = {"compress_ratio": 0, "deactivation": 0, "semi": False}
FULL = {**PLAIN, "rank": 0}
FIXMATCH = "FixMatch"
WAYS = {
    "fast": (FROZEN, OURS),
    "exact": (0, OURS),
    "LoRA": (0, PLAIN),
    "full": (0, FULL),
    FIXMATCH: (0, {**FULL, "semi": True}),
}


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
        parts, rows, inputs = [], [], []
        for i in range(0, len(ecgs), AT_ONCE):
            signals = [ecg.read() for ecg in ecgs[i : i + AT_ONCE]]
            inputs.append(torch.from_numpy(np.stack([to_model_input(*signal) for signal in signals])))
            parts.append(self.run.cache(net, inputs[-1]))
            rows += [features(measure(record(*signal))) for signal in signals]
        self.x, self.measured = {FROZEN: torch.cat(parts), 0: torch.cat(inputs)}, np.array(rows)
        self.features = network_features(net, self.x[FROZEN], self.run.processor, first=FROZEN)
        known = np.array([code in backbone.statements for code in self.codes])
        self.start = OutputLayer.start(*head_of(net), known)
        fallback = np.array([backbone.thresholds.get(code, np.nan) for code in self.codes])
        self.cuts = Cuts(fallback, np.full(len(self.codes), np.nan))


def said(ecg: Ecg, code: str) -> float:
    return 1.0 if code in ecg.present else 0.0 if code in ecg.assessed else np.nan


def setting(data: Data, rows: np.ndarray, test: np.ndarray, seed: int) -> Setting:
    """A click on these rows; what is neither labelled nor test is unlabelled. seed : of the folds"""
    given = Labelled(tuple(map(str, np.flatnonzero(rows))), data.patients[rows], data.y[rows])
    parts = [torch.from_numpy(np.flatnonzero(some)) for some in (rows, ~rows & ~test)]
    inputs = {first: tuple(x[part] for part in parts) for first, x in data.x.items()}
    return Setting(data.run, given, inputs, data.measured[rows], by_draw(given.y, given.patients, seed))


def below(
    data: Data, given: Setting, rows: np.ndarray, test: np.ndarray, *, way: str, layer: OutputLayer, seed: int
) -> dict:
    """A way below an output layer, of four fifths of the labels both; the last fifth says at which step it ends."""
    first, changes = WAYS[way]
    (_, settings), *_ = budget.fast(len(given.labelled.ids))
    settings = replace(settings, patience=settings.steps, **changes)
    run = replace(data.run, settings=settings, first=first, seed=seed)
    part = given.data(given.folds != 0, layer, first)
    plain, generator = run.plain_net(torch.Generator().manual_seed(0)), torch.Generator().manual_seed(seed)
    begun = time.perf_counter()
    if settings.rank:
        net = branched(plain, layer, run, part, generator, task=NOBODY_WAITS)
    else:
        net = copy.deepcopy(plain).requires_grad_(True)
        set_head(net, layer)
    loss = None
    if way == FIXMATCH:
        others = torch.from_numpy(layer.beside(data.measured[~rows & ~test]).astype(np.float32))
        loss = partial(fixmatch_loss, beside=others)
    done = train(net, part, settings, run.processor, seed, loss_of=loss)
    seconds = time.perf_counter() - begun
    x = data.x[first][torch.from_numpy(np.flatnonzero(test))]
    z = logits_of(merged(done.net, settings.deactivation), x, run.processor, first) + layer.beside(data.measured[test])
    best = max(done.curve, key=lambda check: check["validation"])
    found: dict = scores(data.y[test], sigmoid(z), data.cuts.fallback)
    return found | {"ended at": best["step"], "steps": done.steps, "seconds": round(seconds, 1)}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--counts", default="80,160,320,640")
    parser.add_argument("--ways", default="", help=f"below the output layer, too: {', '.join(WAYS)}")
    parser.add_argument("--backbone", default="tiny")
    args = parser.parse_args()
    place = RESULTS / "label_curve"
    place.mkdir(parents=True, exist_ok=True)
    with device.threads(1):
        data = Data(args.backbone)
        for seed in map(int, args.seeds.split(",")):
            test = held_out(data.y, data.patients, TEST / len(data.y), seed)
            for count in map(int, args.counts.split(",")):
                rows = np.zeros(len(test), bool)
                rows[~test] = held_out(data.y[~test], data.patients[~test], count / (~test).sum(), seed)
                file, ways = place / f"{count}-{seed}.json", tuple(filter(None, args.ways.split(",")))
                print(seed, count, one(data, rows, test, seed=seed, file=file, ways=ways), flush=True)
    rows_ = table(place)
    show("label_curve", rows_, backbone=args.backbone, ecgs=len(data.y), statements=len(data.codes), test=TEST)


def one(data: Data, rows: np.ndarray, test: np.ndarray, *, seed: int, file: Path, ways: Sequence[str]) -> dict:
    """Scores on the test ECGs of the output layer and of ways below it. file : has what was done before"""
    found = json.loads(file.read_text()) if file.exists() else {}
    given = setting(data, rows, test, seed)
    if not found:
        done = decide(given, [], data.cuts)
        zero = sigmoid(data.start.logits(data.features[test], data.measured[test]))
        p = sigmoid(done.layer.logits(data.features[test], data.measured[test]))
        found["zero-shot"] = scores(data.y[test], zero, data.cuts.fallback)
        found["output layer"] = scores(data.y[test], p, done.chosen.thresholds)
        found["without the last fifth"] = done.head.tried.options[done.head.by_fold[0]]
    own, way = given.folds != 0, found["without the last fifth"]
    table = data.features[rows][own], data.measured[rows][own], data.y[rows][own]
    layer = fit(data.start, Option(way["pull"], way["measured"]), *table)
    p = sigmoid(layer.logits(data.features[test], data.measured[test]))
    found.setdefault("below", {START: scores(data.y[test], p, data.cuts.fallback)})
    for name in ways:
        if name not in found["below"]:
            found["below"][name] = below(data, given, rows, test, way=name, layer=layer, seed=seed)
            file.write_text(json.dumps(found))
    file.write_text(json.dumps(found))
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
        for score in ("AUC", "MAP", "F2"):
            row[score] = interval([one["output layer"][score] for one in found])
            row[f"{score} above the start"] = interval(
                [one["output layer"][score] - one["zero-shot"][score] for one in found]
            )
        for way in WAYS:
            both = [one["below"] for one in found if way in one["below"]]
            if both:
                row[f"seeds with {way}"] = len(both)
            for score in ("AUC", "MAP") if both else ():  # thresholds were not chosen
                gains = [one[way][score] - one[START][score] for one in both]
                row[f"{score} of {way} above the output layer of as many"] = interval(gains)
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
