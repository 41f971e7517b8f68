"""The figures of one ECG: rate and intervals, axes, the median beat with its marks. What cannot be measured is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cessl_gui.core.measurements import QUANTITIES, Measurements
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.limb_leads import misnamed
from cessl_gui.ecg.measuring import atrial, delineate, doubts
from cessl_gui.ecg.measuring.beats import (
    BEFORE_S,
    FS_HZ,
    LEAST_FS_HZ,
    LONGEST_S,
    beats_and_humps,
    dominant_beats,
    median_beat,
    median_known,
    prepared,
    rr_before,
)
from cessl_gui.ecg.measuring.delineate import MARKS
from cessl_gui.ecg.measuring.jumps import without_jumps
from cessl_gui.ecg.measuring.t_waves import without_t_waves
from cessl_gui.ecg.measuring.tachycardia import interval_s
from cessl_gui.ecg.measuring.uncounted import uncounted_doubt

LEAST_S = 1.5  # two beats at 80 a minute
LEAST_ALIKE = 0.25  # share of the beats; where fewer look alike there is no usual beat
SEVERAL_KINDS = 0.6  # share of the beats; where no more look alike this is said
GAP_S = 0.1  # a longer gap in all leads may hide a beat: an interval across it does not count
LEAST_AREA_MV_S = 0.0005  # 0.01 mV over 50 ms: the direction of less is that of noise
AFTER_J_S, AROUND_J_S = 0.06, 0.004  # where the ST level is read, and of what around it the median
BAZETT_BPM = (60.0, 100.0)  # outside, Bazett's formula corrects too much

QRS_SAID = {
    True: "QRS: from the second earliest onset to the second latest end among the leads.",
    False: "QRS: from the earliest onset to the latest end in any lead.",
}
KINDS = (
    "The beats are of several kinds, or disturbed. The most frequent kind was measured; of two about as frequent, the"
    " one that is not premature."
)

RESTS_ON_T_END = ("qt", "qtc_fridericia", "qtc_bazett", "qtc_framingham", "qtc_hodges")
RESTS_ON_QRS_ONSET = ("p", "pr", "qrs", *RESTS_ON_T_END)
RESTS_ON_RATE = ("rate", "rr", "rr_shortest", "rr_longest", "pr", *RESTS_ON_T_END)


def measure(record: Record) -> Measurements:
    """Measure one record: its beats, and the marks of their median. Never raises; figures it cannot give are `missing`.

    QRS and QT begin at the second earliest onset among the leads, QRS ends at their second latest offset (of fewer than
    four leads: first and last). P and the end of T are marked in all leads together.

    source : intervals of the whole complex, not of a lead (AHA/ACC/HRS 2007, part I; AHA/ACCF/HRS 2009, part IV)
    """
    rows = [row for row, lead in enumerate(record.leads) if lead in LEADS_12] or list(range(len(record.leads)))
    if not record.fs_hz >= LEAST_FS_HZ:
        return _nothing(record, f"Sampled at {record.fs_hz:.6g} Hz: below {LEAST_FS_HZ:g} Hz nothing is measured.")
    if record.duration_s < LEAST_S or not rows:
        return _nothing(record, f"Shorter than {LEAST_S:g} s: too short to measure.")
    signal_mv, x = _prepared(record, rows)
    found, humps = beats_and_humps(x)
    beats, jumps = without_jumps(x, found)
    beats = without_t_waves(x, beats)
    if len(beats) == 0:
        return _without_beats(record, interval_s(x, FS_HZ))
    rr_ms = _rr_ms(beats, jumps, signal_mv, record.fs_hz)
    alike = dominant_beats(x, beats)
    notes = [f"The first {LONGEST_S:g} s were measured."] if record.duration_s > LONGEST_S else []
    if len(jumps):
        notes.append(f"The line jumps at {', '.join(f'{j / FS_HZ:.1f}' for j in jumps)} s: no beat.")
    leads = tuple(record.leads[row] for row in rows)
    if not len(rr_ms) or len(alike) < max(2, LEAST_ALIKE * len(beats)):
        why = (
            "The beats differ too much for a median beat." if len(rr_ms) else "Fewer than two beats follow each other."
        )
        return replace(
            _result(record, rr_ms, {}, dict.fromkeys(MARKS, why), leads, beat=None),
            peaks_s=_seconds(beats),
            notes=tuple(notes),
        )
    beat = median_beat(x, alike, beats)
    rr_s = float(rr_ms.mean()) / 1000
    own_rr_s = median_known(rr_before(alike, beats)) / FS_HZ or rr_s
    places, missing = _marks(x, beat, alike, rr_s, own_rr_s)
    notes += [f"Median of {len(alike)} of {len(beats)} beats.", QRS_SAID[len(leads) >= delineate.ODD_LEAD_FROM]]
    if len(alike) <= SEVERAL_KINDS * len(beats):
        notes.append(KINDS)
    if delineate.without_spike(beat)[1]:
        notes.append("A pacemaker's spike stands before the QRS complex, which is measured from after it.")
    measured = _result(record, rr_ms, places, missing, leads, beat=beat, against=misnamed(x, leads))
    doubtful = _doubtful(measured.values, beat, places, beats, alike)
    if places and (spike := doubts.spike_doubt(beat, _qrs(places), record.fs_hz)):
        doubtful |= {name: spike for name in RESTS_ON_QRS_ONSET if name in measured.values}
    missed = doubts.missed_doubt(beats, humps, jumps) or doubts.followed_doubt(x, beats, alike)
    missed = missed or uncounted_doubt(x, beats, alike)
    if missed:
        doubtful |= {name: missed for name in RESTS_ON_RATE if name in measured.values}
    return replace(
        measured,
        doubtful=doubtful,
        peaks_s=_seconds(beats),
        alike_s=_seconds(alike),
        notes=tuple(notes),
    )


def with_beat(measured: Measurements, record: Record) -> Measurements:
    """Kept measurements with their median beat, made again from the recording: quicker than to measure."""
    if measured.beat_mv is not None or not measured.has_beat:
        return measured
    _, x = _prepared(record, [record.leads.index(lead) for lead in measured.leads])
    alike, beats = (np.round(np.array(at_s) * FS_HZ).astype(int) for at_s in (measured.alike_s, measured.peaks_s))
    return replace(measured, beat_mv=_read_only(median_beat(x, alike, beats)))


def _prepared(record: Record, rows: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """What is measured of a recording: these leads as recorded, and as beats.prepared."""
    signal_mv = record.signal_mv[:, : int(LONGEST_S * record.fs_hz)][rows]
    return signal_mv, prepared(signal_mv, record.fs_hz)


def _seconds(samples: np.ndarray) -> tuple[float, ...]:
    return tuple((samples / FS_HZ).tolist())


def _read_only(beat: np.ndarray) -> np.ndarray:
    beat = beat.astype(np.float32)
    beat.setflags(write=False)
    return beat


def _doubtful(
    values: Mapping[str, float], beat: np.ndarray, places: Mapping[str, int], beats: np.ndarray, alike: np.ndarray
) -> dict[str, str]:
    """Quantity -> why it is not sure."""
    doubts_: dict[str, str] = {}
    of_heart, spike_over = delineate.without_spike(beat)
    qrs = _qrs(places)
    no_rhythm = "p" not in values and doubts.unequal(beats)
    if "qt" in values:
        why = doubts.qt_doubt(of_heart, qrs, places["t_offset"], values["rr"] / 1000, no_rhythm)
        doubts_ |= dict.fromkeys(RESTS_ON_T_END, why)
    if "qrs" in values:
        doubts_["qrs"] = doubts.qrs_doubt(of_heart, spike_over, qrs, values["rr"] / 1000, no_rhythm)
        doubts_["st"] = doubts.st_doubt(values["rr"] / 1000)
    p = places.get("p_onset", 0), places.get("p_offset", 0)
    if "p" in values:
        doubts_ |= dict.fromkeys(("p", "pr", "p_axis"), doubts.p_doubt(of_heart, p, qrs))
    why = doubts.rate_doubt(beats, alike)
    if why:
        doubts_ |= dict.fromkeys(RESTS_ON_RATE, why)
    if "p" in values:
        why = doubts.beat_doubt(of_heart, p, qrs)
        doubts_ |= dict.fromkeys((*RESTS_ON_RATE, "p", "qrs", "st"), why) if why else {}
    return {name: why for name, why in doubts_.items() if why and (name in values or name == "st")}


def _qrs(places: Mapping[str, int]) -> tuple[int, int]:
    return places.get("qrs_onset", 0), places.get("qrs_offset", 0)


def _marks(
    x: np.ndarray, beat: np.ndarray, alike: np.ndarray, rr_s: float, own_rr_s: float
) -> tuple[dict[str, int], dict[str, str]]:
    """Marks of a median beat in samples, and why one is not there.

    rr_s     : mean of all intervals
    own_rr_s : the usual interval before the beats that look alike
    """
    beat, spike_over = delineate.without_spike(beat)
    qrs = delineate.qrs_marks(beat, spike_over)
    if qrs is None:
        return {}, dict.fromkeys(MARKS, "The QRS complex has no clear beginning and end.")
    places, why = {"qrs_onset": qrs[0], "qrs_offset": qrs[1]}, {}
    t_end = delineate.t_offset(beat, qrs, rr_s)
    if t_end is None:
        why["t_offset"] = "The end of the T wave was not found."
    else:
        places["t_offset"] = t_end
    p = delineate.p_marks(beat, delineate.p_window(beat, qrs, t_end, own_rr_s))
    no_p = ""
    if len(alike) < delineate.P_LEAST_BEATS:
        no_p = f"Fewer than {delineate.P_LEAST_BEATS} beats look alike: whether there is a P wave cannot be told."
    elif p is None:
        no_p = "No P wave begins and ends between the T wave and the QRS complex."
    elif delineate.p_likeness(x, alike, p) < delineate.P_ALIKE:
        no_p = "No P wave that keeps its shape and its distance from the QRS complex."
    elif atrial.flutters(beat, qrs, own_rr_s):
        no_p = "No P wave by itself: equal waves follow each other as in atrial flutter."
    elif atrial.comes_again(beat, qrs, p, own_rr_s) or atrial.comes_soon(beat, qrs, p, own_rr_s):
        no_p = "No P wave by itself: the same wave is there again before the next beat, as in flutter or AV block."
    if no_p or p is None:
        return places, why | {"p_onset": no_p, "p_offset": no_p}
    return places | {"p_onset": p[0], "p_offset": p[1]}, why


def intervals(marks_ms: Mapping[str, float], rr_ms: float | None) -> dict[str, float]:
    """P, PR, QRS, QT and the QTc that a set of marks gives, in ms; what needs an absent mark is not there."""
    pairs = {
        "p": ("p_onset", "p_offset"),
        "pr": ("p_onset", "qrs_onset"),
        "qrs": ("qrs_onset", "qrs_offset"),
        "qt": ("qrs_onset", "t_offset"),
    }
    durations = {name: marks_ms[b] - marks_ms[a] for name, (a, b) in pairs.items() if a in marks_ms and b in marks_ms}
    return durations | (qtc(durations["qt"], rr_ms) if "qt" in durations and rr_ms else {})


def qtc(qt_ms: float, rr_ms: float) -> dict[str, float]:
    """QT corrected for rate by each of the four formulas, in ms."""
    rr_s = rr_ms / 1000
    return {
        "qtc_fridericia": qt_ms / rr_s ** (1 / 3),
        "qtc_bazett": qt_ms / rr_s**0.5,
        "qtc_framingham": qt_ms + 154 * (1 - rr_s),
        "qtc_hodges": qt_ms + 1.75 * (60 / rr_s - 60),
    }


def bazett_warning(rate_bpm: float | None) -> str:
    """A sentence where Bazett's formula misleads; else ""."""
    low, high = BAZETT_BPM
    if rate_bpm is None or low <= rate_bpm <= high:
        return ""
    return f"Bazett's formula misleads outside {low:g}–{high:g}/min; use Fridericia's."


def _rr_ms(beats: np.ndarray, jumps: np.ndarray, signal_mv: np.ndarray, fs_hz: float) -> np.ndarray:
    """Intervals between beats that follow each other. What a jump or a gap lies in may be two, and is left out."""
    rr = np.diff(beats)
    for jump in jumps:
        rr = np.where((beats[:-1] < jump) & (beats[1:] > jump), 0, rr)
    lost = ~np.isfinite(signal_mv).any(axis=0)
    if lost.any():
        edges = np.flatnonzero(np.diff(lost.astype(np.int8), prepend=0, append=0)).reshape(-1, 2) / fs_hz * FS_HZ
        for start, stop in edges[np.diff(edges, axis=1)[:, 0] > GAP_S * FS_HZ]:
            rr = np.where((beats[:-1] < stop) & (beats[1:] > start), 0, rr)
    return rr[rr > 0] / FS_HZ * 1000


def _st_mv(beat: np.ndarray, leads: tuple[str, ...], places: Mapping[str, int]) -> dict[str, float]:
    """Lead -> level at J + 60 ms above the line before the QRS complex; a lead without values there has none."""
    if not {"qrs_onset", "qrs_offset"} <= places.keys():
        return {}
    at, around = places["qrs_offset"] + round(AFTER_J_S * FS_HZ), round(AROUND_J_S * FS_HZ)
    part = beat[:, at - around : at + around + 1] - delineate.isoelectric(beat, places["qrs_onset"])
    levels = np.median(part, axis=1) if part.shape[1] else np.full(len(leads), np.nan)
    return {lead: float(mv) for lead, mv in zip(leads, levels, strict=True) if np.isfinite(mv)}


def _axes(beat: np.ndarray, leads: tuple[str, ...], places: Mapping[str, int]) -> dict[str, float]:
    """Frontal axes in degrees, from the areas of the waves in leads I and aVF; a wave of no area has none."""
    rows = {lead: row for row, lead in enumerate(leads)}
    if not {"I", "aVF"} <= rows.keys() or "qrs_onset" not in places:
        return {}
    line = delineate.isoelectric(beat, places["qrs_onset"])
    axes = {}
    for name, first, last in (
        ("p_axis", "p_onset", "p_offset"),
        ("qrs_axis", "qrs_onset", "qrs_offset"),
        ("t_axis", "qrs_offset", "t_offset"),
    ):
        if first in places and last in places:
            wave = (beat - line)[[rows["I"], rows["aVF"]], places[first] : places[last]]
            one, foot = np.nansum(wave, axis=1) / FS_HZ
            # aVF is Goldberger's, smaller than a bipolar lead by 2 / sqrt(3).
            if np.hypot(one, foot) > LEAST_AREA_MV_S:
                axes[name] = float(np.degrees(np.arctan2(foot * 2 / np.sqrt(3), one)))
    return axes


def _result(
    record: Record,
    rr_ms: np.ndarray,
    places: dict[str, int],
    why: dict[str, str],
    leads: tuple[str, ...],
    *,
    beat: np.ndarray | None,
    against: str = "",
) -> Measurements:
    marks_ms = {mark: (places[mark] / FS_HZ - BEFORE_S) * 1000 for mark in MARKS if mark in places}
    mean_ms = float(rr_ms.mean()) if len(rr_ms) else None
    values = {}
    if mean_ms:
        values = {"rate": 60_000 / mean_ms, "rr": mean_ms}
        values |= {"rr_shortest": float(rr_ms.min()), "rr_longest": float(rr_ms.max())}
    values |= intervals(marks_ms, mean_ms)
    st_mv: dict[str, float] = {}
    no_axis = "Leads I and aVF, or a clear wave in them, are lacking."
    if beat is not None:
        of_heart = delineate.without_spike(beat)[0]
        if against:
            no_axis = f"By the other limb leads, {against}."
        else:
            values |= _axes(of_heart, leads, places)
        st_mv = _st_mv(of_heart, leads, places)
    needed = {"p": "p_onset", "pr": "p_onset", "p_axis": "p_onset", "qrs": "qrs_onset", "qrs_axis": "qrs_onset"}
    missing = {}
    for name in QUANTITIES.keys() - values.keys():
        mark = needed.get(name, "t_offset")
        missing[name] = why.get(mark, no_axis)
    return Measurements(
        record.id,
        values,
        missing,
        marks_ms,
        leads,
        None if beat is None else _read_only(beat),
        device=record.device,
        st_mv=st_mv,
    )


def _without_beats(record: Record, interval_s_: float | None) -> Measurements:
    """Where no beats stand out: the rate of broad waves that follow each other, if they do, and nothing else."""
    nothing = _nothing(record, "No heart beats stand out from the rest.")
    if interval_s_ is None:
        return nothing
    values = {"rate": 60 / interval_s_, "rr": 1000 * interval_s_}
    why = "The complexes run into each other: neither their beginning nor their end can be told."
    return replace(
        nothing,
        values=values,
        missing=dict.fromkeys(QUANTITIES.keys() - values.keys(), why),
        doubtful=dict.fromkeys(values, "Rate: that of equal broad waves; no single beats stand out."),
        notes=("Equal broad waves follow each other without a rest, as in ventricular tachycardia.",),
    )


def _nothing(record: Record, why: str) -> Measurements:
    return Measurements(record.id, missing=dict.fromkeys(QUANTITIES, why), notes=(why,), device=record.device)
