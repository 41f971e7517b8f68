"""Work of a view in small parts, one in each turn of the event loop, so that the window answers between them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QWidget


class InTurns(QTimer):
    """Takes one step after another while its owner is there. A step may be anything: only the time it takes counts."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner, interval=0)
        self._steps: Iterator[object] = iter(())
        self.timeout.connect(self._take_step)

    def begin(self, steps: Iterator[object]) -> None:
        """Take these steps from the next turn on, and no others."""
        self._steps = steps
        self.start()

    @Slot()
    def _take_step(self) -> None:
        if next(self._steps, self) is self:
            self.stop()
