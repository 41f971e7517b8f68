"""What the reader must know of what is on the page before trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cessl_gui.core.measurements import Measurements, without_rhythm
from cessl_gui.ecg.hints import Hint
from cessl_gui.ui.page.bars.figures import doubt_hints
from cessl_gui.ui.page.layout.doubts import is_beyond
from cessl_gui.ui.page.layout.plan import Plan
from cessl_gui.ui.page.layout.sheet import Sheet


def page_hints(
    sheet: Sheet,
    where: Plan,
    measured: Measurements | None,
    blind: bool,
    compared: Hint | None,
    *,
    of_signal: Sequence[Hint] = (),
) -> list[Hint]:
    """All hints about what is on the page: of the comparison, the measurements, how it is drawn, and the signal.

    blind : nothing that tells the rhythm is said;  compared : about the comparison, None without
    of_signal : what ecg.hints says of the recording
    """
    if sheet.record is None:
        return []
    found = [compared] if compared else []
    found += [Hint(*said) for said in doubt_hints(measured, blind)]
    if sheet.is_changed:
        found.append(Hint(f"{sheet.filter_words} changes ST and R waves", "A display filter outside 0.05–150 Hz."))
    if sheet.is_short:
        found.append(Hint("columns simultaneous", f"{sheet.columns_words}."))
    drawn = [cell for cell in sheet.cells if cell.source in sheet.record.leads]
    beyond = dict.fromkeys(cell.source for cell in drawn if is_beyond(sheet, where, cell))
    if beyond:
        found.append(Hint(f"{', '.join(beyond)} beyond the page", "Lower the gain, or draw V1–V6 at half gain."))
    told = (replace(hint, words=without_rhythm(hint.words)) for hint in of_signal)
    return [*found, *(told if blind else of_signal)]
