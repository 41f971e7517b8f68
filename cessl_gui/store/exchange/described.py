"""What others say of recordings comes into the catalogue: whatever order it comes in, the end is the same.

A recording has one content for each header under which it was met. Who corrected a header has both contents in one
record; who met the two apart says so of none. Records that only others have become one as soon as anybody says so,
under the first of their ids, as who described them last says. Records that were met on this computer stay apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cessl_gui.store.care import removal
from cessl_gui.store.log import acts, state

if TYPE_CHECKING:
    from cessl_gui.store.sqlite.database import Database

NOT_HERE = "/not on this computer"  # where the recordings lie that only others have, as far as this project knows
LONGEST_FACT, LONGEST_NAME, LONGEST_KEY, MOST_CONTENTS = 50_000, 900, 100, 1000
LONG = 16  # characters of a content: the beginning of the SHA-256 of the file that it was read from
LINKED = "linked recordings"  # a setting of this project alone: ids of own records that others say are one recording
_FILE_NAME = re.compile(r"[^./\\:\0][^/\\:\0]{0,199}")
_HALF = re.compile("[\ud800-\udfff]")  # of a character
_NUMBERS: dict[str, type | tuple[type, ...]] = {"fs_hz": (int, float), "samples": int, "synthetic": int}
_LISTS = ("leads", "derived", "statements", "warnings")
FACTS = (
    "id", "name", "sha256", "fs_hz", "samples", "leads", "derived", "patient", "recorded_at", "age", "sex",
    "statements", "warnings", "format", "synthetic", "added_utc", "stored_sha256", "signal_sha256",
)  # fmt: skip
SPELLING = "patient_bare"  # of the patient's id, where it is written otherwise; earlier versions do not say it
SIGNAL = ("fs_hz", "samples", "leads", "derived", "signal_sha256")  # what a signal, and all that was made of it, is of
IS_ELSEWHERE = (  # of records AS r
    f"substr(r.source, 1, {len(NOT_HERE)}) = '{NOT_HERE}' AND NOT EXISTS (SELECT 1 FROM sources WHERE record_id = r.id)"
)
_KEPT = ("record_contents", "record_revisions")  # go with a record that becomes another


def facts(database: Database) -> Iterator[dict[str, Any]]:
    """What the catalogue says of each record, but for its place: by its contents another finds its own copy.

    added_utc is when it was described so: the time of the latest correction.
    """
    contents: dict[str, list[str]] = {}
    for content, record_id in database.each("SELECT content, record_id FROM record_contents ORDER BY content"):
        contents.setdefault(record_id, []).append(content)
    spellings = dict(database.each("SELECT record_id, bare FROM patient_spellings WHERE bare <> ''"))
    corrected = dict(database.each("SELECT record_id, MAX(at_utc) FROM record_revisions GROUP BY record_id"))
    for row in database.each(f"SELECT {', '.join(FACTS)} FROM records ORDER BY id"):
        said = dict(zip(FACTS, row, strict=True))
        said["added_utc"] = max(said["added_utc"], corrected.get(row[0], ""))
        spelled = {SPELLING: spellings[row[0]]} if row[0] in spellings else {}
        yield {**said, **spelled, "contents": contents.get(row[0], [row[0]])}


class Described:
    """Takes descriptions in, in the transactions of the caller.

    new       : ids of records that were not here
    fresh     : these, and ids of records that are described otherwise now
    forgotten : ids under which there is no such record, or no such signal, any more
    unfit     : how many were left out, as no project has such values
    """

    def __init__(self, database: Database) -> None:
        self._database, self._db = database, database.connection
        self.new: set[str] = set()
        self.fresh: set[str] = set()
        self.forgotten: list[str] = []
        self.unfit = 0
        self._groups = self._read_groups()

    def take_all(self, some: Sequence[Mapping[str, Any]]) -> int:
        """Take these in. returns : how many of them change the catalogue, or what is removed"""
        named = [(said, _contents(said)) for said in some]
        here = self._own({one for _, contents in named for one in contents})
        return sum(self._take(said, contents) for said, contents in named if not _are_one(here, contents))

    def _own(self, contents: set[str]) -> dict[str, str]:
        """Content -> record of this computer that has it, as far as none is removed.

        All members of a team describe the recordings that they share: most of what comes says nothing new.
        """
        rows = self._db.execute(
            "SELECT c.content, r.id FROM record_contents AS c JOIN records AS r ON r.id = c.record_id"
            f" WHERE c.content IN (SELECT value FROM json_each(?)) AND NOT ({IS_ELSEWHERE})"
            " AND c.content NOT IN (SELECT content FROM removed)",
            (json.dumps([*contents]),),
        )
        return dict(map(tuple, rows.fetchall()))

    def _take(self, said: Mapping[str, Any], contents: Sequence[str]) -> bool:
        """Take one in; True where the catalogue, or what is removed, is another now. contents : [], it is unfit"""
        if not contents:
            self.unfit += 1
            return False
        gone = self._column("SELECT content FROM removed WHERE content IN ({})", contents)
        if gone:
            return self._remove(contents, gone)
        here = self._column("SELECT DISTINCT record_id FROM record_contents WHERE content IN ({})", contents)
        elsewhere = set(self._column(f"SELECT id FROM records AS r WHERE id IN ({{}}) AND {IS_ELSEWHERE}", here))
        own = set(here) - elsewhere
        is_changed = self._link(own) if own else False
        target = min(self._linked(own)) if own else min([*contents, *here])
        is_changed |= False if own else self._describe(target, said, sorted(elsewhere))
        for other in sorted(elsewhere - {target}):
            self._become(other, target)
            is_changed = True
        added = self._db.executemany(
            "INSERT OR IGNORE INTO record_contents VALUES (?, ?)", [(one, target) for one in contents]
        ).rowcount
        if added > 0 or is_changed:
            self._follow(target)
        if not here:
            self.new.add(target)
        if is_changed:
            self.fresh.add(target)
        return added > 0 or is_changed

    def _linked(self, own: set[str]) -> set[str]:
        """These records of this computer, and those that others have said to be the same recordings."""
        return own.union(*(group for group in self._groups if group & own))

    def _link(self, own: set[str]) -> bool:
        """Others say that these are one recording. Here they stay apart, but what is known of it from others alone goes
        to the first of them, in whatever order it came. True where anything went to another record."""
        linked = self._linked(own)
        if len(own) < 2 or linked in self._groups:
            return False
        self._groups = [linked, *(group for group in self._groups if not group & linked)]
        kept = json.dumps([sorted(group) for group in self._groups])
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (LINKED, kept))
        first, moved = min(linked), 0
        for record_id in sorted(linked - {first}):
            learned = set(self._column("SELECT content FROM record_contents WHERE record_id IN ({})", [record_id]))
            rows = [(first, content) for content in sorted(learned - self._met(record_id))]
            self._db.executemany("UPDATE record_contents SET record_id = ? WHERE content = ?", rows)
            moved += len(rows)
            if rows:
                self.fresh |= state.remake(self._db, [record_id, first])
        return moved > 0

    def _met(self, record_id: str) -> set[str]:
        """The contents under which this computer itself has met a record."""
        rows = self._db.execute(
            "SELECT sha256 FROM records WHERE id = ?1 UNION SELECT value FROM record_revisions,"
            " json_each(changes, '$.sha256') WHERE record_id = ?1",
            (record_id,),
        )
        return {record_id, *(str(sha256)[:LONG] for (sha256,) in rows)}

    def _read_groups(self) -> list[set[str]]:
        """As they were kept, without what was removed since."""
        row = self._db.execute("SELECT value FROM settings WHERE key = ?", (LINKED,)).fetchone()
        try:
            kept = [{str(one) for one in group} for group in json.loads(row[0])] if row else []
        except (ValueError, TypeError, RecursionError):  # altered by hand
            return []
        here = {one for group in kept for one in self._column("SELECT id FROM records WHERE id IN ({})", [*group])}
        return [group & here for group in kept if len(group & here) > 1]

    def _remove(self, contents: Sequence[str], gone: Sequence[str]) -> bool:
        """Who removed it may not have met all of its contents."""
        if len(gone) == len(contents):
            return False
        removal.widen(self._database, contents, min(gone))
        return True

    def _describe(self, target: str, said: Mapping[str, Any], elsewhere: Sequence[str]) -> bool:
        """Let the latest description hold; True where that is another one than before, or under another id."""
        rows = [dict(row) for record_id in elsewhere for row in self._db.execute(_SELECT, (record_id,)).fetchall()]
        given = {name: said[name] for name in FACTS} | {SPELLING: said.get(SPELLING, "")}
        values = max([*rows, given], key=_when) | {"id": target}
        before = next((row for row in rows if row["id"] == target), None)
        if values == before:
            return False
        spelling = values.pop(SPELLING)
        row = {**values, "source": f"{NOT_HERE}/{values['name']}"}
        if before is None:
            marks = ", ".join("?" * len(row))
            self._db.execute(f"INSERT INTO records ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
        else:
            columns = ", ".join(f"{name} = ?" for name in row)
            self._db.execute(f"UPDATE records SET {columns} WHERE id = ?", (*row.values(), target))
            if any(before[name] != values[name] for name in SIGNAL):
                self._db.execute("DELETE FROM predictions WHERE record_id = ?", (target,))
                self.forgotten.append(target)
        self._db.execute("DELETE FROM patient_spellings WHERE record_id = ?", (target,))
        if spelling:
            self._db.execute("INSERT INTO patient_spellings VALUES (?, ?)", (target, spelling))
        return True

    def _become(self, record_id: str, target: str) -> None:
        """A record of others is the same as another one: what was said of both is said of that one."""
        for table in removal.tables_of_records(self._db):
            if table in _KEPT:
                self._db.execute(f"UPDATE {table} SET record_id = ? WHERE record_id = ?", (target, record_id))
            else:
                self._db.execute(f"DELETE FROM {table} WHERE record_id = ?", (record_id,))
        self._db.execute("DELETE FROM records WHERE id = ?", (record_id,))
        self.fresh.discard(record_id)
        self.new.discard(record_id)
        self.forgotten.append(record_id)

    def _follow(self, target: str) -> None:
        """Make the state of a record again, where acts came before what they are about did."""
        known = self._db.execute(
            "SELECT 1 FROM record_contents AS c JOIN acts AS a ON a.record = c.content WHERE c.record_id = ? LIMIT 1",
            (target,),
        ).fetchone()
        if known:
            state.remake(self._db, [target])

    def _column(self, query: str, values: Sequence[str]) -> list[str]:
        marks = ", ".join("?" * len(values))
        return [row[0] for row in self._db.execute(query.format(marks), tuple(values)).fetchall()]


_SELECT = (
    f"SELECT {', '.join(FACTS)}, IFNULL((SELECT bare FROM patient_spellings WHERE record_id = records.id), '')"
    f" AS {SPELLING} FROM records WHERE id = ?"
)


def _when(said: Mapping[str, Any]) -> tuple[str, str, str]:
    return said["added_utc"], acts.canonical({name: said[name] for name in FACTS if name != "id"}), said[SPELLING]


def _contents(said: Mapping[str, Any]) -> list[str]:
    """The contents of a recording that is described; empty where the description is none that a project can have."""
    contents = said.get("contents") if isinstance(said, Mapping) else None
    if not _is_sound(said) or not isinstance(contents, list) or not 0 < len(contents) <= MOST_CONTENTS:
        return []
    if said["id"] not in contents or not all(_is_text(one, 200) and _FILE_NAME.fullmatch(one) for one in contents):
        return []  # one of them names the file of the signal
    return sorted(set(contents))


def _are_one(here: Mapping[str, str], contents: Sequence[str]) -> bool:
    """Whether all these contents are of one record, of those that are here."""
    of = {here.get(one, "") for one in contents}
    return len(of) == 1 and "" not in of


def _is_text(value: object, most: int) -> bool:
    """Not so for half a character, which no database takes."""
    return isinstance(value, str) and len(value) <= most and "\0" not in value and not _HALF.search(value)


def _is_sound(said: Any) -> bool:
    """As sqlite.contents looks for, so that nothing later stumbles on it."""
    try:
        texts = [said[name] for name in FACTS if name not in _NUMBERS]
        lists = [json.loads(said[name]) for name in _LISTS]
        return (
            all(_is_text(text, LONGEST_FACT) for text in texts)
            and all(isinstance(said[name], kinds) for name, kinds in _NUMBERS.items())
            and all(isinstance(one, list) and all(_is_text(text, LONGEST_FACT) for text in one) for one in lists)
            and 0 < said["fs_hz"] <= 1e6
            and 0 <= said["samples"] <= 10**10
            and said["synthetic"] in (0, 1)
            and len(said["name"]) <= LONGEST_NAME
            and _is_text(said.get(SPELLING, ""), LONGEST_KEY)
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        return False
