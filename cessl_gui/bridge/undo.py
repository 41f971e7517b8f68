"""Undo and redo back to when the project was opened: each act of a reader is remembered with what it replaced."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cessl_gui.core.types import Caliper, ReadingState, State
from cessl_gui.store.project import Project


@dataclass(frozen=True)
class Act:
    """One act of a reader on one record: some labels, perhaps a change of reading state; or marks or calipers.

    labels  : (code, state before, state after); None is not assessed
    reading : (before, after) or None
    words   : the act for the Undo menu, e.g. "AF present"
    marks   : (mark of the median beat, ms before, ms after); None is no mark of the reader's own
    calipers : (caliper's id, before, after); None is no caliper
    statements : (code of a statement of the project's own, whether it had it before, and after)
    """

    record_id: str
    labels: tuple[tuple[str, State | None, State | None], ...]
    reading: tuple[ReadingState, ReadingState] | None
    words: str
    marks: tuple[tuple[str, float | None, float | None], ...] = ()
    calipers: tuple[tuple[str, Caliper | None, Caliper | None], ...] = ()
    statements: tuple[tuple[str, bool, bool], ...] = ()

    @property
    def reverse(self) -> Act:
        """The act that takes this one back."""
        changed = ("labels", "marks", "calipers", "statements")
        back = {name: tuple((key, after, before) for key, before, after in getattr(self, name)) for name in changed}
        return replace(self, reading=self.reading and self.reading[::-1], **back)

    def write(self, project: Project, reader: str, kind: str, prediction_visible: bool, file_visible: bool) -> None:
        """Into the project, in one transaction.

        kind               : what brought it about: "set", "rest absent", "undo", "redo"
        prediction_visible : whether the reader sees, or has seen, what the model says of this record
        file_visible       : the same of what its source file says
        raises             : ProjectError, with nothing of it written
        """
        with project.atomic():
            for code, _, is_there in self.statements:
                settings = project.settings
                for key, codes in (("statements", settings.get("statements", [])), ("panel", settings.panel())):
                    others = [c for c in codes if c != code]
                    settings.set(key, [*others, code] if is_there else others)
            if self.labels:
                changes = [(self.record_id, code, after) for code, _, after in self.labels]
                seen = {"prediction_visible": prediction_visible, "file_visible": file_visible}
                project.labels.set_many(changes, reader, kind=kind, **seen)
            if self.reading:
                project.records.set_reading(self.record_id, self.reading[1], reader, kind)
            if self.marks:
                project.marks.set(self.record_id, {mark: after for mark, _, after in self.marks}, reader, kind)
            if self.calipers:
                calipers = {caliper: after for caliper, _, after in self.calipers}
                project.calipers.set(self.record_id, calipers, reader, kind)


class History:
    """What can be undone and redone since the project was opened. The store keeps every event besides."""

    def __init__(self) -> None:
        self._done: list[Act] = []
        self._undone: list[Act] = []

    def did(self, act: Act) -> None:
        """A new act; what was undone before can no longer be redone."""
        self._done.append(act)
        self._undone.clear()

    @property
    def undo_words(self) -> str:
        return self._done[-1].words if self._done else ""

    @property
    def redo_words(self) -> str:
        return self._undone[-1].words if self._undone else ""

    def next_undo(self) -> Act | None:
        """The act to carry out in order to undo the last one."""
        return self._done[-1].reverse if self._done else None

    def next_redo(self) -> Act | None:
        """The act to carry out again."""
        return self._undone[-1] if self._undone else None

    def undone(self) -> None:
        """The store has committed what next_undo() gave."""
        self._undone.append(self._done.pop())

    def redone(self) -> None:
        """The store has committed what next_redo() gave."""
        self._done.append(self._undone.pop())
