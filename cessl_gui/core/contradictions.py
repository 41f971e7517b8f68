"""Statements that exclude each other at one moment. An ECG may change on the way: a reader is asked, not refused."""

from __future__ import annotations

from collections.abc import Iterable

SINUS = ("426783006", "426177001", "427084000", "427393009")  # rhythm, bradycardia, tachycardia, arrhythmia
FIBRILLATION_OR_FLUTTER = ("164889003", "164890007")
SLOW, FAST = ("426177001", "426627000"), ("427084000",)
LEFT_AXIS, RIGHT_AXIS = ("39732003",), ("47665007",)
LBBB, INCOMPLETE_LBBB = ("733534002",), ("251120003",)
RBBB, INCOMPLETE_RBBB = ("713427006",), ("713426002",)

EXCLUSIVE = (
    (SINUS, FIBRILLATION_OR_FLUTTER),
    (SLOW, FAST),
    (LEFT_AXIS, RIGHT_AXIS),
    (LBBB, INCOMPLETE_LBBB),
    (RBBB, INCOMPLETE_RBBB),
)


def contradictions(present: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of codes, among statements that are present, of which one excludes the other."""
    given = set(present)
    return [
        (one, other) for some, others in EXCLUSIVE for one in some if one in given for other in others if other in given
    ]
