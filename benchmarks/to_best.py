"""How much sooner CE-SSL fast has the best validation score of the plain loop: `python -m benchmarks.to_best`.

Both adapt the shipped tiny (`--size base`: a base grown from it) to the Challenge records: 60 % labelled, a fifth of
these to validate on; CinC 2011 unlabelled. The plain loop is the published one: 64 + 64 ECGs a step, a fresh output
layer, validation each 50 steps, patience 10. Its step computes what an exact one computes, only slower
(tests/learn/test_plain.py), so its score by step is taken from the exact loop, once, and kept in
.bench/plain_curve-SIZE.json: `--curve`, on a busy machine if need be, and `--until` a step where the whole takes too
long: then its best is the best so far, which the table says. Its seconds are the steps to its best by the median of
some plain steps, without validations; fast's are by the clock, from the first cached feature on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace

import numpy as np

from benchmarks.baselines import METHODS, Method, Split, run_method
from benchmarks.challenge import challenge, unlabelled
from benchmarks.engine import stepper
from benchmarks.grown import grown_base
from benchmarks.report import RESULTS, save, show
from cessl_gui.learn import backbones, device
from cessl_gui.learn.holdout import held_out
from cessl_gui.learn.loop import EXACT

UNLABELLED = 200
BACKBONES = {"tiny": lambda: backbones.load("tiny"), "base": grown_base}
CHECK_FAST = 10  # steps


def split(seed: int) -> tuple[Split, tuple[str, ...]]:
    data = challenge()
    ids = np.array([str(i) for i in range(len(data.x))])
    test = held_out(data.y, ids, 0.4, seed)
    valid = np.zeros(len(ids), bool)
    valid[~test] = held_out(data.y[~test], ids[~test], 0.2, seed)
    return Split(data.x, data.y, ~test & ~valid, valid, test, unlabelled(UNLABELLED)), data.codes


def curve(
    size: str, method: Method, seed: int, enough: float = float("inf"), until: int | None = None, **budget: int
) -> list[tuple[int, float, float]]:
    """(step, seconds, validation score) of each check, until one reaches `enough` or comes at step `until`."""
    given, codes = split(seed)
    backbone, place, found = BACKBONES[size](), device.choose("cpu"), []
    begun = time.monotonic()

    def note(step: int, steps: int, loss: float, validation: float | None, best: float) -> None:
        if validation is not None:
            found.append((step, time.monotonic() - begun, validation))
            print(*found[-1], flush=True)

    def stop() -> str | None:
        done = found and (found[-1][2] >= enough or (until and found[-1][0] >= until))
        return "keep" if done else None

    run_method(method, backbone, codes, given, seed, place, report=note, stop=stop, **budget)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=BACKBONES, default="tiny")
    parser.add_argument("--curve", action="store_true", help="make the plain loop's curve anew: tiny half an hour")
    parser.add_argument("--until", type=int, help="break the curve off at this step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5, help="plain steps to time")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    with device.threads(given.threads):
        kept = f"plain_curve-{given.size}"
        if given.curve or not (RESULTS / f"{kept}.json").is_file():
            found = curve(given.size, Method(EXACT), given.seed, until=given.until)
            rows = [{"step": step, "validation": score} for step, _, score in found]
            save(kept, rows, seed=given.seed, until=given.until)
        plain = json.loads((RESULTS / f"{kept}.json").read_text())
        if plain["seed"] != given.seed:
            parser.error(f"{kept} is of seed {plain['seed']}: make it anew with --curve")
        best = max(plain["rows"], key=lambda row: (row["validation"], -row["step"]))
        fast = METHODS["CE-SSL fast"]
        fast = replace(fast, settings=replace(fast.settings, check_every=CHECK_FAST))
        took = curve(given.size, fast, given.seed, best["validation"])
        step = stepper(given.size, "plain", EXACT.batch)
        step()
        seconds = statistics.median(step() for _ in range(given.rounds))
    reached = next(((at, s) for at, s, score in took if score >= best["validation"]), None)
    rows = [
        {"way": "plain", "step": best["step"], "validation": best["validation"], "seconds": best["step"] * seconds},
        {"way": "fast", "step": took[-1][0], "validation": took[-1][2], "seconds": took[-1][1]},
    ]
    ratio = rows[0]["seconds"] / reached[1] if reached else "not reached"
    facts = {"plain s/step": seconds, "plain's steps": plain["rows"][-1]["step"]}
    facts["plain broken off at"] = plain.get("until") or "no step"
    show(f"to_best-{given.size}", rows, **facts, times_sooner=ratio, seed=given.seed, threads=given.threads)


if __name__ == "__main__":
    main()
