"""Two projects become one by the union of their acts: the same both ways round, and twice as once.

`known`, `facts` and `give` are what one says to the other, `take` what the other does with it. Nothing here knows
whether it goes through a file or a server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from cessl_gui.core.plural import counted
from cessl_gui.store.care import removal
from cessl_gui.store.exchange.described import Described
from cessl_gui.store.exchange.patient_keys import fingerprints
from cessl_gui.store.log import act_ids, counting_as, device, state
from cessl_gui.store.log.act_contents import unfit
from cessl_gui.store.log.acts import Act, acts, canonical, hash_of, insert_all
from cessl_gui.store.sqlite.contents import check_contents
from cessl_gui.store.sqlite.database import Database

TOGETHER = 500  # acts, or recordings, in one transaction, and
TOGETHER_TEXT = 4_000_000  # characters that they say; a bundle may have gigabytes

ONE_OF_SEVERAL = (
    "Not all recordings hide their patients by the same secret: one patient may count as several. Take in one key file"
    " on all computers (cessl team-key), and import the recordings into new projects."
)
T = TypeVar("T")


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
    """What came of it, in sentences: refused, what was not taken in and why; notes, what to know of the rest."""

    acts: int = 0
    records: int = 0
    removed: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)  # ids under which there is no such record, or signal, any more
    unfit: int = 0  # recordings that were left out, as no project has such values
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)  # records whose state may be another now


class Refused(Exception):
    """What one device has done cannot be taken in; the sentence says why."""


def known(database: Database) -> list[Known]:
    """All devices that have acted here, each with its last act; without those whose signed end is still to come."""
    rows = database.all(
        "SELECT d.*, h.number, h.hash, h.signed_by, h.signature FROM devices AS d JOIN heads AS h ON h.device = d.id"
        " WHERE h.signed_by <> '' OR d.key = '' ORDER BY d.id"
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


def take(
    database: Database,
    devices: Sequence[Known],
    given: Iterable[Act],
    records: Iterable[Mapping[str, Any]] = (),
    between: Callable[[int], None] = lambda count: None,
    *,
    looking: Callable[[int], None] = lambda count: None,
) -> Taken:
    """Take in what another has given. What cannot be is said, device by device, and stops no other.

    All is looked at before anything is taken in; then some are in each transaction, so that nobody who gives a label
    meanwhile waits long. A chain whose end is not here yet is not given on, see `known`.

    given   : acts as `give` gives them, to be gone through twice
    between : hears after each transaction how many acts were taken in; what was stays if it raises
    looking : hears now and then how many acts were looked at, before any is taken in
    raises  : ProjectError where values are such as no project has
    """
    heads = {one.id: one for one in devices}
    new, refused = _looked_through(database, heads, _told(given, looking))
    taken = Taken(refused=refused)
    database.connection.execute("PRAGMA secure_delete = ON")  # of what is removed, nothing stays in the file
    for described in _parts(records, lambda said: len(str(said))):
        _take_some(database, heads, described, [], taken)
        between(taken.acts)
    coming = (act for act in given if act.number >= new.get(act.device, act.number + 1))
    for some in _parts(coming, lambda act: len(act.payload or "")):
        _take_some(database, heads, [], some, taken)
        between(taken.acts)
    if taken.acts or taken.records:
        database.device.keep_outside(database.connection)
    if taken.unfit:
        taken.refused.append(f"{counted(taken.unfit, 'recording')} described by values that no project has left out.")
    if taken.records and len(fingerprints(database)) > 1:
        taken.notes.append(ONE_OF_SEVERAL)
    taken.changed |= counting_as.bring_in(database, lambda share: between(taken.acts))
    return taken


def _told(given: Iterable[Act], looking: Callable[[int], None]) -> Iterator[Act]:
    """The same acts; `looking` hears how many went by."""
    text = 0
    for count, act in enumerate(given):
        text += len(act.payload or "")
        if count % TOGETHER == 0 or text > TOGETHER_TEXT:
            looking(count)
            text = 0
        yield act


def _parts(coming: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Some at a time, as many as one transaction takes. size : characters of one"""
    some: list[T] = []
    text = 0
    for one in coming:
        some.append(one)
        text += size(one)
        if len(some) == TOGETHER or text > TOGETHER_TEXT:
            yield some
            some, text = [], 0
    if some:
        yield some


def _take_some(
    database: Database,
    heads: Mapping[str, Known],
    facts_: Sequence[Mapping[str, Any]],
    some: Sequence[Act],
    taken: Taken,
) -> None:
    with database.atomic() as db:
        described = Described(database)
        changes = described.take_all(facts_)
        taken.unfit += described.unfit
        for name in dict.fromkeys(act.device for act in some):
            db.execute("INSERT OR IGNORE INTO devices VALUES (?, ?, ?, ?, ?, ?)", heads[name][:6])
        insert_all(db, some)
        for act in {act.device: act for act in some}.values():  # the last one of each
            head = heads[act.device]
            signed = head[-2:] if act.number == head.number else ("", b"")
            db.execute(
                "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", (*head[:1], act.number, act.hash, *signed)
            )
        if not changes and not some:
            return
        removed = removal.follow(database) if changes or removal.concerns(db, some) else []
        removal.note_to_forget(db, described.forgotten, False)
        changed = state.follow_taken(db, some)
        check_contents(database, changed | described.fresh)
    taken.acts += len(some)
    taken.records += len(described.new)
    taken.joined += described.forgotten
    taken.removed += removed
    taken.changed |= changed


def _looked_through(
    database: Database, heads: Mapping[str, Known], given: Iterable[Act]
) -> tuple[dict[str, int], list[str]]:
    """Device -> the first of its acts that is new; and what is refused, in sentences. Nothing is changed."""
    db, seen, refused = database.connection, dict[str, Fresh](), list[str]()
    for name, some in groupby(given, key=lambda act: act.device):
        try:
            fresh = _chain(db, heads.get(name), name, some)
        except Refused as error:
            seen.pop(name, None)
            refused.append(str(error))
            continue
        if fresh.first:
            seen[name] = fresh
    while wrong := [name for name, fresh in seen.items() if _erased_by_nobody(db, fresh, seen.values())]:
        for name in wrong:  # what these remove is not removed either
            refused.append(f"Acts of device {name} say nothing any more, and nobody has removed their recordings.")
            del seen[name]
    return {name: fresh.first for name, fresh in seen.items()}, refused


def _erased_by_nobody(db: sqlite3.Connection, fresh: Fresh, all_: Iterable[Fresh]) -> bool:
    removed = {record for one in all_ for record in one.removed}
    return any(
        record not in removed and not db.execute("SELECT 1 FROM removed WHERE content = ?", (record,)).fetchone()
        for record in fresh.erased
    )


class Fresh(NamedTuple):
    """What is new of one device: from which act on, what of it was erased, and recordings that it removes."""

    first: int
    erased: dict[str, Act]
    removed: set[str]


def _chain(db: sqlite3.Connection, head: Known | None, name: str, given: Iterable[Act]) -> Fresh:
    """Look at what is new of one device. raises : Refused"""
    if head is None:
        raise Refused(f"Device {name[:20]} is not introduced: its acts were left out.")
    _meet(head)
    row = db.execute(
        "SELECT number, hash, id FROM acts WHERE device = ? ORDER BY number DESC LIMIT 1", (name,)
    ).fetchone()
    number, previous, last_id = tuple(row) if row else (0, b"", "")
    had, fresh = number, Fresh(number + 1, {}, set())
    for act in given:
        if act.number <= number:
            _check_same(db, act)
            continue
        if act.number != number + 1:
            raise Refused(f"Acts {number + 1} to {act.number - 1} of device {name} are lacking: the later ones wait.")
        _check(act, previous, last_id, head)
        if act.payload is None:
            fresh.erased.setdefault(act.record, act)
        elif act.kind == "removal":
            fresh.removed.update(act.content["contents"])
        number, previous, last_id = act.number, act.hash, act.id
    if number == had:
        return fresh._replace(first=0)
    if (number, previous) != (head.number, head.hash):
        raise Refused(f"The acts of device {name} do not end with the one that it signed.")
    return fresh


def _meet(head: Known) -> None:
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
