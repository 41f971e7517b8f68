"""What CE-SSL below the output layer adds to a click with few labels: `python -m benchmarks.below --splits 0,1,2`

The 242 Challenge records from the shipped backbone's twin, 100 labelled; 500 of CinC 2011 unlabelled; the other 142 are
the test. Beside each other: the start, the click with the output layer alone, and the click with CE-SSL fast in the
folds, where CE-SSL was asked for; and what the folds would have taken had nobody asked. Seconds are of the processor,
one core, from the frozen features on. The spread of ten networks with branches switched off at random (the ensemble
of the deactivation) is held against the errors: AUC of "the call is wrong" by it, and by how near the threshold lies.
Each split is saved when it is done, and one that is there already is not run again.
"""

from __future__ import annotations

import json
import time

import numpy as np
import torch
from scipy.special import logit

from benchmarks import challenge
from benchmarks.one_click import COMPARED, Records, scores, splits
from benchmarks.quality import interval
from benchmarks.report import RESULTS, arguments, show
from cessl_gui.learn import budget, choosing, device, lora, metrics
from cessl_gui.learn.adapted import Adapted, merged_net
from cessl_gui.learn.backbone import BackboneSpec, CesslNet, load_strictly
from cessl_gui.learn.below import Setting
from cessl_gui.learn.by_folds import Decided, decide
from cessl_gui.learn.calibration import sigmoid
from cessl_gui.learn.fit import FROZEN, FitRun, Unlabelled
from cessl_gui.learn.fit import Labelled as Given
from cessl_gui.learn.folds import by_patient
from cessl_gui.learn.loop import logits_of

DRAWS = 10
WAYS = ("zero-shot", "output layer", "CE-SSL below")


def below(records: Records, others: torch.Tensor, rows: np.ndarray, seed: int) -> tuple[Decided, FitRun]:
    """A click on these records where CE-SSL was asked for. others : frozen features of unlabelled ECGs"""
    given = Given(
        tuple(map(str, np.flatnonzero(rows))), records.data.patients[rows].astype(object), records.data.y[rows]
    )
    inputs = {FROZEN: (records.x[torch.from_numpy(np.flatnonzero(rows))], others)}
    runs = [
        FitRun(records.run.backbone, records.data.codes, settings, records.run.processor, seed, FROZEN)
        for _, settings in budget.fast(int(rows.sum()))
    ]
    folds = by_patient(given.y, given.patients, seed)
    setting = Setting(records.run, given, inputs, records.measured[rows], folds)
    return decide(setting, runs, records.cuts(), asked=True), runs[0]


def probabilities(run: FitRun, done: Decided, frozen: torch.Tensor, measured: np.ndarray) -> np.ndarray:
    """What a network that was trained below its output layer says. frozen : features of the ECGs"""
    meta = {"backbone": run.backbone.name, "backbone_sha256": run.backbone.sha256, "ranks": done.ranks}
    meta |= {"statements": run.codes, "deactivation": run.settings.deactivation}
    net = merged_net(Adapted(done.tensors, meta), run.backbone)
    return sigmoid(logits_of(net, frozen, run.processor, FROZEN) + done.layer.beside(measured))


def deactivated(run: FitRun, done: Decided, frozen: torch.Tensor, measured: np.ndarray) -> np.ndarray:
    """(draws, records, statements) logits of the network with some branches switched off, as they are in training."""
    backbone = run.backbone
    spec = BackboneSpec(backbone.name, backbone.spec.width, backbone.spec.layers, run.codes)
    body = {k: v for k, v in backbone.net.state_dict().items() if not k.startswith("classifier.1.")}
    net = load_strictly(CesslNet(spec, done.ranks), body | {k: torch.from_numpy(v) for k, v in done.tensors.items()})
    generator, found = torch.Generator().manual_seed(0), []
    for _ in range(DRAWS):
        lora.drop_branches(net, run.settings.deactivation, generator)
        found.append(logits_of(net, frozen, run.processor, FROZEN) + done.layer.beside(measured))
    return np.array(found)


def tells_errors(y: np.ndarray, p: np.ndarray, cuts: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
    """AUC of "the call is wrong" over all that is assessed, by each sign of doubt."""
    known = np.isfinite(y)
    wrong = ((p >= cuts) != (y == 1)).astype(float)[known]
    signs = {
        "spread of probabilities": sigmoid(drawn).std(0),
        "spread of logits": drawn.std(0),
        "near the threshold": -abs(p - cuts),
        "near the threshold, logits": -abs(logit(p) - logit(cuts)),
    }
    return {name: round(metrics.auc(wrong, sign[known]), 4) for name, sign in signs.items()} | {
        "wrong": float(wrong.mean())
    }


def one_split(records: Records, others: torch.Tensor, rows: np.ndarray, seed: int) -> dict:
    """Scores of each way on the records that are not labelled, and what the folds said."""
    data, test = records.data, torch.from_numpy(np.flatnonzero(~rows))
    y = data.y[~rows]
    zero = sigmoid(records.start.logits(records.features[~rows], records.measured[~rows]))
    begun = time.process_time()
    alone = records.click(rows, seed, measured=True)
    between = time.process_time()
    done, run = below(records, others, rows, seed)
    ended = time.process_time()
    p = probabilities(run, done, records.x[test], records.measured[~rows])
    drawn = deactivated(run, done, records.x[test], records.measured[~rows])
    ways = [one for one in (done.chosen.best, *done.chosen.others) if one is not done.head]
    unasked = choosing.choose(
        [done.head, *ways], data.y[rows], by_patient(data.y[rows], data.patients[rows], seed), records.cuts()
    )
    losses = {
        str(dict(option)): round(float(choosing.losses(z, data.y[rows]).mean()), 4)
        for way in (done.head, *ways)
        for option, z in zip(way.tried.options, way.tried.outer, strict=True)
    }
    said = (
        (zero, records.cuts().fallback),
        (records.says(alone, ~rows), alone.chosen.thresholds),
        (p, done.chosen.thresholds),
    )
    return {
        "scores": {way: scores(y, *one) for way, one in zip(WAYS, said, strict=True)},
        "folds": [one.described() for one in (done.head, *ways)],
        "unasked": unasked.best.described(),
        "losses": losses,
        "doubt": tells_errors(y, p, done.chosen.thresholds, drawn),
        "seconds": {"output layer": round(between - begun, 1), "CE-SSL below": round(ended - between, 1)},
    }


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--splits", default="0,1,2")
    parser.add_argument("--backbone", default=challenge.TWIN)
    parser.add_argument("--name", default="below", help="of what is saved")
    args = parser.parse_args()
    wanted, place = [int(number) for number in args.splits.split(",")], RESULTS / args.name
    place.mkdir(parents=True, exist_ok=True)
    left = [seed for seed in wanted if not (place / f"{seed}.json").exists()]
    with device.threads(1):
        if left:
            records = Records(challenge.challenge(), challenge.measurements(), args.backbone)
            pool = challenge.unlabelled()
            ids = tuple(map(str, range(len(pool))))
            rng = np.random.default_rng(0)
            unlabelled = Unlabelled(ids, lambda some: pool[[int(i) for i in some]])
            others = records.run.read_unlabelled(records.net, unlabelled, rng)
        for seed, rows in splits(records.data, max(wanted) + 1) if left else ():
            if seed in left:
                (place / f"{seed}.json").write_text(json.dumps(one_split(records, others, rows, seed), indent=1))
                print((place / f"{seed}.json").read_text(), flush=True)
    found = [json.loads((place / f"{seed}.json").read_text()) for seed in wanted]
    rows_ = []
    for way in WAYS:
        row: dict[str, object] = {"way": way, "splits": len(found)}
        for score in COMPARED:
            row[score] = interval([one["scores"][way][score] for one in found])
            if way == WAYS[-1]:
                than = [one["scores"][way][score] - one["scores"]["output layer"][score] for one in found]
                row[f"{score} less the output layer's"] = interval(than)
        rows_.append(row)
    show(
        args.name,
        rows_,
        backbone=args.backbone,
        unasked=[one["unasked"] for one in found],
        doubt=[one["doubt"] for one in found],
        seconds=[one["seconds"] for one in found],
    )


if __name__ == "__main__":
    main()
