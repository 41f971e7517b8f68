"""How long a training takes on this machine: learned by phase from earlier ones, and from how busy it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cessl_gui.core.training.training_job import Mode
from cessl_gui.core.types import Progress

SLOWER, LATER_S = 1.5, 10  # a phase begins with a longer time left if it is so many times, and so much, longer
MOST_SLOWER = 4  # a phase that took more times as long had other work: what was measured before need not be again
EARLY = 0.1  # share of a phase before which its own pace tells little: its first steps are slower
SKIPPED = 0.1  # a phase that took a smaller part of what is typical had nothing to do

# Seconds per ECG on two cores with nothing else running (docs/learning.md, "The time of a click"). Before the first
# training on a machine only their proportions count, see `Pace`.
TYPICAL = {
    Mode.OUTPUT: {
        "Measuring": 0.045,
        "Computing features": 0.006,
        "Fitting the output layer": 0.012,
        "Drawing the folds again": 0.045,
        "Judging the answers out of fold": 0.002,
    },
    Mode.FAST: {
        "Measuring": 0.008,
        "Computing features": 0.001,
        "Reading unlabelled ECGs": 0.007,
        "Fitting the output layer": 0.003,
        "Trying CE-SSL on the folds": 0.034,
        "Training": 0.004,
        "Judging the answers out of fold": 0.001,
    },
    Mode.EXACT: {"Ranking the layers": 0.1, "Training": 3.0, "Judging the answers out of fold": 0.01},
}
# How long these take beside the others differs several times between processors.
OF_THEIR_OWN = ("Ranking the layers", "Trying CE-SSL on the folds", "Training")


@dataclass(frozen=True)
class Ahead:
    """How far a training is. share : 0..1 of the whole, None while unknown; seconds_left : None while unknown"""

    share: float | None
    seconds_left: float | None


class Pace:
    """The phases of one training as they pass.

    learned : phase -> seconds per ECG, in the order of the phases, as `measured` gave it for an earlier training
    ecgs    : how many this one reads
    typical : the same of another machine. Where nothing is learned, the phases to come take in proportion to what this
              training has taken itself; nothing is told before it has
    """

    def __init__(
        self,
        learned: Mapping[str, float],
        ecgs: int,
        began: float,
        *,
        typical: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self._is_learned = bool(learned)
        self._expected = {phase: each * max(ecgs, 1) for phase, each in (learned or typical).items()}
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
        last = max((expected.index(phase) for phase in met if phase in expected), default=-1)
        return met + tuple(phase for phase in expected[last + 1 :] if phase not in met)

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
        """Seconds that a phase will take by what earlier trainings took; None where there was none."""
        return self._expected.get(phase) if self._is_learned else None

    def at(self, progress: Progress, now: float) -> Ahead:
        """Take in what the training reports and return how far the whole is.

        The time left rises only where a phase begins and the machine is much slower than it was: see `SLOWER`. Where
        nothing was learned, it does so within a phase, too.
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
        may_rise = is_new or not self._is_learned
        if known is not None and not (may_rise and left > max(SLOWER * known, known + LATER_S)):
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
        """Of the present phase by its own pace or an earlier training's, and of those after it; None while unknown.

        What a phase says of itself leaves out those that are to come.
        """
        later = [phase for phase in self.phases[self.phases.index(self._phase) + 1 :] if phase in self._expected]
        gone = now - self._began[self._phase]
        pace = self._slowdown() if self._is_learned else self._scale(later, gone)
        if not self._expected or pace is None:
            return None
        here = progress.seconds_left
        if self._phase in self._expected:
            by_earlier = max(0.0, self._expected[self._phase] * pace - gone)
            by_share = gone / self._share - gone if self._share > EARLY else None
            here = by_earlier if by_share is None else by_share if here is None else min(here, by_share)
        if here is None:
            return None
        return here + pace * sum(self._expected[phase] for phase in later)

    def _scale(self, later: list[str], gone: float) -> float | None:
        """How many times as long as is typical the phases take, by those that have ended and the present one.

        None before one of them tells, and where none tells of one that is not over: see `OF_THEIR_OWN`.
        """
        took = dict(self._took)
        if self._share > EARLY:
            took[self._phase] = gone / self._share
        told = {p: s for p, s in took.items() if p in self._expected and s > SKIPPED * self._expected[p]}
        to_tell = {self._phase, *later} & set(OF_THEIR_OWN)
        if not told or (to_tell and not set(told) & set(OF_THEIR_OWN)):
            return None
        return sum(told.values()) / sum(self._expected[phase] for phase in told)

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
