"""Whether there are labels enough to train on. No torch here: the window asks on every label act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cessl_gui.core.training.training_job import Mode
from cessl_gui.core.types import State

TRIED_FROM = 300  # labelled ECGs, below the 370 that the paper begins with; where it pays is not known
MIN_PATIENTS = 3  # with the statement present, and as many with it absent: one to hold out, two to learn from

Labels = Mapping[str, Mapping[str, str]]


def takes_time_for(mode: Mode, records: int) -> Mode:
    """What a training of so many labelled ECGs spends its time on: the output layer, CE-SSL or all layers."""
    if mode != Mode.AUTO:
        return mode
    return Mode.FAST if records >= TRIED_FROM else Mode.OUTPUT


def counts(labels: Labels, patients: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Per code, distinct patients with it present in some record, and with it absent in some and present in none."""
    said: dict[str, dict[str, set[str]]] = {}
    for record, states in labels.items():
        patient = patients.get(record) or record
        for code, state in states.items():
            said.setdefault(code, {}).setdefault(state, set()).add(patient)
    nobody: set[str] = set()
    counted = {}
    for code, by_state in said.items():
        present = by_state.get(State.PRESENT, nobody)
        counted[code] = len(present), len(by_state.get(State.ABSENT, nobody) - present)
    return counted


def trainable(
    labels: Labels, patients: Mapping[str, str], statements: Iterable[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The statements that can be trained, and for each other one the reason in words."""
    chosen, skipped = [], {}
    counted = counts(labels, patients)
    for code in statements:
        present, absent = counted.get(code, (0, 0))
        if present >= MIN_PATIENTS and absent >= MIN_PATIENTS:
            chosen.append(code)
        elif not present and not absent:
            skipped[code] = "not assessed in any ECG"
        else:
            short = [
                f"{n} of {MIN_PATIENTS} patients {word}"
                for n, word in ((present, "present"), (absent, "absent"))
                if n < MIN_PATIENTS
            ]
            skipped[code] = "too few labels: " + " and ".join(short)
    return tuple(chosen), skipped


def why_not_trainable(labels: Labels, patients: Mapping[str, str]) -> str | None:
    """What is missing before training can start, in a sentence; None when it can start."""
    return why_too_few(counts(labels, patients))


def why_too_few(counted: Mapping[str, tuple[int, int]]) -> str | None:
    """The same of what `counts` gives, however it was counted."""
    if not counted:
        return f"Label some ECGs first: one statement present in {MIN_PATIENTS} patients and absent in {MIN_PATIENTS}."
    best = max(counted.values(), key=lambda c: sum(min(n, MIN_PATIENTS) for n in c))
    short = [(word, MIN_PATIENTS - n) for word, n in zip(("present", "absent"), best, strict=True)]
    more = " and ".join(f"{word} in {n} more" for word, n in short if n > 0)
    return f"Mark one statement {more} (of different patients) to train." if more else None
