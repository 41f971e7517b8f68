"""Blind reading: of which records the opinions of model and file are in sight now, and of which they ever were."""

from __future__ import annotations

from cessl_gui.core.types import ReadingState, RecordInfo
from cessl_gui.store.project import Project

FIRST_READ, ALWAYS, OFF = "first read", "always", "off"  # values of the setting "blind"


class Sight:
    """What may be shown of a record, and what has been shown, for good.

    "always" hides until the reading is confirmed, each time again; "first read" stops hiding once a reader has
    confirmed or asked to see, and hides again where the confirmation is undone; "off" never hides.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._uncovered = project.records.uncovered()
        self._seen = project.records.seen()
        self._file_seen = project.records.file_seen()
        self._measurements_seen = set(project.labels.measurements_seen())

    def is_shown(self, info: RecordInfo, blind: str) -> bool:
        """Whether the opinions of model and file may be seen now. blind : the setting"""
        if blind == OFF:
            return True
        if blind == ALWAYS:
            return info.reading == ReadingState.CONFIRMED
        return info.id in self._uncovered

    def has_seen(self, record_id: str) -> bool:
        """Whether the prediction may have been seen, now or earlier. Hidden again does not mean unseen."""
        return record_id in self._seen

    def has_seen_file(self, record_id: str) -> bool:
        """The same of the diagnoses in the source file."""
        return record_id in self._file_seen

    def has_seen_measurements(self, record_id: str) -> bool:
        """The same of measured figures, which are never hidden."""
        return record_id in self._measurements_seen

    def note_measurements(self, record_id: str) -> None:
        """Measured figures of this record are in sight; labels from now on carry that."""
        self._measurements_seen.add(record_id)

    def reveal(self, record_id: str, reader: str) -> None:
        """Keep for good that they were asked for, and show them. raises : ProjectError"""
        self._project.records.reveal(record_id, reader)
        self._uncovered.add(record_id)
        self.note_seen(record_id)

    def moved(self, info: RecordInfo) -> None:
        """A record was moved in the reading queue, and that is committed."""
        self._uncovered -= {info.id}
        self._uncovered |= self._project.records.uncovered(info.id)
        if info.reading == ReadingState.CONFIRMED:
            self.note_seen(info.id)

    def note_seen(self, record_id: str) -> None:
        self._seen.add(record_id)
        self._file_seen.add(record_id)
