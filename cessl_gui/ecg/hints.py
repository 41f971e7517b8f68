"""What the reader must know of an ECG before trusting it, as hints with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.gate import judge
from cessl_gui.ecg.quality import OFF_SCALE_MV, POOR_SHARE, limb_lead_hint, reversal_hint, worst_lead

LOOKED_AT_S = 60  # of a long recording, from its beginning
PADDED_FROM_S, STILL_TIMES = 0.2, 2
MANY_ABSENT = 6  # leads; then those that are there are named

REASONS = {
    "missing": "the recording does not have this lead and it cannot be derived",
    "derived": "computed from other limb leads, not recorded",
    "off": "no value at all: the electrode was off or the file has none",
    "flat": "hardly any voltage: the electrode was probably off",
    "off scale": f"more than {OFF_SCALE_MV:g} mV within half a second: a loose electrode, or a wrong unit",
    "clipped": "many samples at exactly the largest or smallest value: the amplifier was at its end",
    "noisy": "much that is faster than 40 Hz: muscle or mains",
    "gaps": "the file has no value for some of the time; the page leaves it empty",
}


@dataclass(frozen=True)
class Hint:
    """A few words, and why. warns : it asks for care"""

    words: str
    reason: str = ""
    warns: bool = True


FINE = Hint("All leads present, none noisy", warns=False)
LOOKING = Hint("Looking at the leads…", "The ECG can be labelled once that is done.", warns=False)


def hints(record: Record | None, notes: dict[str, tuple[str, ...]]) -> list[Hint]:
    """Everything doubtful about a recording, the most serious first.

    notes : lead -> words, as from ecg.quality.lead_notes
    """
    if record is None:
        return []
    hints_ = []
    if record.signal_mv.shape[1] == 0 or not record.leads:
        return [Hint("no samples", "The file names leads but holds no signal.")]
    beginning = replace(record, signal_mv=record.signal_mv[:, : int(LOOKED_AT_S * record.fs_hz)])
    refusal = judge(record).reason
    if refusal:
        hints_.append(Hint(f"no ECG to predict from: {refusal}", "No model judges this recording or learns from it."))
    lead, lost = worst_lead(beginning)
    if lost >= POOR_SHARE:
        reason = f"{lead} shows nothing that can be read for {lost:.0%} of the time."
        hints_.append(Hint("poor signal quality", f"{reason} Flat, without values, or beyond {OFF_SCALE_MV:g} mV."))
    limb = limb_lead_hint(beginning)
    if limb:
        hints_.append(Hint("limb leads inconsistent", f"{limb} An electrode may be misplaced, or a lead mislabelled."))
    reversal = reversal_hint(beginning)
    if reversal:
        hints_.append(Hint("limb leads reversed?", reversal))
    absent = record.missing if any(lead in LEADS_12 for lead in record.leads) else ()
    said = {lead: list(words) for lead, words in notes.items() if lead in record.leads}
    for lead in record.derived:
        if "derived" not in said.setdefault(lead, []):
            said[lead].append("derived")
    for word in ("off", "flat", "off scale", "clipped", "noisy", "gaps"):
        hints_ += _of_leads(word, [lead for lead in record.leads if word in said.get(lead, ())])
    if len(absent) >= MANY_ABSENT:
        there = [lead for lead in LEADS_12 if lead in record.leads]
        words = f"only {len(there)} of 12 leads ({', '.join(there)})"
        hints_.insert(0, Hint(words, "The recording does not have the others; a prediction rests on these alone."))
    else:
        hints_ += _of_leads("missing", list(absent))
    hints_ += _of_leads("derived", [lead for lead in record.leads if "derived" in said.get(lead, ())])
    start_s, end_s = padding_s(record)
    if start_s or end_s:
        where = " and ".join(f"{s:.2g} s at the {side}" for s, side in ((start_s, "start"), (end_s, "end")) if s)
        hints_.append(Hint(f"padded: {where}", "All leads are constant there: filled up, not recorded."))
    hints_ += [Hint(warning, "Reported while the file was read.") for warning in record.warnings]
    return hints_ or [FINE]


def _of_leads(word: str, leads: list[str]) -> list[Hint]:
    if not leads:
        return []
    names = "all leads" if len(leads) >= 12 else ", ".join(leads)
    return [Hint(f"{names} {word}", f"{names}: {REASONS[word]}.")]


def padding_s(record: Record) -> tuple[float, float]:
    """How many seconds at the start and at the end all leads stay at one value each; 0 where it is below 0.2 s.

    Where the recording is as still for as long between its ends, its ends are no padding: a line without noise.
    """
    signal = record.signal_mv[:, : int(LOOKED_AT_S * record.fs_hz)]
    end = record.signal_mv[:, -int(LOOKED_AT_S * record.fs_hz) :]
    lengths_s = []
    for part in (signal, end[:, ::-1]):
        runs = _still_runs(part)
        first = runs[0] if len(runs) > 1 else 0  # all constant is flat, not padded
        is_padding = first >= PADDED_FROM_S * record.fs_hz and first > STILL_TIMES * max(runs[1:-1], default=0)
        lengths_s.append(first / record.fs_hz if is_padding else 0.0)
    return lengths_s[0], lengths_s[1]


def _still_runs(signal_mv: np.ndarray) -> list[int]:
    """Lengths, in samples, of the stretches in which no lead changes; of those that do change, one each."""
    if signal_mv.shape[1] < 2:
        return []
    before, after = signal_mv[:, :-1], signal_mv[:, 1:]
    changes = ~np.all((before == after) | (np.isnan(before) & np.isnan(after)), axis=0)
    edges = np.concatenate([[0], np.flatnonzero(changes) + 1, [signal_mv.shape[1]]])
    return np.diff(edges).tolist()
