"""What reader, model and file say of confirmed records, and of which they disagree. Of others nothing is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cessl_gui.core.opinions import Opinions, in_words
from cessl_gui.core.types import HEADER_READER, ReadingState, State

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


def opinions_of(session: Session, record_id: str, file: Mapping[str, State] | None = None) -> Opinions | None:
    """The opinions on a record; None before its reading is confirmed, and where they may not be seen.

    file : what its source states, where that is known already
    """
    if session.info(record_id).reading != ReadingState.CONFIRMED or not session.prediction_shown(record_id):
        return None
    return _next_to(session, record_id, session.labels(record_id), file)


def others_opinions(session: Session, record_id: str) -> Opinions | None:
    """What model and file say while the reading is open; None where they may not be seen."""
    return _next_to(session, record_id, {}, None) if session.prediction_shown(record_id) else None


def _next_to(session: Session, record_id: str, you: Mapping[str, State], file: Mapping[str, State] | None) -> Opinions:
    prediction = session.prediction(record_id)
    return Opinions(
        you,
        prediction.probabilities if prediction and not session.refusal(record_id) else None,
        session.thresholds(),
        session.header_labels(record_id) if file is None else file,
    )


def last_read(session: Session, record_id: str) -> str:
    """What was confirmed, next to what model and file say: "A0149 · You: AF · Model: AF 0.97 · File: AF"."""
    opinions = opinions_of(session, record_id)
    if opinions is None:
        return ""
    said = in_words(opinions, session.vocabulary(), session.device_statements(record_id))
    return " · ".join([session.info(record_id).name, *(f"{who}: {what}" for who, what in said.items())])


def disagreements(session: Session, record_ids: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Record id -> the codes in which the reader differs from the model or the file. Confirmed records only.

    record_ids : None is the whole project, 50 ms for some thousand confirmed records: not in the window's thread
    """
    files = session.project.labels.header_all() if record_ids is None else None
    found = {}
    for record_id in (info.id for info in session.records()) if record_ids is None else record_ids:
        opinions = opinions_of(session, record_id, None if files is None else files.get(record_id, {}))
        codes = tuple(dict.fromkeys((*opinions.model_differs, *opinions.file_differs))) if opinions else ()
        if codes:
            found[record_id] = codes
    return found


def was_read_blind(session: Session, record_id: str) -> bool:
    """Whether no label of a record was given while the model's or the file's opinion was, or had been, in sight."""
    events = [event for event in session.history(record_id) if event["reader"] != HEADER_READER]
    return bool(events) and not any(event["prediction_visible"] or event["file_visible"] for event in events)
