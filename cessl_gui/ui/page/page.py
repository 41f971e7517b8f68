"""The ECG page: header, tools, what is shown of which recording and how, footer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import Caliper, Record, RecordInfo
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ecg.hints import Hint, hints
from cessl_gui.ui.page.bars.footer import Footer
from cessl_gui.ui.page.bars.header import Header
from cessl_gui.ui.page.bars.hints import page_hints
from cessl_gui.ui.page.bars.toolbar import Toolbar
from cessl_gui.ui.page.comparing import Pages
from cessl_gui.ui.page.comparing_page import PYRAMID_FROM, Notes
from cessl_gui.ui.page.drawing import printer, printing
from cessl_gui.ui.page.layout.clock import duration_words
from cessl_gui.ui.page.layout.filtering import filtered
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.mark_set import Marks
from cessl_gui.ui.page.layout.ruler import RulerDialog, dots_per_mm, size_words
from cessl_gui.ui.page.layout.scales import speeds
from cessl_gui.ui.page.layout.sheet import Sheet, Tint
from cessl_gui.ui.page.layout.traces import Pyramid
from cessl_gui.ui.page.measuring_page import MeasuringPage
from cessl_gui.ui.page.tools.moving import Moving
from cessl_gui.ui.page.tools.page_keys import page_key
from cessl_gui.ui.parts.tokens import WIDE_RECORDS_FROM, Theme


class EcgPage(MeasuringPage):
    """The page of one recording.

    earlier_asked()    which earlier ECGs there are; answered by toolbar.offer_earlier
    """

    earlier_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet = Sheet()
        self.setObjectName("ecg_page")
        self.setAccessibleName("ECG page")
        self.header = Header(self)
        self.toolbar = Toolbar(self)
        self.pages = Pages(self)
        self.footer = Footer(self)
        self.canvas = self.pages.canvas
        self.setFocusProxy(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.toolbar)
        column.addWidget(self.pages, 1)
        column.addWidget(self.footer)
        self._measured: tuple[Measurements | None, bool] = (None, True)
        self._of_signal: Sequence[Hint] = ()
        self.moving = Moving(self)
        self._building = QTimer(self, interval=50)  # until the pyramid of a long recording is there
        self._building.timeout.connect(self._see_pyramid)
        self._connect()
        self.set_record(None)

    def _connect(self) -> None:
        for canvas in (self.canvas, self.pages.other):
            self.moving.of(canvas)
        canvas, tools, menus, footer = self.canvas, self.toolbar, self.toolbar.menus, self.footer
        canvas.measured.connect(self._show_calipers)
        canvas.rested.connect(self.keep_calipers)
        canvas.measuring_set.connect(tools.calipers.setChecked)
        canvas.magnified.connect(lambda factor: tools.magnify.setChecked(factor > 1))
        canvas.magnified.connect(self._say_scale)
        canvas.resized.connect(self._show)
        tools.calipers_wanted.connect(canvas.set_measuring)
        tools.magnify_wanted.connect(lambda: canvas.magnify(canvas.magnifier.next_factor()))
        tools.compare_chosen.connect(self.set_comparing)
        tools.earlier_chosen.connect(self.compare_with)
        tools.earlier_asked.connect(self.earlier_asked)
        tools.print_wanted.connect(lambda: printer.ask_and_print(self._sheet, self))
        tools.save_wanted.connect(self.ask_and_write)
        menus.layout_chosen.connect(self.set_layout)
        menus.rhythm_chosen.connect(self.set_rhythm_lead)
        menus.columns_chosen.connect(self.set_simultaneous)
        menus.speed_chosen.connect(self.set_speed)
        menus.gain_chosen.connect(self.set_gain)
        menus.half_chest_chosen.connect(self.set_half_chest)
        menus.filter_chosen.connect(self.set_filters)
        footer.size_chosen.connect(self.set_size)
        footer.time_chosen.connect(self.set_time)
        footer.left.connect(canvas.setFocus)
        self._connect_marks()

    # --- what is shown -------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    def show_name(self, info: RecordInfo) -> None:
        """Say whose ECG comes: bare paper until set_record brings it."""
        self.set_record(None)
        self.header.show_record(info)

    def set_record(
        self,
        record: Record | None,
        notes: Notes | None = None,
        calipers: tuple[Caliper, ...] = (),
        of_signal: Sequence[Hint] | None = None,
    ) -> None:
        """Show a recording from its beginning; None empties the page.

        notes    : lead -> what is doubtful about it, in words
        calipers : that the reader has set on it
        of_signal : what ecg.hints says of it; None: found here, which takes longer than drawing the page
        """
        self.keep_calipers()
        self.canvas.calipers.show(calipers)
        self.canvas.marking.cancel()
        self.canvas.magnify(1)
        long = record is not None and record.signal_mv.shape[1] >= PYRAMID_FROM
        if self._sheet.pyramid is not None:
            self._sheet.pyramid.stop()
        pyramid = Pyramid(record) if record is not None and long else None
        if pyramid is not None:
            pyramid.start()
            self._building.start()
        self._comparison.take(None, {}, "")
        self._measured = (None, True)
        self._of_signal = hints(record, notes or {}) if of_signal is None else of_signal
        self.header.show_record(record)
        self._show(**self._opened(record, notes or {}), pyramid=pyramid, calipers=calipers)
        if record is not None and self.comparing != "off":
            self.earlier_wanted.emit("")

    def _opened(self, record: Record | None, notes: Notes) -> dict[str, Any]:
        """What the sheet of a recording has from its beginning on; marks follow with show_marks."""
        speed = self._sheet.speed_mm_per_s
        if speed not in speeds(record):  # a window of an hour makes no sense for the next 10 s record
            speed = 25.0
        ahead = self.canvas.ahead.sheet
        known = ahead.filtered if ahead.record is record else None
        shown = {"record": record, "notes": notes, "tint": None, "earlier": None, "marks": Marks()}
        return shown | {"t0_s": 0.0, "speed_mm_per_s": speed, "filtered": known}

    def draw_ahead(self, record: Record, notes: Notes) -> None:
        """Draw the page of the recording that probably comes next, so that it is there at once."""
        if self.canvas.isVisible() and self.comparing == "off" and record.signal_mv.shape[1] < PYRAMID_FROM:
            shown = self._opened(record, notes)
            self.canvas.draw_ahead(self._fitted(**shown, pyramid=None, calipers=()))

    def show_measurements(self, measured: Measurements, blind: bool) -> None:
        """Show what was measured of the recording on the page. blind : nothing that tells the rhythm is said"""
        if self._sheet.record is not None and measured.record_id == self._sheet.record.id:
            self._measured = (measured, blind)
            self.header.show_measurements(measured, blind)
            self._show_hints()

    def set_layout(self, name: str) -> None:
        """Choose one of layouts.LAYOUTS by name."""
        rhythm = self._sheet.layout.rhythm
        layout = LAYOUTS[name]
        self._show(layout=layout.with_rhythm(rhythm[0]) if rhythm else layout)

    def set_rhythm_lead(self, lead: str) -> None:
        """Choose the lead that runs over the whole width (or, in the one-lead layout, the lead)."""
        self._show(layout=self._sheet.layout.with_rhythm(lead))

    def set_speed(self, mm_per_s: float) -> None:
        self._show(speed_mm_per_s=float(mm_per_s))

    def set_window(self, mm_per_s: float, t0_s: float) -> None:
        """A paper speed, and the second of the recording that the page begins at."""
        self._show(speed_mm_per_s=mm_per_s, t0_s=t0_s)

    def set_gain(self, mm_per_mv: float) -> None:
        """One gain for all leads."""
        self._show(gain_mm_per_mv=float(mm_per_mv))

    def set_simultaneous(self, simultaneous: bool) -> None:
        """Whether the columns show the same seconds, or each the seconds after the one before."""
        self._show(simultaneous=simultaneous)

    @Slot(bool)
    def set_half_chest(self, on: bool) -> None:
        """Draw V1 to V6 at half the gain, and say so on the page."""
        self._show(half_chest=on)

    @Slot(object)
    def set_filters(self, filters: DisplayFilter) -> None:
        """Filter what is drawn. The recording itself, and so the model's input, stays as it is."""
        self._filters = filters
        self._show_comparison()

    def set_tint(self, tint: Tint | None) -> None:
        """Show the model's influence behind the traces; None takes it away."""
        if tint is not self._sheet.tint:
            self._show(tint=tint)

    def rhythm_top(self) -> int:
        """Where on the canvas the row of the rhythm lead begins, in px; 0 without one."""
        ink, where = self.canvas.laid
        above = max(map(len, self._sheet.fitted.columns), default=0)
        if not 0 < above < len(where.baselines):
            return 0
        return round((where.baselines[above] - where.row_height / 2) * ink.dots_per_mm)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.header, self.toolbar, self.footer):
            part.set_theme(theme)
        self._show(theme=theme)

    def set_time(self, t0_s: float) -> None:
        """Let the page begin at a second of the recording; it stays within the recording."""
        self._show(t0_s=t0_s)

    @Slot()
    def _show(self, **changes) -> None:
        self._sheet = self.canvas.calipers.sheet = self._fitted(**changes).told_by(self.canvas.ahead.sheet)
        beside = self._comparison.beside(self._sheet, self._filters, self.pages.other.sheet.filtered)
        self.pages.show_sheet(self._sheet, beside)
        self.footer.show_place(self._sheet)
        # Moving through time changes none of the words, and not what is doubtful.
        if not changes or changes.keys() - {"t0_s", "calipers", "marks", "tint"}:
            self.toolbar.show_sheet(self._sheet)
            self.footer.show_sheet(self._sheet)
            self._say_scale()
            self._show_hints()
            self.setAccessibleDescription(self._words())

    def _fitted(self, **changes) -> Sheet:
        """The sheet with these changes, as far as its recording and the canvas allow them."""
        sheet = self._sheet.changed(**changes)
        sheet = sheet.changed(filters=self._filters.possible(sheet.record.fs_hz) if sheet.record else self._filters)
        sheet = sheet.changed(plot_mm=self.canvas.plot_mm(sheet))
        sheet = sheet.changed(t0_s=sheet.begins_s(sheet.t0_s) if sheet.record else 0.0)
        return sheet.changed(filtered=filtered(sheet))

    def _show_hints(self) -> None:
        where = self.canvas.laid[1]
        of_signal, compared = self._of_signal, self._comparison.hint
        found = page_hints(self._sheet, where, *self._measured, compared, of_signal=of_signal)
        self.toolbar.hints.show_hints(found)

    def _words(self) -> str:
        record = self._sheet.record
        if record is None:
            return "No recording on the page"
        return (
            f"{record.name}, {len(record.leads)} leads, {duration_words(record.duration_s)}, {self._sheet.scale_words}"
        )

    @Slot()
    def _see_pyramid(self) -> None:
        pyramid = self._sheet.pyramid
        if pyramid is None or pyramid.complete:
            self._building.stop()
            self.canvas.show_sheet(self._sheet)
            self.canvas.name_again()
            self.footer.show_place(self._sheet)

    @Slot()
    def ask_and_write(self) -> None:
        """Ask for a file and write the page to it, without the recording's name."""
        printing.ask_and_write(self._sheet, self)

    # --- size ----------------------------------------------------------------------------------------------------

    @Slot(str)
    def set_size(self, size: str) -> None:
        """ "fit" to the width, "true" for 1:1 on the glass, "measure" to ask for a ruler first."""
        if size == "measure" or (size == "true" and dots_per_mm(self.screen()) is None):
            if RulerDialog(self.screen(), self).exec() != QDialog.DialogCode.Accepted:
                self._say_scale()
                return
            size = "true"
        self.pages.set_true_size(dots_per_mm(self.screen()) if size == "true" else None)
        self._show()

    def _say_scale(self) -> None:
        self.footer.say_size(*size_words(self._sheet, self.canvas))

    # --- moving --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of page_keys.KEYS."""
        if not page_key(self, event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.header.set_wide(self.window().width() >= WIDE_RECORDS_FROM)
