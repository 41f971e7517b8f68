"""What one model says of all records, in columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cessl_gui.core.types import LEADS_12, Prediction
from cessl_gui.store.columns.rows import Rows

_BIT = {lead: 1 << i for i, lead in enumerate(LEADS_12)}


class Stored(NamedTuple):
    """A prediction as it lies in the project."""

    record_id: str
    probabilities: str
    leads: str
    likeness: float | None


class PredictionTable(Mapping[str, Prediction]):
    """Record id -> Prediction of one model.

    codes         : the columns of `probabilities`
    unreadable    : ids of records whose stored prediction cannot be one
    """

    def __init__(self, rows: Rows, model_id: str, stored: Iterable[Stored] = ()) -> None:
        self.rows, self.model_id = rows, model_id
        self.codes: dict[str, int] = {}
        # (codes, at least so many records): lists ask for one code of all records. NaN where the model says nothing.
        self._by_code = np.full((0, len(rows)), np.nan)
        self._leads = np.zeros(len(rows), np.uint16)
        self._likeness = np.full(len(rows), np.nan)
        self._has = np.zeros(len(rows), bool)
        self._masks: dict[str, int] = {}  # few texts stand in all rows
        self._keys: tuple[str, ...] = ()
        self._columns: list[int] = []
        self.unreadable: list[str] = []
        for one in stored:
            if not self._put(one):
                self.unreadable.append(one.record_id)

    def has(self) -> np.ndarray:
        """bool (records,): whether there is a prediction."""
        self._make_room(len(self.rows) - 1)
        return self._has[: len(self.rows)]

    def matrix(self) -> np.ndarray:
        """float64 (records, codes), NaN where the model says nothing."""
        self._make_room(len(self.rows) - 1)
        return self._by_code[:, : len(self.rows)].T

    def column(self, code: str) -> np.ndarray:
        """float64 (records,): the probabilities of one statement, NaN where there is none."""
        if code not in self.codes:
            return np.full(len(self.rows), np.nan)
        return self.matrix()[:, self.codes[code]]

    def probabilities(self, ids: Sequence[str], codes: Sequence[str]) -> np.ndarray:
        """float64 (ids, codes): of these records on these statements, NaN where the model says nothing."""
        found = np.full((len(ids), len(codes)), np.nan)
        rows = np.array([-1 if (row := self.rows.of(record_id)) is None else row for record_id in ids], np.int64)
        known = rows >= 0
        for place, code in enumerate(codes):
            if code in self.codes:
                found[known, place] = self.column(code)[rows[known]]
        return found

    def likeness(self, ids: Sequence[str]) -> np.ndarray:
        """float64 (ids,): to the ECGs that the backbone has learned from, NaN where it is not known."""
        self._make_room(len(self.rows) - 1)
        rows = [self.rows.of(record_id) for record_id in ids]
        return np.array([np.nan if row is None else self._likeness[row] for row in rows], float)

    def from_few_leads(self) -> list[str]:
        """Ids of records whose prediction rests on less than the twelve leads."""
        all_leads = sum(_BIT.values())
        return [self.rows.ids[row] for row in np.flatnonzero(self._has & (self._leads != all_leads))]

    def __getitem__(self, record_id: str) -> Prediction:
        row = self.rows.of(record_id)
        if row is None or row >= len(self._has) or not self._has[row]:
            raise KeyError(record_id)
        p, mask, likeness = self._by_code[:, row], int(self._leads[row]), float(self._likeness[row])
        said = {code: float(p[column]) for code, column in self.codes.items() if not np.isnan(p[column])}
        leads = tuple(lead for lead, bit in _BIT.items() if mask & bit)
        return Prediction(record_id, self.model_id, said, leads, None if np.isnan(likeness) else likeness)

    def __contains__(self, record_id: object) -> bool:
        row = self.rows.of(record_id) if isinstance(record_id, str) else None
        return row is not None and row < len(self._has) and bool(self._has[row])

    def __iter__(self) -> Iterator[str]:
        return (self.rows.ids[row] for row in np.flatnonzero(self._has))

    def __len__(self) -> int:
        return int(np.count_nonzero(self._has))

    def _put(self, stored: Stored) -> bool:
        try:
            probabilities = json.loads(stored.probabilities)
            mask = self._mask(stored.leads)
            keys, values = tuple(probabilities), list(probabilities.values())
            if not all(0 <= p <= 1 for p in values):
                return False
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            return False
        row = self.rows.add(stored.record_id)
        if keys != self._keys:
            self._keys, self._columns = keys, [self.codes.setdefault(code, len(self.codes)) for code in keys]
        self._make_room(row)
        self._by_code[self._columns, row] = values
        self._leads[row], self._has[row] = mask, True
        self._likeness[row] = np.nan if stored.likeness is None else stored.likeness
        return True

    def _mask(self, leads: str) -> int:
        if leads not in self._masks:
            named: Sequence[str] = json.loads(leads)
            self._masks[leads] = sum(_BIT[lead] for lead in dict.fromkeys(named))
        return self._masks[leads]

    def _make_room(self, row: int) -> None:
        wide, high = self._by_code.shape
        if row < high and len(self.codes) <= wide:
            return
        more = max(row + 1 + high // 8 - high, 0) if row >= high else 0
        self._by_code = np.pad(self._by_code, ((0, len(self.codes) - wide), (0, more)), constant_values=np.nan)
        self._leads, self._has = np.pad(self._leads, (0, more)), np.pad(self._has, (0, more))
        self._likeness = np.pad(self._likeness, (0, more), constant_values=np.nan)
