"""Where on the paper each thing lies: pure geometry in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from cessl_gui.ui.page.layout.layouts import Cell
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.layout.traces import is_reduced

PULSE_S = 0.2
BESIDE_PULSE_MM = 5.5  # left and right of the pulse together
RIGHT_MM, LEAST_RIGHT_MM = 5.5, 4.0  # right of the traces
PITCHES_MM = (45.0, 40.0, 35.0, 30.0)  # from row to row
SPARE_MM = 10.0  # beyond the rows, at least
ABOVE = 0.53  # of what is beyond the baselines lies above the first: more of an ECG points up than down
BASELINE = 0.56  # where in its row 0 mV lies, from the top
REACH_ROWS = 2  # a tall QRS may reach so far into the rows beside it, not over the whole page


@dataclass(frozen=True)
class Plan:
    """Where things lie on a page, in mm from its top left corner.

    grid      : the ruled area
    plot_left : where the time window begins
    text      : height of ordinary text
    baselines : 0 mV of each row, or the level that was taken away
    seen      : the part of the page that is in sight under a magnifier; None without one
    """

    grid: QRectF
    plot_left: float
    text: float
    row_height: float
    baselines: tuple[float, ...]
    seen: QRectF | None = None

    @property
    def ruled(self) -> QRectF:
        """The ruled area that is in sight."""
        return self.grid if self.seen is None else self.grid & self.seen

    def y(self, cell: Cell, sheet: Sheet, mv, offsets: dict[Cell, float] | None = None):
        """How low on the page a cell draws a voltage: a number, or an array of them.

        offsets : what is taken away of an earlier ECG; else what is of the sheet's own
        """
        taken = (sheet.offsets if offsets is None else offsets).get(cell, 0.0)
        return self.baselines[cell.row] - cell.sign * sheet.gain(cell) * (mv - taken)

    def mv(self, cell: Cell, sheet: Sheet, y: float) -> float:
        """The voltage of the recording that a cell draws at a height of the page."""
        return cell.sign * (self.baselines[cell.row] - y) / sheet.gain(cell) + sheet.offsets.get(cell, 0.0)

    def reach(self, cell: Cell, sheet: Sheet) -> QRectF:
        """Where a cell's trace is drawn: its rectangle, and some way into the rows beside it."""
        more = REACH_ROWS * self.row_height
        return self.cell(cell, sheet).adjusted(0, -more, 0, more) & self.grid

    def reach_y(self, cell: Cell) -> tuple[float, float]:
        """The upper and the lower end of where a cell's trace is drawn."""
        top = self.baselines[cell.row] - (BASELINE + REACH_ROWS) * self.row_height
        bottom = top + (1 + 2 * REACH_ROWS) * self.row_height
        return max(top, self.grid.top()), min(bottom, self.grid.bottom())

    def cell(self, cell: Cell, sheet: Sheet) -> QRectF:
        """The rectangle of a cell; its traces may reach beyond it upwards and downwards."""
        left = self.plot_left + cell.left_s * sheet.speed_mm_per_s
        top = self.baselines[cell.row] - BASELINE * self.row_height
        return QRectF(left, top, cell.duration_s * sheet.speed_mm_per_s, self.row_height)


def pulse_mm(sheet: Sheet) -> float:
    """How wide the calibration pulse is."""
    return max(1.0, min(PULSE_S * sheet.speed_mm_per_s, 20.0))


def least_width(sheet: Sheet) -> float:
    """The page's width in mm: the pulse at the left, the traces, a margin at the right."""
    return pulse_mm(sheet) + BESIDE_PULSE_MM + sheet.plot_mm + LEAST_RIGHT_MM


def least_height(rows: int) -> float:
    """Of the ruled area in mm; on less the whole page is drawn smaller."""
    return rows * _least_pitch(rows) + SPARE_MM


def _least_pitch(rows: int) -> float:
    return min(PITCHES_MM[-1], 4 * PITCHES_MM[-1] / rows)


def _pitch(rows: int, height: float) -> float:
    """From row to row: one of PITCHES_MM if there is room for it, else whole mm."""
    room = (height - SPARE_MM) / rows
    return next((pitch for pitch in PITCHES_MM if pitch <= room), max(1.0, float(math.floor(room))))


def plan(
    sheet: Sheet, width: float, height: float, *, text: float, margin: float = 0, footer: bool = True, pixel: float = 0
) -> Plan:
    """Lay a page out. What is on it depends on its layout and speed alone: each record has the same place.

    width, height, margin, text : mm; the page, what is left white around it, the height of its text
    footer                      : whether a line of text follows below the grid
    pixel                       : mm; the traces begin, and the rows lie, at whole ones; 0 for paper
    """
    head = 2.1 * text if sheet.headline else 0
    foot = 2.1 * text if footer else 0
    grid = QRectF(margin, margin + head, width - 2 * margin, height - 2 * margin - head - foot)
    usual = least_width(sheet) - LEAST_RIGHT_MM + RIGHT_MM
    left = pulse_mm(sheet) + BESIDE_PULSE_MM + max(0.0, (grid.width() - usual) / 2)
    rows = sheet.rows
    pitch = _pitch(rows, grid.height())
    first = ABOVE * (grid.height() - (rows - 1) * pitch)
    if pixel:
        left, first = (round(at / pixel) * pixel for at in (left, first))
    baselines = tuple(grid.top() + first + row * pitch for row in range(rows))
    return Plan(grid, grid.left() + left, text, pitch, baselines)


def is_drawing_reduced(sheet: Sheet, where: Plan, dots_per_mm: float) -> bool:
    """Whether some cell has so many samples that minimum and maximum per pixel column stand for them.

    dots_per_mm : device pixels
    """
    if sheet.record is None:
        return False
    columns = [(cell.duration_s, where.cell(cell, sheet).width() * dots_per_mm) for cell in sheet.cells]
    return any(is_reduced(int(duration_s * sheet.record.fs_hz), int(width)) for duration_s, width in columns)
