"""The current labels of all records, a byte each: a million labels take megabytes, not half a gigabyte."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from itertools import islice

import numpy as np

from cessl_gui.core.types import State
from cessl_gui.store.columns.rows import Rows

NOT_ASSESSED = 0
BYTES: dict[str | None, int] = {None: NOT_ASSESSED, **{str(state): 1 + i for i, state in enumerate(State)}}
STATES = (None, *State)  # by byte
_TOGETHER = 20_000  # labels set at a time


class LabelTable(MutableMapping[str, Mapping[str, State]]):
    """Record id -> code -> state, of records with a label. What it gives is a snapshot.

    codes  : the columns, in the order in which they were met
    states : uint8 (at least so many records, at least so many codes), see BYTES
    read   : the labels of one record, asked while the table has not been filled yet
    """

    def __init__(self, rows: Rows, read: Callable[[str], Mapping[str, State]] | None = None) -> None:
        self.rows, self.codes = rows, dict[str, int]()
        self.states = np.zeros((len(rows), 32), np.uint8)
        self._read = read
        self._set_meanwhile: dict[str, Mapping[str, State]] = {}

    def fill(self, labels: Iterable[tuple[str, str, str | None]]) -> None:
        """Set (record id, code, state), later ones after earlier ones."""
        coming = iter(labels)
        while some := list(islice(coming, _TOGETHER)):
            rows = [self.rows.add(record_id) for record_id, _, _ in some]
            columns = [self.codes.setdefault(code, len(self.codes)) for _, code, _ in some]
            self._make_room(max(rows), max(columns))
            self.states[rows, columns] = [BYTES[state] for _, _, state in some]

    def adopt(self, other: LabelTable) -> None:
        """Take the labels of a table that was filled elsewhere; what was set here meanwhile stays."""
        self.codes, self.states, self._read = other.codes, other.states, None
        for record_id, labels in self._set_meanwhile.items():
            self[record_id] = labels
        self._set_meanwhile = {}

    def column(self, code: str) -> np.ndarray:
        """uint8 (records,): the states of one statement; a view where anybody has assessed it."""
        count = len(self.rows)
        if code not in self.codes:
            return np.zeros(count, np.uint8)
        self._make_room(count - 1, 0)
        return self.states[:count, self.codes[code]]

    def has(self, *states: State) -> np.ndarray:
        """bool (records,): whether any statement is in one of these states; of any of them without one."""
        count = len(self.rows)
        self._make_room(count - 1, 0)
        used = self.states[:count, : len(self.codes)]
        if not states:
            return np.asarray(used.any(axis=1))
        return np.asarray(np.isin(used, [BYTES[state] for state in states]).any(axis=1))

    def __getitem__(self, record_id: str) -> dict[str, State]:
        if self._read is not None:
            if record_id in self._set_meanwhile:
                return dict(self._set_meanwhile[record_id])
            return dict(self._read(record_id))
        row = self.rows.of(record_id)
        labels = self._labels(row) if row is not None and row < len(self.states) else {}
        if not labels:
            raise KeyError(record_id)
        return labels

    def __setitem__(self, record_id: str, labels: Mapping[str, State]) -> None:
        if self._read is not None:
            self._set_meanwhile[record_id] = dict(labels)
            return
        row = self.rows.add(record_id)
        self._make_room(row, 0)
        self.states[row] = NOT_ASSESSED
        for code, state in labels.items():
            self._put(record_id, code, BYTES[state])

    def __delitem__(self, record_id: str) -> None:
        self[record_id] = {}

    def __iter__(self) -> Iterator[str]:
        used = self.states[: len(self.rows), : len(self.codes)].any(axis=1)
        return (self.rows.ids[row] for row in np.flatnonzero(used))

    def __len__(self) -> int:
        return int(np.count_nonzero(self.states[: len(self.rows), : len(self.codes)].any(axis=1)))

    def _labels(self, row: int) -> dict[str, State]:
        given = self.states[row]
        return {code: STATES[given[column]] for code, column in self.codes.items() if given[column]}

    def _put(self, record_id: str, code: str, byte: int) -> None:
        row, column = self.rows.add(record_id), self.codes.setdefault(code, len(self.codes))
        self._make_room(row, column)
        self.states[row, column] = byte

    def _make_room(self, row: int, column: int) -> None:
        high, wide = self.states.shape
        if row < high and column < wide:
            return
        larger = np.zeros((max(row + 1 + high // 8, high), 2 * wide if column >= wide else wide), np.uint8)
        larger[:high, :wide] = self.states
        self.states = larger
