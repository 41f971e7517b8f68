"""How often the 95 % intervals of learn.evidence cover the true change: python -m benchmarks.learning.evidence_coverage

Two models with normal scores that agree in part, 8 to 40 patients with the statement, one or two ECGs of each. The
truth is the mean change over ten times as many studies of the same size.
"""

from __future__ import annotations

import numpy as np

from benchmarks.report import arguments
from cessl_gui.core.training.results import OutOfFold
from cessl_gui.learn.judging.evidence import STATISTICS, evidence

CASES = ((8, 60), (12, 90), (20, 80), (40, 120))  # patients with and without the statement
QUALITY = ((1.2, 1.2), (1.2, 1.6), (2.2, 2.6))  # deviations between those with and without, before and after


def study(rng: np.random.Generator, sizes: tuple[int, int], quality: tuple[float, float], ecgs: int) -> OutOfFold:
    """One study. ecgs : of each patient, half of whose noise they share"""
    y = np.repeat(np.r_[np.ones(sizes[0]), np.zeros(sizes[1])], ecgs)
    people = np.repeat(np.arange(sum(sizes)), ecgs)

    def noise(share: float) -> np.ndarray:
        own, shared = rng.standard_normal(len(y)), rng.standard_normal(sum(sizes))[people]
        return np.sqrt(share) * ((own + shared) / np.sqrt(2) if ecgs > 1 else own)

    common = noise(0.6)
    old, new = (1 / (1 + np.exp(1 - common - noise(0.4) - apart * y)) for apart in quality)
    ids = tuple(map(str, range(len(y))))
    columns = [np.asarray(v)[:, None] for v in (y, old, new)]
    return OutOfFold(ids, tuple(map(str, people)), ("a",), *columns, np.zeros(len(y)), [0.5], [[0.5]])


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--studies", type=int, default=100)
    wanted = parser.parse_args()
    rng = np.random.default_rng(0)
    print("with, without, ECGs each, before, after: share of intervals that cover (AUC, average precision, F2)")
    every = []
    for sizes in CASES:
        for quality in QUALITY:
            for ecgs in (1, 2):
                given = [study(rng, sizes, quality, ecgs) for _ in range(10 * wanted.studies)]
                shares = []
                changes = [evidence(one).statements[0].changes for one in given[: wanted.studies]]
                for name, statistic in STATISTICS.items():
                    true = np.mean([difference(one, statistic) for one in given])
                    shares.append(np.mean([c[name].low <= true <= c[name].high for c in changes]))
                every.append(shares)
                print(*sizes, ecgs, *quality, *(f"{share:.2f}" for share in shares), flush=True)
    print("all:", *(f"{share:.3f}" for share in np.mean(every, 0)), "least:", *(f"{s:.2f}" for s in np.min(every, 0)))


def difference(one: OutOfFold, statistic) -> float:
    y, cuts = one.targets[:, 0], one.cuts[:, 0]
    return statistic(y, one.after[:, 0], cuts) - statistic(y, one.before[:, 0], cuts)


if __name__ == "__main__":
    main()
