"""What the File menu does: projects, imports and exports. Each asks for a place and goes on in the background."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.projects import SUFFIX, is_project
from cessl_gui.bridge.reader.report import report_of
from cessl_gui.bridge.reader.sight import ALWAYS, OFF
from cessl_gui.core.errors import CesslError
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.ui.page.drawing.report import file_name, write_report
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts.ask_file import ask_files, ask_folder, ask_new_file
from cessl_gui.ui.parts.details import DetailsDialog
from cessl_gui.ui.reading.label_import import LabelsDialog
from cessl_gui.ui.shell.commands.actions import Offer
from cessl_gui.ui.shell.notices.toasts import SECONDS, Toasts
from cessl_gui.ui.worklist.export_words import said_of_export
from cessl_gui.ui.worklist.exporting import ExportDialog, Wanted
from cessl_gui.ui.worklist.import_words import said_of_import
from cessl_gui.ui.worklist.preview import PreviewDialog
from cessl_gui.ui.worklist.quarantine import QuarantineDialog

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

PROJECTS = f"Projects (*{SUFFIX})"

ASKS = (
    "Say it by --set"  # in the reason where a file does not state all, and a person can: see ecg.readers.read_certain
)


class FileActs(QObject):
    """Carries out the acts and says how each of them ended.

    open_requested(folder) : another project is to be opened, "" for the start page
    begun(TaskKind)        : a background task was started
    imported(ids)          : these records came or came again
    """

    open_requested = Signal(str)
    begun = Signal(object)
    imported = Signal(object)

    def __init__(self, session: Session, toasts: Toasts, window: QWidget) -> None:
        """window : over which the dialogs stand"""
        super().__init__(window)
        self._session, self._toasts, self._window = session, toasts, window
        self._quarantine: QuarantineDialog | None = None
        self._labels: LabelsDialog | None = None
        session.ended.connect(self._on_ended)
        session.problem.connect(self._say_problem)

    def offers(self) -> tuple[Offer, ...]:
        return (
            ("new", "Ne&w project…", self.new_project),
            ("open", "&Open project…", self.open_project),
            ("start_page", "S&tart page", lambda: self.open_requested.emit("")),
            ("import", "&Import folder…", self.import_folder),
            ("import_files", "Import &files…", self.import_files),
            ("watch", "Wa&tch a folder…", self.watch),
            ("preview", "&Preview files…", self.preview),
            ("import_labels", "Import &labels…", self.import_labels),
            ("quarantine", "Files that could &not be read…", self.show_quarantine),
            ("export", "&Export…", self.export),
            ("predict_folder", "Pre&dict a folder…", self.predict_folder),
        )

    # --- projects ------------------------------------------------------------------------------------------------

    def new_project(self) -> None:
        """Ask for the name of a new project, and open it."""
        folder = ask_new_file(self._window, "New project", PROJECTS)
        if folder:
            self.open_requested.emit(str(folder))

    def open_project(self) -> None:
        folder = ask_folder(self._window, f"Open project (a folder NAME{SUFFIX})")
        if folder:
            self.open_requested.emit(str(folder))

    def save_copy(self) -> None:
        """Ask where, and make a project there of all that people made in this one, whose folder is gone."""
        folder = ask_new_file(self._window, "Save a copy of the project", PROJECTS)
        if folder is not None and self._session.save_copy(folder):
            text = f"All that you entered is in {folder}. Open it to go on; trained models are not in it."
            self._toasts.say(text, "Open it", lambda: self.open_requested.emit(str(folder)), seconds=0)

    # --- in ------------------------------------------------------------------------------------------------------

    def import_paths(self, paths: Sequence[str | Path]) -> None:
        """Import files and folders in the background."""
        self._session.import_paths(paths)
        self.begun.emit(TaskKind.IMPORT)

    @Slot(object)
    def take_dropped(self, paths: Sequence[Path]) -> None:
        """Open what is a project of its own, as the start page does; import all else."""
        if len(paths) == 1 and is_project(paths[0]):
            self.open_requested.emit(str(paths[0]))
        else:
            self.import_paths(paths)

    @Slot()
    def import_folder(self) -> None:
        folder = ask_folder(self._window, "Import all recordings in a folder")
        if folder:
            self.import_paths([folder])

    def import_files(self) -> None:
        files = ask_files(self._window, "Import recordings")
        if files:
            self.import_paths(files)

    def preview(self) -> None:
        files = ask_files(self._window, "Preview recordings")
        if files:
            self.preview_paths(files)

    def preview_paths(self, paths: Sequence[str | Path]) -> None:
        """Show what an import of these files and folders would read."""
        PreviewDialog(self._session, [Path(path) for path in paths], self._window).show()

    def import_labels(self) -> None:
        """Labels of other programs, from a file: looked at first."""
        if self._labels is None:
            self._labels = LabelsDialog(self._session, self._window)
            self._labels.taken.connect(self._say_taken)
        self._labels.show()
        self._labels.raise_()

    @Slot(str)
    def _say_taken(self, words: str) -> None:
        if not self._labels.isVisible():
            self._toasts.say(words, "Show", self.import_labels, seconds=0)

    def watch(self) -> None:
        """Ask for a folder of which all that comes is imported; or stop doing so."""
        if self._session.setting("watched", ""):
            self._session.watch("")
            return
        folder = ask_folder(self._window, "Import all that comes into a folder")
        if folder:
            self._session.watch(str(folder))

    def show_quarantine(self) -> None:
        """The files that could not be read, each with its reason."""
        self._quarantine = self._quarantine or QuarantineDialog(
            self._session, self.import_paths, self.preview_paths, self._window
        )
        self._quarantine.show()
        self._quarantine.raise_()

    # --- out -----------------------------------------------------------------------------------------------------

    def export(self, ids: Sequence[str] = ()) -> None:
        """Ask what, where and of which ECGs, and write it in the background. ids : those that are chosen"""
        session = self._session
        is_blind = session.blind != OFF and not (session.blind != ALWAYS and session.uncovered()[: session.count].all())
        dialog = ExportDialog(session.count, ids, self._window, is_blind=is_blind)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self.write)
        dialog.open()

    @Slot(object)
    def write(self, wanted: Wanted) -> None:
        """Write an export in the background."""
        self._session.export(wanted.out, wanted.kind, wanted.ids, deidentify=wanted.deidentify)
        self.begun.emit(TaskKind.EXPORT)

    def write_report(self, sheet: Sheet) -> None:
        """Ask where, and write a report of the ECG on a page as PDF."""
        if sheet.record is None:
            self._toasts.say("No ECG is on the page yet. Open one first.", seconds=SECONDS)
            return
        report = report_of(self._session, sheet.record.id)
        path = ask_new_file(self._window, "Report as PDF", "PDF (*.pdf)", file_name(report))
        if path is None:
            return
        try:
            write_report(sheet, report, path)
        except CesslError as error:
            self._toasts.say(str(error), seconds=0, is_warning=True)
        else:
            self._toasts.say(f"Written: {path}.", seconds=SECONDS)

    def predict_folder(self) -> None:
        """Ask for a folder of recordings and a table, and predict the one into the other; nothing is imported."""
        folder = ask_folder(self._window, "Predict all recordings in a folder")
        if folder is None:
            return
        out = ask_new_file(self._window, "Write the predictions to", "Table (*.csv)", f"{folder.name}.csv")
        if out is not None:
            self._session.predict_folder(folder, out)
            self.begun.emit(TaskKind.EXPORT)

    # --- what became of it ---------------------------------------------------------------------------------------

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if outcome.ending != Ending.FINISHED or outcome.result is None:
            return
        if kind == TaskKind.EXPORT:
            left_out = bool(outcome.result.left_out)
            self._toasts.say(said_of_export(outcome.result), seconds=0 if left_out else SECONDS, is_warning=left_out)
        elif kind == TaskKind.IMPORT:
            result = outcome.result
            bad = bool(result.quarantined)
            stays = bad or result.cancelled or result.notes or result.passed_over
            guessed = [source for source, reason in result.quarantined if ASKS in reason]
            does_ask = bad and len(guessed) == len(result.quarantined)
            self._toasts.say(
                said_of_import(result),
                "Preview" if does_ask else "See why" if bad else "",
                (lambda: self.preview_paths(guessed[:1])) if does_ask else self.show_quarantine,
                seconds=0 if stays else SECONDS,
                is_warning=bad,
            )
            self.imported.emit(result.ids)

    @Slot(str, str, str)
    def _say_problem(self, what: str, todo: str, details: str) -> None:
        def show_details() -> None:
            DetailsDialog(what, details, self._window).show()

        text = f"{what} {todo}".strip()
        if not details and self._session.is_gone:
            self._toasts.say(text, "Save a copy…", self.save_copy, seconds=0, is_warning=True)
        else:
            self._toasts.say(text, "Details" if details else "", show_details, seconds=0, is_warning=True)
