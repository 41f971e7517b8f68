"""The statement of a place that was marked on the page: typed, or chosen from a list, next to the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cessl_gui.bridge.reader.page_marks import ShownMark
from cessl_gui.core.annotations import Annotation
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel, literal
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import TypingEdit, named
from cessl_gui.ui.reading.statement_row import lines_of

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

WIDE, HIGH, BESIDE = 272, 300, 12  # px
CODE = Qt.ItemDataRole.UserRole
MOST_FOUND = 30


class MarkChooser(QFrame):
    """Lies over the page until a statement is chosen, or Escape.

    chosen(Annotation, code) : the place, of all leads if the reader wants that, and its statement
    left                     : nothing was chosen
    """

    chosen = Signal(object, str)
    left = Signal()

    def __init__(self, session: Session, around: QWidget) -> None:
        super().__init__(around)
        named(self, "mark_chooser", "Statement of this mark")
        self._session, self._place, self._record_id = session, Annotation("", "", 0.0), ""
        self.title = named(PlainLabel(wordWrap=True), "mark_place", "What is being marked")
        self.typed = named(TypingEdit(), "mark_statement", "Statement of this mark", "Type, or choose below; Enter")
        self.typed.setPlaceholderText("Statement of this mark")
        self.typed.setFixedHeight(tokens.INPUT)
        self.found = named(QListWidget(), "mark_statements", "Statements for this mark")
        self.found.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.found.setWordWrap(True)
        self.everywhere = named(QCheckBox(), "mark_all_leads", "In all leads")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for part in (self.title, self.typed, self.found, self.everywhere):
            column.addWidget(part)
        self.typed.textChanged.connect(self._search)
        self.typed.navigated.connect(self._move)
        self.typed.entered.connect(lambda _: self._take())
        self.typed.left.connect(self.leave)
        self.found.itemClicked.connect(lambda _: self._take())
        self.hide()

    def ask(self, record_id: str, place: Annotation, at: QRect, over: QRect) -> None:
        """Ask for the statement of a place.

        at   : where it lies, in the widget around; it stays in sight
        over : the part of the widget around that may be covered
        """
        self._record_id, self._place = record_id, place
        where = ShownMark(place, "", "").where
        self.title.setText(f"{where[:1].upper()}{where[1:]}")
        self.everywhere.setText(literal("In all leads" if not place.lead else f"In all leads, not {place.lead} alone"))
        self.everywhere.setChecked(not place.lead)
        self.everywhere.setEnabled(bool(place.lead))
        self.typed.clear()
        self._search("")
        left = at.right() + BESIDE if at.right() + BESIDE + WIDE <= over.right() else at.left() - BESIDE - WIDE
        top = min(max(over.top(), at.center().y() - HIGH // 2), over.bottom() - HIGH)
        self.setGeometry(max(over.left(), left), max(over.top(), top), WIDE, min(HIGH, over.height()))
        self.show()
        cut = self.found.viewport().height() % max(1, self.found.sizeHintForRow(0))
        self.resize(WIDE, self.height() - cut)  # the list ends at a whole row
        self.raise_()
        self.typed.setFocus()

    @Slot()
    def leave(self) -> None:
        """Ask no more."""
        if self.isVisible():
            self.hide()
            self.left.emit()

    @Slot(str)
    def _search(self, typed: str) -> None:
        known = self._session.vocabulary()
        if typed.strip():
            statements = [s for s in known.search(typed, MOST_FOUND) if known.find(s.code) is not None]
        else:
            statements = self._session.page_marks.suggestions(self._record_id) if self._record_id else []
        self.found.clear()
        for statement in statements:
            item = QListWidgetItem(statement.name)
            item.setData(CODE, statement.code)
            lines = len(lines_of(statement.name, False, WIDE - 48))
            item.setSizeHint(QSize(0, tokens.STATEMENT_ROW + (lines - 1) * tokens.BODY.line_px))
            self.found.addItem(item)
        self.found.setCurrentRow(0)

    @Slot(int)
    def _move(self, by: int) -> None:
        if self.found.count():
            self.found.setCurrentRow((self.found.currentRow() + by) % self.found.count())

    def _take(self) -> None:
        item = self.found.currentItem()
        if item is None:
            return
        lead = "" if self.everywhere.isChecked() else self._place.lead
        place = Annotation("", "", self._place.start_s, self._place.end_s, lead)
        self.hide()
        self.chosen.emit(place, item.data(CODE))

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"#mark_chooser {{ background: {theme.raised}; border: 1px solid {theme.border_strong};"
            f" border-radius: {tokens.RADIUS_CARD}px; }}"
        )
