"""SCP-ECG (EN 1064, ISO 11073-91064): sections 0 to 8 and 10. Sections that are not needed may be empty or broken."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import Record
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.lead_codes import LEAD_OF_NUMBER
from cessl_gui.ecg.readers.recording import plausible, read_bytes, recording, sha256
from cessl_gui.ecg.readers.scp_ecg import scp_beats, scp_huffman, scp_sections, scp_words
from cessl_gui.ecg.readers.scp_ecg.scp_sections import Beats, Lead
from cessl_gui.ecg.readers.stand_ins import blank, may_hold_some

NAME = "SCP-ECG"
CODED = struct.Struct("<HHBB")  # nV a step, us a sample, differences, decimated between the QRS complexes
MOST_DECIMATED = 8  # samples of which one value may be stored
MOST_VALUES = 1 << 26  # a lead has at most 65,535 bytes


@dataclass(frozen=True)
class Coded:
    """Section 5 or 6. sections: the bytes of each lead, in the order of section 3"""

    step_nv: int
    interval_us: int
    differences: int
    decimated: bool
    leads: list[bytes]


def claims(head: bytes, path: Path) -> bool:
    return scp_sections.is_record(head)


def read(path: Path) -> Record:
    """Read the rhythm of a record.

    raises : UnreadableRecording with the reason
    """
    data = read_bytes(path)
    warnings: list[str] = []
    found = scp_sections.sections(path, data, warnings)
    leads, is_residue = scp_sections.leads(path, found[3])
    try:
        tables = scp_huffman.tables(found.get(2, b""))
    except scp_huffman.Damaged as error:
        raise _damaged(path, str(error)) from error
    beats = scp_sections.beats(found.get(4, b""))
    rhythm = _coded(path, found[6], len(leads))
    if (is_residue or rhythm.decimated) and not beats:
        raise _damaged(path, "where its beats lie (section 4), without which its signal is not known, is missing")
    beats = beats or Beats(0, 0)
    is_residue = is_residue and bool(scp_beats.subtracted_beats(beats))
    reference = _coded(path, found[5], len(leads)) if 5 in found and (is_residue or rhythm.decimated) else None
    factor = _factor(path, rhythm, reference, is_residue)
    begin, end = min(lead.first for lead in leads), max(lead.last for lead in leads)
    if end - begin >= 8 * factor * len(found[6]) or (end - begin) * len(leads) > MOST_VALUES:
        raise _damaged(path, f"it announces {end - begin + 1:,} samples and holds {len(found[6]):,} bytes of them")
    signal = np.full((len(leads), end - begin + 1), np.nan, np.float32)
    for place, lead in enumerate(leads):
        try:
            row = _lead(place, lead, rhythm, reference if is_residue else None, factor, beats, tables)
        except scp_huffman.Damaged:
            warnings.append(f"the samples of lead {_name(lead)} are damaged: they are left out")
        else:
            signal[place, lead.first - begin : lead.first - begin + len(row)] = row
            if len(row) < lead.samples or np.isnan(row[-1]):
                warnings.append(f"lead {_name(lead)} ends before its end is due")
    names, step_mv = list(map(_name, leads)), rhythm.step_nv * 1e-6
    if may_hold_some(signal) and (said := blank(signal, names, lambda _, mv: (round(mv / step_mv), 1000 * mv))):
        warnings.append(said)
    facts = scp_words.facts(found.get(1, b""), warnings)
    facts.device = _device(found, len(beats.beats), warnings)
    facts.device_statements = scp_words.statements(found.get(8, b""), warnings)
    fs_hz = 1e6 * factor / rhythm.interval_us
    return recording(path, sha256(data), NAME, signal, names, fs_hz, facts)


def _device(found: dict[int, bytes], beats: int, warnings: list[str]) -> dict[str, float]:
    """Of the whole ECG (section 7); an interval that is not stated there, by those of the leads (section 10)."""
    whole = plausible(scp_words.measurements(found.get(7, b""), beats))
    by_lead = plausible(scp_words.lead_measurements(found.get(10, b"")))
    more = {name: value for name, value in by_lead.items() if name not in whole}
    if more:
        warnings.append(f"the device measured {', '.join(map(str.upper, more))} by lead only: their median is shown")
    return whole | more


def _damaged(path: Path, how: str) -> UnreadableRecording:
    return UnreadableRecording(f"{path.name} is damaged SCP-ECG: {how}.", "Copy or export it again.")


def _name(lead: Lead) -> str:
    return canonical_lead(LEAD_OF_NUMBER.get(lead.number, f"lead {lead.number}" if lead.number else ""))


def _coded(path: Path, section: bytes, count: int) -> Coded:
    begin = CODED.size + 2 * count
    if len(section) < begin:
        raise _damaged(path, "its samples are cut off")
    step_nv, interval_us, differences, decimated = CODED.unpack_from(section)
    if not step_nv or not interval_us or differences > 2:
        raise _damaged(path, f"steps of {step_nv} nV every {interval_us} us, differences of order {differences}")
    leads, at = [], begin
    for size in struct.unpack_from(f"<{count}H", section, CODED.size):
        leads.append(section[at : at + size])
        at += size
    return Coded(step_nv, interval_us, differences, decimated == 1, leads)


def _factor(path: Path, rhythm: Coded, reference: Coded | None, is_residue: bool) -> int:
    """How many samples became one value between the QRS complexes; 1 where none were lost."""
    if is_residue and not reference:
        raise _damaged(path, "the reference beat (section 5) that was subtracted is missing")
    if rhythm.decimated and not reference:
        raise _damaged(path, "its full sampling rate (section 5) is missing")
    factor = rhythm.interval_us // reference.interval_us if reference else 1
    fits = not reference or factor * reference.interval_us == rhythm.interval_us
    if not fits or not 1 <= factor <= (MOST_DECIMATED if rhythm.decimated else 1):
        raise _damaged(path, f"{rhythm.interval_us} us a sample do not fit the reference beat's")
    return factor


def _lead(
    place: int,
    lead: Lead,
    rhythm: Coded,
    reference: Coded | None,
    factor: int,
    beats: Beats,
    tables: list[scp_huffman.Table] | None,
) -> np.ndarray:
    """A lead in mV, NaN where the data end before it does.

    reference : None where no reference beat was subtracted
    """
    samples = min(lead.samples, 8 * factor * len(rhythm.leads[place]))
    kept = scp_beats.protected_in(lead, beats) if rhythm.decimated else []
    count = scp_beats.stored_samples(samples, kept, factor) if factor > 1 else samples
    values = scp_beats.integrated(scp_huffman.decode(rhythm.leads[place], count, tables), rhythm.differences)
    if factor > 1:
        values = scp_beats.expanded(values, samples, kept, factor)
    if not reference:
        return values * (rhythm.step_nv * 1e-6)
    length = round(1000 * beats.milliseconds / reference.interval_us)
    beat = scp_beats.integrated(scp_huffman.decode(reference.leads[place], length, tables), reference.differences)
    if len(beat) < max(1, length):
        raise scp_huffman.Damaged("the reference beat is cut off")
    steps_nv = rhythm.step_nv, reference.step_nv
    return scp_beats.with_reference_beats(values, beat, lead, beats, steps_nv, kept) * (reference.step_nv * 1e-6)
