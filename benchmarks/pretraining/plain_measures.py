"""How well a plain measurement tells ST depression and abnormal T waves by itself, beside the shipped backbone's twin.

`python -m benchmarks.pretraining.plain_measures`

Challenge : 242 ECGs of other hospitals, which the twin has not seen. Each run is a look at ECGs that test: count them.
fold 9    : those ECGs of PTB-XL's fold 9 that have their amplitudes; it chose the twin's epoch

AUC with 95 % intervals over patients, of the ECGs of which each figure is known and not doubtful, and the gain over the
twin on the same ECGs. Nothing is fitted: both together is the mean of the two ranks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from benchmarks.challenge import DATA, TWIN, challenge, unseen_by
from benchmarks.ptbxl import FOLD, record
from benchmarks.report import arguments, show
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.measuring import delineate
from cessl_gui.ecg.measuring.beats import BEFORE_S, FS_HZ
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.preprocess import INPUT_FS_HZ, to_model_input
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import device
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.learn.pretraining.away import FEWEST
from cessl_gui.learn.pretraining.measured import AFTER_QRS, LEAST_MV, shapes
from cessl_gui.learn.pretraining.sources import ptbxl

ST_LEADS = ("II", "V4", "V5", "V6")
T_LEADS = ("I", "II", "V4", "V5", "V6")  # where T is upright
LOW_MV, INVERTED = -0.05, -0.05  # of ST; of T as a share of the QRS complex
ST = (
    "lowest ST, mV",
    "lowest ST of all leads but aVR, mV",
    "leads with ST of -0.05 mV or less",
    "lowest ST, share of QRS",
)
T = (
    "lowest T, share of QRS",
    "leads with inverted T",
    "lowest T, its end unsure as well, share of QRS",
    "leads with inverted T, its end unsure as well",
)
NOTHING = "none: all ECGs"
READ = ", of what the network reads"
ASKED = {
    "STD": (*ST, ST[-1] + READ),
    "TAb": (*T, T[0] + READ),
    "TInv": (*T, T[0] + READ),
    "NSSTTA": (ST[-1], T[0]),
}


@dataclass(frozen=True)
class Ecgs:
    """y: (n, statements) of 1, 0, NaN; said: (n, statements) by the twin, NaN of what it does not know"""

    y: np.ndarray
    said: np.ndarray
    patients: np.ndarray
    figures: dict[str, np.ndarray]


def figures(one: Record) -> dict[str, float]:
    """Name -> how far it speaks for the statement, NaN where it is not known."""
    found, x = measure(one), to_model_input(one.signal_mv, one.fs_hz, one.leads)
    x = x[:, : round(min(one.duration_s * INPUT_FS_HZ, x.shape[1]))]
    st = {} if "st" in found.doubtful else {lead: mv for lead, mv in found.st_mv.items() if lead != "aVR"}
    own, read = shapes(found), shapes(measure(record(x, INPUT_FS_HZ, LEADS_12)))
    t = [own[f"T {lead}"] for lead in T_LEADS if f"T {lead}" in own]
    late = t_heights(found)
    return {
        ST[0]: -min((st[lead] for lead in ST_LEADS if lead in st), default=math.nan),
        ST[1]: -min(st.values(), default=math.nan),
        ST[2]: sum(mv <= LOW_MV for mv in st.values()) if st else math.nan,
        ST[3]: _lowest(own, "ST", ST_LEADS),
        ST[3] + READ: _lowest(read, "ST", ST_LEADS),
        T[0]: _lowest(own, "T", T_LEADS),
        T[0] + READ: _lowest(read, "T", T_LEADS),
        T[1]: sum(height < INVERTED for height in t) if t else math.nan,
        T[2]: -min(late, default=math.nan),
        T[3]: sum(height < INVERTED for height in late) if late else math.nan,
    }


def t_heights(found: Measurements) -> list[float]:
    """T in each of T_LEADS as a share of its QRS complex, also where its end is not sure, as of most abnormal ones."""
    if found.beat_mv is None or not {"qrs_onset", "qrs_offset"} <= found.marks_ms.keys() or "st" in found.doubtful:
        return []
    onset, offset = (round((BEFORE_S + found.marks_ms[mark] / 1000) * FS_HZ) for mark in ("qrs_onset", "qrs_offset"))
    rr_s = found.values["rr"] / 1000
    latest = round((BEFORE_S + delineate.T_USUAL * rr_s**0.5 + delineate.T_USUAL_SD_S) * FS_HZ)
    levels = found.beat_mv - delineate.isoelectric(found.beat_mv, onset)
    heights = []
    for lead, beat in zip(found.leads, levels, strict=True):
        wave, qrs = beat[offset + AFTER_QRS : latest], beat[onset : offset + 1]
        wave = wave[np.isfinite(wave)]
        if lead in T_LEADS and len(wave) and np.ptp(qrs) > LEAST_MV:
            heights.append(float(wave[np.argmax(np.abs(wave))] / np.ptp(qrs)))
    return heights


def _lowest(heights: dict[str, float], part: str, leads: tuple[str, ...]) -> float:
    return -min((heights[f"{part} {lead}"] for lead in leads if f"{part} {lead}" in heights), default=math.nan)


def of_challenge(ready: Predictor, codes: list[str]) -> Ecgs:
    data, records = (
        challenge(least_positive=1),
        [read_recording(path) for path in find_recordings([DATA / "challenge"])],
    )
    y = np.stack(
        [data.y[:, data.codes.index(c)] if c in data.codes else np.full(len(data.y), np.nan) for c in codes], 1
    )
    return _ecgs(ready, codes, y, data.patients, records)


def of_fold_9(ready: Predictor, codes: list[str]) -> Ecgs:
    ecgs = [e for e in ptbxl(DATA / "ptbxl") if e.fold == FOLD and e.voltages]
    known = {e.key for e in ecgs}
    ecgs += [e for e in ptbxl(DATA / "ptbxl_more") if e.fold == FOLD and e.voltages and e.key not in known]
    y = np.array([[1.0 if c in e.present else 0.0 if c in e.assessed else np.nan for c in codes] for e in ecgs])
    return _ecgs(ready, codes, y, np.array([e.patient for e in ecgs]), [record(*e.read()) for e in ecgs])


def _ecgs(ready: Predictor, codes: list[str], y: np.ndarray, patients: np.ndarray, records: list[Record]) -> Ecgs:
    p = ready.predict(np.stack([to_model_input(r.signal_mv, r.fs_hz, r.leads) for r in records]))
    unknown = np.full(len(records), np.nan)
    said = np.stack([p[:, ready.statements.index(c)] if c in ready.statements else unknown for c in codes], 1)
    found = [figures(r) for r in records]
    return Ecgs(y, said, patients, {name: np.array([one[name] for one in found]) for name in found[0]})


def compared(where: str, ecgs: Ecgs, word: str, column: int) -> Iterator[dict]:
    """A row of each figure that is asked of a statement, with counts alone where too few have it or have not."""
    y, said = ecgs.y[:, column], ecgs.said[:, column]
    every = np.zeros(len(y))
    for name in (NOTHING, *ASKED[word]):
        known = ~np.isnan(y) & ~np.isnan(ecgs.figures.get(name, every))
        t, f, z, patients = y[known], ecgs.figures.get(name, every)[known], said[known], ecgs.patients[known]
        row = {"ECGs": where, "statement": word, "figure": name, "n": len(t), "with it": int(t.sum())}
        if min((t == 1).sum(), (t == 0).sum()) < FEWEST:
            yield row
            continue
        if name != NOTHING:
            row["figure alone"] = _with_interval(lambda r, t=t, f=f: metrics.auc(t[r], f[r]), patients)
        if not np.isnan(z).any():
            both = rankdata(f) + rankdata(z)
            row["twin"] = _with_interval(lambda r, t=t, z=z: metrics.auc(t[r], z[r]), patients)
            for what, own in {"figure less twin": f, "both less twin": both}.items() if name != NOTHING else ():
                row[what] = _with_interval(
                    lambda r, t=t, z=z, own=own: metrics.auc(t[r], own[r]) - metrics.auc(t[r], z[r]), patients
                )
        yield row


def _with_interval(statistic, patients: np.ndarray) -> str:
    low, high = metrics.bootstrap_interval(statistic, patients)
    return f"{statistic(np.arange(len(patients))):.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--backbone", default=TWIN)
    given = parser.parse_args()
    ready = Predictor(unseen_by(given.backbone))
    codes = [vocabulary()[word].code for word in ASKED]
    with device.threads(1):
        read = {"Challenge": of_challenge(ready, codes), "fold 9": of_fold_9(ready, codes)}
    rows = [row for where, e in read.items() for i, word in enumerate(ASKED) for row in compared(where, e, word, i)]
    show("plain_measures", rows, backbone=given.backbone, ecgs={where: len(e.y) for where, e in read.items()})


if __name__ == "__main__":
    main()
