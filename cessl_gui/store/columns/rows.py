"""The place of each record in columns: its number in the order of import."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np


class Rows:
    """Record ids and their rows. Rows are only ever added, so that columns made earlier stay true.

    ids : in the order of import
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self.ids: list[str] = []
        self._of: dict[str, int] = {}
        self._guard = threading.Lock()
        self.add_all(list(ids))

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._of

    def of(self, record_id: str) -> int | None:
        """The row of a record; None for one that is not there."""
        return self._of.get(record_id)

    def add(self, record_id: str) -> int:
        """The row of a record, a new last one if it has none."""
        row = self._of.get(record_id)
        if row is not None:
            return row
        with self._guard:  # a background thread fills columns while the window adds a record
            row = self._of.setdefault(record_id, len(self.ids))
            if row == len(self.ids):
                self.ids.append(record_id)
            return row

    def add_all(self, ids: Sequence[str]) -> list[int]:
        """The rows of many records, new last ones for those that have none."""
        of = self._of
        with self._guard:
            new = [record_id for record_id in dict.fromkeys(ids) if record_id not in of]
            first = len(self.ids)
            self.ids.extend(new)
            of.update(zip(new, range(first, len(self.ids)), strict=True))
        return [of[record_id] for record_id in ids]

    def mask(self, ids: Iterable[str]) -> np.ndarray:
        """bool (rows,): which are those of these records."""
        mask = np.zeros(len(self.ids), bool)
        mask[[row for row in map(self._of.get, ids) if row is not None and row < len(mask)]] = True
        return mask
