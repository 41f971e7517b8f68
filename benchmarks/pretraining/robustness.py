"""What the shipped backbone's twin says, before any adaptation, of ECGs of other hospitals at other rates and lengths.

`python -m benchmarks.pretraining.robustness`

The Challenge records as they are (500 and 1000 Hz, the model reads their first
12.3 s), then at other sampling rates, shorter, and of longer ones other parts; AUC over the statements that the
backbone knows and that have positives and negatives enough, differences paired over records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from benchmarks.challenge import DATA, TWIN, challenge, unseen_by
from benchmarks.report import arguments, show
from cessl_gui.core.types import Record
from cessl_gui.ecg.preprocess import INPUT_FS_HZ, INPUT_SAMPLES, to_model_input
from cessl_gui.ecg.quality import lead_notes
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import device
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.learn.pretraining.card import FEWEST

WINDOW_S = INPUT_SAMPLES / INPUT_FS_HZ


def at(fs_hz: float) -> Callable[[Record], Record]:
    def change(record: Record) -> Record:
        ratio = Fraction(fs_hz / record.fs_hz).limit_denominator(1000)
        signal = np.nan_to_num(record.signal_mv[:, : int(120 * record.fs_hz)])
        signal = resample_poly(signal, ratio.numerator, ratio.denominator, axis=-1, padtype="line")
        return replace(record, signal_mv=signal, fs_hz=fs_hz)

    return change


def part(start_s: float, stop_s: float) -> Callable[[Record], Record]:
    def change(record: Record) -> Record:
        start, stop = (round(s * record.fs_hz) for s in (start_s, stop_s))
        return replace(record, signal_mv=record.signal_mv[:, start:stop])

    return change


def parts(record: Record) -> list[Record]:
    """Of 12.3 s each, one after the other; the last one ends where the recording ends."""
    last = record.duration_s - WINDOW_S
    starts = [i * WINDOW_S for i in range(int(record.duration_s / WINDOW_S))]
    starts += [last] if last - starts[-1] >= LEAST_MORE_S else []
    return [part(start, start + WINDOW_S)(record) for start in starts]


def cleanest(record: Record) -> Record:
    """The part with the fewest doubtful leads, the first of equals."""
    return min(parts(record), key=lambda one: len(lead_notes(one)))


LEAST_MORE_S = 1.0  # beyond what is read anyway, to count as longer
LONGER_S = WINDOW_S + LEAST_MORE_S
CONDITIONS = {  # name: (change, shortest recording that it is made of)
    "100 Hz": (at(100), 0.0),
    "250 Hz": (at(250), 0.0),
    "400 Hz": (at(400), 0.0),
    "1000 Hz": (at(1000), 0.0),
    "the first 5 s": (part(0, 5), 0.0),
    "the first 8 s": (part(0, 8), 0.0),
    "12.3 to 24.6 s": (part(WINDOW_S, 2 * WINDOW_S), 2 * WINDOW_S),
    "the cleanest 12.3 s": (cleanest, LONGER_S),
}
TOGETHER = {"mean of all parts": np.mean, "highest of all parts": np.max}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--backbone", default=TWIN)
    given = parser.parse_args()
    ready = Predictor(unseen_by(given.backbone))
    records = [read_recording(path) for path in find_recordings([DATA / "challenge"])]
    data = challenge()
    codes = [code for code in data.codes if code in ready.statements]
    y = data.y[:, [data.codes.index(code) for code in codes]]
    columns = [ready.statements.index(code) for code in codes]

    def say(some: list[Record]) -> np.ndarray:
        return ready.predict(np.stack([to_model_input(r.signal_mv, r.fs_hz, r.leads) for r in some]))[:, columns]

    with device.threads(2):
        plain = say(records)
        rows = [{"ECGs": "as they are", "n": len(records), "macro AUC": f"{macro(y, plain):.3f}"}]
        for name, (change, shortest) in CONDITIONS.items():
            where = np.array([i for i, r in enumerate(records) if r.duration_s >= shortest])
            t, before, after = y[where], plain[where], say([change(records[i]) for i in where])
            rows.append(compared(name, t, before, after))
        where = np.array([i for i, r in enumerate(records) if r.duration_s >= LONGER_S])
        of_parts = [say(parts(records[i])) for i in where]
        for name, together in TOGETHER.items():
            after = np.stack([together(p, axis=0) for p in of_parts])
            rows.append(compared(name, y[where], plain[where], after))
    show("robustness", rows, backbone=given.backbone)


def compared(name: str, y: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict:
    """A row of the table, with the 95 % interval of the difference."""
    kept = (np.nansum(y == 1, 0) >= FEWEST) & (np.nansum(y == 0, 0) >= FEWEST)
    y, before, after = y[:, kept], before[:, kept], after[:, kept]
    low, high = metrics.bootstrap_interval(
        lambda r: macro(y[r], after[r]) - macro(y[r], before[r]), [str(i) for i in range(len(y))]
    )
    difference = macro(y, after) - macro(y, before)
    return {
        "ECGs": name,
        "n": len(y),
        "statements": y.shape[1],
        "macro AUC": f"{macro(y, after):.3f}",
        "before": f"{macro(y, before):.3f}",
        "difference": f"{difference:+.3f} [{low:+.3f}, {high:+.3f}]",
        "mean change of p": float(np.abs(after - before).mean()),
    }


def macro(y: np.ndarray, p: np.ndarray) -> float:
    return metrics.macro(metrics.auc, y, p)


if __name__ == "__main__":
    main()
