"""How much sooner CE-SSL fast has the best validation score of the plain loop: `python -m benchmarks.speed.to_best`.

Both adapt the shipped tiny (`--size base`: a base grown from it) to the Challenge records: 60 % labelled, a fifth of
these to validate on; CinC 2011 unlabelled. The plain loop is the published one: 64 + 64 ECGs a step, a fresh output
layer, validation each 50 steps, patience 10. Its step computes what an exact one computes, only slower
(tests/learn/test_plain.py), so its score by step is taken from the exact loop, once per seed, and kept in
.bench/plain_curve-SIZE-SEED.json: `--curve` makes no more than that, on a busy machine if need be, and `--until` a step
where the whole takes too long: then its best is the best so far, which the table says. Its seconds are the steps to its
best by the median of some plain steps, without validations; fast's are by the clock, from the first cached feature on.
A seed draws the ECGs to learn from and to validate on, and all that a training draws.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.challenge import challenge, unlabelled
from benchmarks.learning.baselines import METHODS, Method, Split, run_method
from benchmarks.report import RESULTS, arguments, save, show
from benchmarks.speed.engine import stepper
from benchmarks.speed.grown import grown_base
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import Progress
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.loop import EXACT
from cessl_gui.learn.network import backbones, device

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
    backbone, processor, found = BACKBONES[size](), device.choose("cpu"), []
    begun = time.monotonic()

    def note(progress: Progress) -> None:
        if progress.validation is not None:
            found.append((progress.step, time.monotonic() - begun, progress.validation))
            print(*found[-1], flush=True)

    def stop() -> Stop | None:
        done = found and (found[-1][2] >= enough or (until and found[-1][0] >= until))
        return Stop.KEEP if done else None

    run_method(method, backbone, codes, given, seed, processor, Task(note, stop), **budget)
    return found


def row(size: str, seed: int, plain_step: float) -> dict:
    """One seed: the best of the plain loop, kept before, and when fast had as much."""
    plain = json.loads(kept(size, seed).read_text())
    best = max(plain["rows"], key=lambda r: (r["validation"], -r["step"]))
    fast = METHODS["CE-SSL fast"]
    fast = replace(fast, settings=replace(fast.settings, check_every=CHECK_FAST))
    took = curve(size, fast, seed, best["validation"])
    at, seconds, score = max(took, key=lambda check: (check[2], -check[0]))
    reached = score >= best["validation"]
    return {
        "seed": seed,
        "plain's best": best["validation"],
        "at step": best["step"],
        "of": plain["rows"][-1]["step"],
        "seconds": best["step"] * plain_step,
        "fast's": score,
        "at fast's step": at,
        "fast's seconds": seconds,
        "times sooner": best["step"] * plain_step / seconds if reached else "not reached",
    }


def kept(size: str, seed: int) -> Path:
    return RESULTS / f"plain_curve-{size}-{seed}.json"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--size", choices=BACKBONES, default="tiny")
    parser.add_argument("--curve", action="store_true", help="make the plain loop's curve, no more: tiny half an hour")
    parser.add_argument("--until", type=int, help="break the curve off at this step")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--rounds", type=int, default=5, help="plain steps to time")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    with device.threads(given.threads):
        for seed in seeds:
            if given.curve or not kept(given.size, seed).is_file():
                found = curve(given.size, Method(EXACT), seed, until=given.until)
                rows = [{"step": step, "validation": score} for step, _, score in found]
                save(kept(given.size, seed).stem, rows, seed=seed, until=given.until)
        if given.curve:
            return
        step = stepper(given.size, "plain", EXACT.batch)
        step()
        seconds = statistics.median(step() for _ in range(given.rounds))
        rows = [row(given.size, seed, seconds) for seed in seeds]
    show(f"to_best-{given.size}", rows, **{"plain s/step": seconds, "threads": given.threads})


if __name__ == "__main__":
    main()
