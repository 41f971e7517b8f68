"""Does the evidence of a training say what patients of a separate half show?

`python -m benchmarks.learning.evidence_agrees`

Per split the 242 Challenge records fall into halves. One is labelled and clicked; its evidence, from answers out of
fold, names a change for each statement. The final model's change on the other half is the second opinion. Counted is
how often the 95 % interval of their difference, both samples' errors in it, covers zero. Halves of different splits
share records.
"""

from __future__ import annotations

import numpy as np

from benchmarks import challenge
from benchmarks.learning.one_click import Records
from benchmarks.report import arguments, show
from cessl_gui.core.training.evidence import Evidence
from cessl_gui.learn import device
from cessl_gui.learn.calibration import sigmoid
from cessl_gui.learn.evidence import STATISTICS, evidence
from cessl_gui.learn.folds import by_patient
from cessl_gui.learn.holdout import held_out


def both(records: Records, own: np.ndarray, seed: int) -> tuple[Evidence, Evidence]:
    """What the labelled half says, out of fold, and what the other half shows. seed : of the folds"""
    data = records.data
    done = records.click(own, seed, measured=True)
    old = records.cuts().fallback
    folds = by_patient(data.y[own], data.patients[own].astype(object), seed)
    said = records.answers(own, sigmoid(done.before), done.chosen.after, folds, old, done.chosen.cuts)
    zero = sigmoid(records.start.logits(records.features[~own], records.measured[~own]))
    none = np.zeros(int((~own).sum()), int)
    shown = records.answers(~own, zero, records.says(done, ~own), none, old, done.chosen.thresholds[None])
    return evidence(said), evidence(shown)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--draws", type=int, default=1, help="of the folds: what another draw changes")
    parser.add_argument("--backbone", default="tiny")
    args = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in STATISTICS}
    macro: dict[str, list[tuple[float, float]]] = {name: [] for name in STATISTICS}
    drawn: list[list[Evidence]] = []
    with device.threads(1):
        records = Records(challenge.challenge(), challenge.measurements(), args.backbone)
        for seed in range(args.splits):
            own = held_out(records.data.y, records.data.patients, 0.5, seed)
            (said, shown), *others = (both(records, own, seed + 1000 * draw) for draw in range(args.draws))
            drawn.append([said, *(one for one, _ in others)])
            for name in STATISTICS:
                pairs = zip(said.statements, shown.statements, strict=True)
                found[name] += [gap(a.changes.get(name), b.changes.get(name)) for a, b in pairs]
                macro[name].append(gap(said.macro[name][2], shown.macro[name][2]))
            print(seed, {n: round(covered(found[n])[1], 3) for n in STATISTICS}, flush=True)
    rows = []
    for name in STATISTICS:
        (n, share, mean), (of, means, mean_of_means) = covered(found[name]), covered(macro[name])
        rows.append({"figure": name, "statements x splits": n, "cover": share, "said less shown": mean})
        rows[-1] |= {"splits": of, "mean over statements: cover": means, "mean: said less shown": mean_of_means}
        rows[-1] |= draws_of(drawn, name) if args.draws > 1 else {}
    show("evidence_agrees", rows, backbone=args.backbone, draws=args.draws)


def draws_of(drawn: list[list[Evidence]], name: str) -> dict[str, float]:
    """What another draw of the folds does to a change, beside how wide its interval is, both in the mean."""
    mean = [[one.macro[name][2] for one in draws] for draws in drawn]
    each = [
        [one.statements[column].changes[name] for one in draws]
        for draws in drawn
        for column in range(len(draws[0].statements))
        if all(name in one.statements[column].changes for one in draws)
    ]
    found = {}
    for what, figures in (("statement", each), ("mean", mean)):
        told = [draws for draws in figures if all(one.half_width is not None for one in draws)]
        found[f"{what}: deviation by draw"] = float(
            np.mean([np.std([f.value for f in draws], ddof=1) for draws in told])
        )
        found[f"{what}: half width"] = float(np.mean([draws[0].half_width for draws in told]))
        found[f"{what}: other verdict"] = float(np.mean([len({f.low > 0 for f in draws}) > 1 for draws in told]))
    return found


def gap(said, shown) -> tuple[float, float]:
    """Difference of two changes and the half width of its interval; NaN where one has no interval."""
    if said is None or shown is None or said.half_width is None or shown.half_width is None:
        return np.nan, np.nan
    return said.value - shown.value, float(np.hypot(said.half_width, shown.half_width))


def covered(gaps: list[tuple[float, float]]) -> tuple[int, float, float]:
    """How many have an interval, the share of these that covers zero, and the mean difference."""
    away, wide = np.array([one for one in gaps if np.isfinite(one).all()]).reshape(-1, 2).T
    return len(away), float((abs(away) <= wide).mean()), float(away.mean())


if __name__ == "__main__":
    main()
