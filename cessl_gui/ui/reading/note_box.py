"""The reader's note on the open ECG, the notes of others, and the list of what is marked on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout

from cessl_gui.bridge.reader.page_marks import ShownMark
from cessl_gui.bridge.reader.reader_notes import MOST
from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.reading.panel import ReadingPanel

ID = Qt.ItemDataRole.UserRole
KEPT_AFTER_MS = 2000  # without a key: what is typed is kept though the reader stays
ROWS_SEEN = 5
MOST_LISTED = 500  # marks; all are on the page
NOTE_PX, OTHERS_PX = 84, 64


class NoteEdit(QPlainTextEdit):
    """A text box that Escape leaves. left : Escape, or the keyboard goes elsewhere"""

    escaped = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class MarkList(QListWidget):
    """The marks of a record: Enter or a click goes to one, Delete removes it.

    went(id), remove_wanted(id), escaped
    """

    went = Signal(str)
    remove_wanted = Signal(str)
    escaped = Signal()

    def __init__(self) -> None:
        super().__init__()
        named(self, "mark_list", "Marks on the page")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(True)
        self.itemClicked.connect(lambda item: self.went.emit(item.data(ID)))

    def show_marks(self, marks: tuple[ShownMark, ...]) -> None:
        row = self.currentRow()
        self.clear()
        for shown in marks[:MOST_LISTED]:
            giver = "" if not shown.giver else f" · {shown.giver}"
            item = QListWidgetItem(f"{shown.name}{giver}\n{shown.where}")
            item.setData(ID, shown.mark.id)
            item.setSizeHint(QSize(0, 2 * tokens.BODY.line_px + 6))
            when = shown.at_utc[:16].replace("T", " ")
            item.setToolTip(plain(f"{shown.name}, {shown.where}\n{shown.giver or 'you'}, {when} UTC"))
            self.addItem(item)
        self.setCurrentRow(min(max(0, row), self.count() - 1))

    @property
    def wanted_height(self) -> int:
        return min(self.count(), ROWS_SEEN) * (2 * tokens.BODY.line_px + 6) + 4

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and item is not None:
            self.went.emit(item.data(ID))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and item is not None:
            self.remove_wanted.emit(item.data(ID))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Enter goes to the mark here; elsewhere it confirms."""
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete)
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in own:
            event.accept()
            return True
        return super().event(event)


class NoteBox(QFrame):
    """Lies over the lower end of the statements while it is open. A note is kept as it is typed, and when it is left.

    closed : the keyboard is to go back
    """

    closed = Signal()

    def __init__(self, session: Session, panel: ReadingPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        named(self, "note_box", "Note and marks")
        self._session, self._record_id = session, ""
        self._is_read = False  # whether the note of the record stands in the box: read once it is opened
        self._unsaved: dict[str, str] = {}  # notes that the project refused, by record
        self.marks = MarkList()
        self.marks_title = named(PlainLabel(), "marks_title", "Marks")
        self.others = named(QPlainTextEdit(), "others_notes", "Notes of others")
        self.others.setReadOnly(True)
        self.others.setTabChangesFocus(True)
        self.others.setFixedHeight(OTHERS_PX)
        self.title = named(PlainLabel(), "note_title", "Note")
        self.typed = named(NoteEdit(), "note", "Your note on this ECG")
        self.typed.setPlaceholderText("Your note on this ECG")
        self.typed.setTabChangesFocus(True)
        self.typed.setFixedHeight(NOTE_PX)
        self.about = named(PlainLabel(wordWrap=True), "note_about", "How the note is kept")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        for part in (self.marks_title, self.marks, self.others, self.title, self.typed, self.about):
            column.addWidget(part)
        self._keeping = QTimer(self, singleShot=True, interval=KEPT_AFTER_MS)
        self._keeping.timeout.connect(self.keep)
        self.typed.textChanged.connect(self._on_typed)
        self.typed.left.connect(self.keep)
        self.typed.escaped.connect(self.close_box)
        self.marks.escaped.connect(self.close_box)
        self.hide()

    def show_record(self, record_id: str) -> None:
        """Be about another record, "" for none; what was typed about the last one is kept first."""
        self.keep()
        self._record_id, self._is_read = record_id, False
        if self.isVisible():
            self.refresh()

    def open(self) -> None:
        """Show it, the keyboard in the note."""
        if self._record_id:
            self.refresh()
            self.show()
            self.place()
            self.raise_()
            self.typed.setFocus()

    @Slot()
    def close_box(self) -> None:
        self.keep()
        self._is_read = self._record_id in self._unsaved
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def refresh(self) -> None:
        """Show what holds now. What is being typed stays."""
        record_id, session = self._record_id, self._session
        self._is_read = True
        marks = session.page_marks.of(record_id) if record_id else ()
        others = session.notes.others(record_id) if record_id else {}
        self.marks.show_marks(marks)
        count = f"{len(marks):,} mark{'s' * (len(marks) != 1)}"
        first = f", the first {MOST_LISTED} listed" if len(marks) > MOST_LISTED else ""
        self.marks_title.setText(f"{count}{first} · Enter shows · Del removes")
        self.others.setPlainText("\n\n".join(f"{reader}: {note}" for reader, note in others.items()))
        for part, is_there in ((self.marks, marks), (self.marks_title, marks), (self.others, others)):
            part.setVisible(bool(is_there))
        self.marks.setFixedHeight(self.marks.wanted_height)
        self.title.setText("Your note")
        reading_only = bool(session.project.reading_only)
        self.typed.setReadOnly(reading_only)
        self.about.setText("This project is open for reading only." if reading_only else "Kept as typed. Esc leaves.")
        if not self._keeping.isActive():
            self._show_text(self._unsaved.get(record_id, session.notes.own(record_id) if record_id else ""))
        self.place()

    def _show_text(self, text: str) -> None:
        if text != self.typed.toPlainText().strip():
            self.typed.blockSignals(True)
            self.typed.setPlainText(text)
            self.typed.blockSignals(False)

    @Slot()
    def _on_typed(self) -> None:
        self._keeping.start()
        if len(self.typed.toPlainText()) > MOST:
            self.typed.blockSignals(True)
            self.typed.undo()
            self.typed.blockSignals(False)
            self.about.setText(f"A note holds {MOST:,} characters: the last change was not taken.")

    @Slot()
    def keep(self) -> None:
        """Keep what is typed. What the project refuses stays here."""
        self._keeping.stop()
        record_id, text = self._record_id, self.typed.toPlainText().strip()
        if not self._is_read or not record_id or self._session.project.reading_only:
            return
        self._unsaved.pop(record_id, None)
        if not self._session.notes.write(record_id, text):
            self._unsaved[record_id] = text

    def place(self) -> None:
        """Above the buttons."""
        if self.isVisible():
            bottom, wide = self._panel.footer.y() - 4, self._panel.width() - 16
            self.layout().activate()
            high = min(self.layout().totalHeightForWidth(wide), bottom - tokens.HEADER)
            self.setGeometry(8, bottom - high, wide, high)

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"#note_box {{ background: {theme.raised}; border: 1px solid {theme.border_strong};"
            f" border-radius: {tokens.RADIUS_CARD}px; }}"
        )
        for label in (self.about, self.marks_title):
            label.setStyleSheet(f"color: {theme.muted};")
            label.setFont(dressing.font(tokens.CAPTION))
