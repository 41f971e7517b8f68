"""The four menus of how the page is drawn: layout, speed, gain, filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.display.filters import HIGH_PASS_HZ, LOW_PASS_HZ, NOTCH_HZ, DisplayFilter
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.scales import GAINS, speed_words, speeds
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts.plain_text import literal

FILTERS = (
    ("high_pass_hz", HIGH_PASS_HZ, "High-pass"),
    ("low_pass_hz", LOW_PASS_HZ, "Low-pass"),
    ("notch_hz", NOTCH_HZ, "Notch"),
)


class OneOf:
    """Entries of a menu of which one is chosen."""

    def __init__(self, menu: QMenu, chosen: Callable[[object], object]) -> None:
        self._menu, self._chosen = menu, chosen
        self.group = QActionGroup(menu)
        self._offered: tuple = ()

    def offer(self, entries: Iterable[tuple[str, object]]) -> None:
        """Have these entries (words, value), in the place of those before."""
        entries = tuple(entries)
        if entries == self._offered:
            return
        self._offered = entries
        for action in self.group.actions():
            self.group.removeAction(action)
            self._menu.removeAction(action)
            action.deleteLater()
        for words, value in entries:
            action = self._menu.addAction(literal(words))
            action.setCheckable(True)
            action.setData(value)
            action.triggered.connect(lambda _=False, value=value: self._chosen(value))
            self.group.addAction(action)

    def mark(self, value: object) -> None:
        """Show which one is chosen."""
        for action in self.group.actions():
            action.setChecked(action.data() == value)

    def allow(self, on: bool) -> None:
        self.group.setEnabled(on)


class ViewMenus(QObject):
    """The menus, and what is chosen in them. Signals carry the value chosen."""

    layout_chosen = Signal(str)
    rhythm_chosen = Signal(str)
    columns_chosen = Signal(bool)
    speed_chosen = Signal(float)
    gain_chosen = Signal(float)
    half_chest_chosen = Signal(bool)
    filter_chosen = Signal(object)  # DisplayFilter

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.layout, self.speed, self.gain, self.filter = (QMenu(parent) for _ in range(4))
        self._layouts = OneOf(self.layout, self.layout_chosen.emit)
        self._layouts.offer((layout.title, layout.name) for layout in LAYOUTS.values())
        self.layout.addSeparator()
        self._columns = OneOf(self.layout, self.columns_chosen.emit)
        self._columns.offer((("Columns consecutive", False), ("Columns simultaneous", True)))
        self.layout.addSeparator()
        self._rhythm_menu = self.layout.addMenu("Rhythm lead")
        self._rhythm = OneOf(self._rhythm_menu, self.rhythm_chosen.emit)
        self._speeds = OneOf(self.speed, self.speed_chosen.emit)
        self._gains = OneOf(self.gain, self.gain_chosen.emit)
        self._gains.offer((f"{gain:g} mm/mV", gain) for gain in GAINS)
        self.gain.addSeparator()
        self._half = self.gain.addAction("V1–V6 at half gain")
        self._half.setCheckable(True)
        self._half.triggered.connect(self.half_chest_chosen)
        self._chosen = DisplayFilter()
        self._filters = [self._filter(name, hz, words) for name, rates, words in FILTERS for hz in (None, *rates)]

    def _filter(self, name: str, hz: float | None, words: str) -> QAction:
        if hz is None:
            self.filter.addSection(words)
        action = self.filter.addAction("off" if hz is None else f"{words} {hz:g} Hz")
        action.setCheckable(True)
        action.setData((name, hz))
        action.triggered.connect(lambda: self.filter_chosen.emit(replace(self._chosen, **{name: hz})))
        return action

    def show_sheet(self, sheet: Sheet) -> None:
        """Mark what the sheet is drawn with, and offer what its recording allows."""
        self._layouts.mark(sheet.layout.name)
        self._columns.mark(sheet.is_together)
        self._columns.allow(bool(sheet.columns_words) and not sheet.is_short)
        self._rhythm.offer((lead, lead) for lead in (sheet.record.leads if sheet.record else LEADS_12))
        self._rhythm.mark(sheet.fitted.rhythm[0] if sheet.fitted.rhythm else None)
        self._rhythm_menu.setEnabled(bool(sheet.fitted.rhythm))
        self._speeds.offer((speed_words(speed), speed) for speed in reversed(speeds(sheet.record)))
        self._speeds.mark(sheet.speed_mm_per_s)
        self._gains.mark(sheet.gain_mm_per_mv)
        self._half.setChecked(sheet.half_chest)
        chosen = self._chosen = sheet.filters
        fs_hz = sheet.record.fs_hz if sheet.record else 500
        for action in self._filters:
            name, hz = action.data()
            action.setChecked(getattr(chosen, name) == hz)
            action.setEnabled(hz is None or getattr(DisplayFilter(**{name: hz}).possible(fs_hz), name) == hz)
