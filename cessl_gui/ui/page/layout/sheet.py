"""What a page of ECG shows: which recording, from when on, how large, through which filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from cessl_gui.core.types import Caliper, Record
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ui.page.layout.extent import extent_s
from cessl_gui.ui.page.layout.layouts import CHEST, LAYOUTS, Cell, Layout
from cessl_gui.ui.page.layout.mark_set import Marks
from cessl_gui.ui.page.layout.offsets import offsets_mv, parted_at_jumps
from cessl_gui.ui.page.layout.traces import Pyramid
from cessl_gui.ui.parts.tokens import LIGHT, Theme

PLOT_MM = 250.0  # the width of the traces: 10 s at 25 mm/s, as on A4 landscape
LOOKED_AT_S = 30  # longer windows are not asked whether their traces leave the page
# What is found out about the traces, and what it depends on.
FOUND = ("fitted", "extent_s", "whole_cells", "cells", "offsets", "extremes_mv")
FOUND_FROM = (*("record", "layout", "t0_s", "speed_mm_per_s", "gain_mm_per_mv", "simultaneous", "plot_mm", "filtered"),)
OVER_TRACES = ("calipers", "marks")  # what lies over them is drawn for itself


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
    marks: Marks = field(default_factory=Marks)
    tint: Tint | None = None
    earlier: Earlier | None = None
    half_chest: bool = False
    headline: bool = False

    def changed(self, **changes: Any) -> Sheet:
        """With other values; what does not depend on them is not found out again."""
        return replace(self, **changes).told_by(self)

    def told_by(self, other: Sheet) -> Sheet:
        """This sheet, which knows what has been found out about the same traces."""
        if self._agrees_in(other, FOUND_FROM):
            vars(self).update({name: vars(other)[name] for name in FOUND if name in vars(other)})
        return self

    def looks_like(self, other: Sheet) -> bool:
        """Whether all is drawn alike but for what lies over the traces."""
        return self._agrees_in(other, [f.name for f in fields(self) if f.name not in OVER_TRACES])

    def _agrees_in(self, other: Sheet, names: Iterable[str]) -> bool:
        # Records are compared by identity: their values are arrays.
        return self.record is other.record and all(
            getattr(self, name) == getattr(other, name) for name in names if name != "record"
        )

    def gain(self, cell: Cell) -> float:
        """The gain of a cell in mm/mV."""
        return self.gain_of(cell.source)

    def gain_of(self, lead: str) -> float:
        """The gain of all cells of a lead in mm/mV."""
        return self.gain_mm_per_mv / 2 if self.half_chest and lead in CHEST else self.gain_mm_per_mv

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

    @cached_property
    def extent_s(self) -> tuple[float, float]:
        """From where to where in the recording there is signal: what pads it at both ends is no part of any page."""
        return extent_s(self.record) if self.record else (0.0, self.window_s)

    @property
    def signal_s(self) -> float:
        """How long that is."""
        return self.extent_s[1] - self.extent_s[0]

    @property
    def is_short(self) -> bool:
        """Whether the columns are simultaneous since the recording is over before the last of consecutive ones."""
        return self.fitted.over_before(self.window_s, self.signal_s)

    def begins_s(self, t0_s: float) -> float:
        """The second nearest to `t0_s` that a page may begin at."""
        first_s, last_s = self.extent_s
        return min(max(first_s, t0_s), max(first_s, last_s - self.shown_s))

    @property
    def is_together(self) -> bool:
        """Whether the columns show the same seconds."""
        return self.simultaneous or self.is_short

    @property
    def rows(self) -> int:
        return self.fitted.rows(self.window_s, self.signal_s)

    @cached_property
    def whole_cells(self) -> tuple[Cell, ...]:
        """A cell for each place of a lead on the page."""
        return self.fitted.cells(self.window_s, self.simultaneous, self.signal_s)

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

    @cached_property
    def extremes_mv(self) -> dict[Cell, tuple[float, ...]]:
        """The lowest and the highest voltage of cells, as found while drawing, which asks for each three times."""
        return {}

    @cached_property
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
