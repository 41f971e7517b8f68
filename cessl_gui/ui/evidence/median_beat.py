"""The median beat of all leads upon each other, with the marks from which the intervals come; marks can be moved."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cessl_gui.core.measurements import Measurements
from cessl_gui.ecg.measuring.beats import BEFORE_S, FS_HZ
from cessl_gui.ecg.measuring.delineate import MARKS
from cessl_gui.ui.page.layout.scales import GAINS
from cessl_gui.ui.page.layout.traces import polylines
from cessl_gui.ui.parts.tokens import FONT_FAMILIES, LIGHT, Theme

FIRST_MS, LAST_MS = -420.0, 640.0  # of the R peak: what is drawn
STEP_MS = 1000 / FS_HZ
GRASP_PX = 7
SPEED_MM_PER_S = 50.0
WORDS = {
    "p_onset": "P on",
    "p_offset": "P off",
    "qrs_onset": "QRS on",
    "qrs_offset": "QRS off",
    "t_offset": "T end",
}
USUAL_MS = {"p_onset": -160.0, "p_offset": -70.0, "qrs_onset": -40.0, "qrs_offset": 50.0, "t_offset": 360.0}


class MedianBeat(QWidget):
    """Draws the beat; the mouse or the arrow keys move a mark.

    mark_set(mark, ms)   a mark was let go at a new place; None (Delete) goes back to ours
    mark_moving(mark, ms) while it is moved, nothing is stored yet
    """

    mark_set = Signal(str, object)
    mark_moving = Signal(str, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("median_beat")
        self.setAccessibleName("Median beat of all leads, with its marks")
        self.setToolTip("Drag a mark, or choose one with ↑ ↓ and move it with ← → (Shift: 10 ms); Delete restores ours")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = LIGHT
        self._measured: Measurements | None = None
        self._reader: dict[str, float] = {}
        self._moving: float | None = None
        self._dragging = False
        self._lead = ""
        self.selected = "qrs_onset"

    def sizeHint(self) -> QSize:
        return QSize(560, 150)  # and what figures leave

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 150)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    empty = ""  # what is said without a beat, for which no reason is known

    def show_beat(self, measured: Measurements | None, reader: dict[str, float]) -> None:
        """Show a beat with our marks (dashed) and the reader's (solid); None empties the view."""
        if measured is None or self._measured is None or measured.record_id != self._measured.record_id:
            self._moving, self._dragging = None, False
        self._measured, self._reader = measured, dict(reader)
        self.setAccessibleDescription(self._words())
        self.update()

    def set_lead(self, lead: str) -> None:
        """Draw one lead before the others; a name of no lead draws all alike."""
        self._lead = lead
        self.update()

    @property
    def has_beat(self) -> bool:
        return self._measured is not None and self._measured.beat_mv is not None

    @property
    def marks_ms(self) -> dict[str, float]:
        """The marks that hold now: the reader's where there is one, else ours."""
        ours = dict(self._measured.marks_ms) if self._measured else {}
        moving = {self.selected: self._moving} if self._moving is not None else {}
        return ours | self._reader | moving

    def _words(self) -> str:
        if not self.has_beat:
            return "No median beat"
        by = dict.fromkeys(self._reader, ", by the reader")
        marks = "; ".join(f"{WORDS[mark]} {ms:+.0f} ms{by.get(mark, '')}" for mark, ms in self.marks_ms.items())
        return f"Selected: {WORDS[self.selected]}. From the R peak: {marks}"

    # --- geometry ------------------------------------------------------------------------------------------------

    @property
    def _plot(self) -> QRectF:
        line = self.fontMetrics().height()
        return QRectF(0, 2 * line + 8, self.width(), self.height() - 3 * line - 12)

    @property
    def _px_per_ms(self) -> float:
        return self.width() / (LAST_MS - FIRST_MS)

    def x_of(self, ms: float) -> float:
        """Where in the widget a time from the R peak lies."""
        return (ms - FIRST_MS) * self._px_per_ms

    def _ms_at(self, x: float) -> float:
        ms = FIRST_MS + x / self._px_per_ms
        return float(np.clip(round(ms / STEP_MS) * STEP_MS, FIRST_MS, LAST_MS))

    def _gain(self, beat: np.ndarray) -> tuple[float, float]:
        """(mm/mV, pixels of 0 mV): one gain for all leads, the largest usual one at which all of them fit."""
        mm = self._px_per_ms * 1000 / SPEED_MM_PER_S
        high, low = max(0.2, float(np.nanmax(beat))), min(-0.2, float(np.nanmin(beat)))
        room = self._plot.height() / mm
        gain = max((g for g in (1.25, *GAINS) if g * (high - low) <= room), default=1.25)
        spare = self._plot.height() - gain * (high - low) * mm
        return gain, self._plot.top() + spare / 2 + gain * high * mm

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("page"))
        font = QFont(self.font())
        font.setFamilies(FONT_FAMILIES)
        painter.setFont(font)
        if not self.has_beat:
            painter.setPen(theme.color("muted"))
            why = self._measured.notes[0] if self._measured and self._measured.notes else self.empty
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, why)
            return
        start = int((BEFORE_S * 1000 + FIRST_MS) / STEP_MS)
        beat = self._measured.beat_mv[:, start : start + int((LAST_MS - FIRST_MS) / STEP_MS)]
        gain, zero = self._gain(beat)
        mm = self._px_per_ms * 1000 / SPEED_MM_PER_S
        self._grid(painter, mm, zero)
        painter.save()
        painter.setClipRect(self._plot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = np.arange(beat.shape[1]) * STEP_MS * self._px_per_ms
        leads = self._measured.leads
        for lead, row in sorted(zip(leads, beat, strict=True), key=lambda one: one[0] == self._lead):
            behind = self._lead in leads and lead != self._lead
            pen = QPen(theme.color("trace", 90 if behind else 170), 0)
            painter.setPen(pen if lead != self._lead else QPen(theme.color("trace"), 1.6))
            for line in polylines(x, zero - row.astype(np.float64) * gain * mm):
                painter.drawPolyline(line)
        painter.restore()
        self._paint_marks(painter)
        painter.setPen(theme.color("muted"))
        line = self.fontMetrics().height()
        foot = QRectF(6, self.height() - line - 3, self.width() - 12, line)
        words = f"{len(self._measured.leads)} leads   {gain:g} mm/mV   large box {5 / SPEED_MM_PER_S * 1000:g} ms"
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, words)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, "dashed: measured   solid: yours")

    def _grid(self, painter: QPainter, mm: float, zero: float) -> None:
        plot = self._plot
        for step, color in ((1, "grid_fine"), (5, "grid_coarse")):
            if step * mm < 3:
                continue
            painter.setPen(self._theme.color(color))
            xs = np.arange(self.x_of(0) % (step * mm), self.width(), step * mm)
            ys = np.arange(plot.top() + (zero - plot.top()) % (step * mm), plot.bottom(), step * mm)
            painter.drawLines([QLineF(x, plot.top(), x, plot.bottom()) for x in xs])
            painter.drawLines([QLineF(0, y, self.width(), y) for y in ys])

    def _paint_marks(self, painter: QPainter) -> None:
        theme, plot, line = self._theme, self._plot, self.fontMetrics().height()
        ours, now = self._measured.marks_ms, self.marks_ms
        painter.setPen(QPen(theme.color("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLines([QLineF(self.x_of(ms), plot.top(), self.x_of(ms), plot.bottom()) for ms in ours.values()])
        for index, mark in enumerate(MARKS):
            if mark not in now:
                continue
            x = self.x_of(now[mark])
            is_own = mark in self._reader or (mark == self.selected and self._moving is not None)
            chosen = mark == self.selected and self.hasFocus()
            color = theme.color("accent" if is_own or chosen else "ink")
            if is_own:
                painter.setPen(QPen(color, 2))
                painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
            # Neighbouring names take turns in two lines, so that they do not lie upon each other.
            box = QRectF(x - 60, 2 + (line + 2) * (index % 2), 120, line)
            width = painter.fontMetrics().horizontalAdvance(WORDS[mark])
            box.moveLeft(min(max(box.left(), width / 2 - 58), self.width() - 62 - width / 2))
            painter.setPen(color)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, WORDS[mark])
            if chosen:
                middle = box.center().x()
                painter.drawLine(QLineF(middle - width / 2, box.bottom(), middle + width / 2, box.bottom()))

    # --- moving --------------------------------------------------------------------------------------------------

    def _near(self, x: float) -> str | None:
        distances = {mark: abs(self.x_of(ms) - x) for mark, ms in self.marks_ms.items()}
        mark = min(distances, key=distances.get, default=None)
        return mark if mark is not None and distances[mark] <= GRASP_PX else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        mark = self._near(event.position().x()) if self.has_beat else None
        if event.button() == Qt.MouseButton.LeftButton and mark:
            self.selected, self._dragging = mark, True
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._move_to(self._ms_at(event.position().x()))
        elif self.has_beat:
            over = self._near(event.position().x())
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self._let_go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """↑ ↓ choose a mark, ← → move it a sample (Shift: five), Delete takes the reader's back."""
        key = event.key()
        samples = 5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        if not self.has_beat:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            self.selected = MARKS[(MARKS.index(self.selected) + step) % len(MARKS)]
            self.setAccessibleDescription(self._words())
            self.update()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            # A mark that was not found begins where it usually lies.
            now = self.marks_ms.get(self.selected, USUAL_MS[self.selected])
            move = samples * STEP_MS * (1 if key == Qt.Key.Key_Right else -1)
            self._move_to(float(np.clip(now + move, FIRST_MS, LAST_MS)))
        elif key == Qt.Key.Key_Delete:
            self.mark_set.emit(self.selected, None)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not event.isAutoRepeat():
            self._let_go()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event) -> None:
        self._let_go()  # a key let go elsewhere
        super().focusOutEvent(event)

    def _move_to(self, ms: float) -> None:
        if ms != self.marks_ms.get(self.selected):
            self._moving = ms
            self.mark_moving.emit(self.selected, ms)
            self.update()

    def _let_go(self) -> None:
        """Only now is the mark the reader's: each step on the way would be an event of its own."""
        ms, self._moving = self._moving, None
        if ms is not None:
            self._reader[self.selected] = ms
            self.mark_set.emit(self.selected, ms)
        self.update()
