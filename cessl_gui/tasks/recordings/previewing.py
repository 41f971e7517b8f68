"""A look at what an import would read, before it: the first recording of what was chosen, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.scratch import asked
from cessl_gui.core.types import Record
from cessl_gui.ecg.readers import read_recording, search
from cessl_gui.ecg.readers.given import Given

NONE = "No recording was found there."


@dataclass(frozen=True)
class Preview:
    """record: the first that can be read, guesses among its facts; problem: why there is none; count: of recordings"""

    record: Record | None = None
    problem: str = ""
    count: int = 0
    archives: int = 0
    passed_over: dict[str, int] = field(default_factory=dict)


TRIED = 5  # recordings, where the first ones cannot be read


def preview(paths: Sequence[Path], given: Given | None, check: Callable[[], None]) -> Preview:
    """What was chosen, as far as it can be said without importing it. check : raises Cancelled to end it"""
    searched = search(paths, lambda path: given, check)
    facts = (len(searched.recordings), len(searched.archives), dict(searched.passed_over))
    problem = "" if searched.archives else NONE
    for path in searched.recordings[:TRIED]:
        try:
            with asked(check):
                return Preview(read_recording(path, given), "", *facts)
        except UnreadableRecording as error:
            problem = str(error)
    return Preview(None, problem, *facts)
