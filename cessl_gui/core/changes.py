"""What the session announces, so that each view refreshes only what concerns it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ChangeKind(enum.StrEnum):
    """What of a project has changed."""

    LABELS = "labels"
    READING = "reading"  # where records stand in the reading queue
    MARKS = "marks"
    CALIPERS = "calipers"
    ANNOTATIONS = "annotations"
    NOTES = "notes"
    MEASUREMENTS = "measurements"
    RECORDS = "records"
    PREDICTIONS = "predictions"
    MODELS = "models"
    SETTINGS = "settings"
    QUARANTINE = "quarantine"
    QUEUE = "queue"  # in which order records come next
    UNDO = "undo"  # what Undo and Redo would do


@dataclass(frozen=True)
class Change:
    """What changed. Empty ids: all of that kind."""

    kind: ChangeKind
    ids: tuple[str, ...] = ()
