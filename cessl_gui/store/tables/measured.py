"""What was measured of each record: kept, so that nothing is measured twice; not given out once out of date."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence

from cessl_gui.core.measurements import MEASURING_VERSION, QUANTITIES, Figure, Measurements, from_json, to_json
from cessl_gui.store.columns.figure_columns import FigureColumns
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.sqlite.database import Database

log = logging.getLogger(__name__)

# Measured by another version of the program, or before the record was revised: as if it were not there.
_CURRENT = (
    f"version = {MEASURING_VERSION} AND revision ="
    " (SELECT COUNT(*) FROM record_revisions AS r WHERE r.record_id = measurements.record_id)"
)


class Measured:
    """Measurements of records, without their median beats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, record_id: str) -> Measurements | None:
        """The measurements of a record as it is now; None where they are to be made."""
        row = self._database.one(f"SELECT measured FROM measurements WHERE record_id = ? AND {_CURRENT}", (record_id,))
        if row is None:
            return None
        try:
            return from_json(record_id, row["measured"])
        except ValueError as error:
            log.warning("the measurements of %s are made again: %s", record_id, error)
            return None

    def revision(self, record_id: str) -> int:
        """How often a record has been revised: what is measured of it now belongs to this number."""
        row = self._database.one("SELECT COUNT(*) AS n FROM record_revisions WHERE record_id = ?", (record_id,))
        return row["n"] if row else 0

    def keep(self, measured: Iterable[tuple[Measurements, int]]) -> None:
        """Keep measurements, each with the revision() of its record before it was read. raises : ProjectError"""
        rows = [(m.record_id, MEASURING_VERSION, revision, to_json(m)) for m, revision in measured]
        with self._database.atomic() as db:
            db.executemany("INSERT OR REPLACE INTO measurements VALUES (?, ?, ?, ?)", rows)

    def missing(self) -> list[str]:
        """Records of which there are no measurements, in the order of import."""
        rows = self._database.all(
            f"SELECT id FROM records WHERE id NOT IN (SELECT record_id FROM measurements WHERE {_CURRENT})"
            " ORDER BY rowid"
        )
        return [row["id"] for row in rows]

    def figures(self, names: Sequence[str]) -> Mapping[str, Mapping[str, Figure]]:
        """Record id -> quantity -> its figure, of all records that were measured: what a table of many shows.

        names : of core.measurements.QUANTITIES
        """
        if not set(names) <= QUANTITIES.keys():
            raise KeyError(sorted(set(names) - QUANTITIES.keys()))
        columns = ", ".join(
            f"json_extract(measured, '$.values.{n}'), json_extract(measured, '$.doubtful.{n}'),"
            f" json_extract(measured, '$.missing.{n}')"
            for n in names
        )
        rows = self._database.all(
            f"SELECT record_id, {columns} FROM measurements WHERE json_valid(measured) AND {_CURRENT}"
        )
        return {row[0]: {n: _figure(*row[3 * i + 1 : 3 * i + 4]) for i, n in enumerate(names)} for row in rows}

    def columns(self, rows: Rows, names: Sequence[str]) -> FigureColumns:
        """Figures of all records that were measured, compact. names : of core.measurements.QUANTITIES"""
        columns = FigureColumns(rows, names)
        parts = ", ".join(
            f"json_extract(measured, '$.values.{n}'), json_extract(measured, '$.doubtful.{n}')" for n in names
        )
        columns.fill(
            self._database.each(
                f"SELECT record_id, {parts} FROM measurements WHERE json_valid(measured) AND {_CURRENT}"
            )
        )
        return columns


def _figure(value: object, doubt: object, why_missing: object) -> Figure:
    if isinstance(value, int | float) and math.isfinite(value):
        return Figure(float(value), doubt if isinstance(doubt, str) else "")
    return Figure(None, why_missing if isinstance(why_missing, str) else "")
