"""What a threshold rule is worth when few positives decide it: `python -m benchmarks.learning.thresholds [--splits N]`

Challenge records split at random into labelled (a fifth of them for validation) and test; the linear probe on the
shipped backbone; macro F2 on test with the published rule (best F2 on validation) and with ours, split by split.
"""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.challenge import challenge, unseen_by
from benchmarks.learning.probe import fit_head
from benchmarks.report import arguments, show
from cessl_gui.learn.fit import FROZEN, FitRun, sigmoid, targets
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.loop import FAST, logits_of
from cessl_gui.learn.network import device

RULES = {"best F2 on validation": metrics.thresholds_max_f2, "held near theory": metrics.thresholds_few}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--splits", type=int, default=12)
    args = parser.parse_args()
    data, backbone, processor = challenge(), unseen_by(), device.choose("cpu")
    ids = np.array([str(i) for i in range(len(data.x))])
    known = np.array([backbone.thresholds.get(code, 0.5) for code in data.codes])
    scores: dict[str, list[float]] = {name: [] for name in RULES}
    for seed in range(args.splits):
        run = FitRun(backbone, data.codes, FAST, processor, seed, FROZEN)
        net = run.plain_net(torch.Generator().manual_seed(seed))
        if not seed:
            features = run.cache(net, torch.from_numpy(data.x))
        test = held_out(data.y, ids, 0.4, seed)
        valid = np.zeros(len(ids), bool)
        valid[~test] = held_out(data.y[~test], ids[~test], 0.2, seed)
        y, assessed = targets(data.y)
        fit, held, tried = (torch.from_numpy(np.flatnonzero(m)) for m in (~test & ~valid, valid, test))
        fit_head(net, features[fit], y[fit], assessed[fit], processor, first=FROZEN)
        at_valid, at_test = (sigmoid(logits_of(net, features[rows], processor, FROZEN)) for rows in (held, tried))
        for name, rule in RULES.items():
            found = rule(data.y[valid], at_valid)
            called = (at_test >= np.where(np.isfinite(found), found, known)).astype(float)
            scores[name].append(metrics.macro(lambda t, b: metrics.f_g_beta(t, b)[0], data.y[test], called))
    published, ours = (np.array(scores[name]) for name in RULES)
    rows = [
        {"rule": name, "macro F2": float(np.mean(values)), "splits": args.splits} for name, values in scores.items()
    ]
    show(
        "thresholds",
        rows,
        difference=round(float((ours - published).mean()), 3),
        worst=round(float((ours - published).min()), 3),
    )


if __name__ == "__main__":
    main()
