"""The end of a pre-training run: measure on the validation patients, calibrate, choose thresholds, write the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, UNLIKE
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import (
    BINS,
    HALVINGS,
    Pairs,
    after,
    calibrated,
    calibration_error,
    cross_fitted_errors,
    interval,
    platt,
    rounded,
    sigmoid,
)
from cessl_gui.learn.network import backbones, device, likeness
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet, load_strictly
from cessl_gui.learn.network.likeness import Likeness
from cessl_gui.learn.pretraining.augment import Changes, change
from cessl_gui.learn.pretraining.away import figures as figures_away
from cessl_gui.learn.pretraining.config import Config
from cessl_gui.learn.pretraining.data import TRAIN, VALIDATION, Corpus, Split, prepare

EVALUATION_BATCH = 64
MOST_COMPARED = 1000  # of the ECGs that were learned from, for their spread
FEWEST = 5  # positives among the validation ECGs for a figure that enters a mean
SUBSETS = {
    "all": LEADS_12,
    "limb": LEADS_12[:6],
    "I, II": ("I", "II"),
    "II": ("II",),
    "I": ("I",),
    "V5": ("V5",),
}
ELSEWHERE = ("size", "sources", "seed", "split")  # on the card under these names
STILL = Changes(**{f.name: 0.0 for f in fields(Changes)})
CONDITIONS = {  # worst cases of what pre-training meets, all leads there
    "5 to 10 s of it": replace(STILL, short=1.0),
    "white noise of up to 0.3 sd in half of them": replace(STILL, noise=0.3),
    "wander of up to 1 sd in a third of them": replace(STILL, wander=1.0),
    "two electrodes exchanged": replace(STILL, swapped=1.0),
    "half the leads missing": replace(STILL, lead_dropout=0.5),
}
RHYTHMS = ("AF", "ST", "SB", "IAVB")  # what one lead can show, where known


def shipped(net: CesslNet, outputs: Sequence[int]) -> CesslNet:
    """The network with these outputs alone, in evaluation mode, rounded as its file will be."""
    state = {k: v.detach().cpu() for k, v in net.state_dict().items()}
    for name in ("classifier.1.weight", "classifier.1.bias"):
        state[name] = state[name][list(outputs)]
    state = {k: backbones.rounded(k, v) for k, v in state.items()}
    state = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
    spec = net.spec
    spec = BackboneSpec(spec.name, spec.width, spec.layers, tuple(spec.statements[i] for i in outputs))
    return load_strictly(CesslNet(spec), state).eval()


def write(net: CesslNet, corpus: Corpus, config: Config, facts: dict) -> Path:
    """Measure, calibrate and write weights and card; gives the path of the weights."""
    known = what_it_knows(net, corpus)
    return backbones.save(net, card(net, corpus, config, facts, known), config.out, config.name, known)


def what_it_knows(net: CesslNet, corpus: Corpus) -> Likeness:
    """By ECGs that a reader labelled, those that trained and others: what nobody has looked at may be any noise."""
    learned, others = (np.flatnonzero((corpus.role == role) & corpus.labelled) for role in (TRAIN, VALIDATION))
    some = learned[np.linspace(0, len(learned) - 1, min(MOST_COMPARED, len(learned))).astype(int)]
    return likeness.fitted(features(net, corpus, some), features(net, corpus, others))


def card(net: CesslNet, corpus: Corpus, config: Config, facts: dict, known: Likeness) -> dict:
    """What the card says beyond name, size and hash. facts: of the training"""
    valid, codes = corpus.of_role(VALIDATION), net.spec.statements
    y, patients = corpus.targets(valid, codes), corpus.patients[valid]
    z = {name: logits(net, corpus, valid, leads=leads) for name, leads in SUBSETS.items()}
    changed = {name: logits(net, corpus, valid, changes=changes) for name, changes in CONDITIONS.items()}
    home = [platt(z["all"][:, i], y[:, i]) for i in range(len(codes))]
    elsewhere = away(net, config, home, frozenset(corpus.keys), known)
    fits = after(home, [elsewhere["calibration"].get(code, (1.0, 0.0)) for code in codes]) if elsewhere else home
    at_home = metrics.thresholds_max_f2(y, sigmoid(calibrated(z["all"], fits)))
    # A statement that no reader gave at home has the threshold of other hospitals.
    others = (elsewhere or {}).get("thresholds", {})
    chose = "the epoch was chosen and " if len(facts["curve"]) > 1 else ""
    thresholds = np.where(np.isfinite(at_home), at_home, [others.get(code, np.nan) for code in codes])
    return {
        **config.card,
        "seed": config.seed,
        "sources": [asdict(source) for source in config.sources],
        **({"started_from": backbones.read(config.start).sha256} if config.start else {}),
        **({"taught_by": [backbones.read(path).sha256 for path in config.teachers]} if config.teachers else {}),
        "split": {**asdict(config.split), "rule": "by patient"},
        "calibration": {code: [round(a, 5), round(b, 5)] for code, (a, b) in zip(codes, fits, strict=True)},
        "thresholds": {c: round(float(t), 4) for c, t in zip(codes, thresholds, strict=True) if np.isfinite(t)},
        "figures": {
            "measured_on": f"validation patients, on which {chose}calibration and thresholds were fitted",
            **figures(codes, y, z, changed, patients, config.seed),
        },
        **({"away": elsewhere} if elsewhere else {}),
        "training": facts,
        "settings": settings(config),
    }


def settings(config: Config) -> dict:
    """Every choice that the card does not have elsewhere and that changes what is learned."""
    return {name: value for name, value in config.learned.items() if name not in ELSEWHERE}


def away(net: CesslNet, config: Config, home: Pairs, seen: frozenset[str], known: Likeness) -> dict | None:
    """What is known of it at hospitals that it has not seen: measured, or taken over from the one that it started from.

    None where neither is there. seen : keys of ECGs that are left out, as they trained or chose
    """
    if config.away:
        corpus = corpus_away(config, seen)
        where, codes = corpus.of_role(VALIDATION), net.spec.statements
        z, y = calibrated(logits(net, corpus, where), home), corpus.targets(where, codes)
        measured = figures_away(codes, y, z, hospitals(corpus, where), corpus.patients[where], config.seed)
        return {**measured, "unlike": unlike_away(net, corpus, known)}
    before = backbones.read(config.start).card if config.start else {}
    if "away" not in before:
        return None
    return {"measured_with": f"{before['name']}, which it started from, and not with itself", **before["away"]}


def corpus_away(config: Config, seen: frozenset[str]) -> Corpus:
    """The ECGs of other hospitals, all to measure by, but for those that were seen."""
    return prepare((e for e in config.away_ecgs() if e.key not in seen), Split(share=1.0), config.cache)


def hospitals(corpus: Corpus, where: np.ndarray) -> np.ndarray:
    return np.array([str(patient).split("/")[0] for patient in corpus.patients[where]])


def unlike_away(net: CesslNet, corpus: Corpus, known: Likeness) -> dict[str, float | None]:
    """Hospital -> share of its ECGs that are unlike those that the network knows."""
    where = corpus.of_role(VALIDATION)
    unlike, names = (known.shares(features(net, corpus, where)) < UNLIKE).numpy(), hospitals(corpus, where)
    return {name: rounded(unlike[names == name].mean()) for name in sorted(set(names.tolist()))}


def figures(
    codes: Sequence[str],
    y: np.ndarray,
    z: dict[str, np.ndarray],
    changed: dict[str, np.ndarray],
    patients: np.ndarray,
    seed: int,
) -> dict:
    """What the card says of the validation ECGs. z, changed: logits by leads that were there, and by condition"""
    full = z["all"]
    positives, known = np.nansum(y, 0), (~np.isnan(y)).sum(0)
    counted = positives >= FEWEST
    words = vocabulary()
    rhythm = np.array([words[c].abbreviation in RHYTHMS for c in codes]) & counted
    crossed = cross_fitted_errors(y, full, patients, seed)
    statements = {}
    for i, code in enumerate(codes):
        statements[code] = {
            "name": words[code].name,
            "n": int(known[i]),
            "positives": int(positives[i]),
            "auc": rounded(metrics.auc(y[:, i], full[:, i])),
            "auc_interval": interval(lambda rows, i=i: metrics.auc(y[rows, i], full[rows, i]), patients, seed),
            "average_precision": rounded(metrics.average_precision(y[:, i], full[:, i])),
            "auc_lead_II": rounded(metrics.auc(y[:, i], z["II"][:, i])),
        }

    def macro(p: np.ndarray, columns: np.ndarray) -> dict:
        if not columns.any():
            return {"macro_auc": None}
        t, u = y[:, columns], p[:, columns]
        auc = metrics.macro(metrics.auc, t, u)
        low_high = interval(lambda rows: metrics.macro(metrics.auc, t[rows], u[rows]), patients, seed)
        return {"macro_auc": rounded(auc), "interval": low_high}

    whole = macro(full, counted)
    return {
        "records": len(y),
        "patients": len(set(patients)),
        "macro_auc": whole["macro_auc"],
        "macro_auc_interval": whole.get("interval"),
        "macro_over": f"{int(counted.sum())} statements with at least {FEWEST} positives",
        "macro_average_precision": rounded(metrics.macro(metrics.average_precision, y[:, counted], full[:, counted])),
        "calibration_error": {
            "what": f"mean over statements of the expected calibration error, {BINS} bins of equal width; calibration "
            f"fitted on half the patients and measured on the other, mean of {HALVINGS} halvings",
            "mean": rounded(crossed.mean()),
            "greatest": rounded(crossed.max()),
            "uncalibrated": rounded(
                np.mean([calibration_error(t, sigmoid(u)) for t, u in zip(y.T, full.T, strict=True)])
            ),
        },
        "leads": {name: macro(p, counted) for name, p in z.items()},
        "rhythm_over": [words[c].abbreviation for c, there in zip(codes, rhythm, strict=True) if there],
        "rhythm_leads": {name: macro(p, rhythm) for name, p in z.items()},
        "conditions": {name: macro(p, counted) for name, p in changed.items()},
        "statements": statements,
    }


@torch.inference_mode()
def features(net: CesslNet, corpus: Corpus, where: np.ndarray) -> Tensor:
    """float32 (len(where), width): see `likeness.features`"""
    processor = device.choose(str(next(net.parameters()).device))
    parts = []
    for i in range(0, len(where), EVALUATION_BATCH):
        x = torch.from_numpy(corpus.inputs(where[i : i + EVALUATION_BATCH])).to(processor.device)
        with processor.autocast():
            parts.append(likeness.features(net.transform(net.encode(x)), likeness.steps_filled(x)).cpu())
    return torch.cat(parts)


@torch.inference_mode()
def logits(
    net: CesslNet,
    corpus: Corpus,
    where: np.ndarray,
    leads: Sequence[str] = LEADS_12,
    changes: Changes | None = None,
) -> np.ndarray:
    """float32 (len(where), outputs), with these leads alone, or changed in a way that is always the same"""
    batches, processor = [], device.choose(str(next(net.parameters()).device))
    gone = [i for i, lead in enumerate(LEADS_12) if lead not in leads]
    rng = np.random.default_rng(0)
    for i in range(0, len(where), EVALUATION_BATCH):
        some = where[i : i + EVALUATION_BATCH]
        x = corpus.inputs(some)
        x[:, gone] = 0
        if changes:
            change(x, corpus.length[some], changes, rng)
        with processor.autocast():
            batches.append(net(torch.from_numpy(x).to(processor.device)).float().cpu())
    return torch.cat(batches).numpy()
