"""Which thresholds hold where a statement is rarer or commoner than at home?

`python -m benchmarks.pretraining.prevalence`

The twin, before any adaptation, on the ECGs of each hospital that it has not seen. Calibration and, where a rule fits
one, thresholds come from PTB-XL's fold 9 ("home") or from the other hospitals; a hospital's own labels count for its
score alone. Macro F2 and calibration error over the statements with enough positives, and the gain in F2 over the
thresholds of home, paired over ECGs.

foreseen : the threshold with the best F2 by what the probabilities themselves foretell of that hospital's ECGs
EM       : before that, the share that is present is estimated from these ECGs without labels (Saerens, Latinne and
           Decaestecker 2002, Neural Computation 14) and the probabilities follow it
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.challenge import BACKBONES
from benchmarks.report import arguments, show
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.judging.calibration import calibrated, calibration_error, fitted, platt, sigmoid
from cessl_gui.learn.network import backbones
from cessl_gui.learn.pretraining.away import FEWEST
from cessl_gui.learn.pretraining.card import logits
from cessl_gui.learn.pretraining.config import read_config
from cessl_gui.learn.pretraining.data import VALIDATION, Split, prepare

RECIPE = BACKBONES / "twin-2.toml"
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


@dataclass(frozen=True)
class Elsewhere:
    """ECGs of hospitals that the twin has not seen, and PTB-XL's fold 9, calibrated on the latter.

    y, z           : (ECGs, statements) as labelled, and logits
    y_home, z_home : the same of fold 9
    """

    y: np.ndarray
    z: np.ndarray
    y_home: np.ndarray
    z_home: np.ndarray
    patients: np.ndarray

    @classmethod
    def read(cls) -> Elsewhere:
        config = read_config(RECIPE)
        net = backbones.read(RECIPE.with_suffix(".safetensors")).net
        codes = net.spec.statements
        home = prepare(config.ecgs(), config.split, config.cache, measure=True)
        valid = home.of_role(VALIDATION)
        y_home, z_home = home.targets(valid, codes), logits(net, home, valid)
        away = prepare(config.away_ecgs(), Split((), (), 1.0), config.cache)
        rows = np.flatnonzero(~np.isin(away.keys, home.keys))  # an ECG that two sources have may have trained
        fits = [platt(z_home[:, i], y_home[:, i]) for i in range(len(codes))]
        z = calibrated(logits(net, away, rows), fits)
        return cls(away.targets(rows, codes), z, y_home, calibrated(z_home, fits), away.patients[rows].astype(str))

    @property
    def counted(self) -> np.ndarray:
        """(statements,) whether enough ECGs have it and have it not, at home and elsewhere"""
        enough = [(y == value).sum(0) >= FEWEST for y in (self.y, self.y_home) for value in (0, 1)]
        return np.all(enough, axis=0)

    @property
    def hospitals(self) -> np.ndarray:
        return np.array([patient.split("/")[0] for patient in self.patients])


def decisions(data: Elsewhere, own: np.ndarray, i: int) -> dict[str, tuple[np.ndarray, float]]:
    """Probabilities and threshold of statement i for the ECGs of one hospital, by each rule.

    own : (ECGs,) whether it is of that hospital, whose labels are not looked at
    """
    others = ~own
    fits = fitted(data.y[others], data.z[others])
    elsewhere = sigmoid(calibrated(data.z[others], fits))
    a, b = sigmoid(data.z[own])[:, i], sigmoid(calibrated(data.z[own], fits))[:, i]
    share_home, share_others = (float(np.clip(np.nanmean(y[:, i]), *SHARES)) for y in (data.y_home, data.y[others]))
    a_em = moved(a, share_home, prevalence_by_em(a, share_home))
    b_em = moved(b, share_others, prevalence_by_em(b, share_others))
    return {
        "home": (a, metrics.thresholds_max_f2(data.y_home, sigmoid(data.z_home))[i]),
        "others": (b, metrics.thresholds_max_f2(data.y[others], elsewhere)[i]),
        "home, foreseen": (a, foreseen(a)),
        "others, foreseen": (b, foreseen(b)),
        "home, EM": (a_em, foreseen(a_em)),
        "others, EM": (b_em, foreseen(b_em)),
    }


def main() -> None:
    arguments(__doc__).parse_args()
    data = Elsewhere.read()
    judged, hospitals = np.flatnonzero(data.counted), data.hospitals
    y = data.y[:, judged]
    said: dict[str, np.ndarray] = {}
    called: dict[str, np.ndarray] = {}
    for hospital in np.unique(hospitals):
        own = hospitals == hospital
        for column, i in enumerate(judged):
            for name, (p, threshold) in decisions(data, own, int(i)).items():
                said.setdefault(name, np.zeros(y.shape))[own, column] = p
                called.setdefault(name, np.zeros(y.shape))[own, column] = p >= threshold

    def f2(name: str, rows: np.ndarray) -> float:
        """Each hospital's decisions in one table: what a rule does in all of them together."""
        return metrics.macro(lambda truth, yes: metrics.f_g_beta(truth, yes)[0], y[rows], called[name][rows])

    every, table = np.arange(len(y)), []
    for name, p in said.items():
        draws = [f2(name, rows) - f2("home", rows) for rows in metrics.patient_draws(data.patients, 0, 1000)]
        low, high = metrics.percentile_interval(draws)
        error = np.mean([calibration_error(t, q) for t, q in zip(y.T, p.T, strict=True)])
        gain = f2(name, every) - f2("home", every)
        scores = {"macro F2": f"{f2(name, every):.3f}", "gain": f"{gain:+.3f} [{low:+.3f}, {high:+.3f}]"}
        table.append({"calibration, thresholds": name, **scores, "calibration error": f"{error:.3f}"})
    show("prevalence", table, n=len(y), statements=len(judged), hospitals=len(np.unique(hospitals)))


if __name__ == "__main__":
    main()
