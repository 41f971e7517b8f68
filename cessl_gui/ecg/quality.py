"""What is doubtful about a lead or a recording, in words. Hints for the reader: nothing is changed by them."""

from __future__ import annotations

import numpy as np

from cessl_gui.core.scratch import release
from cessl_gui.core.types import Record
from cessl_gui.ecg.butterworth import sections, zero_phase
from cessl_gui.ecg.limb_leads import misnamed

FLAT_MV = 0.01  # peak to peak; an ECG lead that is this quiet shows a straight line at 10 mm/mV
CLIPPED_SHARE = 0.01  # of the samples at the very top or bottom
NOISE_MV = 0.05  # standard deviation above 40 Hz: 0.5 mm of fuzz on the paper
CONSISTENCY_MV = 0.1  # rms by which the limb leads may disagree (1 mm)
NOISE_FROM_HZ = 40.0
WINDOW_S = 0.5
OFF_SCALE_MV = 8.0  # from lowest to highest within half a second; the tallest QRS complexes are about 5 mV
POOR_SHARE = 0.5  # of the time, in the worst lead
OPPOSITE = -0.5  # correlation with V5 and V6; below it a lead that runs with them is upside down
SILENT = 0.1  # of lead I's deviation; less is left of lead II between the right arm and the right leg
QRS_AND_T_HZ = (0.7, 30.0)
LEAST_S = 3.0  # some beats


def lead_notes(record: Record) -> dict[str, tuple[str, ...]]:
    """Lead -> what is doubtful about it; good leads are left out.

    Words: missing, derived, off, flat, off scale, clipped, noisy, gaps.
    """
    notes: dict[str, tuple[str, ...]] = {}
    for lead, x in zip(record.leads, record.signal_mv, strict=True):
        words = (["derived"] if lead in record.derived else []) + _doubts(x, record.fs_hz)
        if words:
            notes[lead] = tuple(words)
        release(record.signal_mv)
    return notes | dict.fromkeys(record.missing, ("missing",))


def _doubts(x: np.ndarray, fs_hz: float) -> list[str]:
    known = x[np.isfinite(x)]
    if known.size == 0:
        return ["off"]
    words = ["gaps"] if known.size < x.size else []
    low, high = float(known.min()), float(known.max())
    if high - low < FLAT_MV:
        return [*words, "flat"]
    if high - low > OFF_SCALE_MV and np.mean(_ranges(x, fs_hz) > OFF_SCALE_MV) > 0.1:
        words.append("off scale")
    # Many samples at exactly the largest or smallest value: an amplifier or a converter at its end.
    edge = max(np.count_nonzero(known == high), np.count_nonzero(known == low))
    if edge > CLIPPED_SHARE * known.size and high - low > 1.0:
        words.append("clipped")
    if _noise_mv(known, fs_hz) > NOISE_MV:
        words.append("noisy")
    return words


def _noise_mv(x: np.ndarray, fs_hz: float) -> float:
    """Robust standard deviation of what lies above 40 Hz, so that the QRS complexes do not count."""
    if fs_hz <= 2.5 * NOISE_FROM_HZ or x.size < 50:
        return 0.0
    high = zero_phase(x[: int(60 * fs_hz)], sections(NOISE_FROM_HZ, "highpass", fs_hz, order=2))
    return float(1.4826 * np.median(np.abs(high - np.median(high))))


def worst_lead(record: Record) -> tuple[str, float]:
    """The lead that is lost for most of the time, and the share of the time: the verdict on the recording as a whole.

    Lost is each half second without a value, flat (FLAT_MV) or beyond every ECG (OFF_SCALE_MV). An absent lead is not
    counted. From POOR_SHARE on the recording is poor; benchmarks/signal/signal_quality.py compares with human verdicts.
    """
    if not record.leads or record.signal_mv.shape[1] == 0:
        return "", 1.0
    ranges = [_ranges(x, record.fs_hz) for x in record.signal_mv]
    shares = [1 - float(np.mean((r >= FLAT_MV) & (r <= OFF_SCALE_MV))) for r in ranges]
    worst = int(np.argmax(shares))
    return record.leads[worst], shares[worst]


def _ranges(x: np.ndarray, fs_hz: float) -> np.ndarray:
    """Highest minus lowest of each half second, NaN where there is no value; what is over at the end is left out."""
    length = min(len(x), max(1, round(WINDOW_S * fs_hz)))
    parts = x[: len(x) // length * length].reshape(-1, length)
    return np.fmax.reduce(parts, axis=1) - np.fmin.reduce(parts, axis=1)


def reversal_hint(record: Record) -> str:
    """A sentence where limb electrodes seem to be exchanged; else "". An exchange of left arm and leg is not seen.

    V5 and V6 look at the heart from the left as lead I does, and somewhat from below as II does: whole beats run the
    same way in them, and the other way where the right arm's electrode is in another's place.
    """
    if record.duration_s < LEAST_S:
        return ""
    rows = {
        lead: _complexes(x, record.fs_hz)
        for lead, x in zip(record.leads, record.signal_mv, strict=True)
        if lead in ("I", "II", "V5", "V6")
    }
    left = [rows[lead] / rows[lead].std() for lead in ("V5", "V6") if lead in rows and rows[lead].std() > FLAT_MV]
    if not {"I", "II"} <= rows.keys() or not left or rows["I"].std() < FLAT_MV:
        return ""
    one, two = rows["I"], rows["II"]
    if 0 < two.std() < SILENT * one.std():
        return "Lead II is almost silent: right arm and right leg may be exchanged."
    parts = max(1, int(record.duration_s / LEAST_S))
    with_one, with_two = (_correlation(limb, sum(left), parts) for limb in (one, two))
    if min(with_one, with_two) >= OPPOSITE:
        return ""
    if with_one < with_two:
        return "Lead I runs against V5 and V6: right and left arm may be exchanged (or the heart lies to the right)."
    return "Lead II runs against V5 and V6: right arm and left leg may be exchanged."


def _complexes(x: np.ndarray, fs_hz: float) -> np.ndarray:
    """QRS complexes and T waves without wander; zeros where the sampling rate does not reach them."""
    if fs_hz <= 2.5 * QRS_AND_T_HZ[1]:
        return np.zeros(len(x))
    return zero_phase(np.nan_to_num(x.astype(np.float64)), sections(QRS_AND_T_HZ, "bandpass", fs_hz, order=2))


def _correlation(a: np.ndarray, b: np.ndarray, parts: int) -> float:
    """The median over parts of the recording: a jump in one of them says nothing of the electrodes."""
    pairs = zip(np.array_split(a, parts), np.array_split(b, parts), strict=True)
    return float(
        np.median([np.corrcoef(one, other)[0, 1] if one.std() * other.std() > 0 else 0 for one, other in pairs])
    )


def limb_lead_hint(record: Record) -> str:
    """A sentence where the recorded limb leads contradict each other (III = II - I; aVR + aVL + aVF = 0); else ""."""
    if found := misnamed(record.signal_mv, record.leads):
        return f"By the other limb leads, {found}."
    rows = dict(zip(record.leads, record.signal_mv, strict=True))
    if {"I", "II", "III"} <= rows.keys() and _rms(rows["I"] + rows["III"] - rows["II"]) > CONSISTENCY_MV:
        return "Leads I, II and III contradict each other (II should be I + III)."
    if {"aVR", "aVL", "aVF"} <= rows.keys() and _rms(rows["aVR"] + rows["aVL"] + rows["aVF"]) > CONSISTENCY_MV:
        return "Leads aVR, aVL and aVF contradict each other (their sum should be zero)."
    return ""


def _rms(x: np.ndarray) -> float:
    known = x[np.isfinite(x)]
    # The mean is left out: an offset between leads is common and harmless.
    return float(known.std()) if known.size else 0.0
