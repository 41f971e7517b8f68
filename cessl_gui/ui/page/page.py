"""The ECG page: what is shown of which recording, moving through it, and the line of choices below it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from cessl_gui.core.types import Caliper, Record
from cessl_gui.ecg.filters import DisplayFilter
from cessl_gui.ui.page.choices import GAINS, Choices, neighbour, speeds
from cessl_gui.ui.page.clock import duration_words
from cessl_gui.ui.page.comparing import MODES, Comparison, Pages
from cessl_gui.ui.page.filtering import AT_ONCE, filtered
from cessl_gui.ui.page.hints import HintStrip, hints
from cessl_gui.ui.page.layouts import LAYOUTS
from cessl_gui.ui.page.measuring import measuring_key
from cessl_gui.ui.page.overview import Overview
from cessl_gui.ui.page.printing import ask_and_write
from cessl_gui.ui.page.ruler import RulerDialog, dots_per_mm
from cessl_gui.ui.page.sheet import Sheet, Tint
from cessl_gui.ui.page.traces import Pyramid
from cessl_gui.ui.parts.tokens import Theme

PYRAMID_FROM = 500_000  # samples per lead; shorter recordings are reduced on the fly

KEYS = (
    ("← →", "a quarter page back or on; with Shift a whole page"),
    ("Home / End", "shorter or longer time window"),
    ("+ / −", "higher or lower gain, for all leads"),
    ("M", "measure: drag to set a caliper (Shift + drag at any time)"),
    ("← → ↑ ↓", "with a caliper selected: one sample, or 0.01 mV; with Shift ten"),
    ("H", "crosshair: time and voltage of a sample; it follows the mouse"),
    ("← → ↑ ↓", "with the crosshair: one sample, or the next lead; with Shift a large box"),
    ("Space", "with the crosshair: begin a caliper there, or take hold of an end; again when it is done"),
    ("O", "march the selected caliper out over the page"),
    ("Esc", "remove the selected caliper; leave measuring or the crosshair"),
    ("T", "type a time to go to, in a recording longer than the page"),
    ("wheel, drag", "move through time; Ctrl + wheel changes the window"),
)


class EcgPage(QWidget):
    """The page of one recording.

    earlier_wanted() an earlier ECG of the patient is to be compared; answered by show_earlier
    caliper_set(record id, caliper id, Caliper | None) a caliper came to rest, or (None) was removed
    """

    earlier_wanted = Signal()
    caliper_set = Signal(str, str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_page")
        self.setAccessibleName("ECG page")
        self.pages = Pages(self)
        self.canvas = self.pages.canvas
        self.hints = HintStrip(self)
        self.overview = Overview(self)
        self.choices = Choices(self)
        self.setFocusProxy(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, 1)
        column.addWidget(self.hints)
        column.addWidget(self.overview)
        column.addWidget(self.choices)
        self._sheet = Sheet()
        self._filters = DisplayFilter()
        self._comparison = Comparison()
        self._grabbed_s = 0.0
        self._building = QTimer(self, interval=50)  # until the pyramid of a long recording is there
        self._building.timeout.connect(self._see_pyramid)
        for canvas in (self.canvas, self.pages.other):
            canvas.grabbed.connect(self._grab)
            canvas.dragged.connect(self._drag)
            canvas.wheeled.connect(self._on_wheel)
        self.canvas.measured.connect(self._show_calipers)
        self.canvas.rested.connect(self.keep_calipers)
        self.choices.measure_wanted.connect(self.canvas.set_measuring)
        self.canvas.measuring_set.connect(self.choices.measure.setChecked)
        self.canvas.resized.connect(self._show)
        self.overview.time_chosen.connect(self.set_time)
        self.overview.left.connect(self.canvas.setFocus)
        self.choices.layout_chosen.connect(self.set_layout)
        self.choices.speed_chosen.connect(self.set_speed)
        self.choices.gain_chosen.connect(self.set_gain)
        self.choices.columns_chosen.connect(self.set_simultaneous)
        self.choices.rhythm_chosen.connect(self.set_rhythm_lead)
        self.choices.filter_chosen.connect(self.set_filters)
        self.choices.size_chosen.connect(self.set_size)
        self.choices.compare_chosen.connect(self.set_comparing)
        self.choices.save_wanted.connect(self.ask_and_write)
        self.set_record(None)

    # --- what is shown -------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    def set_record(
        self,
        record: Record | None,
        notes: dict[str, tuple[str, ...]] | None = None,
        calipers: tuple[Caliper, ...] = (),
    ) -> None:
        """Show a recording from its beginning; None empties the page.

        notes    : lead -> what is doubtful about it, in words
        calipers : that the reader has set on it
        """
        self.keep_calipers()
        self.canvas.calipers.show(calipers)
        long = record is not None and record.signal_mv.shape[1] >= PYRAMID_FROM
        if self._sheet.pyramid is not None:
            self._sheet.pyramid.stop()
        pyramid = Pyramid(record) if long else None
        if pyramid is not None:
            pyramid.start()
            self._building.start()
        speed = self._sheet.speed_mm_per_s
        if speed not in speeds(record):  # a window of an hour makes no sense for the next 10 s record
            speed = 25.0
        self._comparison.take(None, {}, "")
        self.pages.say("")
        shown = {
            "record": record,
            "notes": notes or {},
            "pyramid": pyramid,
            "tint": None,
            "earlier": None,
            "calipers": calipers,
        }
        self._show(**shown, t0_s=0.0, speed_mm_per_s=speed)
        if record is not None and self.comparing != "off":
            self.earlier_wanted.emit()

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

    def set_gain(self, mm_per_mv: float) -> None:
        """One gain for all leads."""
        self._show(gain_mm_per_mv=float(mm_per_mv))

    def set_simultaneous(self, simultaneous: bool) -> None:
        """Whether the columns show the same seconds, or each the seconds after the one before."""
        self._show(simultaneous=simultaneous)

    @Slot(object)
    def set_filters(self, filters: DisplayFilter) -> None:
        """Filter what is drawn. The recording itself, and so the model's input, stays as it is."""
        self._filters = filters
        self._show_comparison()

    def _show_comparison(self) -> None:
        self._show(earlier=self._comparison.behind(self._sheet, self._filters))

    @property
    def comparing(self) -> str:
        """One of comparing.MODES."""
        return self._comparison.mode

    def set_tint(self, tint: Tint | None) -> None:
        """Show the model's influence behind the traces; None takes it away."""
        if tint is not self._sheet.tint:
            self._show(tint=tint)

    @Slot(str)
    def set_comparing(self, mode: str) -> None:
        """One of comparing.MODES."""
        self._comparison.mode = mode
        self.choices.say_comparing(mode)
        if mode == "off" or self._comparison.earlier is not None or self._sheet.record is None:
            self.pages.say(self._comparison.words)
            self._show_comparison()
        else:
            self.earlier_wanted.emit()

    def next_comparing(self) -> None:
        """From no comparison to beside, to behind, to none."""
        modes = list(MODES)
        self.set_comparing(modes[(modes.index(self.comparing) + 1) % len(modes)])

    def show_earlier(self, record: Record | None, notes: dict[str, tuple[str, ...]], words: str) -> None:
        """Compare with this recording; None where there is none. words : what is to be said of it, or why not"""
        longest = record and max(r.signal_mv.shape[1] for r in (record, self._sheet.record))
        if record and (longest >= PYRAMID_FROM or record.signal_mv.size > AT_ONCE):
            record, words = None, "Recordings as long as this are not compared."
        self._comparison.take(record, notes, words)
        self.pages.say(words)
        self._show_comparison()

    def set_theme(self, theme: Theme) -> None:
        self._show(theme=theme)

    def set_time(self, t0_s: float) -> None:
        """Let the page begin at a second of the recording; it stays within the recording."""
        self._show(t0_s=t0_s)

    @Slot()
    def _show(self, **changes) -> None:
        sheet = replace(self._sheet, **changes)
        sheet = replace(sheet, filters=self._filters.possible(sheet.record.fs_hz) if sheet.record else self._filters)
        sheet = replace(sheet, plot_mm=self.canvas.plot_mm(sheet))
        last_s = max(0.0, sheet.record.duration_s - sheet.shown_s) if sheet.record else 0.0
        sheet = replace(sheet, t0_s=min(max(0.0, sheet.t0_s), last_s))
        self._sheet = self.canvas.calipers.sheet = replace(sheet, filtered=filtered(sheet))
        beside = self._comparison.beside(self._sheet, self._filters, self.pages.other.sheet.filtered)
        self.pages.show_sheet(self._sheet, beside)
        self.overview.setVisible(last_s > 0)
        self.overview.show_sheet(self._sheet)
        if changes.keys() & {"record", "theme"}:
            self.hints.show_hints(hints(self._sheet.record, self._sheet.notes), self._sheet.theme)
        # Moving through time changes none of the words.
        if not changes or changes.keys() - {"t0_s", "calipers", "tint"}:
            self.choices.show_sheet(self._sheet)
            self._say_scale()
            self.setAccessibleDescription(self._words())

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
            self.overview.show_sheet(self._sheet)

    @Slot()
    def ask_and_write(self) -> None:
        """Ask for a file and write the page to it, without the recording's name."""
        ask_and_write(self._sheet, self)

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

    @Slot()
    def _say_scale(self) -> None:
        """Speed and gain are those of the paper; on the glass they are what the fit makes of them."""
        if self.canvas.is_true_size:
            self.choices.say_size("true", "true size", "1 mm of paper is 1 mm of this screen")
            return
        glass = dots_per_mm(self.screen())
        if glass is None:
            self.choices.say_size("fit", "fit width", "The size of this screen is not known: measure it with a ruler")
            return
        shrunk = self.canvas.laid[0].dots_per_mm / glass
        speed, gain = self._sheet.speed_mm_per_s * shrunk, self._sheet.gain_mm_per_mv * shrunk
        details = f"Fitted to the width: a ruler on this screen reads {speed:.3g} mm/s and {gain:.3g} mm/mV"
        self.choices.say_size("fit", f"fit {speed:.3g} mm/s", details)

    # --- measuring -----------------------------------------------------------------------------------------------

    def show_calipers(self, calipers: tuple[Caliper, ...]) -> None:
        """Show the calipers that the reader has set on this recording."""
        self.canvas.calipers.show(calipers)
        self._show_calipers()

    @Slot()
    def _show_calipers(self) -> None:
        self._show(calipers=self.canvas.calipers.shown)

    @Slot()
    def keep_calipers(self) -> None:
        """Hand on what has come to rest; each step on the way would be an event of its own."""
        for caliper_id, caliper in self.canvas.calipers.come_to_rest():
            self.caliper_set.emit(self._sheet.record.id, caliper_id, caliper)

    # --- moving --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of KEYS, as in MNE's browser."""
        if measuring_key(self.canvas, event):
            return
        sheet, key = self._sheet, event.key()
        whole = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step_s = sheet.shown_s * (1.0 if whole else 0.25)
        if key == Qt.Key.Key_Left:
            self.set_time(sheet.t0_s - step_s)
        elif key == Qt.Key.Key_Right:
            self.set_time(sheet.t0_s + step_s)
        elif key == Qt.Key.Key_Home:
            self._zoom(+1)
        elif key == Qt.Key.Key_End:
            self._zoom(-1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_gain(neighbour(GAINS, sheet.gain_mm_per_mv, +1))
        elif key == Qt.Key.Key_T and self.overview.isVisible():
            self.overview.time.setFocus()
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.set_gain(neighbour(GAINS, sheet.gain_mm_per_mv, -1))
        else:
            super().keyPressEvent(event)

    def _zoom(self, step: int) -> None:
        """The next higher (1) or lower (-1) speed, about the middle of the page."""
        sheet = self._sheet
        speed = neighbour(speeds(sheet.record), sheet.speed_mm_per_s, step)
        middle_s = sheet.t0_s + sheet.shown_s / 2
        self._show(speed_mm_per_s=speed, t0_s=middle_s - sheet.shown_s / 2 * sheet.speed_mm_per_s / speed)

    @Slot(float, bool)
    def _on_wheel(self, steps: float, zoom: bool) -> None:
        if zoom:
            self._zoom(1 if steps > 0 else -1)
        else:
            self.set_time(self._sheet.t0_s - steps * self._sheet.shown_s / 4)

    @Slot()
    def _grab(self) -> None:
        self._grabbed_s = self._sheet.t0_s

    @Slot(float)
    def _drag(self, seconds: float) -> None:
        self.set_time(self._grabbed_s - seconds)
