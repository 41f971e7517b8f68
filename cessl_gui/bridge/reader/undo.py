"""Edits of a reader: what one action changes, and what undo of it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.changes import ChangeKind
from cessl_gui.core.types import Caliper, ReadingState, State
from cessl_gui.store.log.acts import Act, Sight
from cessl_gui.store.log.applying import DIGITS, WORDING
from cessl_gui.store.project import Project

CLOSED = {
    ReadingState.CONFIRMED: "Confirmed. Reopen it to change.",
    ReadingState.EXCLUDED: "Excluded. Include it to change.",
}
MANY = 100  # records of one step: beyond, they are neither counted in words nor shown one by one


class Stamp(NamedTuple):
    """Who edits, and how.

    kind               : "set", "rest absent", "normal"
    step               : what is undone together, see store.log.steps
    prediction_visible : whether the reader sees, or has seen, what the model says of this record
    file_visible       : the same of what its source file says
    measurements_visible : the same of measured figures
    reason, primed     : for which reason of the queue the record came, and whether the reader saw it
    """

    reader: str
    kind: str
    prediction_visible: bool | None = False
    file_visible: bool | None = False
    measurements_visible: bool | None = False
    step: str = ""
    reason: str = ""
    primed: bool = False

    @property
    def sight(self) -> Sight:
        """What is kept with marks and notes of what was in sight."""
        return Sight(self.prediction_visible, self.file_visible, self.measurements_visible)


def before_exclusion(project: Project, record_id: str) -> ReadingState:
    """Where an excluded record stood, and stands again once it is included."""
    before = project.records.reading_before_exclusion(record_id)
    has_begun = before == ReadingState.NEW and project.labels.current(record_id)
    return ReadingState.IN_PROGRESS if has_begun else before


# Each change has a value before and after; `refreshes` is the kind of change that views hear of.


@dataclass(frozen=True)
class StatementChange:
    """Whether the project has a statement of its own, in its vocabulary and its panel."""

    refreshes: ClassVar = ChangeKind.SETTINGS
    code: str
    before: bool
    after: bool

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[StatementChange], stamp: Stamp) -> None:
        settings = project.settings
        for change in changed:
            for key, codes in (("statements", settings.get("statements", [])), ("panel", settings.panel())):
                others = [code for code in codes if code != change.code]
                settings.set(key, [*others, change.code] if change.after else others, stamp.reader, stamp.step)


@dataclass(frozen=True)
class LabelChange:
    """The label of one statement; None is not assessed."""

    refreshes: ClassVar = ChangeKind.LABELS
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

    refreshes: ClassVar = ChangeKind.READING
    before: ReadingState
    after: ReadingState

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[ReadingChange], stamp: Stamp) -> None:
        for change in changed:
            project.records.set_reading(record_id, change.after, stamp.reader, stamp.kind, stamp.step)


@dataclass(frozen=True)
class MarkChange:
    """A mark of the median beat, in ms from its R peak; None is no mark of the reader's own."""

    refreshes: ClassVar = ChangeKind.MARKS
    mark: str
    before: float | None
    after: float | None

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[MarkChange], stamp: Stamp) -> None:
        marks = {change.mark: change.after for change in changed}
        project.marks.set(record_id, marks, stamp.reader, stamp.kind, stamp.step)


@dataclass(frozen=True)
class CaliperChange:
    """One caliper; None is no caliper."""

    refreshes: ClassVar = ChangeKind.CALIPERS
    caliper_id: str
    before: Caliper | None
    after: Caliper | None

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[CaliperChange], stamp: Stamp) -> None:
        calipers = {change.caliper_id: change.after for change in changed}
        project.calipers.set(record_id, calipers, stamp.reader, stamp.kind, stamp.step)


@dataclass(frozen=True)
class AnnotationChange:
    """One marked beat or stretch; None is none."""

    refreshes: ClassVar = ChangeKind.ANNOTATIONS
    annotation_id: str
    before: Annotation | None
    after: Annotation | None

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[AnnotationChange], stamp: Stamp) -> None:
        annotations = {change.annotation_id: change.after for change in changed}
        project.annotations.set(record_id, annotations, stamp.reader, stamp.kind, stamp.step, sight=stamp.sight)


@dataclass(frozen=True)
class NoteChange:
    """The reader's note on the record; "" is none."""

    refreshes: ClassVar = ChangeKind.NOTES
    before: str
    after: str

    @staticmethod
    def write(project: Project, record_id: str, changed: Sequence[NoteChange], stamp: Stamp) -> None:
        for change in changed:
            project.notes.set(record_id, change.after, stamp.reader, stamp.step, sight=stamp.sight)


EditChange = StatementChange | LabelChange | ReadingChange | MarkChange | CaliperChange | AnnotationChange | NoteChange
# In the order of their writing. Any: that each writes changes of its own kind, no type of the tuple can say.
KINDS: tuple[type[Any], ...] = (
    *(StatementChange, LabelChange, ReadingChange, MarkChange, CaliperChange, AnnotationChange, NoteChange),
)


@dataclass(frozen=True)
class Edit:
    """One action of a reader on one record."""

    record_id: str
    changes: tuple[EditChange, ...]

    @property
    def kinds(self) -> list[ChangeKind]:
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


# What views refresh after acts of a kind.
REFRESHED = {
    "setting": ChangeKind.SETTINGS,
    DIGITS: ChangeKind.SETTINGS,
    WORDING: ChangeKind.SETTINGS,
    "label": ChangeKind.LABELS,
    "adjudication": ChangeKind.LABELS,
    "reading": ChangeKind.READING,
    "mark": ChangeKind.MARKS,
    "caliper": ChangeKind.CALIPERS,
    "annotation": ChangeKind.ANNOTATIONS,
    "note": ChangeKind.NOTES,
}


def refreshed(acts: Sequence[Act]) -> list[ChangeKind]:
    """What views must refresh after these acts were taken back or brought back, in the order of Edit.kinds."""
    kinds = {act.kind for act in acts}
    return list(dict.fromkeys(word for kind, word in REFRESHED.items() if kind in kinds))


def concerned(project: Project, reader: str, way: str) -> list[Act]:
    """What undo or redo (`way`) would take or bring back; of a step of very many acts the last MANY + 1."""
    return [act for _, act in project.steps.pairs(reader, way, MANY + 1)]


def why_not(project: Project, record_id: str, acts: Sequence[Act]) -> str:
    """Why a step may not be taken back or brought back: it holds labels or marks on the page,
    and another act has closed the reading; or ""."""
    state, act = project.records.standing(record_id)
    if (
        state not in CLOSED
        or act in {one.id for one in acts}
        or all(one.kind not in ("label", "annotation") for one in acts)
    ):
        return ""
    return CLOSED[state]
