"""Progress of a task that does many equal steps."""

from __future__ import annotations

import time
from collections.abc import Callable

from cessl_gui.core.types import Progress

Report = Callable[[Progress], None]
ShouldStop = Callable[[], "str | bool | None"]


class Steps:
    """Tells how far a task is and how long the rest will take at the pace so far."""

    def __init__(self, report: Report, phase: str, total: int) -> None:
        self._report, self._phase, self._total = report, phase, total
        self._began = time.monotonic()

    def done(self, count: int, message: str = "") -> None:
        """`count` of the steps are done."""
        left = (time.monotonic() - self._began) / count * (self._total - count) if count else None
        self._report(Progress("", self._phase, count / max(self._total, 1), left, message, step=count))
