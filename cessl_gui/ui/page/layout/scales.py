"""The paper speeds and gains that a page can have."""

from __future__ import annotations

from cessl_gui.core.types import Record
from cessl_gui.ui.page.layout.sheet import PLOT_MM

SPEEDS = (12.5, 25.0, 50.0, 100.0)  # mm/s
GAINS = (2.5, 5.0, 10.0, 20.0)  # mm/mV
LONG_WINDOWS_S = (30, 60, 300, 1800, 7200, 86400)  # for recordings that are about as long as these


def speeds(record: Record | None) -> tuple[float, ...]:
    """The paper speeds that make sense for a recording: a long one can be seen in windows up to its whole length."""
    if record is None:
        return SPEEDS
    longer = tuple(PLOT_MM / s for s in LONG_WINDOWS_S if s <= 1.5 * record.duration_s)
    return tuple(sorted(longer)) + SPEEDS


def speed_words(mm_per_s: float) -> str:
    """ "25 mm/s"; below the usual speeds the length of the window too."""
    if mm_per_s >= SPEEDS[0]:
        return f"{mm_per_s:g} mm/s"
    window_s = PLOT_MM / mm_per_s
    unit, seconds = ("h", 3600) if window_s >= 3600 else ("min", 60) if window_s >= 60 else ("s", 1)
    return f"{window_s / seconds:g} {unit} ({mm_per_s:.3g} mm/s)"


def neighbour(values: tuple[float, ...], now: float, step: int) -> float:
    """The next larger (step 1) or smaller (-1) of some values; the last one stays."""
    if step > 0:
        return min((v for v in values if v > now), default=now)
    return max((v for v in values if v < now), default=now)
