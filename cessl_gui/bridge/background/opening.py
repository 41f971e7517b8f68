"""Reading a large project behind the open window, part by part, while its first records can be read already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.errors import ProjectDamaged
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.store.project import Project

AT_ONCE = 5000  # records that are read before the window opens


class Part(NamedTuple):
    """read : runs in a thread; adopt : takes its result in the GUI thread"""

    text: str
    read: Callable[[Task], Any]
    adopt: Callable[[Any], None]


def looked_through(project: Project) -> Sequence[str] | ProjectDamaged:
    """What a person should know of it, in sentences, or the damage. raises : ProjectError"""
    try:
        return project.examine()
    except ProjectDamaged as error:
        return error


class Opening(QObject):
    """Reads parts one after the other. is_done: all are there, whether read behind or at once

    finished() : the last part was adopted
    """

    finished = Signal()

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._left: list[Part] = []
        self._count = 0
        self.is_done = False
        runner.ended.connect(self._on_ended)

    def at_once(self, parts: list[Part]) -> None:
        """Read all parts now."""
        for part in parts:
            part.adopt(part.read(Task()))
        self.is_done = True

    def behind(self, parts: list[Part]) -> None:
        """Read the parts in the background, after those of an earlier call."""
        is_running = bool(self._left)
        self._left += parts
        self._count = len(self._left)
        if not is_running:
            self._start()

    def _start(self) -> None:
        part = self._left[0]
        share = 1 - len(self._left) / self._count

        def read(task: Task) -> Any:
            task.report(f"Reading the project: {part.text}", share)
            return part.read(task)

        self._runner.start(TaskKind.COLLECT, read)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind != TaskKind.COLLECT or not self._left:
            return
        if outcome.ending != Ending.FINISHED:  # the runner's owner says why
            self._left = []
            return
        part = self._left.pop(0)
        part.adopt(outcome.result)
        if self._left:
            self._start()
        else:
            self.is_done = True
            self.finished.emit()
