"""Two projects become one by the union of their acts: the same both ways round, and twice as once.

`known`, `facts` and `give` are what one says to the other, `take` what the other does with it. Nothing here knows
whether it goes through a file or a server.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from cessl_gui.core.errors import ProjectError
from cessl_gui.store import act_ids, device, removal, state
from cessl_gui.store.act_contents import unfit
from cessl_gui.store.acts import Act, acts, canonical, hash_of, insert
from cessl_gui.store.contents import check_contents
from cessl_gui.store.database import Database

NOT_HERE = "/not on this computer"  # where the recordings lie that only others have, as far as this project knows
LONGEST_FACT = 100_000
_FACTS = (
    "id", "name", "sha256", "fs_hz", "samples", "leads", "derived", "patient", "recorded_at", "age", "sex",
    "statements", "warnings", "format", "synthetic", "added_utc", "stored_sha256", "signal_sha256",
)  # fmt: skip


class Known(NamedTuple):
    """A device, and the last of its acts, signed."""

    id: str
    key: str
    nonce: str
    name: str
    since_utc: str
    from_version: int
    number: int
    hash: bytes
    signed_by: str
    signature: bytes


@dataclass
class Taken:
    """What came of it. refused: in sentences, what was not taken in and why; the rest was."""

    acts: int = 0
    records: int = 0
    removed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)  # records whose state may be another now


class Refused(Exception):
    """What one device has done cannot be taken in; the sentence says why."""


def known(database: Database) -> list[Known]:
    """All devices that have acted here, each with its last act."""
    rows = database.all(
        "SELECT d.*, h.number, h.hash, h.signed_by, h.signature FROM devices AS d JOIN heads AS h ON h.device = d.id"
        " ORDER BY d.id"
    )
    return [Known(*row) for row in rows]


def give(database: Database, since: Mapping[str, int]) -> Iterator[Act]:
    """Acts that another does not have yet, device by device, in their order.

    since : device -> number of the last act that the other has
    """
    for one in known(database):
        rows = database.connection.execute(
            "SELECT * FROM acts WHERE device = ? AND number > ? ORDER BY number", (one.id, since.get(one.id, 0))
        )
        yield from acts(rows)


def facts(database: Database) -> Iterator[dict[str, Any]]:
    """What the catalogue says of each record, but for its place: by its contents another finds its own copy."""
    contents: dict[str, list[str]] = {}
    for content, record_id in database.each("SELECT content, record_id FROM record_contents ORDER BY content"):
        contents.setdefault(record_id, []).append(content)
    for row in database.each(f"SELECT {', '.join(_FACTS)} FROM records ORDER BY id"):
        yield {**dict(zip(_FACTS, row, strict=True)), "contents": contents.get(row[0], [row[0]])}


def take(
    database: Database, devices: Sequence[Known], given: Iterable[Act], records: Iterable[Mapping[str, Any]] = ()
) -> Taken:
    """Take in what another has given, in one transaction. What cannot be is said, device by device, and stops no other.

    given  : acts as `give` gives them
    raises : ProjectError where values are such as no project has; nothing is then changed
    """
    taken = Taken()
    heads = {one.id: one for one in devices}
    database.connection.execute("PRAGMA secure_delete = ON")  # of what is removed, nothing stays in the file
    with database.atomic() as db:
        for record in records:
            taken.records += _record(db, record)
        fresh: list[tuple[str, str, str]] = []  # id, record, what it takes back
        for name, some in groupby(given, key=lambda act: act.device):
            try:
                with database.atomic():
                    fresh += _chain(db, heads.get(name), name, some)
            except Refused as error:
                taken.refused.append(str(error))
        taken.acts = len(fresh)
        if not taken.acts and not taken.records:
            return taken
        taken.removed = removal.follow(database)
        taken.changed = _bring_up(db, fresh)
        _check_erased(db)
        check_contents(database)
    database.device.keep_outside(database.connection)
    if taken.removed:
        removal.forget_copies(database)
    return taken


def _record(db: sqlite3.Connection, record: Mapping[str, Any]) -> int:
    """Catalogue a record that is not here. returns : 1 if it was new"""
    contents = record.get("contents")
    if not _is_sound(record) or not isinstance(contents, list):
        raise ProjectError("A recording is described by values that no project has.", "Ask for another file.")
    contents = [str(one) for one in contents]
    marks = ", ".join("?" * len(contents))
    if db.execute(f"SELECT 1 FROM removed WHERE content IN ({marks})", contents).fetchone():
        return 0
    here = db.execute(f"SELECT record_id FROM record_contents WHERE content IN ({marks})", contents).fetchone()
    if here is None:
        values = {name: record[name] for name in _FACTS} | {"source": f"{NOT_HERE}/{record['name']}"}
        columns = ", ".join(values)
        db.execute(f"INSERT INTO records ({columns}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
    whose = here[0] if here else record["id"]
    db.executemany("INSERT OR IGNORE INTO record_contents VALUES (?, ?)", [(one, whose) for one in contents])
    if db.execute(f"SELECT 1 FROM acts WHERE record IN ({marks})", contents).fetchone():
        state.remake(db, [whose])  # what came before the record did
    return int(here is None)


def _is_sound(record: Mapping[str, Any]) -> bool:
    numbers = {"fs_hz": (int, float), "samples": (int,), "synthetic": (int,)}
    try:
        if not all(
            isinstance(record[name], numbers[name])
            if name in numbers
            else isinstance(record[name], str) and len(record[name]) <= LONGEST_FACT and "\0" not in record[name]
            for name in _FACTS
        ):
            return False
        return all(
            isinstance(json.loads(record[name]), list) for name in ("leads", "derived", "statements", "warnings")
        )
    except (KeyError, ValueError, RecursionError):
        return False


def _chain(db: sqlite3.Connection, head: Known | None, name: str, given: Iterable[Act]) -> list[tuple[str, str, str]]:
    """Add what is new of one device. raises : Refused, and nothing of this device is to stay"""
    if head is None:
        raise Refused(f"Device {name[:20]} is not introduced: its acts were left out.")
    _meet(db, head)
    row = db.execute(
        "SELECT number, hash, id FROM acts WHERE device = ? ORDER BY number DESC LIMIT 1", (name,)
    ).fetchone()
    number, previous, last_id = tuple(row) if row else (0, b"", "")
    fresh = []
    for act in given:
        if act.number <= number:
            _check_same(db, act)
            continue
        if act.number != number + 1:
            raise Refused(f"Acts {number + 1} to {act.number - 1} of device {name} are lacking: the later ones wait.")
        _check(act, previous, last_id, head)
        insert(db, act)
        fresh.append((act.id, act.record, act.takes_back))
        number, previous, last_id = act.number, act.hash, act.id
    if fresh and (number, previous) != (head.number, head.hash):
        raise Refused(f"The acts of device {name} do not end with the one that it signed.")
    if fresh:
        db.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", (name, number, previous, *head[-2:]))
    return fresh


def _meet(db: sqlite3.Connection, head: Known) -> None:
    """A device whose id is of its key, and whose end it has signed."""
    name = head.id
    took_over = name.startswith(device.TAKEN_OVER)
    if (
        len(name) != 16
        or took_over != bool(head.from_version)
        or (not took_over and device.device_id(head.key, head.nonce) != name)
    ):
        raise Refused(f"Device {name[:20]} is not what it says it is: its acts were left out.")
    signed = device.message(name, head.number, head.hash)
    if (head.key and head.signed_by != head.key) or (
        head.signed_by and not device.is_signed(head.signed_by, head.signature, signed)
    ):
        raise Refused(f"The end of device {name} is not signed with its key: its acts were left out.")
    db.execute("INSERT OR IGNORE INTO devices VALUES (?, ?, ?, ?, ?, ?)", head[:6])


def _check_same(db: sqlite3.Connection, act: Act) -> None:
    row = db.execute("SELECT hash FROM acts WHERE device = ? AND number = ?", (act.device, act.number)).fetchone()
    if row is None or row[0] != act.hash:
        raise Refused(
            f"Device {act.device} has two different acts of number {act.number}: one of the projects was altered."
        )


def _check(act: Act, previous: bytes, last_id: str, head: Known) -> None:
    fits = (
        act.number <= head.number
        and act_ids.is_id(act.id)
        and int(act.id[:12], 16) < act_ids.FURTHEST_MS
        and act.id > last_id
        and act.id[18:] == act.device[:8]
        and hash_of(act, previous) == act.hash
        and (act.salt == "" if act.payload is None else (canonical(act.content), "") == (act.payload, act.digest))
    )
    if not fits or unfit(act):
        raise Refused(f"Act {act.number} of device {act.device} was altered: the acts of this device were left out.")


def _bring_up(db: sqlite3.Connection, fresh: Sequence[tuple[str, str, str]]) -> set[str]:
    """Today's state with the new acts, whatever order they came in. returns : the records concerned"""
    targets = [target for _, _, target in fresh if target]
    met = [
        act_id for act_id, _, _ in fresh if db.execute("SELECT 1 FROM acts WHERE takes_back = ?", (act_id,)).fetchone()
    ]
    scopes = state.settle(db, [*targets, *met]) | {state.local(db, record) for _, record, _ in fresh}
    state.remake(db, scopes)  # acts on records that are not here wait for them
    return scopes - {state.PROJECT}


def _check_erased(db: sqlite3.Connection) -> None:
    row = db.execute(
        "SELECT device, number FROM acts WHERE payload IS NULL AND record NOT IN (SELECT content FROM removed) LIMIT 1"
    ).fetchone()
    if row:
        raise ProjectError(
            f"Act {row[1]} of device {row[0]} says nothing any more, and nobody has removed its recording.",
            "Ask for another file.",
        )
