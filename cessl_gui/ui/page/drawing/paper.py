"""The ECG page as a drawing: one function paints it on screen, PDF, PNG and SVG alike."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPolygonF

from cessl_gui.ecg.measuring.align import shift_s
from cessl_gui.ui.page.drawing.lettering import Ink, Style, draw_haloed, draw_large, draw_line_of_text
from cessl_gui.ui.page.drawing.names import Places, paint_names
from cessl_gui.ui.page.drawing.tint import paint_legend, paint_tint
from cessl_gui.ui.page.layout.clock import duration_words, span_words
from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.person import age_words, sex_words
from cessl_gui.ui.page.layout.plan import Plan, is_drawing_reduced, pulse_mm
from cessl_gui.ui.page.layout.sheet import Earlier, Sheet, Stretch
from cessl_gui.ui.page.layout.traces import draw_columns, is_reduced, points, polylines
from cessl_gui.ui.page.tools.calipers import paint_calipers
from cessl_gui.ui.page.tools.marks import paint_marks
from cessl_gui.ui.parts.dates import moment_words
from cessl_gui.ui.parts.tokens import Theme

PULSE_ENDS_MM = 2.0  # before the traces
MIN_FINE_DOTS = 2.6  # closer than this the lines of 1 mm become a grey veil and are left out
GRIDS = ((1, "grid_fine", 0.4), (5, "grid_coarse", 0.6))  # mm, colour, weight of the line on paper
MOST_RULED = 8  # images of the grid that are kept, of pages of different sizes
_ruled: dict[tuple, QImage] = {}
REDUCED = "Drawing reduced to minimum and maximum per pixel column"
CHANGED = "changes ST segments and R waves"
RESEARCH_USE = "Research use only. Not a medical device. Not for diagnosis or treatment decisions."


def paint_page(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, footer: str = "") -> None:
    """Paint a whole page with the painter's origin at its top left corner.

    footer  : right-hand end of the line below the grid; the left-hand end says speed, gain, filter and rate
    """
    paint_paper(painter, sheet, where, ink)
    paint_tint(painter, sheet, where, ink)
    paint_traces(painter, sheet, where, ink)
    paint_words(painter, sheet, where, ink)
    paint_marks(painter, sheet, where, ink)
    paint_calipers(painter, sheet, where, ink)
    _footer(painter, sheet, where, ink, footer)


def paint_paper(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """The ruled paper: grid of 1 and 5 mm, calibration pulses, the mark of synthetic records."""
    theme = sheet.theme
    if ink.line_mm:
        _rule(painter, where, ink, theme)
    else:
        _rule_pixels(painter, where, ink, theme)
    if sheet.record is not None and sheet.record.synthetic:
        draw_large(painter, where.grid, "SYNTHETIC", ink, theme.color("muted", 38))
    _pulses(painter, sheet, where, ink)


def _rule(painter: QPainter, where: Plan, ink: Ink, theme: Theme) -> None:
    grid = ink.rect(where.ruled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setClipRect(grid)
    for step, color, weight in GRIDS:
        painter.setPen(ink.pen(theme.color(color), weight))
        xs, ys = (at * ink.dots_per_mm for at in _ruling(where, step))
        painter.drawLines([QLineF(x, grid.top(), x, grid.bottom()) for x in xs])
        painter.drawLines([QLineF(grid.left(), y, grid.right(), y) for y in ys])
    painter.restore()


def _rule_pixels(painter: QPainter, where: Plan, ink: Ink, theme: Theme) -> None:
    """The grid on whole pixels, from images of 5 mm of it: Qt takes several times as long to draw the lines."""
    ratio = painter.device().devicePixelRatio()
    k = ink.dots_per_mm * ratio
    key = (where.ruled.getRect(), where.plot_left, where.baselines[:1], ink, ratio, theme)
    if key not in _ruled:
        if len(_ruled) >= MOST_RULED:
            _ruled.clear()
        _ruled[key] = _ruled_image(where, k, ink.dots_per_mm, theme)
    image = _ruled[key]
    left, top = round(where.ruled.left() * k), round(where.ruled.top() * k)
    end = top + int(where.ruled.height() * k) + 1
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    for y in range(top, end, image.height()):
        painter.drawImage(left, y, image, 0, 0, image.width(), min(image.height(), end - y))
    painter.restore()


def _ruled_image(where: Plan, k: float, dots_per_mm: float, theme: Theme) -> QImage:
    """The ruled area from its top on: 5 mm where they are whole pixels (see canvas.fitting_scale), else all of it.

    k : device pixels per mm;  dots_per_mm : as the painter counts them
    """
    left, top = round(where.ruled.left() * k), round(where.ruled.top() * k)
    width, whole = int(where.ruled.width() * k) + 1, int(where.ruled.height() * k) + 1
    height = min(whole, round(5 * k)) if abs(5 * k - round(5 * k)) < 1e-6 else whole
    lines: list[tuple[slice | np.ndarray, np.ndarray]] = [(slice(None), np.full(width, theme.color("page").rgb()))]
    for step, color, _ in GRIDS:
        if step * dots_per_mm >= MIN_FINE_DOTS:
            rgb = theme.color(color).rgb()
            xs, ys = (np.round(at * k).astype(int) for at in _ruling(where, step))
            for _, row in lines:
                row[xs[xs < left + width] - left] = rgb
            lines.append(((ys[ys < top + whole] - top) % height, np.full(width, rgb)))
    image = QImage(width, height, QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.bits(), np.uint32).reshape(height, width)
    for at, row in lines:
        pixels[at] = row
    return image


def _ruling(where: Plan, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the lines of a grid stand, in mm: one of them where the traces begin, one at the first baseline."""
    left, top = where.plot_left, where.baselines[0] if where.baselines else where.grid.top()
    xs = np.arange(left - step * np.floor((left - where.ruled.left()) / step), where.ruled.right() + 1e-6, step)
    ys = np.arange(top - step * np.floor((top - where.ruled.top()) / step), where.ruled.bottom() + 1e-6, step)
    return xs, ys


def _pulses(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """1 mV for 200 ms before each row; where rows stand closer than the pulse is high, before every second or third.

    Of a row with leads at half gain its second half is as high as 1 mV is there.
    """
    left = where.plot_left - PULSE_ENDS_MM - pulse_mm(sheet)
    every = max(1, int(np.ceil((sheet.gain_mm_per_mv + 1) / where.row_height)))
    halved = {cell.row for cell in sheet.cells if sheet.is_half(cell)}
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, ink.line_mm > 0)
    painter.setPen(ink.pen(sheet.theme.color("trace")))
    for row, y in list(enumerate(where.baselines))[every - 1 :: every]:
        foot, size = (left, y), (pulse_mm(sheet), sheet.gain_mm_per_mv)
        painter.drawPolyline(_pulse(foot, size, row in halved, ink.dots_per_mm))
    painter.restore()


@lru_cache(maxsize=256)
def _pulse(foot: tuple[float, float], size: tuple[float, float], is_halved: bool, dots_per_mm: float) -> QPolygonF:
    """One pulse in units of the painter, which stays the same in all frames. foot : where it rises;  size : in mm"""
    (left, y), (width, height) = foot, size
    top, right = y - height, left + width
    points = [(left - 1, y), (left, y), (left, top)]
    if is_halved:
        middle, half = left + width / 2, y - height / 2
        points += [(middle, top), (middle, half), (right, half)]
    else:
        points += [(right, top)]
    points += [(right, y), (right + 1, y)]
    return QPolygonF([QPointF(px, py) * dots_per_mm for px, py in points])


def paint_traces(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """The signal of each cell, at one gain for all; behind it the earlier ECG, if there is one to compare."""
    drawn = sheet.drawn
    if drawn is None:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for cell in sheet.cells:
        first_s = sheet.t0_s + cell.t0_s
        if sheet.earlier is not None:
            shift = shift_s(sheet.earlier.own_s, sheet.earlier.peaks_s, first_s, first_s + cell.duration_s) or 0.0
            _trace(painter, sheet, where, ink, cell, sheet.earlier, first_s + shift)
        _trace(painter, sheet, where, ink, cell, drawn, first_s - drawn.from_s)
    painter.restore()


def _trace(
    painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, cell: Cell, of: Stretch | Earlier, first_s: float
) -> None:
    """One cell's lead of a recording, from first_s of that recording on."""
    record, is_earlier = of.record, of is sheet.earlier
    color, offsets = ("earlier", sheet.earlier_offsets) if is_earlier else ("trace", sheet.offsets)
    if cell.source not in record.leads:
        return
    box, k, fineness = where.cell(cell, sheet), ink.dots_per_mm, ink.fineness(painter)
    painter.setClipRect(ink.rect(where.reach(cell, sheet)))
    painter.setPen(ink.pen(sheet.theme.color(color)))
    row, columns = record.leads.index(cell.source), int(box.width() * k * fineness)
    pyramid = sheet.pyramid if record is sheet.record else None
    at_s, mv = points(record, row, first_s, cell.duration_s, columns, pyramid)
    x = (box.left() + (at_s - first_s) * sheet.speed_mm_per_s) * k
    y = where.y(cell, sheet, mv, offsets) * k
    if not ink.line_mm and is_reduced(int(cell.duration_s * record.fs_hz), columns):
        draw_columns(painter, x, y, sheet.theme.color(color), fineness)
        return
    # Saturated samples of +-32768 must not overflow the rasteriser; they leave the page all the same.
    for line in polylines(x, np.clip(y, -1e4, 1e5)):
        painter.drawPolyline(line)
        if fineness >= 1.5 and not ink.line_mm:
            # On a fine screen one pixel is too thin. A pen of two would cost sixty times the time of two lines.
            painter.drawPolyline(line.translated(0, 1 / fineness))


def paint_words(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, places: Places | None = None) -> None:
    """The headline, if the sheet has one, and the lead names with what is doubtful about them.

    places : of the names, where they are known already
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if sheet.headline:
        _header(painter, sheet, where, ink)
    if sheet.record is not None:
        paint_names(painter, sheet, where, ink, places)
        if is_drawing_reduced(sheet, where, ink.dots_per_mm * ink.fineness(painter)):
            at = QPointF(where.plot_left, where.grid.bottom() - 1.5)
            draw_haloed(painter, at, REDUCED, ink, Style(where.text, sheet.theme.note, sheet.theme.page))
        elif sheet.earlier is not None:
            at = QPointF(where.plot_left, where.grid.bottom() - 1.5)
            style = Style(where.text, sheet.theme.earlier, sheet.theme.page, bold=True)
            draw_haloed(painter, at, earlier_words(sheet), ink, style)
        paint_legend(painter, sheet, where, ink)
    painter.restore()


def earlier_words(sheet: Sheet) -> str:
    """Which ECG lies behind, and how."""
    earlier = sheet.earlier
    record = earlier.record
    how = f"first R peak of {earlier.lead} in each column laid on each other"
    if earlier.why:
        how = f"not aligned: {earlier.why}"
    taken = ", offsets taken away" if sheet.earlier_offsets else ""
    return f"Behind: {record.name}, {moment_words(record.recorded_at) or 'no date'}, {how}{taken}"


def _footer(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink, words: str) -> None:
    """The line below the grid."""
    line = QRectF(where.grid.left(), where.grid.bottom(), where.grid.width(), 2.1 * where.text)
    color, height = sheet.theme.color("muted"), where.text * 0.92
    used = draw_line_of_text(painter, ink, line, f"{sheet.scale_words}   ·   ", height, color)
    rest = line.adjusted(used, 0, 0, 0)
    filters = sheet.theme.color("note") if sheet.is_changed else color
    draw_line_of_text(painter, ink, rest, sheet.filter_words, height, filters)
    draw_line_of_text(painter, ink, line, words, height, color, right=True)


def _header(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    record, theme = sheet.record, sheet.theme
    line = QRectF(where.grid.left(), where.grid.top() - 2.1 * where.text, where.grid.width(), 2.1 * where.text)
    if record is None:
        draw_line_of_text(painter, ink, line, "No recording on the page", where.text, theme.color("muted"))
        return
    right = 0.0
    if record.synthetic:
        words = "SYNTHETIC"
        right = 4 + draw_line_of_text(
            painter, ink, line, words, where.text * 1.12, theme.color("note"), bold=True, right=True
        )
    if record.duration_s > sheet.shown_s + 0.01:
        span = span_words(sheet.t0_s, sheet.t0_s + sheet.shown_s, record.duration_s)
        line_left = line.adjusted(0, 0, -right, 0)
        right += 4 + draw_line_of_text(painter, ink, line_left, span, where.text, theme.color("ink"), right=True)
    used = draw_line_of_text(painter, ink, line, record.name, where.text * 1.12, theme.color("ink"), bold=True)
    signal = f"{duration_words(record.duration_s)} at {record.fs_hz:.6g} Hz"
    rest = line.adjusted(used + 4, 0, -right, 0)
    for words in _must_be_seen(sheet):
        width = draw_line_of_text(painter, ink, rest, words, where.text, theme.color("note"))
        rest = rest.adjusted(width + 4, 0, 0, 0)
    columns = "" if sheet.is_short else sheet.columns_words
    who = age_words(record.age), sex_words(record.sex)
    about = (moment_words(record.recorded_at), *who, signal, record.format, columns)
    draw_line_of_text(painter, ink, rest, "   ·   ".join(filter(None, about)), where.text, theme.color("muted"))


def _must_be_seen(sheet: Sheet) -> list[str]:
    """What of the headline may not be cut off: the page is not what it is taken for without it."""
    columns = sheet.columns_words if sheet.is_short else ""
    filters = f"{sheet.filter_words}: {CHANGED}" if sheet.is_changed else ""
    return [words for words in (columns, filters) if words]
