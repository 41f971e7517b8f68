"""Readers of a project for the window: who reads, where they differ, what was decided, the project's numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cessl_gui.bridge.background.runner import Work
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.queueing import BY_QUEUE, ORDER
from cessl_gui.bridge.reader.sight import shown_by
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.errors import CesslError
from cessl_gui.core.plural import counted
from cessl_gui.core.reading.people import again, known_as
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome, ReadingState, State
from cessl_gui.store.exchange import bundle, team_address
from cessl_gui.store.exchange.union import Taken
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART
from cessl_gui.tasks.consensus import Conflict, project_conflicts
from cessl_gui.tasks.evaluation.numbers import project_numbers
from cessl_gui.tasks.export.exporting import ExportResult
from cessl_gui.tasks.team import syncing, team_sending

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

READER = "reader"  # setting: who read last


class Team(QObject):
    """
    conflicts_ready(list[Conflict])   answer to request_conflicts
    merged(words)                     a bundle has been taken in
    numbers_ready(Numbers)            answer to request_numbers
    open_anew()                       another reader sits down, or recordings were removed: open the project anew
    """

    conflicts_ready = Signal(object)
    numbers_ready = Signal(object)
    merged = Signal(str)
    open_anew = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session, self._project = session, session.project
        self._asked_again: dict[TaskKind, Work] = {}  # while an earlier look ran
        self._apart_before: list[str] | None = None  # who read apart, until the project is open for another reader

    # --- readers -------------------------------------------------------------------------------------------------

    def readers(self) -> list[str]:
        """Everybody who has read in this project, and who reads now."""
        return sorted({*self._project.readers.names(), self._session.reader})

    def choose_reader(self, name: str, apart: bool) -> None:
        """Let another reader sit down.

        apart : without sight of what the others say: a second reading
        """
        name = known_as(name, self.readers())
        before = self._project.settings.get(APART, [])
        apart_now = set(before)
        apart_now = apart_now | {name} if apart else apart_now - {name}
        try:
            if not name or name == "header":
                raise CesslError("This is no name for a reader.", "Type another one.")
            with self._project.atomic():
                self._project.settings.set(READER, name)
                self._project.settings.set(APART, sorted(apart_now))
        except CesslError as error:
            self._session.problem.emit(error.what, error.todo, "")
            return
        self._apart_before = before
        self.open_anew.emit()

    def stay(self) -> None:
        """The project could not be closed for the reader that was chosen: who reads in it stays the stored one too."""
        if self._apart_before is None:
            return
        reader, apart, self._apart_before = self._session.reader, self._apart_before, None
        try:
            with self._project.atomic():
                self._project.settings.set(READER, reader)
                self._project.settings.set(APART, apart)
        except CesslError as error:
            self._session.problem.emit(error.what, error.todo, "")
            return
        self._session.problem.emit(
            f"{reader} still reads: something is running that has not ended.",
            "Choose the reader again once it has.",
            "",
        )

    def read_again(self) -> None:
        """Let this reader read ECGs of the own once more, blind to the first reading: agreement within a reader."""
        self._session.set_setting(ORDER, BY_QUEUE)  # which knows what was read long enough ago
        self.choose_reader(again(self._session.reader), apart=True)

    # --- where readers differ ------------------------------------------------------------------------------------

    def request_conflicts(self) -> None:
        """Ask where readers differ; conflicts_ready answers. Who reads apart is told of confirmed ECGs alone."""
        self._answer(TaskKind.CONFLICTS, lambda task: self._visible(self._project))

    def adjudicate(self, record_id: str, code: str, state: State | None) -> None:
        """Decide what holds where readers differ; None opens the conflict again. Their words stay as they are."""
        try:
            self._project.adjudications.set(record_id, code, state, self._session.reader, new_step())
        except CesslError as error:
            self._session.problem.emit(error.what, error.todo, "")
            return
        self._session.changed.emit(Change(ChangeKind.LABELS, (record_id,)))
        self._session.changed.emit(Change(ChangeKind.UNDO))

    @staticmethod
    def _visible(project: Project) -> list[Conflict]:
        found = project_conflicts(project)
        if not project.apart:
            return found
        states = project.readers.readings_of(project.apart)
        return [each for each in found if states.get(each.record_id) == ReadingState.CONFIRMED]

    # --- a team's server -----------------------------------------------------------------------------------------

    def last_server(self) -> str:
        """The address of the server that the project was synced with last; "" without one."""
        return syncing.last_server(self._project)

    def sent_along(self) -> tuple[str, ...]:
        """Which kinds of files a sync exchanges beside what people did: "model", "signal"; none at first."""
        return team_sending.chosen(self._project)

    def sync(self, url: str, password: str = "", files: Collection[str] = ()) -> None:
        """Sync with a team's server in the background; Session.ended brings a tasks.syncing.Synced.

        files    : see `sent_along`; it is kept for this project on this computer
        password : goes into the system's keyring; "" takes the one that is there
        """

        def work(task: Task) -> syncing.Synced:
            address = team_address.parse(url)
            if password:
                team_address.save_password(address, password)
            team_sending.choose(self._project, files)
            return syncing.sync(self._project, address, task, team_sending.of(files))

        self._start(TaskKind.SYNC, work)

    # --- bundles ------------------------------------------------------------------------------------------------

    def write_bundle(self, out: Path) -> None:
        """Write what people did as one signed file, in the background; Session.ended tells of an "export"."""

        def work(task: Task) -> ExportResult:
            return ExportResult(bundle.write(self._project, out, _tell(task, "Bundling")), "act")

        self._session._start_export(work)

    def merge_bundle(self, path: Path) -> None:
        """Take in the bundle of another project in the background; merged answers."""
        if TaskKind.BUNDLE in self._session.busy:
            self._session.problem.emit("Another bundle is being taken in.", "Take this one in after it.", "")
            return
        self._start(TaskKind.BUNDLE, lambda task: bundle.merge(self._project, path, _tell(task, "Taking in a bundle")))

    def _merged(self, taken: Taken) -> None:
        refused = f" Not taken in: {taken.refused[0]}" if taken.refused else ""
        gone = f", {counted(len(taken.removed), 'recording')} removed" if taken.removed else ""
        counts = f"{counted(taken.acts, 'new act')}, {counted(taken.records, 'new record')}{gone}."
        words = " ".join([f"{counts}{refused}", *taken.notes])
        self.merged.emit(words)
        if taken.removed or taken.joined:
            self.open_anew.emit()
        else:
            self._session.read_again()

    # --- numbers -------------------------------------------------------------------------------------------------

    def request_numbers(self) -> None:
        """Ask for the project's numbers; numbers_ready answers."""
        reader, is_shown = self._session.reader, shown_by(self._project, self._session.blind)
        self._answer(TaskKind.NUMBERS, lambda task: project_numbers(self._project, reader, task, is_shown))

    def _answer(self, kind: TaskKind, work: Work) -> None:
        """Look now, or once more when the look that runs has ended: something may have been said since it began."""
        if kind in self._session.busy:
            self._asked_again[kind] = work
        else:
            self._session._runner.start(kind, work)

    def _start(self, kind: TaskKind, work: Work) -> None:
        if kind not in self._session.busy:
            self._session._runner.start(kind, work)

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end."""
        if kind == TaskKind.SYNC and isinstance(outcome.result, syncing.Synced):
            if outcome.result.removed or outcome.result.joined:
                self.open_anew.emit()
            elif outcome.result.has_come:
                self._session.read_again()
        elif kind == TaskKind.BUNDLE and outcome.ending == Ending.FINISHED:
            self._merged(outcome.result)
        elif kind in (TaskKind.SYNC, TaskKind.BUNDLE):  # what came before it broke off is in the project
            if self._project.has_forgotten:  # the page of a removed ECG would stay, and its keys would fail
                self.open_anew.emit()
            else:
                self._session.read_again()
        elif kind in self._asked_again:
            self._session._runner.start(kind, self._asked_again.pop(kind))
        elif outcome.ending == Ending.FINISHED and kind in (TaskKind.CONFLICTS, TaskKind.NUMBERS):
            {TaskKind.CONFLICTS: self.conflicts_ready, TaskKind.NUMBERS: self.numbers_ready}[kind].emit(outcome.result)


def _tell(task: Task, phase: str) -> Callable[[float], None]:
    """A function that reports a share that is done, and ends the work where a person has cancelled it."""

    def tell(share: float) -> None:
        task.check()
        task.report(phase, share)

    return tell


def sit_down(project: Project) -> str:
    """Return who read last in a project, "" if nobody has said so, and read apart where that reader does."""
    reader = str(project.settings.get(READER, ""))
    if reader and reader in project.settings.get(APART, []):
        project.read_apart(reader)
    return reader
