"""Notes on the ECGs of the open project: one of each reader on each, plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cessl_gui.bridge.reader.undo import Edit, NoteChange
from cessl_gui.core.changes import Change, ChangeKind

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

MOST = 20_000  # characters of a note


class ReaderNotes:
    """The notes of a session. Those of others are shown where the opinions on the ECG are; see Sight."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._noted: dict[str, list[str]] | None = None  # read when it is asked for
        session.changed.connect(self._on_changed)

    def own(self, record_id: str) -> str:
        """This reader's note; "" without one."""
        return self._session.project.notes.of_readers(record_id).get(self._session.reader, "")

    def others(self, record_id: str) -> dict[str, str]:
        """Reader -> note, of the other readers; nothing while the ECG is read blind."""
        if not self._session.prediction_shown(record_id):
            return {}
        notes = self._session.project.notes.of_readers(record_id)
        return {reader: note for reader, note in notes.items() if reader != self._session.reader}

    def write(self, record_id: str, note: str) -> bool:
        """Keep this reader's note, "" for none; False where it was refused. Committed on return."""
        before = self.own(record_id)
        note = note.strip()[:MOST]
        return before == note or self._session.carry_out(Edit(record_id, (NoteChange(before, note),)))

    def has(self, record_id: str) -> bool:
        """Whether there is a note that may be seen now."""
        if self._noted is None:
            self._noted = self._session.project.notes.noted()
        readers = self._noted.get(record_id)
        if not readers:
            return False
        return self._session.reader in readers or self._session.prediction_shown(record_id)

    def _on_changed(self, change: Change) -> None:
        if change.kind in (ChangeKind.NOTES, ChangeKind.RECORDS):
            self._noted = None
