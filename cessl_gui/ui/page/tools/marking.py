"""Marking beats and stretches: by the mouse on a trace, or by the crosshair and Space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from cessl_gui.core.annotations import Annotation
from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.tools.crosshair import in_the_middle
from cessl_gui.ui.page.tools.marks import is_rhythm

if TYPE_CHECKING:
    from cessl_gui.ui.page.canvas import PageCanvas

BEAT_S = 0.08  # a click this near a beat's peak means it
STRETCH_MM = 2.0  # what is shorter is a click


class Marking(QObject):
    """What is being marked on a page, and which mark is chosen.

    changed()            what is being marked, or chosen, is another
    begun()              a place is being marked
    drawn(Annotation)    a place was marked: its statement is to be chosen; the id and the statement are empty
    remove_wanted(id)    the chosen mark is to be removed
    switched(bool)       clicks and drags mark, or no longer
    """

    changed = Signal()
    begun = Signal()
    drawn = Signal(object)
    remove_wanted = Signal(str)
    switched = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_on = False
        self.is_drawing = False
        self.source = ""  # the lead that the hand or the crosshair is on
        self.pending: Annotation | None = None
        self.chosen = ""

    def set_on(self, on: bool) -> None:
        """Whether a click marks a beat and a drag a stretch."""
        if on != self.is_on:
            self.is_on = on
            if not on:
                self.cancel()
            self.switched.emit(on)

    def choose(self, mark_id: str) -> None:
        """Let keys act on a mark; "" on none."""
        if mark_id != self.chosen:
            self.chosen = mark_id
            self.changed.emit()

    def begin(self, sheet: Sheet, cell: Cell, at_s: float) -> None:
        """Begin at a time of a cell."""
        lead = "" if is_rhythm(sheet, cell) else cell.source
        self.chosen, self.is_drawing = "", True
        self.source = cell.source
        self.pending = Annotation("", "", at_s, None, lead)
        self.begun.emit()
        self.changed.emit()

    def move_to(self, sheet: Sheet, at_s: float) -> None:
        """Draw the stretch out to a time."""
        if self.pending is not None and self.is_drawing:
            is_stretch = abs(at_s - self.pending.start_s) * sheet.speed_mm_per_s >= STRETCH_MM
            self._pend(self.pending.start_s, at_s if is_stretch else None, self.pending.lead)

    def finish(self, sheet: Sheet) -> None:
        """The place is there; a click means the beat next to it."""
        mark = self.pending
        if mark is None or not self.is_drawing:
            return
        self.is_drawing = False
        if mark.end_s is None:
            self._pend(peak_s(sheet, self.source, mark.start_s), None, mark.lead)
        else:
            self._pend(min(mark.start_s, mark.end_s), max(mark.start_s, mark.end_s), mark.lead)
        self.drawn.emit(self.pending)

    def cancel(self) -> None:
        """Nothing is being marked any more."""
        self.is_drawing = False
        if self.pending is not None:
            self.pending = None
            self.changed.emit()

    def _pend(self, start_s: float, end_s: float | None, lead: str) -> None:
        self.pending = Annotation("", "", start_s, end_s, lead)
        self.changed.emit()


def peak_s(sheet: Sheet, lead: str, at_s: float) -> float:
    """The largest deflection of a lead within BEAT_S of a time; the time itself where nothing stands out."""
    record = sheet.record
    if record is None or lead not in record.leads:
        return at_s
    middle, reach = round(at_s * record.fs_hz), round(BEAT_S * record.fs_hz)
    first = max(0, middle - reach)
    near = record.signal_mv[record.leads.index(lead), first : middle + reach + 1]
    if not np.isfinite(near).any():
        return at_s
    far = np.abs(near - np.nanmedian(near))
    return at_s if np.nanmax(far) < 0.05 else (first + int(np.nanargmax(far))) / record.fs_hz


def marking_key(canvas: PageCanvas, event: QKeyEvent) -> bool:
    """Do what a key press means for the marks of a canvas; False where it means something else."""
    marking, key = canvas.marking, event.key()
    if key == Qt.Key.Key_L:
        _switch(canvas)
    elif key == Qt.Key.Key_Delete and marking.chosen:
        marking.remove_wanted.emit(marking.chosen)
    elif key == Qt.Key.Key_Escape and marking.pending is not None:
        marking.cancel()
    elif key == Qt.Key.Key_Escape and marking.chosen:
        marking.choose("")
    elif key == Qt.Key.Key_Escape and marking.is_on:
        _switch(canvas)
    elif key == Qt.Key.Key_Space and marking.is_on and canvas.crosshair is not None:
        here = canvas.crosshair
        if marking.is_drawing:
            marking.move_to(canvas.sheet, here.at_s)
            marking.finish(canvas.sheet)
        elif here.is_on(canvas.sheet):
            marking.begin(canvas.sheet, here.cell, here.at_s)
    else:
        return False
    return True


def _switch(canvas: PageCanvas) -> None:
    """Mark, or no longer. With the marking the crosshair comes and goes: keys need a place."""
    canvas.marking.set_on(not canvas.marking.is_on)
    canvas.set_crosshair(in_the_middle(canvas.sheet) if canvas.marking.is_on else None)
    canvas.setFocus()
