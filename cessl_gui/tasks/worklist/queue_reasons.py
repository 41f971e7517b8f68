"""What speaks for reading one ECG before another: for each reason its candidates, the best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cessl_gui.core.reading.standing import Standing, figure, standing
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import UNLIKE, Prediction, State

MOST = 2000  # candidates of a reason
RARE_BELOW = 20  # ECGs in which a statement was found; with so many it is rare no longer
WITHIN = 2.0  # of a threshold, in log odds: 0.12 to 0.88 about 0.5; farther off is not uncertain
LEAST_P = 0.05  # below this probability a rare statement is not worth a look

Labels = Mapping[str, Mapping[str, State]]


@dataclass(frozen=True)
class Candidate:
    """An ECG that a reason speaks for, and what that rests on."""

    record_id: str
    detail: str


@dataclass(frozen=True)
class Table:
    """Predictions as a table.

    ids        : the predicted ECGs, the rows
    codes      : statements, the columns
    p          : float64 (ids, codes), NaN where the model does not know the statement
    thresholds : float64 (codes,)
    """

    ids: tuple[str, ...]
    codes: tuple[str, ...]
    p: np.ndarray
    thresholds: np.ndarray

    @classmethod
    def of(
        cls,
        predictions: Mapping[str, Prediction],
        ids: Sequence[str],
        codes: Sequence[str],
        thresholds: Mapping[str, float],
    ) -> Table:
        predicted = tuple(record_id for record_id in ids if record_id in predictions)
        rows = [[predictions[i].probabilities.get(code, np.nan) for code in codes] for i in predicted]
        p = np.array(rows, float).reshape(len(predicted), len(codes))
        return cls(predicted, tuple(codes), p, np.array([thresholds.get(code, 0.5) for code in codes], float))


def profiles(predictions: Mapping[str, Prediction], codes: Sequence[str]) -> dict[str, np.ndarray]:
    """Return what each ECG looks like to the model: its probabilities, (codes,)."""
    return {
        record_id: np.array([prediction.probabilities.get(code, 0.0) for code in codes])
        for record_id, prediction in predictions.items()
    }


def uncertain(table: Table) -> list[Candidate]:
    """ECGs in which some probabilities lie nearest their thresholds."""
    if not table.p.size:
        return []
    apart = np.abs(_logit(table.p) - _logit(table.thresholds))
    apart = np.where(np.isnan(apart), np.inf, apart)
    nearest = apart.argmin(1)
    order = np.argsort(apart.min(1), kind="stable")[:MOST]
    return [Candidate(table.ids[i], _words(table, i, nearest[i])) for i in order if apart[i, nearest[i]] <= WITHIN]


def against_file(table: Table, header: Labels) -> list[Candidate]:
    """ECGs in which the model finds what the file does not state, or misses what it states; the widest apart first."""
    known = vocabulary()
    found: list[tuple[float, int, Candidate]] = []
    column = {code: i for i, code in enumerate(table.codes)}
    for row, record_id in enumerate(table.ids):
        stated = [code for code, state in header.get(record_id, {}).items() if state == State.PRESENT]
        if not stated:
            continue
        p = table.p[row]
        for code in stated:
            at = column.get(code)
            if at is not None and not np.isnan(p[at]) and standing(p[at], table.thresholds[at]) == Standing.BELOW:
                words = f"file: {known[code].abbreviation}; model {figure(float(p[at]))}"
                found.append((-float(table.thresholds[at] - p[at]), row, Candidate(record_id, words)))
        for likely in np.flatnonzero(p >= np.maximum(table.thresholds, 0.5)).tolist():
            if not any(known.may_be(code, table.codes[likely]) for code in stated):
                words = f"model: {_words(table, row, likely)}; not in the file"
                found.append((-float(p[likely] - table.thresholds[likely]), row, Candidate(record_id, words)))
    widest: dict[str, Candidate] = {}
    for _, _, candidate in sorted(found, key=lambda each: each[:2]):
        widest.setdefault(candidate.record_id, candidate)
    return list(widest.values())[:MOST]


def rare(table: Table, labels: Labels) -> list[Candidate]:
    """ECGs that may have a statement found in few so far, the statements in turn, the most probable ECG first."""
    counts = dict.fromkeys(table.codes, 0)
    for states in labels.values():
        for code, state in states.items():
            if state == State.PRESENT and code in counts:
                counts[code] += 1
    scarce = sorted((code for code in table.codes if counts[code] < RARE_BELOW), key=lambda code: counts[code])
    ranked: list[tuple[int, int, Candidate]] = []
    for turn, code in enumerate(scarce):
        at = table.codes.index(code)
        p = np.nan_to_num(table.p[:, at])
        for rank, row in enumerate(np.argsort(-p, kind="stable")[:MOST]):
            if p[row] < LEAST_P:
                break
            words = f"{_words(table, int(row), at)}, found in {counts[code]} so far"
            ranked.append((rank, turn, Candidate(table.ids[row], words)))
    first: dict[str, Candidate] = {}
    for _, _, candidate in sorted(ranked, key=lambda each: each[:2]):
        first.setdefault(candidate.record_id, candidate)
    return list(first.values())[:MOST]


def unlike(predictions: Mapping[str, Prediction], ids: Sequence[str]) -> list[Candidate]:
    """ECGs unlike those that the model's backbone has learned from, the least alike first."""
    far = [
        (likeness, order, record_id)
        for order, record_id in enumerate(ids)
        if record_id in predictions and (likeness := predictions[record_id].likeness) is not None and likeness < UNLIKE
    ]
    return [Candidate(record_id, f"likeness {likeness:.2g}") for likeness, _, record_id in sorted(far)[:MOST]]


def _words(table: Table, row: int, at: int) -> str:
    return f"{vocabulary()[table.codes[at]].abbreviation} {figure(float(table.p[row, at]))}"


def _logit(p: np.ndarray) -> np.ndarray:
    held = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(held / (1 - held))
