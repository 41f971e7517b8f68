"""The records of an open project: columns of all of them, and the whole information of those that were asked for."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from cessl_gui.core.types import ReadingState, RecordInfo
from cessl_gui.store.columns.record_columns import RecordColumns
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.tables.catalog import Records


class Collection(MutableMapping[str, RecordInfo]):
    """Record id -> its information, read from the project when it is asked for.

    columns : of all records, empty until they are adopted; their reading states follow what is set here
    rows    : the one numbering of records that all columns of the session share
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._infos: dict[str, RecordInfo] = {}
        self.columns = RecordColumns()
        self.rows = Rows()
        self.is_whole = False
        self._moved: dict[str, ReadingState] = {}  # since columns began to be read elsewhere

    def expect(self) -> None:
        """Columns begin to be read elsewhere: what is set from now on is newer."""
        self._moved.clear()

    def adopt(self, columns: RecordColumns) -> None:
        """Take columns that were read elsewhere, placed in our rows; infos are read again when they are asked for."""
        self.columns, self.is_whole = columns, True
        self._infos.clear()
        for record_id, state in self._moved.items():
            columns.set_reading(record_id, state)

    def prepare(self, infos: list[RecordInfo]) -> None:
        """Keep information that was read together: quicker than one by one."""
        self._infos |= {info.id: info for info in infos}

    def forget(self, record_id: str) -> None:
        """Read a record's information again when it is asked for next."""
        self._infos.pop(record_id, None)

    def __getitem__(self, record_id: str) -> RecordInfo:
        if record_id not in self._infos:
            self._infos[record_id] = self._records.get(record_id)
        return self._infos[record_id]

    def __setitem__(self, record_id: str, info: RecordInfo) -> None:
        self._infos[record_id] = info
        self._moved[record_id] = info.reading
        self.rows.add(record_id)
        self.columns.set_reading(record_id, info.reading)

    def __delitem__(self, record_id: str) -> None:
        self.forget(record_id)

    def __contains__(self, record_id: object) -> bool:
        row = self.rows.of(record_id) if isinstance(record_id, str) else None
        return row is not None and (row >= len(self.columns) or bool(self.columns.here[row]))

    def __iter__(self) -> Iterator[str]:
        return iter(list(filter(self.__contains__, self.rows.ids)))

    def __len__(self) -> int:
        return self.columns.count if self.is_whole else len(self.rows)
