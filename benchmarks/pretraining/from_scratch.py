"""What the shipped backbone's twin is worth: CE-SSL from it beside the same network from nothing, on the same labels.

`python -m benchmarks.pretraining.from_scratch [--seeds 0,1]`

Records, split and budget of benchmarks.learning.quality. From nothing all
weights learn, with CutMix and smaller batches (80 ECGs need more steps, not larger ones); it always has its whole
budget, for it may begin to learn late, and keeps what validated best.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from benchmarks.challenge import TWIN, challenge, unlabelled, unseen_by
from benchmarks.learning.baselines import METHODS, Split, run_method
from benchmarks.learning.quality import LABELLED, interval, splits
from benchmarks.report import arguments, show
from cessl_gui.learn.fit import sigmoid, targets
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.loop import EXACT, Data, TrainingSettings, logits_of, train
from cessl_gui.learn.network import device
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet

SCRATCH = replace(EXACT, rank=0, compress_ratio=0, deactivation=0, semi=False, batch=16, check_every=25)
CESSL = "CE-SSL fast"


def from_nothing(
    size: str, codes: tuple[str, ...], split: Split, settings: TrainingSettings, seed: int, processor: device.Processor
) -> np.ndarray:
    """Test probabilities of a network that began with drawn weights."""
    net = CesslNet(BackboneSpec.of_size(size, codes)).start(torch.Generator().manual_seed(seed)).to(processor.device)
    y, assessed = targets(split.y)
    x = torch.from_numpy(split.x)
    fit, valid = torch.from_numpy(split.fit), torch.from_numpy(split.valid)
    data = Data(x[fit], y[fit], assessed[fit], torch.zeros(0), x[valid], split.y[split.valid])
    done = train(net, data, settings, processor, seed)
    print(f"  from nothing: best of {done.steps} steps, validation {done.best:.3f}", flush=True)
    return sigmoid(logits_of(done.net, x[torch.from_numpy(split.test)], processor))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--backbone", default=TWIN)
    parser.add_argument("--seeds", default="0,1,2", help="comma-separated")
    parser.add_argument("--budget", type=int, default=300, help="steps at most")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    data, pool, backbone = challenge(), unlabelled(200), unseen_by(given.backbone)
    processor, found = device.choose("cpu"), {CESSL: [], "from nothing": [], "difference": []}
    with device.threads(given.threads):
        for seed in map(int, given.seeds.split(",")):
            begun = time.perf_counter()
            split = Split(data.x, data.y, *splits(data, seed), pool)
            _, ours = run_method(METHODS[CESSL], backbone, data.codes, split, seed, processor, steps=given.budget)
            settings = replace(SCRATCH, steps=given.budget, patience=given.budget)
            theirs = from_nothing(backbone.spec.size, data.codes, split, settings, seed, processor)
            a, b = (metrics.macro(metrics.auc, data.y[split.test], p) for p in (ours, theirs))
            for name, value in zip(found, (a, b, a - b), strict=True):
                found[name].append(value)
            print(f"{seed}: {a:.3f}, {b:.3f}, {a - b:+.3f} in {time.perf_counter() - begun:.0f} s", flush=True)
    rows = [{"": name, "macro AUC": interval(values)} for name, values in found.items()]
    facts = {"records": len(data.x), "statements": len(data.codes), "labelled": LABELLED, "seeds": given.seeds}
    show("from_scratch", rows, **facts, budget=given.budget, precision=processor.reason, torch=torch.__version__)


if __name__ == "__main__":
    main()
