"""Does the evidence of a training say what patients of a separate half show?

`python -m benchmarks.learning.evidence_agrees`

Per split the 242 Challenge records fall into halves. One is labelled and clicked; its evidence, from answers out of
fold, names a change for each statement. The final model's change on the other half is the second opinion. Counted is
how often the 95 % interval of their difference, both samples' errors in it, covers zero. Halves of different splits
share records. Beside it the calibration error of all statements' probabilities together, by the evidence and on the
other half. Each split is clicked several times, with other folds, which says what another draw of these changes: where
each click draws them once, and where it draws them five times, as the program does. A split is saved when it is done
and not done again: after a change of the code, remove `.bench/evidence_agrees` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks import challenge
from benchmarks.learning.one_click import Records
from benchmarks.report import RESULTS, arguments, once, show
from cessl_gui.core.training.evidence import NO_FIGURE, Evidence, Figure
from cessl_gui.learn.choosing import Judged, judge, over_draws, try_output_layer
from cessl_gui.learn.judging.calibration import sigmoid
from cessl_gui.learn.judging.evidence import STATISTICS, evidence
from cessl_gui.learn.judging.folds import DRAWS, by_draw
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.network import device
from cessl_gui.learn.output_layer import fit, options

EACH = (1, DRAWS)  # draws of the folds in a click

Kept = dict[str, dict]  # "said" by the labelled half and "shown" by the other -> what `kept` has of it


def split(records: Records, own: np.ndarray, seed: int, clicks: int) -> dict[str, list[Kept]]:
    """Draws in a click -> what each click says and shows. seed : of the folds"""
    y, patients = records.data.y[own], records.data.patients[own].astype(object)
    draws, ways = by_draw(y, patients, seed, draws=clicks * DRAWS), options(with_measured=True)
    data = {"features": records.features[own], "measured": records.measured[own], "y": y}
    each = [judge(try_output_layer(records.start, ways, data, folds), y, folds) for folds in draws]
    return {
        str(n): [both(records, own, each[i : i + n], draws[i : i + n]) for i in range(0, clicks * n, n)] for n in EACH
    }


def both(records: Records, own: np.ndarray, each: Sequence[Judged], draws: np.ndarray) -> Kept:
    """What the labelled half says, out of fold, and what the other half shows. each : the output layer, by draw"""
    y = records.data.y[own]
    chosen = over_draws(each, y, draws, records.cuts())
    way = options(with_measured=True)[chosen.best.option]
    layer = fit(records.start, way, records.features[own], records.measured[own], y).calibrated(chosen.best.pairs)
    before = records.start.logits(records.features, records.measured)
    after = layer.logits(records.features[~own], records.measured[~own])
    said = records.answers(own, sigmoid(before[own]), chosen.after, chosen.cuts)
    shown = records.answers(~own, sigmoid(before[~own]), sigmoid(after), chosen.thresholds)
    return {"said": kept(evidence(said)), "shown": kept(evidence(shown))}


def kept(found: Evidence) -> dict:
    """Changes as (value, low, high) by statistic, of each statement and of the mean; calibration errors, JSON-able."""
    triple = {
        name: [three(one.changes.get(name, NO_FIGURE)) for one in found.statements] + [three(found.macro[name][2])]
        for name in STATISTICS
    }
    return {"changes": triple, "calibration": [one.calibration_error for one in found.calibration]}


def three(figure: Figure) -> tuple[float | None, float | None, float | None]:
    return figure.value, figure.low, figure.high


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--clicks", type=int, default=3, help="on each split, with other folds")
    parser.add_argument("--backbone", default="tiny")
    args = parser.parse_args()
    place, found = RESULTS / "evidence_agrees" / args.backbone, []
    with device.threads(1):
        records = Records(challenge.challenge(), challenge.measurements(), args.backbone)
        for seed in range(args.splits):
            own = held_out(records.data.y, records.data.patients, 0.5, seed)
            found.append(once(place / f"{seed}.json", partial(split, records, own, seed, args.clicks)))
            print(seed, flush=True)
    for n in EACH:
        tell(f"evidence_agrees-{n}", [one[str(n)] for one in found], backbone=args.backbone, draws=n)


def tell(title: str, found: list[list[Kept]], **facts: object) -> None:
    """Save and print. found : by split and click"""
    rows = []
    for name in STATISTICS:
        apart = gaps(found, name)
        (n, share, mean), (of, means, mean_of_means) = covered(apart[:, :-1]), covered(apart[:, -1:])
        rows.append({"figure": name, "statements x splits": n, "cover": share, "said less shown": mean})
        rows[-1] |= {"splits": of, "mean over statements: cover": means, "mean: said less shown": mean_of_means}
        rows[-1] |= draws_of(found, name)
    errors = {side: np.mean([draws[0][side]["calibration"] for draws in found], axis=0) for side in ("said", "shown")}
    calibration = {
        f"calibration error before and after, {side}": np.round(one, 4).tolist() for side, one in errors.items()
    }
    show(title, rows, **facts, **calibration)


def figures(draw: Kept, side: str, name: str) -> np.ndarray:
    """(statements and their mean, 3) of value, low, high; NaN where there is none"""
    return np.array(draw[side]["changes"][name], float)


def gaps(found: list[list[Kept]], name: str) -> np.ndarray:
    """(splits, statements and their mean, 2): what is said less what is shown, and the half width of the interval."""
    apart = []
    for draws in found:
        said, shown = figures(draws[0], "said", name), figures(draws[0], "shown", name)
        half = np.hypot(said[:, 2] - said[:, 1], shown[:, 2] - shown[:, 1]) / 2
        apart.append(np.stack([said[:, 0] - shown[:, 0], half], 1))
    return np.array(apart)


def covered(apart: np.ndarray) -> tuple[int, float, float]:
    """How many have an interval, the share of these that covers zero, and the mean difference."""
    away, wide = apart[np.isfinite(apart).all(-1)].T
    return len(away), float((abs(away) <= wide).mean()), float(away.mean())


def draws_of(found: list[list[Kept]], name: str) -> dict[str, float]:
    """What a click with other folds does to a change, beside how wide its interval is, both in the mean."""
    said = np.array([[figures(draw, "said", name) for draw in draws] for draws in found])
    row = {}
    for what, part in (("statement", said[:, :, :-1]), ("mean", said[:, :, -1:])):
        told = part.transpose(0, 2, 1, 3)[np.isfinite(part).all((1, 3))]  # (statements x splits, draws, 3)
        row[f"{what}: deviation by click"] = float(told[..., 0].std(1, ddof=1).mean())
        row[f"{what}: half width"] = float((told[:, 0, 2] - told[:, 0, 1]).mean() / 2)
        better = told[..., 1] > 0
        row[f"{what}: other verdict"] = float((better.any(1) & ~better.all(1)).mean())
    return row


if __name__ == "__main__":
    main()
