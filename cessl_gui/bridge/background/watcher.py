"""The watched folder of a project: what is new in it is imported while the window is open. The way in from a PACS."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.errors import CesslError
from cessl_gui.core.files import why
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.tasks.recordings.watching import Watch

EVERY_MS = 10_000


class Watcher(QObject):
    """Looks through one folder in a background thread; one that is gone is said once, and waited for."""

    def __init__(self, runner: Runner, import_paths: Callable[[Sequence[Path]], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._runner, self._import_paths = runner, import_paths
        self._watch: Watch | None = None
        self._waiting: list[Path] = []
        self._is_lost = False
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        runner.ended.connect(self._on_ended)

    def watch(self, folder: str) -> None:
        """Watch this folder from now on; "" watches none."""
        self._watch, self._waiting, self._is_lost = Watch(Path(folder)) if folder else None, [], False
        self._timer.stop()
        if folder:
            self._timer.start()
            self.look()

    @Slot()
    def look(self) -> None:
        """Look through the folder now, unless that, or an import, is going on."""
        if self._watch is None or {TaskKind.WATCH, TaskKind.IMPORT} & self._runner.busy.keys():
            return
        watch = self._watch

        def work(task: Task) -> tuple[Path, list[Path]]:
            try:
                return watch.folder, watch.ready(time.time(), task.check)
            except OSError as error:
                if self._is_lost:
                    return watch.folder, []
                raise CesslError(
                    f"The watched folder {watch.folder} cannot be read ({why(error)}).",
                    "Choose another one.",
                ) from error

        self._runner.start(TaskKind.WATCH, work)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind != TaskKind.WATCH or self._watch is None:
            return
        # Not Path.is_dir(): it raises for a name that is too long.
        is_away = self._is_lost and not os.path.isdir(self._watch.folder)  # noqa: PTH112
        self._is_lost = outcome.ending == Ending.FAILED or is_away
        if outcome.ending == Ending.FINISHED:
            folder, ready = outcome.result
            if folder == self._watch.folder:
                self._waiting += ready
                if self._waiting and self._import_paths(self._waiting):
                    self._waiting = []
