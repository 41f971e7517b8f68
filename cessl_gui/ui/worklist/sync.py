"""Sync with a team's server: the address, the password for the system's keyring, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPushButton, QWidget

from cessl_gui.bridge.task_kinds import TaskKind
from cessl_gui.core.types import Ending, Outcome, Progress
from cessl_gui.ui.parts.beside import Beside
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ABOUT = (
    "Labels, readings, marks, notes and decisions go both ways; signals stay on each computer. "
    "Names of recordings are names of files, and the team sees them."
)


class SyncDialog(Beside):
    """Where what came is shown at once, in every room."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "sync", "Sync with a team", QSize(560, 300))
        self._session = session
        self.about = PlainLabel(ABOUT, wordWrap=True)
        self.address = named(QLineEdit(), "sync_address", "Address of the server")
        self.address.setPlaceholderText("postgresql://NAME@HOST/DATABASE")
        self.password = named(
            QLineEdit(echoMode=QLineEdit.EchoMode.Password),
            "sync_password",
            "Password",
            "Kept in this computer's keyring, never in the project; leave it empty if it is there already.",
        )
        self.password.setPlaceholderText("From the keyring")
        self.said = named(PlainLabel(wordWrap=True), "sync_said", "What came of the sync")
        form = QFormLayout()
        form.addRow("Server", self.address)
        form.addRow("Password", self.password)
        self.column.addWidget(self.about)
        self.column.addLayout(form)
        self.column.addWidget(self.said, 1)
        self.stop = named(QPushButton("Stop"), "sync_stop", "Stop the sync; what was exchanged stays", "")
        self.go = named(QPushButton("Sync"), "sync_go", "Sync now")
        self.add_close(self.stop, self.go)
        self.go.clicked.connect(self._sync)
        self.stop.clicked.connect(lambda: session.cancel(TaskKind.SYNC))
        session.ended.connect(self._on_ended)
        session.progress.connect(self._on_progress)
        self.address.setText(session.team.last_server())
        self._enable()

    def _sync(self) -> None:
        self.said.setText("Connecting…")
        self._session.team.sync(self.address.text().strip(), self.password.text())
        self.password.clear()
        self._enable()

    def _enable(self) -> None:
        runs = TaskKind.SYNC in self._session.busy
        self.go.setEnabled(not runs)
        self.stop.setEnabled(runs)

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.job_id == self._session.busy.get(TaskKind.SYNC):
            share = f" {100 * progress.fraction:.0f} %" if progress.fraction is not None else ""
            self.said.setText(f"{progress.phase}{share}")

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind != TaskKind.SYNC:
            return
        self._enable()
        if outcome.ending == Ending.FINISHED:
            self.said.setText(" ".join((outcome.result.sentence, *outcome.result.notes)))
        else:
            self.said.setText(f"{outcome.message} {outcome.todo}".strip())
