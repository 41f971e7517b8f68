"""Of which statement the worklist shows the probability, and what must have been said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from cessl_gui.bridge.worklist import UNASSESSED
from cessl_gui.core.types import State
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

WIDTH = 132


class StatementFilter(QWidget):
    """chosen(code, said) : a statement, "" for any, and the answer, "" for any"""

    chosen = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.statement = named(QComboBox(), "worklist_statement", "Statement to show and filter by")
        self.said = named(QComboBox(), "worklist_said", "Filter by what was said of the statement")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for box in (self.statement, self.said):
            # A long statement must not decide how wide the window is.
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
            box.setFixedWidth(WIDTH)
            row.addWidget(box)
        self.said.addItem("Any answer", "")
        for word in (*State, UNASSESSED):
            self.said.addItem(str(word).capitalize(), str(word))
        self.fill()
        for box in (self.statement, self.said):
            box.currentIndexChanged.connect(self._choose)

    def fill(self) -> None:
        """The statements of the panel, then the others that the model knows."""
        box, chosen = self.statement, self.statement.currentData()
        box.blockSignals(True)
        box.clear()
        box.addItem("Any statement", "")
        model, known = self._session.active_model(), self._session.vocabulary()
        codes = [s.code for s in self._session.panel()]
        codes += [code for code in (model.statements if model else ()) if known[code].code not in codes]
        for code in codes:
            box.addItem(f"{known[code].abbreviation}  {known[code].name}", code)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.blockSignals(False)
        box.view().setMinimumWidth(280)
        self._allow()

    def show_choice(self, code: str, said: str) -> None:
        for box, value in ((self.statement, code), (self.said, said)):
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.blockSignals(False)
        self._allow()

    def _choose(self) -> None:
        self._allow()
        code = self.statement.currentData() or ""
        self.chosen.emit(code, (self.said.currentData() or "") if code else "")

    def _allow(self) -> None:
        has_statement = bool(self.statement.currentData())
        self.said.setEnabled(has_statement)
        self.said.setToolTip("" if has_statement else "Choose a statement first")
