"""Influence on the page: windows of each lead, tinted by what the model's probability does without them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter

from cessl_gui.core.types import LEADS_12, PerWindow
from cessl_gui.ui.page.drawing.lettering import Ink, Style, draw_haloed
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import Sheet, Tint
from cessl_gui.ui.page.tools.calipers import Point

LEAST, FULL = 0.03, 0.5  # changes of the probability: the least that is tinted, and where the tint is full
FAINTEST, DARKEST = 18, 120  # opacity there, of 255


def tint_of(influence: PerWindow | None, code: str, name: str) -> Tint | None:
    """The windows of one statement; without `found` a tint that says that they are being computed; None where the
    model does not know the statement."""
    if influence is None:
        return Tint(name, np.zeros(1), np.zeros((len(LEADS_12), 0)))
    if code not in influence.statements:
        return None
    column = influence.statements.index(code)
    return Tint(name, influence.edges_s, influence.masked[:, :, column] - influence.full[column])


def paint_tint(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """Behind the traces: blue where the probability falls without the window, orange and hatched where it rises."""
    tint = sheet.tint
    if tint is None or tint.strongest < LEAST:
        return
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    for cell in sheet.cells:
        if cell.source not in LEADS_12:
            continue
        box = where.cell(cell, sheet) & where.grid
        first_s = sheet.t0_s + cell.t0_s
        x = np.clip(box.left() + (tint.edges_s - first_s) * sheet.speed_mm_per_s, box.left(), box.right())
        for change, left, right in zip(tint.change[LEADS_12.index(cell.source)], x[:-1], x[1:], strict=True):
            if right > left and abs(change) >= LEAST:
                area = ink.rect(QRectF(left, box.top(), right - left, box.height()))
                _fill(painter, sheet, area, change, opacity(change))
    painter.restore()


def opacity(change: float) -> int:
    """Of the tint of a change, on one scale for all ECGs and statements; 0 below LEAST."""
    if abs(change) < LEAST:
        return 0
    share = min(1.0, (abs(change) - LEAST) / (FULL - LEAST))
    return round(FAINTEST + (DARKEST - FAINTEST) * share)


def _fill(painter: QPainter, sheet: Sheet, area: QRectF, change: float, alpha: int) -> None:
    color = sheet.theme.color("supports" if change < 0 else "opposes", alpha)
    if change < 0:
        painter.fillRect(area, color)
    else:  # never by colour alone
        painter.fillRect(area, sheet.theme.color("opposes", alpha // 2))
        painter.fillRect(area, QBrush(color, Qt.BrushStyle.BDiagPattern))


def paint_legend(painter: QPainter, sheet: Sheet, where: Plan, ink: Ink) -> None:
    """What the tints mean, at the lower right of the page."""
    tint = sheet.tint
    if tint is None:
        return
    style = Style(where.text, sheet.theme.ink, sheet.theme.page)
    words = f"Influence · {tint.name}:  "
    parts: list[str | int] = [words, -1, " falls  ", 1, f" rises without it  ·  by up to {_points(tint.strongest)}"]
    if not tint.change.size:
        parts = [f"{words}being computed…"]
    elif tint.strongest < LEAST:
        parts = [f"{words}no half second of one lead changes it by {_points(LEAST)}"]
    if tint.change.size and sheet.record and sheet.record.duration_s > tint.edges_s[-1] + 0.1:
        parts.append(f"  ·  the model reads the first {tint.edges_s[-1]:.1f} s")
    metrics, square = QFontMetricsF(ink.font(style.height)), 1.6 * where.text
    wide = sum(metrics.horizontalAdvance(p) / ink.dots_per_mm if isinstance(p, str) else square for p in parts)
    x, y = max(where.grid.left() + 1, where.grid.right() - wide - 2), where.grid.bottom() - 1.5
    if sheet.earlier is not None or sheet.pyramid is not None:  # other words may stand in the lowest line
        y -= 1.6 * where.text
    for part in parts:
        if isinstance(part, str):
            x += draw_haloed(painter, QPointF(x, y), part, ink, style)
        else:
            area = QRectF(x, y - 0.85 * where.text, square, where.text)
            painter.fillRect(ink.rect(area), sheet.theme.color("page"))
            _fill(painter, sheet, ink.rect(area), part, DARKEST)
            x += square


def words_at(tint: Tint, point: Point) -> str:
    """What a window does, for the mouse over it; "" where there is none."""
    window = int(np.searchsorted(tint.edges_s, point.at_s, "right")) - 1
    if point.lead not in LEADS_12 or not 0 <= window < tint.change.shape[1]:
        return ""
    start_s, stop_s = tint.edges_s[window : window + 2]
    change = 100 * tint.change[LEADS_12.index(point.lead), window]
    return f"Influence: {tint.name} {change:+.1f} points without {point.lead} from {start_s:.2f} to {stop_s:.2f} s"


def _points(share: float) -> str:
    return f"{100 * share:.2g} point{'s' * (round(100 * share, 1) != 1.0)}"
