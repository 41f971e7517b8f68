"""Moving through a recording and over its page: wheel, hand, window length, magnifier."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QApplication

from cessl_gui.ui.page.canvas import PageCanvas
from cessl_gui.ui.page.layout.scales import neighbour, speeds

if TYPE_CHECKING:
    from cessl_gui.ui.page.page import EcgPage

HELD_S = 0.3  # a key that was down for longer was held


class Moving(QObject):
    """What moves a page, beside its keys."""

    def __init__(self, page: EcgPage) -> None:
        super().__init__(page)
        self._page = page
        self._grabbed_s = self._pressed_s = 0.0

    def of(self, canvas: PageCanvas) -> None:
        """Let a canvas move the page."""
        canvas.grabbed.connect(self._grab)
        canvas.dragged.connect(self._drag)
        canvas.wheeled.connect(self._on_wheel)

    def zoom(self, step: int) -> None:
        """The next higher (1) or lower (-1) speed, about the middle of the page."""
        sheet = self._page.sheet
        speed = neighbour(speeds(sheet.record), sheet.speed_mm_per_s, step)
        middle_s = sheet.t0_s + sheet.shown_s / 2
        self._page.set_window(speed, middle_s - sheet.shown_s / 2 * sheet.speed_mm_per_s / speed)

    @Slot(float, bool)
    def _on_wheel(self, steps: float, zoom: bool) -> None:
        if zoom:
            self.zoom(1 if steps > 0 else -1)
        else:
            self._page.set_time(self._page.sheet.t0_s - steps * self._page.sheet.shown_s / 4)

    @Slot()
    def _grab(self) -> None:
        self._grabbed_s = self._page.sheet.t0_s

    @Slot(float)
    def _drag(self, seconds: float) -> None:
        self._page.set_time(self._grabbed_s - seconds)

    def press_magnify(self) -> None:
        """Twice as large, four times, as it was; if the key is held, only until it is let go."""
        self._pressed_s = time.monotonic()
        canvas = self._page.canvas
        canvas.magnify(canvas.magnifier.next_factor(), follow_mouse=True)
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The magnifier's key is let go, wherever the focus is."""
        if event.type() == QEvent.Type.KeyRelease and event.key() == Qt.Key.Key_Z and not event.isAutoRepeat():
            QApplication.instance().removeEventFilter(self)
            if time.monotonic() - self._pressed_s > HELD_S:
                self._page.canvas.magnify(1)
        return False
