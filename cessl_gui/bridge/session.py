"""The one door through which the window reads and changes a project. Lives in the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.background.watcher import Watcher
from cessl_gui.bridge.label_files import LabelFiles
from cessl_gui.bridge.models import to_learn
from cessl_gui.bridge.models.shelf import Shelf
from cessl_gui.bridge.open_project import OpenProject
from cessl_gui.bridge.queueing import ActiveQueue
from cessl_gui.bridge.reader import several
from cessl_gui.bridge.reader.page_marks import PageMarks
from cessl_gui.bridge.reader.past import Past
from cessl_gui.bridge.reader.reader_notes import ReaderNotes
from cessl_gui.bridge.team import Team
from cessl_gui.bridge.upkeep import Upkeep
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import CesslError, ProjectDamaged
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.training.plan import Plan
from cessl_gui.core.training.results import base_name
from cessl_gui.core.training.training_job import Mode
from cessl_gui.core.types import Ending, Outcome, Progress
from cessl_gui.ecg.readers.given import Given
from cessl_gui.learn.readiness import why_too_few
from cessl_gui.store.project import Project
from cessl_gui.tasks.export import exporting, taking_out
from cessl_gui.tasks.models import modelling, planning, sensitivities, training
from cessl_gui.tasks.recordings import importing, previewing

OFFERED = (Mode.AUTO, Mode.FAST, Mode.EXACT)  # the window asks for no output layer alone


class Session(OpenProject):
    """An open project: what readers do (Reading), what it holds (OpenProject), and what runs in the background.

    progress(Progress)         of background tasks, about ten a second
    ended(TaskKind, Outcome)   of background tasks
    """

    progress = Signal(object)
    ended = Signal(object, object)

    def __init__(self, project: Project, reader: str = "", parent: QObject | None = None) -> None:
        super().__init__(project, reader, parent)
        self._runner.progress.connect(self.progress)
        self._runner.progress.connect(self._show_first)
        self._were_first_shown = False
        self._runner.ended.connect(self._on_ended)
        self._watcher = Watcher(self._runner, self.import_paths, self)
        self._knows_of_damage = False
        self._reported_failure = ""  # of the last prediction, which is tried again: reported once
        self._predictions.unpredicted.connect(self._report_unpredicted)
        self.shelf = Shelf(self)
        self.team = Team(self)
        self.upkeep = Upkeep(self)
        self.past = Past(self)
        self.page_marks = PageMarks(self)
        self.notes = ReaderNotes(self)
        self.label_files = LabelFiles(self)
        self.queue = ActiveQueue(self, self._runner)
        self.queue.changed.connect(self.changed)
        self._why_next = self.queue.stamp
        self._begin_opening()

    @property
    def busy(self) -> dict[TaskKind, str]:
        """kind -> job id of the tasks that run now."""
        return self._runner.busy

    def import_paths(self, paths: Sequence[str | Path], given: Given | None = None) -> bool:
        """Import files and folders in the background; predictions of the new records follow automatically.

        given   : what the files do not state themselves, see tasks.recordings.importing
        returns : whether it has begun
        """
        if TaskKind.IMPORT in self.busy:
            self.problem.emit("An import is still running.", "Wait for it to end, or cancel it.", "")
            return False
        chosen = [Path(p) for p in paths]
        self._infos.expect()

        def work(task: Task):
            result = importing.import_paths(self.project, chosen, task, reader=self.reader, given=given)
            # All that takes long with many records, here and not in the window's thread.
            return result, self._read_records(), self._read_groups()

        job_id = self._runner.start(TaskKind.IMPORT, work)
        self.progress.emit(Progress(job_id, ""))  # said at once: looking through a folder on a network takes a while
        return True

    def watch(self, folder: str) -> None:
        """Import what comes into this folder while the window is open; "" watches none."""
        self.set_setting("watched", folder)
        if self.setting("watched", "") == folder:
            self._watcher.watch(folder)

    def preview(self, paths: Sequence[Path], given: Given | None) -> str:
        """Look at what an import would read; `ended` brings a tasks.recordings.previewing.Preview for this job id.

        returns : "" while another preview is being read
        """
        if TaskKind.PREVIEW in self.busy:
            return ""

        return self._runner.start(TaskKind.PREVIEW, lambda task: previewing.preview(paths, given, task.check))

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

        format_    : see tasks.export.taking_out.take_out
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
        if TaskKind.EXPORT in self.busy:
            self.problem.emit("An export is still running.", "Wait for it to end, or cancel it.", "")
            return
        self._runner.start(TaskKind.EXPORT, work)

    def plan(self, pace: Mapping[str, float]) -> Plan:
        """What a training would learn from now. pace : see tasks.models.planning"""
        takes_part = self._takes_part()
        patients = to_learn.counts(self._labels, takes_part, self._group_numbers)
        start = next((m for m in self.models() if m.id == self.start_from()), self.active_model())
        if start and not self.start_from() and start.backbone != self.backbone():
            start = None
        if start and not start.is_base:  # nothing of it is carried on
            names = base_name(start.backbone), start.name
        else:
            names = start.name if start else base_name(self.backbone()), ""
        totals = (*self.counts_to_learn(), int(takes_part.sum()))
        ecgs = to_learn.ecgs(self._labels, takes_part)
        return planning.plan(ecgs, patients, totals, names, mode=self.train_mode(), pace=pace)

    def readiness(self) -> str | None:
        """Why training cannot start now, in a sentence; None when it can."""
        if TaskKind.TRAIN in self.busy:
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
        try:
            how["moment"] = self.project.moment()
        except CesslError as error:
            self._report(error)
            return
        self._runner.start(TaskKind.TRAIN, lambda task: training.train(self.project, task, **how))

    def start_from(self) -> str:
        """The version that the next training starts from; "": the active one, or the chosen backbone."""
        chosen = str(self.setting("start_from", ""))
        return chosen if chosen in {model.id for model in self.models()} else ""

    def train_mode(self) -> Mode:
        """What the next training adapts, as chosen in the settings."""
        chosen = self.setting("train_mode", Mode.AUTO)
        return Mode(chosen) if chosen in OFFERED else Mode.AUTO

    def sensitivities(self) -> dict[str, float]:
        """Statement code -> share of those who have it that later thresholds are to find; others: the best F2."""
        return sensitivities.sensitivities(self.project)

    def set_sensitivity(self, code: str, share: float | None) -> None:
        """Choose that share, 0..1; None: the best F2."""
        if self._committed(lambda: sensitivities.keep(self.project, {code: share})):
            self.changed.emit(Change(ChangeKind.SETTINGS))

    def backbones(self) -> tuple[str, ...]:
        """Names of the backbones that a training can start from: the shipped and the imported ones."""
        return modelling.backbone_names()

    def backbone(self) -> str:
        """The backbone that the next training starts from: the chosen one, else the active model's."""
        chosen, model = str(self.setting("backbone", "")), self.active_model()
        return chosen or (model.backbone if model else modelling.DEFAULT_BACKBONE)

    def stop_and_keep(self) -> None:
        """End the training now and keep the best model as the candidate."""
        self._runner.stop(TaskKind.TRAIN, Stop.KEEP)

    def cancel(self, kind: TaskKind) -> None:
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
            self.changed.emit(Change(ChangeKind.MODELS))

    def _switch(self, change: Callable[[], None]) -> None:
        if self._committed(change):
            self._reported_failure = ""
            self._predictions.switched()

    def predict_missing(self) -> None:
        """Predict, in the background, each record that the active model has not seen; makes the base model active first
        when the project has none."""
        if not self.project.reading_only:  # nothing could be kept
            self._predictions.predict_missing()

    def predict_when_quiet(self) -> None:
        """As predict_missing, once the window has been there for a moment and has shown its first ECG."""
        if not self.project.reading_only:
            self._predictions.predict_when_quiet()

    def revision(self, record_id: str) -> int:
        """How often the file of a record was corrected since it was imported."""
        return self.project.measurements.revision(record_id)

    @property
    def is_gone(self) -> bool:
        """Whether the project's folder was deleted or moved while it is open."""
        return self.project.is_gone

    def _report(self, error: CesslError) -> None:
        super()._report(error)
        if isinstance(error, ProjectDamaged) and not self._knows_of_damage:
            self._knows_of_damage = True  # it is offered to be mended once
            self.damaged.emit(error)

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

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        finished = outcome.ending == Ending.FINISHED
        if kind == TaskKind.IMPORT:
            if finished:
                result, records, groups = outcome.result
                outcome = replace(outcome, result=result)
            else:
                records, groups = self._read_records(), self._read_groups()
            self._measurements.forget()
            self._adopt_records(records)
            self._adopt_groups(groups)
            self.changed.emit(Change(ChangeKind.QUARANTINE))
            self._predictions.try_again()
            self.predict_missing()
        elif kind == TaskKind.MOVE:
            several.ended(self, outcome)
        elif kind == TaskKind.TRAIN:
            self._predictions.try_again()
            if finished and self.active_model() is None:
                self._predictions.renew()  # it was the first to need the base model, which is active since
            elif finished:
                self.changed.emit(Change(ChangeKind.MODELS))
        is_reported = kind == TaskKind.PREDICT and outcome.message == self._reported_failure
        if kind == TaskKind.PREDICT:
            self._reported_failure = outcome.message if outcome.ending == Ending.FAILED else ""
        elif kind == TaskKind.SHELF and finished:
            self.changed.emit(Change(ChangeKind.MODELS))
        self.shelf.ended(kind, outcome)
        self.team.ended(kind, outcome)
        self.upkeep.ended(kind, outcome)
        self.past.ended(kind, outcome)
        self.page_marks.ended(kind, outcome)
        self.label_files.task_ended(kind, outcome)
        self.queue.ended(kind, outcome)
        self._predictions.ended(kind, outcome)
        self._measurements.ended(kind, outcome)
        self.ended.emit(kind, outcome)
        if outcome.ending == Ending.FAILED and not is_reported:
            self.problem.emit(outcome.message, outcome.todo, outcome.details)

    @Slot(object)
    def _show_first(self, progress: Progress) -> None:
        """The first recordings of an empty project can be read while the others are being imported."""
        if self._were_first_shown or progress.job_id != self.busy.get(TaskKind.IMPORT) or not progress.step:
            return
        if not self.count and self.project.records.count():
            self.read_again()
        self._were_first_shown = bool(self.project.records.count())

    @Slot(object)
    def _report_unpredicted(self, names: list[str]) -> None:
        named = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        self.problem.emit(
            f"Not predicted, as they could not be read any more: {named} ({len(names)} in all).",
            "Bring the files back to their places and open the project again.",
            "\n".join(names),
        )
