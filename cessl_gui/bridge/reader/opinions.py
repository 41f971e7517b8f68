"""What reader, model and file say of a record, as far as it may be seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cessl_gui.core.reading.opinions import Opinions, in_words
from cessl_gui.core.types import HEADER_READER, ReadingState, State

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


LONGEST_NAME = 24  # characters of a record: what was said of it needs the room


def opinions_of(session: Session, record_id: str) -> Opinions | None:
    """The opinions on a record; None before its reading is confirmed, and where they may not be seen."""
    if session.info(record_id).reading != ReadingState.CONFIRMED or not session.prediction_shown(record_id):
        return None
    return _next_to(session, record_id, session.labels(record_id))


def others_opinions(session: Session, record_id: str) -> Opinions | None:
    """What model and file say while the reading is open; None where they may not be seen."""
    return _next_to(session, record_id, {}) if session.prediction_shown(record_id) else None


def _next_to(session: Session, record_id: str, you: Mapping[str, State]) -> Opinions:
    prediction = session.prediction(record_id)
    return Opinions(
        you,
        prediction.probabilities if prediction and not session.refusal(record_id) else None,
        session.thresholds(),
        session.header_labels(record_id),
    )


def last_read(session: Session, record_id: str) -> str:
    """What was confirmed, next to what model and file say: "A0149 · You: AF · Model: AF 0.97 · File: AF".

    Of a long name the end alone, which tells more often than its beginning which one it is.
    """
    opinions = opinions_of(session, record_id)
    if opinions is None:
        return ""
    said = in_words(opinions, session.vocabulary(), session.device_statements(record_id))
    name = session.info(record_id).name
    short = name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"
    return " · ".join([short, *(f"{who}: {what}" for who, what in said.items())])


def was_read_blind(session: Session, record_id: str) -> bool:
    """Whether no label of a record was given while the model's or the file's opinion was, or had been, in sight."""
    events = [event for event in session.history(record_id) if event["reader"] != HEADER_READER]
    return bool(events) and not any(event["prediction_visible"] or event["file_visible"] for event in events)
