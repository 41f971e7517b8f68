"""Does the queue save labels? `python -m benchmarks.projects.queue [--seeds 10]`

ECGs of PTB-XL that the first backbone, `tiny`, has not learned from: those of ../shared/data/ptbxl_more that are not in
ptbxl, and fold 9 (which chose its epoch). Per seed 40 % of the patients are the test; the others are read 25 at a time,
in random order or by the queue. After each 25 the output layer is fitted on the cached features and predicts the rest,
as the queue sees it. Labels needed: where the mean of a way first reaches the macro AUC that random order has at a
number of labels, by linear interpolation. Nothing here has a second reader, a file's opinion, a doubtful signal or a
likeness: of the queue's reasons these runs test uncertain, rare and control.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.challenge import DATA, LEAST_POSITIVE, unseen_by
from benchmarks.ptbxl import FOLD
from benchmarks.report import RESULTS, arguments, show
from cessl_gui.core.types import Prediction
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn.fit import head_of
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import sigmoid
from cessl_gui.learn.judging.holdout import held_out
from cessl_gui.learn.loop import EVALUATION_BATCH
from cessl_gui.learn.network import device
from cessl_gui.learn.network.backbones import Backbone
from cessl_gui.learn.output_layer import Option, OutputLayer, fit
from cessl_gui.learn.pretraining.sources import SCP, Ecg, ptbxl
from cessl_gui.tasks.worklist.queue import Material, queue

BACKBONE = "tiny"
STEP, MOST = 25, 400  # labels at a time, and in all
PULL = 0.1  # to the start, per record: the output layer is fitted one way for every order, none is chosen by folds
AT = (100, 200, 300, 400)  # labels of random order that the others are compared with


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="a file of the seeds that are done, for a run in parts of one commit")
    args = parser.parse_args()
    done: dict[str, list[list[float]]] = {name: [] for name, _ in WAYS}
    if args.keep and args.keep.exists():
        done = json.loads(args.keep.read_text())
    with device.threads(1):
        z, y, codes, patients = cached(unseen_by(BACKBONE))
        for seed in range(len(done["queue"]), args.seeds):
            for name, way in WAYS:
                done[name].append(curve(way, z, y, codes, patients, seed))
            if args.keep:
                args.keep.write_text(json.dumps(done))
    curves = {name: np.array(runs) for name, runs in done.items()}
    counts = np.arange(STEP, MOST + 1, STEP)
    random = curves["random order"]
    rows = []
    for name, runs in curves.items():
        row: dict[str, object] = {"order": name}
        for at in AT:
            i = at // STEP - 1
            gain = runs[:, i] - random[:, i]
            half = 2.262 * gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else float("nan")
            row[f"AUC at {at}"] = f"{runs[:, i].mean():.3f} ({gain.mean():+.3f} ± {half:.3f})"
            row[f"labels for random's at {at}"] = needed(runs.mean(0), counts, random.mean(0)[i])
        rows.append(row)
    facts = {"ECGs": len(z), "patients": len(set(patients)), "statements": len(codes), "seeds": args.seeds}
    show("queue", rows, **facts, runs={name: runs.tolist() for name, runs in curves.items()})


def needed(mean: np.ndarray, counts: np.ndarray, wanted: float) -> str:
    """Labels after which a mean curve reaches a macro AUC."""
    reached = np.flatnonzero(mean >= wanted)
    if not len(reached):
        return f"> {counts[-1]}"
    i = int(reached[0])
    if i == 0:
        return f"<= {counts[0]}"
    return f"{np.interp(wanted, mean[i - 1 : i + 1], counts[i - 1 : i + 1]):.0f}"


Way = Callable[[np.ndarray, np.ndarray, dict, Sequence[str], int], Sequence[int]]


def in_random_order(
    unread: np.ndarray, p: np.ndarray, material: dict, codes: Sequence[str], seed: int
) -> Sequence[int]:
    return np.random.default_rng((seed, len(unread))).permutation(unread)


def by_queue(unread: np.ndarray, p: np.ndarray, material: dict, codes: Sequence[str], seed: int) -> Sequence[int]:
    predictions = {str(i): Prediction(str(i), "m", dict(zip(codes, p[i].tolist(), strict=True))) for i in unread}
    made = Material(
        unread=[str(i) for i in unread],
        groups=material["groups"],
        panel=codes,
        predictions=predictions,
        thresholds=dict(zip(codes, material["thresholds"], strict=True)),
        found=material["found"],
        begun=material["begun"],
    )
    return [int(place.record_id) for place in queue(made, STEP, seed)]


WAYS: tuple[tuple[str, Way], ...] = (("random order", in_random_order), ("queue", by_queue))


def curve(
    way: Way, z: np.ndarray, y: np.ndarray, codes: tuple[str, ...], patients: np.ndarray, seed: int
) -> list[float]:
    """Macro AUC on the test patients after each step."""
    test = held_out(y, patients, 0.4, seed)
    pool = np.flatnonzero(~test)
    backbone = unseen_by(BACKBONE)
    first, none = start(backbone, codes), np.zeros((len(z), 0))
    p = sigmoid(first.logits(z, none))
    read: list[int] = []
    scores = []
    groups = {str(i): str(patient) for i, patient in enumerate(patients)}
    thresholds = np.array([backbone.thresholds.get(code, 0.5) for code in codes])
    for _ in range(MOST // STEP):
        unread = pool[~np.isin(pool, read)]
        found = {code: int(np.nansum(y[read, place])) for place, code in enumerate(codes)}
        material = {
            "found": found,
            "begun": len(read),
            "groups": groups,
            "thresholds": thresholds,
        }
        read += list(way(unread, p, material, codes, seed))[:STEP]
        p = sigmoid(fit(first, Option(PULL), z[read], none[read], y[read]).logits(z, none))
        thresholds = metrics.thresholds_few(y[read], p[read])
        scores.append(metrics.macro(metrics.auc, y[test], p[test]))
    print(way.__name__, seed, [round(score, 3) for score in scores[3::4]], flush=True)
    return scores


def start(backbone: Backbone, codes: Sequence[str]) -> OutputLayer:
    """The backbone's own output layer for `codes`; 0 for what it does not know."""
    weight, bias = head_of(backbone.net)
    known = np.array([code in backbone.statements for code in codes])
    rows = [backbone.statements.index(code) if code in backbone.statements else 0 for code in codes]
    return OutputLayer.start(weight[rows], bias[rows], known)


def cached(backbone: Backbone) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], np.ndarray]:
    """Features (n, width), y (n, statements) of 1, 0, NaN, codes, patients; kept in .bench."""
    path = RESULTS / f"queue-features-{backbone.sha256[:8]}.npz"
    ecgs = unseen()
    counts: dict[str, int] = {}
    for code in (code for ecg in ecgs for code in ecg.present if not code.startswith(SCP)):
        counts[code] = counts.get(code, 0) + 1
    codes = tuple(sorted((c for c, n in counts.items() if n >= 3 * LEAST_POSITIVE), key=lambda c: (-counts[c], c)))
    y = np.array([[1.0 if c in e.present else 0.0 if c in e.assessed else np.nan for c in codes] for e in ecgs])
    if not path.is_file():
        RESULTS.mkdir(exist_ok=True)
        np.savez(path, z=features(backbone, ecgs))
    return np.load(path)["z"].astype(float), y, codes, np.array([e.patient for e in ecgs])


def unseen() -> list[Ecg]:
    """ECGs that the first backbone has not learned from."""
    learned = {ecg.key for ecg in ptbxl(DATA / "ptbxl")}
    new = [ecg for ecg in ptbxl(DATA / "ptbxl_more") if ecg.key not in learned]
    return [*new, *(ecg for ecg in ptbxl(DATA / "ptbxl") if ecg.fold == FOLD)]


@torch.inference_mode()
def features(backbone: Backbone, ecgs: Sequence[Ecg]) -> np.ndarray:
    net = backbone.net.eval()
    rows = []
    for begin in range(0, len(ecgs), EVALUATION_BATCH):
        x = np.stack([to_model_input(*ecg.read()) for ecg in ecgs[begin : begin + EVALUATION_BATCH]])
        rows.append(net.classifier[0](net.pool(net.encode(torch.from_numpy(x)))).float())
        print(f"features of {begin + len(x)} of {len(ecgs)} ECGs", end="\r", flush=True)
    return torch.cat(rows).numpy()


if __name__ == "__main__":
    main()
