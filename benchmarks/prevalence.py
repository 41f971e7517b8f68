"""Which thresholds hold where a statement is rarer or commoner than at home? `python -m benchmarks.prevalence`

The twin, before any adaptation, on the ECGs of each hospital that it has not seen. Calibration and, where a rule fits
one, thresholds come from PTB-XL's fold 9 ("home") or from the other hospitals; a hospital's own labels count for its
score alone. Macro F2 and calibration error over the statements with enough positives, and the gain in F2 over the
thresholds of home, paired over ECGs.

foreseen : the threshold with the best F2 by what the probabilities themselves foretell of that hospital's ECGs
EM       : before that, the share that is present is estimated from these ECGs without labels (Saerens, Latinne and
           Decaestecker 2002, Neural Computation 14) and the probabilities follow it
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.report import arguments, show
from cessl_gui.learn import backbones, metrics
from cessl_gui.learn.calibration import calibrated, calibration_error, fitted, platt, sigmoid
from cessl_gui.learn.pretraining.away import FEWEST
from cessl_gui.learn.pretraining.card import logits
from cessl_gui.learn.pretraining.config import read_config
from cessl_gui.learn.pretraining.data import VALIDATION, Corpus, Split, prepare

RECIPE = Path(__file__).parent / "backbones/twin-2.toml"
ROUNDS = 100  # of EM
SHARES = (0.002, 0.9)  # that it may find: a few ECGs say no more


def prevalence_by_em(p: np.ndarray, given: float) -> float:
    """Share that is present among ECGs with these probabilities, which hold where the share is `given`."""
    share = given
    for _ in range(ROUNDS):
        share = float(np.clip(moved(p, given, share).mean(), *SHARES))
    return share


def moved(p: np.ndarray, given: float, share: float) -> np.ndarray:
    """Probabilities that hold where the share present is `given`, as they are where it is `share`."""
    present, absent = p * share / given, (1 - p) * (1 - share) / (1 - given)
    return present / (present + absent)


def foreseen(p: np.ndarray) -> float:
    """The threshold whose F2 is best by what the probabilities foretell."""
    down = np.sort(p)[::-1]
    called = np.arange(1, len(p) + 1)
    return float(down[np.argmax(5 * down.cumsum() / (called + 4 * down.sum()))])


def main() -> None:
    arguments(__doc__).parse_args()
    config = read_config(RECIPE)
    net = backbones.read(RECIPE.with_suffix(".safetensors")).net
    codes = net.spec.statements
    home = prepare(config.ecgs(), config.split, config.cache, measure=True)
    valid = home.of_role(VALIDATION)
    y_home, z_home = home.targets(valid, codes), logits(net, home, valid)
    away: Corpus = prepare(config.away_ecgs(), Split((), (), 1.0), config.cache)
    rows = np.flatnonzero(~np.isin(away.keys, home.keys))
    y, patients = away.targets(rows, codes), away.patients[rows]
    hospital = np.array([str(patient).split("/")[0] for patient in patients])
    at_home = [platt(z_home[:, i], y_home[:, i]) for i in range(len(codes))]
    z_home, z = calibrated(z_home, at_home), calibrated(logits(net, away, rows), at_home)
    share_home = np.nanmean(y_home, 0)
    counted = ((y == 1).sum(0) >= FEWEST) & ((y == 0).sum(0) >= FEWEST) & (np.nansum(y_home, 0) >= FEWEST)
    home_cut = metrics.thresholds_max_f2(y_home, sigmoid(z_home))
    rules: dict[str, tuple[np.ndarray, np.ndarray]] = {
        name: (np.zeros_like(z), np.zeros(z.shape, bool))
        for name in ("home", "others' thresholds", "home, foreseen", "others, foreseen", "home, EM", "others, EM")
    }
    for one in np.unique(hospital):
        own, others = hospital == one, hospital != one
        fits = fitted(y[others], z[others])
        p_home, p_away = sigmoid(z[own]), sigmoid(calibrated(z[own], fits))
        cut = metrics.thresholds_max_f2(y[others], sigmoid(calibrated(z[others], fits)))
        share_others = np.nanmean(y[others], 0)
        for i in np.flatnonzero(counted):
            a, b = p_home[:, i], p_away[:, i]
            a_em = moved(a, share_home[i], prevalence_by_em(a, share_home[i]))
            given = float(np.clip(share_others[i], *SHARES))
            b_em = moved(b, given, prevalence_by_em(b, given))
            for name, q, threshold in (
                ("home", a, home_cut[i]),
                ("others' thresholds", b, cut[i]),
                ("home, foreseen", a, foreseen(a)),
                ("others, foreseen", b, foreseen(b)),
                ("home, EM", a_em, foreseen(a_em)),
                ("others, EM", b_em, foreseen(b_em)),
            ):
                rules[name][0][own, i], rules[name][1][own, i] = q, q >= threshold

    def f2(called: np.ndarray, rows: np.ndarray) -> float:
        """Each hospital's decisions in one table: what a rule does in all of them together."""
        t, b = y[rows][:, counted], called[rows][:, counted].astype(float)
        return metrics.macro(lambda truth, yes: metrics.f_g_beta(truth, yes)[0], t, b)

    every, table = np.arange(len(y)), []
    first = rules["home"][1]
    for name, (p, called) in rules.items():
        draws = [f2(called, r) - f2(first, r) for r in metrics.patient_draws(patients.astype(str), 0, 1000)]
        low, high = metrics.percentile_interval(draws)
        error = np.mean([calibration_error(y[:, i], p[:, i]) for i in np.flatnonzero(counted)])
        gain = f2(called, every) - f2(first, every)
        table.append(
            {
                "thresholds": name,
                "macro F2": f"{f2(called, every):.3f}",
                "gain": f"{gain:+.3f} [{low:+.3f}, {high:+.3f}]",
                "calibration error": f"{error:.3f}",
            }
        )
    show("prevalence", table, n=len(y), statements=int(counted.sum()), hospitals=len(np.unique(hospital)))


if __name__ == "__main__":
    main()
