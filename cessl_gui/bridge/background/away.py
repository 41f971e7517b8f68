"""Recordings whose folder is not there: said once, and tried again once one of them is found."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.types import Outcome
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings.away import Folders

LEAVE_OUT = (TaskKind.PREDICT, TaskKind.MEASURE_AHEAD)  # tasks that leave out what is away
TODO = "Connect their disk or put them back, then open one of them, or the project again. Labels are kept."


class Away(QObject):
    """folders : what background work asks before it reads recordings

    problem(what, todo, details)   recordings are away
    found()                        one is there again
    """

    problem = Signal(str, str, str)
    found = Signal()

    def __init__(self, project: Project, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project, self.folders, self._was_said = project, Folders(), False
        runner.ended.connect(self._on_ended)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind == TaskKind.IMPORT:
            self.folders.forget()
        elif kind in LEAVE_OUT and self.folders.away and not self._was_said:
            self._was_said = True
            self.problem.emit(self.folders.sentence, TODO, "")

    @Slot(str)
    def opened(self, record_id: str) -> None:
        """A recording could be read: where its folder was away, it is there again."""
        if self._was_said and self.folders.held_away(self._project.records.source_row(record_id)[0][0]):
            self.folders.forget()
            self._was_said = False
            self.found.emit()
