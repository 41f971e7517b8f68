"""The ECG page on screen: holds what is shown, moves through it, and paints it by cessl_gui.ui.paper."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cessl_gui.core.types import Record
from cessl_gui.ui.layouts import LAYOUTS
from cessl_gui.ui.paper import Ink, Plan, Sheet, least_width, paint_paper, paint_traces, paint_words, plan
from cessl_gui.ui.theme import Theme

SPEEDS = (12.5, 25.0, 50.0, 100.0)
GAINS = (2.5, 5.0, 10.0, 20.0)
LEAST_TEXT_PX = 11
LEAST_ROW_MM = 8.0


class EcgPage(QWidget):
    """The page of one recording.

    view_changed() after layout, speed, gain or time have changed
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_page")
        self.setAccessibleName("ECG page")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(480, 320)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._sheet = Sheet()
        self._paper: QPixmap | None = None
        self._paper_key: tuple = ()
        self._pressed: tuple[QPoint, float] | None = None

    # --- what is shown -------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    def set_record(self, record: Record | None, notes: dict[str, tuple[str, ...]] | None = None) -> None:
        """Show a recording from its beginning; None empties the page.

        notes : lead -> what is doubtful about it, in words
        """
        self._show(record=record, notes=notes or {}, t0_s=0.0)

    def set_layout(self, name: str) -> None:
        """Choose one of layouts.LAYOUTS by name."""
        self._show(layout=LAYOUTS[name])

    def set_speed(self, mm_per_s: float) -> None:
        self._show(speed_mm_per_s=float(mm_per_s))

    def set_gain(self, mm_per_mv: float) -> None:
        """One gain for all leads."""
        self._show(gain_mm_per_mv=float(mm_per_mv))

    def set_simultaneous(self, simultaneous: bool) -> None:
        """Whether the columns show the same seconds, or each the seconds after the one before."""
        self._show(simultaneous=simultaneous)

    def set_theme(self, theme: Theme) -> None:
        self._show(theme=theme)

    def set_time(self, t0_s: float) -> None:
        """Let the page begin at a second of the recording; it stays within the recording."""
        self._show(t0_s=t0_s)

    def _show(self, **changes) -> None:
        sheet = replace(self._sheet, **changes)
        self._sheet = replace(sheet, t0_s=min(max(0.0, sheet.t0_s), last_start(sheet)))
        self.setAccessibleDescription(self._words())
        self.update()
        self.view_changed.emit()

    def _words(self) -> str:
        record = self._sheet.record
        if record is None:
            return "No recording chosen"
        return f"{record.name}, {len(record.leads)} leads, {record.duration_s:.4g} seconds, {self._sheet.scale_words}"

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        ink, where = self._plan()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ruled(ink, where))
        is_less = paint_traces(painter, self._sheet, where, ink)
        paint_words(painter, self._sheet, where, ink, self._real_scale(ink), is_less)
        painter.end()

    def _plan(self) -> tuple[Ink, Plan]:
        rows = self._sheet.fitted.rows(self._sheet.window_s)
        dots = fitting_scale(self.width(), least_width(self._sheet), self.devicePixelRatioF())
        dots = min(dots, self.height() / (LEAST_ROW_MM * rows + 4.2 * LEAST_TEXT_PX / dots))
        ink = Ink(dots)
        text = max(2.6, LEAST_TEXT_PX / dots)
        return ink, plan(self._sheet, self.width() / dots, self.height() / dots, text=text)

    def _ruled(self, ink: Ink, where: Plan) -> QPixmap:
        """The ruled paper, painted anew only when it changes: moving through time repaints traces alone."""
        sheet, ratio = self._sheet, self.devicePixelRatioF()
        synthetic = bool(sheet.record and sheet.record.synthetic)
        key = (self.size(), ratio, where, sheet.theme, sheet.speed_mm_per_s, sheet.gain_mm_per_mv, synthetic)
        if self._paper is None or self._paper_key != key:
            self._paper_key = key
            self._paper = QPixmap(self.size() * ratio)
            self._paper.setDevicePixelRatio(ratio)
            self._paper.fill(sheet.theme.color("page"))
            painter = QPainter(self._paper)
            paint_paper(painter, sheet, where, ink)
            painter.end()
        return self._paper

    def _real_scale(self, ink: Ink) -> str:
        """What a ruler on the glass would measure, where the screen's own size can be believed."""
        dpi = self.screen().physicalDotsPerInchX() if self.screen() else 0
        if not 50 <= dpi <= 350:
            return "fit to width, not to scale"
        real = ink.dots_per_mm * 25.4 / dpi
        speed, gain = self._sheet.speed_mm_per_s * real, self._sheet.gain_mm_per_mv * real
        return f"fit to width: on this screen {speed:.1f} mm/s   {gain:.1f} mm/mV"

    # --- moving --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left/Right a quarter page, with Shift a whole one; Home/End shorter or longer window; + and - gain."""
        key = event.key()
        whole = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = self._sheet.window_s * (1.0 if whole else 0.25)
        if key == Qt.Key.Key_Left:
            self.set_time(self._sheet.t0_s - step)
        elif key == Qt.Key.Key_Right:
            self.set_time(self._sheet.t0_s + step)
        elif key == Qt.Key.Key_Home:
            self.set_speed(neighbour(SPEEDS, self._sheet.speed_mm_per_s, +1))
        elif key == Qt.Key.Key_End:
            self.set_speed(neighbour(SPEEDS, self._sheet.speed_mm_per_s, -1))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_gain(neighbour(GAINS, self._sheet.gain_mm_per_mv, +1))
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.set_gain(neighbour(GAINS, self._sheet.gain_mm_per_mv, -1))
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel moves through time; with Ctrl it changes the length of the window."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_speed(neighbour(SPEEDS, self._sheet.speed_mm_per_s, 1 if turned > 0 else -1))
        else:
            self.set_time(self._sheet.t0_s - turned / 120 * self._sheet.window_s / 4)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = (event.position().toPoint(), self._sheet.t0_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed:
            start, t0_s = self._pressed
            ink, _ = self._plan()
            moved_mm = (event.position().x() - start.x()) / ink.dots_per_mm
            self.set_time(t0_s - moved_mm / self._sheet.speed_mm_per_s)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._pressed = None


def last_start(sheet: Sheet) -> float:
    """The latest second at which a full page can begin; 0 where the whole recording fits on the page."""
    if sheet.record is None:
        return 0.0
    shown_s = max((cell.t0_s + cell.duration_s for cell in sheet.cells), default=sheet.window_s)
    return max(0.0, sheet.record.duration_s - shown_s)


def fitting_scale(width_px: float, width_mm: float, ratio: float) -> float:
    """Pixels per mm that fit a width, rounded down so that 5 mm are whole device pixels: an even, sharp grid."""
    return max(1, int(width_px / width_mm * 5 * ratio)) / (5 * ratio)


def neighbour(values: tuple[float, ...], now: float, step: int) -> float:
    """The next larger (step 1) or smaller (-1) of some values; the last one stays."""
    if step > 0:
        return min((v for v in values if v > now), default=now)
    return max((v for v in values if v < now), default=now)
