"""What a report of one ECG says next to its page: the reading with who and when, the intervals, the model's part."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.core.errors import CesslError
from cessl_gui.core.measurements import QUANTITIES, tells_rhythm, without_rhythm
from cessl_gui.core.reading.standing import Standing, figure, standing

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

MEASURED = ("rate", "rr", "pr", "qrs", "qt", "qtc_fridericia", "qtc_bazett", "p_axis", "qrs_axis", "t_axis")
LONGEST_LINE = 400  # of a note: what is longer than a page could not be broken
NO_READING = "Nobody has labelled this ECG."


@dataclass(frozen=True)
class Part:
    """A heading, rows of (what, value, remark), paragraphs over the whole width, and a sentence below them."""

    heading: str
    rows: tuple[tuple[str, str, str], ...] = ()
    note: str = ""
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """title : the record's name"""

    title: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    footer: str = RESEARCH_USE_ONLY


def report_of(session: Session, record_id: str) -> Report:
    """What is known of a record. What blind reading hides is not in it."""
    info = session.info(record_id)
    facts = {"Age": info.age, "Sex": info.sex, "Recorded": info.recorded_at, "Reading": str(info.reading)}
    own = (_reading(session, record_id), *_remarks(session, record_id))
    parts = (*own, _intervals(session, record_id), _model(session, record_id), *_doubts(session, record_id))
    return Report(info.name, tuple((name, value) for name, value in facts.items() if value), parts)


def _doubts(session: Session, record_id: str) -> list[Part]:
    """What is doubtful about the recording, as the page says it; nothing where it cannot be read, or nothing is."""
    try:
        words = [f"{hint.words}. {hint.reason}".strip() for hint in session.hints(record_id) if hint.warns]
    except CesslError:
        return []
    words = words if session.prediction_shown(record_id) else [without_rhythm(each) for each in words]
    paragraphs = tuple(line for each in words for _, line in _lines(each))
    return [Part("Doubtful about the recording", paragraphs=paragraphs)] if paragraphs else []


def _reading(session: Session, record_id: str) -> Part:
    known, rows = session.vocabulary(), []
    for label in session.project.labels.with_source(record_id):
        who = f"{label['reader']}, {label['at_utc'][:16].replace('T', ' ')} UTC"
        rows.append((known[label["code"]].name, str(label["state"]), who))
    order = {"present": 0, "uncertain": 1, "absent": 2}
    rows.sort(key=lambda row: (order[row[1]], row[0]))
    return Part("Reading", tuple(rows), "" if rows else NO_READING)


def _remarks(session: Session, record_id: str) -> list[Part]:
    """What is marked on the page and noted, as far as it may be seen; nothing where there is nothing."""
    parts = []
    marks = session.page_marks.now(record_id)
    if marks:
        rows = tuple((one.name, "", f"{one.where}; {one.giver or session.reader}") for one in marks)
        parts.append(Part("Marks on the page", rows))
    notes = session.notes.others(record_id)
    own = session.notes.own(record_id)
    notes |= {session.reader: own} if own else {}
    if notes:
        paragraphs = [
            f"{reader}: {line}" if first else line for reader, note in notes.items() for first, line in _lines(note)
        ]
        parts.append(Part("Notes", paragraphs=tuple(paragraphs)))
    return parts


def _lines(note: str) -> list[tuple[bool, str]]:
    """A note in lines of at most LONGEST_LINE characters, each with whether it is the first."""
    lines = [part for line in note.splitlines() for part in textwrap.wrap(line, LONGEST_LINE) or [""]]
    return [(number == 0, line) for number, line in enumerate(lines)]


def _intervals(session: Session, record_id: str) -> Part:
    measured = session.measurements(record_id)
    if measured is None:
        return Part("Measurements", note="Not measured yet.")
    rows, blind = [], not session.prediction_shown(record_id)
    for name in MEASURED:
        words, unit = QUANTITIES[name]
        value, why = measured.values.get(name), measured.doubtful.get(name) or measured.missing.get(name, "")
        said = "" if blind and (value is None or tells_rhythm(why)) else why
        if value is not None:
            rows.append((words, f"{value:.0f} {unit}{' (?)' if why else ''}", said))
        elif why:
            rows.append((words, "–", said))
    return Part(
        "Measurements", tuple(rows), "Measured by the program; (?) is doubtful." if rows else "Nothing measured."
    )


def _model(session: Session, record_id: str) -> Part:
    """Marked as the model's, apart from what people said."""
    model, prediction = session.active_model(), session.prediction(record_id)
    heading = f"Model ({model.name}), not a reading" if model else "Model"
    if session.refusal(record_id):
        return Part(heading, note=f"Not predicted: {session.refusal(record_id)}.")
    if model is None or prediction is None:
        return Part(heading, note="No prediction.")
    if not session.prediction_shown(record_id):
        return Part(heading, note="Hidden until the reading is confirmed.")
    known, rows = session.vocabulary(), []
    for code, p in sorted(prediction.probabilities.items(), key=lambda item: -item[1]):
        cut = model.thresholds.get(code)
        stands = standing(p, cut)
        if stands != Standing.BELOW:
            remark = f"{stands}, cut-off {figure(cut)}" if cut is not None else str(stands)
            rows.append((known[code].name, figure(p), remark))
    return Part(heading, tuple(rows), f"Predicted {prediction.rests_on}." if rows else "Nothing above its cut-off.")
