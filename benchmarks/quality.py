"""How well few labels adapt the shipped backbone, all methods side by side: `python -m benchmarks.quality`.

Challenge records (other hospitals than the backbone's PTB-XL; a record is a patient here) with their headers' labels,
CinC 2011 unlabelled. Per seed 100 records are labelled, a fifth of them for validation; the rest is test.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch

from benchmarks.baselines import METHODS, Split, run_method
from benchmarks.challenge import challenge, unlabelled
from benchmarks.report import save
from cessl_gui.learn import backbones, device, metrics
from cessl_gui.learn.compare import thresholds
from cessl_gui.learn.holdout import held_out

LABELLED, VALIDATION = 100, 0.2
SCORES = ("auc", "map", "f2")


def splits(y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row masks to fit, to validate and to test."""
    ids = np.array([str(i) for i in range(len(y))])
    labelled = held_out(y, ids, LABELLED / len(y), seed)
    valid = np.zeros(len(y), bool)
    valid[labelled] = held_out(y[labelled], ids[labelled], VALIDATION, seed)
    return labelled & ~valid, valid, ~labelled


def interval(values: list[float]) -> str:
    """Mean and 95 % interval of the mean over seeds (t distribution)."""
    from scipy.stats import t

    mean, n = float(np.mean(values)), len(values)
    half = t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n) if n > 1 else float("nan")
    return f"{mean:.3f} ± {half:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="tiny")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", default=",".join(METHODS), help="comma-separated; " + ", ".join(METHODS))
    parser.add_argument("--budget", type=int, default=300, help="steps at most, for every method")
    parser.add_argument("--unlabelled", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    data, pool, backbone = challenge(), unlabelled(given.unlabelled), backbones.load(given.backbone)
    place = device.choose("cpu")
    names = [name.strip() for name in given.methods.split(",")] if given.methods != ",".join(METHODS) else list(METHODS)
    found: dict[str, list[dict]] = {name: [] for name in names}
    with device.threads(given.threads):
        for seed in range(given.seeds):
            fit, valid, test = splits(data.y, seed)
            split = Split(data.x, data.y, fit, valid, test, pool)
            for name in names:
                begun = time.perf_counter()
                at_valid, at_test = run_method(METHODS[name], backbone, data.codes, split, seed, place, given.budget)
                chosen = thresholds(data.y[valid], at_valid, data.codes, backbone.thresholds)
                scores = metrics.scores(data.y[test], at_test, np.array([chosen[c] for c in data.codes]))
                found[name].append({**scores, "seconds": time.perf_counter() - begun})
                print(seed, name, {k: round(found[name][-1][k], 3) for k in (*SCORES, "seconds")}, flush=True)
    rows = [
        {
            "method": name,
            **{score: interval([r[score] for r in results]) for score in SCORES},
            "seconds": float(np.median([r["seconds"] for r in results])),
        }
        for name, results in found.items()
    ]
    facts = {"records": len(data.x), "statements": len(data.codes), "labelled": LABELLED, "seeds": given.seeds}
    save("quality", rows, **facts, budget=given.budget, precision=place.why, torch=torch.__version__)


if __name__ == "__main__":
    main()
