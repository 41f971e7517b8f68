"""Merge one statement into another, and take merged ones apart again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from cessl_gui.ui.parts.beside import Beside, beside_table
from cessl_gui.ui.parts.dates import local_words
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.reading.search_box import SearchBox

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

HEADINGS = ("Merged", "Counts as", "When")
ABOUT = (
    "Each label of {} then counts as a label of the statement that you choose, of the same reader, also in confirmed "
    "readings and when they come later; what a reader has said of that statement itself stands. Exports name both."
)


class MergeDialog(Beside):
    """Choose by typing; it holds at once."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "merging", "Merge statements", QSize(620, 420))
        self._session, self._files, self._code = session, session.label_files, ""
        self._merges: list = []
        self.about = PlainLabel(wordWrap=True)
        self.search = SearchBox(session, self, "merge into this one")
        self.search.typed.setPlaceholderText("Find the statement to merge into")
        self.search.layout().setContentsMargins(0, 0, 0, 0)
        self.said = named(PlainLabel(wordWrap=True), "merging_said", "What was done")
        self.table = beside_table("merged_statements", "Merged statements", HEADINGS, 1)
        for part in (self.about, self.search, self.said):
            self.column.addWidget(part)
        self.column.addWidget(self.table, 1)
        self.apart = named(QPushButton("Take apart"), "merging_apart", "Take the chosen statements apart again")
        self.add_close(self.apart)
        self.search.answered.connect(lambda code, _: self._merge(code))
        self.search.left.connect(self.close)
        self.apart.clicked.connect(self._take_apart)
        self._files.ended.connect(self._on_ended)
        self._fill()

    def show_for(self, code: str) -> None:
        """Offer to merge this statement; "": only to take merged ones apart."""
        self._code = code
        self.about.setText(ABOUT.format(self._session.vocabulary()[code].name) if code else "No statement is chosen.")
        self.search.setEnabled(bool(code) and not self._session.project.reading_only)
        self.said.setText("")
        self._fill()
        self.show()
        self.raise_()
        self.search.typed.setFocus()

    def _merge(self, into: str) -> None:
        self.said.setText("Merging…")
        self._files.merge(self._code, into)

    @Slot()
    def _take_apart(self) -> None:
        at = self.table.currentIndex().row()
        if 0 <= at < len(self._merges):
            self.said.setText("Taking apart…")
            self._files.take_apart(self._merges[at].code)

    @Slot()
    def _on_ended(self) -> None:
        self.said.setText(self._files.last)
        self._fill()

    def _fill(self) -> None:
        known, self._merges = self._session.vocabulary(), self._files.merges()
        rows = [(known[one.code].name, known[one.into].name, local_words(one.at_utc)) for one in self._merges]
        self.table.model().set(rows)
        self.table.selectRow(len(rows) - 1)
        self.apart.setEnabled(bool(rows) and not self._session.project.reading_only)
