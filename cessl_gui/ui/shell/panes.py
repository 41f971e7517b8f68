"""The parts of the window side by side; where there is no room for all, the page and one of the two others."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from cessl_gui.ui.parts.widgets import release_focus

PAGE_PX = 420  # a page between two others that is narrower than this can no longer be read


class Parts(QSplitter):
    """Left, page and right. The page is always in sight: what is labelled is seen.

    fitted(bool) : whether there is room for all three
    """

    fitted = Signal(bool)

    def __init__(self, left: QWidget, page: QWidget, right: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("splitter")
        self.setChildrenCollapsible(False)
        self.setHandleWidth(3)
        self._left, self._page, self._right = left, page, right
        self.beside = right  # the page, where there is room for one
        for part in (left, page, right):
            self.addWidget(part)
        self.setStretchFactor(1, 1)

    @property
    def has_room(self) -> bool:
        """Whether all three are shown."""
        sides = self._left.minimumSizeHint().width() + self._right.minimumSizeHint().width()
        return self.width() >= sides + PAGE_PX + 2 * self.handleWidth()

    def show_side(self, side: QWidget) -> None:
        """Make sure that this one is shown."""
        self.beside = side
        self._fit()

    @Slot()
    def switch_side(self) -> None:
        """Where there is room for one beside the page: the other one."""
        self.show_side(self._left if self.beside is self._right else self._right)

    def minimumSizeHint(self) -> QSize:
        sides = (self._left.minimumSizeHint(), self._right.minimumSizeHint())
        page = self._page.minimumSizeHint()
        width = max(side.width() for side in sides) + self.handleWidth() + page.width()
        return QSize(width, max(part.height() for part in (*sides, page)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.has_room
        for side in (self._left, self._right):
            shown = room or side is self.beside
            if not shown:
                release_focus(side)
            side.setVisible(shown)
        self.fitted.emit(room)
