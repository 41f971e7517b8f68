"""A set of records that takes long to read: until it is there, each record is asked for on its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cessl_gui.store.columns.rows import Rows


class Known:
    """Of which records something holds.

    rows : the places of the records
    ask  : whether it holds of one record; called while the whole set is not there
    """

    def __init__(self, rows: Rows, ask: Callable[[str], bool]) -> None:
        self._rows, self._ask = rows, ask
        self._all: np.ndarray | None = None  # by row: to look up 40,000 ids in a list of all takes the window 20 ms
        self._asked: dict[str, bool] = {}
        self._changed: dict[str, bool] = {}  # here, since the whole set began to be read
        self._since: dict[str, bool] = {}

    def __contains__(self, record_id: str) -> bool:
        if record_id in self._changed:
            return self._changed[record_id]
        if self._all is not None:
            row = self._rows.of(record_id)
            return row is not None and row < len(self._all) and bool(self._all[row])
        if record_id not in self._asked:
            self._asked[record_id] = self._ask(record_id)
        return self._asked[record_id]

    def put(self, record_id: str, holds: bool) -> None:
        """Whether it holds from now on."""
        self._changed[record_id] = self._since[record_id] = holds

    def expect(self) -> None:
        """The whole set is about to be read again: what is set from now on is newer."""
        self._since = {}

    def adopt(self, all_of_them: np.ndarray) -> None:
        """Take the whole set, bool by row, read elsewhere; what was set here since then stays."""
        self._all, self._changed = all_of_them, dict(self._since)
        self._asked.clear()

    def everything(self) -> np.ndarray:
        """bool (rows,): of which records it holds, as far as that is known."""
        mask = np.zeros(len(self._rows), bool)
        if self._all is not None:
            mask[: len(self._all)] = self._all
        for record_id, holds in (self._asked | self._changed).items():
            row = self._rows.of(record_id)
            if row is not None and row < len(mask):
                mask[row] = holds
        return mask
