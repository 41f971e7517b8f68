"""Which lead stands where on the page, and which seconds of it: pure tables, no drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cessl_gui.core.types import LEADS_12

LIMB = LEADS_12[:6]
CHEST = LEADS_12[6:]
CABRERA_LIMB = ("aVL", "I", "-aVR", "II", "aVF", "III")
WRAPPED_ROWS = 6  # one lead alone runs on from row to row


@dataclass(frozen=True)
class Cell:
    """One stretch of one lead. `lead` with a leading "-" is drawn upside down (Cabrera's -aVR).

    t0_s, duration_s : seconds from the start of the page's time window
    left_s           : where it begins on the page, in seconds of paper from the left end of the traces
    jump_mv          : it goes on where another cell of its lead ends, after the line has jumped by so much; 0: not
    is_cut           : it is a part of its lead's place, before or after a jump
    """

    lead: str
    row: int
    column: int
    t0_s: float
    duration_s: float
    left_s: float = 0.0
    jump_mv: float = 0.0
    is_cut: bool = False

    @property
    def is_continued(self) -> bool:
        return self.jump_mv != 0

    @property
    def source(self) -> str:
        """The lead as the record names it."""
        return self.lead.removeprefix("-")

    @property
    def sign(self) -> int:
        return -1 if self.lead.startswith("-") else 1


@dataclass(frozen=True)
class Layout:
    """A page layout.

    columns : leads of each column, from the top
    rhythm  : leads that run below over the whole width
    wrapped : the one lead of `rhythm` runs on from row to row
    """

    name: str
    title: str
    columns: tuple[tuple[str, ...], ...] = ()
    rhythm: tuple[str, ...] = ()
    wrapped: bool = False

    def rows(self, window_s: float = 10, duration_s: float = 10) -> int:
        """How many rows the page has; a wrapped lead needs as many as its recording, at most WRAPPED_ROWS."""
        if self.wrapped:
            return max(1, min(WRAPPED_ROWS, -int(-duration_s // window_s)))
        return max(map(len, self.columns), default=0) + len(self.rhythm)

    def cells(self, window_s: float, simultaneous: bool = False, duration_s: float = 10) -> tuple[Cell, ...]:
        """Where each lead stands and which part of the time window it shows.

        window_s     : seconds over the whole width
        simultaneous : each column shows the first part of the window, instead of going on where the last one ended;
                       so it does also where the recording is over_before the last column
        duration_s   : length of the recording
        """
        if self.wrapped:
            rows = self.rows(window_s, duration_s)
            return tuple(Cell(self.rhythm[0], row, 0, row * window_s, window_s) for row in range(rows))
        simultaneous = simultaneous or self.over_before(window_s, duration_s)
        part_s = window_s / max(1, len(self.columns))
        cells = [
            Cell(lead, row, column, 0.0 if simultaneous else column * part_s, part_s, column * part_s)
            for column, leads in enumerate(self.columns)
            for row, lead in enumerate(leads)
        ]
        below = max(map(len, self.columns), default=0)
        cells += [Cell(lead, below + row, 0, 0.0, window_s) for row, lead in enumerate(self.rhythm)]
        return tuple(cells)

    def over_before(self, window_s: float, duration_s: float) -> bool:
        """Whether a recording is over before half of the last of consecutive columns: its leads would not be seen."""
        return duration_s < window_s - window_s / max(1, len(self.columns)) / 2 and len(self.columns) > 1

    @property
    def leads(self) -> tuple[str, ...]:
        """The leads that the layout shows, as records name them, each once."""
        shown = (lead.removeprefix("-") for leads in (*self.columns, self.rhythm) for lead in leads)
        return tuple(dict.fromkeys(shown))

    @property
    def short_title(self) -> str:
        """For a chip: the name with its rhythm leads."""
        if self.name == "1":
            return self.rhythm[0]
        grid = self.title.split(" + ")[0]
        return " + ".join([grid, ", ".join(self.rhythm)]) if self.rhythm else grid

    def with_rhythm(self, lead: str) -> Layout:
        """The same page with another first rhythm lead; a layout without rhythm leads stays as it is."""
        return replace(self, rhythm=(lead, *(r for r in self.rhythm[1:] if r != lead))) if self.rhythm else self

    def for_leads(self, leads: Sequence[str]) -> Layout:
        """The layout for a recording that has other leads than the standard twelve.

        Leads beyond the twelve run below over the whole width. A recording with fewer than seven of the twelve is
        shown as what it is: one row per lead it has, instead of a page of empty cells.
        """
        standard = [lead for lead in LEADS_12 if lead in leads]
        extra = tuple(lead for lead in leads if lead not in LEADS_12)
        if self.wrapped:
            return self if not leads or self.rhythm[0] in leads else self.with_rhythm(leads[0])
        if leads and len(standard) < 7:
            count = len(leads)
            return Layout(self.name, f"{count} lead{'s' * (count > 1)} as recorded", (tuple(leads),))
        rhythm = self.rhythm
        if rhythm and leads and rhythm[0] not in leads:
            rhythm = (standard[0], *rhythm[1:])
        return replace(self, rhythm=rhythm + extra)


_BY_THREE = (LEADS_12[0:3], LEADS_12[3:6], LEADS_12[6:9], LEADS_12[9:12])

LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("3x4", "3 × 4", _BY_THREE),
        Layout("3x4+1", "3 × 4 + rhythm lead", _BY_THREE, ("II",)),
        Layout("3x4+3", "3 × 4 + three rhythm leads", _BY_THREE, ("II", "V1", "V5")),
        Layout("6x2", "6 × 2", (LIMB, CHEST)),
        Layout("12x1", "12 × 1", (LEADS_12,)),
        Layout("cabrera", "Cabrera 6 × 2", (CABRERA_LIMB, CHEST)),
        Layout("1", "One lead", (), ("II",), wrapped=True),
    )
}
