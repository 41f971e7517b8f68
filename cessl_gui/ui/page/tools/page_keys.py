"""What keys do on the page: moving through time, window, gain, calipers, crosshair. As in MNE's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from cessl_gui.ui.page.layout.scales import GAINS, neighbour
from cessl_gui.ui.page.tools.measuring import measuring_key

if TYPE_CHECKING:
    from cessl_gui.ui.page.page import EcgPage

KEYS = (
    ("← →", "a quarter page back or on; with Shift a whole page"),
    ("Home / End", "shorter or longer time window"),
    ("+ / −", "higher or lower gain, for all leads"),
    ("Z", "magnify: held as long as it is down; pressed: twice, four times, as it was (or double-click a lead)"),
    ("M", "measure: drag to set a caliper (Shift + drag at any time)"),
    ("← → ↑ ↓", "with a caliper selected: one sample, or 0.01 mV; with Shift ten"),
    ("H", "crosshair: time and voltage of a sample; it follows the mouse"),
    ("← → ↑ ↓", "with the crosshair: one sample, or the next lead; with Shift a large box"),
    ("Space", "with the crosshair: begin a caliper there, or take hold of an end; again when it is done"),
    ("L", "mark: click a beat or drag a stretch, then choose its statement; again: no longer"),
    ("Space", "while marking, with the crosshair: begin there; again where it ends, or at once for a beat"),
    ("Delete", "remove the chosen mark, if it is yours"),
    ("O", "march the selected caliper out over the page"),
    ("Esc", "remove the selected caliper; leave marking, measuring, the crosshair or the magnifier"),
    ("G", "type a time to go to, in a recording longer than the page"),
    ("wheel, drag", "move through time; Ctrl + wheel changes the window"),
)

# Of these, the keys that no act of the window can have: they would no longer reach the page.
FIXED = {
    "G": "On the ECG page: go to a time",
    "Home": "On the ECG page: a shorter time window",
    "End": "On the ECG page: a longer time window",
    "Del": "On the ECG page: remove the chosen mark or caliper",
    "Shift+Left": "On the ECG page: a whole page back",
    "Shift+Right": "On the ECG page: a whole page on",
    "Shift+Up": "On the ECG page: move a caliper by ten steps",
    "Shift+Down": "On the ECG page: move a caliper by ten steps",
}


def page_key(page: EcgPage, event: QKeyEvent) -> bool:
    """Do what a key press means on the page; False where it means nothing there."""
    if measuring_key(page.canvas, event):
        return True
    sheet, key, keys = page.sheet, event.key(), Qt.Key
    whole = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    step_s = sheet.shown_s * (1.0 if whole else 0.25)
    if key in (keys.Key_Left, keys.Key_Right):
        page.set_time(sheet.t0_s + (step_s if key == keys.Key_Right else -step_s))
    elif key in (keys.Key_Home, keys.Key_End):
        page.moving.zoom(1 if key == keys.Key_Home else -1)
    elif key in (keys.Key_Plus, keys.Key_Equal):
        page.set_gain(neighbour(GAINS, sheet.gain_mm_per_mv, +1))
    elif key in (keys.Key_Minus, keys.Key_Underscore):
        page.set_gain(neighbour(GAINS, sheet.gain_mm_per_mv, -1))
    elif key == keys.Key_G and sheet.duration_s > sheet.shown_s:
        page.footer.ask_time()
    elif key == keys.Key_Z:
        if not event.isAutoRepeat():
            page.moving.press_magnify()
    elif key == keys.Key_Escape and page.canvas.magnifier.factor > 1:
        page.canvas.magnify(1)
    else:
        return False
    return True
