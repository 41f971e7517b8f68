"""How long a training takes on this machine: learned by phase from earlier ones, and from how busy it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cessl_gui.core.types import Progress

SLOWER, LATER_S = 1.5, 10  # a phase begins with a longer time left if it is so many times, and so much, longer
MOST_SLOWER = 4  # a phase that took more times as long had other work: what was measured before need not be again


@dataclass(frozen=True)
class Ahead:
    """How far a training is. share : 0..1 of the whole, None while unknown; seconds_left : None while unknown"""

    share: float | None
    seconds_left: float | None


class Pace:
    """The phases of one training as they pass.

    learned : phase -> seconds per ECG, in the order of the phases, as `measured` gave it for an earlier training
    ecgs    : how many this one reads
    """

    def __init__(self, learned: Mapping[str, float], ecgs: int, began: float) -> None:
        self._expected = {phase: each * max(ecgs, 1) for phase, each in learned.items()}
        self._ecgs = max(ecgs, 1)
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._start = began
        self._phase, self._share = "", 0.0
        self._last = Ahead(None, None)

    @property
    def phases(self) -> tuple[str, ...]:
        """Those met so far, in their order, then those that an earlier training had after the present one."""
        met, expected = tuple(self._began), tuple(self._expected)
        after = expected[expected.index(self._phase) + 1 :] if self._phase in expected else expected * (not met)
        return met + tuple(phase for phase in after if phase not in met)

    @property
    def phase(self) -> str:
        return self._phase

    def share_of(self, phase: str) -> float:
        """How much of a phase is done, 0..1."""
        if phase == self._phase:
            return self._share
        return 1.0 if phase in self._began else 0.0

    def took(self, phase: str) -> float | None:
        """Seconds that a phase took; None before its end."""
        return self._took.get(phase)

    def expected(self, phase: str) -> float | None:
        """Seconds that a phase will take by what earlier trainings took."""
        return self._expected.get(phase)

    def at(self, progress: Progress, now: float) -> Ahead:
        """Take in what the training reports and return how far the whole is.

        The time left rises only where a phase begins and the machine is much slower than it was: see `SLOWER`.
        """
        is_new = progress.phase != self._phase
        if is_new:
            self._end(now)
            self._phase, self._share = progress.phase, 0.0
            self._began.setdefault(progress.phase, now)
        if progress.fraction is not None:
            self._share = max(self._share, min(progress.fraction, 1.0))
        left = self._left(progress, now)
        if left is None:
            return self._last
        known = self._last.seconds_left
        if known is not None and not (is_new and left > max(SLOWER * known, known + LATER_S)):
            left = min(left, known)
        gone = now - self._start
        share = gone / (gone + left) if gone + left > 0 else 0.0
        self._last = Ahead(max(share, self._last.share or 0.0), left)
        return self._last

    def measured(self, now: float) -> dict[str, float]:
        """Phase -> seconds per ECG of a training that has come to its end, for the next one."""
        self._end(now)
        return {phase: self._took[phase] / self._ecgs for phase in self._began}

    def _end(self, now: float) -> None:
        if self._phase:
            self._took[self._phase] = self._took.get(self._phase, 0.0) + now - self._began[self._phase]

    def _left(self, progress: Progress, now: float) -> float | None:
        """Of the present phase by its own pace or an earlier training's, and of those after it.

        None where there was no earlier one: what a phase says of itself leaves out those that are to come.
        """
        if not self._expected:
            return None
        here, slowdown = progress.seconds_left, self._slowdown()
        gone = now - self._began[self._phase]
        if self._phase in self._expected:
            by_earlier = max(0.0, self._expected[self._phase] * slowdown - gone)
            by_share = gone / self._share - gone if self._share > 0.05 else None
            here = by_earlier if by_share is None else by_share if here is None else min(here, by_share)
        if here is None:
            return None
        later = self.phases[self.phases.index(self._phase) + 1 :]
        return here + slowdown * sum(self._expected.get(phase, 0.0) for phase in later)

    def _slowdown(self) -> float:
        """How many times as long as expected the phases took that have ended; at least 1."""
        ended = [phase for phase in self._took if phase in self._expected]
        expected = sum(self._expected[phase] for phase in ended)
        took = sum(min(self._took[phase], MOST_SLOWER * self._expected[phase]) for phase in ended)
        return max(1.0, took / expected) if expected else 1.0


def time_left(seconds: float | None, how: str = "about") -> str:
    """Time left in words a person uses; "" while unknown."""
    if seconds is None:
        return ""
    if seconds < 55:
        return f"{how} {max(5, 5 * round(seconds / 5))} s left"
    return f"{how} {max(1, round(seconds / 60))} min left"
