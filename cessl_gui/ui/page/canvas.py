"""The drawing of a page on screen: paints a sheet, knows where on the paper the mouse is."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cessl_gui.ui.page.calipers import CaliperEditor, Point, paint_calipers, point_at
from cessl_gui.ui.page.crosshair import Crosshair, under
from cessl_gui.ui.page.lettering import Ink
from cessl_gui.ui.page.paper import paint_paper, paint_traces, paint_words
from cessl_gui.ui.page.sheet import PLOT_MM, Plan, Sheet, least_width, plan
from cessl_gui.ui.page.tint import paint_tint, words_at
from cessl_gui.ui.parts.plain_text import plain

LEAST_TEXT_PX = 11
LEAST_TEXT_MM = 2.6
LEAST_ROW_MM = 8.0  # below this the page is drawn smaller instead of its rows closer


class PageCanvas(QWidget):
    """Shows one sheet, fitted to the width or, with `dots_per_mm`, at a given size.

    dragged(seconds)      the paper was moved by hand, from where it was when the button went down
    grabbed()             the button went down
    measured()            a caliper is made, moved or removed
    rested()              the hand or the key that moved it was let go
    measuring_set(bool)   dragging makes a caliper, or no longer
    wheeled(steps, zoom)  the wheel, or a crosshair that goes beyond the page; zoom with Ctrl
    resized()
    """

    grabbed = Signal()
    dragged = Signal(float)
    measured = Signal()
    rested = Signal()
    measuring_set = Signal(bool)
    wheeled = Signal(float, bool)
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_canvas")
        self.setAccessibleName("ECG traces")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(150, 100)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.sheet = Sheet()
        self.calipers = CaliperEditor()
        self.crosshair: Crosshair | None = None
        self.is_measuring = False
        self.can_measure = True
        self._at_caliper = False
        self._true_dots: float | None = None
        self._pressed: QPoint | None = None
        self._laid: tuple[Ink, Plan] | None = None

    def show_sheet(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._laid = None
        self.update()

    @Slot(bool)
    def set_measuring(self, on: bool) -> None:
        """Whether dragging makes a caliper instead of moving the paper (with Shift it always does)."""
        self.is_measuring = on
        self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
        self.measuring_set.emit(on)

    def set_crosshair(self, crosshair: Crosshair | None) -> None:
        self.crosshair = crosshair
        self.setAccessibleDescription(crosshair.words(self.sheet) if crosshair else "")
        self.update()

    def set_true_size(self, dots_per_mm: float | None) -> None:
        """Draw at so many pixels per mm from the next show_sheet on; None fits the page to the width."""
        self._true_dots = dots_per_mm

    @property
    def is_true_size(self) -> bool:
        return self._true_dots is not None

    def plot_mm(self, sheet: Sheet) -> float:
        """At true size a narrow window shows fewer seconds, in whole large boxes per column, not smaller ones."""
        if self._true_dots is None:
            return PLOT_MM
        spare = self.width() / self._true_dots - (least_width(sheet) - sheet.plot_mm)
        step = 5 * max(1, len(sheet.fitted.columns))
        return max(step, min(PLOT_MM, spare // step * step))

    @property
    def laid(self) -> tuple[Ink, Plan]:
        """The scale and the places of things for the present size."""
        if self._laid is None:
            self._laid = self._lay()
        return self._laid

    def _lay(self) -> tuple[Ink, Plan]:
        sheet, dots = self.sheet, self._true_dots
        if dots is None:
            dots = fitting_scale(self.width(), least_width(sheet), self.devicePixelRatioF())
            dots = max(0.5, min(dots, (self.height() - 2.1 * LEAST_TEXT_PX) / (LEAST_ROW_MM * sheet.rows)))
        text = max(LEAST_TEXT_MM, LEAST_TEXT_PX / dots)
        return Ink(dots), plan(sheet, self.width() / dots, self.height() / dots, text=text, footer=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._laid = None
        self.resized.emit()

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        ink, where = self.laid
        with QPainter(self) as painter:
            above = math.ceil(where.grid.top() * ink.dots_per_mm) + 1  # the ruled paper covers the rest
            painter.fillRect(0, 0, self.width(), above, self.sheet.theme.color("page"))
            paint_paper(painter, self.sheet, where, ink)
            paint_tint(painter, self.sheet, where, ink)
            paint_traces(painter, self.sheet, where, ink)
            paint_words(painter, self.sheet, where, ink)
            paint_calipers(painter, self.sheet, where, ink, self.calipers.selected)
            if self.crosshair is not None:
                self.crosshair.paint(painter, self.sheet, where, ink)

    # --- mouse ---------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """What the window of a lead under the mouse does to the model, on hover."""
        if event.type() == QEvent.Type.ToolTip and self.sheet.tint is not None:
            ink, where = self.laid
            point = point_at(self.sheet, where, QPointF(event.pos()) / ink.dots_per_mm)
            QToolTip.showText(event.globalPos(), plain(words_at(self.sheet.tint, point) if point else ""), self)
            return True
        return super().event(event)

    def _point(self, event: QMouseEvent, lead: str | None = None) -> Point | None:
        if not self.can_measure:
            return None
        ink, where = self.laid
        return point_at(self.sheet, where, event.position() / ink.dots_per_mm, lead)

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle = event.angleDelta().y() or event.angleDelta().x()
        self.wheeled.emit(angle / 120, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a caliper's end; else make a new caliper, in measuring mode or with Shift; else of the paper."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = self._point(event)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if point is not None and self.calipers.grasp(point, self.sheet):
            self._at_caliper = True
        elif point is not None and (self.is_measuring or shift):
            self.calipers.begin(point)
            self._at_caliper = True
        else:
            self.calipers.selected = None
            self._pressed = event.position().toPoint()
            self.grabbed.emit()
        self.measured.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._at_caliper:
            point = self._point(event, self.calipers.lead)
            if point is not None:
                self.calipers.move_to(point)
                self.measured.emit()
        elif self._pressed is not None:
            moved_mm = (event.position().x() - self._pressed.x()) / self.laid[0].dots_per_mm
            self.dragged.emit(moved_mm / self.sheet.speed_mm_per_s)
        elif self.crosshair is not None:
            ink, where = self.laid
            self.crosshair = under(self.sheet, where, event.position() / ink.dots_per_mm) or self.crosshair
            self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._pressed = None
        if self._at_caliper:
            self._at_caliper = False
            self.calipers.let_go()
            self.measured.emit()
            self.rested.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat() and not self._at_caliper:
            self.rested.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self._at_caliper:  # a key is let go elsewhere
            self.rested.emit()


def fitting_scale(width_px: float, width_mm: float, ratio: float) -> float:
    """Pixels per mm that fit a width, rounded down so that 5 mm are whole device pixels: an even, sharp grid."""
    return max(1, int(width_px / width_mm * 5 * ratio)) / (5 * ratio)
