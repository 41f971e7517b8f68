"""How a probability stands: likely, above its threshold alone, or below. One rule wherever predictions are shown."""

from __future__ import annotations

import enum

LIKELY_FROM = 0.5


class Standing(enum.StrEnum):
    """What may be said of a probability.

    LIKELY : at least 0.5, and not below its threshold
    ABOVE  : above its threshold, but below 0.5. Thresholds of rare statements lie low: a reason to look, no finding
    BELOW  : below its threshold, or below 0.5 where there is none
    """

    LIKELY = "likely"
    ABOVE = "above threshold"
    BELOW = "below threshold"

    @property
    def mark(self) -> str:
        """A sign for lists: a full bar, a hollow one, none."""
        return {Standing.LIKELY: "▮", Standing.ABOVE: "▯", Standing.BELOW: ""}[self]


def standing(p: float, threshold: float | None) -> Standing:
    """How probability `p` of a statement stands; threshold: the model's for this statement, None if it has none."""
    if p < (LIKELY_FROM if threshold is None else threshold):
        return Standing.BELOW
    return Standing.LIKELY if p >= LIKELY_FROM else Standing.ABOVE


def figure(p: float) -> str:
    """A probability or threshold with two decimals, more where it would read as 0: "0.76", "0.004"."""
    return f"{p:.2f}" if p >= 0.01 or p == 0 else f"{p:.1g}" if p >= 0.0001 else "below 0.0001"
