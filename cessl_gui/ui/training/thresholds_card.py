"""By which rule the next training chooses the threshold of each statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QTableWidget, QTableWidgetItem

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts.in_turns import InTurns
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import TABLE_ROW
from cessl_gui.ui.parts.whole_rows import WholeRows
from cessl_gui.ui.parts.widgets import named, put_box, table_to_read
from cessl_gui.ui.training.cards import Card

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

BEST_F2 = "Best F2"
ROWS_AT_ONCE = 4  # whose boxes are made in one turn
PERCENT = (80, 85, 90, 95, 98, 99)


class ThresholdsCard(Card):
    """A row per statement of the panel; each choice is kept in the project."""

    def __init__(self, session: Session) -> None:
        super().__init__("Thresholds", "what is above its threshold is called; a training chooses it by your labels")
        self._session = session
        self._shown: tuple[tuple[str, str, float | None], ...] = ()
        self._boxing = InTurns(self)
        table = named(QTableWidget(0, 2), "threshold_rules", "How each threshold is chosen")
        self.table = table_to_read(table, ("Statement", "Chosen by"))
        self.table.verticalHeader().setDefaultSectionSize(TABLE_ROW + 4)
        self.column.addWidget(WholeRows(self.table), 1)
        session.changed.connect(self._on_changed)
        self.fill()

    def fill(self) -> None:
        """Show what is chosen now."""
        shares = self._session.sensitivities()
        now = tuple((s.code, s.name, shares.get(s.code)) for s in self._session.panel())
        if now == self._shown:
            return
        was, self._shown = self._shown, now
        self.table.setRowCount(len(now))
        for row, (_, name, share) in enumerate(now):
            box = self.table.cellWidget(row, 1)
            if box is not None and was[row][:2] == now[row][:2] and box.currentData() == share:
                continue  # it was chosen there, and keeps the keyboard
            item = QTableWidgetItem(name)
            item.setToolTip(plain(name))
            self.table.setItem(row, 0, item)
            self.table.removeCellWidget(row, 1)
        self._boxing.begin(self._add_boxes())

    def _add_boxes(self) -> Iterator[None]:
        """Those of all rows at once would hold the window."""
        without = [row for row in range(len(self._shown)) if self.table.cellWidget(row, 1) is None]
        for number, row in enumerate(without, 1):
            put_box(self.table, row, 1, self._box(*self._shown[row]))
            if number % ROWS_AT_ONCE == 0:
                yield

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
