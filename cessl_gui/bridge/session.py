"""The one door through which the window reads and changes a project. Lives in the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge import sight, to_learn
from cessl_gui.bridge.measuring import ActiveMeasurements
from cessl_gui.bridge.opening import AT_ONCE, Opening, Part
from cessl_gui.bridge.past import Past
from cessl_gui.bridge.predictions import ActivePredictions
from cessl_gui.bridge.queueing import ActiveQueue
from cessl_gui.bridge.reading import Reading
from cessl_gui.bridge.recordings import Recordings
from cessl_gui.bridge.runner import Runner
from cessl_gui.bridge.shelf import Shelf
from cessl_gui.bridge.team import Team
from cessl_gui.bridge.watcher import Watcher
from cessl_gui.core.earlier import earlier_of, earlier_ones
from cessl_gui.core.errors import CesslError
from cessl_gui.core.measurements import Figure, Measurements
from cessl_gui.core.plan import Plan
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import Change, Ending, ModelInfo, Outcome, Prediction, ReadingState, Record, RecordInfo, State
from cessl_gui.ecg.hints import Hint
from cessl_gui.ecg.readers.given import Given
from cessl_gui.learn.readiness import why_too_few
from cessl_gui.store.figure_columns import FigureColumns
from cessl_gui.store.label_table import LabelTable
from cessl_gui.store.prediction_table import PredictionTable
from cessl_gui.store.project import Project
from cessl_gui.store.record_columns import RecordColumns
from cessl_gui.tasks import exporting, importing, modelling, planning, previewing, taking_out, training
from cessl_gui.tasks.patients import project_groups

FIGURES = ("rate", "qtc_fridericia")  # that lists show


class Session(Reading):
    """An open project: what readers do (Reading), signals, models and predictions, what runs in the background.

    progress(Progress)         of background tasks, about ten a second
    ended(str kind, Outcome)   of background tasks
    record_ready(str)          answer to request_record: record() has it now without waiting
    per_lead_ready(PerLead)    answer to request_per_lead
    lead_check_ready(LeadCheck) answer to request_lead_check
    per_window_ready(PerWindow) answer to request_per_window
    measurements_ready(Measurements) answer to request_measurements
    opened()                   a large project has been read to its end behind the window
    """

    progress = Signal(object)
    ended = Signal(str, object)
    record_ready = Signal(str)
    per_lead_ready = Signal(object)
    lead_check_ready = Signal(object)
    per_window_ready = Signal(object)
    measurements_ready = Signal(object)
    opened = Signal()

    def __init__(self, project: Project, reader: str = "", parent: QObject | None = None) -> None:
        super().__init__(project, reader, parent)
        self._runner = Runner(self)
        self._runner.progress.connect(self.progress)
        self._runner.ended.connect(self._on_ended)
        self._watcher = Watcher(self._runner, self.import_paths, self)
        self._recordings = Recordings(project, self._runner, self)
        self._recordings.ready.connect(self.record_ready)
        self._reported_failure = ""  # of the last prediction, which is tried again: reported once
        self._predictions = ActivePredictions(project, self._runner, self)
        self._predictions.changed.connect(self.changed)
        self._predictions.unpredicted.connect(self._report_unpredicted)
        self._predictions.per_lead_ready.connect(self.per_lead_ready)
        self._predictions.lead_check_ready.connect(self.lead_check_ready)
        self._predictions.per_window_ready.connect(self.per_window_ready)
        self._measurements = ActiveMeasurements(project, self._runner, self)
        self._measurements.ready.connect(self.measurements_ready)
        self._measurements.changed.connect(self.changed)
        self.shelf = Shelf(self)
        self.team = Team(self)
        self.past = Past(self)
        self.queue = ActiveQueue(self, self._runner)
        self.queue.changed.connect(self.changed)
        self._why_next = self.queue.stamp
        self._headers = LabelTable(self._infos.rows, project.labels.header)
        self._figures = FigureColumns(self._infos.rows, FIGURES)
        self.changed.connect(self._take_figures)
        self._opening = Opening(self._runner, self)
        self._opening.finished.connect(self.opened)
        parts = [Part("records", lambda task: self._read_records(), self._adopt_records), *self._parts()]
        if project.records.count() <= AT_ONCE:
            self._opening.at_once(parts)
            self._predictions.read_now(self._infos.rows)
            self._say_of_opening(project.examine())
        else:
            examine = Part("looking for damage", lambda task: project.examine(), self._say_of_opening)
            self._opening.behind([*parts, examine])
            self._predictions.read_behind(self._infos.rows)

    # --- opening --------------------------------------------------------------------------------------------------

    @property
    def is_opening(self) -> bool:
        """Whether a large project is still being read behind the window."""
        return not self._opening.is_done

    def _parts(self) -> list[Part]:
        project, rows = self.project, self._infos.rows
        return [
            Part("what was in sight", lambda task: sight.read(project), self._sight.adopt),
            Part("labels", lambda task: project.labels.table(rows), self._adopt_labels),
            Part("files' diagnoses", lambda task: project.labels.header_table(rows), self._headers.adopt),
            Part("measurements", lambda task: project.measurements.columns(rows, FIGURES), self._adopt_figures),
            Part("patients", lambda task: project_groups(project), self._adopt_groups),
        ]

    def _read_records(self) -> tuple[RecordColumns, list[RecordInfo]]:
        """Columns of all records, and the whole information of each where they are few."""
        records = self.project.records
        return records.columns(), records.all() if records.count() <= AT_ONCE else []

    def _adopt_records(self, read: tuple[RecordColumns, list[RecordInfo]]) -> None:
        columns, infos = read
        self._infos.adopt(columns)
        self._infos.prepare(infos)
        self.changed.emit(Change("records"))

    def _adopt_labels(self, table: LabelTable) -> None:
        self._labels.adopt(table)
        self.changed.emit(Change("labels"))

    def _adopt_figures(self, figures: FigureColumns) -> None:
        self._figures = figures
        self.changed.emit(Change("measurements"))

    @Slot(object)
    def _take_figures(self, change: Change) -> None:
        if change.kind == "measurements":
            for record_id in change.ids:
                measured = self.measurements(record_id)
                if measured is not None:
                    self._figures.put(measured)

    def _adopt_groups(self, groups: Mapping[str, str]) -> None:
        """groups : record id -> key of those that stay together in a split"""
        self._groups, self._group_numbers = groups, to_learn.numbered(groups, self._infos.rows)

    def _say_of_opening(self, sentences: Sequence[str]) -> None:
        if sentences:
            self.problem.emit(" ".join(sentences), "", "")

    # --- recordings -------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self._infos) if self._infos.is_whole else self.project.records.count()

    def columns(self) -> RecordColumns:
        """What lists show of all records; empty while a large project is being read."""
        return self._infos.columns

    def label_table(self) -> LabelTable:
        """The current labels of all records in columns, to be read alone."""
        return self._labels

    def header_table(self) -> LabelTable:
        """What all source files say, in columns: hidden where prediction_shown() says so, and to be read alone."""
        return self._headers

    def prediction_table(self) -> PredictionTable:
        """The active model's predictions in columns, hidden where prediction_shown() says so, and to be read alone."""
        return self._predictions.of

    def figure_columns(self) -> FigureColumns:
        """Rate and QTc of all records that were measured, in columns."""
        return self._figures

    def uncovered(self) -> set[str]:
        """Ids of all records whose opinions are no longer hidden, as the setting "first read" has it."""
        return self._sight.uncovered()

    def note_primed(self, ids: Iterable[str]) -> None:
        """A list showed opinions that blind reading hides: later labels of these records carry that they were seen."""
        new = [record_id for record_id in dict.fromkeys(ids) if not self._sight.is_kept(record_id, self.reader)]
        if new:
            self._committed(lambda: self._sight.prime(new, self.reader))

    def first_unread(self) -> str:
        """The first record to read, in the order of import; the very first where all are read; "" without records."""
        unread = self.project.records.first_unread()
        return unread or next(iter(self._infos), "")

    @property
    def busy(self) -> dict[str, str]:
        """kind -> job id of the tasks that run now.

        "train", "import", "predict", "read" (of predictions), "open" (of a recording), "prefetch", "lead",
        "lead check", "windows", "measure", "measure ahead", "judge" (compare versions), "traces" (of thumbnails),
        "shelf" (write or read a version)
        """
        return self._runner.busy

    def request_record(self, record_id: str) -> bool:
        """Ask for a recording with its signal; record_ready answers. True if it did at once."""
        return self._recordings.request(self._infos[record_id])

    def prefetch(self, record_id: str) -> None:
        """Read a recording that will probably be opened next, so that it is there at once."""
        self._recordings.prefetch(self._infos[record_id])

    def record(self, record_id: str) -> Record | None:
        """The recording with its signal, from memory or read now; None, with a problem reported, if lost.

        A long one takes long to read: the window asks by request_record first.
        """
        try:
            return self._recordings.get(record_id).record
        except CesslError as error:
            self._report(error)
            return None

    def earlier_ones(self, record_id: str) -> list[RecordInfo]:
        """The ECGs of the same patient before this one that can be compared with it, the last one first."""
        if not self._infos.is_whole:
            return []
        return earlier_ones(self._infos[record_id], self._of_same_patient(record_id))

    def _of_same_patient(self, record_id: str) -> list[RecordInfo]:
        return [self._infos[i] for i in self._infos.columns.of_patient(record_id)]

    def earlier(self, record_id: str, chosen: str = "") -> tuple[Record | None, dict[str, tuple[str, ...]], str]:
        """The ECG of the same patient before this one: recording, its lead notes, and what is to be said of it.

        Without an earlier one the sentence says why. chosen : id of the one that is meant; "": the last one before
        """
        if not self._infos.is_whole:
            return None, {}, "The project is still being read: earlier ECGs are found in a moment."
        other, note = earlier_of(self._infos[record_id], self._of_same_patient(record_id), chosen)
        if other is None:
            return None, {}, note
        record = self.record(other.id)
        if record is None:
            return None, {}, f"The earlier recording, {other.name}, cannot be read any more."
        return record, self.lead_notes(other.id), note

    def lead_notes(self, record_id: str) -> dict[str, tuple[str, ...]]:
        """What is doubtful about each lead of a recording that can be read, in words, e.g. {"V1": ("flat",)}."""
        return self._recordings.get(record_id).notes

    def hints(self, record_id: str) -> tuple[Hint, ...]:
        """What is doubtful about a recording that can be read, the most serious first."""
        return self._recordings.get(record_id).hints

    def labels_to_learn(self) -> dict[str, Mapping[str, State]]:
        """Record id -> labels that a training takes: those of excluded ECGs, and of what is no ECG, stay out."""
        ids, takes_part = self._infos.rows.ids, self._takes_part()
        return {i: self._labels[i] for i, yes in zip(ids, takes_part & self._labels.has(), strict=True) if yes}

    def _takes_part(self) -> np.ndarray:
        """bool (records,): whose labels a training takes."""
        takes_part = ~self._infos.columns.is_in(ReadingState.EXCLUDED)
        refused = [self._infos.rows.of(record_id) for record_id in self._predictions.refused]
        takes_part[[row for row in refused if row is not None]] = False
        return takes_part

    def counts_to_learn(self) -> tuple[int, int]:
        """How many ECGs a training learns labels of, and of how many patients."""
        if self.is_opening:
            return 0, 0
        left_out = None if self.uncertain() else State.UNCERTAIN
        return to_learn.totals(self._labels, self._takes_part(), self._group_numbers, left_out)

    def device_statements(self, record_id: str) -> tuple[str, ...]:
        """What the electrocardiograph of an opened recording stated, line by line. Nothing while it is hidden."""
        return self._recordings.device_statements(record_id) if self.prediction_shown(record_id) else ()

    # --- models and predictions ----------------------------------------------------------------------------------

    def active_model(self) -> ModelInfo | None:
        return self._predictions.model

    def models(self) -> list[ModelInfo]:
        return self.project.models.all()

    def candidate(self) -> ModelInfo | None:
        """The newest model that was trained and is neither used nor discarded yet."""
        waiting = [m for m in self.models() if m.status == "candidate"]
        return waiting[-1] if waiting else None

    def prediction(self, record_id: str) -> Prediction | None:
        return self._predictions.get(record_id)

    def predictions(self) -> Mapping[str, Prediction]:
        """Record id -> the active model's prediction. A view: it cannot be written to."""
        return MappingProxyType(self._predictions.of)

    def refusal(self, record_id: str) -> str:
        """Why the active model does not judge this record, in a few words; "" where it does or has not met it yet."""
        return self._predictions.refused.get(record_id, "")

    def thresholds(self) -> dict[str, float]:
        model = self.active_model()
        return model.thresholds if model else {}

    def request_per_lead(self, record_id: str, left_out: Sequence[str] = ()) -> None:
        """Ask for the influence of each lead; answered by per_lead_ready, at once when known.

        left_out : leads that take no part in it, as if they were missing; what is kept of the record stays as it is
        """
        self._predictions.ask_per_lead(record_id, left_out)

    def request_lead_check(self, record_id: str) -> None:
        """Ask how much the influence per lead is that of random weights too; answered by lead_check_ready."""
        self._predictions.ask_lead_check(record_id)

    def request_per_window(self, record_id: str) -> None:
        """Ask for the influence of each time window; answered by per_window_ready. "" cancels the last request."""
        self._predictions.ask_per_window(record_id)

    def request_measurements(self, record_id: str, with_beat: bool = True) -> None:
        """Ask for the measurements of a record; measurements_ready answers at once with what is kept, else once they
        are made.

        with_beat : where what is kept has no median beat, a second answer brings it
        """
        self._measurements.request(record_id, with_beat)

    def measurements(self, record_id: str) -> Measurements | None:
        """What is kept of a record's measurements, at once and without the median beat; None where nothing is."""
        return self._measurements.of(record_id)

    def figures(self, names: Sequence[str]) -> Mapping[str, Mapping[str, Figure]]:
        """Record id -> quantity -> figure, of all records measured so far. names : of core.measurements.QUANTITIES"""
        return self.project.measurements.figures(names)

    # --- background work -----------------------------------------------------------------------------------------

    def import_paths(self, paths: Sequence[str | Path], given: Given | None = None) -> bool:
        """Import files and folders in the background; predictions of the new records follow automatically.

        given   : what the files do not state themselves, see tasks.importing
        returns : whether it has begun
        """
        if "import" in self.busy:
            self.problem.emit("An import is still running.", "Wait for it to end, or cancel it.", "")
            return False
        chosen = [Path(p) for p in paths]

        def work(task: Task):
            result = importing.import_paths(self.project, chosen, task, reader=self.reader, given=given)
            # All that takes long with many records, here and not in the window's thread.
            return result, self._read_records(), project_groups(self.project)

        self._runner.start("import", work)
        return True

    def watch(self, folder: str) -> None:
        """Import what comes into this folder while the window is open; "" watches none."""
        self.set_setting("watched", folder)
        if self.setting("watched", "") == folder:
            self._watcher.watch(folder)

    def preview(self, paths: Sequence[Path], given: Given | None) -> str:
        """Look at what an import would read; `ended` brings a tasks.previewing.Preview for this job id.

        returns : "" while another preview is being read
        """
        if "preview" in self.busy:
            return ""

        return self._runner.start("preview", lambda task: previewing.preview(paths, given, task.check))

    def save_quarantine(self, out: Path) -> bool:
        """Write the files that could not be read, with their reasons, as CSV; False, with a problem said."""
        try:
            exporting.export_quarantine(self.project, out)
        except CesslError as error:
            self._report(error)
            return False
        return True

    def watch_again(self) -> None:
        """Go on watching the folder that was chosen, once there is a window."""
        if not self.project.reading_only:
            self._watcher.watch(str(self.setting("watched", "")))

    def export(self, out: Path, format_: str, ids: Sequence[str] = (), *, deidentify: bool = False) -> None:
        """Write labels, predictions, measurements or copies to `out` in the background.

        format_    : see tasks.taking_out.take_out
        ids        : of which records; () is all
        deidentify : copies of recordings are without what could name the patient
        """
        self._start_export(
            lambda task: taking_out.take_out(self.project, out, format_, tuple(ids), task, deidentify=deidentify)
        )

    def predict_folder(self, folder: Path, out: Path) -> None:
        """Predict the recordings of a folder into a table, in the background; nothing is imported."""
        self._start_export(lambda task: taking_out.predict_folder(folder, out, task))

    def _start_export(self, work: Callable[[Task], Any]) -> None:
        if "export" in self.busy:
            self.problem.emit("An export is still running.", "Wait for it to end, or cancel it.", "")
            return
        self._runner.start("export", work)

    def plan(self, pace: float | None) -> Plan:
        """What a training would learn from now. pace : see tasks.planning"""
        takes_part = self._takes_part()
        patients = to_learn.counts(self._labels, takes_part, self._group_numbers)
        start = next((m for m in self.models() if m.id == self.start_from()), self.active_model())
        totals = (*self.counts_to_learn(), self.count)
        return planning.plan(to_learn.ecgs(self._labels, takes_part), patients, totals, start, pace)

    def readiness(self) -> str | None:
        """Why training cannot start now, in a sentence; None when it can."""
        if "train" in self.busy:
            return "A training is running."
        if self.is_opening:
            return "The project is still being read."
        return why_too_few(to_learn.counts(self._labels, self._takes_part(), self._group_numbers))

    def train(self) -> None:
        """Fine-tune in the background on the labels that hold now; the result waits as a candidate.

        Where readers differ and nothing was decided, the word of this reader holds.
        """
        reason = self.readiness()
        if reason:
            self.problem.emit(reason, "", "")
            return
        start = self.start_from() or None
        how: dict[str, Any] = {"uncertain": self.uncertain(), "mode": self.train_mode(), "start": start}
        how["chosen"] = self.reader
        how |= {} if start else {"backbone": self.backbone()}
        self._runner.start("train", lambda task: training.train(self.project, task, **how))

    def start_from(self) -> str:
        """The version that the next training starts from; "": the active one, or the chosen backbone."""
        chosen = str(self.setting("start_from", ""))
        return chosen if chosen in {model.id for model in self.models()} else ""

    def train_mode(self) -> str:
        """What is adapted: "auto" (by evidence), "fast" or "exact" (CE-SSL in any case)."""
        chosen = self.setting("train_mode", "auto")
        return chosen if chosen in ("auto", "fast", "exact") else "auto"

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
        """End the training now and keep the best model as the candidate."""
        self._runner.stop("train", Stop.KEEP)

    def cancel(self, kind: str) -> None:
        """Cancel a background task; nothing it had not committed is kept."""
        self._runner.stop(kind)

    def adopt(self, model_id: str) -> None:
        """Make a candidate the active model and predict all records again in the background."""
        self._switch(lambda: self.project.models.adopt(model_id, self.reader))

    def activate(self, model_id: str) -> None:
        """Go back to another model version of this project."""
        self._switch(lambda: self.project.models.activate(model_id, self.reader))

    def discard(self, model_id: str) -> None:
        """Put a candidate aside; the active model stays."""
        if self._committed(lambda: self.project.models.discard(model_id, self.reader)):
            self.changed.emit(Change("models"))

    def _switch(self, change: Callable[[], None]) -> None:
        if self._committed(change):
            self._reported_failure = ""
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
        """Make a new project of all that people made in this one; False, with a problem reported, where that failed."""
        try:
            self.project.save_copy(folder)
        except CesslError as error:
            self._report(error)
            return False
        return True

    def close(self) -> bool:
        """Cancel what runs, wait for it, close the project. Everything a person entered is on disk already."""
        self._predictions.stop()
        self.queue.stop()
        self._measurements.stop()
        ended = self._runner.shut_down()
        if ended:
            self.project.close()
        return ended

    @Slot(str, object)
    def _on_ended(self, kind: str, outcome: Outcome) -> None:
        finished = outcome.ending == Ending.FINISHED
        if kind == "import":
            if finished:
                result, records, groups = outcome.result
                outcome = replace(outcome, result=result)
            else:
                records, groups = self._read_records(), project_groups(self.project)
            self._measurements.forget()
            self._adopt_records(records)
            self._adopt_groups(groups)
            self.changed.emit(Change("quarantine"))
            self._predictions.try_again()
            self.predict_missing()
        elif kind == "train":
            self._predictions.try_again()
            if finished:
                self.changed.emit(Change("models"))
        is_reported = kind == "predict" and outcome.message == self._reported_failure
        if kind == "predict":
            self._reported_failure = outcome.message if outcome.ending == Ending.FAILED else ""
        elif kind == "shelf" and finished:
            self.changed.emit(Change("models"))
        self.shelf.ended(kind, outcome)
        self.team.ended(kind, outcome)
        self.past.ended(kind, outcome)
        self.queue.ended(kind, outcome)
        self._predictions.ended(kind, outcome)
        self._measurements.ended(kind, outcome)
        self.ended.emit(kind, outcome)
        if outcome.ending == Ending.FAILED and not is_reported:
            self.problem.emit(outcome.message, outcome.todo, outcome.details)

    @Slot(object)
    def _report_unpredicted(self, names: list[str]) -> None:
        named = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        self.problem.emit(
            f"Not predicted, as they could not be read any more: {named} ({len(names)} in all).",
            "Bring the files back to their places and open the project again.",
            "\n".join(names),
        )
