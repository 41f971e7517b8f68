"""Measurements for the window: those of the open record first, the other records' while nobody does anything."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cessl_gui.bridge.background.away import Away
from cessl_gui.bridge.background.latest_request import Kept, LatestRequest
from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import measuring

BEATS_KEPT = 256
IDLE_MS = 3000  # since a record was opened
GIVE_WAY_TO = (
    *(TaskKind.TRAIN, TaskKind.IMPORT, TaskKind.PREDICT, TaskKind.EXPORT, TaskKind.OPEN, TaskKind.MEASURE),
    *(TaskKind.COLLECT, TaskKind.READ_PREDICTIONS),  # of a large project
)


class ActiveMeasurements(QObject):
    """ready(Measurements)  answer to request()
    changed(Change)         measurements of these records are kept now
    """

    ready = Signal(object)
    changed = Signal(object)
    _kept_ahead = Signal(tuple)  # from the worker's thread

    def __init__(self, project: Project, runner: Runner, away: Away, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project, self._runner, self._folders = project, runner, away.folders
        away.found.connect(self.forget)
        self._beats: Kept[str, Measurements] = Kept(BEATS_KEPT)
        self._with_beat: LatestRequest[str, Measurements] = LatestRequest(
            runner,
            TaskKind.MEASURE,
            lambda record_id, task: measuring.measured(project, record_id),
            self.ready.emit,
            self._beats,
        )
        self._idle = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle.timeout.connect(self._go_ahead)
        self._kept_ahead.connect(self._tell)
        self._all_done = bool(project.reading_only)  # nothing could be kept
        self._is_closed = False
        self._unkept: set[str] = set()  # asked for, and nothing was kept of them

    def of(self, record_id: str) -> Measurements | None:
        """What is kept of a record, at once and without its median beat; None where nothing is."""
        return self._project.measurements.get(record_id)

    def request(self, record_id: str, with_beat: bool) -> None:
        """Ask for the measurements of a record; `ready` answers at once with what is kept, else once they are made.

        with_beat : `ready` answers again with the median beat where what is kept has none
        """
        self._wait()
        kept = self.of(record_id)
        if kept is not None:
            self.ready.emit(kept)
        if kept is None:
            self._unkept.add(record_id)
        if kept is None or (with_beat and kept.has_beat):
            self._with_beat.ask(record_id)

    @Slot(str, object)
    def came_ahead(self, record_id: str, made: Measurements | None) -> None:
        """A recording was read ahead. made : its measurements, if they were made with it"""
        if made is not None:
            self._beats[record_id] = made
            self._tell((record_id,))

    @Slot()
    def forget(self) -> None:
        """Records have come, were revised, or are there again."""
        self._with_beat.renew()
        self._all_done = bool(self._project.reading_only)
        self._wait()

    def stop(self) -> None:
        """The window closes."""
        self._all_done = self._is_closed = True
        self._idle.stop()

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end."""
        if kind == TaskKind.MEASURE:
            if outcome.ending == Ending.FINISHED and outcome.result.record_id in self._unkept:
                self._unkept.discard(outcome.result.record_id)
                self._tell((outcome.result.record_id,))
            self._with_beat.ended(outcome)
        elif kind == TaskKind.MEASURE_AHEAD:
            self._all_done = self._all_done or outcome.ending != Ending.CANCELLED
        self._wait_on()

    def _wait(self) -> None:
        """The reader is at work: the window goes first."""
        self._runner.stop(TaskKind.MEASURE_AHEAD)
        if not self._all_done:
            self._idle.start()

    def _wait_on(self) -> None:
        if not self._all_done and not self._idle.isActive() and TaskKind.MEASURE_AHEAD not in self._runner.busy:
            self._idle.start()

    @Slot()
    def _go_ahead(self) -> None:
        if self._all_done:
            return
        if TaskKind.MEASURE_AHEAD in self._runner.busy or any(kind in self._runner.busy for kind in GIVE_WAY_TO):
            self._idle.start()
        else:
            self._runner.start(TaskKind.MEASURE_AHEAD, self._measure_missing)

    def _measure_missing(self, task: Task) -> None:
        quietly = Task(stop_requested=task.stop_requested)
        measuring.measure_missing(self._project, quietly, kept=self._kept_ahead.emit, folders=self._folders)

    @Slot(tuple)
    def _tell(self, record_ids: tuple[str, ...]) -> None:
        if self._is_closed:  # what was under way to this thread when the project was closed
            return
        self.changed.emit(Change(ChangeKind.MEASUREMENTS, record_ids))
