"""How well few labels adapt the shipped backbone's twin, all methods side by side.

`python -m benchmarks.learning.quality`

challenge : records of other hospitals than the backbone's PTB-XL with their headers' labels; CinC 2011 unlabelled
ptbxl     : fold 9 of PTB-XL by patient, which chose the backbone's epoch; ECGs of other folds unlabelled

Per seed 100 records are labelled, a fifth of them for validation; the rest is test. Every method gets the same steps
and batches. What is done is saved after each seed, so that a run that is stopped has its whole seeds in .bench.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from benchmarks import ptbxl
from benchmarks.challenge import TWIN, Labelled, challenge, unlabelled, unseen_by
from benchmarks.learning.baselines import METHODS, Split, run_method
from benchmarks.report import arguments, save
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.network import device

LABELLED, VALIDATION = 100, 0.2
PATIENCE = 10  # checks, as published, for every method
SCORES = ("auc", "map", "f2")
DATA = {"challenge": (challenge, unlabelled), "ptbxl": (ptbxl.held_back, ptbxl.others)}


def splits(data: Labelled, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row masks to fit, to validate and to test."""
    labelled = held_out(data.y, data.patients, LABELLED / len(data.y), seed)
    valid = np.zeros(len(data.y), bool)
    valid[labelled] = held_out(data.y[labelled], data.patients[labelled], VALIDATION, seed)
    return labelled & ~valid, valid, ~labelled


def interval(values: list[float]) -> str:
    """Mean and 95 % interval of the mean over seeds (t distribution)."""
    from scipy.stats import t

    mean, n = float(np.mean(values)), len(values)
    half = t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n) if n > 1 else float("nan")
    return f"{mean:.3f} ± {half:.3f}"


def table(found: dict[str, list[dict]]) -> list[dict]:
    """A row per method: mean and interval of each score, the same less CE-SSL fast's of the same seeds, seconds."""
    fast = {r["seed"]: r for r in found.get("CE-SSL fast", ())}
    rows = []
    for method, results in found.items():
        if not results:
            continue
        row = {"method": method, "seeds": len(results), **{s: interval([r[s] for r in results]) for s in SCORES}}
        for score in ("map", "f2"):
            pairs = [r[score] - fast[r["seed"]][score] for r in results if r["seed"] in fast]
            row[f"{score} less fast's"] = interval(pairs) if pairs and method != "CE-SSL fast" else ""
        rows.append({**row, "seconds": float(np.median([r["seconds"] for r in results]))})
    return rows


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--data", choices=DATA, default="challenge")
    parser.add_argument("--backbone", default=TWIN)
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--name", default="", help="of the results; default: quality- and the data")
    parser.add_argument("--methods", default="", help="parts of their names, comma-separated: " + ", ".join(METHODS))
    parser.add_argument("--steps", type=int, default=300, help="for every method")
    parser.add_argument("--batch", type=int, default=32, help="labelled, and as many unlabelled")
    parser.add_argument("--check-every", type=int, default=20, help="steps")
    parser.add_argument("--unlabelled", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    read, read_unlabelled = DATA[given.data]
    data, pool, backbone = read(), read_unlabelled(given.unlabelled), unseen_by(given.backbone)
    processor = device.choose("cpu")
    parts = [part.strip() for part in given.methods.split(",")]
    found: dict[str, list[dict]] = {name: [] for name in METHODS if any(part in name for part in parts)}
    budget = {"steps": given.steps, "batch": given.batch, "check_every": given.check_every, "patience": PATIENCE}
    frozen: dict[object, torch.Tensor] = {}
    with device.threads(given.threads):
        for seed in map(int, given.seeds.split(",")):
            fit, valid, test = splits(data, seed)
            split = Split(data.x, data.y, fit, valid, test, pool, frozen, data.patients)
            for name, results in found.items():
                begun = time.perf_counter()
                at_valid, at_test = run_method(METHODS[name], backbone, data.codes, split, seed, processor, **budget)
                known = np.array([backbone.thresholds.get(code, 0.5) for code in data.codes])
                few = metrics.thresholds_few(data.y[valid], at_valid)
                scores = metrics.scores(data.y[test], at_test, np.where(np.isfinite(few), few, known))
                results.append({"seed": seed, **scores, "seconds": time.perf_counter() - begun})
                print(seed, name, {k: round(results[-1][k], 3) for k in (*SCORES, "seconds")}, flush=True)
                facts = {"records": len(data.x), "patients": len(set(data.patients)), "statements": len(data.codes)}
                facts |= {"labelled": int(fit.sum() + valid.sum()), "unlabelled": len(pool), **budget}
                facts |= {"precision": processor.reason, "torch": torch.__version__}
                text = save(given.name or f"quality-{given.data}", table(found), results=found, **facts)
    print(text)


if __name__ == "__main__":
    main()
