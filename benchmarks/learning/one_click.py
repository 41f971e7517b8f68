"""What the one click brings on hospitals the start has not seen.

`python -m benchmarks.learning.one_click [--splits 20]`

The 242 Challenge records, each of another patient, or fold 9 of PTB-XL, where the start is at home (`--data ptbxl`);
per split 100 are labelled, and the other patients' are the test, on which every figure is taken. ECE is the mean
calibration error over the statements, beside it what it would be by chance were all probabilities right; "ECE together"
is that of all statements' probabilities in one; "off" the root of the mean square error by bin and statement without
what chance adds to it (`calibration.debiased_square`), over all splits. Beside the start as it is (zero-shot) and the
click: the click without measurements. Features of frozen blocks are computed once. Mean over splits, with the 95 %
interval of the mean difference by split (t); splits share records, so the interval is of the choice of split, not of
hospitals. Files of `--baseline` (NPZ with p, test and th by split) are compared, too: another version, the same splits.
Each split is saved when it is done and not done again: after a change of the code, remove `.bench/one_click` first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks import challenge, ptbxl
from benchmarks.challenge import Labelled, unseen_by
from benchmarks.learning.quality import interval
from benchmarks.report import RESULTS, arguments, once, show
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.ecg.measuring.features import NAMES
from cessl_gui.learn.below import Setting
from cessl_gui.learn.by_folds import Decided, decide
from cessl_gui.learn.choosing import Cuts
from cessl_gui.learn.fit import FROZEN, FitRun, head_of
from cessl_gui.learn.fit import Labelled as Given
from cessl_gui.learn.fit import features as network_features
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import calibration_error, debiased_square, error_by_chance, sigmoid
from cessl_gui.learn.judging.folds import DRAWS, by_draw
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.loop import FAST
from cessl_gui.learn.network import device
from cessl_gui.learn.output_layer import OutputLayer

LABELLED = 100
SCORES = ("AUC", "MAP", "F2", "ECE", "ECE by chance", "ECE less chance", "ECE together")
COMPARED = SCORES[:3]
DATA = {"challenge": (challenge.challenge, challenge.measurements), "ptbxl": (ptbxl.held_back, ptbxl.measurements)}


class Records:
    """Records with everything that is computed once. measured : (n, names)"""

    def __init__(self, data: Labelled, measured: np.ndarray, backbone: str) -> None:
        self.data = data
        self.run = FitRun(unseen_by(backbone), data.codes, FAST, device.choose("cpu"), 0, FROZEN)
        self.net = self.run.plain_net(torch.Generator().manual_seed(0))
        self.x = self.run.cache(self.net, torch.from_numpy(data.x))
        self.features = network_features(self.net, self.x, self.run.processor, first=FROZEN)
        self.measured = measured
        known = np.array([code in self.run.backbone.statements for code in data.codes])
        self.start = OutputLayer.start(*head_of(self.net), known)

    def cuts(self) -> Cuts:
        known = self.run.backbone.thresholds
        return Cuts(np.array([known.get(c, np.nan) for c in self.data.codes]), np.full(len(self.data.codes), np.nan))

    def click(self, rows: np.ndarray, seed: int, measured: bool, draws: int = DRAWS) -> Decided:
        """The output layer as a training fits it to these records. seed : of the folds, drawn so often"""
        table = self.measured[rows] if measured else np.zeros((int(rows.sum()), 0))
        ids = tuple(str(i) for i in np.flatnonzero(rows))
        given = Given(ids, self.data.patients[rows].astype(object), self.data.y[rows])
        drawn = by_draw(given.y, given.patients, seed, draws=draws)
        inputs = {FROZEN: (self.x[torch.from_numpy(np.flatnonzero(rows))], torch.zeros(0))}
        return decide(Setting(self.run, given, inputs, table, drawn), [], self.cuts())

    def says(self, done: Decided, rows: np.ndarray) -> np.ndarray:
        """Probabilities of the final model."""
        return sigmoid(done.layer.logits(self.features[rows], self.measured[rows]))

    def answers(self, rows: np.ndarray, before: np.ndarray, after: np.ndarray, cuts: np.ndarray) -> OutOfFold:
        """Two models' answers to these records. cuts : that judged each, or all of them"""
        ids, people = (tuple(map(str, v)) for v in (np.flatnonzero(rows), self.data.patients[rows]))
        own, folds = np.unique(np.broadcast_to(cuts, after.shape), axis=0, return_inverse=True)
        both = before, after, folds.reshape(-1), self.cuts().fallback, own
        return OutOfFold(ids, people, self.data.codes, self.data.y[rows], *both)


def scores(y: np.ndarray, p: np.ndarray, cuts: np.ndarray) -> dict[str, float]:
    called = (p >= cuts).astype(float)
    ece, chance = (metrics.macro(one, y, p) for one in (calibration_error, error_by_chance))
    return {
        "AUC": metrics.macro(metrics.auc, y, p),
        "MAP": metrics.macro(metrics.average_precision, y, p),
        "F2": metrics.macro(lambda t, b: metrics.f_g_beta(t, b)[0], y, called),
        "ECE": ece,
        "ECE by chance": chance,
        "ECE less chance": ece - chance,
        "ECE together": calibration_error(y.ravel(), p.ravel()),
        "off": metrics.macro(debiased_square, y, p),
    }


def splits(data: Labelled, count: int) -> Iterator[tuple[int, np.ndarray]]:
    """Number, and which records are labelled."""
    for seed in range(count):
        yield seed, held_out(data.y, data.patients, LABELLED / len(data.y), seed)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--data", choices=DATA, default="challenge")
    parser.add_argument("--backbone", default="tiny")
    parser.add_argument("--baseline", default="", help="NPZ files, {} for the number of the split")
    args = parser.parse_args()
    with device.threads(1):
        read, measure = DATA[args.data]
        records = Records(read(), measure(), args.backbone)
        place = RESULTS / "one_click" / f"{args.data}-{args.backbone}"
        found = measure_all(records, args.splits, args.baseline, place)
    rows = []
    for name, by_split in found.items():
        row = {"method": name, "splits": len(by_split)}
        for score in SCORES:
            row[score] = interval([one[score] for one in by_split.values()])
            for other in ("zero-shot", "the click before"):
                than = found.get(other, {})
                pairs = [one[score] - than[split][score] for split, one in by_split.items() if split in than]
                if pairs and name != other and score in COMPARED:
                    row[f"{score} less {other}"] = interval(pairs)
        row["off"] = float(max(0.0, np.mean([one["off"] for one in by_split.values()])) ** 0.5)
        rows.append(row)
    show(
        "one_click",
        rows,
        data=args.data,
        backbone=args.backbone,
        labelled=LABELLED,
        measured=len(NAMES),
    )


def measure_all(records: Records, count: int, baseline: str, place: Path) -> dict[str, dict[int, dict[str, float]]]:
    """Method -> split -> scores on the test records. place : where splits are saved, and found"""
    found: dict[str, dict[int, dict[str, float]]] = {}
    for seed, labelled in splits(records.data, count):
        done = once(place / f"{seed}.json", partial(one_split, records, labelled, seed))
        if baseline and Path(baseline.format(seed)).exists():
            with np.load(baseline.format(seed)) as kept:
                assert (kept["test"] == np.flatnonzero(~labelled)).all(), "another split"
                done["the click before"] = scores(records.data.y[~labelled], kept["p"], kept["th"])
        for name, one in done.items():
            found.setdefault(name, {})[seed] = one
        print(seed, {k: round(v, 3) for k, v in done["the click"].items()}, flush=True)
    return found


def one_split(records: Records, labelled: np.ndarray, seed: int) -> dict[str, dict[str, float]]:
    """Method -> scores on the records that are not labelled."""
    y = records.data.y[~labelled]
    zero = sigmoid(records.start.logits(records.features[~labelled], records.measured[~labelled]))
    found = {"zero-shot": scores(y, zero, records.cuts().fallback)}
    for name, measured in (("the click", True), ("without measurements", False)):
        done = records.click(labelled, seed, measured)
        found[name] = scores(y, records.says(done, ~labelled), done.chosen.thresholds)
    return found


if __name__ == "__main__":
    main()
