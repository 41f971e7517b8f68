"""The one door through which the window reads and changes a project. Lives in the GUI thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.answers import Answers
from cessl_gui.bridge.earlier import earlier_of
from cessl_gui.bridge.predictions import Predictions
from cessl_gui.bridge.recordings import Recordings
from cessl_gui.bridge.runner import Runner
from cessl_gui.bridge.sight import ALWAYS, FIRST_READ, Sight
from cessl_gui.bridge.undo import Act, History
from cessl_gui.core.contradictions import contradictions
from cessl_gui.core.errors import CesslError
from cessl_gui.core.people import login_name
from cessl_gui.core.types import (
    Caliper,
    Change,
    Ending,
    ModelInfo,
    Outcome,
    Prediction,
    ReadingState,
    Record,
    RecordInfo,
    State,
)
from cessl_gui.core.vocabulary import Statement, Vocabulary, own_statement, vocabulary
from cessl_gui.ecg.measurements import measure
from cessl_gui.learn.readiness import why_not_trainable
from cessl_gui.store.project import Project
from cessl_gui.tasks import importing, modelling, training
from cessl_gui.tasks.patients import project_groups

log = logging.getLogger(__name__)

SINUS_RHYTHM = "426783006"
MEASUREMENTS_KEPT = 256
CLOSED = {
    ReadingState.CONFIRMED: "Confirmed. Reopen (R) to change.",
    ReadingState.EXCLUDED: "Excluded. Include (X) to change.",
}


class Session(QObject):
    """An open project: what it holds, what the reader does, what runs in the background.

    changed(Change)            after each committed change; each view refreshes only what concerns it
    progress(Progress)         of background tasks, about ten a second
    ended(str kind, Outcome)   of background tasks
    saved(str)                 "14:03:22", the moment the last act was committed; "": it was refused
    problem(str, str, str)     what happened, what to do, details
    record_ready(str)          answer to request_record: record() has it now without waiting
    per_lead_ready(PerLead)    answer to request_per_lead
    per_window_ready(PerWindow) answer to request_per_window
    measurements_ready(Measurements) answer to request_measurements
    """

    changed = Signal(object)
    progress = Signal(object)
    ended = Signal(str, object)
    saved = Signal(str)
    problem = Signal(str, str, str)
    record_ready = Signal(str)
    per_lead_ready = Signal(object)
    per_window_ready = Signal(object)
    measurements_ready = Signal(object)

    def __init__(self, project: Project, reader: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.reader = reader or login_name()
        self._runner = Runner(self)
        self._runner.progress.connect(self.progress)
        self._runner.ended.connect(self._on_ended)
        self._history = History()
        self._recordings = Recordings(project, self._runner, self)
        self._recordings.ready.connect(self.record_ready)
        self._said_failure = ""  # of the last prediction: it is tried again, and not said again
        self._predictions = Predictions(project, self._runner, self)
        self._predictions.changed.connect(self.changed)
        self._predictions.unpredicted.connect(self._say_unpredicted)
        self._predictions.per_lead_ready.connect(self.per_lead_ready)
        self._predictions.per_window_ready.connect(self.per_window_ready)
        self._measurements = Answers(
            self._runner,
            "measure",
            lambda record_id, stop: measure(importing.read_waveform(self.project, record_id)),
            self.measurements_ready.emit,
            MEASUREMENTS_KEPT,
        )
        self._infos = {info.id: info for info in project.records.all()}
        self._groups = project_groups(project)  # record id -> key of those that stay together in a split
        self._labels = project.labels.all_current()
        self._sight = Sight(project)
        self.blind = str(self.setting("blind", FIRST_READ))  # the setting, at hand: lists ask record by record

    # --- reading -------------------------------------------------------------------------------------------------

    @property
    def project_name(self) -> str:
        return Path(self.project.folder).stem

    @property
    def busy(self) -> dict[str, str]:
        """kind -> job id of the tasks that run now.

        "train", "import", "predict", "read" (of predictions), "open" (of a recording), "lead", "windows", "measure"
        """
        return self._runner.busy

    def records(self) -> list[RecordInfo]:
        return list(self._infos.values())

    def info(self, record_id: str) -> RecordInfo:
        return self._infos[record_id]

    def request_record(self, record_id: str) -> None:
        """Ask for a recording with its signal; answered by record_ready, at once where it is read quickly."""
        is_unseen = not self._sight.has_seen(record_id)
        if is_unseen and self.prediction_shown(record_id) and not self.project.reading_only:
            # Where nothing is hidden, what is opened is seen: for good, as if the reader had asked for it.
            self._sight.note_seen(record_id)
            self._committed(lambda: self._sight.reveal(record_id, self.reader))
        self._recordings.want(self._infos[record_id])

    def record(self, record_id: str) -> Record | None:
        """The recording with its signal, from memory or read now; None, with a problem said, if lost.

        A long one takes long to read: the window asks by request_record first.
        """
        try:
            return self._recordings.get(record_id).record
        except CesslError as error:
            self._say(error)
            return None

    def earlier(self, record_id: str) -> tuple[Record | None, dict[str, tuple[str, ...]], str]:
        """The ECG of the same patient before this one: recording, its lead notes, and what is to be said of it.

        Without an earlier one the sentence says why.
        """
        other, words = earlier_of(self._infos[record_id], self._infos.values())
        if other is None:
            return None, {}, words
        record = self.record(other.id)
        if record is None:
            return None, {}, f"The earlier recording, {other.name}, cannot be read any more."
        return record, self.lead_notes(other.id), words

    def lead_notes(self, record_id: str) -> dict[str, tuple[str, ...]]:
        """What is doubtful about each lead of a recording that can be read, in words, e.g. {"V1": ("flat",)}."""
        return self._recordings.get(record_id).notes

    def labels(self, record_id: str) -> dict[str, State]:
        """The current labels people gave; a code that is not there is not assessed."""
        return dict(self._labels.get(record_id, {}))

    def all_labels(self) -> dict[str, dict[str, State]]:
        return self._labels

    def labels_to_learn(self) -> dict[str, dict[str, State]]:
        """Record id -> labels that a training takes: those of excluded ECGs, and of what is no ECG, stay out."""
        infos, refused = self._infos, self._predictions.refused
        return {
            i: states
            for i, states in self._labels.items()
            if infos[i].reading != ReadingState.EXCLUDED and i not in refused
        }

    def counts_to_learn(self) -> tuple[int, int]:
        """How many ECGs a training learns labels of, and of how many patients."""
        left_out = None if self.uncertain() else State.UNCERTAIN
        # In a list's own count: 9 ms for 250,000 labels, where comparing them one by one takes 37.
        given = self.labels_to_learn().items()
        ids = [i for i, states in given if len(states) > [*states.values()].count(left_out)]
        return len(ids), len({self._infos[i].patient or i for i in ids})

    def header_labels(self, record_id: str) -> dict[str, State]:
        """What the source file itself says (#Dx), apart from what people say. Nothing while it is hidden."""
        return self.project.labels.header(record_id) if self.prediction_shown(record_id) else {}

    def history(self, record_id: str) -> list:
        return self.project.labels.history(record_id)

    def vocabulary(self) -> Vocabulary:
        """The shipped statements and those of the project's own."""
        return vocabulary(tuple(self.setting("statements", [])))

    def panel(self) -> tuple[Statement, ...]:
        """The statements this project's readers undertake to assess, in panel order."""
        words = self.vocabulary()
        return tuple(words[code] for code in self.project.settings.panel())

    def setting(self, key: str, default: object = None) -> object:
        return self.project.settings.get(key, default)

    def quarantine(self) -> list:
        return self.project.quarantine.all()

    # --- models and predictions ----------------------------------------------------------------------------------

    def active_model(self) -> ModelInfo | None:
        return self._predictions.model

    def models(self) -> list[ModelInfo]:
        return self.project.models.all()

    def candidate(self) -> ModelInfo | None:
        """The newest model that was trained and neither adopted nor discarded yet."""
        waiting = [m for m in self.models() if m.status == "candidate"]
        return waiting[-1] if waiting else None

    def prediction(self, record_id: str) -> Prediction | None:
        return self._predictions.of.get(record_id)

    def predictions(self) -> dict[str, Prediction]:
        return self._predictions.of

    def refusal(self, record_id: str) -> str:
        """Why the active model does not judge this record, in a few words; "" where it does or has not met it yet."""
        return self._predictions.refused.get(record_id, "")

    def thresholds(self) -> dict[str, float]:
        model = self.active_model()
        return model.thresholds if model else {}

    def prediction_shown(self, record_id: str) -> bool:
        """Whether the reader may see the opinions of the model and of the file about this record now; see Sight."""
        return self._sight.is_shown(self._infos[record_id], self.blind)

    def has_seen(self, record_id: str) -> bool:
        """Whether they may have been seen, now or earlier."""
        return self._sight.has_seen(record_id)

    def reveal(self, record_id: str) -> None:
        """Show these opinions before the reading is confirmed; later labels carry that they were visible."""
        if self.blind == ALWAYS:
            self.problem.emit(
                "Predictions stay hidden until the reading is confirmed.",
                "Confirm it, or change Reading > Blind reading.",
                "",
            )
        elif not self.prediction_shown(record_id) and self._committed(
            lambda: self._sight.reveal(record_id, self.reader)
        ):
            self.changed.emit(Change("predictions", (record_id,)))

    def request_per_lead(self, record_id: str) -> None:
        """Ask for the model's sensitivity to each lead; answered by per_lead_ready, at once when known."""
        self._predictions.ask_per_lead(record_id)

    def request_per_window(self, record_id: str) -> None:
        """Ask for the sensitivity within each lead; answered by per_window_ready. "" cancels what was asked last."""
        self._predictions.ask_per_window(record_id)

    def request_measurements(self, record_id: str) -> None:
        """Ask for the measurements of a record; answered by measurements_ready, at once when known."""
        self._measurements.ask("", record_id)  # no model has a part in it

    def reader_marks(self, record_id: str) -> dict[str, float]:
        """The marks a reader has set on the median beat, in ms from its R peak."""
        return self.project.marks.current(record_id)

    def calipers(self, record_id: str) -> tuple[Caliper, ...]:
        """The calipers this reader has set on a record, in the order of their setting."""
        return self.project.calipers.current(record_id, self.reader)

    # --- what a reader does --------------------------------------------------------------------------------------
    # What labels or moves a record returns whether the project now says so: False if the commit was refused, and where
    # the reading is closed.

    def why_closed(self, record_id: str) -> str:
        """Why the reading of a record cannot be changed, and what to do; "" where it can."""
        return CLOSED.get(self._infos[record_id].reading, "")

    def set_label(self, record_id: str, code: str, state: State | None) -> bool:
        """Say of one statement: present, absent, uncertain, or (None) not assessed. Committed on return."""
        before = self.labels(record_id).get(code)
        if before == state:
            return True
        word = self.vocabulary()[code].abbreviation
        return self._do(record_id, [(code, before, state)], None, f"{word} {state or 'not assessed'}", "set")

    def add_statement(self, record_id: str, words: str, state: State) -> bool:
        """Say of a record what no statement says yet; the words become one of this project and its panel: one act."""
        new = own_statement(words)
        known = self.vocabulary().find(new.name)
        if known or not new.name:
            return bool(known) and self.set_label(record_id, known.code, state)
        label = (new.code, self.labels(record_id).get(new.code), state)
        return self._do(record_id, [label], None, f"new statement {new.name}", "set", ((new.code, False, True),))

    def set_mark(self, record_id: str, mark: str, ms: float | None) -> None:
        """Set a mark of the median beat, in ms from its R peak; None goes back to ours. Committed on return."""
        before = self.reader_marks(record_id).get(mark)
        if before == ms:
            return
        words = f"{mark.replace('_', ' ')} {'as measured' if ms is None else f'{ms:.0f} ms'}"
        self._carry_out_new(Act(record_id, (), None, words, ((mark, before, ms),)), "set")

    def set_caliper(self, record_id: str, caliper_id: str, caliper: Caliper | None) -> None:
        """Set or move a caliper of this reader; None removes it. Committed on return."""
        before = next((c for c in self.calipers(record_id) if c.id == caliper_id), None)
        if before == caliper:
            return
        if before is None or caliper is None:
            did = "removed" if caliper is None else "set"
        else:
            did = "moved" if before.marched == caliper.marched else "marched out" if caliper.marched else "not marched"
        words = f"caliper in {(caliper or before).lead} {did}"
        self._carry_out_new(Act(record_id, (), None, words, calipers=((caliper_id, before, caliper),)), "set")

    def rest_absent(self, record_id: str) -> bool:
        """Mark every statement of the panel that is not assessed yet as absent: an explicit act, never a default."""
        labels = self._rest_of_panel(record_id, self.labels(record_id))
        return self._do(record_id, labels, None, "rest absent", "rest absent")

    def why_not_normal(self, record_id: str) -> str | None:
        """What the reader has said that speaks against calling this ECG normal, in words; None when nothing does."""
        words, against = self.vocabulary(), []
        for code, state in self.labels(record_id).items():
            if (state != State.PRESENT) if code == SINUS_RHYTHM else (state != State.ABSENT):
                against.append(f"{words[code].abbreviation} {state}")
        return ", ".join(against) or None

    def contradictions(self, record_id: str) -> str:
        """Statements that the reader has called present and that exclude each other, in words; "" without any."""
        words = self.vocabulary()
        present = [code for code, state in self.labels(record_id).items() if state == State.PRESENT]
        pairs = contradictions(present)
        return "; ".join(f"{words[one].abbreviation} and {words[other].abbreviation}" for one, other in pairs)

    def normal(self, record_id: str) -> bool:
        """Sinus rhythm present, the rest of the panel absent, confirmed: one act. Refused where why_not_normal()."""
        if self.why_not_normal(record_id):
            return False
        now = self.labels(record_id)
        labels = [] if SINUS_RHYTHM in now else [(SINUS_RHYTHM, None, State.PRESENT)]
        labels += self._rest_of_panel(record_id, now | {SINUS_RHYTHM: State.PRESENT})
        return self._do(record_id, labels, ReadingState.CONFIRMED, "normal", "set")

    def set_reading(self, record_id: str, state: ReadingState) -> bool:
        """Move a record in the reading queue: in progress (which reopens it), deferred, confirmed, excluded."""
        return self._do(record_id, [], state, str(state), "set")

    def include(self, record_id: str) -> bool:
        """Take an exclusion back: the record stands where it stood before."""
        return self._do(record_id, [], self._before_exclusion(record_id), "included", "set")

    def _before_exclusion(self, record_id: str) -> ReadingState:
        before = self.project.records.reading_before_exclusion(record_id)
        return ReadingState.IN_PROGRESS if before == ReadingState.NEW and self.labels(record_id) else before

    def _may_do(self, record_id: str, labels: Sequence, reading: ReadingState | None) -> bool:
        """A confirmed reading changes only once it is reopened, an excluded one once it is included."""
        now = self._infos[record_id].reading
        ways_out = {ReadingState.CONFIRMED: (ReadingState.IN_PROGRESS,)}
        if now == ReadingState.EXCLUDED:
            ways_out[now] = (self._before_exclusion(record_id),)
        return now not in ways_out or (not labels and reading in (now, *ways_out[now]))

    def _rest_of_panel(self, record_id: str, now: dict[str, State]) -> list:
        return [(s.code, None, State.ABSENT) for s in self.panel() if s.code not in now]

    def _do(
        self, record_id: str, labels: list, reading: ReadingState | None, words: str, kind: str, statements: tuple = ()
    ) -> bool:
        if not self._may_do(record_id, labels, reading):
            return False
        before = self._infos[record_id].reading
        if reading is None and labels and before == ReadingState.NEW:
            reading = ReadingState.IN_PROGRESS
        moved = (before, reading) if reading and reading != before else None
        act = Act(record_id, tuple(labels), moved, words, statements=statements)
        return self._carry_out_new(act, kind) if act.labels or act.reading else True

    def _carry_out_new(self, act: Act, kind: str) -> bool:
        if not self._carry_out(act, kind):
            return False
        self._history.did(act)
        self.changed.emit(Change("undo"))
        return True

    def _carry_out(self, act: Act, kind: str) -> bool:
        """Commit an act in one transaction; only then do memory and views follow."""
        shown = self.prediction_shown(act.record_id)
        seen = (
            (shown or self._sight.has_seen(act.record_id)) and act.record_id in self._predictions.of,
            (shown or self._sight.has_seen_file(act.record_id)) and bool(self.project.labels.header(act.record_id)),
        )
        if not self._committed(lambda: act.write(self.project, self.reader, kind, *seen)):
            return False
        states = self._labels.setdefault(act.record_id, {})
        for code, _, after in act.labels:
            if after is None:
                states.pop(code, None)
            else:
                states[code] = after
        if act.statements:
            self.changed.emit(Change("settings"))
        if act.labels:
            self.changed.emit(Change("labels", (act.record_id,)))
        if act.reading:
            self._infos[act.record_id] = self.project.records.get(act.record_id)
            self._sight.moved(self._infos[act.record_id])
            self.changed.emit(Change("reading", (act.record_id,)))
        if act.marks:
            self.changed.emit(Change("marks", (act.record_id,)))
        if act.calipers:
            self.changed.emit(Change("calipers", (act.record_id,)))
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
        return self._step(self._history.next_undo(), "undo", self._history.undone)

    def redo(self) -> str | None:
        """Carry out again what was undone last; returns the record it concerned."""
        return self._step(self._history.next_redo(), "redo", self._history.redone)

    def _step(self, act: Act | None, kind: str, carried_out: Callable[[], None]) -> str | None:
        if act is None or not self._carry_out(act, kind):
            return None
        carried_out()
        self.changed.emit(Change("undo"))
        return act.record_id

    def set_setting(self, key: str, value: object) -> None:
        if self._committed(lambda: self.project.settings.set(key, value)):
            self.blind = str(self.setting("blind", FIRST_READ))
            self.changed.emit(Change("settings"))

    def add_panel(self, code: str) -> None:
        """Add a statement to the panel of this project."""
        codes = self.project.settings.panel()
        if code not in codes:
            self.set_setting("panel", [*codes, code])

    def remove_panel(self, code: str) -> None:
        """Take a statement off the panel; labels already given stay."""
        self.set_setting("panel", [c for c in self.project.settings.panel() if c != code])

    # --- background work -----------------------------------------------------------------------------------------

    def import_paths(self, paths: Sequence[str | Path]) -> None:
        """Import files and folders in the background; predictions of the new records follow by themselves."""
        if "import" in self.busy:
            self.problem.emit("An import is still running.", "Wait for it to end, or cancel it.", "")
            return
        chosen = [Path(p) for p in paths]

        def work(report, stop):
            result = importing.import_paths(self.project, chosen, report, stop, reader=self.reader)
            return result, self.project.records.all()

        self._runner.start("import", work)

    def readiness(self) -> str | None:
        """Why training cannot start now, in a sentence; None when it can."""
        if "train" in self.busy:
            return "A training is running."
        labels = self.labels_to_learn()
        return why_not_trainable(labels, {record_id: self._groups[record_id] for record_id in labels})

    def train(self) -> None:
        """Fine-tune on a snapshot of the labels in the background; the result waits as a candidate."""
        why = self.readiness()
        if why:
            self.problem.emit(why, "", "")
            return
        snapshot = {record_id: dict(states) for record_id, states in self.labels_to_learn().items()}
        chosen = {"backbone": self.backbone(), "uncertain": self.uncertain()}
        self._runner.start(
            "train", lambda report, stop: training.train(self.project, report, stop, labels=snapshot, **chosen)
        )

    def uncertain(self) -> str | None:
        """What a training takes an uncertain statement for, "present" or "absent"; None: it is left out."""
        chosen = self.setting("uncertain")
        return chosen if chosen in (State.PRESENT, State.ABSENT) else None

    def backbones(self) -> tuple[str, ...]:
        """Names of the backbones that a training can start from: the shipped and the imported ones."""
        return modelling.backbone_names()

    def backbone(self) -> str:
        """The backbone that the next training starts from: the chosen one, else the active model's."""
        chosen, model = str(self.setting("backbone", "")), self.active_model()
        return chosen or (model.backbone if model else modelling.DEFAULT_BACKBONE)

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

    def _switch(self, change: Callable[[], None]) -> None:
        if self._committed(change):
            self._said_failure = ""
            self._predictions.switched()

    def predict_missing(self) -> None:
        """Predict, in the background, each record that the active model has not seen; makes the base model active first
        when the project has none."""
        if not self.project.reading_only:  # nothing could be kept
            self._predictions.predict_missing()

    @property
    def is_gone(self) -> bool:
        """Whether the project's folder was deleted or moved while it is open."""
        return self.project.is_gone

    def save_copy(self, folder: Path) -> bool:
        """Make a new project of all that people made in this one; False, with a problem said, where that failed."""
        try:
            self.project.save_copy(folder)
        except CesslError as error:
            self._say(error)
            return False
        return True

    def close(self) -> bool:
        """Cancel what runs, wait for it, close the project. Everything a person entered is on disk already."""
        self._predictions.stop()
        ended = self._runner.shut_down()
        if ended:
            self.project.close()
        return ended

    @Slot(str, object)
    def _on_ended(self, kind: str, outcome: Outcome) -> None:
        finished = outcome.ending == Ending.FINISHED
        if kind == "import":
            if finished:
                result, infos = outcome.result
                outcome = replace(outcome, result=result)
            else:
                infos = self.project.records.all()
            # Where it stands in the queue stays: the reader may have moved it since the worker looked.
            known = self._infos
            self._infos |= {i.id: replace(i, reading=known[i.id].reading) if i.id in known else i for i in infos}
            self._groups = project_groups(self.project)
            self.changed.emit(Change("records"))
            self.changed.emit(Change("quarantine"))
            self._predictions.try_again()
            self.predict_missing()
        elif kind == "train":
            self._predictions.try_again()
            if finished:
                self.changed.emit(Change("models"))
        elif kind == "measure":
            self._measurements.ended(outcome)
        is_said = kind == "predict" and outcome.message == self._said_failure
        if kind == "predict":
            self._said_failure = outcome.message if outcome.ending == Ending.FAILED else ""
        self._predictions.ended(kind, outcome)
        self.ended.emit(kind, outcome)
        if outcome.ending == Ending.FAILED and not is_said:
            self.problem.emit(outcome.message, outcome.todo, outcome.details)

    @Slot(object)
    def _say_unpredicted(self, names: list[str]) -> None:
        some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        self.problem.emit(
            f"Not predicted, as they could not be read any more: {some} ({len(names)} in all).",
            "Bring the files back to their places and open the project again.",
            "\n".join(names),
        )

    def _committed(self, commit: Callable[[], None]) -> bool:
        """Run one store transaction; on failure say so in a sentence and leave memory as it was."""
        try:
            commit()
        except CesslError as error:
            self.saved.emit("")
            self._say(error)
            return False
        self.saved.emit(datetime.now().strftime("%H:%M:%S"))
        return True

    def _say(self, error: CesslError) -> None:
        log.warning("%s", error, exc_info=True)
        self.problem.emit(error.what, error.todo, "")
