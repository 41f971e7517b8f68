"""Does the deactivation ensemble tell wrong calls from right ones beyond the probability?

`python -m benchmarks.learning.doubt`

Of the test records of each split that `benchmarks.learning.below --plain` saved: AUC of "the call is wrong" over all
that is assessed, by the spread of ten networks with branches switched off at random, and by the probability, as
p (1 - p). Then by a logistic regression on the probability and its distance to the threshold, fitted to the other
splits, without the spread and with it. Splits share records.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from benchmarks.learning.quality import interval
from benchmarks.report import RESULTS, arguments, show
from cessl_gui.learn.judging import metrics

NEAR = 1e-6
PULL = 1e-4


def calls(file) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each assessed statement and record: whether the call is wrong, probability, threshold and spread."""
    with np.load(file) as kept:
        y, p, cuts, spread = (kept[name] for name in ("y", "p", "cuts", "spread"))
    known = np.isfinite(y)
    wrong = ((p >= cuts) != (y == 1)).astype(float)
    found = wrong, np.clip(p, NEAR, 1 - NEAR), np.broadcast_to(cuts, p.shape), spread
    wrong, p, cuts, spread = (one[known] for one in found)
    return wrong, p, cuts, spread


def signs(p: np.ndarray, cuts: np.ndarray, spread: np.ndarray | None) -> np.ndarray:
    """What the regression reads. spread : None leaves it out"""
    z, away = logit(p), logit(p) - logit(cuts)
    columns = [np.ones_like(z), z, abs(z), z**2 / 10, away, abs(away), away**2 / 10]
    if spread is not None:
        columns += [np.log(spread + NEAR), np.log(spread + NEAR) - np.log(p * (1 - p))]
    return np.stack(columns, 1)


def regression(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        value = np.mean(np.logaddexp(0, z) - y * z) + PULL * (w @ w)
        return float(value), x.T @ (expit(z) - y) / len(y) + 2 * PULL * w

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x


def main() -> None:
    arguments(__doc__).parse_args()
    splits = [calls(file) for file in sorted((RESULTS / "plain").glob("*.npz"))]
    found: dict[str, list[float]] = {}
    for number, (wrong, p, cuts, spread) in enumerate(splits):
        rest = [np.concatenate(parts) for parts in zip(*(s for i, s in enumerate(splits) if i != number), strict=True)]
        found.setdefault("p (1 - p)", []).append(metrics.auc(wrong, p * (1 - p)))
        found.setdefault("spread", []).append(metrics.auc(wrong, spread))
        for name, use in (("probability and threshold", False), ("the same and the spread", True)):
            weights = regression(signs(rest[1], rest[2], rest[3] if use else None), rest[0])
            found.setdefault(name, []).append(metrics.auc(wrong, signs(p, cuts, spread if use else None) @ weights))
    without, with_it = (np.array(found[name]) for name in list(found)[2:])
    found["what the spread adds"] = list(with_it - without)
    show("doubt", [{"sign": name, "splits": len(v), "AUC of error": interval(v)} for name, v in found.items()])


if __name__ == "__main__":
    main()
