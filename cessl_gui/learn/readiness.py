"""Whether there are labels enough to train on. No torch here: the window asks on every label act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cessl_gui.core.types import State

MIN_PATIENTS = 3  # with the statement present, and as many with it absent: one to hold out, two to learn from

Labels = Mapping[str, Mapping[str, str]]


def counts(labels: Labels, patients: Mapping[str, str], code: str) -> tuple[int, int]:
    """Distinct patients with the statement present in some record, and with it absent in some and present in none."""
    present, absent = set(), set()
    for record, states in labels.items():
        state = states.get(code)
        if state == State.PRESENT:
            present.add(patients.get(record) or record)
        elif state == State.ABSENT:
            absent.add(patients.get(record) or record)
    return len(present), len(absent - present)


def trainable(
    labels: Labels, patients: Mapping[str, str], statements: Iterable[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The statements that can be trained, and for each other one the reason in words."""
    chosen, skipped = [], {}
    for code in statements:
        present, absent = counts(labels, patients, code)
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
    codes = sorted({code for states in labels.values() for code in states})
    if not codes:
        return f"Label some ECGs first: one statement present in {MIN_PATIENTS} patients and absent in {MIN_PATIENTS}."
    if trainable(labels, patients, codes)[0]:
        return None
    best = max((counts(labels, patients, code) for code in codes), key=lambda c: sum(min(n, MIN_PATIENTS) for n in c))
    more = [
        f"present in {MIN_PATIENTS - best[0]} more" if best[0] < MIN_PATIENTS else "",
        f"absent in {MIN_PATIENTS - best[1]} more" if best[1] < MIN_PATIENTS else "",
    ]
    return f"Mark one statement {' and '.join(filter(None, more))} (of different patients) to train."
