"""Marked beats and stretches in WFDB annotation files: ours, which come back as they were, and those of others."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.files import atomic_write
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.ecg.wfdb_annotations import LARGEST_FILE, Entry, decode, encode

MOST = 100_000  # marks of one file; normal beats, which carry no statement, are none
NOTE, RHYTHM = 22, 28

# Kinds of beats that say what a statement says.
STATEMENT_OF_BEAT = {
    2: "733534002",  # left bundle branch block
    3: "713427006",  # right bundle branch block
    4: "284470004",  # premature atrial, aberrated
    5: "427172004",  # premature ventricular
    6: "13640000",  # fusion
    8: "284470004",  # premature atrial
    9: "284470004",  # premature supraventricular
    10: "164884008",  # ventricular escape
    11: "426995002",  # junctional escape
    12: "10370003",  # paced
    25: "6374002",  # bundle branch block
    34: "251187003",  # atrial escape
    37: "251170000",  # blocked premature atrial
    41: "427172004",  # premature ventricular, R on T
}
BEAT_OF_STATEMENT = {code: kind for kind, code in reversed(STATEMENT_OF_BEAT.items())}
# Rhythms as PhysioNet's databases name them; (N ends the one before and is no mark.
STATEMENT_OF_RHYTHM = {
    "(AFIB": "164889003",
    "(AFL": "164890007",
    "(B": "11157007",
    "(T": "251180001",
    "(BII": "195042002",
    "(P": "10370003",
    "(PREX": "74390002",
    "(SBR": "426177001",
    "(SVTA": "426761007",
    "(VT": "164895002",
}
_OURS = re.compile(r"cessl (?P<id>\S+) (?P<part>beat|from|to) (?P<lead>\S*) (?P<code>.+)", re.DOTALL)
_RATE = re.compile(r"## time resolution: ([0-9.]{1,20})")


def write_annotations(path: Path, annotations: Iterable[Annotation], fs_hz: float, leads: Sequence[str]) -> None:
    """Write marks beside a recording, e.g. 100.mark beside 100.hea. Times are rounded to a sample.

    leads  : of the recording, in the order of its header
    raises : NotWritten; CesslError where an own statement is too long for the format
    """
    entries: list[Entry] = []
    for mark in annotations:
        channel = leads.index(mark.lead) if mark.lead in leads else 0
        kind = BEAT_OF_STATEMENT.get(mark.code, NOTE) if mark.end_s is None else RHYTHM
        parts = {"beat": mark.start_s} if mark.end_s is None else {"from": mark.start_s, "to": mark.end_s}
        for part, at_s in parts.items():
            text = f"cessl {mark.id} {part} {quote(mark.lead)} {mark.code}"
            entries.append(Entry(round(at_s * fs_hz), NOTE if part == "to" else kind, channel=channel, aux=text))
    content = encode(sorted(entries, key=lambda entry: entry.sample))
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(content)


def read_annotations(path: Path, fs_hz: float, leads: Sequence[str]) -> list[Annotation]:
    """Read the marks of an annotation file, ours or another's, in the order of their starts.

    Of other files beats that say what a statement says, and rhythms, become marks; a rhythm lasts until the next one,
    the last one until the last annotation. Such a mark has one id whenever the same file is read.
    fs_hz  : of the recording, where the file does not state its own
    raises : UnreadableRecording
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableRecording("The annotation file is larger than 64 MB.", "Split it into shorter recordings.")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableRecording(f"{path.name} cannot be read ({error.strerror}).", "Check the path.") from error
    return sorted(_marks(content, fs_hz, leads), key=lambda mark: (mark.start_s, mark.id))


def _marks(content: bytes, fs_hz: float, leads: Sequence[str]) -> list[Annotation]:
    marks: list[Annotation] = []
    open_ones: dict[str, tuple[float, str, str]] = {}  # id -> start, lead, code
    rhythm: tuple[float, str] | None = None
    at_s = 0.0
    for entry in decode(content):
        if entry.aux.startswith("## time resolution:") and (rate := _RATE.match(entry.aux)):
            fs_hz = float(rate[1]) or fs_hz
            continue
        at_s = entry.sample / fs_hz
        ours = _OURS.fullmatch(entry.aux)
        if ours and ours["part"] == "beat":
            marks.append(Annotation(ours["id"], ours["code"], at_s, None, unquote(ours["lead"])))
        elif ours and ours["part"] == "from":
            open_ones[ours["id"]] = at_s, unquote(ours["lead"]), ours["code"]
        elif ours and ours["id"] in open_ones:
            start_s, lead, code = open_ones.pop(ours["id"])
            marks.append(Annotation(ours["id"], code, start_s, at_s, lead))
        elif entry.kind == RHYTHM and entry.aux.startswith("("):
            marks += _ended(rhythm, at_s)
            means = STATEMENT_OF_RHYTHM.get(entry.aux.strip())
            rhythm = (at_s, means) if means else None
        elif entry.kind in STATEMENT_OF_BEAT:
            lead = leads[entry.channel] if 0 < entry.channel < len(leads) else ""
            marks.append(_foreign(STATEMENT_OF_BEAT[entry.kind], at_s, None, lead))
        if len(marks) > MOST:
            raise UnreadableRecording(f"The annotation file marks more than {MOST:,} beats.", "Split the recording.")
    marks += _ended(rhythm, at_s)
    return [mark for mark in marks if vocabulary()[mark.code].name]


def _ended(rhythm: tuple[float, str] | None, at_s: float) -> list[Annotation]:
    return [_foreign(rhythm[1], rhythm[0], at_s)] if rhythm and at_s > rhythm[0] else []


def _foreign(code: str, start_s: float, end_s: float | None, lead: str = "") -> Annotation:
    words = f"{code} {start_s:.6f} {'' if end_s is None else f'{end_s:.6f}'} {lead}"
    return Annotation(hashlib.sha256(words.encode()).hexdigest()[:16], code, start_s, end_s, lead)
