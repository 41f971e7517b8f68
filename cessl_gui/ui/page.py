"""The ECG page: what is shown of which recording, moving through it, and the line of choices below it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from cessl_gui.core.types import Record
from cessl_gui.ui.canvas import PageCanvas
from cessl_gui.ui.layouts import LAYOUTS
from cessl_gui.ui.overview import Overview
from cessl_gui.ui.paper import PLOT_MM, REDUCED, Sheet
from cessl_gui.ui.theme import Theme
from cessl_gui.ui.traces import Pyramid

SPEEDS = (12.5, 25.0, 50.0, 100.0)
GAINS = (2.5, 5.0, 10.0, 20.0)
LONG_WINDOWS_S = (30, 60, 300, 1800, 7200, 86400)  # for recordings that are longer than these
PYRAMID_FROM = 500_000  # samples per lead; shorter recordings are reduced on the fly

KEYS = (
    ("← →", "a quarter page back or on; with Shift a whole page"),
    ("Home / End", "shorter or longer time window"),
    ("+ / −", "higher or lower gain, for all leads"),
    ("wheel, drag", "move through time; Ctrl + wheel changes the window"),
)


class EcgPage(QWidget):
    """The page of one recording.

    view_changed() after layout, speed, gain or time have changed
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_page")
        self.setAccessibleName("ECG page")
        self.canvas = PageCanvas(self)
        self.overview = Overview(self)
        self.choices = Choices(self)
        self.setFocusProxy(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.overview)
        column.addWidget(self.choices)
        self._sheet = Sheet()
        self._grabbed_s = 0.0
        self._build = QTimer(self)  # the pyramid of a long recording grows while nothing else happens
        self._build.timeout.connect(self._build_pyramid)
        self.canvas.grabbed.connect(self._grab)
        self.canvas.dragged.connect(self._drag)
        self.canvas.turned.connect(self._turn)
        self.canvas.resized.connect(self._say_scale)
        self.overview.time_chosen.connect(self.set_time)
        self.choices.layout_chosen.connect(self.set_layout)
        self.choices.speed_chosen.connect(self.set_speed)
        self.choices.gain_chosen.connect(self.set_gain)
        self.choices.columns_chosen.connect(self.set_simultaneous)
        self._show()

    # --- what is shown -------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    def set_record(self, record: Record | None, notes: dict[str, tuple[str, ...]] | None = None) -> None:
        """Show a recording from its beginning; None empties the page.

        notes : lead -> what is doubtful about it, in words
        """
        long = record is not None and record.signal_mv.shape[1] >= PYRAMID_FROM
        pyramid = Pyramid(record) if long else None
        self._build.stop()
        if long:
            self._build.start(0)
        speed = self._sheet.speed_mm_per_s
        if speed not in speeds(record):  # a window of an hour makes no sense for the next 10 s record
            speed = 25.0
        self._show(record=record, notes=notes or {}, t0_s=0.0, pyramid=pyramid, speed_mm_per_s=speed)

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

    def set_theme(self, theme: Theme) -> None:
        self._show(theme=theme)

    def set_time(self, t0_s: float) -> None:
        """Let the page begin at a second of the recording; it stays within the recording."""
        self._show(t0_s=t0_s)

    def _show(self, **changes) -> None:
        sheet = replace(self._sheet, **changes)
        last_s = max(0.0, sheet.record.duration_s - sheet.shown_s) if sheet.record else 0.0
        self._sheet = replace(sheet, t0_s=min(max(0.0, sheet.t0_s), last_s))
        self.canvas.show_sheet(self._sheet)
        self.overview.setVisible(last_s > 0)
        self.overview.show_sheet(self._sheet)
        self.choices.show_sheet(self._sheet)
        self._say_scale()
        self.setAccessibleDescription(self._words())
        self.view_changed.emit()

    def _words(self) -> str:
        record = self._sheet.record
        if record is None:
            return "No recording chosen"
        return f"{record.name}, {len(record.leads)} leads, {record.duration_s:.4g} seconds, {self._sheet.scale_words}"

    @Slot()
    def _build_pyramid(self) -> None:
        pyramid = self._sheet.pyramid
        if pyramid is None or not pyramid.build_step():
            self._build.stop()
            self.canvas.show_sheet(self._sheet)
            self.overview.show_sheet(self._sheet)

    @Slot()
    def _say_scale(self) -> None:
        self.choices.say_scale(self.canvas.real_scale(), self.canvas.is_reduced())

    # --- moving --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of KEYS, as in MNE's browser."""
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
    def _turn(self, steps: float, zoom: bool) -> None:
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


class Choices(QWidget):
    """The line below the page: each chip says what is so, and opens what could be."""

    layout_chosen = Signal(str)
    speed_chosen = Signal(float)
    gain_chosen = Signal(float)
    columns_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_choices")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(6)
        self.layout_chip = self._chip("layout_chip", "Page layout", row)
        self.columns_chip = self._chip("columns_chip", "Columns consecutive or simultaneous", row)
        self.speed_chip = self._chip("speed_chip", "Paper speed", row)
        self.gain_chip = self._chip("gain_chip", "Gain, one for all leads", row)
        self.rate = self._label("ecg_rate", row)
        row.addStretch(1)
        self.reduced = self._label("ecg_reduced", row)
        self.scale = self._label("ecg_real_scale", row)
        for layout in LAYOUTS.values():
            self._option(self.layout_chip, layout.title, layout.name, self.layout_chosen)
        for words, simultaneous in (("consecutive", False), ("simultaneous", True)):
            self._option(self.columns_chip, f"Columns {words}", simultaneous, self.columns_chosen)
        for gain in GAINS:
            self._option(self.gain_chip, f"{gain:g} mm/mV", gain, self.gain_chosen)
        self._speeds: tuple[float, ...] = ()

    def _chip(self, name: str, about: str, row: QHBoxLayout) -> QToolButton:
        chip = QToolButton(self)
        chip.setObjectName(name)
        chip.setAccessibleName(about)
        chip.setToolTip(about)
        chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        chip.setMenu(QMenu(chip))
        chip.group = QActionGroup(chip)
        row.addWidget(chip)
        return chip

    def _label(self, name: str, row: QHBoxLayout) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setSizePolicy(
            QSizePolicy.Policy.Ignored if name == "ecg_real_scale" else QSizePolicy.Policy.Preferred,
            QSizePolicy.Policy.Preferred,
        )
        row.addWidget(label)
        return label

    def _option(self, chip: QToolButton, words: str, value: object, chosen) -> QAction:
        action = chip.menu().addAction(words)
        action.setCheckable(True)
        action.setData(value)
        chip.group.addAction(action)
        action.triggered.connect(lambda: chosen.emit(value))
        return action

    def show_sheet(self, sheet: Sheet) -> None:
        if self._speeds != speeds(sheet.record):
            self._speeds = speeds(sheet.record)
            self.speed_chip.menu().clear()
            for speed in reversed(self._speeds):
                self._option(self.speed_chip, speed_words(speed), speed, self.speed_chosen)
        self._say(self.layout_chip, sheet.fitted.title, sheet.layout.name)
        self._say(self.columns_chip, sheet.columns_words, sheet.simultaneous)
        self.columns_chip.setVisible(bool(sheet.columns_words))
        self._say(self.speed_chip, speed_words(sheet.speed_mm_per_s), sheet.speed_mm_per_s)
        self._say(self.gain_chip, f"{sheet.gain_mm_per_mv:g} mm/mV", sheet.gain_mm_per_mv)
        self.rate.setText(f"{sheet.record.fs_hz:.6g} Hz" if sheet.record else "")

    @staticmethod
    def _say(chip: QToolButton, words: str, value: object) -> None:
        chip.setText(words)
        for action in chip.group.actions():
            action.setChecked(action.data() == value)

    def say_scale(self, real_scale: str, is_reduced: bool) -> None:
        """What a ruler on the glass would measure, and whether each sample is drawn."""
        self.scale.setText(real_scale)
        self.reduced.setText(REDUCED if is_reduced else "")


def speeds(record: Record | None) -> tuple[float, ...]:
    """The paper speeds that make sense for a recording: a long one can be seen in windows up to its whole length."""
    if record is None:
        return SPEEDS
    longer = tuple(PLOT_MM / s for s in LONG_WINDOWS_S if s <= 1.5 * record.duration_s)
    return tuple(sorted(longer)) + SPEEDS


def speed_words(mm_per_s: float) -> str:
    """ "25 mm/s"; below the usual speeds also the length of the window."""
    if mm_per_s >= SPEEDS[0]:
        return f"{mm_per_s:g} mm/s"
    window_s = PLOT_MM / mm_per_s
    unit, seconds = ("h", 3600) if window_s >= 3600 else ("min", 60) if window_s >= 60 else ("s", 1)
    return f"{window_s / seconds:g} {unit} ({mm_per_s:.3g} mm/s)"


def neighbour(values: tuple[float, ...], now: float, step: int) -> float:
    """The next larger (step 1) or smaller (-1) of some values; the last one stays."""
    if step > 0:
        return min((v for v in values if v > now), default=now)
    return max((v for v in values if v < now), default=now)
