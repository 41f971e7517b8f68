"""The drawing of a page on screen: paints a sheet, knows where on the paper the mouse is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QSizeF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cessl_gui.ui.page.drawing.ahead import Ahead, paint_below
from cessl_gui.ui.page.drawing.lettering import Ink
from cessl_gui.ui.page.drawing.names import Places, held, places_of
from cessl_gui.ui.page.drawing.tint import words_at
from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.plan import Plan, least_height, least_width, plan
from cessl_gui.ui.page.layout.sheet import PLOT_MM, Sheet
from cessl_gui.ui.page.tools.calipers import CaliperEditor, paint_calipers, place_at, point_at
from cessl_gui.ui.page.tools.crosshair import Crosshair, under
from cessl_gui.ui.page.tools.magnifier import Magnifier
from cessl_gui.ui.page.tools.marking import Marking
from cessl_gui.ui.page.tools.marks import mark_at, paint_marks, told
from cessl_gui.ui.parts.plain_text import plain

LEAST_TEXT_PX = 11
LEAST_TEXT_MM = 2.6
STILL_MS = 120  # since the page was moved


class PageCanvas(QWidget):
    """Shows one sheet, fitted to the width or, with `dots_per_mm`, at a given size.

    dragged(seconds)      the paper was moved by hand, from where it was when the button went down
    grabbed()             the button went down
    measured()            a caliper is made, moved or removed
    rested()              the hand or the key that moved it was let go
    measuring_set(bool)   dragging makes a caliper, or no longer
    wheeled(steps, zoom)  the wheel, or a crosshair that goes beyond the page; zoom with Ctrl
    resized()
    magnified(int)        so many times as large from now on
    """

    grabbed = Signal()
    dragged = Signal(float)
    measured = Signal()
    rested = Signal()
    measuring_set = Signal(bool)
    wheeled = Signal(float, bool)
    resized = Signal()
    magnified = Signal(int)

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
        self.marking = Marking(self)
        self.marking.switched.connect(self._show_cursor)
        self.crosshair: Crosshair | None = None
        self.is_measuring = False
        self.can_measure = True
        self.magnifier = Magnifier()
        self._follows_mouse = False
        self._held: Cell | None = None  # the cell in which a caliper was taken hold of
        self._true_dots: float | None = None
        self._pressed: QPoint | None = None
        self._laid: tuple[Ink, Plan] | None = None
        self._names: Places | None = None
        self.ahead = Ahead()
        self._naming = QTimer(self, singleShot=True, interval=STILL_MS)
        self._naming.timeout.connect(self.name_again)

    def show_sheet(self, sheet: Sheet) -> None:
        was, laid, names = self.sheet, self._laid, self._names
        self.sheet, self._laid, self._names = sheet, None, None
        if names is not None and laid is not None:
            self._names = held(names, was, laid[1], sheet, self.laid[1])
        if self._names is not None and (was.t0_s, was.speed_mm_per_s) != (sheet.t0_s, sheet.speed_mm_per_s):
            self._naming.start()
        self.update()

    @Slot()
    def name_again(self) -> None:
        """Look anew where the names stand clear of the traces."""
        self._names = None
        self.update()

    def magnify(self, factor: int, follow_mouse: bool = False) -> None:
        """See the page so many times as large, about the mouse if it is over the page, else about the middle.

        follow_mouse : the mouse moves the magnifier; else the page is moved by hand
        """
        here = QPointF(self.mapFromGlobal(QCursor.pos())) if self.underMouse() else QPointF(self.rect().center())
        self._follows_mouse = follow_mouse
        self._magnify(self.magnifier.over(here, factor, QSizeF(self.size())))

    def _magnify(self, magnifier: Magnifier) -> None:
        if magnifier != self.magnifier:
            was, self.magnifier = self.magnifier, magnifier
            self.update()
            if was.factor != magnifier.factor:
                self.magnified.emit(magnifier.factor)

    @Slot(bool)
    def set_measuring(self, on: bool) -> None:
        """Whether dragging makes a caliper instead of moving the paper (with Shift it always does)."""
        self.is_measuring = on
        if on:
            self.marking.set_on(False)
        self._show_cursor()
        self.measuring_set.emit(on)

    @Slot()
    def _show_cursor(self) -> None:
        if self.marking.is_on and self.is_measuring:
            self.set_measuring(False)
        draws = self.is_measuring or self.marking.is_on
        self.setCursor(Qt.CursorShape.CrossCursor if draws else Qt.CursorShape.ArrowCursor)

    def set_crosshair(self, crosshair: Crosshair | None) -> None:
        self.crosshair = crosshair
        self.setAccessibleDescription(crosshair.words(self.sheet) if crosshair else "")
        if crosshair is not None:
            self.marking.move_to(self.sheet, crosshair.at_s)
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
            self._laid = self._lay(self.sheet)
        return self._laid

    def draw_ahead(self, sheet: Sheet) -> None:
        """Draw the page that probably comes next: if it comes as it is now, it is there at once."""
        self.ahead.draw(sheet, self._lay(sheet), self.size(), self.devicePixelRatioF())

    def _lay(self, sheet: Sheet) -> tuple[Ink, Plan]:
        dots = self._true_dots
        if dots is None:
            ratio = self.devicePixelRatioF()
            wide = fitting_scale(self.width(), least_width(sheet), ratio)
            dots = min(wide, fitting_scale(self.height(), least_height(sheet.rows), ratio))
        text, pixel = max(LEAST_TEXT_MM, LEAST_TEXT_PX / dots), 1 / (dots * self.devicePixelRatioF())
        size = self.width() / dots, self.height() / dots
        return Ink(dots), plan(sheet, *size, text=text, footer=False, pixel=pixel)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._laid = self._names = None
        self._magnify(self.magnifier.within(QSizeF(self.size())))
        self.resized.emit()

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._names is None and self.sheet.record is not None:
            known = self.ahead.names(self.sheet, self.laid)
            self._names = places_of(self.sheet, self.laid[1], self.laid[0]) if known is None else known
        ink, where = laid = self.magnifier.laid(*self.laid, QSizeF(self.size()))
        drawn = self.ahead.picture(self.sheet, laid, self.size(), self.devicePixelRatioF())
        with QPainter(self) as painter:
            if drawn is None:
                paint_below(painter, self.sheet, laid, self._names, self.magnifier.origin)
            else:
                painter.drawPixmap(0, 0, drawn)
            paint_marks(painter, self.sheet, where, ink)
            paint_calipers(painter, self.sheet, where, ink, self.calipers.selected)
            if self.crosshair is not None:
                self.crosshair.paint(painter, self.sheet, where, ink)

    # --- mouse ---------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """On hover: the mark under the mouse in full, or what the window of a lead there does to the model."""
        if event.type() == QEvent.Type.ToolTip:
            at, (ink, where) = self._paper(QPointF(event.pos())), self.laid
            mark, point = mark_at(self.sheet, where, ink, at), point_at(self.sheet, where, at)
            words = told(mark) if mark else words_at(self.sheet.tint, point) if self.sheet.tint and point else ""
            QToolTip.showText(event.globalPos(), plain(words), self)
            return True
        return super().event(event)

    def _paper(self, at: QPointF) -> QPointF:
        """Where on the page, in mm, a point of the widget lies."""
        return self.magnifier.page(at) / self.laid[0].dots_per_mm

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle = event.angleDelta().y() or event.angleDelta().x()
        self.wheeled.emit(angle / 120, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a caliper's end; else make a new caliper, in measuring mode or with Shift; else of the paper."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.marking.is_on and self.can_measure:
            place = place_at(self.sheet, self.laid[1], self._paper(event.position()))
            if place is not None:
                self.marking.begin(self.sheet, place[0], place[1].at_s)
            return
        place = place_at(self.sheet, self.laid[1], self._paper(event.position())) if self.can_measure else None
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if place is not None and self.calipers.grasp(place[1], self.sheet):
            self._held = place[0]
        elif place is not None and (self.is_measuring or shift):
            self.calipers.begin(place[1])
            self._held = place[0]
        else:
            self.calipers.selected = None
            mark = mark_at(self.sheet, self.laid[1], self.laid[0], self._paper(event.position()))
            self.marking.choose(mark.mark.id if mark else "")
            self._pressed = event.position().toPoint()
            self.grabbed.emit()
        self.measured.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.marking.is_on and event.buttons() & Qt.MouseButton.LeftButton:
            place = place_at(self.sheet, self.laid[1], self._paper(event.position()), self.marking.source)
            if place is not None:
                self.marking.move_to(self.sheet, place[1].at_s)
        elif self._held is not None:
            point = point_at(self.sheet, self.laid[1], self._paper(event.position()), self._held)
            if point is not None:
                self.calipers.move_to(point)
                self.measured.emit()
        elif self._pressed is not None:
            if self.magnifier.factor > 1:
                moved = event.position() - QPointF(self._pressed)
                self._pressed = event.position().toPoint()
                self._magnify(self.magnifier.moved(moved, QSizeF(self.size())))
                return
            moved_mm = (event.position().x() - self._pressed.x()) / self.laid[0].dots_per_mm
            self.dragged.emit(moved_mm / self.sheet.speed_mm_per_s)
        elif self._follows_mouse and self.magnifier.factor > 1:
            self._magnify(self.magnifier.following(event.position(), QSizeF(self.size())))
        elif self.crosshair is not None:
            self.crosshair = under(self.sheet, self.laid[1], self._paper(event.position())) or self.crosshair
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a lead: twice as large, four times, as it was."""
        if event.button() == Qt.MouseButton.LeftButton and not self.marking.is_on:
            self._pressed, self._follows_mouse = None, False
            factor = self.magnifier.next_factor()
            self._magnify(self.magnifier.over(event.position(), factor, QSizeF(self.size())))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._pressed = None
        self.marking.finish(self.sheet)
        if self._held is not None:
            self._held = None
            self.calipers.let_go()
            self.measured.emit()
            self.rested.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat() and self._held is None:
            self.rested.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._held is None:  # a key is let go elsewhere
            self.rested.emit()


def fitting_scale(width_px: float, width_mm: float, ratio: float) -> float:
    """Pixels per mm that fit a width, rounded down so that 5 mm are whole device pixels: an even, sharp grid."""
    return max(1, int(width_px / width_mm * 5 * ratio)) / (5 * ratio)
