"""What the window offers for the upkeep of a project: check it, remove recordings, take in marks of other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.plural import counted
from cessl_gui.ui.parts.ask_file import ask_files
from cessl_gui.ui.parts.errand import Errand
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.shell.commands.actions import Offer
from cessl_gui.ui.worklist.removing import RemoveDialog

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


REPAIR_TIP = "Says from which copy it can be repaired and what would be lost, and asks before it does anything"


class CheckDialog(Errand):
    """Whether the project is whole; where it is not, repair is offered."""

    kind = TaskKind.CHECK

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        about = (
            "Goes through all that people entered and says whether any of it was altered, lost or added from outside. "
            "Nothing is changed; you can read on meanwhile."
        )
        super().__init__(session, parent, "check", "Check the project", about)
        self.go.setText("Check")
        self.repair = named(QPushButton("Repair…"), "check_repair", "Repair the project")
        self._offer_repair("Check first")
        self.repair.clicked.connect(self._repair)
        self.add_close(self.stop, self.repair, self.go)
        self.enable()

    def begin(self) -> None:
        self._offer_repair("Check first")
        self._session.upkeep.check()

    def show_result(self, result) -> None:
        super().show_result(result)
        reading_only = "This project is open for reading only" if self._session.project.reading_only else ""
        self._offer_repair(reading_only if result.is_damaged else "Nothing is to be repaired")

    def _offer_repair(self, reason_not: str) -> None:
        self.repair.setEnabled(not reason_not)
        self.repair.setToolTip(plain(reason_not or REPAIR_TIP))

    def _repair(self) -> None:
        self.close()
        self._session.upkeep.report_damage(self.said.text())


class MarksDialog(Errand):
    """Marks of annotation files."""

    kind = TaskKind.TAKE_MARKS
    stop_tip = "Marks that have come stay"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        about = (
            "Takes in beats and stretches from WFDB annotation files, each named as its recording: 100.atr of 100. "
            "They are shown in grey as the file's, and a file that comes twice adds nothing."
        )
        super().__init__(session, parent, "marks", "Import marks", about)
        self._paths: tuple[Path, ...] = ()
        self.files = named(QPushButton("Choose files…"), "marks_files", "Choose annotation files")
        self.files.clicked.connect(self._choose)
        self.own.addWidget(self.files)
        self.go.setText("Import")
        self.add_close(self.stop, self.go)
        self.enable()

    def lacks(self) -> str:
        return "" if self._paths else "Choose files first"

    def _choose(self) -> None:
        paths = tuple(ask_files(self, "Annotation files", "Annotations (*.atr *.ecg *.qrs *.mark);;All files (*)"))
        if paths:
            self._paths = paths
            self.files.setText(counted(len(paths), "file"))
        self.enable()

    def begin(self) -> None:
        self._session.upkeep.take_marks(self._paths)


class UpkeepActs(QObject):
    """
    open_requested(folder) : the project is to be opened again
    told(sentence)         : what came of work whose window was closed
    """

    open_requested = Signal(str)
    told = Signal(str)

    def __init__(self, session: Session, window: QWidget, current: Callable[[], str]) -> None:
        """current : id of the open ECG, "" without one"""
        super().__init__(window)
        self._session, self._window, self._current = session, window, current
        self._shown: dict[type[Errand], Errand] = {}

    def offers(self) -> tuple[Offer, ...]:
        """The actions, for the window's menu."""
        return (
            ("import_marks", "Import &marks…", lambda: self._show(MarksDialog)),
            ("check", "&Check and repair…", lambda: self._show(CheckDialog)),
            ("remove", "&Remove this ECG…", lambda: self.remove([self._current()] if self._current() else [])),
        )

    def remove(self, ids: Sequence[str]) -> None:
        """Ask, and erase recordings for good."""
        reason = self._session.upkeep.why_not_now()
        if reason or not ids:
            self._session.problem.emit(
                "Nothing can be removed now." if ids else "No ECG is open.", reason or "Open the one to remove.", ""
            )
            return
        dialog = RemoveDialog(self._session, ids, self._window)
        dialog.finished_with.connect(self._open_again)
        dialog.show()

    def _open_again(self) -> None:
        self.open_requested.emit(str(self._session.project.folder))

    def _show(self, kind: type[Errand]) -> None:
        if kind not in self._shown:
            self._shown[kind] = kind(self._session, self._window)
            self._shown[kind].told.connect(self.told)
        self._shown[kind].show()
        self._shown[kind].raise_()
