"""The marks of one record, for its page."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cessl_gui.bridge.reader.page_marks import ShownMark, ShownMarks
from cessl_gui.core.annotations import Annotation


class Marks:
    """The marks of a record as the page shows them; of many the visible ones are found quickly.

    pending : what is being marked, without a statement yet
    chosen  : the id of the one that keys act on, or ""
    """

    def __init__(self, shown: Iterable[ShownMark] = (), pending: Annotation | None = None, chosen: str = "") -> None:
        self.shown = shown if isinstance(shown, ShownMarks) else ShownMarks(shown)
        self.pending, self.chosen = pending, chosen

    def within(self, from_s: float, to_s: float) -> list[ShownMark]:
        """The marks that lie at least in part between two seconds of the recording."""
        starts, ends = self.shown.times
        return [self.shown[i] for i in np.flatnonzero((starts <= to_s) & (ends >= from_s))]

    def with_pending(self, pending: Annotation | None, chosen: str) -> Marks:
        """The same marks, with something else being marked or chosen."""
        return Marks(self.shown, pending, chosen)

    def __getitem__(self, mark_id: str) -> ShownMark | None:
        return next((one for one in self.shown if one.mark.id == mark_id), None)
