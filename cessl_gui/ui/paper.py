"""The ECG page as a drawing in millimetres: one function paints it on screen, PDF, PNG and SVG alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from cessl_gui.core.types import Record
from cessl_gui.ui.clock import clock
from cessl_gui.ui.layouts import LAYOUTS, Cell, Layout
from cessl_gui.ui.theme import FONT_FAMILIES, PAPER, Theme
from cessl_gui.ui.traces import Pyramid, is_reduced, points, polylines

PLOT_MM = 250.0  # the width of the traces: 10 s at 25 mm/s, as on A4 landscape
NAME_ABOVE_MM = 17.0  # a lead's name stays near its trace where rows are high
FOOTROOM_MM = 6.0  # below the last baseline: S waves stay on the page
PULSE_S = 0.2
MIN_FINE_DOTS = 2.6  # closer than this the lines of 1 mm become a grey veil and are left out
REDUCED = "Drawing reduced to minimum and maximum per pixel column"
RESEARCH_USE = "Research use only. Not a medical device. Not for diagnosis or treatment decisions."


@dataclass(frozen=True)
class Sheet:
    """What one page shows.

    notes   : lead -> words about it ("flat", "derived"), as from ecg.quality
    t0_s    : where the page's time window begins
    plot_mm : width of the time window on paper
    filters : words for the display filters
    pyramid : minima and maxima of a long recording, once they are built
    """

    record: Record | None = None
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    layout: Layout = LAYOUTS["3x4+1"]
    t0_s: float = 0.0
    speed_mm_per_s: float = 25.0
    gain_mm_per_mv: float = 10.0
    simultaneous: bool = False
    plot_mm: float = PLOT_MM
    filters: str = "as recorded"
    theme: Theme = PAPER
    pyramid: Pyramid | None = None

    @property
    def window_s(self) -> float:
        """Seconds over the whole width of the page."""
        return self.plot_mm / self.speed_mm_per_s

    @property
    def shown_s(self) -> float:
        """Seconds of the recording that are on the page: less than the window where all columns show the same."""
        return max((cell.t0_s + cell.duration_s for cell in self.cells), default=self.window_s)

    @cached_property
    def fitted(self) -> Layout:
        """The layout as it suits the leads of this record."""
        return self.layout.for_leads(self.record.leads if self.record else ())

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return self.fitted.cells(self.window_s, self.simultaneous, self.record.duration_s if self.record else 10)

    @property
    def scale_words(self) -> str:
        return f"{self.speed_mm_per_s:.3g} mm/s   {self.gain_mm_per_mv:.3g} mm/mV"

    @property
    def columns_words(self) -> str:
        """Whether neighbouring columns follow each other in time; "" where there is one column."""
        count = len(self.fitted.columns)
        if count < 2:
            return ""
        part = f"{count} columns of {self.window_s / count:.3g} s"
        return f"{part}, simultaneous" if self.simultaneous else f"{part}, consecutive"


@dataclass(frozen=True)
class Plan:
    """Where things lie on a page, in mm from its top left corner.

    grid      : the ruled area
    plot_left : where the time window begins
    text      : height of ordinary text
    baselines : 0 mV of each row
    """

    grid: QRectF
    plot_left: float
    text: float
    row_height: float
    baselines: tuple[float, ...]

    def cell(self, cell: Cell, sheet: Sheet) -> QRectF:
        """The rectangle of a cell; its traces may reach beyond it upwards and downwards."""
        left = self.plot_left
        if not sheet.fitted.wrapped:
            left += cell.column * cell.duration_s * sheet.speed_mm_per_s
        top = self.baselines[cell.row] - self.row_height / 2
        return QRectF(left, top, cell.duration_s * sheet.speed_mm_per_s, self.row_height)


def pulse_margin(sheet: Sheet) -> float:
    """Room left of the traces for the calibration pulse, in mm: whole large boxes."""
    return 5 * np.ceil((min(PULSE_S * sheet.speed_mm_per_s, 20) + 2.5) / 5)


def least_width(sheet: Sheet) -> float:
    return pulse_margin(sheet) + sheet.plot_mm + 2


def plan(sheet: Sheet, width: float, height: float, *, text: float, margin: float = 0, footer: bool = True) -> Plan:
    """Lay a page out.

    width, height, margin, text : mm; the page, what is left white around it, the height of its text
    footer                      : whether a line of text follows below the grid
    """
    head, foot = 2.1 * text, 2.1 * text if footer else 0
    grid = QRectF(margin, margin + head, width - 2 * margin, height - 2 * margin - head - foot)
    spare = grid.width() - pulse_margin(sheet) - sheet.plot_mm
    left = grid.left() + pulse_margin(sheet) + max(0.0, spare / 2)
    rows = sheet.fitted.rows(sheet.window_s, sheet.record.duration_s if sheet.record else 10)
    step = grid.height() / rows
    headroom = 2 + max(8.0, sheet.gain_mm_per_mv)  # R waves of the first row and its pulse stay on the page
    above, below = max(0.0, headroom - step / 2), max(0.0, FOOTROOM_MM - step / 2)
    step = (grid.height() - above - below) / rows
    # Baselines on lines of the grid: heights can be counted in boxes from there.
    baselines = tuple(grid.top() + round(above + (row + 0.5) * step) for row in range(rows))
    return Plan(grid, left, text, step, baselines)


@dataclass(frozen=True)
class Ink:
    """How a page is put on a device.

    dots_per_mm : logical units of the painter per mm
    line_mm     : width of the trace; 0 is the thinnest line a screen has, which Qt draws fast
    """

    dots_per_mm: float
    line_mm: float = 0.0

    def pen(self, color, weight: float = 1.0) -> QPen:
        pen = QPen(color, self.line_mm * self.dots_per_mm * weight or 1)
        pen.setCosmetic(self.line_mm == 0)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        return pen

    def font(self, height_mm: float, bold: bool = False) -> QFont:
        font = QFont()
        font.setFamilies(FONT_FAMILIES)
        font.setPixelSize(max(1, round(height_mm * self.dots_per_mm)))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def fineness(self, painter: QPainter) -> float:
        """Device pixels per unit of the painter; paper counts as 20 points per mm."""
        return max(1.0, 20 / self.dots_per_mm) if self.line_mm else painter.device().devicePixelRatio()

    def rect(self, mm: QRectF) -> QRectF:
        k = self.dots_per_mm
        return QRectF(mm.x() * k, mm.y() * k, mm.width() * k, mm.height() * k)


def paint_page(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, footer: str = "") -> None:
    """Paint a whole page with the painter's origin at its top left corner.

    footer  : right-hand end of the line below the grid; the left-hand end says speed, gain, filter and rate
    """
    paint_paper(painter, sheet, where, ink)
    paint_traces(painter, sheet, where, ink)
    paint_words(painter, sheet, where, ink)
    _footer(painter, sheet, where, ink, footer)


def paint_paper(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """The ruled paper: grid of 1 and 5 mm, calibration pulses, the mark of synthetic records."""
    theme, k, grid = sheet.theme, ink.dots_per_mm, ink.rect(where.grid)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, ink.line_mm > 0)
    painter.setClipRect(grid)
    for step, color, weight in ((1, "grid_fine", 0.4), (5, "grid_coarse", 0.6)):
        if step * k < MIN_FINE_DOTS:
            continue
        painter.setPen(ink.pen(theme.color(color), weight))
        painter.drawLines(_ruling(where, k, step, grid))
    painter.restore()
    if sheet.record is not None and sheet.record.synthetic:
        _watermark(painter, where, ink, theme, "SYNTHETIC")
    _pulses(painter, sheet, where, ink)


def _ruling(where: Plan, k: float, step: int, grid: QRectF) -> list[QLineF]:
    # Screen lines are snapped to whole pixels by the painter; 5 mm are a whole number of them (see page.fitting_scale).
    first = where.plot_left - step * np.floor((where.plot_left - where.grid.left()) / step)
    xs = np.arange(first, where.grid.right() + 1e-6, step) * k
    ys = np.arange(where.grid.top(), where.grid.bottom() + 1e-6, step) * k
    return [QLineF(x, grid.top(), x, grid.bottom()) for x in xs] + [QLineF(grid.left(), y, grid.right(), y) for y in ys]


def _watermark(painter: QPainter, where: Plan, ink: Ink, theme: Theme, word: str) -> None:
    painter.save()
    painter.setPen(theme.color("faint_ink", 38))
    font = ink.font(min(26.0, where.grid.height() / 3), bold=True)
    font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 115)
    painter.setFont(font)
    painter.drawText(ink.rect(where.grid), Qt.AlignmentFlag.AlignCenter, word)
    painter.restore()


def _pulses(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """1 mV for 200 ms before each row; where rows stand closer than the pulse is high, before every second or third."""
    width = max(1.0, min(PULSE_S * sheet.speed_mm_per_s, 20.0))
    left = where.plot_left - 1.0 - width
    every = max(1, int(np.ceil((sheet.gain_mm_per_mv + 1) / where.row_height)))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, ink.line_mm > 0)
    painter.setPen(ink.pen(sheet.theme.color("trace")))
    for y in where.baselines[every - 1 :: every]:
        top = y - sheet.gain_mm_per_mv
        points = [(left - 1, y), (left, y), (left, top), (left + width, top), (left + width, y), (left + width + 1, y)]
        painter.drawPolyline(QPolygonF([QPointF(px, py) * ink.dots_per_mm for px, py in points]))
    painter.restore()


def is_drawing_reduced(sheet: Sheet, where: Plan, ink: Ink, fineness: float) -> bool:
    """Whether some cell has so many samples that minimum and maximum per pixel column stand for them."""
    if sheet.record is None:
        return False
    columns = [(cell.duration_s, where.cell(cell, sheet).width() * ink.dots_per_mm * fineness) for cell in sheet.cells]
    return any(is_reduced(int(duration_s * sheet.record.fs_hz), int(width)) for duration_s, width in columns)


def paint_traces(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """The signal of each cell, at one gain for all."""
    record = sheet.record
    if record is None:
        return
    k = ink.dots_per_mm
    rows = {lead: row for row, lead in enumerate(record.leads)}
    fineness = ink.fineness(painter)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(ink.pen(sheet.theme.color("trace")))
    for cell in sheet.cells:
        if cell.source not in rows:
            continue
        box = where.cell(cell, sheet)
        # A tall QRS may reach into the rows beside it, not over the whole page.
        painter.setClipRect(ink.rect(box.adjusted(0, -1.5 * where.row_height, 0, 1.5 * where.row_height) & where.grid))
        first_s = sheet.t0_s + cell.t0_s
        at_s, mv = points(
            record, rows[cell.source], first_s, cell.duration_s, int(box.width() * k * fineness), sheet.pyramid
        )
        x = (box.left() + (at_s - first_s) * sheet.speed_mm_per_s) * k
        y = (where.baselines[cell.row] - cell.sign * sheet.gain_mm_per_mv * mv) * k
        # Saturated samples of +-32768 must not overflow the rasteriser; they leave the page all the same.
        for line in polylines(x, np.clip(y, -1e4, 1e5)):
            painter.drawPolyline(line)
            if fineness >= 1.5 and not ink.line_mm:
                # On a fine screen one pixel is too thin. A pen of two would cost sixty times the time of two lines.
                painter.drawPolyline(line.translated(0, 1 / fineness))
    painter.restore()


def paint_words(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """The header, and the lead names with what is doubtful about them."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    _header(painter, sheet, where, ink)
    if sheet.record is not None:
        for cell in sheet.cells:
            _lead_name(painter, sheet, where, ink, cell)
        if is_drawing_reduced(sheet, where, ink, ink.fineness(painter)):
            at = QPointF(where.plot_left, where.grid.bottom() - 1.5) * ink.dots_per_mm
            color, ground = sheet.theme.color("note"), sheet.theme.color("page")
            _haloed(painter, at, REDUCED, ink.font(where.text), color, ground, ink.dots_per_mm)
    painter.restore()


def _footer(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, words: str) -> None:
    """The line below the grid."""
    left = [sheet.scale_words, sheet.filters, sheet.columns_words]
    if sheet.record is not None:
        left.insert(2, f"{sheet.record.fs_hz:.6g} Hz")
    line = QRectF(where.grid.left(), where.grid.bottom(), where.grid.width(), 2.1 * where.text)
    color = sheet.theme.color("faint_ink")
    _text(painter, ink, line, "   ·   ".join(filter(None, left)), where.text * 0.92, color)
    _text(painter, ink, line, words, where.text * 0.92, color, right=True)


def _text(painter, ink: Ink, line: QRectF, text: str, height: float, color, *, bold=False, right=False) -> float:
    """One line of text, centred in height, inset from the edge; returns its width in mm."""
    painter.setFont(ink.font(height, bold))
    painter.setPen(color)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    inset = line.adjusted(1.5, 0, -1.5, 0)
    painter.drawText(ink.rect(inset), side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
    return QFontMetricsF(painter.font()).horizontalAdvance(text) / ink.dots_per_mm


def _header(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    record, theme = sheet.record, sheet.theme
    line = QRectF(where.grid.left(), where.grid.top() - 2.1 * where.text, where.grid.width(), 2.1 * where.text)
    if record is None:
        _text(painter, ink, line, "No recording chosen", where.text, theme.color("faint_ink"))
        return
    right = 0.0
    if record.synthetic:
        words = "SYNTHETIC"
        right = 4 + _text(painter, ink, line, words, where.text * 1.12, theme.color("note"), bold=True, right=True)
    if record.duration_s > sheet.shown_s + 0.01:
        span = f"{clock(sheet.t0_s)} – {clock(sheet.t0_s + sheet.shown_s)} of {clock(record.duration_s)}"
        line_left = line.adjusted(0, 0, -right, 0)
        right += 4 + _text(painter, ink, line_left, span, where.text, theme.color("ink"), right=True)
    used = _text(painter, ink, line, record.name, where.text * 1.12, theme.color("ink"), bold=True)
    age = record.age and f"{record.age} y"
    about = (record.recorded_at, age, record.sex, f"{record.duration_s:.4g} s", record.format)
    rest = line.adjusted(used + 4, 0, -right, 0)
    _text(painter, ink, rest, "   ·   ".join(filter(None, about)), where.text, theme.color("faint_ink"))


def _lead_name(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, cell: Cell) -> None:
    """The name at the cell's upper left, what is doubtful beside it, a bar where one lead follows another."""
    theme, k = sheet.theme, ink.dots_per_mm
    box = where.cell(cell, sheet)
    name = cell.lead.replace("-", "−")
    if sheet.fitted.wrapped and cell.row:
        name = clock(cell.t0_s + sheet.t0_s)
    font = ink.font(where.text * 1.2, bold=True)
    metrics = QFontMetricsF(font)
    top = max(box.top(), where.baselines[cell.row] - NAME_ABOVE_MM, where.grid.top()) * k
    at = QPointF((box.left() + 1.2) * k, top + metrics.ascent() + 0.6 * k)
    _haloed(painter, at, name, font, theme.color("ink"), theme.color("page"), k)
    words = doubts(sheet, cell.source)
    if words:
        at += QPointF(metrics.horizontalAdvance(name) + 1.6 * k, 0)
        _haloed(painter, at, words, ink.font(where.text * 0.92), theme.color("note"), theme.color("page"), k)
    if cell.column:
        painter.setPen(ink.pen(theme.color("trace")))
        y = where.baselines[cell.row]
        painter.drawLine(QPointF(box.left(), y - 2.5) * k, QPointF(box.left(), y + 2.5) * k)


def doubts(sheet: Sheet, lead: str) -> str:
    """What the reader must know of a lead: missing, derived, flat ...; "" where there is nothing."""
    record = sheet.record
    if record is None:
        return ""
    if lead not in record.leads:
        return "missing"
    notes = list(sheet.notes.get(lead, ()))
    if lead in record.derived and "derived" not in notes:
        notes.insert(0, "derived")
    return ", ".join(notes)


def _haloed(painter: QPainter, at: QPointF, text: str, font: QFont, color: QColor, ground: QColor, k: float) -> None:
    """Text that stays legible on a trace, and leaves the trace to be seen beside it."""
    path = QPainterPath()
    path.addText(at, font, text)
    halo = QPen(ground, 0.7 * k)
    halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, halo)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(at, text)
