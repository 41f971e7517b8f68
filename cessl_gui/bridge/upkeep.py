"""Rare work on an open project for the window: check it, erase recordings, take in marks, test model versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.errors import ProjectDamaged
from cessl_gui.core.plural import counted
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.store.care import verify
from cessl_gui.tasks.evaluation import rerunning
from cessl_gui.tasks.evaluation.evaluation_words import evaluation_words
from cessl_gui.tasks.export import annotating
from cessl_gui.tasks.team import team_key

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

# While these run, nothing is erased: they hold what is to go.
IN_THE_WAY = {
    TaskKind.IMPORT: "an import",
    TaskKind.TRAIN: "a training",
    TaskKind.RERUN: "a training",
    TaskKind.PREDICT: "a prediction",
    TaskKind.EXPORT: "an export",
    TaskKind.SYNC: "a sync",
    TaskKind.BUNDLE: "taking in a bundle",
    TaskKind.EVALUATE: "an evaluation",
}


@dataclass(frozen=True)
class Done:
    """What came of it. sentence : in short; lines : one by one; is_damaged : something is to be repaired"""

    sentence: str
    lines: tuple[str, ...] = ()
    is_damaged: bool = False


class Upkeep(QObject):
    """Each begins in the background, unless one of its kind runs; Session.ended brings a Done."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def check(self) -> None:
        """Look whether what people entered was altered, removed or damaged; nothing is changed."""
        folder = Path(self._session.project.folder)
        self._start(TaskKind.CHECK, lambda task: _checked(folder, task))

    def report_damage(self, what: str) -> None:
        """Let it be offered to repair the project."""
        self._session.damaged.emit(ProjectDamaged(what, "Look for a sound copy of the project in another place."))

    def patient_of(self, record_id: str) -> tuple[str, ...]:
        """Ids of all recordings of the same patient, the record's own among them."""
        patients = self._session.project.records.patients()
        key = patients.get(record_id, "")
        return tuple(i for i, other in patients.items() if key and other == key) or (record_id,)

    def why_not_now(self) -> str:
        """Why nothing can be erased now; "" where it can."""
        reason = self._session.project.reading_only
        if reason:
            return "This project is open for reading only."
        runs = next((words for kind, words in IN_THE_WAY.items() if kind in self._session.busy), "")
        return f"Wait until {runs} has ended, or cancel it." if runs else ""

    def remove(self, ids: Sequence[str], reason: str) -> None:
        """Erase recordings and all that was said of them, for good. The project is to be opened again afterwards."""
        project, reader, chosen = self._session.project, self._session.reader, tuple(ids)

        def work(task: Task) -> Done:
            task.report("Erasing")
            removed = project.remove(chosen, reader, reason)
            words = f"{counted(len(removed), 'recording')} erased, with all that was said of them."
            return Done(f"{words} That something was entered, by whom and when, stays on record.")

        self._start(TaskKind.REMOVE, work)

    def take_marks(self, paths: Sequence[Path]) -> None:
        """Take in the beats and stretches of annotation files as marks of this reader's files."""
        project, reader, chosen = self._session.project, self._session.reader, tuple(paths)
        self._start(TaskKind.TAKE_MARKS, lambda task: _taken(annotating.import_marks(project, chosen, reader, task)))

    def evaluate(self, path: Path, model_id: str, *, with_training_records: bool) -> None:
        """Compare a version with the labels of a table."""
        project = self._session.project

        def work(task: Task) -> Done:
            from cessl_gui.tasks.evaluation import evaluating  # it loads scipy

            truth, model = evaluating.read_labels(path, project), project.models.get(model_id)
            result = evaluating.evaluate(project, truth, task, model, with_training_records=with_training_records)
            first, *lines = evaluation_words(result, "tick the box to score them too")
            return Done(f"{first}.", tuple(line.strip() for line in lines))

        self._start(TaskKind.EVALUATE, work)

    def rerun(self, model_id: str) -> None:
        """Repeat the training of a version and compare the two bit for bit; nothing is kept."""
        project = self._session.project
        if TaskKind.TRAIN in self._session.busy:
            self._session.problem.emit("A training is running.", "Repeat this one after it.", "")
            return
        self._start(
            TaskKind.RERUN, lambda task: Done(rerunning.rerun(project, project.models.get(model_id), task).words)
        )

    def write_key(self, out: Path) -> None:
        """Write the team's key file."""
        words = "Hand it to the team by another way than the data."
        self._start(
            TaskKind.TEAM_KEY, lambda task: Done(f"{out.name} is written ({team_key.export_key(out)}). {words}")
        )

    def take_key(self, path: Path) -> None:
        """Take the key of a team's file for one's own."""
        words = "It holds for projects that are begun from now on."
        self._start(TaskKind.TEAM_KEY, lambda task: Done(f"The key {team_key.import_key(path)} is taken in. {words}"))

    def _start(self, kind: TaskKind, work: Callable[[Task], Done]) -> None:
        if kind not in self._session.busy:
            self._session._runner.start(kind, work)

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end: what came into the project is shown."""
        if kind == TaskKind.TAKE_MARKS or (kind == TaskKind.REMOVE and outcome.ending != Ending.FINISHED):
            self._session.read_again()


def _checked(folder: Path, task: Task) -> Done:
    def tell(share: float) -> None:
        task.check()
        task.report("Checking", share)

    verdict = verify.verify(folder, tell)
    what = f"{counted(verdict.acts, 'action')} of {counted(verdict.devices, 'computer')} checked"
    found = len(verdict.wrong) + verdict.unnamed
    sentence = f"{what}: {counted(found, 'fault')} found." if found else f"{what}: nothing was altered."
    return Done(sentence, (*verdict.wrong, *(f"Note: {words}" for words in verdict.notes)), bool(found))


def _taken(result: annotating.Imported) -> Done:
    sentence = f"{counted(result.marks, 'new mark')} from {counted(result.files, 'file')}."
    if result.left_out:
        sentence += f" {counted(len(result.left_out), 'file')} left out."
    return Done(sentence, tuple(f"{path.name}: {reason}" for path, reason in result.left_out))
