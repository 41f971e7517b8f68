"""How many labels it takes until adapting pays: `python -m benchmarks.label_curve [--seeds 5] [--fast 0]`

The start is tiny; ECGs are those of PTB-XL that it has neither learned from nor been chosen by: the new ones in
`ptbxl_more`. Per seed and number of labels so many ECGs are labelled; 150 ECGs of other patients, the same for all
numbers, are the test. Zero-shot is the start as it is, "output layer" the fitted one with measurements where the
folds want them, "fast" CE-SSL below it for as many steps as the folds choose (on the first seeds, `--fast`).
"""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.challenge import DATA, LEAST_POSITIVE
from benchmarks.ptbxl import record
from benchmarks.quality import interval
from benchmarks.report import arguments, show
from cessl_gui.ecg.features import features
from cessl_gui.ecg.measurements import measure
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn import backbones, budget, device, metrics
from cessl_gui.learn.adapted import Adapted, merged_net
from cessl_gui.learn.by_folds import Setting, decide
from cessl_gui.learn.calibration import sigmoid
from cessl_gui.learn.choosing import Cuts
from cessl_gui.learn.fit import FROZEN, FitRun, Labelled
from cessl_gui.learn.folds import by_patient
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.loop import FAST, logits_of
from cessl_gui.learn.output_layer import OutputLayer
from cessl_gui.learn.pretraining.sources import SCP, Ecg, ptbxl
from cessl_gui.learn.probe import features as network_features
from cessl_gui.learn.probe import head_of

COUNTS = (80, 160, 320, 640)
TEST, AT_ONCE = 150, 16


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
        fallback = np.array([backbone.thresholds.get(code, 0.5) for code in self.codes])
        self.cuts = Cuts(fallback, np.full(len(self.codes), np.nan))


def said(ecg: Ecg, code: str) -> float:
    return 1.0 if code in ecg.present else 0.0 if code in ecg.assessed else np.nan


def answers(data: Data, rows: np.ndarray, test: np.ndarray, seed: int, fast: bool) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities on the test ECGs after learning from `rows`, and thresholds."""
    given = Labelled(tuple(map(str, np.flatnonzero(rows))), data.patients[rows], data.y[rows])
    others = np.flatnonzero(~rows & ~test)
    inputs = {FROZEN: (data.frozen[torch.from_numpy(np.flatnonzero(rows))], data.frozen[torch.from_numpy(others)])}
    folds = by_patient(given.y, given.patients, seed)
    setting = Setting(data.run, given, inputs, data.measured[rows], folds)
    runs = []
    if fast:
        (_, settings), *_ = budget.fast(int(rows.sum()))
        runs = [FitRun(data.run.backbone, data.codes, settings, data.run.processor, seed, FROZEN)]
    done = decide(setting, runs, data.cuts, asked=fast)
    if not fast:
        return sigmoid(done.layer.logits(data.features[test], data.measured[test])), done.chosen.thresholds
    meta = {"backbone": data.run.backbone.name, "backbone_sha256": data.run.backbone.sha256, "ranks": done.ranks}
    net = merged_net(
        Adapted(done.tensors, {**meta, "statements": data.codes, "deactivation": FAST.deactivation}), data.run.backbone
    )
    z = logits_of(net, data.frozen[torch.from_numpy(np.flatnonzero(test))], data.run.processor, FROZEN)
    return sigmoid(z + done.layer.beside(data.measured[test])), done.chosen.thresholds


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fast", type=int, default=0, help="seeds of these with CE-SSL too")
    parser.add_argument("--backbone", default="tiny")
    args = parser.parse_args()
    found: dict[tuple[int, str], dict[int, dict[str, float]]] = {}
    with device.threads(1):
        data = Data(args.backbone)
        for seed in range(args.seeds):
            test = held_out(data.y, data.patients, TEST / len(data.y), seed)
            zero = sigmoid(data.start.logits(data.features[test], data.measured[test]))
            for count in COUNTS:
                rows = np.zeros(len(test), bool)
                rows[~test] = held_out(data.y[~test], data.patients[~test], count / (~test).sum(), seed)
                ways = {"zero-shot": (zero, data.cuts.fallback), "output layer": answers(data, rows, test, seed, False)}
                if seed < args.fast:
                    ways["fast"] = answers(data, rows, test, seed, True)
                for name, (p, cuts) in ways.items():
                    found.setdefault((count, name), {})[seed] = scores(data.y[test], p, cuts)
                print(seed, count, {n: round(found[count, n][seed]["MAP"], 3) for n in ways}, flush=True)
    show("label_curve", table(found), backbone=args.backbone, ecgs=len(data.y), statements=len(data.codes), test=TEST)


def scores(y: np.ndarray, p: np.ndarray, cuts: np.ndarray) -> dict[str, float]:
    called = (p >= cuts).astype(float)
    return {
        "AUC": metrics.macro(metrics.auc, y, p),
        "MAP": metrics.macro(metrics.average_precision, y, p),
        "F2": metrics.macro(lambda t, b: metrics.f_g_beta(t, b)[0], y, called),
    }


def table(found: dict[tuple[int, str], dict[int, dict[str, float]]]) -> list[dict]:
    """A row per number of labels and way: scores, and the difference from zero-shot, paired by seed."""
    rows = []
    for (count, name), by_seed in found.items():
        row: dict[str, object] = {"labels": count, "way": name, "seeds": len(by_seed)}
        for score in ("AUC", "MAP", "F2"):
            row[score] = interval([one[score] for one in by_seed.values()])
            if name != "zero-shot":
                than = found[count, "output layer" if name == "fast" else "zero-shot"]
                row[f"{score} less the one before"] = interval([v[score] - than[s][score] for s, v in by_seed.items()])
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
