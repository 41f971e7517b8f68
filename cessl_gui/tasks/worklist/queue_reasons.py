"""What speaks for reading one ECG before another: for each reason its candidates, the best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

import numpy as np

from cessl_gui.core.reading.standing import Standing, figure, standing
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import UNLIKE, Prediction, State
from cessl_gui.store.columns.prediction_table import PredictionTable

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
    likeness   : float64 (ids,), to the ECGs that the backbone has learned from, NaN where it is not known
    """

    ids: tuple[str, ...]
    codes: tuple[str, ...]
    p: np.ndarray
    thresholds: np.ndarray
    likeness: np.ndarray

    @classmethod
    def of(
        cls,
        predictions: Mapping[str, Prediction],
        ids: Sequence[str],
        codes: Sequence[str],
        thresholds: Mapping[str, float],
    ) -> Table:
        predicted = tuple(record_id for record_id in ids if record_id in predictions)
        if isinstance(predictions, PredictionTable):  # of a large project: an object for each would take minutes
            p, likeness = predictions.probabilities(predicted, codes), predictions.likeness(predicted)
        else:
            some = [predictions[i] for i in predicted]
            rows = [[one.probabilities.get(code, np.nan) for code in codes] for one in some]
            p = np.array(rows, float).reshape(len(predicted), len(codes))
            likeness = np.array([np.nan if one.likeness is None else one.likeness for one in some], float)
        held = np.array([thresholds.get(code, 0.5) for code in codes], float)
        return cls(predicted, tuple(codes), p, held, likeness)


def profile(predictions: Mapping[str, Prediction], codes: Sequence[str], record_id: str) -> np.ndarray | None:
    """Return what an ECG looks like to the model: its probabilities, (codes,); None where it is not predicted."""
    said = predictions.get(record_id)
    return None if said is None else np.array([said.probabilities.get(code, 0.0) for code in codes])


def uncertain(table: Table) -> list[Candidate]:
    """ECGs in which some probabilities lie nearest their thresholds."""
    least, nearest = np.full(len(table.ids), np.inf), np.zeros(len(table.ids), int)
    for at, threshold in enumerate(_logit(table.thresholds)):  # all at once would take 60 MB of 100,000 ECGs
        apart = np.abs(_logit(table.p[:, at]) - threshold)
        nearer = apart < least
        least[nearer], nearest[nearer] = apart[nearer], at
    order = np.argsort(least, kind="stable")[:MOST]
    return [Candidate(table.ids[i], _words(table, i, nearest[i])) for i in order if least[i] <= WITHIN]


def against_file(table: Table, header: Labels) -> list[Candidate]:
    """ECGs in which the model finds what the file does not state, or misses what it states; the widest apart first."""
    known = vocabulary()
    column, may_be = {code: i for i, code in enumerate(table.codes)}, cache(known.may_be)
    is_likely = table.p >= np.maximum(table.thresholds, 0.5)
    widest = np.full(len(table.ids), -np.inf)
    at_widest = np.zeros((len(table.ids), 2), int)  # the column, and whether the file states it
    for row, record_id in enumerate(table.ids):
        stated = [known[code].code for code, state in header.get(record_id, {}).items() if state == State.PRESENT]
        if not stated:
            continue
        p, likely_ones = table.p[row], np.flatnonzero(is_likely[row]).tolist()
        apart = [
            (float(table.thresholds[at] - p[at]), at, 1)
            for code in stated
            if (at := column.get(code)) is not None
            and standing(p[at], table.thresholds[at]) == Standing.BELOW
            and not any(may_be(code, table.codes[likely]) for likely in likely_ones)
        ]
        apart += [
            (float(p[likely] - table.thresholds[likely]), likely, 0)
            for likely in likely_ones
            if not any(may_be(code, table.codes[likely]) for code in stated)
        ]
        if apart:
            widest[row], *at_widest[row] = max(apart, key=lambda one: one[0])  # of equal ones the first
    candidates = []
    # Words and the order are of the few that count: to sort all in one go would halt the window.
    for row in np.argsort(-widest, kind="stable")[: min(MOST, np.isfinite(widest).sum())].tolist():
        at, is_stated = at_widest[row].tolist()
        missed = f"file: {vocabulary()[table.codes[at]].abbreviation}; model {figure(float(table.p[row, at]))}"
        words = missed if is_stated else f"model: {_words(table, row, at)}; not in the file"
        candidates.append(Candidate(table.ids[row], words))
    return candidates


def rare(table: Table, found: Mapping[str, int]) -> list[Candidate]:
    """ECGs that may have a statement found in few so far, the statements in turn, the most probable ECG first."""
    counts = {code: found.get(code, 0) for code in table.codes}
    scarce = sorted((code for code in table.codes if counts[code] < RARE_BELOW), key=lambda code: counts[code])
    columns = [table.codes.index(code) for code in scarce]
    ranked = []
    for at in columns:
        p = np.nan_to_num(table.p[:, at])
        best = np.argsort(-p, kind="stable")[:MOST]
        ranked.append(best[p[best] >= LEAST_P].tolist())
    first: dict[str, Candidate] = {}
    for rows in zip_longest(*ranked):
        for row, at in zip(rows, columns, strict=True):
            if row is not None and table.ids[row] not in first and len(first) < MOST:
                words = f"{_words(table, row, at)}, found in {counts[table.codes[at]]} so far"
                first[table.ids[row]] = Candidate(table.ids[row], words)
    return list(first.values())


def unlike(table: Table) -> list[Candidate]:
    """ECGs unlike those that the model's backbone has learned from, the least alike first."""
    order = np.argsort(table.likeness, kind="stable")  # NaN last
    far = order[table.likeness[order] < UNLIKE][:MOST].tolist()
    return [Candidate(table.ids[row], f"likeness {table.likeness[row]:.2g}") for row in far]


def _words(table: Table, row: int, at: int) -> str:
    return f"{vocabulary()[table.codes[at]].abbreviation} {figure(float(table.p[row, at]))}"


def _logit(p: np.ndarray) -> np.ndarray:
    held = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(held / (1 - held))
