"""Labels in bulk for the window: of a file, looked at, taken in, taken back; of a statement, merged into another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import CesslError
from cessl_gui.core.plural import counted
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome, State
from cessl_gui.tasks import merging_statements
from cessl_gui.tasks.labels import label_columns, label_import, taking_labels
from cessl_gui.tasks.labels.label_tables import LabelsFileError, Table, read_table

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


@dataclass(frozen=True)
class Asked:
    """A file, and what a person has said of it; see tasks.labels.label_import.preview.

    columns : record, code, state, certainty, reader -> column of the file, "" for none
    """

    path: Path
    reader: str
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, State | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Looked:
    """What a file would bring. table, preview : None where `problem` says why there is none"""

    asked: Asked
    table: Table | None = None
    preview: label_import.Preview | None = None
    problem: str = ""


class LabelFiles(QObject):
    """
    looked(Looked)  answer to look()
    ended()         an import or a merge, or taking one back, has come to its end: `last` says how
    """

    looked = Signal(object)
    ended = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._next: Asked | None = None
        self._read: tuple[Path, Table] | None = None  # the file that was read last
        self._labelled: set[str] = set()  # by the reader, while labels were taken in
        self.last = ""
        session.changed.connect(self._note)

    @property
    def is_taking(self) -> bool:
        return TaskKind.TAKE_LABELS in self._session.busy

    def look(self, asked: Asked, anew: bool = False) -> None:
        """Ask what a file would bring. Only the latest question is answered. anew : read the file again"""
        self._read = None if anew else self._read
        self._next = asked
        self._session.cancel(TaskKind.LOOK_AT_LABELS)
        self._start()

    def take_in(self, preview: label_import.Preview, replace: bool, file: str) -> None:
        """Write the labels of a preview in the background."""
        project, reader = self._session.project, self._session.reader
        self._take(
            lambda task: taking_labels.take_in(project, preview, replace, task, reader=reader, file=file).sentence
        )

    def take_back(self) -> None:
        """Take the latest import back in the background."""
        project, reader = self._session.project, self._session.reader
        self._take(lambda task: taking_labels.take_back(project, reader, task).sentence)

    def merges(self) -> list[merging_statements.Merge]:
        """The merges of statements that hold."""
        return merging_statements.merges(self._session.project)

    def merge(self, code: str, into: str) -> None:
        """Let labels of one statement count as labels of another, in the background."""
        project, reader = self._session.project, self._session.reader
        self._merging(lambda task: merging_statements.merge(project, code, into, reader, _tell(task)), "now")

    def take_apart(self, code: str) -> None:
        """Undo the merge of a statement in the background."""
        project, reader = self._session.project, self._session.reader
        self._merging(lambda task: merging_statements.take_apart(project, code, reader, _tell(task)), "no longer")

    def _merging(self, work: Callable[[Task], int], how: str) -> None:
        self._take(lambda task: f"{counted(work(task), 'label')} {how} counted as the other statement.")

    def stop(self) -> None:
        """Stop what is being written; what has been written stays."""
        self._session.cancel(TaskKind.TAKE_LABELS)

    def last_taken(self) -> dict[str, Any] | None:
        """The latest import that can be taken back; see tasks.labels.taking_labels."""
        return taking_labels.last_taken(self._session.project)

    def save_report(self, preview: label_import.Preview, out: Path) -> bool:
        """Write what did not match as CSV; False, with a problem said."""
        try:
            taking_labels.write_report(preview, out)
        except CesslError as error:
            self._session.problem.emit(error.what, error.todo, "")
            return False
        return True

    def _start(self) -> None:
        if self._next is None or TaskKind.LOOK_AT_LABELS in self._session.busy:
            return
        asked, self._next = self._next, None
        project, kept = self._session.project, self._read

        def work(task: Task) -> Looked:
            table = None
            try:
                table = kept[1] if kept and kept[0] == asked.path else read_table(asked.path)
                columns = label_columns.guess(table, asked.columns, asked.words)
                seen = label_import.preview(
                    project, table, columns, asked.reader, asked.words, states=asked.states, task=task
                )
            except LabelsFileError as error:
                return Looked(asked, table, problem=str(error))
            return Looked(asked, table, seen)

        self._session._runner.start(TaskKind.LOOK_AT_LABELS, work)

    def _take(self, write: Callable[[Task], str]) -> None:
        session = self._session
        if self.is_taking or session.is_opening:
            session.problem.emit("Labels can be taken in once the project has been read.", "Wait a moment.", "")
            return
        rows, project = session._infos.rows, session.project
        self._labelled.clear()

        def work(task: Task) -> tuple[str, Any]:
            try:
                said = write(task)
            except CesslError as error:  # what was written before it is to be shown
                said = str(error)
            return said, project.labels.table(rows)

        session._runner.start(TaskKind.TAKE_LABELS, work)

    @Slot(object)
    def _note(self, change: Change) -> None:
        if change.kind == ChangeKind.LABELS and self.is_taking:
            self._labelled.update(change.ids)

    def task_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end."""
        if kind == TaskKind.LOOK_AT_LABELS:
            if outcome.ending == Ending.FINISHED and self._next is None:
                looked = outcome.result
                self._read = (looked.asked.path, looked.table) if looked.table else None
                self.looked.emit(looked)
            self._start()
        elif kind == TaskKind.TAKE_LABELS:
            self.last = outcome.message
            if outcome.ending == Ending.FINISHED:
                self.last, table = outcome.result
                self._session._adopt_labels(table)
            for record_id in tuple(self._labelled):
                self._session._labels[record_id] = self._session.project.labels.current(record_id)
            for changed in (ChangeKind.SETTINGS, ChangeKind.UNDO):
                self._session.changed.emit(Change(changed))
            self.ended.emit()


def _tell(task: Task) -> Callable[[float], None]:
    return lambda share: task.report("Counting labels", share)
