"""The team's key file in the Settings: make it, take it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.ui.parts.ask_file import ask_files, ask_new_file
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ABOUT = (
    "Projects know a patient by a key that is made with a secret. A team shares one secret, so that a patient has the "
    "same key for all: one member makes the key file, the others take it in before they begin their project."
)
KEYS = "Key files (*.key)"


class TeamKeyCard(QWidget):
    """Two buttons, and what came of the last one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.make = named(QPushButton("Make a key file…"), "team_key_make", "Make the team's key file")
        self.take = named(QPushButton("Take in a key file…"), "team_key_take", "Take in the team's key file")
        self.said = named(PlainLabel(wordWrap=True), "team_key_said", "Result")
        self.said.hide()
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.make)
        row.addWidget(self.take)
        row.addStretch(1)
        column.addWidget(PlainLabel(ABOUT, wordWrap=True))
        column.addLayout(row)
        column.addWidget(self.said)
        self.make.clicked.connect(self._make)
        self.take.clicked.connect(self._take)
        session.ended.connect(self._on_ended)

    def _make(self) -> None:
        out = ask_new_file(self, "Make the team's key file", KEYS, "team.key")
        if out is not None:
            self._session.upkeep.write_key(out)

    def _take(self) -> None:
        for path in ask_files(self, "Take in the team's key file", f"{KEYS};;All files (*)")[:1]:
            self._session.upkeep.take_key(path)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind == TaskKind.TEAM_KEY:
            failed = f"{outcome.message} {outcome.todo}".strip()
            self.said.setText(outcome.result.sentence if outcome.ending == Ending.FINISHED else failed)
            self.said.show()
