"""Sync with a team's server: the address, the password for the system's keyring, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from cessl_gui.bridge.task_kinds import TaskKind
from cessl_gui.ui.parts.errand import Errand
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ABOUT = (
    "Labels, readings, marks, notes and decisions go both ways; signals stay on each computer. "
    "Names of recordings are names of files, and the team sees them."
)


class SyncDialog(Errand):
    """Where what came is shown at once, in every room."""

    kind = TaskKind.SYNC

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent, "sync", "Sync with a team", ABOUT)
        self.address = named(QLineEdit(), "sync_address", "Address of the server")
        self.address.setPlaceholderText("postgresql://NAME@HOST/DATABASE")
        self.password = named(
            QLineEdit(echoMode=QLineEdit.EchoMode.Password),
            "sync_password",
            "Password",
            "Kept in this computer's keyring, never in the project; leave it empty if it is there already.",
        )
        self.password.setPlaceholderText("From the keyring")
        form = QFormLayout()
        form.addRow("Server", self.address)
        form.addRow("Password", self.password)
        self.own.addLayout(form)
        self.go.setText("Sync")
        self.stop.setToolTip("What was exchanged by then stays")
        self.add_close(self.stop, self.go)
        self.address.setText(session.team.last_server())
        self.enable()

    def begin(self) -> None:
        self._session.team.sync(self.address.text().strip(), self.password.text())
        self.password.clear()

    def show_result(self, result) -> None:
        """result : tasks.syncing.Synced"""
        self.said.setText(" ".join((result.sentence, *result.notes)))
