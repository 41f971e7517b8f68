"""The active model's prediction of each record: made and read in the background, kept in step with the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cessl_gui.bridge.background.away import Away
from cessl_gui.bridge.background.latest_request import Kept, LatestRequest
from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome, Prediction
from cessl_gui.store.columns.prediction_table import PredictionTable
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation import lead_checks
from cessl_gui.tasks.models import predicting

PER_LEAD_KEPT, PER_WINDOW_KEPT = 256, 64
# Torch is loaded with the first prediction. Nothing else may be read meanwhile, or the window stands still with it.
QUIET_MS, READING = 2000, (TaskKind.OPEN, TaskKind.PREFETCH, TaskKind.MEASURE)
RETRY_MS = 30_000  # after a failure: its cause, such as a full disk, may have gone


class ActivePredictions(QObject):
    """The active model, its prediction of each record, and what influences it in the open one. In the GUI thread.

    model      : the active one, or None before the first prediction
    of         : record id -> Prediction by this model, never by another; empty until they are read
    refused    : record id -> why this model does not judge it
    failure    : why the last run failed, "" if it did not: nothing is predicted until it is tried again

    changed(Change)               "models", "predictions"
    unpredicted(list of str)      names of records that could not be read any more, each reported once
    per_lead_ready(PerLead)       answer to ask_per_lead
    lead_check_ready(LeadCheck)   answer to ask_lead_check
    per_window_ready(PerWindow)   answer to ask_per_window
    """

    changed = Signal(object)
    unpredicted = Signal(object)
    per_lead_ready = Signal(object)
    lead_check_ready = Signal(object)
    per_window_ready = Signal(object)

    def __init__(self, project: Project, runner: Runner, away: Away, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project, self._runner, self._folders = project, runner, away.folders
        away.found.connect(self.predict_missing)
        self.model = project.models.active()
        self.of = PredictionTable(Rows(), "")
        self.refused: Mapping[str, str] = {}
        self._rows = Rows()
        self._is_read = self.model is None
        self._asked_to_predict = False  # before it was known what is missing
        self.failure = ""
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self.try_again)
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._predict_if_quiet)
        self._run_again = self._read_again = False  # once the present task of that kind has ended
        self._reported: set[str] = set()  # names already reported to have no prediction
        # Keys are (model id, record id): an answer is never taken for another model's.
        self._influence: dict[TaskKind, LatestRequest[Any, Any]] = {
            TaskKind.LEAD: LatestRequest(
                runner,
                TaskKind.LEAD,
                lambda key, task: predicting.per_lead(project, key[1], project.models.get(key[0]), key[2]),
                self.per_lead_ready.emit,
                Kept(PER_LEAD_KEPT),
            ),
            TaskKind.LEAD_CHECK: LatestRequest(
                runner,
                TaskKind.LEAD_CHECK,
                lambda key, task: lead_checks.check_leads(project, key[1], project.models.get(key[0])),
                self.lead_check_ready.emit,
                Kept(PER_LEAD_KEPT),
            ),
            TaskKind.WINDOWS: LatestRequest(
                runner,
                TaskKind.WINDOWS,
                lambda key, task: predicting.per_window(project, key[1], task, project.models.get(key[0])),
                self.per_window_ready.emit,
                Kept(PER_WINDOW_KEPT),
            ),
        }

    def read_now(self, rows: Rows) -> None:
        """Read what the active model said, before the window opens. rows : the places of the records, for columns"""
        self._rows, self.of = rows, PredictionTable(rows, "")
        if self.model:
            kept = self._project.predictions
            self.of, self.refused = kept.all(self.model.id, rows), kept.refused(self.model.id)
            self._is_read = True

    def read_behind(self, rows: Rows) -> None:
        """Read it in the background."""
        self._rows, self.of = rows, PredictionTable(rows, "")
        self._read()

    def get(self, record_id: str) -> Prediction | None:
        """The active model's prediction of a record; asked of the project while not all are read."""
        if self._is_read or self.model is None:
            return self.of.get(record_id)
        return self._project.predictions.get(record_id, self.model.id)

    def ask_lead_check(self, record_id: str) -> None:
        """Request how much the influence per lead is that of random weights too."""
        if self.model is not None:
            self._influence[TaskKind.LEAD_CHECK].ask((self.model.id, record_id))

    def ask_per_lead(self, record_id: str, left_out: Sequence[str] = ()) -> None:
        """Request the influence of each lead; answered at once when known. left_out : leads that take no part"""
        if self.model is not None:
            self._influence[TaskKind.LEAD].ask((self.model.id, record_id, tuple(left_out)))

    def ask_per_window(self, record_id: str) -> None:
        """Request the influence of each time window of each lead; "" cancels the last request."""
        if not record_id:
            self._influence[TaskKind.WINDOWS].drop()
        elif self.model is not None:
            self._influence[TaskKind.WINDOWS].ask((self.model.id, record_id))

    @Slot()
    def predict_missing(self) -> None:
        """Predict each record that the active model has not seen; makes the base model active first where none is."""
        if self.failure:
            return
        if TaskKind.PREDICT in self._runner.busy:
            # A model may have been switched meanwhile: end that run, the next one takes up what is missing.
            self._run_again = True
            self._runner.stop(TaskKind.PREDICT)
        elif not self._is_read:
            self._asked_to_predict = True
        elif self.model is None or len(self.of) + len(self.refused) < self._project.records.count():
            folders = self._folders
            self._runner.start(
                TaskKind.PREDICT, lambda task: predicting.predict_all(self._project, task, folders=folders)
            )

    def predict_when_quiet(self) -> None:
        """Predict what is missing once the window has been there for a moment, and no recording is being read."""
        self._quiet.start()

    @Slot()
    def _predict_if_quiet(self) -> None:
        if any(kind in self._runner.busy for kind in READING):
            self._quiet.start()
        else:
            self.predict_missing()

    @Slot()
    def try_again(self) -> None:
        """Predict what is missing where the last run failed: its cause may have gone."""
        self._retry.stop()
        if self.failure and TaskKind.PREDICT not in self._runner.busy:
            self.failure = ""
            self.predict_missing()

    def renew(self) -> None:
        """Records, or another active version, may have come from others."""
        active = self._project.models.active()
        if (active and active.id) != (self.model and self.model.id):
            self.switched()
        else:
            self.predict_missing()

    def corrected(self) -> None:
        """Files of records may have been corrected: what influences a prediction is found anew."""
        for request in self._influence.values():
            request.renew()

    def stop(self) -> None:
        """Try nothing again: the project is being closed."""
        self._retry.stop()
        self._quiet.stop()

    def switched(self) -> None:
        """Another model is active now: drop all that the last one predicted."""
        self.failure = ""  # another model may do what the last one could not
        self.of, self.refused, self._is_read = PredictionTable(self._rows, ""), {}, False  # nothing of the last one's
        for request in self._influence.values():
            request.forget()
        self._read()
        self.changed.emit(Change(ChangeKind.MODELS))
        self.changed.emit(Change(ChangeKind.PREDICTIONS))
        self.predict_missing()

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end; those of other kinds concern nothing here."""
        if kind == TaskKind.PREDICT:
            self._predicted(outcome)
        elif kind == TaskKind.READ_PREDICTIONS:
            self._was_read(outcome)
        elif kind in self._influence:
            self._influence[kind].ended(outcome)

    def _predicted(self, outcome: Outcome) -> None:
        again, self._run_again = self._run_again, False
        self.failure = outcome.message if outcome.ending == Ending.FAILED else ""
        if self.failure:
            self._retry.start()
        if outcome.ending == Ending.FINISHED:
            new = [name for name in outcome.result or () if name not in self._reported]
            self._reported.update(new)
            if new:
                self.unpredicted.emit(new)
        self._read()
        self.changed.emit(Change(ChangeKind.MODELS))
        if again:
            self.predict_missing()

    def _read(self) -> None:
        self.model = self._project.models.active()
        if TaskKind.READ_PREDICTIONS in self._runner.busy:
            self._read_again = True
        elif self.model:
            model_id = self.model.id
            kept, rows = self._project.predictions, self._rows

            def read(task: Task) -> tuple[PredictionTable, Mapping[str, str]]:
                task.report("Reading the predictions")
                return kept.all(model_id, rows), kept.refused(model_id)

            self._runner.start(TaskKind.READ_PREDICTIONS, read)

    def _was_read(self, outcome: Outcome) -> None:
        again, self._read_again = self._read_again, False
        if again:  # a model was switched, or a prediction run ended, while this one read
            self._read()
        elif outcome.ending == Ending.FINISHED:
            self.of, self.refused = outcome.result
            self._is_read = True
            self.changed.emit(Change(ChangeKind.PREDICTIONS))
            if self._asked_to_predict:
                self._asked_to_predict = False
                self.predict_missing()
