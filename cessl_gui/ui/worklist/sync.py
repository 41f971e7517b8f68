"""Sync with a team's server: the address, the password for the system's keyring, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.ui.parts.errand import Errand
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ABOUT = (
    "Labels, readings, marks, notes and decisions go both ways; signals and models only if you choose so. "
    "Names of recordings are names of files, and the team sees them."
)
MODELS = "Versions that members adopted; they name no patient. The one adopted last predicts on every desk that has it."
SIGNALS = "The signals of all recordings, without names, for members who do not have the files. It takes long at first."


class SyncDialog(Errand):
    """Where what came is shown at once, in every room."""

    kind = TaskKind.SYNC
    stop_tip = "What was exchanged by then stays"

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
        self.files = {
            "model": named(QCheckBox("Adopted models"), "sync_models", "Also send and receive adopted models", MODELS),
            "signal": named(QCheckBox("Signals"), "sync_signals", "Also send and receive signals", SIGNALS),
        }
        form = QFormLayout()
        form.addRow("Server", self.address)
        form.addRow("Password", self.password)
        for label, kind in (("Also", "model"), ("", "signal")):
            form.addRow(label, self.files[kind])
        self.own.addLayout(form)
        self.go.setText("Sync")
        self.add_close(self.stop, self.go)
        self.address.setText(session.team.last_server())
        for kind in session.team.sent_along():
            self.files[kind].setChecked(True)
        self.enable()

    def begin(self) -> None:
        files = [kind for kind, box in self.files.items() if box.isChecked()]
        self._session.team.sync(self.address.text().strip(), self.password.text(), files)
        self.password.clear()

    def show_result(self, result) -> None:
        """result : tasks.syncing.Synced"""
        self.said.setText(" ".join((result.sentence, *result.notes)))
