"""From a project folder to a window: opens or makes the project, shows what went wrong, closes in order."""

from __future__ import annotations

import gc
import logging
import os
import sys
import traceback
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

from cessl_gui.bridge import projects
from cessl_gui.bridge.session import Session
from cessl_gui.core.errors import CesslError, ProjectDamaged
from cessl_gui.core.files import full_path
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.ui.parts.ask_file import ask_new_file
from cessl_gui.ui.parts.plain_text import ask, plain_box, warn
from cessl_gui.ui.parts.scale import apply_scale
from cessl_gui.ui.shell.main_rooms.loading import LoadsAhead, load_scipy
from cessl_gui.ui.shell.notices.waiting import Waiting
from cessl_gui.ui.shell.start_page.start import StartWindow
from cessl_gui.ui.shell.window import MainWindow

log = logging.getLogger(__name__)

LOAD_AFTER_MS = 300  # once the start page is there


class App(QObject):
    """Holds the open window and its session; opening another project closes the first one.

    exit_status : 1 when no project could be opened, else 0
    starts_again : the project with which the program is to start again, once it has ended; None: it is not
    """

    def __init__(self) -> None:
        super().__init__()
        self.window: MainWindow | None = None
        self.start: StartWindow | None = None
        self.exit_status = 0
        self.starts_again: Path | None = None
        self.waiting = Waiting(self)

    def open(self, folder: Path, *, may_upgrade: bool = True) -> None:
        """Open a project folder (made if absent) in a window; a project that cannot be opened gets its sentence.

        folder : NAME.cessl, or a folder of recordings: its project is NAME.cessl beside it, and they are imported
        may_upgrade : one of an earlier version is brought up to date first, with a dialog
        """
        folder = full_path(folder)
        if may_upgrade and projects.is_of_earlier_version(folder):
            self.waiting.start(
                f"Updating {folder.name} to this version. A copy of it as it is now stays in its folder backups.",
                lambda task: projects.upgrade(folder, task),
                lambda outcome: self._upgraded(folder, outcome),
                self.window or self.start,
            )
            return
        if self._is_open(folder) and not self._close_window():  # a project is open once
            self.window._session.team.stay()
            return
        try:
            session = self._session(folder)
        except CesslError as error:
            self._not_opened(error.what, error.todo)
            return
        if not self._close_window():
            session.close()
            return
        self.show(session)
        if folder.is_dir() and folder != session.project.folder and not session.count:
            # A folder of recordings was named: the project lies beside it, and this is what goes in.
            session.import_paths([folder])

    def _is_open(self, folder: Path) -> bool:
        return self.window is not None and Path(self.window._session.project.folder) == projects.project_folder(folder)

    def _not_opened(self, what: str, todo: str) -> None:
        log.warning("%s %s", what, todo)
        warn(self.window or self.start, "Project not opened", f"{what}\n\n{todo}")
        if self.window is None and self.start is None:
            self._leave(1)

    def _upgraded(self, folder: Path, outcome: Outcome) -> None:
        """A project that could not be brought up to date is as it was; one that cannot be written is read as it is."""
        if outcome.ending == Ending.FINISHED:
            self.open(folder, may_upgrade=False)
        elif outcome.ending == Ending.FAILED:
            self._not_opened(outcome.message, outcome.todo)
        elif self.window is None and self.start is None:
            self._leave(0)

    def _session(self, folder: Path) -> Session:
        """Open a project; for one that is damaged it is offered to mend it, with what would be lost."""
        try:
            return projects.open_session(folder)
        except ProjectDamaged as error:
            if not error.copies:
                raise
            damaged = error.copies[0].parent.parent
            plan = projects.mending(damaged)
            question = f"{error.what}\n\n{plan.words} Do that now?"
            if not plan.can_be_done or not ask(self.window, "Project damaged", question):
                raise
            projects.mend(damaged, plan)
            return projects.open_session(damaged)

    @Slot(object)
    def _damage_found(self, error: ProjectDamaged) -> None:
        """A large project was looked through behind the window: offer to mend it, with what would be lost."""
        if self.window is None:
            return
        folder = Path(self.window._session.project.folder)
        self.waiting.start(
            f"{error.what}\n\nLooking for what is lost, and for a sound copy…",
            lambda task: projects.mending(folder),
            lambda outcome: self._offer_mending(folder, error, outcome),
            self.window,
        )

    def _offer_mending(self, folder: Path, error: ProjectDamaged, outcome: Outcome) -> None:
        if outcome.ending != Ending.FINISHED or not outcome.result.can_be_done:
            warn(self.window, "Project damaged", f"{error.what}\n\n{error.todo}")
            return
        plan = outcome.result
        question = f"{error.what}\n\n{plan.words} The project is closed for that, and opened again. Do that now?"
        if not plan.damage or not ask(self.window, "Project damaged", question) or not self._close_window():
            return
        self.waiting.start(
            "Repairing the project…",
            lambda task: projects.mend(folder, plan),
            lambda mended: (
                self.open(folder) if mended.ending == Ending.FINISHED else self._not_opened(mended.message, mended.todo)
            ),
        )

    def open_start(self) -> None:
        """Show the start page, in place of a window that is open."""
        if not self._close_window():
            return
        self.start = StartWindow()
        self.start.open_requested.connect(self._open_requested)
        self.start.import_requested.connect(self._import_requested)
        self.start.demo_requested.connect(self.open_demo)
        self.start.show()
        QTimer.singleShot(LOAD_AFTER_MS, load_scipy)

    def _close_window(self) -> bool:
        """Close the project's window, if one is open; False where the reader would not give up a running training."""
        QApplication.setQuitOnLastWindowClosed(False)  # another one follows
        try:
            if self.window is not None and not self.window.close():
                return False
            if self.window is not None:
                self.window.deleteLater()
            self.window = None
            return True
        finally:
            QApplication.setQuitOnLastWindowClosed(True)

    def show(self, session: Session) -> None:
        """Put an open session into a window and start what it still has to predict."""
        self.window = MainWindow(session)
        self.window.open_requested.connect(self._open_requested)
        self.window.reopen_wanted.connect(self.start_again)
        session.damaged.connect(self._damage_found)
        self.window.show()
        if self.start is not None:
            self.start.close()
            self.start.deleteLater()
            self.start = None
        if session.project.warnings:
            self.window.toasts.say(" ".join(session.project.warnings), seconds=0, is_warning=True)
        # What is loaded by now stays: collections that go through it all take 0.1 s of the GUI thread.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        session.predict_when_quiet()
        LoadsAhead(session, self.window)

    def open_demo(self) -> None:
        """Open the demo project; the first time its ECGs are generated, in the background, while a dialog says so."""
        folder = projects.demo_folder()
        if projects.is_project(folder):
            self.open(folder)
            return
        words = "Generating the synthetic ECGs of the demo project…"
        self.waiting.start(words, projects.make_demo, self._demo_ended, self.start)

    @Slot(str)
    def _open_requested(self, folder: str) -> None:
        if folder:
            self.open(Path(folder))
        else:
            self.open_start()

    @Slot()
    def start_again(self) -> None:
        """Close the project's window, and end so that the program starts anew with it: see ui.parts.scale."""
        folder = Path(self.window._session.project.folder)
        if self._close_window():
            self.starts_again = folder
            self._leave(0)

    @Slot(object)
    def _import_requested(self, paths: list[Path]) -> None:
        """Recordings were dropped where no project is open: ask for one, and read them into it."""
        folder = ask_new_file(self.start, "New project for these recordings", f"Projects (*{projects.SUFFIX})")
        if folder:
            self.open(folder)
            if self.window is not None:
                self.window.files.import_paths(paths)

    def _demo_ended(self, outcome: Outcome) -> None:
        if outcome.ending == Ending.FINISHED:
            self.open(projects.demo_folder())
        else:
            if outcome.ending == Ending.FAILED:
                warn(self.start, "Demo not made", f"{outcome.message}\n\n{outcome.todo}")
            if self.start is None and self.window is None:
                self._leave(int(outcome.ending == Ending.FAILED))

    def _leave(self, status: int) -> None:
        self.exit_status = status
        QTimer.singleShot(0, QApplication.quit)


def run(folder: Path | None) -> int:
    """Show the window for a project folder, or the start page, until it is closed; returns the exit status."""
    apply_scale()
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    qt.setApplicationName("cessl-gui")
    qt.setApplicationDisplayName("cessl-gui")
    app = App()
    sys.excepthook = _log_and_say
    # Started from the event loop, so that a quit asked for on the way ends it.
    QTimer.singleShot(0, app.open_start if folder is None else lambda: app.open(folder))
    status = qt.exec()
    if app.starts_again is not None:
        os.execv(sys.executable, [sys.executable, "-m", "cessl_gui", str(app.starts_again)])
    return status or app.exit_status


def _log_and_say(kind: type[BaseException], error: BaseException, trace) -> None:
    """A fault in a slot: the traceback goes to the log and the dialog's details, the window lives on."""
    details = "".join(traceback.format_exception(kind, error, trace))
    log.error("unexpected error\n%s", details)
    if QApplication.instance() is not None and not issubclass(kind, KeyboardInterrupt):
        words = (
            "Something in the program failed.\n\n"
            "Your labels are saved. You can go on; the details help whoever maintains the program."
        )
        box = plain_box(None, QMessageBox.Icon.Warning, "Something failed", words)
        box.setDetailedText(details)
        box.exec()
