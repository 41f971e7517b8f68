"""What a training would learn from, before the click: counts per statement, what is missing, time and memory."""

from __future__ import annotations

from collections.abc import Mapping

from cessl_gui.core.evidence import ENOUGH
from cessl_gui.core.plan import Counted, Plan
from cessl_gui.core.types import ModelInfo, State
from cessl_gui.learn.readiness import MIN_PATIENTS

UNLABELLED_MOST = 1024  # no more are drawn: learn.trainer
INPUT_MB, FEATURES_MB, BASE_MB = 0.3, 0.4, 700  # of one ECG as it is read and as it is kept, and of torch itself


def plan(
    labels: Mapping[str, Mapping[str, State]],
    groups: Mapping[str, str],
    start: ModelInfo | None,
    n_records: int,
    seconds_per_ecg: float | None,
) -> Plan:
    """labels : record id -> code -> state; groups : record id -> patient; seconds_per_ecg : None before any training"""
    present: dict[str, list[str]] = {}
    absent: dict[str, list[str]] = {}
    for record_id, states in labels.items():
        for code, state in states.items():
            if state != State.UNCERTAIN:
                (present if state == State.PRESENT else absent).setdefault(code, []).append(record_id)
    codes = sorted({*present, *absent}, key=lambda code: -len(present.get(code, ())))
    statements = []
    for code in codes:
        has, has_not = present.get(code, []), absent.get(code, [])
        with_it = {groups.get(i, i) for i in has}
        without = {groups.get(i, i) for i in has_not} - with_it
        missing = max(0, MIN_PATIENTS - len(with_it)) + max(0, MIN_PATIENTS - len(without))
        statements.append(Counted(code, len(has), len(has_not), len(with_it), len(without), missing))
    labelled = [i for i, states in labels.items() if any(s != State.UNCERTAIN for s in states.values())]
    unlabelled = min(n_records - len(labelled), UNLABELLED_MOST)
    ecgs = len(labelled) + unlabelled
    return Plan(
        start=start.name if start else "Base model",
        statements=tuple(statements),
        n_labelled=len(labelled),
        n_patients=len({groups.get(i, i) for i in labelled}),
        n_unlabelled=unlabelled,
        seconds=None if seconds_per_ecg is None else seconds_per_ecg * ecgs,
        megabytes=round(BASE_MB + ecgs * (INPUT_MB + FEATURES_MB)),
        enough=ENOUGH,
    )
