"""Our measurements against cardiologists' marks in each lead (LUDB): `python -m benchmarks.signal.ludb`.

Reference of a beat's R peak: the median of the leads in which it is marked (six at least). A wave's mark, "beat": in
each lead and each beat of the median beat, our mark at that beat against the cardiologist's; for QRS our mark in that
lead, for P and T the one of all leads. "record": our mark against the median of theirs over leads and beats. QT of a
record: the median over the leads of each lead's median QT (ours begins with the whole complex, some ms before that).

"whole": the QRS complex of all leads. Theirs begins at the second earliest and ends at the second latest of the leads'
marks, each lead's being the median over the beats of the median beat; ours is what the program shows. The scatter of
their marks between leads makes theirs longer: no figure of 0 is to be expected.

Intervals: 95 % bootstrap over the records (LUDB has one record per patient). "held out": every second record, from the
second; the shares and the filter of the QRS marks were chosen on the others.
"""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.challenge import DATA
from benchmarks.report import show
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.measuring import delineate
from cessl_gui.ecg.measuring.beats import BEFORE_S, FS_HZ, dominant_beats, find_beats, prepared
from cessl_gui.ecg.measuring.measurements import measure
from cessl_gui.ecg.readers import read_recording

R_WITHIN_MS = 50.0
LEAST_LEADS = 6
WAVES = {"p": (-400, -20), "N": (-120, 120), "t": (40, 660)}  # ms from R in which a beat's marks are looked for
MARKS = {
    "p_onset": ("p", 0),
    "p_offset": ("p", 2),
    "qrs_onset": ("N", 0),
    "qrs_offset": ("N", 2),
    "t_offset": ("t", 2),
}
LIMITS_MS = {"qrs_onset": 10.0, "qrs_offset": 10.0, "t_offset": 20.0, "qt": 15.0}
LIMIT_R = 0.995
BROAD_MS, NARROW_MS = 120.0, 110.0
RESAMPLES = 2000

Wave = tuple[float, float, float]  # onset, peak, offset in ms of the recording; NaN where not marked


@dataclass(frozen=True)
class Case:
    """One LUDB record with the marks of each lead: lead -> wave kind (p, N, t) -> waves in order."""

    record: Record
    marks: dict[str, dict[str, list[Wave]]]
    groups: tuple[str, ...]


def cases(folder: Path = DATA / "ludb", every: int = 1) -> list[Case]:
    """The records that are there, in the order of their numbers; or every second, third, ... of them."""
    with (folder / "ludb.csv").open(newline="", encoding="utf-8") as file:
        table = {row["ID"].strip(): row for row in csv.DictReader(file)}
    paths = sorted(folder.glob("*.hea"), key=lambda path: int(path.stem))
    return [read_case(path, table[path.stem]) for path in paths[::every]]


def read_case(path: Path, row: dict[str, str]) -> Case:
    rhythm, conduction = row["Rhythms"].lower(), row["Conduction abnormalities"].lower()
    groups = ["all"]
    groups += ["atrial fibrillation"] if "fibrillation" in rhythm else []
    groups += ["bundle branch block"] if "bundle branch block" in conduction else []
    groups += ["complete bundle branch block"] if "complete" in conduction.replace("incomplete", "") else []
    groups += ["paced"] if row["Cardiac pacing"].strip() else []
    record = read_recording(path)
    return Case(record, {lead: _waves(path, lead, record.fs_hz) for lead in LEADS_12}, tuple(groups))


def _waves(path: Path, lead: str, fs_hz: float) -> dict[str, list[Wave]]:
    import wfdb

    notes = wfdb.rdann(str(path.with_suffix("")), lead.lower())
    ms, symbols = notes.sample / fs_hz * 1000, ["", *notes.symbol, ""]
    waves: dict[str, list[Wave]] = {kind: [] for kind in WAVES}
    for i, kind in enumerate(notes.symbol):
        if kind in WAVES:
            onset = ms[i - 1] if symbols[i] == "(" else np.nan
            offset = ms[i + 1] if symbols[i + 2] == ")" else np.nan
            waves[kind].append((onset, ms[i], offset))
    return waves


def reference_peaks(case: Case) -> np.ndarray:
    """R peaks in ms: the median of the leads, where LEAST_LEADS of them mark the beat."""
    peaks = np.sort([wave[1] for waves in case.marks.values() for wave in waves["N"]])
    beats = np.split(peaks, np.flatnonzero(np.diff(peaks) > 120) + 1)
    return np.array([np.median(beat) for beat in beats if len(beat) >= LEAST_LEADS])


def r_counts(found_ms: np.ndarray, truth_ms: np.ndarray) -> tuple[int, int, int]:
    """(found, missed, false) within R_WITHIN_MS; detections outside the marked stretch are not judged."""
    judged = found_ms[(found_ms > truth_ms[0] - 100) & (found_ms < truth_ms[-1] + 100)]
    if not len(judged):
        return 0, len(truth_ms), 0
    far = np.abs(judged[:, None] - truth_ms[None])
    found = int(np.sum(far.min(axis=0) <= R_WITHIN_MS))
    return found, len(truth_ms) - found, int(np.sum(far.min(axis=1) > R_WITHIN_MS))


def evaluate(case: Case) -> dict:
    """Counts and errors (ms, ours minus theirs) of one record."""
    m = measure(case.record)
    x = prepared(case.record.signal_mv, case.record.fs_hz)
    beats = find_beats(x)
    alike_ms = dominant_beats(x, beats) / FS_HZ * 1000
    theirs = {mark: _theirs(case, alike_ms, *where) for mark, where in MARKS.items()}
    result = {"r": r_counts(beats / FS_HZ * 1000, reference_peaks(case)), "beat": {}, "record": {}, "whole": {}}
    in_leads = _lead_marks_ms(m)
    for mark, table in theirs.items():
        if mark in m.marks_ms and np.isfinite(table).any() and (mark[0] != "p" or _has_p(theirs)):
            errors = in_leads.get(mark, m.marks_ms[mark]) - table
            result["beat"][mark] = errors[np.isfinite(errors)]
            if mark not in in_leads:
                result["record"][mark] = m.marks_ms[mark] - _middle(table)
    if "qrs" in m.values:
        onset, offset = np.sort(_lead_medians(theirs["qrs_onset"]))[1], np.sort(_lead_medians(theirs["qrs_offset"]))[-2]
        truth = {"qrs_onset": onset, "qrs_offset": offset, "qrs": offset - onset}
        ours = {**m.marks_ms, "qrs": m.values["qrs"]}
        result["whole"] = {name: ours[name] - value for name, value in truth.items()}
        result["durations"] = ours["qrs"], truth["qrs"]
    intervals = {"qt": ("qrs_onset", "t_offset"), "pr": ("p_onset", "qrs_onset")}
    for name, (first, last) in intervals.items():
        truth = _middle(theirs[last] - theirs[first])
        if name in m.values and np.isfinite(truth) and (name != "pr" or _has_p(theirs)):
            result["record"][name] = m.values[name] - truth
    result["p_truth"], result["p_ours"] = _has_p(theirs), "p" in m.values
    result["unmeasured"] = [name for name in ("qrs", "qt") if name not in m.values]
    result["measurements"] = m
    return result


def _lead_marks_ms(m: Measurements) -> dict[str, np.ndarray]:
    """Our QRS marks in each lead, (leads, 1) ms from our R peak; NaN where there is none."""
    if m.beat_mv is None:
        return {}
    marks = delineate.lead_qrs_marks(*delineate.without_spike(m.beat_mv.astype(np.float64)))
    in_leads = dict(zip(m.leads, (marks / FS_HZ - BEFORE_S) * 1000, strict=True))
    in_order = np.array([in_leads[lead] for lead in LEADS_12])
    return {"qrs_onset": in_order[:, :1], "qrs_offset": in_order[:, 1:]}


def _theirs(case: Case, alike_ms: np.ndarray, kind: str, which: int) -> np.ndarray:
    """(leads, beats) the cardiologists' mark in ms from our R peak; NaN where there is none."""
    low, high = WAVES[kind]
    table = np.full((len(LEADS_12), len(alike_ms)), np.nan)
    for row, lead in enumerate(LEADS_12):
        waves = np.array(case.marks[lead][kind]).reshape(-1, 3)
        for column, r in enumerate(alike_ms):
            near = waves[(waves[:, 1] - r > low) & (waves[:, 1] - r < high)]
            if len(near):
                # Of several the nearest: the first T after R, the last P before.
                table[row, column] = near[np.argmin(np.abs(near[:, 1] - r)), which] - r
    return table


def _middle(table: np.ndarray) -> float:
    """The median over the leads of each lead's median."""
    rows = _lead_medians(table)
    return float(np.median(rows)) if rows else np.nan


def _lead_medians(table: np.ndarray) -> list[float]:
    return [float(np.median(row[np.isfinite(row)])) for row in table if np.isfinite(row).any()]


def _has_p(theirs: dict[str, np.ndarray]) -> bool:
    return bool(np.isfinite(theirs["p_onset"]).mean() > 0.4)  # the first beats of a record are often not marked


def summary(results: list[dict]) -> dict[str, tuple[float, int]]:
    """Figure -> (value, n): medians of absolute errors in ms, R peaks as shares."""
    found, missed, false = np.sum([r["r"] for r in results], axis=0)
    figures = {
        "R sensitivity": (found / (found + missed), int(found + missed)),
        "R precision": (found / max(1, found + false), int(found + false)),
    }
    for level in ("beat", "record", "whole"):
        for name in dict.fromkeys(name for r in results for name in r[level]):
            errors = np.hstack([r[level][name] for r in results if name in r[level]])
            figures[f"{name}, {level}"] = (float(np.median(np.abs(errors))), len(errors))
            figures[f"{name}, {level}, lean"] = (round(float(np.median(errors)), 3), len(errors))
    durations = np.array([r["durations"] for r in results if "durations" in r]).reshape(-1, 2)
    figures["qrs, whole, ours"] = (float(np.median(durations[:, 0])), len(durations))
    figures["qrs, whole, theirs"] = (float(np.median(durations[:, 1])), len(durations))
    broad = durations[durations[:, 1] >= BROAD_MS, 0]
    if len(broad):
        figures[f"whole QRS of {BROAD_MS:g} and more: share below {NARROW_MS:g}"] = (
            np.mean(broad < NARROW_MS),
            len(broad),
        )
    narrow = durations[durations[:, 1] < NARROW_MS, 0]
    if len(narrow):
        figures[f"whole QRS below {NARROW_MS:g}: share {BROAD_MS:g} and more"] = (
            np.mean(narrow >= BROAD_MS),
            len(narrow),
        )
    with_p, without = [r for r in results if r["p_truth"]], [r for r in results if not r["p_truth"]]
    if with_p:
        figures["P seen where marked"] = (float(np.mean([r["p_ours"] for r in with_p])), len(with_p))
    if without:
        figures["no P where none is marked"] = (float(np.mean([not r["p_ours"] for r in without])), len(without))
    return figures


def bootstrap(results: list[dict], rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """95 % intervals of each figure, drawing records with replacement."""
    drawn: dict[str, list[float]] = {}
    for _ in range(RESAMPLES):
        for name, (value, _n) in summary([results[i] for i in rng.integers(len(results), size=len(results))]).items():
            drawn.setdefault(name, []).append(value)
    return {name: tuple(np.percentile(values, [2.5, 97.5])) for name, values in drawn.items()}


def main() -> None:
    everything = [
        (case.groups + tuple(f"{group}, held out" for group in case.groups if number % 2), evaluate(case))
        for number, case in enumerate(cases())
    ]
    rng = np.random.default_rng(0)
    rows = []
    apart = ("all", "atrial fibrillation", "bundle branch block", "complete bundle branch block", "paced")
    for group in (*apart, "all, held out", "bundle branch block, held out"):
        results = [result for groups, result in everything if group in groups]
        if not results:
            continue
        between = bootstrap(results, rng)
        for name, (value, n) in summary(results).items():
            low, high = between[name]
            rows.append({"group": group, "records": len(results), "figure": name, "n": n, "value": value})
            rows[-1] |= {"low": float(low), "high": float(high)}
    if "--json" in sys.argv:
        print(json.dumps(rows, indent=1))
    else:
        show("ludb", rows, unit="ms (median of absolute errors; lean: median of errors), R peaks and P: shares")


if __name__ == "__main__":
    main()
