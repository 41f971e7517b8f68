"""Blind reading: of which records the opinions of model and file are in sight now, and of which they ever were."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cessl_gui.bridge.background.known import Known
from cessl_gui.core.types import ReadingState, RecordInfo
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.project import Project

FIRST_READ, ALWAYS, OFF = "first read", "always", "off"  # values of the setting "blind"


class Seen(NamedTuple):
    """Bool by row: opinions no longer hidden; the model's was ever in sight; the file's was; measurements were."""

    uncovered: np.ndarray
    model: np.ndarray
    file: np.ndarray
    measurements: np.ndarray


def read(project: Project, rows: Rows) -> Seen:
    """Of all records, which takes a while in a large project."""
    records = project.records
    ids = (records.uncovered(), records.seen(), records.file_seen(), project.labels.measurements_seen())
    return Seen(*map(rows.mask, ids))


def shown_by(project: Project, blind: str) -> Callable[[str], bool]:
    """A function for any thread: whether the opinions about a record may be seen, by what is on disk; see Sight."""
    if blind == OFF:
        return lambda record_id: True
    if blind == ALWAYS:
        return functools.cache(lambda record_id: project.records.standing(record_id)[0] == ReadingState.CONFIRMED)
    uncovered = functools.cache(project.records.uncovered)
    return lambda record_id: record_id in uncovered()


class Sight:
    """What may be shown of a record, and what has been shown, for good.

    "always" hides until the reading is confirmed, each time again; "first read" stops hiding once a reader has
    confirmed or asked to see, and hides again where the confirmation is undone; "off" never hides.
    """

    def __init__(self, project: Project, rows: Rows) -> None:
        self._project = project
        records = project.records
        self._uncovered = Known(rows, lambda record_id: bool(records.uncovered(record_id)))
        self._seen = Known(rows, lambda record_id: bool(records.seen(record_id)))
        self._file_seen = Known(rows, lambda record_id: bool(records.file_seen(record_id)))
        self._kept: set[str] = set()  # records of which it is on disk that this reader has seen them
        self._measurements_seen = Known(rows, lambda record_id: bool(project.labels.measurements_seen(record_id)))
        self._sets = (self._uncovered, self._seen, self._file_seen, self._measurements_seen)

    def expect(self) -> None:
        """All of it is about to be read again."""
        for known in self._sets:
            known.expect()

    def adopt(self, seen: Seen) -> None:
        """Know it of all records from now on."""
        for known, mask in zip(self._sets, seen, strict=True):
            known.adopt(mask)

    def uncovered(self) -> np.ndarray:
        """bool by row: of which records the opinions are no longer hidden."""
        return self._uncovered.everything()

    def is_shown(self, record_id: str, blind: str, reading: Callable[[], ReadingState]) -> bool:
        """Whether the opinions of model and file may be seen now.

        blind   : the setting
        reading : where the record stands, asked where that counts
        """
        if blind == OFF:
            return True
        if blind == ALWAYS:
            return reading() == ReadingState.CONFIRMED
        return record_id in self._uncovered

    def has_seen(self, record_id: str) -> bool:
        """Whether the prediction may have been seen, now or earlier. Hidden again does not mean unseen."""
        return record_id in self._seen

    def is_kept(self, record_id: str, reader: str) -> bool:
        """Whether it is on disk that this reader, and not only another, may have seen the prediction."""
        if record_id not in self._kept and self._project.records.seen(record_id, reader):
            self._kept.add(record_id)
        return record_id in self._kept

    def has_seen_file(self, record_id: str) -> bool:
        """The same of the diagnoses in the source file."""
        return record_id in self._file_seen

    def has_seen_measurements(self, record_id: str) -> bool:
        """The same of measured figures, which are never hidden."""
        return record_id in self._measurements_seen

    def note_measurements(self, record_id: str) -> None:
        """Measured figures of this record are in sight; labels from now on carry that."""
        self._measurements_seen.put(record_id, True)

    def reveal(self, record_id: str, reader: str) -> None:
        """Keep for good that they were asked for, and show them. raises : ProjectError"""
        self._project.records.reveal(record_id, reader)
        self._uncovered.put(record_id, True)
        self.note_seen(record_id)

    def note_opened(self, record_id: str, reader: str, blind: str) -> None:
        """Keep for good that they were in sight when the record was opened. raises : ProjectError"""
        self.note_seen(record_id)
        if blind == OFF:
            self.reveal(record_id, reader)
        else:  # another reader has uncovered them
            self.prime([record_id], reader)

    def prime(self, ids: Sequence[str], reader: str) -> None:
        """Keep for good that a list showed these opinions, which stay hidden otherwise. raises : ProjectError"""
        for record_id in ids:
            self.note_seen(record_id)
        if not self._project.reading_only:
            self._project.records.prime(ids, reader)

    def moved(self, info: RecordInfo) -> None:
        """A record was moved in the reading queue, and that is committed."""
        self._uncovered.put(info.id, bool(self._project.records.uncovered(info.id)))
        if info.reading == ReadingState.CONFIRMED:
            self.note_seen(info.id)

    def note_seen(self, record_id: str) -> None:
        self._seen.put(record_id, True)
        self._file_seen.put(record_id, True)
