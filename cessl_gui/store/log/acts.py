"""The log of acts: what people did, one entry each, in a chain of hashes per device. Entries are only ever added."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from cessl_gui.core.errors import ProjectError
from cessl_gui.store.log import act_ids, state

if TYPE_CHECKING:
    from cessl_gui.store.sqlite.database import Database

FIELDS = (
    "id", "device", "number", "reader", "at_utc", "kind", "how", "record", "step", "takes_back", "prediction_visible",
    "file_visible", "measurements_visible", "payload", "salt", "digest", "hash",
)  # fmt: skip
COLUMNS = ", ".join(FIELDS)
# To make the state of a record again: notes are long, and of those the last of each reader is all that counts.
BUT_NOTES = (
    f"{', '.join(FIELDS[:-4])}, iif(kind = 'note', NULL, payload) AS payload, '' AS salt, '' AS digest, x'' AS hash,"
    " kind = 'note' AND payload IS NOT NULL AS is_note, EXISTS (SELECT 1 FROM taken_back WHERE act = id) AS taken"
)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_INSERT = f"INSERT INTO acts ({COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"


@dataclass(frozen=True)
class Act:
    """One entry of the log; the columns of the table acts, see schema_10.sql.

    payload : canonical JSON, what was done; None: erased by a removal, digest is then what it had
    salt    : random, so that an erased payload cannot be guessed from its digest
    hash    : SHA-256 over all of this and the hash of the act before it of the same device
    """

    id: str
    device: str
    number: int
    reader: str
    at_utc: str
    kind: str
    how: str
    record: str
    step: str
    takes_back: str
    prediction_visible: int | None
    file_visible: int | None
    measurements_visible: int | None
    payload: str | None
    salt: str
    digest: str
    hash: bytes

    @cached_property
    def content(self) -> dict[str, Any]:
        """What was done, to be read alone; empty where it was erased or cannot be read."""
        return content(self.payload)


class Sight(NamedTuple):
    """What the reader saw, or had seen, of the opinions of others when acting; None: not known."""

    prediction: bool | None = None
    file: bool | None = None
    measurements: bool | None = None


NOT_KNOWN = Sight()


def append(database: Database, kind: str, record_id: str, reader: str, payload: Mapping[str, Any], **more: Any) -> Act:
    """Add an act of this device and bring today's state up to it, in one transaction. On disk when this returns.

    more   : see `add`
    raises : ProjectError, sqlite3.IntegrityError for a record that the project does not have
    """
    with database.atomic() as db:
        act = add(database, kind, record_id, reader, payload, **more)
        state.follow(db, act)
    return act


def append_labels(
    database: Database,
    said: Sequence[tuple[str, Mapping[str, Any]]],
    reader: str,
    *,
    how: str = "set",
    step: str = "",
    sight: Sight = NOT_KNOWN,
) -> list[Act]:
    """Add acts of kind label, (record id, payload) each, and bring today's state up to them: all or none, at once.

    raises : as `append`
    """
    with database.atomic() as db:
        added = _add_all(database, "label", said, reader, how=how, step=step, sight=sight)
        state.follow_labels(db, list(zip(added, (payload for _, payload in said), strict=True)))
    return added


def add(
    database: Database,
    kind: str,
    record_id: str,
    reader: str,
    payload: Mapping[str, Any],
    **more: Any,
) -> Act:
    """Add an act of this device to the log alone: who calls brings today's state up to it in the same transaction.

    payload : what was done, see store/log/applying.py
    more    : how (set, undo, redo, rest absent, header, ...); sight; step: what is undone together has one, "": a
              reader's undo does not undo it; takes_back: the id of the act that no longer holds
    """
    (act,) = _add_all(database, kind, [(record_id, payload)], reader, **more)
    return act


def _add_all(
    database: Database,
    kind: str,
    said: Sequence[tuple[str, Mapping[str, Any]]],
    reader: str,
    *,
    how: str = "set",
    step: str = "",
    takes_back: str = "",
    sight: Sight = NOT_KNOWN,
) -> list[Act]:
    """As `add`, in the transaction of who calls: one act for each (record id, payload), in this order."""
    db = database.connection
    device = database.device.begin(db)
    last = db.execute(
        "SELECT number, hash FROM acts WHERE device = ? ORDER BY number DESC LIMIT 1", (device,)
    ).fetchone()
    count, previous = tuple(last) if last else (0, b"")
    act_id, at_utc = newest(db), act_ids.now_utc()
    now_ms, added = act_ids.milliseconds(at_utc), list[Act]()
    seen = tuple(map(_bit, sight))
    for number, (record_id, payload) in enumerate(said, count + 1):
        act_id, text, salt = act_ids.following(act_id, device, now_ms), canonical(payload), secrets.token_hex(8)
        who = device, number, reader, at_utc
        values: tuple[Any, ...] = (act_id, *who, kind, how, record_id, step, takes_back, *seen)
        previous = _hash(values, digest(salt, text), previous)
        values += (text, salt, "", previous)
        added.append(Act(*values))
    insert_all(db, added)
    if added:
        database.device.has_acted()
    return added


def newest(db: sqlite3.Connection) -> str:
    """The id that sorts last; "" in an empty log."""
    return db.execute("SELECT MAX(id) FROM acts").fetchone()[0] or ""


def insert(db: sqlite3.Connection, act: Act) -> None:
    db.execute(_INSERT, _row(act))


def insert_all(db: sqlite3.Connection, some: Iterable[Act]) -> None:
    db.executemany(_INSERT, map(_row, some))


def chained(act: Act, previous: bytes) -> Act:
    """The act with its hash after that of the one before it."""
    return replace(act, hash=hash_of(act, previous))


def hash_of(act: Act, previous: bytes) -> bytes:
    """SHA-256 over an act and the hash of the one before it."""
    return _hash(_row(act)[:-4], act.digest if act.payload is None else digest(act.salt, act.payload), previous)


def _hash(values: tuple, said: str, previous: bytes) -> bytes:
    """values : of an act, as FIELDS names them; said : the digest of its payload"""
    return hashlib.sha256(canonical([*values, said, previous.hex()]).encode()).digest()


def digest(salt: str, payload: str) -> str:
    """What stays of a payload that is erased."""
    return hashlib.sha256(f"{salt} {payload}".encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON in which equal values have equal text."""
    try:
        return _CANONICAL.encode(value)
    except ValueError as error:
        raise ProjectError("What was to be kept holds a number that is none.", "Enter it again.") from error


def content(payload: str | None) -> dict[str, Any]:
    """The values of a payload; empty where it was erased or cannot be read."""
    try:
        read = json.loads(payload) if payload else {}
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def acts(rows: Iterable[sqlite3.Row]) -> Iterator[Act]:
    """Rows of the table acts, with FIELDS among their columns, as acts."""
    return (Act(*(row[name] for name in FIELDS)) for row in rows)


_row = attrgetter(*FIELDS)


def _bit(seen: bool | None) -> int | None:
    return None if seen is None else int(seen)
