"""The model versions of an open project for the window: what they show, notes, files, and how a training goes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from cessl_gui.bridge.background.latest_request import Kept, LatestRequest
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.errors import Cancelled, CesslError
from cessl_gui.core.task import Task
from cessl_gui.core.training.pace import TYPICAL, Pace
from cessl_gui.core.training.plan import Plan
from cessl_gui.core.training.training_job import Mode
from cessl_gui.core.types import Ending, ModelInfo, Outcome, Progress
from cessl_gui.tasks.evaluation import versions
from cessl_gui.tasks.models import model_files, paces
from cessl_gui.tasks.models.model_files import LONGEST_NOTE, NOTES
from cessl_gui.tasks.models.runs import FailedRun, last_failed
from cessl_gui.tasks.recordings.importing import BEGINNING_S, read_waveform

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

KEPT = 8  # comparisons
TRACE_FROM_S, TRACE_S = 1.0, 3.0  # of a thumbnail


class Shelf(QObject):
    """In the GUI thread, made by the session.

    judged(Judged)   answer to ask: a comparison, or why there is none
    paced(Progress, Ahead)   of the training that runs: what it reports, and how far the whole is

    traced(tuple of Trace)   answer to ask_traces
    """

    judged = Signal(object)
    traced = Signal(object)
    paced = Signal(object, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.pace: Pace | None = None
        self._kind_of_pace = Mode.OUTPUT
        self._requests: LatestRequest[tuple[str, str], Judged] = LatestRequest(
            session._runner, TaskKind.JUDGE, self._judge, self.judged.emit, Kept(KEPT)
        )
        self._traces: LatestRequest[tuple[tuple[str, str], ...], tuple[Trace, ...]] = LatestRequest(
            session._runner, TaskKind.TRACES, self._read_traces, self.traced.emit, Kept(KEPT)
        )
        session.progress.connect(self._on_progress)

    # --- what versions show

    def ask(self, model_id: str, against: str = "") -> None:
        """Ask what a version shows against the one it was made from, or against any other; `judged` answers."""
        self._requests.ask((model_id, against))

    def _judge(self, key: tuple[str, str], task: Task) -> Judged:
        model_id, against = key
        project = self._session.project
        try:
            model = project.models.get(model_id)
            other = project.models.get(against) if against else None
            return Judged(model_id, against, versions.compare(project, model, other, task))
        except Cancelled:
            raise
        except CesslError as error:
            return Judged(model_id, against, None, str(error))

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Record id -> name, of those that are still there."""
        infos = self._session._infos
        return {record_id: infos[record_id].name for record_id in ids if record_id in infos}

    def ask_traces(self, wanted: Sequence[tuple[str, str]]) -> None:
        """Ask for some seconds of a lead of each record, (record id, lead); `traced` answers. Unreadable ones lack."""
        self._traces.ask(tuple(wanted))

    def _read_traces(self, wanted: tuple[tuple[str, str], ...], task: Task) -> tuple[Trace, ...]:
        found = []
        for record_id, lead in wanted:
            task.check()
            try:
                record = read_waveform(self._session.project, record_id, BEGINNING_S)
            except CesslError:
                continue
            lead = lead if lead in record.leads else record.leads[0]
            start = int(record.fs_hz * TRACE_FROM_S) if record.duration_s > TRACE_FROM_S + TRACE_S else 0
            mv = record.signal_mv[record.leads.index(lead), start : start + int(record.fs_hz * TRACE_S)]
            found.append(Trace(record_id, lead, record.fs_hz, np.array(mv)))
        return tuple(found)

    def parent_of(self, model: ModelInfo) -> ModelInfo | None:
        """The version that a version was trained from, where it is on record."""
        return versions.parent_of(self._session.project, model)

    # --- notes

    def note(self, model_id: str) -> str:
        """What a person noted on a version."""
        return str(dict(self._session.setting(NOTES, {})).get(model_id, ""))

    def set_note(self, model_id: str, text: str) -> None:
        """Keep a note on a version."""
        text = text.strip()[:LONGEST_NOTE]
        if text != self.note(model_id):
            self._session.set_setting(NOTES, {**dict(self._session.setting(NOTES, {})), model_id: text})

    # --- files

    def export(self, model_id: str, out: Path) -> None:
        """Write a version as one file in the background; `ended` of the session brings the path."""
        project, note = self._session.project, self.note(model_id)
        self._start(lambda task: model_files.export_version(project, model_id, out, note=note))

    def import_(self, path: Path) -> None:
        """Take in a version from a file in the background; it waits as a candidate."""
        project = self._session.project
        self._start(lambda task: model_files.import_version(project, path))

    def _start(self, work) -> None:
        if TaskKind.SHELF in self._session.busy:
            self._session.problem.emit("A version is still being written or read.", "Wait for it to end.", "")
        else:
            self._session._runner.start(TaskKind.SHELF, work)

    # --- training

    def plan(self) -> Plan:
        """What a training would learn from now."""
        return self._session.plan({kind: sum(pace.values()) for kind, pace in paces.learned().items()})

    def failed(self) -> FailedRun | None:
        """The last training, where it failed or the program was killed meanwhile; not the one that runs."""
        return None if TaskKind.TRAIN in self._session.busy else last_failed(self._session.project)

    def _on_progress(self, progress: Progress) -> None:
        if progress.job_id != self._session.busy.get(TaskKind.TRAIN):
            return
        now = time.monotonic()
        if self.pace is None:
            plan = self.plan()
            self._kind_of_pace = plan.kind
            self.pace = Pace(paces.learned().get(plan.kind, {}), plan.n_read, now, typical=TYPICAL[plan.kind])
        self.paced.emit(progress, self.pace.at(progress, now))

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end; called by the session before its own signal."""
        if kind == TaskKind.JUDGE:
            self._requests.ended(outcome)
        elif kind == TaskKind.TRACES:
            self._traces.ended(outcome)
        elif kind == TaskKind.TRAIN:
            pace, self.pace = self.pace, None
            if pace is not None and outcome.ending == Ending.FINISHED and not _was_stopped(outcome):
                paces.learn(self._kind_of_pace, pace.measured(time.monotonic()))

    def forget(self) -> None:
        """Labels or versions have changed: comparisons are made again."""
        self._requests.forget()


@dataclass(frozen=True, eq=False)
class Trace:
    """Some seconds of one lead. mv : float32 (samples,), NaN where there is no value"""

    record_id: str
    lead: str
    fs_hz: float
    mv: np.ndarray


class Judged:
    """compared : what was asked for; None with `why` where it cannot be told"""

    def __init__(self, model_id: str, against: str, compared: versions.Compared | None, why: str = "") -> None:
        self.model_id, self.against, self.compared, self.why = model_id, against, compared, why


def _was_stopped(outcome: Outcome) -> bool:
    summary = getattr(outcome.result, "summary", None)
    return bool(summary and summary.stopped_early_by_person)
