"""What CE-SSL below the output layer adds to a click with few labels.

`python -m benchmarks.learning.below --splits 0,1,2`

The 242 Challenge records from the shipped backbone's twin, 100 labelled; 500 of CinC 2011 unlabelled; the other 142 are
the test. Beside each other: the start, the click with the output layer alone, and the click with CE-SSL fast in the
folds, where CE-SSL was asked for; and what the folds would have taken had nobody asked. Seconds are of the processor,
one core, from the frozen features on. The spread of ten networks with branches switched off at random (the ensemble
of the deactivation) is held against the errors: AUC of "the call is wrong" by it, and by how near the threshold lies.
Each split is saved when it is done, and one that is there already is not run again.

--plain leaves the folds out, for many splits in little time: the output layer is fitted as the folds choose, CE-SSL
goes on from it on all 100 labels, and is scored on the test after each 10 of its 30 steps, with the calibration and
the thresholds that the folds gave the output layer. No step is chosen by the test.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import torch
from scipy.special import logit

from benchmarks import challenge
from benchmarks.learning.one_click import COMPARED, Records, scores, splits
from benchmarks.learning.quality import interval
from benchmarks.report import RESULTS, arguments, show
from cessl_gui.core.task import NOBODY_WAITS
from cessl_gui.learn import budget, choosing
from cessl_gui.learn.below import Setting, branched
from cessl_gui.learn.by_folds import Decided, decide
from cessl_gui.learn.fit import FROZEN, FitRun, Unlabelled
from cessl_gui.learn.fit import Labelled as Given
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import sigmoid
from cessl_gui.learn.judging.folds import by_draw, by_patient
from cessl_gui.learn.loop import Progress, logits_of, train
from cessl_gui.learn.network import device, lora
from cessl_gui.learn.network.adapted import Adapted, merged_net
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet, load_strictly
from cessl_gui.learn.output_layer import Option, fit

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
    draws = by_draw(given.y, given.patients, seed)
    setting = Setting(records.run, given, inputs, records.measured[rows], draws)
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
    return dropped(run, net, frozen) + done.layer.beside(measured)


def dropped(run: FitRun, net: CesslNet, frozen: torch.Tensor) -> np.ndarray:
    """(draws, records, statements) what a network with branches says, some of them switched off in each draw."""
    generator, found = torch.Generator().manual_seed(0), []
    for _ in range(DRAWS):
        lora.drop_branches(net, run.settings.deactivation, generator)
        found.append(logits_of(net, frozen, run.processor, FROZEN))
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


class Last(Progress):
    """Keeps the state after the last step: a training itself returns the one that is best on what it validates on."""

    def __init__(self, net: CesslNet, steps: int) -> None:
        super().__init__(NOBODY_WAITS, steps)
        self._net, self._left, self.state = net, steps, {}

    def step(self, loss: float | None, best: float, validation: float | None = None) -> None:
        self._left -= loss is not None
        if not self._left:
            self.state = {name: value.clone() for name, value in self._net.state_dict().items()}


def plain_split(records: Records, others: torch.Tensor, rows: np.ndarray, seed: int) -> dict:
    """CE-SSL from the output layer that the folds choose, on all labels: scores on the test by its number of steps."""
    alone = records.click(rows, seed, measured=True)
    y, measured, (a, b) = records.data.y, records.measured, np.array(alone.head.pairs).T
    option = Option(alone.head.chosen["pull"], alone.head.chosen["measured"])
    layer = fit(records.start, option, records.features[rows], measured[rows], y[rows])
    _, settings = budget.fast(int(rows.sum()))[0]
    run = replace(records.run, settings=replace(settings, patience=settings.steps), seed=seed)
    ids, patients = tuple(map(str, range(len(y)))), records.data.patients.astype(object)
    inputs = {FROZEN: (records.x, others)}
    setting = Setting(run, Given(ids, patients, y), inputs, measured, np.zeros((1, len(y)), int))
    data = setting.data(rows, layer, FROZEN)
    net = branched(records.net, layer, run, data, torch.Generator().manual_seed(seed), task=NOBODY_WAITS)
    last = Last(net, settings.steps)
    done = train(net, data, run.settings, run.processor, seed, progress=last)
    cuts, test = alone.chosen.thresholds, y[~rows]
    net.load_state_dict(last.state)
    said = sigmoid(a * done.checks[settings.steps] + b)
    drawn = a * dropped(run, net, data.valid_x) + a * layer.beside(measured[~rows]) + b
    np.savez(RESULTS / "plain" / f"{seed}.npz", y=test, p=said, cuts=cuts, spread=sigmoid(drawn).std(0))
    return {
        "output layer": scores(test, records.says(alone, ~rows), cuts),
        **{f"{step} steps": scores(test, sigmoid(a * z + b), cuts) for step, z in done.checks.items() if step},
    }


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--plain", action="store_true", help="without the folds, scored after each 10 steps")
    parser.add_argument("--splits", default="0,1,2")
    parser.add_argument("--backbone", default=challenge.TWIN)
    parser.add_argument("--name", default="below", help="of what is saved")
    args = parser.parse_args()
    name, split = ("plain", plain_split) if args.plain else (args.name, one_split)
    wanted, place = [int(number) for number in args.splits.split(",")], RESULTS / name
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
                (place / f"{seed}.json").write_text(json.dumps(split(records, others, rows, seed), indent=1))
                print((place / f"{seed}.json").read_text(), flush=True)
    found = [json.loads((place / f"{seed}.json").read_text()) for seed in wanted]
    show_plain(found, args.backbone) if args.plain else show_folds(found, args.backbone, args.name)


def show_plain(found: list[dict], backbone: str) -> None:
    """Scores of the output layer, and what CE-SSL adds after each number of steps."""
    ways = [way for way in found[0] if way != "doubt"]
    rows = []
    for way in ways:
        row: dict[str, object] = {"way": way, "splits": len(found)}
        for score in COMPARED:
            row[score] = interval([one[way][score] for one in found])
            if way != ways[0]:
                row[f"{score} less"] = interval([one[way][score] - one[ways[0]][score] for one in found])
        rows.append(row)
    show("below_plain", rows, backbone=backbone)


def show_folds(found: list[dict], backbone: str, name: str) -> None:
    """Scores of each way, and of CE-SSL less the output layer's."""
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
        name,
        rows_,
        backbone=backbone,
        unasked=[one["unasked"] for one in found],
        doubt=[one["doubt"] for one in found],
        seconds=[one["seconds"] for one in found],
    )


if __name__ == "__main__":
    main()
