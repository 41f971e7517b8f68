"""The events of a project before version 10 become acts, with their authors, times, kinds and what was in sight.

The same events give the same acts on every computer, so that two copies of one project, upgraded apart, merge without
doubles. Steps of undo and redo take back what they took back by the rule of those versions.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import HEADER_READER
from cessl_gui.store.log import act_ids, applying, counting_as, state
from cessl_gui.store.log.act_contents import unfit
from cessl_gui.store.log.acts import Act, acts, canonical, chained, insert
from cessl_gui.store.log.device import TAKEN_OVER
from cessl_gui.store.sqlite import schema

OF_VERSION = 9
EVENTS = ("label_events", "reading_events", "measurement_events", "caliper_events", "model_events")
VIEWS = ("current_labels", "current_marks", "current_calipers")
REPORTED_EVERY = 5_000

Progress = Callable[[float], None]


class Event(NamedTuple):
    """One event of an earlier version, as an act will have it. of : its table and number"""

    of: tuple[str, int]
    ms: int
    at_utc: str
    reader: str
    kind: str
    how: str
    record: str
    step: str
    prediction_visible: int | None
    file_visible: int | None
    measurements_visible: int | None
    payload: dict[str, Any]


def take_over(db: sqlite3.Connection, progress: Progress = lambda share: None) -> None:
    """Fill the log from the events, make today's state of it, and drop the tables of events.

    progress : hears the share that is done
    raises   : ProjectError for an event that no version writes
    """
    total = sum(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in EVENTS)
    if total or db.execute(f"SELECT 1 FROM settings WHERE key IN {state.LOGGED_SETTINGS}").fetchone():
        _fill(db, total, progress)
    for view in VIEWS:
        db.execute(f"DROP VIEW {view}")
    for table in EVENTS:
        db.execute(f"DROP TABLE {table}")


def _fill(db: sqlite3.Connection, total: int, progress: Progress) -> None:
    secret = _digest_of_all(db)
    device = TAKEN_OVER + hashlib.sha256(f"device {secret}".encode()).hexdigest()[:14]
    first = db.execute("SELECT MIN(added_utc) FROM records").fetchone()[0] or ""
    db.execute(
        "INSERT INTO devices VALUES (?, '', '', ?, ?, ?)",
        (device, "taken over from before version 10", first, OF_VERSION),
    )
    pairs = _undone(db)
    targets = dict.fromkeys(pairs.values(), "")
    newest, previous = "", b""
    for number, event in enumerate(_events(db), 1):
        newest = act_ids.following(newest, device, event.ms)
        if event.of in targets:
            targets[event.of] = newest
        salt = hashlib.sha256(f"salt {secret} {number}".encode()).hexdigest()[:16]
        taken = targets[pairs[event.of]] if event.of in pairs else ""
        sight = event.prediction_visible, event.file_visible, event.measurements_visible
        said = event.reader, event.at_utc, event.kind, event.how, event.record, event.step
        act = Act(newest, device, number, *said, taken, *sight, canonical(event.payload), salt, "", b"")
        act = chained(act, previous)
        wrong = unfit(act)
        if wrong:
            raise ProjectError(
                f"In this project {event.record or 'something'} {wrong} (table {event.of[0]}).",
                "Take a copy of an earlier day, or ask who gave you the project for another one.",
            )
        insert(db, act)
        previous = act.hash
        if number % REPORTED_EVERY == 0:
            progress(0.6 * number / max(total, 1))
    replay(db, db, lambda count: progress(0.6 + 0.4 * count / max(total, 1)))


def replay(
    log: sqlite3.Connection, into: sqlite3.Connection, progress: Callable[[int], None] = lambda count: None
) -> None:
    """Make today's state of the whole log, in tables that are empty.

    into     : where these tables are, with record_contents
    progress : hears how many acts are done
    """
    taken: set[str] = set()
    for act_id, target in log.execute("SELECT id, takes_back FROM acts WHERE takes_back <> '' ORDER BY id DESC"):
        if act_id not in taken and target < act_id:
            taken.add(target)
    into.executemany("INSERT INTO taken_back VALUES (?)", ((one,) for one in sorted(taken)))
    cursor = log.execute("SELECT * FROM acts ORDER BY id")
    cursor.row_factory = sqlite3.Row
    for count, act in enumerate(acts(cursor), 1):
        record_id = state.local(into, act.record) if act.record else ""
        if record_id or not act.record or act.kind == "removal":
            state.note_sight(into, act, record_id)
            state.note_base(into, act)
            if act.id not in taken and not act.takes_back:
                applying.apply(into, act, record_id)
        if count % REPORTED_EVERY == 0:
            progress(count)
    counting_as.add(into)
    state.show_all(into)


def _events(db: sqlite3.Connection) -> Iterator[Event]:
    """All events by time; those of one table in its own order, whatever its clock said."""
    return heapq.merge(*(_in_order(make(db)) for make in _MAKE), key=lambda event: event.ms)


def _in_order(events: Iterator[Event]) -> Iterator[Event]:
    latest = 0
    for event in events:
        latest = max(latest, event.ms)
        yield event._replace(ms=latest)


def _rows(db: sqlite3.Connection, query: str) -> Iterator[sqlite3.Row]:
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    return iter(cursor.execute(query))


def _labels(db: sqlite3.Connection) -> Iterator[Event]:
    for row in _rows(db, "SELECT * FROM label_events ORDER BY seq"):
        step = "" if row["reader"] == HEADER_READER else row["act"]
        payload = {"code": row["code"], "old": row["old_state"], "new": row["state"]}
        sight = (row["prediction_visible"], row["file_visible"], row["measurements_visible"])
        yield _event("label_events", row, "label", payload, step=step, sight=sight)


def _readings(db: sqlite3.Connection) -> Iterator[Event]:
    before: dict[str, str] = {}  # record id -> state
    for row in _rows(db, "SELECT * FROM reading_events ORDER BY seq"):
        if row["state"] == "revealed":
            yield _event("reading_events", row, "reveal", {})
            continue
        old = before.get(row["record_id"], "new")
        before[row["record_id"]] = row["state"]
        yield _event("reading_events", row, "reading", {"old": old, "new": row["state"]})


def _marks(db: sqlite3.Connection) -> Iterator[Event]:
    before: dict[tuple[str, str], float | None] = {}
    for row in _rows(db, "SELECT * FROM measurement_events ORDER BY seq"):
        one = (row["record_id"], row["mark"])
        yield _event(
            "measurement_events", row, "mark", {"mark": row["mark"], "old": before.get(one), "new": row["value_ms"]}
        )
        before[one] = row["value_ms"]


def _calipers(db: sqlite3.Connection) -> Iterator[Event]:
    before: dict[tuple[str, str], list | None] = {}
    for row in _rows(db, "SELECT * FROM caliper_events ORDER BY seq"):
        one = (row["record_id"], row["caliper"])
        new = None if row["lead"] is None else [*row][3:9]
        yield _event("caliper_events", row, "caliper", {"caliper": row["caliper"], "old": before.get(one), "new": new})
        before[one] = new


def _models(db: sqlite3.Connection) -> Iterator[Event]:
    for row in _rows(db, "SELECT * FROM model_events ORDER BY seq"):
        of = ("model_events", row["seq"])
        payload = {"model": row["model_id"], "status": row["status"]}
        yield Event(
            of,
            act_ids.milliseconds(row["at_utc"]),
            row["at_utc"],
            "",
            "model",
            "set",
            "",
            "",
            None,
            None,
            None,
            payload,
        )


def _settings(db: sqlite3.Connection) -> Iterator[Event]:
    at_utc = db.execute("SELECT MIN(added_utc) FROM records").fetchone()[0] or ""
    for number, (key, value) in enumerate(
        db.execute(f"SELECT key, value FROM settings WHERE key IN {state.LOGGED_SETTINGS} ORDER BY key").fetchall()
    ):
        try:
            new = json.loads(value)
        except (ValueError, RecursionError):
            continue  # as in a new project, which is said at opening
        if isinstance(new, list) and all(isinstance(one, str) for one in new):
            old = [statement.code for statement in vocabulary().panel] if key == "panel" else []
            payload = {"key": key, "old": old, "new": new}
            ms = act_ids.milliseconds(at_utc)
            yield Event(("settings", number), ms, at_utc, "", "setting", "set", "", "", None, None, None, payload)


_MAKE = (_settings, _labels, _readings, _marks, _calipers, _models)


def _event(
    table: str,
    row: sqlite3.Row,
    kind: str,
    payload: dict[str, Any],
    *,
    step: str = "",
    sight: tuple[int | None, int | None, int | None] = (None, None, None),
) -> Event:
    of, at_utc = (table, row["seq"]), row["at_utc"]
    return Event(
        of, act_ids.milliseconds(at_utc), at_utc, row["reader"], kind, row["kind"], row["record_id"], step, *sight,
        payload,
    )  # fmt: skip


def _digest_of_all(db: sqlite3.Connection) -> str:
    """One number for all that is taken over."""
    whole = hashlib.sha256()
    for event in _events(db):
        whole.update(canonical(event).encode())
    return whole.hexdigest()


_TRAILS = (
    (
        "label_events", "code", "state", None,
        "SELECT seq, record_id, code, state, kind FROM label_events WHERE reader <> 'header' AND (record_id, code) IN"
        " (SELECT record_id, code FROM label_events WHERE kind IN ('undo', 'redo')) ORDER BY record_id, code, seq",
    ),
    (
        "measurement_events", "mark", "value_ms", None,
        "SELECT seq, record_id, mark, value_ms, kind FROM measurement_events WHERE (record_id, mark) IN"
        " (SELECT record_id, mark FROM measurement_events WHERE kind IN ('undo', 'redo'))"
        " ORDER BY record_id, mark, seq",
    ),
    (
        "reading_events", "'reading'", "state", "new",
        "SELECT seq, record_id, 'reading' AS \"'reading'\", state, kind FROM reading_events WHERE state <> 'revealed'"
        " AND record_id IN (SELECT record_id FROM reading_events WHERE kind IN ('undo', 'redo'))"
        " ORDER BY record_id, seq",
    ),
)  # fmt: skip


def _undone(db: sqlite3.Connection) -> dict[tuple[str, int], tuple[str, int]]:
    """The steps of undo and redo, each with the event that it takes back; those that fit no trail are acts of their
    own.

    An undo takes back the latest event that holds if it restores the value before it; a redo takes back that undo.
    """
    pairs: dict[tuple[str, int], tuple[str, int]] = {}
    for table, key, value, at_first, query in _TRAILS:
        whose: tuple[str, str] | None = None
        done: list[sqlite3.Row] = []
        taken_back: list[tuple[sqlite3.Row, int]] = []  # with the number of the undo
        for row in _rows(db, query):
            if whose != (row["record_id"], row[key]):
                whose, done, taken_back = (row["record_id"], row[key]), [], []
            before = done[-2][value] if len(done) > 1 else at_first
            if row["kind"] == "undo" and done and before == row[value]:
                pairs[table, row["seq"]] = (table, done[-1]["seq"])
                taken_back.append((done.pop(), row["seq"]))
            elif row["kind"] == "redo" and taken_back and taken_back[-1][0][value] == row[value]:
                again, undo = taken_back.pop()
                pairs[table, row["seq"]] = (table, undo)
                done.append(again)
            else:
                done.append(row)
                taken_back.clear()
    return pairs


def run(db: sqlite3.Connection, progress: Progress = lambda share: None) -> None:
    """The migration to version 10."""
    for statement in schema.statements(Path(__file__).with_name("schema_10.sql").read_text(encoding="utf-8")):
        db.execute(statement)
    take_over(db, progress)


def choose_again(db: sqlite3.Connection, progress: Progress = lambda share: None) -> None:
    """The migration to version 15: panel and own statements follow from the log by rules in which one change that is
    taken back leaves the others."""
    before, db.row_factory = db.row_factory, sqlite3.Row
    try:
        state.remake(db, [state.PROJECT])
    finally:
        db.row_factory = before
