"""Edits of a reader, each remembered with what it replaced: undo and redo back to when the project was opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from cessl_gui.core.types import Caliper, ReadingState, State
from cessl_gui.store.project import Project


class Stamp(NamedTuple):
    """Who edits, and how.

    kind               : "set", "rest absent", "undo", "redo"
    prediction_visible : whether the reader sees, or has seen, what the model says of this record
    file_visible       : the same of what its source file says
    measurements_visible : the same of measured figures
    """

    reader: str
    kind: str
    prediction_visible: bool = False
    file_visible: bool = False
    measurements_visible: bool = False


# Each change has a value before and after; `refreshes` is the kind of core.types.Change that views hear of.


@dataclass(frozen=True)
class StatementChange:
    """Whether the project has a statement of its own, in its vocabulary and its panel."""

    refreshes: ClassVar = "settings"
    code: str
    before: bool
    after: bool

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[StatementChange], stamp: Stamp) -> None:
        settings = project.settings
        for change in changed:
            for key, codes in (("statements", settings.get("statements", [])), ("panel", settings.panel())):
                others = [code for code in codes if code != change.code]
                settings.set(key, [*others, change.code] if change.after else others)


@dataclass(frozen=True)
class LabelChange:
    """The label of one statement; None is not assessed."""

    refreshes: ClassVar = "labels"
    code: str
    before: State | None
    after: State | None

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[LabelChange], stamp: Stamp) -> None:
        labels = [(record_id, change.code, change.after) for change in changed]
        project.labels.set_many(labels, **stamp._asdict())


@dataclass(frozen=True)
class ReadingChange:
    """Where the record stands in the reading queue."""

    refreshes: ClassVar = "reading"
    before: ReadingState
    after: ReadingState

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[ReadingChange], stamp: Stamp) -> None:
        for change in changed:
            project.records.set_reading(record_id, change.after, stamp.reader, stamp.kind)


@dataclass(frozen=True)
class MarkChange:
    """A mark of the median beat, in ms from its R peak; None is no mark of the reader's own."""

    refreshes: ClassVar = "marks"
    mark: str
    before: float | None
    after: float | None

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[MarkChange], stamp: Stamp) -> None:
        project.marks.set(record_id, {change.mark: change.after for change in changed}, stamp.reader, stamp.kind)


@dataclass(frozen=True)
class CaliperChange:
    """One caliper; None is no caliper."""

    refreshes: ClassVar = "calipers"
    caliper_id: str
    before: Caliper | None
    after: Caliper | None

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[CaliperChange], stamp: Stamp) -> None:
        calipers = {change.caliper_id: change.after for change in changed}
        project.calipers.set(record_id, calipers, stamp.reader, stamp.kind)


EditChange = StatementChange | LabelChange | ReadingChange | MarkChange | CaliperChange
# In the order of their writing. Any: that each writes changes of its own kind, no type of the tuple can say.
KINDS: tuple[type[Any], ...] = (StatementChange, LabelChange, ReadingChange, MarkChange, CaliperChange)


@dataclass(frozen=True)
class Edit:
    """One action of a reader on one record.

    text : the action for the Undo menu, e.g. "AF present"
    """

    record_id: str
    changes: tuple[EditChange, ...]
    text: str

    def reversed(self) -> Edit:
        """The edit that undoes this one."""
        changes: tuple[Any, ...] = self.changes  # before and after of one change are of one type
        return replace(self, changes=tuple(replace(c, before=c.after, after=c.before) for c in changes))

    @property
    def kinds(self) -> list[str]:
        """What views must refresh, in the order in which they hear of it."""
        present = {change.refreshes for change in self.changes}
        return [kind.refreshes for kind in KINDS if kind.refreshes in present]

    def write(self, project: Project, stamp: Stamp) -> None:
        """Write it into the project, in one transaction. raises : ProjectError, with nothing of it written"""
        with project.atomic():
            for kind in KINDS:
                changed = [change for change in self.changes if isinstance(change, kind)]
                if changed:
                    kind.write(project, self.record_id, changed, stamp)


def mark_edit(record_id: str, change: MarkChange) -> Edit:
    value = "as measured" if change.after is None else f"{change.after:.0f} ms"
    return Edit(record_id, (change,), f"{change.mark.replace('_', ' ')} {value}")


def caliper_edit(record_id: str, change: CaliperChange) -> Edit:
    before, after = change.before, change.after
    if before and after:
        done = "moved" if before.marched == after.marched else "marched out" if after.marched else "not marched"
    else:
        done = "set" if after else "removed"
    lead = next(caliper.lead for caliper in (after, before) if caliper)
    return Edit(record_id, (change,), f"caliper in {lead} {done}")


class History:
    """What can be undone and redone since the project was opened. The store keeps every event as well."""

    def __init__(self) -> None:
        self._done: list[Edit] = []
        self._undone: list[Edit] = []

    def add(self, edit: Edit) -> None:
        """Remember a new edit; what was undone before can no longer be redone."""
        self._done.append(edit)
        self._undone.clear()

    @property
    def undo_text(self) -> str:
        return self._done[-1].text if self._done else ""

    @property
    def redo_text(self) -> str:
        return self._undone[-1].text if self._undone else ""

    def next_undo(self) -> Edit | None:
        """The edit to carry out in order to undo the last one."""
        return self._done[-1].reversed() if self._done else None

    def next_redo(self) -> Edit | None:
        """The edit to carry out again."""
        return self._undone[-1] if self._undone else None

    def undone(self) -> None:
        """The store has committed what next_undo() gave."""
        self._undone.append(self._done.pop())

    def redone(self) -> None:
        """The store has committed what next_redo() gave."""
        self._done.append(self._undone.pop())
