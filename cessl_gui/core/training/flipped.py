"""Which answers a newly trained model gives differently from the model before, on test patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from cessl_gui.core.training.results import OutOfFold

DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True)
class Flipped:
    """One label of a test patient on which the two models' answers differ.

    label  : True present, False absent, as the readers labelled
    before : None where the model before did not know the statement
    """

    record_id: str
    code: str
    label: bool
    before: float | None
    after: float


def flipped(
    holdout: Mapping[str, Mapping[str, tuple[int, float, float]]],
    before: Mapping[str, float],
    after: Mapping[str, float],
    unknown_before: Iterable[str] = (),
) -> tuple[list[Flipped], list[Flipped]]:
    """Return (now right, now wrong): answers that crossed their threshold, the largest change first.

    holdout        : record id -> code -> [label, probability before, probability after]
    before, after  : thresholds of the two models by code
    unknown_before : statements to which the model before gave no answer; each answer to them is new
    """
    unknown = set(unknown_before)
    right: list[Flipped] = []
    wrong: list[Flipped] = []
    for record_id, codes in holdout.items():
        for code, (label, p_before, p_after) in codes.items():
            was = (p_before >= before.get(code, DEFAULT_THRESHOLD)) == bool(label)
            now = (p_after >= after.get(code, DEFAULT_THRESHOLD)) == bool(label)
            if was != now or code in unknown:
                first = None if code in unknown else p_before
                (right if now else wrong).append(Flipped(record_id, code, bool(label), first, p_after))
    for answers in (right, wrong):
        answers.sort(key=lambda f: 0.0 if f.before is None else -abs(f.after - f.before))
    return right, wrong


def flipped_out_of_fold(answers: OutOfFold) -> tuple[list[Flipped], list[Flipped]]:
    """As `flipped`, of answers out of fold, each at the threshold that judged it. New statements are left out."""
    told = np.isfinite(answers.targets) & np.isfinite(answers.before) & np.isfinite(answers.after)
    label = answers.targets == 1
    was = (answers.before >= answers.old_cuts) == label
    now = (answers.after >= answers.cuts) == label
    lists: list[list[Flipped]] = []
    for chosen in (told & now & ~was, told & was & ~now):
        rows, columns = np.nonzero(chosen)
        order = np.argsort(-np.abs(answers.after - answers.before)[rows, columns], kind="stable")
        lists.append(
            [
                Flipped(
                    answers.ids[r],
                    answers.statements[c],
                    bool(label[r, c]),
                    float(answers.before[r, c]),
                    float(answers.after[r, c]),
                )
                for r, c in zip(rows[order], columns[order], strict=True)
            ]
        )
    return lists[0], lists[1]
