"""Where readers differ, and what is decided there; the words of both stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from cessl_gui.core.plural import counted
from cessl_gui.core.types import State
from cessl_gui.ui.parts.beside import Beside, beside_table
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

HEADINGS = ("ECG", "Statement", "What readers say", "Decided")
SAME = "Readers say the same wherever they have read the same ECG."
OPEN = "Until it is decided, training takes the word of whoever starts it."


class ConflictsDialog(Beside):
    """opened(record id, code)   look at this one"""

    opened = Signal(str, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "conflicts", "Where readers differ", QSize(760, 420))
        self._session = session
        self._conflicts: list = []
        self.text = PlainLabel(wordWrap=True)
        self.table = beside_table("conflicts_table", "Where readers differ", HEADINGS, 2)
        self.column.addWidget(self.text)
        self.column.addWidget(self.table, 1)
        self.look = named(QPushButton("Open"), "conflict_open", "Open the chosen ECG")
        self.look.clicked.connect(self._look)
        self.decide: dict[State | None, QPushButton] = {}
        for state in (*State, None):
            word = str(state).capitalize() if state else "Leave open"
            tip = f"Decide: {state}" if state else "Undo the decision"
            button = named(QPushButton(word), f"decide_{state or 'open'}", tip)
            button.clicked.connect(lambda _=False, state=state: self._decide(state))
            self.decide[state] = button
        self.add_close(self.look, *self.decide.values())
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._enable())
        session.team.conflicts_ready.connect(self._fill)
        self.refresh()

    def refresh(self) -> None:
        """Ask again where readers differ."""
        self.text.setText("Comparing the readers…")
        self._session.team.request_conflicts()

    def _fill(self, conflicts: list) -> None:
        row = self.table.currentIndex().row()
        self._conflicts = conflicts
        known = self._session.vocabulary()
        self.table.model().set(
            [
                (
                    self._session.info(each.record_id).name,
                    known[each.code].name,
                    ", ".join(f"{reader}: {state}" for reader, state in each.said.items()),
                    str(each.adjudicated or ""),
                )
                for each in conflicts
            ]
        )
        left = sum(each.adjudicated is None for each in conflicts)
        self.text.setText(f"{counted(left, 'label')} to be decided. {OPEN}" if conflicts else SAME)
        if conflicts:
            self.table.selectRow(min(max(row, 0), len(conflicts) - 1))
        self._enable()

    def _chosen(self):
        row = self.table.currentIndex().row()
        return self._conflicts[row] if 0 <= row < len(self._conflicts) else None

    def _enable(self) -> None:
        chosen = self._chosen()
        self.look.setEnabled(chosen is not None)
        for state, button in self.decide.items():
            button.setEnabled(chosen is not None and chosen.adjudicated != state)

    def _look(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.opened.emit(chosen.record_id, chosen.code)

    def _decide(self, state: State | None) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._session.team.adjudicate(chosen.record_id, chosen.code, state)
            self.refresh()
