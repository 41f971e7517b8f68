"""What a page of ECG shows, and where on the paper each thing lies: pure geometry in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF

from cessl_gui.core.types import Caliper, Record
from cessl_gui.ecg.filters import DisplayFilter
from cessl_gui.ui.page.layouts import CHEST, LAYOUTS, Cell, Layout
from cessl_gui.ui.page.offsets import offsets_mv, parted_at_jumps
from cessl_gui.ui.page.traces import Pyramid, is_reduced
from cessl_gui.ui.parts.tokens import LIGHT, Theme

PLOT_MM = 250.0  # the width of the traces: 10 s at 25 mm/s, as on A4 landscape
PULSE_S = 0.2
BESIDE_PULSE_MM = 5.5  # left and right of the pulse together
RIGHT_MM, LEAST_RIGHT_MM = 5.5, 4.0  # right of the traces
PITCHES_MM = (45.0, 40.0, 35.0, 30.0)  # from row to row
SPARE_MM = 10.0  # beyond the rows, at least
ABOVE = 0.53  # of what is beyond the baselines lies above the first: more of an ECG points up than down
BASELINE = 0.56  # where in its row 0 mV lies, from the top
REACH_ROWS = 2  # a tall QRS may reach so far into the rows beside it, not over the whole page
LOOKED_AT_S = 30  # longer windows are not asked whether their traces leave the page


@dataclass(frozen=True, eq=False)
class Tint:
    """Influence of one statement within the leads.

    name    : of the statement
    edges_s : (windows + 1,), where windows begin and end, in seconds of the recording
    change  : (12, windows), what the probability does without that window of that lead; no windows: not known yet
    """

    name: str
    edges_s: np.ndarray
    change: np.ndarray

    @property
    def strongest(self) -> float:
        return float(np.abs(self.change).max(initial=0))


@dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier ECG of the same patient, drawn behind this one with its beats on this one's.

    lead              : whose R peaks are laid on each other
    own_s, peaks_s    : R peaks of this and of the earlier ECG
    why               : it is not aligned, in words; "" where it is
    """

    record: Record
    lead: str = ""
    own_s: np.ndarray = field(default_factory=lambda: np.empty(0))
    peaks_s: np.ndarray = field(default_factory=lambda: np.empty(0))
    why: str = ""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a recording, as it is drawn.

    record  : its signal is that part of `source`, from `from_s` on, through `filters`
    """

    source: Record
    record: Record
    from_s: float = 0.0
    filters: DisplayFilter = DisplayFilter()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class Sheet:
    """What one page shows.

    notes   : lead -> words about it ("flat", "derived"), as from ecg.quality
    t0_s    : where the page's time window begins
    plot_mm : width of the time window on paper
    filters : display filters that were chosen, as far as the record's sampling rate allows them
    filtered : what is shown of the record, through the filters; None where it is drawn as recorded
    pyramid : minima and maxima of a long recording, once they are built
    tint    : influence behind the traces
    earlier : an earlier ECG behind the traces
    half_chest : V1 to V6 are drawn at half the gain, which the page says
    headline   : a line above the grid says whose ECG it is; on the screen the page's header does
    """

    record: Record | None = None
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    layout: Layout = LAYOUTS["3x4+1"]
    t0_s: float = 0.0
    speed_mm_per_s: float = 25.0
    gain_mm_per_mv: float = 10.0
    simultaneous: bool = False
    plot_mm: float = PLOT_MM
    filters: DisplayFilter = DisplayFilter()  # noqa: RUF009 - frozen
    filtered: Stretch | None = None
    theme: Theme = LIGHT
    pyramid: Pyramid | None = None
    calipers: tuple[Caliper, ...] = ()
    tint: Tint | None = None
    earlier: Earlier | None = None
    half_chest: bool = False
    headline: bool = False

    def gain(self, cell: Cell) -> float:
        """The gain of a cell in mm/mV."""
        return self.gain_mm_per_mv / 2 if self.is_half(cell) else self.gain_mm_per_mv

    def is_half(self, cell: Cell) -> bool:
        """Whether a cell is drawn at half the gain of the others."""
        return self.half_chest and cell.source in CHEST

    @property
    def window_s(self) -> float:
        """Seconds over the whole width of the page."""
        return self.plot_mm / self.speed_mm_per_s

    @property
    def shown_s(self) -> float:
        """Seconds of the recording that are on the page: less than the window where all columns show the same."""
        return max((cell.t0_s + cell.duration_s for cell in self.whole_cells), default=self.window_s)

    @cached_property
    def fitted(self) -> Layout:
        """The layout as it suits the leads of this record."""
        return self.layout.for_leads(self.record.leads if self.record else ())

    @property
    def duration_s(self) -> float:
        """Of the recording; without one of the page."""
        return self.record.duration_s if self.record else self.window_s

    @property
    def is_short(self) -> bool:
        """Whether the columns are simultaneous since the recording is over before the last of consecutive ones."""
        return self.fitted.over_before(self.window_s, self.duration_s)

    @property
    def is_together(self) -> bool:
        """Whether the columns show the same seconds."""
        return self.simultaneous or self.is_short

    @property
    def rows(self) -> int:
        return self.fitted.rows(self.window_s, self.duration_s)

    @cached_property
    def whole_cells(self) -> tuple[Cell, ...]:
        """A cell for each place of a lead on the page."""
        return self.fitted.cells(self.window_s, self.simultaneous, self.duration_s)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """As whole_cells; where a lead's line jumps, its place has a cell before and one after, each with its level."""
        drawn = self.drawn
        if drawn is None:
            return self.whole_cells
        return parted_at_jumps(drawn.record, self.whole_cells, self.t0_s - drawn.from_s, self.shown_s)

    @cached_property
    def offsets(self) -> dict[Cell, float]:
        """What is taken away from the traces of cells that would not stand beside their names, in mV."""
        drawn = self.drawn
        if drawn is None:
            return {}
        return offsets_mv(drawn.record, self.cells, self.t0_s - drawn.from_s, self.shown_s, self.gain_mm_per_mv)

    @property
    def drawn(self) -> Stretch | None:
        """What the traces are drawn from; None without a record."""
        return self.filtered or (Stretch(self.record, self.record) if self.record else None)

    @cached_property
    def earlier_offsets(self) -> dict[Cell, float]:
        """The same of the earlier ECG behind."""
        if self.earlier is None:
            return {}
        return offsets_mv(self.earlier.record, self.cells, self.t0_s, self.shown_s, self.gain_mm_per_mv)

    @property
    def is_left_out(self) -> bool:
        """Whether the chosen filters are not applied, since the page shows too much at once."""
        return self.filtered is None and self.filters != DisplayFilter()

    @property
    def is_changed(self) -> bool:
        """Whether filters stronger than diagnostic ones change ST segments and R waves."""
        return not self.filters.is_diagnostic and not self.is_left_out

    @property
    def filter_words(self) -> str:
        """What the traces have been through."""
        return "as recorded at this speed" if self.is_left_out else self.filters.words

    @property
    def scale_words(self) -> str:
        half = f", V1–V6 {self.gain_mm_per_mv / 2:.3g} mm/mV" if self.half_chest else ""
        return f"{self.speed_mm_per_s:.3g} mm/s · {self.gain_mm_per_mv:.3g} mm/mV{half}"

    @property
    def columns_words(self) -> str:
        """Whether neighbouring columns follow each other in time; "" where there is one column."""
        count = len(self.fitted.columns)
        if count < 2:
            return ""
        part = f"{count} columns of {self.window_s / count:.3g} s"
        if self.is_short:
            return f"{part}, simultaneous: the recording is shorter than the page"
        return f"{part}, simultaneous" if self.simultaneous else f"{part}, consecutive"


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
