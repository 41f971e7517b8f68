"""What a page of ECG shows, and where on the paper each thing lies: pure geometry in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF

from cessl_gui.core.types import Caliper, Record
from cessl_gui.ecg.filters import DisplayFilter
from cessl_gui.ecg.level import levels_mv
from cessl_gui.ui.page.layouts import LAYOUTS, Cell, Layout
from cessl_gui.ui.page.offsets import is_taken, offsets_mv
from cessl_gui.ui.page.traces import Pyramid, is_reduced
from cessl_gui.ui.parts.tokens import LIGHT, Theme

PLOT_MM = 250.0  # the width of the traces: 10 s at 25 mm/s, as on A4 landscape
PULSE_S = 0.2
BASELINE = 0.56  # where in its row 0 mV lies, from the top: more of an ECG points up than down
HEADROOM_MM, FOOTROOM_MM = 10.0, 6.0  # above the first baseline, below the last, at least
MOST_HEADROOM, MOST_FOOTROOM = 0.33, 0.25  # shares of the page, for tall R and deep S waves: rows move closer for them
REACH_ROWS = 2  # a tall QRS may reach so far into the rows beside it, not over the whole page
LOOKED_AT_S = 30  # of a long recording, from its beginning: its page must not jump as it is moved
PIECE_S = 2  # long enough for a beat


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

    @property
    def duration_s(self) -> float:
        """Of the recording; without one of the page."""
        return self.record.duration_s if self.record else self.window_s

    @property
    def is_short(self) -> bool:
        """Whether the columns are simultaneous since the recording is over before the last of consecutive ones."""
        return self.fitted.over_before(self.window_s, self.duration_s)

    @property
    def rows(self) -> int:
        return self.fitted.rows(self.window_s, self.duration_s)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return self.fitted.cells(self.window_s, self.simultaneous, self.duration_s)

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
    def reach_mv(self) -> tuple[tuple[float, float], ...]:
        """How low and how high each row's leads usually reach, as drawn upwards; 0, 0 where there is none."""
        reaches = [[(0.0, 0.0)] for _ in range(1 + max((cell.row for cell in self.cells), default=0))]
        if self.record is None:
            return tuple((0.0, 0.0) for _ in reaches)
        piece = max(1, int(PIECE_S * self.record.fs_hz))
        beginning = self.record.signal_mv[:, : int(LOOKED_AT_S * self.record.fs_hz)]
        levels = levels_mv(beginning, self.record.fs_hz)
        for cell in self.cells:
            if cell.source in self.record.leads:
                row = self.record.leads.index(cell.source)
                taken = is_taken(levels[row], self.gain_mm_per_mv)
                lead = beginning[row] - np.float32(levels[row]) if taken else beginning[row]
                reaches[cell.row].append(_turned(_usual_reach(lead, piece), cell))
        return tuple((min(low for low, _ in row), max(high for _, high in row)) for row in reaches)

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
        return f"{self.speed_mm_per_s:.3g} mm/s   {self.gain_mm_per_mv:.3g} mm/mV"

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
    """

    grid: QRectF
    plot_left: float
    text: float
    row_height: float
    baselines: tuple[float, ...]

    def y(self, cell: Cell, sheet: Sheet, mv, offsets: dict[Cell, float] | None = None):
        """How low on the page a cell draws a voltage: a number, or an array of them.

        offsets : what is taken away of an earlier ECG; else what is of the sheet's own
        """
        taken = (sheet.offsets if offsets is None else offsets).get(cell, 0.0)
        return self.baselines[cell.row] - cell.sign * sheet.gain_mm_per_mv * (mv - taken)

    def mv(self, cell: Cell, sheet: Sheet, y: float) -> float:
        """The voltage of the recording that a cell draws at a height of the page."""
        return cell.sign * (self.baselines[cell.row] - y) / sheet.gain_mm_per_mv + sheet.offsets.get(cell, 0.0)

    def reach(self, cell: Cell, sheet: Sheet) -> QRectF:
        """Where a cell's trace is drawn: its rectangle, and some way into the rows beside it."""
        more = REACH_ROWS * self.row_height
        return self.cell(cell, sheet).adjusted(0, -more, 0, more) & self.grid

    def cell(self, cell: Cell, sheet: Sheet) -> QRectF:
        """The rectangle of a cell; its traces may reach beyond it upwards and downwards."""
        left = self.plot_left
        if not sheet.fitted.wrapped:
            left += cell.column * cell.duration_s * sheet.speed_mm_per_s
        top = self.baselines[cell.row] - BASELINE * self.row_height
        return QRectF(left, top, cell.duration_s * sheet.speed_mm_per_s, self.row_height)


def pulse_margin(sheet: Sheet) -> float:
    """Room left of the traces for the calibration pulse, in mm: whole large boxes."""
    return 5 * math.ceil((min(PULSE_S * sheet.speed_mm_per_s, 20) + 2.5) / 5)


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
    rows = sheet.rows
    step = grid.height() / rows
    gain = sheet.gain_mm_per_mv
    # R waves stay on the page, the first row's pulse, and S waves.
    peaks = max(gain * high + 2 - row * step for row, (_, high) in enumerate(sheet.reach_mv))
    depths = max(2 - gain * low - row * step for row, (low, _) in enumerate(reversed(sheet.reach_mv)))
    headroom = max(HEADROOM_MM, gain + 2, min(peaks, MOST_HEADROOM * grid.height()))
    footroom = max(FOOTROOM_MM, min(depths, MOST_FOOTROOM * grid.height()))
    first = max(BASELINE * step, headroom)
    last = max(first, grid.height() - max((1 - BASELINE) * step, footroom))
    if rows > 1:
        step = (last - first) / (rows - 1)
    # Baselines on lines of the grid: heights can be counted in boxes from there.
    baselines = tuple(grid.top() + round(first + row * step) for row in range(rows))
    return Plan(grid, left, text, step, baselines)


def _usual_reach(mv: np.ndarray, piece: int) -> tuple[float, float]:
    """What four of five pieces of a lead stay within: beats, and not the one artefact that would take their room."""
    whole = mv[: len(mv) // piece * piece] if len(mv) >= piece else mv
    pieces = whole.reshape(-1, piece) if len(mv) >= piece else mv[None]
    # Asked at every frame: np.quantile takes ten times as long as sorting these few.
    low = np.sort(np.fmin.reduce(pieces, 1, initial=0))
    high = np.sort(np.fmax.reduce(pieces, 1, initial=0))
    at = int(0.8 * (len(pieces) - 1))
    return float(low[-1 - at]), float(high[at])


def _turned(extremes: tuple[float, float], cell: Cell) -> tuple[float, float]:
    """As the cell draws them: upside down where it does."""
    low, high = extremes
    return (low, high) if cell.sign > 0 else (-high, -low)


def is_drawing_reduced(sheet: Sheet, where: Plan, dots_per_mm: float) -> bool:
    """Whether some cell has so many samples that minimum and maximum per pixel column stand for them.

    dots_per_mm : device pixels
    """
    if sheet.record is None:
        return False
    columns = [(cell.duration_s, where.cell(cell, sheet).width() * dots_per_mm) for cell in sheet.cells]
    return any(is_reduced(int(duration_s * sheet.record.fs_hz), int(width)) for duration_s, width in columns)
