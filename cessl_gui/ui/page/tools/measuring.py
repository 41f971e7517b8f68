"""Measuring and marking by keys: the selected caliper, and the crosshair that begins one without a mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from cessl_gui.ui.page.canvas import PageCanvas
from cessl_gui.ui.page.tools.crosshair import in_the_middle
from cessl_gui.ui.page.tools.marking import marking_key

LARGE_BOX_MM = 5


def measuring_key(canvas: PageCanvas, event: QKeyEvent) -> bool:
    """Do what a key press means for the marks, the calipers and the crosshair of a canvas; else False."""
    return marking_key(canvas, event) or _caliper_key(canvas, event) or _crosshair_key(canvas, event)


def _caliper_key(canvas: PageCanvas, event: QKeyEvent) -> bool:
    calipers, key = canvas.calipers, event.key()
    many = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
    steps = {Qt.Key.Key_Left: (-many, 0), Qt.Key.Key_Right: (many, 0)}
    steps |= {Qt.Key.Key_Up: (0, many), Qt.Key.Key_Down: (0, -many)}
    if key in steps:
        did = calipers.step(*steps[key])
    elif key == Qt.Key.Key_O:
        did = calipers.march()
    elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Delete):
        did = calipers.remove()
    elif key == Qt.Key.Key_M:
        canvas.set_measuring(not canvas.is_measuring)
        return True
    else:
        return False
    if did:
        canvas.measured.emit()
        if key not in steps:  # a step ends when the key is let go
            canvas.rested.emit()
    elif key == Qt.Key.Key_Escape and canvas.is_measuring:
        canvas.set_measuring(False)
        return True
    return did


def _crosshair_key(canvas: PageCanvas, event: QKeyEvent) -> bool:
    sheet, key = canvas.sheet, event.key()
    if key == Qt.Key.Key_H:
        canvas.set_crosshair(in_the_middle(sheet) if canvas.crosshair is None else None)
        if canvas.crosshair is not None:  # the arrows are its own now, not those of the list
            canvas.setFocus()
        return True
    if canvas.crosshair is None:
        return False
    if key == Qt.Key.Key_Escape:
        canvas.set_crosshair(None)
        return True
    if not canvas.crosshair.is_on(sheet):  # the page has moved on without it
        canvas.crosshair = in_the_middle(sheet)
        if canvas.crosshair is None:
            return False
    here, shift = canvas.crosshair, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        side = 1 if key == Qt.Key.Key_Right else -1
        large_box = max(1, round(LARGE_BOX_MM / sheet.speed_mm_per_s * sheet.record.fs_hz))
        there = here.moved(sheet, side * (large_box if shift else 1))
        if not there.is_on(sheet):
            canvas.wheeled.emit(-side, False)
        canvas.set_crosshair(there)
    elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        canvas.set_crosshair(here.on_next_trace(sheet, canvas.laid[1], 1 if key == Qt.Key.Key_Down else -1))
    elif key == Qt.Key.Key_Space:
        point = here.point(sheet)
        if canvas.calipers.selected is not None:
            canvas.calipers.let_go()
            canvas.calipers.selected = None
        elif point is not None and not canvas.calipers.grasp(point, sheet):
            canvas.calipers.begin(point)
        canvas.measured.emit()
    else:
        return False
    return True
