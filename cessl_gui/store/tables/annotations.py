"""Beats and stretches that readers mark on the page: each setting, moving and removal an act."""

from __future__ import annotations

from collections.abc import Mapping

from cessl_gui.core.annotations import Annotation, GivenMark
from cessl_gui.store.log import acts
from cessl_gui.store.log.acts import NOT_KNOWN, Sight
from cessl_gui.store.sqlite.database import Database

IMPORTED = "imported"
COLUMNS = "annotation, code, start_s, end_s, lead"  # as the fields of Annotation


class Annotations:
    """Each reader's own, record by record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(
        self,
        record_id: str,
        changes: Mapping[str, Annotation | None],
        reader: str,
        kind: str = "set",
        step: str = "",
        *,
        sight: Sight = NOT_KNOWN,
    ) -> None:
        """Mark beats and stretches of one record in one transaction; None removes. On disk when this returns.

        changes : id -> what it is now
        kind    : set, imported
        step    : under which this is undone; "": it is not undone by a reader's undo
        sight   : of what others say of the record
        """
        with self._database.atomic():
            for id_, now in changes.items():
                before = self.one(record_id, reader, id_)
                payload = {"annotation": id_, "old": _values(before), "new": _values(now)}
                acts.append(self._database, "annotation", record_id, reader, payload, how=kind, step=step, sight=sight)

    def are_more_than(self, count: int, record_id: str) -> bool:
        """Whether so many marks and more, of all readers, were given on a record."""
        query = "SELECT 1 FROM annotations WHERE record_id = ? LIMIT 1 OFFSET ?"
        return self._database.one(query, (record_id, count)) is not None

    def one(self, record_id: str, reader: str, annotation: str) -> Annotation | None:
        """One mark of a reader; None where there is none."""
        row = self._database.one(
            f"SELECT {COLUMNS} FROM annotations WHERE record_id = ? AND annotation = ? AND reader = ?"
            " AND code IS NOT NULL",
            (record_id, annotation, reader),
        )
        return Annotation(*row) if row else None

    def current(self, record_id: str, reader: str) -> tuple[Annotation, ...]:
        """What one reader has marked on a record, in the order of time."""
        rows = self._database.all(
            f"SELECT {COLUMNS} FROM annotations WHERE record_id = ? AND reader = ? AND code IS NOT NULL"
            " ORDER BY start_s, annotation",
            (record_id, reader),
        )
        return tuple(Annotation(*row) for row in rows)

    def of_record(self, record_id: str) -> tuple[Annotation, ...]:
        """What all readers have marked on a record, each id once, in the order of time."""
        rows = self._database.all(
            f"SELECT {COLUMNS} FROM annotations WHERE record_id = ? AND code IS NOT NULL ORDER BY start_s, annotation",
            (record_id,),
        )
        return tuple({row["annotation"]: Annotation(*row) for row in rows}.values())

    def given(self, record_id: str) -> tuple[GivenMark, ...]:
        """What is marked on a record and who gave it, in the order of time; see Project.read_apart.

        What came in files is the files' opinion, whoever imported it: it is among them for every reader.
        """
        rows = self._database.all(
            f"SELECT {COLUMNS}, m.reader, a.at_utc, a.how FROM annotations AS m JOIN acts AS a ON a.id = m.act"
            " WHERE m.record_id = ? AND m.code IS NOT NULL ORDER BY start_s, annotation",
            (record_id,),
        )
        found = (GivenMark(Annotation(*row[:5]), row[5], row[6], row[7] == IMPORTED) for row in rows)
        return tuple(one for one in found if one.is_imported or self._database.only in ("", one.reader))

    def by_hand(self, record_id: str, reader: str) -> frozenset[str]:
        """Ids of what a reader has marked on a record with the own hand, not from a file."""
        rows = self._database.all(
            "SELECT annotation FROM annotations AS m JOIN acts AS a ON a.id = m.act"
            " WHERE m.record_id = ? AND m.reader = ? AND m.code IS NOT NULL AND a.how <> ?",
            (record_id, reader, IMPORTED),
        )
        return frozenset(row["annotation"] for row in rows)

    def has_imported(self, record_id: str) -> bool:
        """Whether marks of a record came in a file."""
        row = self._database.one(
            "SELECT 1 FROM annotations AS m JOIN acts AS a ON a.id = m.act"
            " WHERE m.record_id = ? AND m.code IS NOT NULL AND a.how = ? LIMIT 1",
            (record_id, IMPORTED),
        )
        return row is not None

    def all_current(self) -> list[dict]:
        """Everything marked, with who, when and how: record_id, the fields of Annotation, reader, at_utc, how."""
        rows = self._database.all(
            f"SELECT m.record_id, {COLUMNS}, m.reader, a.at_utc, a.how"
            " FROM annotations AS m JOIN acts AS a ON a.id = m.act"
            " WHERE m.code IS NOT NULL ORDER BY m.record_id, m.start_s, m.annotation"
        )
        return [dict(row) for row in rows]


def _values(mark: Annotation | None) -> list | None:
    return [mark.code, mark.start_s, mark.end_s, mark.lead] if mark else None
