"""Who did what, and when: the log of acts for people to read, the newest first, page by page."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from cessl_gui.store.log import acts
from cessl_gui.store.sqlite.database import Database

PAGE = 200
STEP = 20_000  # acts that are looked through at a time
EVERY = -1  # no limit: those of one record have an index
AFTER_ALL = "~"  # sorts after every id
_OF_WHAT = (
    "code",
    "mark",
    "caliper",
    "annotation",
    "key",
    "model",
    "what",
)  # what of the payload names the thing that changed


class Entry(NamedTuple):
    """One act.

    record    : "" where it is about none; `name` is empty too where the record is not, or no longer, here
    what      : the statement's code, the mark, the caliper, ...; "" where the kind says it all
    old, new  : before and after as the reader saw it, as in the payload (see store.log.applying); None: nothing
    holds     : whether no undo has taken it back
    is_erased : its recording was removed, and with it what was said
    """

    id: str
    at_utc: str
    reader: str
    device: str
    kind: str
    how: str
    record: str
    name: str
    what: str
    old: Any
    new: Any
    prediction_visible: int | None
    file_visible: int | None
    measurements_visible: int | None
    holds: bool
    takes_back: str
    is_erased: bool


class History:
    """The acts of a project. A reader who reads apart is shown none of others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, before: str = "", limit: int = PAGE, check: Callable[[], None] = lambda: None, **which: Any
    ) -> list[Entry]:
        """The newest acts, or those before an id: the last one of the page before.

        which : see `where`
        check : is called now and then, and may end it by an exception: what few acts match is long looked for
        """
        condition, values = self._where(**which)
        within = f"{condition} AND acts.id < ? AND acts.id >= ? ORDER BY acts.id DESC LIMIT ?"
        found: list[Entry] = []
        end = before or AFTER_ALL
        while len(found) < limit:
            check()
            begin = self._before(end, EVERY if which.get("record_id") else STEP)
            if not begin:
                break
            found += self._entries(within, [*values, end, begin, limit - len(found)])
            end = begin
        return found

    def _before(self, end: str, count: int) -> str:
        """The id of the act that comes so many before another; of the first one where there are fewer; "" for none."""
        newest_first = "SELECT id FROM acts WHERE id < ? ORDER BY id DESC LIMIT ?"
        row = self._database.one(f"SELECT MIN(id) FROM ({newest_first})", (end, count))
        return (row and row[0]) or ""

    def all(self, **which: Any) -> Iterator[Entry]:
        """Every act, the oldest first, read as it is asked for."""
        condition, values = self._where(**which)
        return self._entries(f"{condition} ORDER BY acts.id", values)

    def count(self, **which: Any) -> int:
        condition, values = self._where(**which)
        row = self._database.one(f"SELECT COUNT(*) FROM acts WHERE {condition}", tuple(values))
        return row[0] if row else 0

    def giver(self, entry: Entry) -> tuple[str, str]:
        """Reader and how of what an act did, or of what was undone or redone by it."""
        reader, how, takes_back = entry.reader, entry.how, entry.takes_back
        while takes_back:
            row = self._database.one("SELECT reader, how, takes_back FROM acts WHERE id = ?", (takes_back,))
            if row is None:  # not here yet
                return "", how
            reader, how, takes_back = row
        return reader, how

    def _where(
        self,
        *,
        record_id: str = "",
        reader: str = "",
        kinds: Collection[str] = (),
        code: str = "",
        since: str = "",
        until: str = "",
    ) -> tuple[str, list[Any]]:
        """The condition for acts of one record, one reader, some kinds, on one statement, in a time (UTC, ISO 8601)."""
        marks = ", ".join("?" * len(kinds))
        parts: list[tuple[str, list[Any]]] = [
            ("acts.record IN (SELECT content FROM record_contents WHERE record_id = ?)", [record_id]),
            ("acts.reader = ?", [reader]),
            (f"acts.kind IN ({marks})", list(kinds)),
            ("acts.payload IS NOT NULL AND json_extract(acts.payload, '$.code') = ?", [code]),
            ("acts.at_utc >= ?", [since]),
            ("acts.at_utc < ?", [until]),
            ("acts.reader = ?", [self._database.only]),
        ]
        used = [(sql, values) for sql, values in parts if any(values)]
        return " AND ".join(["1", *(sql for sql, _ in used)]), [value for _, values in used for value in values]

    def _entries(self, condition: str, values: list[Any]) -> Iterator[Entry]:
        columns = ", ".join(f"acts.{name}" for name in acts.FIELDS)
        for row in self._database.each(
            f"SELECT {columns}, d.name, COALESCE(r.id, ''), COALESCE(r.name, ''),"
            " NOT EXISTS (SELECT 1 FROM taken_back AS t WHERE t.act = acts.id)"
            " FROM acts JOIN devices AS d ON d.id = acts.device"
            " LEFT JOIN record_contents AS c ON c.content = acts.record LEFT JOIN records AS r ON r.id = c.record_id"
            f" WHERE {condition}",
            tuple(values),
        ):
            act, (device, record_id, name, holds) = acts.Act(*row[:-4]), row[-4:]
            said = act.content
            old, new = said.get("old"), said.get("new", said.get("status", said.get("why", said.get("count"))))
            if act.how == "undo" and "new" not in said:  # an import's: what it brought goes
                old, new = new, None
            yield Entry(
                id=act.id,
                at_utc=act.at_utc,
                reader=act.reader,
                device=device,
                kind=act.kind,
                how=act.how,
                record=record_id or act.record,
                name=name,
                what=next((str(said[one]) for one in _OF_WHAT if one in said), ""),
                old=old,
                new=new,
                prediction_visible=act.prediction_visible,
                file_visible=act.file_visible,
                measurements_visible=act.measurements_visible,
                holds=bool(holds),
                takes_back=act.takes_back,
                is_erased=act.payload is None,
            )


def in_words(value: Any) -> str:
    """A value of an act for a table: text as it is, lists as JSON, nothing as ""."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
