"""The marks of one record, for its page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from cessl_gui.bridge.page_marks import ShownMark
from cessl_gui.core.annotations import Annotation


class Marks:
    """The marks of a record as the page shows them; of many the visible ones are found quickly.

    pending : what is being marked, without a statement yet
    chosen  : the id of the one that keys act on, or ""
    """

    def __init__(self, shown: Iterable[ShownMark] = (), pending: Annotation | None = None, chosen: str = "") -> None:
        self.shown = tuple(shown)
        self.pending, self.chosen = pending, chosen

    @cached_property
    def _times(self) -> tuple[np.ndarray, np.ndarray]:
        starts = np.array([one.mark.start_s for one in self.shown], float)
        ends = [one.mark.start_s if one.mark.end_s is None else one.mark.end_s for one in self.shown]
        return starts, np.array(ends, float)

    def within(self, from_s: float, to_s: float) -> list[ShownMark]:
        """The marks that lie at least in part between two seconds of the recording."""
        starts, ends = self._times
        return [self.shown[i] for i in np.flatnonzero((starts <= to_s) & (ends >= from_s))]

    def with_pending(self, pending: Annotation | None, chosen: str) -> Marks:
        """The same marks, with something else being marked or chosen."""
        other = Marks((), pending, chosen)
        other.shown = self.shown
        other.__dict__["_times"] = self._times
        return other

    def __getitem__(self, mark_id: str) -> ShownMark | None:
        return next((one for one in self.shown if one.mark.id == mark_id), None)
