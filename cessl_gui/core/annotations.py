"""Beats and stretches of an ECG that somebody marked with a statement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Annotation:
    """One beat or one stretch.

    id      : the same from its setting to its removal
    code    : of the statement
    start_s : seconds of the recording
    end_s   : where a stretch ends; None for a beat
    lead    : the lead it was marked in; "" for all
    """

    id: str
    code: str
    start_s: float
    end_s: float | None = None
    lead: str = ""


@dataclass(frozen=True)
class GivenMark:
    """A mark, who gave it and when (UTC). is_imported : it came in a file of annotations and says what that says"""

    mark: Annotation
    reader: str
    at_utc: str
    is_imported: bool = False
