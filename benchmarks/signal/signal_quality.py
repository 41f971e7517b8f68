"""How good are the hints about a recording as a whole? `python -m benchmarks.signal.signal_quality`

The verdict (share of the time for which the worst lead is lost) against the human verdicts of PhysioNet/CinC 2011; its
thresholds were chosen on the records of even number and are reported on those of odd number. The hint at exchanged
electrodes: on real ECGs as they are, and with their limb electrodes exchanged by arithmetic.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from benchmarks import report
from benchmarks.report import arguments
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.limb_leads import SIDES
from cessl_gui.ecg.quality import POOR_SHARE, reversal_hint, worst_lead
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.learn.judging.metrics import auc, percentile_interval

MV_PER_COUNT = 0.005  # the unit of that file is a guess of its makers
SWAPS = {  # I and II as recorded with the electrodes in each other's processor, from the true I and II
    "right arm, left arm": lambda one, two: (-one, two - one),
    "right arm, left leg": lambda one, two: (one - two, -two),
    "left arm, left leg": lambda one, two: (two, one),
}


def cinc2011(data: Path) -> tuple[list[Record], np.ndarray]:
    """The records that have a verdict, and whether it is "unacceptable"."""
    with h5py.File(data / "cinc2011" / "unlabelled_500hz.h5") as file:
        said = np.array([word.decode() for word in file["quality"][:]])
        signals = file["signal"][:][said != ""]
    records = [
        Record(str(i), str(i), "", "", x.astype(np.float32) * np.float32(MV_PER_COUNT), 500.0, LEADS_12)
        for i, x in enumerate(signals)
    ]
    return records, said[said != ""] == "unacceptable"


def auc_interval(truth: np.ndarray, score: np.ndarray) -> tuple[float, float, float]:
    """AUC with its 95 % bootstrap interval over records."""
    rng, n = np.random.default_rng(0), len(truth)
    values = [auc(truth[i], score[i]) for i in rng.integers(0, n, (1000, n))]
    return auc(truth, score), *percentile_interval(values)


def exchanged(record: Record, swap) -> Record:
    """The record with two limb electrodes exchanged."""
    rows = dict(zip(record.leads, record.signal_mv, strict=True))
    one, two = swap(rows["I"], rows["II"])
    rows |= {lead: a * one + b * two for lead, (a, b) in SIDES.items()}
    return replace(record, signal_mv=np.stack([rows[lead] for lead in record.leads]))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    data = parser.parse_args().data
    records, bad = cinc2011(data)
    lost = np.array([worst_lead(record)[1] for record in records])
    rows = []
    for name, start in (("even (thresholds chosen here)", 0), ("odd (reported)", 1)):
        score, truth = lost[start::2], bad[start::2].astype(float)
        value, low, high = auc_interval(truth, score)
        poor = score >= POOR_SHARE
        rows.append(
            {
                "what": f"CinC 2011, {name}",
                "n": len(truth),
                "AUC": f"{value:.3f} ({low:.3f} to {high:.3f})",
                "poor of unacceptable": f"{int(truth[poor].sum())} of {int(truth.sum())}",
                "poor of acceptable": f"{int((1 - truth)[poor].sum())} of {int((1 - truth).sum())}",
            }
        )
    sources = {"PTB-XL": data / "ptbxl" / "records100", "LUDB": data / "ludb", "Challenge": data / "challenge"}
    for name, folder in sources.items():
        found = []
        for path in find_recordings([folder]):
            record = read_recording(path)
            if not record.missing and record.duration_s >= 5:
                found.append(record)
        row = {"what": f"limb leads reversed?, {name}", "n": len(found)}
        row["as recorded"] = sum(bool(reversal_hint(record)) for record in found)
        for swap_name, swap in SWAPS.items():
            row[swap_name] = sum(bool(reversal_hint(exchanged(record, swap))) for record in found)
        row["poor signal quality"] = sum(worst_lead(record)[1] >= POOR_SHARE for record in found)
        rows.append(row)
    report.show("signal_quality", rows)


if __name__ == "__main__":
    main()
