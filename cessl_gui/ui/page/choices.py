"""The line of chips below the page: each says what is so, and opens what could be."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QMargins, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.filters import HIGH_PASS_HZ, LOW_PASS_HZ, NOTCH_HZ, DisplayFilter
from cessl_gui.ui.page.comparing import MODES
from cessl_gui.ui.page.layouts import LAYOUTS
from cessl_gui.ui.page.sheet import PLOT_MM, Sheet
from cessl_gui.ui.parts.flow import FlowLayout
from cessl_gui.ui.parts.plain_text import literal, plain

SPEEDS = (12.5, 25.0, 50.0, 100.0)
GAINS = (2.5, 5.0, 10.0, 20.0)
FILTER_MENU = (
    ("high_pass_hz", HIGH_PASS_HZ, "High-pass"),
    ("low_pass_hz", LOW_PASS_HZ, "Low-pass"),
    ("notch_hz", NOTCH_HZ, "Notch"),
)
LONG_WINDOWS_S = (30, 60, 300, 1800, 7200, 86400)  # for recordings that are about as long as these


class Choices(QWidget):
    """What can be chosen of the page. Signals carry the value chosen."""

    layout_chosen = Signal(str)
    rhythm_chosen = Signal(str)
    columns_chosen = Signal(bool)
    speed_chosen = Signal(float)
    gain_chosen = Signal(float)
    filter_chosen = Signal(object)  # DisplayFilter
    size_chosen = Signal(str)  # "fit", "true" or "measure"
    measure_wanted = Signal(bool)
    influence_wanted = Signal(bool)
    compare_chosen = Signal(str)  # one of comparing.MODES
    intervals_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_choices")
        self._row = FlowLayout(self, QMargins(8, 4, 8, 4))  # on narrow screens it goes on in a second line
        self.layout_chip = self._chip("layout_chip", "Page layout, columns and rhythm lead")
        self.speed_chip = self._chip("speed_chip", "Paper speed")
        self.gain_chip = self._chip("gain_chip", "Gain, one for all leads")
        self.filter_chip = self._chip("filter_chip", "Filters for display; the model never sees them")
        self.size_chip = self._chip("size_chip", "Size on this screen")
        self.compare_chip = self._chip("compare_chip", "Compare with an earlier ECG of the patient (B)")
        self.measure = self._button(
            "measure",
            "Measure",
            "Measure with calipers",
            "Drag on the page to set a caliper (M); arrows move its end, O marches it out, Esc removes",
        )
        self.measure.setCheckable(True)
        self.measure.toggled.connect(self.measure_wanted)
        self.influence = self._button(
            "influence",
            "Influence",
            "Influence on the page",
            "Colour each half second by how much the prediction changes without it (S)",
        )
        self.influence.setCheckable(True)
        self.influence.toggled.connect(self.influence_wanted)
        self.intervals = self._button(
            "intervals",
            "Intervals",
            "Measurements of this record",
            "Rate, PR, QRS, QT, QTc and axes, and the median beat with its marks (I)",
        )
        self.intervals.clicked.connect(self.intervals_wanted)
        self.save = self._button(
            "save_page",
            "Save …",
            "Save this page as PDF, PNG or SVG",
            "Save this page as PDF (A4, to scale), PNG or SVG, without the patient's name",
        )
        self.save.clicked.connect(self.save_wanted)
        for mode, words in MODES.items():
            self._option(self.compare_chip, words, mode, self.compare_chosen)
        self.say_comparing("off")
        for layout in LAYOUTS.values():
            self._option(self.layout_chip, layout.title, layout.name, self.layout_chosen)
        for gain in GAINS:
            self._option(self.gain_chip, f"{gain:g} mm/mV", gain, self.gain_chosen)
        sizes = (
            ("Fit to width", "fit"),
            ("True size (1:1)", "true"),
            ("Measure this screen with a ruler ...", "measure"),
        )
        for words, size in sizes:
            self._option(self.size_chip, words, size, self.size_chosen)
        self._filters = DisplayFilter()
        self._filter_actions = [
            self._filter_action(field, hz, words) for field, rates, words in FILTER_MENU for hz in (None, *rates)
        ]
        self.layout_chip.menu().addSeparator()
        self._columns_group = QActionGroup(self)
        for words, simultaneous in (("consecutive", False), ("simultaneous", True)):
            action = self.layout_chip.menu().addAction(f"Columns {words}")
            action.setCheckable(True)
            action.setData(simultaneous)
            action.triggered.connect(lambda _=False, value=simultaneous: self.columns_chosen.emit(value))
            self._columns_group.addAction(action)
        self._rhythm_menu = QMenu("Rhythm lead", self.layout_chip)
        self.layout_chip.menu().addSeparator()
        self.layout_chip.menu().addMenu(self._rhythm_menu)
        self._speeds: tuple[float, ...] = ()
        self._leads: tuple[str, ...] = ()

    def _button(self, name: str, text: str, about: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(about)
        button.setToolTip(plain(tip))
        button.setProperty("chip", True)
        self._row.addWidget(button)
        return button

    def _chip(self, name: str, about: str) -> QToolButton:
        chip = self._button(name, "", about, about)
        chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        chip.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        chip.setMenu(QMenu(chip))
        chip.group = QActionGroup(chip)
        return chip

    @staticmethod
    def _option(chip: QToolButton, words: str, value: object, chosen, menu: QMenu | None = None) -> None:
        action = (menu or chip.menu()).addAction(literal(words))
        action.setData(value)
        action.triggered.connect(lambda: chosen.emit(value))
        if menu is None:
            action.setCheckable(True)
            chip.group.addAction(action)

    def _filter_action(self, field: str, hz: float | None, words: str) -> QAction:
        menu = self.filter_chip.menu()
        if hz is None:
            menu.addSection(words)
        action = menu.addAction("off" if hz is None else f"{words} {hz:g} Hz")
        action.setCheckable(True)
        action.setData((field, hz))
        action.triggered.connect(lambda: self.filter_chosen.emit(replace(self._filters, **{field: hz})))
        return action

    def _show_filters(self, sheet: Sheet) -> None:
        chosen = self._filters = sheet.filters
        fs_hz = sheet.record.fs_hz if sheet.record else 500
        self.filter_chip.setText(sheet.filter_words)
        self.filter_chip.setAccessibleDescription(self.filter_chip.text())
        outside = sheet.is_changed
        if self.filter_chip.property("warning") != outside:
            self.filter_chip.setProperty("warning", outside)  # amber, see theme.stylesheet
            self.filter_chip.style().unpolish(self.filter_chip)
            self.filter_chip.style().polish(self.filter_chip)
        about = "Filters for display; the model never sees them."
        if outside:
            about += " Outside 0.05–150 Hz R waves lose height and ST segments shift."
        if sheet.is_left_out:
            about = f"{chosen.words}: not applied, the page shows too much at once. Choose a shorter window."
        self.filter_chip.setToolTip(plain(about))
        for action in self._filter_actions:
            field, hz = action.data()
            action.setChecked(getattr(chosen, field) == hz)
            action.setEnabled(hz is None or getattr(DisplayFilter(**{field: hz}).possible(fs_hz), field) == hz)

    def show_sheet(self, sheet: Sheet) -> None:
        """Say what the sheet is drawn with."""
        if self._speeds != speeds(sheet.record):
            self._speeds = speeds(sheet.record)
            self.speed_chip.menu().clear()
            for speed in reversed(self._speeds):
                self._option(self.speed_chip, speed_words(speed), speed, self.speed_chosen)
        leads = sheet.record.leads if sheet.record else LEADS_12
        if self._leads != leads:
            self._leads = leads
            self._rhythm_menu.clear()
            for lead in leads:
                self._option(self.layout_chip, lead, lead, self.rhythm_chosen, self._rhythm_menu)
        self._rhythm_menu.setEnabled(bool(sheet.fitted.rhythm))
        self._say(self.layout_chip, sheet.fitted.short_title, sheet.layout.name)
        for action in self._columns_group.actions():
            action.setChecked(action.data() == (sheet.simultaneous or sheet.is_short))
            action.setEnabled(bool(sheet.columns_words) and not sheet.is_short)
        self._say(self.speed_chip, speed_words(sheet.speed_mm_per_s), sheet.speed_mm_per_s)
        self._say(self.gain_chip, f"{sheet.gain_mm_per_mv:g} mm/mV", sheet.gain_mm_per_mv)
        self._show_filters(sheet)

    def say_comparing(self, mode: str) -> None:
        """Which comparison is on."""
        self._say(self.compare_chip, "Compare" if mode == "off" else MODES[mode], mode)

    def say_size(self, size: str, words: str, details: str) -> None:
        """How large the page is on this screen: in the chip, and at length on hover."""
        self._say(self.size_chip, words, size)
        self.size_chip.setToolTip(plain(details))

    @staticmethod
    def _say(chip: QToolButton, words: str, value: object) -> None:
        if chip.text() != literal(words):
            chip.setText(literal(words))
            chip.setAccessibleDescription(words)
        for action in chip.group.actions():
            action.setChecked(action.data() == value)


def speeds(record: Record | None) -> tuple[float, ...]:
    """The paper speeds that make sense for a recording: a long one can be seen in windows up to its whole length."""
    if record is None:
        return SPEEDS
    longer = tuple(PLOT_MM / s for s in LONG_WINDOWS_S if s <= 1.5 * record.duration_s)
    return tuple(sorted(longer)) + SPEEDS


def speed_words(mm_per_s: float) -> str:
    """ "25 mm/s"; below the usual speeds the length of the window too."""
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
