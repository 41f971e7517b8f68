"""Labels that contradict each other, or "normal". An ECG may change as it runs: a reader is asked, not refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.types import State

SINUS_RHYTHM = "426783006"
SINUS = (SINUS_RHYTHM, "426177001", "427084000", "427393009")  # rhythm, bradycardia, tachycardia, arrhythmia
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
EXCLUSIVE_PAIRS = tuple((one, other) for left, right in EXCLUSIVE for one in left for other in right)


def exclusive_pairs(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of codes of which one excludes the other."""
    present = set(codes)
    return [(one, other) for one, other in EXCLUSIVE_PAIRS if one in present and other in present]


def contradictions(labels: Mapping[str, State], vocabulary: Vocabulary) -> str:
    """Return the statements labelled present that exclude each other, as text; "" without any."""
    pairs = exclusive_pairs(code for code, state in labels.items() if state == State.PRESENT)
    return "; ".join(f"{vocabulary[one].abbreviation} and {vocabulary[other].abbreviation}" for one, other in pairs)


def against_normal(labels: Mapping[str, State], vocabulary: Vocabulary) -> str:
    """Return the labels that contradict "normal", as text; "" if there are none."""
    normal = {SINUS_RHYTHM: State.PRESENT}
    against = [(code, state) for code, state in labels.items() if state != normal.get(code, State.ABSENT)]
    return ", ".join(f"{vocabulary[code].abbreviation} {state}" for code, state in against)
