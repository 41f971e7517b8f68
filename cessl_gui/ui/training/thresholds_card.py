"""By which rule the next training chooses the threshold of each statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QTableWidget, QTableWidgetItem

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import TABLE_ROW
from cessl_gui.ui.parts.widgets import named, table_to_read
from cessl_gui.ui.training.cards import Card

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

BEST_F2 = "Best F2"
PERCENT = (80, 85, 90, 95, 98, 99)


class ThresholdsCard(Card):
    """A row per statement of the panel; each choice is kept in the project."""

    def __init__(self, session: Session) -> None:
        super().__init__("Thresholds", "what is above its threshold is called; a training chooses it by your labels")
        self._session = session
        self._shown: tuple = ()
        table = named(QTableWidget(0, 2), "threshold_rules", "How each threshold is chosen")
        self.table = table_to_read(table, ("Statement", "Chosen by"))
        self.table.verticalHeader().setDefaultSectionSize(TABLE_ROW + 4)
        self.column.addWidget(self.table, 1)
        session.changed.connect(self._on_changed)
        self.fill()

    def fill(self) -> None:
        """Show what is chosen now."""
        shares = self._session.sensitivities()
        statements = self._session.panel()
        now = tuple((s.code, s.name, shares.get(s.code)) for s in statements)
        if now == self._shown:
            return
        self._shown = now
        self.table.setRowCount(len(statements))
        for row, (code, name, share) in enumerate(now):
            item = QTableWidgetItem(name)
            item.setToolTip(plain(name))
            self.table.setItem(row, 0, item)
            self.table.setCellWidget(row, 1, self._box(code, name, share))

    def _box(self, code: str, name: str, share: float | None) -> QComboBox:
        box = QComboBox()
        box.setFrame(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setAccessibleName(f"How the threshold of {name} is chosen")
        box.addItem(BEST_F2, None)
        percent = sorted({*PERCENT, *([] if share is None else [round(100 * share, 1)])})
        for number in percent:
            box.addItem(f"{number:g} % of those who have it are found", number / 100)
        box.setCurrentIndex(0 if share is None else 1 + percent.index(round(100 * share, 1)))
        box.activated.connect(lambda _: self._session.set_sensitivity(code, box.currentData()))
        return box

    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.SETTINGS:
            self.fill()
