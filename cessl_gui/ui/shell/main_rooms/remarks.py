"""What readers mark on the page and note on an ECG, between the page, the panel and the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Slot

from cessl_gui.core.annotations import Annotation
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.reading.mark_chooser import MarkChooser
from cessl_gui.ui.reading.note_box import NoteBox

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.shell.main_rooms.read_room import ReadRoom

# What may bring other marks and notes into sight, or take them out of it.
REFRESHING = (
    ChangeKind.ANNOTATIONS,
    ChangeKind.NOTES,
    ChangeKind.READING,
    ChangeKind.PREDICTIONS,
    ChangeKind.SETTINGS,
    ChangeKind.RECORDS,
)


class Remarks(QObject):
    """Shows the marks on the page and in the note's box, asks for their statements, and keeps them."""

    def __init__(self, session: Session, room: ReadRoom) -> None:
        super().__init__(room)
        self._session, self._room = session, room
        self._record_id = ""
        self.chooser = MarkChooser(session, room)
        self.box = NoteBox(session, room.labels)
        self._marking = room.page.canvas.marking
        self._marking.drawn.connect(self._ask)
        self._marking.begun.connect(self._begin)
        self._marking.remove_wanted.connect(self.remove)
        self.chooser.chosen.connect(self._keep)
        self.chooser.left.connect(self._left)
        self.box.closed.connect(room.labels.setFocus)
        self.box.marks.went.connect(room.page.show_mark)
        self.box.marks.remove_wanted.connect(self.remove)
        room.labels.footer.note.clicked.connect(self.open_note)
        room.labels.installEventFilter(self)
        room.labels.stayed.connect(self.refresh)
        session.changed.connect(self._on_changed)
        session.page_marks.ready.connect(self._on_ready)

    def show_record(self, record_id: str) -> None:
        """Another record was opened; its page comes."""
        self.chooser.hide()
        self._marking.cancel()
        self._record_id = record_id
        self.box.show_record(record_id)
        self._show_sign()

    def show_marks(self) -> None:
        """Show on the page what is marked on its record, as far as that may be seen."""
        record = self._room.page.sheet.record
        if record is not None and record.id == self._record_id:
            self._room.page.show_marks(self._session.page_marks.of(record.id))

    def open_note(self) -> None:
        """Open the note, or close it."""
        if self.box.isVisible():
            self.box.close_box()
        else:
            self._room.labels.called.emit()
            self.box.open()

    def keep(self) -> None:
        """Keep what is being typed."""
        self.box.keep()

    # --- marking -------------------------------------------------------------------------------------------------

    @Slot()
    def _begin(self) -> None:
        self.chooser.hide()
        reason = self._session.page_marks.why_not(self._record_id) if self._record_id else ""
        if reason:
            self._marking.cancel()
            self._room.labels.show_hint(reason)

    @Slot(object)
    def _ask(self, place: Annotation) -> None:
        page, room = self._room.page, self._room
        source, end_s = self._marking.source, place.start_s if place.end_s is None else place.end_s
        at = QRect(page.point_of(source, place.start_s), page.point_of(source, end_s))
        over = QRect(page.canvas.mapTo(room, QPoint()), page.canvas.size())
        self.chooser.ask(self._record_id, place, at.translated(over.topLeft()), over)

    @Slot(object, str)
    def _keep(self, place: Annotation, code: str) -> None:
        self._marking.cancel()
        self._session.page_marks.add(self._record_id, place, code)
        self._room.page.canvas.setFocus()

    @Slot()
    def _left(self) -> None:
        self._marking.cancel()
        self._room.page.canvas.setFocus()

    @Slot(str)
    def remove(self, mark_id: str) -> None:
        """Remove a mark of this reader; why it cannot be is said."""
        marks = self._session.page_marks
        shown = next((one for one in marks.of(self._record_id) if one.mark.id == mark_id), None)
        reason = marks.why_not(self._record_id)
        if shown is not None and not shown.is_own:
            reason = (
                f"This mark is from the {shown.giver}." if shown.giver == "file" else f"{shown.giver} gave this mark."
            )
            reason += " Only who entered it can remove it."
        if reason:
            self._room.labels.show_hint(reason)
        elif shown is not None:
            marks.remove(self._record_id, mark_id)

    # --- changes -------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        concerns = not change.ids or self._record_id in change.ids
        if concerns and change.kind in REFRESHING and not self._room.labels.is_leaving:
            self.refresh()

    @Slot(str)
    def _on_ready(self, record_id: str) -> None:
        if record_id == self._record_id:
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the marks and the notes that may be seen now."""
        self.show_marks()
        self._show_sign()
        if self.box.isVisible():
            self.box.refresh()

    def _show_sign(self) -> None:
        record_id = self._record_id
        marks = len(self._session.page_marks.of(record_id)) if record_id else 0
        self._room.labels.footer.show_note(bool(record_id) and self._session.notes.has(record_id), marks)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.box.place()
        return False

    def set_theme(self, theme: Theme) -> None:
        self.chooser.set_theme(theme)
        self.box.set_theme(theme)
