"""The calipers readers set on pages: each setting, moving and removal an act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple

from cessl_gui.core.types import Caliper
from cessl_gui.store.log import acts
from cessl_gui.store.sqlite.database import Database

COLUMNS = "caliper, lead, start_s, end_s, start_mv, end_mv, marched"  # as the fields of Caliper


class Calipers:
    """Each reader's own calipers, record by record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(
        self, record_id: str, changes: Mapping[str, Caliper | None], reader: str, kind: str = "set", step: str = ""
    ) -> None:
        """Set calipers of one record in one transaction; None removes. On disk when this returns.

        changes : id of the caliper -> what it is now
        step    : under which this is undone; "": it is not undone by a reader's undo
        """
        with self._database.atomic():
            before = {caliper.id: caliper for caliper in self.current(record_id, reader)}
            for caliper_id, caliper in changes.items():
                payload = {"caliper": caliper_id, "old": _values(before.get(caliper_id)), "new": _values(caliper)}
                acts.append(self._database, "caliper", record_id, reader, payload, how=kind, step=step)

    def current(self, record_id: str, reader: str) -> tuple[Caliper, ...]:
        """The calipers of one reader on a record, in the order of their setting."""
        rows = self._database.all(
            f"SELECT {COLUMNS} FROM calipers WHERE record_id = ? AND reader = ? AND lead IS NOT NULL ORDER BY first",
            (record_id, reader),
        )
        return tuple(
            Caliper(row[0], row[1], row[2], row[3], row[4], row[5], marched=bool(row["marched"])) for row in rows
        )

    def history(self, record_id: str) -> list[dict]:
        """Every act on a record's calipers, oldest first; lead None: removed."""
        rows = self._database.all(
            "SELECT * FROM acts WHERE kind = 'caliper' AND record IN"
            " (SELECT content FROM record_contents WHERE record_id = ?) ORDER BY id",
            (record_id,),
        )
        names = COLUMNS.split(", ")
        return [
            {
                **dict(zip(names, (act.content.get("caliper"), *(act.content.get("new") or [None] * 6)), strict=True)),
                "reader": act.reader,
                "at_utc": act.at_utc,
                "kind": act.how,
            }
            for act in acts.acts(rows)
        ]

    def all_current(self) -> list[dict]:
        """All current calipers with who set them and when: record_id, caliper, lead, ..., reader, at_utc."""
        rows = self._database.all(
            f"SELECT c.record_id, {COLUMNS}, c.reader, a.at_utc FROM calipers AS c JOIN acts AS a ON a.id = c.act"
            " WHERE lead IS NOT NULL ORDER BY first"
        )
        return [dict(row) for row in rows]


def _values(caliper: Caliper | None) -> list | None:
    return [*astuple(caliper)[1:-1], int(caliper.marched)] if caliper else None
