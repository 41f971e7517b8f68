"""The one door through which the window reads and changes a project. Lives in the GUI thread."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.runner import Runner
from cessl_gui.bridge.undo import Act, History
from cessl_gui.core.errors import CesslError
from cessl_gui.core.people import login_name
from cessl_gui.core.types import (
    Change,
    Ending,
    ModelInfo,
    Outcome,
    PerLead,
    Prediction,
    ReadingState,
    Record,
    RecordInfo,
    State,
)
from cessl_gui.core.vocabulary import Statement, Vocabulary, vocabulary
from cessl_gui.ecg.measurements import Measurements, measure
from cessl_gui.ecg.quality import lead_notes
from cessl_gui.learn.readiness import why_not_trainable
from cessl_gui.store.project import Project
from cessl_gui.tasks import importing, predicting, training

log = logging.getLogger(__name__)

SINUS_RHYTHM = "426783006"
RECORDS_KEPT = 32  # decoded records in memory: 12 x 5000 float32 are 0.24 MB each
PER_LEAD_KEPT = 256
MEASUREMENTS_KEPT = 256


class Session(QObject):
    """An open project: what it holds, what the reader does, what runs in the background.

    changed(Change)            after each committed change; each view refreshes only what concerns it
    progress(Progress)         of background tasks, about ten a second
    ended(str kind, Outcome)   of background tasks
    saved(str)                 "14:03:22", the moment the last act was committed
    problem(str, str, str)     what happened, what to do, details
    per_lead_ready(PerLead)    answer to request_per_lead
    measurements_ready(Measurements)  answer to request_measurements
    """

    changed = Signal(object)
    progress = Signal(object)
    ended = Signal(str, object)
    saved = Signal(str)
    problem = Signal(str, str, str)
    per_lead_ready = Signal(object)
    measurements_ready = Signal(object)

    def __init__(self, project: Project, reader: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.reader = reader or login_name()
        self._runner = Runner(self)
        self._runner.progress.connect(self.progress)
        self._runner.ended.connect(self._on_ended)
        self._history = History()
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._per_lead: OrderedDict[tuple[str, str], PerLead] = OrderedDict()
        self._per_lead_wanted = ""
        self._measurements: OrderedDict[str, Measurements] = OrderedDict()
        self._measurements_wanted = ""
        self._predict_again = False
        self._predict_failed = False
        self._infos = {info.id: info for info in project.records.all()}
        self._labels = project.labels.all_current()
        self._revealed = set(project.records.revealed())
        self._load_model()

    def _load_model(self) -> None:
        self._model = self.project.models.active()
        self._predictions = self.project.predictions.all(self._model.id) if self._model else {}

    # --- reading -------------------------------------------------------------------------------------------------

    @property
    def project_name(self) -> str:
        return Path(self.project.folder).stem

    @property
    def busy(self) -> dict[str, str]:
        """kind -> job id of the tasks that run now ("train", "import", "predict", "lead")."""
        return self._runner.busy

    def records(self) -> list[RecordInfo]:
        return list(self._infos.values())

    def info(self, record_id: str) -> RecordInfo:
        return self._infos[record_id]

    def record(self, record_id: str) -> Record | None:
        """The recording with its signal, from memory or the waveform cache; None, with a problem said, if lost."""
        if record_id in self._records:
            self._records.move_to_end(record_id)
            return self._records[record_id]
        try:
            record = importing.read_waveform(self.project, record_id)
        except CesslError as error:
            self._say(error)
            return None
        self._records[record_id] = record
        while len(self._records) > RECORDS_KEPT:
            self._records.popitem(last=False)
        return record

    def lead_notes(self, record_id: str) -> dict[str, tuple[str, ...]]:
        """What is doubtful about each lead, in words, e.g. {"V1": ("flat",)}."""
        record = self.record(record_id)
        return lead_notes(record) if record else {}

    def labels(self, record_id: str) -> dict[str, State]:
        """The current labels people gave; a code that is not there is not assessed."""
        return dict(self._labels.get(record_id, {}))

    def all_labels(self) -> dict[str, dict[str, State]]:
        return self._labels

    def header_labels(self, record_id: str) -> dict[str, State]:
        """What the source file itself says (#Dx), apart from what people say."""
        return self.project.labels.header(record_id)

    def history(self, record_id: str) -> list:
        return self.project.labels.history(record_id)

    def labelled_count(self) -> int:
        """Records with at least one statement assessed by a person."""
        return sum(1 for states in self._labels.values() if states)

    def vocabulary(self) -> Vocabulary:
        """The shipped statements and the project's local ones."""
        local = tuple(Statement(**row) for row in self.setting("statements", []))
        return Vocabulary(vocabulary().statements + local) if local else vocabulary()

    def panel(self) -> tuple[Statement, ...]:
        """The statements this project's readers undertake to assess, in panel order."""
        codes = self.setting("panel", [s.code for s in vocabulary().panel])
        words = self.vocabulary()
        return tuple(words[code] for code in codes)

    def setting(self, key: str, default: object = None) -> object:
        return self.project.settings.get(key, default)

    def quarantine(self) -> list:
        return self.project.quarantine.all()

    # --- models and predictions ----------------------------------------------------------------------------------

    def active_model(self) -> ModelInfo | None:
        return self._model

    def models(self) -> list[ModelInfo]:
        return self.project.models.all()

    def candidate(self) -> ModelInfo | None:
        """The newest model that was trained and neither adopted nor discarded yet."""
        waiting = [m for m in self.models() if m.status == "candidate"]
        return waiting[-1] if waiting else None

    def prediction(self, record_id: str) -> Prediction | None:
        return self._predictions.get(record_id)

    def predictions(self) -> dict[str, Prediction]:
        return self._predictions

    def thresholds(self) -> dict[str, float]:
        return self._model.thresholds if self._model else {}

    def prediction_shown(self, record_id: str) -> bool:
        """Whether the reader may see the prediction of this record now.

        "always" hides it until the reading is confirmed, each time anew; "first read" stops hiding once the reader has
        confirmed or asked to see it; "off" never hides.
        """
        blind = self.setting("blind", "first read")
        if blind == "off":
            return True
        confirmed = self._infos[record_id].reading == ReadingState.CONFIRMED
        if blind == "always":
            return confirmed
        return confirmed or record_id in self._revealed

    def reveal(self, record_id: str) -> None:
        """Show the prediction before the reading is confirmed; later labels carry that it was visible."""
        if self._committed(lambda: self.project.records.reveal(record_id, self.reader)):
            self._revealed.add(record_id)
            self.changed.emit(Change("predictions", (record_id,)))

    def request_per_lead(self, record_id: str) -> None:
        """Ask for the model's sensitivity to each lead; answered by per_lead_ready, at once when known."""
        if self._model is None:
            return
        key = (self._model.id, record_id)
        if key in self._per_lead:
            self.per_lead_ready.emit(self._per_lead[key])
            return
        self._per_lead_wanted = record_id
        if "lead" not in self.busy:
            self._runner.start("lead", lambda report, stop: predicting.per_lead(self.project, record_id))

    def request_measurements(self, record_id: str) -> None:
        """Ask for the measurements of a record; answered by measurements_ready, at once when known."""
        self._measurements_wanted = record_id
        if record_id in self._measurements:
            self.measurements_ready.emit(self._measurements[record_id])
        elif "measure" not in self.busy:
            record = self.record(record_id)
            if record is not None:
                self._runner.start("measure", lambda report, stop: measure(record))

    def reader_marks(self, record_id: str) -> dict[str, float]:
        """The marks a reader has set on the median beat, in ms from its R peak."""
        return self.project.marks.current(record_id)

    # --- what a reader does --------------------------------------------------------------------------------------

    def set_label(self, record_id: str, code: str, state: State | None) -> None:
        """Say of one statement: present, absent, uncertain, or (None) not assessed. Committed on return."""
        before = self.labels(record_id).get(code)
        if before == state:
            return
        word = self.vocabulary()[code].abbreviation
        self._do(record_id, [(code, before, state)], None, f"{word} {state or 'not assessed'}", "set")

    def set_mark(self, record_id: str, mark: str, ms: float | None) -> None:
        """Set a mark of the median beat, in ms from its R peak; None goes back to ours. Committed on return."""
        before = self.reader_marks(record_id).get(mark)
        if before == ms:
            return
        words = f"{mark.replace('_', ' ')} {'as measured' if ms is None else f'{ms:.0f} ms'}"
        self._carry_out_new(Act(record_id, (), None, words, ((mark, before, ms),)), "set")

    def rest_absent(self, record_id: str) -> None:
        """Mark every statement of the panel that is not assessed yet as absent: an explicit act, never a default."""
        labels = self._rest_of_panel(record_id, self.labels(record_id))
        self._do(record_id, labels, None, "rest absent", "rest absent")

    def normal(self, record_id: str) -> None:
        """Sinus rhythm present, the rest of the panel absent, confirmed: one act."""
        now = self.labels(record_id)
        labels = (
            [] if now.get(SINUS_RHYTHM) == State.PRESENT else [(SINUS_RHYTHM, now.get(SINUS_RHYTHM), State.PRESENT)]
        )
        labels += self._rest_of_panel(record_id, now | {SINUS_RHYTHM: State.PRESENT})
        self._do(record_id, labels, ReadingState.CONFIRMED, "normal", "set")

    def set_reading(self, record_id: str, state: ReadingState) -> None:
        """Move a record in the reading queue: in progress, deferred, confirmed, excluded."""
        self._do(record_id, [], state, str(state), "set")

    def _rest_of_panel(self, record_id: str, now: dict[str, State]) -> list:
        return [(s.code, None, State.ABSENT) for s in self.panel() if s.code not in now]

    def _do(self, record_id: str, labels: list, reading: ReadingState | None, words: str, kind: str) -> None:
        before = self._infos[record_id].reading
        if reading is None and labels and before == ReadingState.NEW:
            reading = ReadingState.IN_PROGRESS
        act = Act(record_id, tuple(labels), (before, reading) if reading and reading != before else None, words)
        if act.labels or act.reading:
            self._carry_out_new(act, kind)

    def _carry_out_new(self, act: Act, kind: str) -> None:
        if self._carry_out(act, kind):
            self._history.did(act)
            self.changed.emit(Change("undo"))

    def _carry_out(self, act: Act, kind: str) -> bool:
        """Commit an act in one transaction; only then do memory and views follow."""
        visible = self.prediction_shown(act.record_id) and act.record_id in self._predictions

        def commit() -> None:
            with self.project.atomic():
                if act.labels:
                    changes = [(act.record_id, code, after) for code, _, after in act.labels]
                    self.project.labels.set_many(changes, self.reader, prediction_visible=visible, kind=kind)
                if act.reading:
                    self.project.records.set_reading(act.record_id, act.reading[1], self.reader)
                if act.marks:
                    marks = {mark: after for mark, _, after in act.marks}
                    self.project.marks.set(act.record_id, marks, self.reader, kind)

        if not self._committed(commit):
            return False
        states = self._labels.setdefault(act.record_id, {})
        for code, _, after in act.labels:
            if after is None:
                states.pop(code, None)
            else:
                states[code] = after
        if act.labels:
            self.changed.emit(Change("labels", (act.record_id,)))
        if act.reading:
            self._infos[act.record_id] = self.project.records.get(act.record_id)
            self.changed.emit(Change("reading", (act.record_id,)))
        if act.marks:
            self.changed.emit(Change("marks", (act.record_id,)))
        return True

    @property
    def can_undo(self) -> str:
        """What Undo would take back, in words; "" if there is nothing."""
        return self._history.undo_words

    @property
    def can_redo(self) -> str:
        return self._history.redo_words

    def undo(self) -> str | None:
        """Take back the last act by a compensating event; returns the record it concerned."""
        act = self._history.next_undo()
        if act is None or not self._carry_out(act, "undo"):
            return None
        self._history.undone()
        self.changed.emit(Change("undo"))
        return act.record_id

    def redo(self) -> str | None:
        """Carry out again what was undone last; returns the record it concerned."""
        act = self._history.next_redo()
        if act is None or not self._carry_out(act, "redo"):
            return None
        self._history.redone()
        self.changed.emit(Change("undo"))
        return act.record_id

    def set_setting(self, key: str, value: object) -> None:
        if self._committed(lambda: self.project.settings.set(key, value)):
            self.changed.emit(Change("settings"))

    def add_panel(self, code: str) -> None:
        """Add a statement to the panel of this project."""
        codes = [s.code for s in self.panel()]
        if code not in codes:
            self.set_setting("panel", [*codes, code])

    def remove_panel(self, code: str) -> None:
        """Take a statement off the panel; labels already given stay."""
        self.set_setting("panel", [s.code for s in self.panel() if s.code != code])

    # --- background work -----------------------------------------------------------------------------------------

    def import_paths(self, paths: Sequence[str | Path]) -> None:
        """Import files and folders in the background; predictions of the new records follow by themselves."""
        if "import" in self.busy:
            self.problem.emit("An import is still running.", "Wait for it to end, or cancel it.", "")
            return
        chosen = [Path(p) for p in paths]
        self._runner.start(
            "import",
            lambda report, stop: importing.import_paths(self.project, chosen, report, stop, reader=self.reader),
        )

    def readiness(self) -> str | None:
        """Why training cannot start now, in a sentence; None when it can."""
        if "train" in self.busy:
            return "A training is running."
        labels = {rid: {c: str(s) for c, s in states.items()} for rid, states in self._labels.items() if states}
        patients = {rid: self._infos[rid].patient or rid for rid in labels}
        return why_not_trainable(labels, patients)

    def train(self) -> None:
        """Fine-tune on a snapshot of the labels in the background; the result waits as a candidate."""
        why = self.readiness()
        if why:
            self.problem.emit(why, "", "")
            return
        snapshot = {record_id: dict(states) for record_id, states in self._labels.items()}
        self._runner.start("train", lambda report, stop: training.train(self.project, report, stop, labels=snapshot))

    def stop_and_keep(self) -> None:
        """End the training now and keep the best model so far as the candidate."""
        self._runner.stop("train", "keep")

    def cancel(self, kind: str) -> None:
        """Cancel a background task; nothing it had not committed is kept."""
        self._runner.stop(kind, "cancel")

    def adopt(self, model_id: str) -> None:
        """Make a candidate the active model and predict all records anew in the background."""
        self._switch(lambda: self.project.models.adopt(model_id))

    def activate(self, model_id: str) -> None:
        """Go back to another model version of this project."""
        self._switch(lambda: self.project.models.activate(model_id))

    def discard(self, model_id: str) -> None:
        """Put a candidate aside; the active model stays."""
        if self._committed(lambda: self.project.models.discard(model_id)):
            self.changed.emit(Change("models"))

    def _switch(self, change) -> None:
        if self._committed(change):
            self._load_model()
            self._per_lead.clear()
            self.changed.emit(Change("models"))
            self.changed.emit(Change("predictions"))
            self.predict_missing()

    def predict_missing(self) -> None:
        """Predict, in the background, each record that the active model has not seen; makes the base model active first
        when the project has none."""
        if self._predict_failed:
            return
        if "predict" in self.busy:
            # A model may have been switched meanwhile: end that run, the next one takes up what is missing.
            self._predict_again = True
            self._runner.stop("predict", "cancel")
            return
        if self._model is None or self.project.predictions.missing(self._model.id):
            self._runner.start("predict", lambda report, stop: predicting.predict_all(self.project, report, stop))

    def close(self) -> bool:
        """Cancel what runs, wait for it, close the project. Everything a person entered is on disk already."""
        ended = self._runner.shut_down()
        if ended:
            self.project.close()
        return ended

    @Slot(str, object)
    def _on_ended(self, kind: str, outcome: Outcome) -> None:
        finished = outcome.ending == Ending.FINISHED
        if kind == "import":
            self._infos = {info.id: info for info in self.project.records.all()}
            self._labels = self.project.labels.all_current()
            self.changed.emit(Change("records"))
            self.changed.emit(Change("quarantine"))
            self.predict_missing()
        elif kind == "predict":
            again, self._predict_again = self._predict_again, False
            self._predict_failed = outcome.ending == Ending.FAILED
            self._load_model()
            self.changed.emit(Change("models"))
            self.changed.emit(Change("predictions"))
            if again:
                self.predict_missing()
        elif kind == "train" and finished:
            self.changed.emit(Change("models"))
        elif kind == "lead":
            self._per_lead_ended(outcome)
        elif kind == "measure":
            self._measured(outcome)
        self.ended.emit(kind, outcome)
        if outcome.ending == Ending.FAILED:
            self.problem.emit(outcome.message, outcome.todo, outcome.details)

    def _per_lead_ended(self, outcome: Outcome) -> None:
        result = outcome.result
        if isinstance(result, PerLead):
            self._per_lead[result.model_id, result.record_id] = result
            while len(self._per_lead) > PER_LEAD_KEPT:
                self._per_lead.popitem(last=False)
            if result.record_id == self._per_lead_wanted:
                self.per_lead_ready.emit(result)
            else:  # the reader has moved on meanwhile
                self.request_per_lead(self._per_lead_wanted)

    def _measured(self, outcome: Outcome) -> None:
        result = outcome.result
        if isinstance(result, Measurements):
            self._measurements[result.record_id] = result
            while len(self._measurements) > MEASUREMENTS_KEPT:
                self._measurements.popitem(last=False)
            self.request_measurements(self._measurements_wanted)

    def _committed(self, commit) -> bool:
        """Run one store transaction; on failure say so in a sentence and leave memory as it was."""
        try:
            commit()
        except CesslError as error:
            self._say(error)
            return False
        self.saved.emit(datetime.now().strftime("%H:%M:%S"))
        return True

    def _say(self, error: CesslError) -> None:
        log.warning("%s", error, exc_info=True)
        self.problem.emit(error.what, error.todo, "")
