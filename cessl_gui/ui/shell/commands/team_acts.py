"""What the window offers to a team: who reads, where readers differ, the numbers, the sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from cessl_gui.ui.parts.ask_file import ask_files, ask_new_file
from cessl_gui.ui.shell.commands.actions import Offer
from cessl_gui.ui.worklist.conflicts import ConflictsDialog
from cessl_gui.ui.worklist.numbers import NumbersDialog
from cessl_gui.ui.worklist.readers import ReadersDialog
from cessl_gui.ui.worklist.sync import SyncDialog

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

BUNDLE = ".bundle"
BUNDLES = f"Bundles (*{BUNDLE})"


class TeamActs(QObject):
    """
    open_requested(folder)    the project is to be opened again
    opened(record id, code)   look at an ECG on which readers differ
    """

    open_requested = Signal(str)
    opened = Signal(str, str)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._shown: dict[type, QDialog] = {}
        session.team.open_anew.connect(self._open_anew)

    def offers(self) -> tuple[Offer, ...]:
        """The actions, for the window's menu."""
        return (
            ("readers", "&Readers…", self.show_readers),
            ("conflicts", "Where readers &differ…", self.show_conflicts),
            ("numbers", "&Numbers…", self.show_numbers),
            ("sync", "&Sync with a team…", self.show_sync),
            ("write_bundle", "&Write a bundle…", self.write_bundle),
            ("merge_bundle", "Take in a &bundle…", self.merge_bundle),
        )

    def show_readers(self) -> None:
        self._show(ReadersDialog).fill()

    def show_conflicts(self) -> None:
        known = ConflictsDialog in self._shown
        dialog = self._show(ConflictsDialog)
        if known:
            dialog.refresh()
        else:
            dialog.opened.connect(self.opened)

    def show_numbers(self) -> None:
        known = NumbersDialog in self._shown
        dialog = self._show(NumbersDialog)
        if known:
            dialog.refresh()

    def show_sync(self) -> None:
        self._show(SyncDialog)

    def write_bundle(self) -> None:
        """Ask where, and write what people did, as one signed file for a colleague."""
        out = ask_new_file(self._window, "Write a bundle", BUNDLES, f"{self._session.project_name}{BUNDLE}")
        if out is not None:
            self._session.team.write_bundle(out)

    def merge_bundle(self) -> None:
        """Ask for a colleague's bundle and take in what was done there."""
        for path in ask_files(self._window, "Take in a bundle", f"{BUNDLES};;All files (*)")[:1]:
            self._session.team.merge_bundle(path)

    def _show(self, kind):
        if kind not in self._shown:
            self._shown[kind] = kind(self._session, self._window)
        self._shown[kind].show()
        self._shown[kind].raise_()
        return self._shown[kind]

    def _open_anew(self) -> None:
        self.open_requested.emit(str(self._session.project.folder))
