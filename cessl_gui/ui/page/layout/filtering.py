"""Display filters on as much of a recording as the page shows, so that a day is filtered as quickly as ten seconds."""

from __future__ import annotations

from dataclasses import replace

from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ui.page.layout.sheet import Sheet, Stretch

AT_ONCE = 920_000  # values (leads x samples) that a filter looks at: up to 41 ms
SHOWN_AT_ONCE = 300_000  # of these on the page and beside it, where a filter has more to do


def filtered(sheet: Sheet) -> Stretch | None:
    """What the sheet shows of its recording, through its filters, and up to a page more to either side for moving on.

    returns : the sheet's own stretch where that does still; None where the page is as recorded: without filters, or
              where it shows more than can be filtered at once
    """
    record, kept = sheet.record, sheet.filtered
    if record is None or sheet.filters == DisplayFilter():
        return None
    samples = record.signal_mv.shape[1]
    start, stop = (round(s * record.fs_hz) for s in (sheet.t0_s, sheet.t0_s + sheet.shown_s))
    start, stop = max(0, start - 1), min(samples, stop + 2)  # a sample more where traces are cut off at the edge
    if kept is not None and kept.source is record and kept.filters == sheet.filters:
        first = round(kept.from_s * record.fs_hz)
        if first <= start and stop <= first + kept.record.signal_mv.shape[1]:
            return kept
    settling = round(2 * sheet.filters.settling_s * record.fs_hz)
    leads = max(1, len(record.leads))
    spare = min(AT_ONCE // leads - min(samples, stop - start + settling), SHOWN_AT_ONCE // leads - (stop - start))
    if spare < 0:
        return None
    more = min(stop - start, spare // 2)
    start, stop = max(0, start - more), min(samples, stop + more)
    signal_mv = sheet.filters.apply_within(record.signal_mv, record.fs_hz, start, stop)
    return Stretch(record, replace(record, signal_mv=signal_mv), start / record.fs_hz, sheet.filters)
