"""Some measured figures of all records, in columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cessl_gui.core.measurements import Measurements
from cessl_gui.store.columns.rows import Rows


class FigureColumns:
    """values : quantity -> float64 (at least so many records), NaN where there is none; doubtful : the same in bool"""

    def __init__(self, rows: Rows, names: Sequence[str]) -> None:
        self._rows = rows
        self._values: dict[str, np.ndarray] = {name: np.full(len(rows), np.nan) for name in names}
        self._doubtful: dict[str, np.ndarray] = {name: np.zeros(len(rows), bool) for name in names}

    def fill(self, measured: Iterable[Sequence]) -> None:
        """Take rows of a record id, then value and doubt (a sentence or None) of each quantity."""
        for record_id, *figures in measured:
            row = self._row(record_id)
            for name, value, doubt in zip(self._values, figures[::2], figures[1::2], strict=True):
                self._values[name][row] = value if isinstance(value, int | float) else np.nan
                self._doubtful[name][row] = isinstance(doubt, str)

    def put(self, measured: Measurements) -> None:
        """Take the measurements of one record."""
        doubts: Mapping[str, str] = measured.doubtful
        pairs = [(measured.values.get(name), doubts.get(name)) for name in self._values]
        self.fill([(measured.record_id, *(part for pair in pairs for part in pair))])

    def values(self, name: str) -> np.ndarray:
        """float64 (records,)"""
        self._make_room(len(self._rows))
        return self._values[name][: len(self._rows)]

    def one(self, name: str, row: int) -> tuple[float, bool]:
        """The figure of one record, NaN where there is none, and whether it is doubtful."""
        self._make_room(row + 1)
        return float(self._values[name][row]), bool(self._doubtful[name][row])

    def _row(self, record_id: str) -> int:
        row = self._rows.add(record_id)
        self._make_room(row + 1)
        return row

    def _make_room(self, count: int) -> None:
        for name, values in self._values.items():
            more = count - len(values)
            if more > 0:
                more += count // 8
                self._values[name] = np.pad(values, (0, more), constant_values=np.nan)
                self._doubtful[name] = np.pad(self._doubtful[name], (0, more))
