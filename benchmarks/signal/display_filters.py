"""Do the display filters leave ST segments and flat lines alone?

`python -m benchmarks.signal.display_filters [--every N]`

On all shared records, each lead and beat: how far the level 60 ms after the end of the QRS, beside the level before
that QRS, is moved by a filter; and how far a flat line is bent, of leads whose levels before the QRS complexes lie
within 0.05 mV: at those levels, and for the high-passes at every sample, the first and the last too. Levels are means
of whole periods of the mains, 20 ms, and 50 ms for the notch at 60 Hz: so the hum itself is no move. One JSON object
per collection and filter.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np

from benchmarks.report import arguments
from cessl_gui.core.errors import CesslError
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ecg.measuring import delineate
from cessl_gui.ecg.measuring.beats import FS_HZ, dominant_beats, find_beats, median_beat, prepared
from cessl_gui.ecg.readers import find_recordings, read_recording

FOLDERS = ("ludb", "challenge", "ptbxl/records100", "ptbxl_more/records100")
ARRAYS = {
    "ptbxl_more/raw_500hz.h5": 500.0,
    "ptb_diagnostic/ptb_1000hz.h5": 1000.0,
    "cinc2011/unlabelled_500hz.h5": 500.0,
}
CINC_SCALE = 0.005  # mV, a guess: see the README of the data
FILTERS = {
    "0.05 Hz": DisplayFilter(0.05),
    "notch 50 Hz": DisplayFilter(notch_hz=50),
    "notch 60 Hz": DisplayFilter(notch_hz=60),
    "0.05 to 150 Hz, notch 50 Hz": DisplayFilter(0.05, 150, 50),
    "0.5 Hz (marked)": DisplayFilter(0.5),
}
ALLOWED_MV = 0.02
FLAT_MV = 0.05
J_S, CLEAR_S = 0.060, 0.004


def recordings(
    data: Path, every: int = 1, only: Sequence[str] = (*FOLDERS, *ARRAYS)
) -> Iterator[tuple[str, str, np.ndarray, float]]:
    """(collection, name, mV of leads and samples, Hz) of each shared record, or of each `every`th."""
    for folder in (name for name in FOLDERS if name in only):
        for path in list(find_recordings([data / folder]))[::every]:
            try:
                record = read_recording(path)
            except CesslError:
                continue
            yield folder, record.name, record.signal_mv, record.fs_hz
    for name, fs_hz in ((name, fs_hz) for name, fs_hz in ARRAYS.items() if name in only):
        with h5py.File(data / name) as file:
            yield from _rows(name, file, fs_hz, every)


def _rows(name: str, file: h5py.File, fs_hz: float, every: int) -> Iterator[tuple[str, str, np.ndarray, float]]:
    key = next(key for key in file if getattr(file[key], "ndim", 0) == 3)
    scale = np.float32(file.attrs.get("scale", CINC_SCALE))
    for index in range(0, len(file[key]), every):
        signal = file[key][index] * scale
        yield name, str(index), signal if len(signal) == 12 else np.ascontiguousarray(signal.T), fs_hz


def places(signal_mv: np.ndarray, fs_hz: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Onset and end of each QRS, in seconds; None where no beats are found."""
    x = prepared(signal_mv, fs_hz)
    beats = find_beats(x)
    if len(beats) < 2:
        return None
    beat = median_beat(x, dominant_beats(x, beats), beats)
    marks = delineate.qrs_marks(beat)
    if marks is None:
        return None
    return (beats + marks[0] - delineate.R) / FS_HZ, (beats + marks[1] - delineate.R) / FS_HZ


def levels(signal_mv: np.ndarray, fs_hz: float, from_s: np.ndarray, to_s: np.ndarray) -> np.ndarray:
    """(leads, beats): the mean within each stretch; NaN beyond the ends."""
    found = np.full((len(signal_mv), len(from_s)), np.nan)
    for beat, (start, stop) in enumerate(zip(np.round(from_s * fs_hz), np.round(to_s * fs_hz), strict=True)):
        if start >= 0 and stop < signal_mv.shape[1]:
            found[:, beat] = signal_mv[:, int(start) : int(stop)].mean(axis=1)
    return found


def moved(
    signal_mv: np.ndarray, fs_hz: float, filters: DisplayFilter, at: tuple[np.ndarray, np.ndarray] | None
) -> dict[str, np.ndarray] | None:
    """What filters do to a recording, in mV; None where no beats are found.

    at   : as from places()
    st   : per lead and beat, to the level at J + 60 ms beside that before the QRS
    flat : per lead with a flat line, the furthest that it is bent
    edge : per lead, the largest difference between what neighbouring samples were moved by (not for notches)
    """
    if at is None:
        return None
    onset, end = at
    after = filters.apply(signal_mv, fs_hz)
    level_s = 0.050 if filters.notch_hz == 60 else 0.020
    before_qrs = [levels(x, fs_hz, onset - CLEAR_S - level_s, onset - CLEAR_S) for x in (signal_mv, after)]
    st = [levels(x, fs_hz, end + J_S - level_s / 2, end + J_S + level_s / 2) for x in (signal_mv, after)]
    by = (st[1] - before_qrs[1]) - (st[0] - before_qrs[0])
    with np.errstate(invalid="ignore"):
        spread = np.nanmax(before_qrs[0], axis=1) - np.nanmin(before_qrs[0], axis=1)
    taken = (signal_mv - after).astype(np.float64)
    taken -= np.nanmedian(taken, axis=1, keepdims=True)
    bent = taken if filters.high_pass_hz and not filters.notch_hz else before_qrs[0] - before_qrs[1]
    with np.errstate(invalid="ignore"):
        flat = np.nanmax(np.abs(bent - np.nanmedian(bent, axis=1, keepdims=True)), axis=1)[spread <= FLAT_MV]
    return {"st": by[np.isfinite(by)], "flat": flat, "edge": np.nanmax(np.abs(np.diff(taken, axis=1)), axis=1)}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CESSL_DATA", "../shared/data")))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--folders", nargs="*", default=[*FOLDERS, *ARRAYS], help="of the shared data")
    args = parser.parse_args()
    found: dict[tuple[str, str], list] = {}
    for folder, name, signal_mv, fs_hz in recordings(args.data, args.every, args.folders):
        at = places(signal_mv, fs_hz)
        for words, filters in FILTERS.items():
            if filters.possible(fs_hz) == filters or words.startswith("0.05 Hz"):
                found.setdefault((folder, words), []).append((name, moved(signal_mv, fs_hz, filters, at)))
    for (folder, words), rows in found.items():
        print(json.dumps({"records": folder, "filter": words} | summary(rows)), flush=True)


def summary(rows: list) -> dict:
    known = [(name, row) for name, row in rows if row is not None]
    if not known:
        return {"n": len(rows), "without_beats": len(rows)}
    st, flat, edge = (np.abs(np.concatenate([row[key] for _, row in known])) for key in ("st", "flat", "edge"))
    beyond = [name for name, row in known if np.abs(row["st"]).max(initial=0) > ALLOWED_MV]
    bent = [name for name, row in known if row["flat"].max(initial=0) > ALLOWED_MV]
    quantiles = lambda x: [round(float(v), 4) for v in np.quantile(x, (0.5, 0.99, 1))] if len(x) else []  # noqa: E731
    return {
        "n": len(rows), "without_beats": len(rows) - len(known), "levels": len(st), "flat_leads": len(flat),
        "st_median_p99_max_mv": quantiles(st), "flat_median_p99_max_mv": quantiles(flat),
        "step_max_mv": round(float(edge.max()), 4),
        "st_beyond": len(beyond), "flat_beyond": len(bent), "named": (beyond + bent)[:6],
    }  # fmt: skip


if __name__ == "__main__":
    main()
