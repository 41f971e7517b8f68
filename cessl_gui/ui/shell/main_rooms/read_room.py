"""The Read room: the records at the left, the page, and the panel of statements at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import Caliper, Record
from cessl_gui.ecg.hints import LOOKING
from cessl_gui.ui.evidence.influence import Influence
from cessl_gui.ui.evidence.measurements_panel import MeasurementsPanel
from cessl_gui.ui.page.page import EcgPage
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.dates import moment_words
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import release_focus
from cessl_gui.ui.reading.panel import ReadingPanel
from cessl_gui.ui.shell.commands.actions import Offer
from cessl_gui.ui.shell.main_rooms.read_offers import offers
from cessl_gui.ui.shell.main_rooms.remarks import Remarks
from cessl_gui.ui.shell.start_page.drop_zone import DropZone

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

LOW_PX = 500  # of the room
AFTER_PAINTING_MS = 20  # the next record is read once this one is in sight


class ReadRoom(QWidget):
    """Shows one record: its place in the list, its page, what is labelled. Columns are fixed for a width of the window.

    said(words) : something to tell the reader in passing
    """

    said = Signal(str)

    def __init__(self, session: Session, records: QWidget) -> None:
        """records : the rail of records, with chosen(record_id), choose(), step(), current and ids"""
        super().__init__()
        self.setObjectName("read_room")
        self._session = session
        self._record_shown, self._revision_shown = "", 0
        self.has_evidence = False  # the drawer is open, where there is room for it
        self.records = records
        self.page = EcgPage()
        self.labels = ReadingPanel(session)
        self.influence = Influence(session, self.labels)
        self.measurements = MeasurementsPanel(session, self)
        self.remarks = Remarks(session, self)
        self.drop_zone = DropZone(self.page)  # over the page of a project without records
        session.progress.connect(self._show_reading)
        session.ended.connect(self._show_reading)
        self.panel = QFrame()
        self.panel.setObjectName("reading_panel")
        inside, row = QVBoxLayout(self.panel), QHBoxLayout(self)
        for layout in (inside, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        inside.addWidget(self.labels, 1)
        self.labels.add_drawer(self.influence)
        for part, stretch in ((records, 0), (self.page, 1), (self.panel, 0)):
            row.addWidget(part, stretch)
        self._connect()

    def _connect(self) -> None:
        session = self._session
        self.records.chosen.connect(self._open)
        self.labels.next_wanted.connect(self._next)
        self.page.toolbar.measurements_wanted.connect(self.toggle_measurements)
        self.page.header.seen.connect(session.note_measurements_shown)
        self.page.canvas.resized.connect(self._place_drawer)
        self.page.toolbar.menus.layout_chosen.connect(self._place_drawer)  # after the page, which hears of it first
        self.measurements.closed.connect(lambda: self.page.toolbar.measurements.setChecked(False))
        self.measurements.closed.connect(self._show_whole_rows)
        self.labels.list.area.placed.connect(self._show_whole_rows)
        self.influence.tinted.connect(self.page.set_tint)
        self.page.earlier_wanted.connect(self._show_earlier)
        self.page.earlier_asked.connect(self._offer_earlier)
        self.page.caliper_set.connect(self._keep_caliper)
        session.changed.connect(self._on_changed)
        session.record_ready.connect(self._record_came)
        session.record_came.connect(self._look_early)
        session.record_ahead.connect(self._draw_ahead)
        self.labels.stayed.connect(self._tell_more)
        session.measurements_ready.connect(self._show_measurements)

    def offers(self) -> tuple[Offer, ...]:
        return offers(self)

    # --- the open record -----------------------------------------------------------------------------------------

    def open_first(self) -> None:
        """Open the first record of the rail that is not read yet."""
        first = self.records.first_unread()
        if first:
            self.records.choose(first)

    def open_record(self, record_id: str, code: str = "") -> None:
        """Open a record, and turn to a statement of it."""
        if self.records.choose(record_id) and code:
            self.labels.pick(code)

    def came_again(self, ids: list[str]) -> None:
        """These records were imported: the open one may have been lost until now."""
        if self.labels.record_id in ids and self._record_shown != self.labels.record_id:
            self._open(self.labels.record_id)

    @Slot(str)
    def _open(self, record_id: str) -> None:
        self.labels.show_record(record_id, on_page=False)
        self.measurements.show_record(record_id)
        self.influence.open()
        self.remarks.show_record(record_id)
        self._record_shown = ""
        self._session.note_opened(record_id)
        if not self._session.request_record(record_id):  # it comes later, or is lost: never another record's page
            self.page.show_name(self._session.info(record_id))

    @Slot(str)
    def _record_came(self, record_id: str) -> None:
        if record_id == self.labels.record_id:
            self._record_shown, self._revision_shown = record_id, self._session.revision(record_id)
            notes = self._session.lead_notes(record_id)
            record, calipers = self._session.record(record_id), self._session.calipers(record_id)
            self.page.set_record(record, notes, calipers, self._session.hints(record_id))
            self.remarks.show_marks()
            self.labels.set_on_page()
            self.influence.came(notes)
            self._session.request_measurements(record_id, with_beat=self.measurements.isVisible())
            QTimer.singleShot(AFTER_PAINTING_MS, self, self._read_next_ahead)

    @Slot(object)
    def _look_early(self, record: Record) -> None:
        """Show the traces of the first record as soon as they are there; it is read once all is known of it."""
        if record.id == self.labels.record_id and self._record_shown != record.id:
            self.page.set_record(record, of_signal=(LOOKING,))

    @Slot()
    def _read_next_ahead(self) -> None:
        record_id = self.records.next_unread() if self.isVisible() else ""
        if record_id:
            self._session.prefetch(record_id)

    @Slot(str)
    def _draw_ahead(self, record_id: str) -> None:
        record = self._session.record(record_id) if record_id == self.records.next_unread() else None
        if record is not None:
            self.page.draw_ahead(record, self._session.lead_notes(record_id))

    @Slot(str, str, object)
    def _keep_caliper(self, record_id: str, caliper_id: str, caliper: Caliper | None) -> None:
        self._session.set_caliper(record_id, caliper_id, caliper)
        self._show_calipers(record_id)  # after a refused commit too: the page shows what is stored

    def _show_calipers(self, record_id: str) -> None:
        if record_id == self._record_shown:
            self.page.show_calipers(self._session.calipers(record_id))

    def keep(self) -> None:
        """Keep what is still in the reader's hand."""
        self.page.keep_calipers()
        self.remarks.keep()

    @Slot(object)
    def _show_measurements(self, measured: Measurements) -> None:
        if measured.record_id == self._record_shown:
            self.page.show_measurements(measured, blind=not self._session.prediction_shown(self._record_shown))

    def _tell_more(self) -> None:
        """What the reading hides may be in sight now, or no longer."""
        kept = self._session.measurements(self._record_shown) if self._record_shown else None
        if kept is not None:
            self._show_measurements(kept)

    @Slot(str)
    def _show_earlier(self, chosen: str) -> None:
        self.page.show_earlier(*self._session.earlier(self._record_shown, chosen))

    @Slot()
    def _offer_earlier(self) -> None:
        found = self._session.earlier_ones(self._record_shown) if self._record_shown else []
        words = [(one.id, " · ".join(filter(None, (moment_words(one.recorded_at), one.name)))) for one in found]
        self.page.toolbar.offer_earlier(words, self.page.compared_with)

    @Slot()
    def _next(self) -> None:
        if not self.records.step_unread():
            self.said.emit(self.records.why_no_next)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.RECORDS:
            self._fit()
        shown = self._record_shown
        is_shown = bool(shown) and (not change.ids or shown in change.ids)
        if change.kind == ChangeKind.CALIPERS and is_shown:
            self._show_calipers(self._record_shown)
        elif change.kind in (ChangeKind.READING, ChangeKind.PREDICTIONS) and is_shown and not self.labels.is_leaving:
            self._tell_more()
        elif change.kind == ChangeKind.RECORDS and not self.records.current:
            self.open_first()
        elif change.kind == ChangeKind.RECORDS and is_shown and self._session.revision(shown) != self._revision_shown:
            self._open(shown)  # its file was corrected

    @Slot()
    def _show_reading(self) -> None:
        self.drop_zone.show_reading(TaskKind.IMPORT in self._session.busy)

    # --- keys ----------------------------------------------------------------------------------------------------

    def press_on_page(self, key: Qt.Key) -> None:
        """Do what a key of the page means, wherever the focus is: an event on its way would find the shortcut again."""
        self.page.keyPressEvent(QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))

    def next_part(self) -> None:
        """From the records to the page, to the statements, to the records."""
        focus = QApplication.focusWidget()
        if focus is not None and self.page.isAncestorOf(focus):
            self.labels.step_statement(0)
        elif focus is not None and self.panel.isAncestorOf(focus):
            self.records.view.setFocus()
        else:
            self.page.canvas.setFocus()

    def toggle_evidence(self) -> None:
        """Show or hide the drawer in the lower part of the panel."""
        self.set_evidence(not self.has_evidence)

    def set_evidence(self, on: bool) -> None:
        self.has_evidence = on
        self._fit()

    def toggle_measurements(self) -> None:
        """Show or hide the drawer of measurements; the reading keys stay where they are."""
        if self.measurements.isVisible():
            self.measurements.close_drawer()
        else:
            self.measurements.open()
            self._place_drawer()
        self.page.toolbar.measurements.setChecked(self.measurements.isVisible())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.measurements.isVisible():
            self.measurements.close_drawer()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _place_drawer(self) -> None:
        """Below the header, over the panel and the page's right end; the rhythm strip and what is below stay free."""
        width = tokens.layout(self.width() + tokens.RAIL_WIDTH).measurements
        rhythm = self.page.rhythm_top()
        bottom = self.page.canvas.mapTo(self, QPoint(0, rhythm)).y() if rhythm else self.height() - tokens.PAGE_FOOTER
        height = min(max(self.measurements.LEAST_HEIGHT, bottom - tokens.HEADER), self.height() - tokens.HEADER)
        self.measurements.setGeometry(self.width() - width, tokens.HEADER, width, height)
        self.measurements.raise_()
        self._show_whole_rows()

    @Slot()
    def _show_whole_rows(self) -> None:
        """Below the drawer, too, the statements begin with a whole row."""
        below = self.measurements.geometry().bottom() + 1 if self.measurements.isVisible() else 0
        self.labels.list.set_covered(below - self.labels.list.mapTo(self, QPoint()).y())

    # --- how it looks --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def columns(self, width: int) -> tuple[int, int]:
        """How wide, in a room of this width, the records are, and the panel; the page has the rest."""
        layout = tokens.layout(width + tokens.RAIL_WIDTH)
        return layout.records, max(layout.panel, self.labels.minimumSizeHint().width())

    def _fit(self) -> None:
        """Columns follow from the width of the window alone; where it is low the statements need the drawer's room."""
        for part, width in zip((self.records, self.panel), self.columns(self.width()), strict=True):
            part.setFixedWidth(width)
        self.drop_zone.setVisible(self._session.project.records.count() == 0)
        self.drop_zone.move(self.page.rect().center() - self.drop_zone.rect().center())
        has_room = self.height() >= LOW_PX
        if not (self.has_evidence and has_room):
            release_focus(self.influence)
        self.influence.setVisible(self.has_evidence and has_room)
        self._place_drawer()

    def set_theme(self, theme: Theme) -> None:
        style = f"background: {theme.surface}; border-left: 1px solid {theme.border};"
        self.panel.setStyleSheet(f"#reading_panel {{ {style} }}")
        shown = self.records, self.page, self.influence.strip, self.measurements, self.labels
        for part in (*shown, self.drop_zone, self.remarks):
            part.set_theme(theme)
