"""A page on which the reader sets calipers and marks beats and stretches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Signal, Slot

from cessl_gui.bridge.reader.page_marks import ShownMark
from cessl_gui.core.types import Caliper
from cessl_gui.ui.page.comparing_page import ComparingPage
from cessl_gui.ui.page.layout.mark_set import Marks

if TYPE_CHECKING:
    from cessl_gui.ui.page.canvas import PageCanvas


class MeasuringPage(ComparingPage):
    """Who inherits has a canvas.

    caliper_set(record id, caliper id, Caliper | None) a caliper came to rest, or (None) was removed
    """

    caliper_set = Signal(str, str, object)
    canvas: PageCanvas

    def _connect_marks(self) -> None:
        marking, tools = self.canvas.marking, self.toolbar
        marking.changed.connect(self._show_marks)
        marking.switched.connect(tools.mark.setChecked)
        tools.marking_wanted.connect(marking.set_on)

    # --- calipers ------------------------------------------------------------------------------------------------

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

    # --- marks ---------------------------------------------------------------------------------------------------

    def show_marks(self, shown: Iterable[ShownMark]) -> None:
        """Show the marks of this recording; the chosen one stays so if it is among them."""
        marks, marking = Marks(shown), self.canvas.marking
        if marks[marking.chosen] is None:
            marking.chosen = ""
        now = self._sheet.marks
        if marks.shown or now.shown or (now.pending, now.chosen) != (marking.pending, marking.chosen):
            self._show(marks=marks.with_pending(marking.pending, marking.chosen))

    @Slot()
    def _show_marks(self) -> None:
        marking = self.canvas.marking
        self._show(marks=self._sheet.marks.with_pending(marking.pending, marking.chosen))

    def show_mark(self, mark_id: str) -> None:
        """Choose a mark, and go to where it is if the page does not show it."""
        shown, sheet = self._sheet.marks[mark_id], self._sheet
        if shown is None:
            return
        start_s = shown.mark.start_s
        if not sheet.t0_s <= start_s < sheet.t0_s + sheet.shown_s:
            self._show(t0_s=start_s - sheet.shown_s / 4)
        self.canvas.marking.choose(mark_id)

    def point_of(self, lead: str, at_s: float) -> QPoint:
        """Where on the canvas a time of a lead is drawn; the middle where it is not."""
        canvas, sheet = self.canvas, self._sheet
        ink, where = canvas.laid
        for cell in sheet.cells:
            within_s = at_s - sheet.t0_s - cell.t0_s
            if cell.source == lead and 0 <= within_s <= cell.duration_s:
                at = QPointF(
                    where.cell(cell, sheet).left() + within_s * sheet.speed_mm_per_s, where.baselines[cell.row]
                )
                return (at * ink.dots_per_mm * canvas.magnifier.factor - canvas.magnifier.origin).toPoint()
        return canvas.rect().center()
