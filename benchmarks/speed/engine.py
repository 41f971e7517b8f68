"""How fast the engine is beside a step in the published manner: `python -m benchmarks.speed.engine` (or `make bench`).

Per size: seconds per step (median, ways interleaved in one run), peak memory (each way in a process of its own: what it
keeps resident, and what of that it needs), and predictions. `benchmarks.speed.to_best` times whole trainings.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from benchmarks.report import arguments, resident_most, show
from benchmarks.speed.plain import published_manner
from cessl_gui.learn.fit import FROZEN
from cessl_gui.learn.loop import EXACT, Data, semi_supervised_loss
from cessl_gui.learn.network import device, lora
from cessl_gui.learn.network.backbone import LEADS, SAMPLES, SIZES, BackboneSpec, CesslNet
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.network.predict import WINDOW, Predictor

CODES = tuple(f"class-{i}" for i in range(19))
PUBLISHED = "13 passes, published layers"
WINDOWS = np.arange(0, 5121, WINDOW)
# name -> published manner, half precision, cached blocks
WAYS = {
    "plain": (True, False, 0),
    "exact fp32": (False, False, 0),
    "exact bf16": (False, True, 0),
    "fast fp32": (False, False, FROZEN),
    "fast bf16": (False, True, FROZEN),
}


def stepper(size: str, way: str, n: int) -> Callable[[], float]:
    """A function that makes one training step on n labelled and n unlabelled records, optimizer included."""
    plain, half, first = WAYS[way]
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    spec = BackboneSpec.of_size(size, CODES)
    net = CesslNet(spec, [0] * 3 * first + [16] * (spec.adaptable - 3 * first)).start(generator)
    lora.start_branches(net, generator)
    lora.freeze_rest(net)
    for block in net.encoder_layers[:first]:
        block.requires_grad_(False)
    if plain:
        published_manner(net)
    shape = (SIZES[size].width, SAMPLES // 16) if first else (LEADS, SAMPLES)
    kind = torch.bfloat16 if first and half else torch.float32
    x, u = (torch.randn(n, *shape, generator=generator).to(kind) for _ in range(2))
    y = torch.randint(0, 2, (n, len(CODES)), generator=generator).float()
    data = Data(x, y, torch.ones_like(y), u, x[:0], y[:0].numpy(), first)
    processor = device.Processor(torch.device("cpu"), half, "")
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], 1e-3)
    rows = torch.arange(n)

    def step() -> float:
        begun = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        semi_supervised_loss(net, data, rows, rows, EXACT, processor, rng, generator).backward()
        optimizer.step()
        return time.perf_counter() - begun

    return step


def step_rows(size: str, n: int, rounds: int) -> list[dict]:
    ways = [way for way in WAYS if device.quick_half() or "bf16" not in way]
    steps = {way: stepper(size, way, n) for way in ways}
    for step in steps.values():
        step()
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, step in steps.items():
            times[way].append(step())
    medians = {way: statistics.median(t) for way, t in times.items()}
    return [
        {
            "size": size,
            "way": way,
            "batch": f"{n}+{n}",
            "s/step": medians[way],
            "times faster than plain": medians["plain"] / medians[way],
            "peak MB": peak_mb(size, way, n, {}),
            # The allocator gives every freed block back at once, so that none is counted that waits for its next use.
            "of these needed": peak_mb(size, way, n, {"MALLOC_MMAP_THRESHOLD_": str(1 << 18)}),
        }
        for way in ways
    ]


def peak_mb(size: str, way: str, n: int, environment: dict[str, str]) -> int:
    """Resident memory at its highest over two steps, in a fresh process, less what torch itself takes."""
    out = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed.engine", "--peak", size, way, str(n)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return int(out.stdout.split()[-1])


def print_peak(size: str, way: str, n: int) -> None:
    stepper("tinylight", way, 2)()  # loads what torch loads at the first step
    begun = resident_most()
    step = stepper(size, way, n)
    step()
    step()
    print((resident_most() - begun) // 1024)


def prediction_rows(size: str, rounds: int) -> list[dict]:
    """Median seconds of predictions, interleaved, beside the published layers' 13 passes: one ECG and each lead out."""
    generator = torch.Generator().manual_seed(0)
    net, published = (CesslNet(BackboneSpec.of_size(size, CODES)).start(generator).eval() for _ in range(2))
    published_manner(published)
    one = np.random.default_rng(0).standard_normal((LEADS, SAMPLES), dtype=np.float32)
    passes = torch.from_numpy(one).repeat(1 + LEADS, 1, 1)
    actions: dict[str, Callable[[], object]] = {PUBLISHED: lambda: published(passes)}
    for half in (False, True) if device.quick_half() else (False,):
        predictor = Predictor(Backbone(net, size, ""), None, device.Processor(torch.device("cpu"), half, ""))
        kind = "bf16" if half else "fp32"
        actions |= {
            f"predict 1 ECG, {kind}": lambda p=predictor: p.predict(one[None]),
            f"predict 1 ECG and 24 per lead, {kind}": lambda p=predictor: p.per_lead(one),
            f"predict 1 ECG and 240 per window, {kind}": lambda p=predictor: p.per_window(one, WINDOWS),
        }
    times: dict[str, list[float]] = {way: [] for way in actions}
    with torch.inference_mode():
        for _ in range(rounds + 1):
            for way, action in actions.items():
                begun = time.perf_counter()
                action()
                times[way].append(time.perf_counter() - begun)
    medians = {way: statistics.median(t[1:]) for way, t in times.items()}  # the first one prepares the weights
    return [
        {"size": size, "way": way, "batch": "1", "s/step": s, "share of published 13": s / medians[PUBLISHED]}
        for way, s in medians.items()
    ]


def one_click(labelled: int = 200, unlabelled: int = 1000, steps: int = 20) -> dict:
    """Peak memory of this whole process over one fine-tuning of the shipped tiny, on made-up signals.

    steps : of training; more of them take no more memory
    """
    from cessl_gui.core.training.training_job import TrainingJob
    from cessl_gui.learn.loop import FAST
    from cessl_gui.learn.network import backbones
    from cessl_gui.learn.trainer import adapt

    def load(ids) -> np.ndarray:
        return np.stack([np.random.default_rng(int(i)).standard_normal((LEADS, SAMPLES), np.float32) for i in ids])

    ids, backbone = [str(i) for i in range(labelled)], backbones.load("tiny")
    labels = {r: {code: ("absent", "present")[(i + c) % 2] for c, code in enumerate(CODES)} for i, r in enumerate(ids)}
    others = tuple(str(i) for i in range(labelled, labelled + unlabelled))
    job = TrainingJob("bench", "tiny", CODES, labels, {r: r for r in ids}, others, mode="fast")
    begun = time.monotonic()
    adapt(job, load, backbone, settings=replace(FAST, steps=steps))
    facts = {"labelled": labelled, "unlabelled": unlabelled, "steps": steps, "seconds": time.monotonic() - begun}
    return {**facts, "peak MB of the process": resident_most() // 1024}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sizes", default="tinylight,tiny,base")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one-click", type=int, default=0, metavar="N", help="its memory with N unlabelled, no more")
    parser.add_argument("--peak", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    with device.threads(given.threads):
        if given.peak:
            print_peak(given.peak[0], given.peak[1], int(given.peak[2]))
            return
        if given.one_click:
            show("one-click", [one_click(unlabelled=given.one_click)])
            return
        rows = [row for size in given.sizes.split(",") for row in step_rows(size, given.batch, given.rounds)]
        rows += [row for size in given.sizes.split(",") for row in prediction_rows(size, 4 * given.rounds)]
        show("engine", rows, threads=given.threads)


if __name__ == "__main__":
    main()
