"""Today's state, which follows from the acts: each that holds is applied in the order of ids, per reader.

An act holds unless an act that holds takes it back. Nothing depends on the order in which acts arrive: what a new act
cannot simply be added to is made again from the log.

What an act of each kind changes, and its payload: see applying. Of merged statements: counting_as.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cessl_gui.core.types import HEADER_READER, ReadingState
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.applying import DIGITS, SET_LABEL, WORDING, apply

if TYPE_CHECKING:
    from cessl_gui.store.log.acts import Act

# What they list is agreed among readers; other settings are a desk's own.
LOGGED_SETTINGS = ("panel", "statements", counting_as.SETTING)
FOLLOWING = f"(key IN {LOGGED_SETTINGS} OR key GLOB '{DIGITS} *' OR key GLOB '{WORDING} *')"  # settings made of acts
FILE = "model file"
OF_RECORDS = ("labels", "readings", "marks", "calipers", "notes", "adjudications", "annotations")
OF_PROJECT = ("setting", "model", DIGITS, WORDING)  # kinds of acts from which the state of the project follows
PROJECT = ""  # the scope of acts that are about no record

# <> '' names the index of such acts; without it the whole log would be read for each.
_MET = "SELECT takes_back FROM acts WHERE takes_back <> '' AND takes_back IN (SELECT value FROM json_each(?))"
_LOCAL = "SELECT content, record_id FROM record_contents WHERE content IN (SELECT value FROM json_each(?))"
_SEE = (
    "INSERT INTO readings VALUES (?, ?, '', '', 0, 0, 0, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " seen = max(seen, excluded.seen), file_seen = max(file_seen, excluded.file_seen),"
    " measurements_seen = max(measurements_seen, excluded.measurements_seen)"
)
_NOT_HELD = "SELECT act FROM taken_back WHERE act IN (SELECT value FROM json_each(?))"
_SHOW_LABEL, _SHOW_MARK = (
    f"UPDATE {table} SET shown = (act IS (SELECT MAX(act) FROM {table} WHERE record_id = ?1 AND {key} = ?2"
    f" AND reader <> 'header')) WHERE record_id = ?1 AND {key} = ?2"
    for table, key in (("labels", "code"), ("marks", "mark"))
)
_SHOW = {"label": (_SHOW_LABEL, "code"), "mark": (_SHOW_MARK, "mark")}


def follow(db: sqlite3.Connection, act: Act) -> None:
    """Bring today's state up to an act that has just been added and comes after all others."""
    if act.takes_back:
        remake(db, settle(db, [act.takes_back]))
        return
    if act.kind == "setting":
        remake(db, [PROJECT])
        return
    record_id = local(db, act.record) or act.record
    note_sight(db, act, record_id)
    apply(db, act, record_id)
    show(db, record_id, act)


def follow_labels(db: sqlite3.Connection, said: Sequence[tuple[Act, Mapping[str, Any]]]) -> None:
    """The same for labels, with their payloads, that one reader gave at once: what they share is done once."""
    here = dict(_some(db, _LOCAL, {act.record for act, _ in said}))
    records = {act.record: here.get(act.record, act.record) for act, _ in said}
    for act in {act.record: act for act, _ in said}.values():
        note_sight(db, act, records[act.record])
    db.executemany(SET_LABEL, [(records[act.record], c["code"], act.reader, c["new"], act.id) for act, c in said])
    # What a file says is never the latest word of people.
    by_people = [(records[act.record], c["code"]) for act, c in said if act.reader != HEADER_READER]
    db.executemany(_SHOW_LABEL, dict.fromkeys(by_people))
    merged_codes = {code for code, _ in counting_as.merges(db)}
    remake(db, {records[act.record] for act, c in said if c["code"] in merged_codes})


def follow_taken(db: sqlite3.Connection, taken: Sequence[Act]) -> set[str]:
    """The same for acts that came from others, of any time. returns : the records concerned

    Each is added to what is there: only where it takes back what was here before, or counts as another statement too,
    is a record made again, or a bundle with much about one record would take the square of its size.
    """
    arrived = {act.id for act in taken}
    targets = [act.takes_back for act in taken if act.takes_back]
    scopes = settle(db, [*targets, *_some(db, _MET, arrived)], arrived)
    records = dict(_some(db, _LOCAL, {act.record for act in taken}))
    not_held = {*_some(db, _NOT_HELD, arrived)}
    merges = (*counting_as.merges(db), *counting_as.to_bring_in(db))
    merged_codes = {code for pair in merges for code in pair}
    if any(not act.record and act.kind in OF_PROJECT for act in taken):
        scopes.add(PROJECT)
    # Acts on records that are not here wait for them.
    here = [(act, records[act.record]) for act in taken if act.record in records]
    scopes |= {of for act, of in here if act.kind == "label" and act.content.get("code") in merged_codes}
    here = [(act, of) for act, of in here if of not in scopes]
    db.executemany(_SEE, dict.fromkeys(row for act, of in here if (row := _seen(act, of))))
    for act, of in here:
        if not act.takes_back and act.id not in not_held:
            apply(db, act, of)
    _show_many(db, here)
    return remake(db, scopes) | {of for _, of in here}


def _show_many(db: sqlite3.Connection, said: Sequence[tuple[Act, str]]) -> None:
    """As `show`, for acts and their records; what they share is done once."""
    for kind, (query, key) in _SHOW.items():
        keys = ((of, act.content.get(key)) for act, of in said if act.kind == kind and act.payload)
        db.executemany(query, dict.fromkeys(keys))
    for record_id in dict.fromkeys(of for act, of in said if act.kind == "reading"):
        _show_reading(db, record_id)


def _some(db: sqlite3.Connection, query: str, values: Iterable[str]) -> list[Any]:
    """Rows of a query of many values; plain ones where it has one column."""
    rows = db.execute(query, (json.dumps([*values]),)).fetchall()
    return [row[0] if len(row) == 1 else tuple(row) for row in rows]


def local(db: sqlite3.Connection, content: str) -> str:
    """The record of this project that has, or had, a content; "" where there is none."""
    row = db.execute("SELECT record_id FROM record_contents WHERE content = ?", (content,)).fetchone()
    return row[0] if row else ""


def settle(db: sqlite3.Connection, targets: Iterable[str], arrived: Collection[str] = ()) -> set[str]:
    """Find again whether these acts hold, and what that changes. returns : the records concerned, or PROJECT

    arrived : acts that today's state does not follow yet: whether they hold changes nothing of it
    """
    changed = set()
    for target in targets:
        while target:
            row = db.execute("SELECT record, takes_back FROM acts WHERE id = ?", (target,)).fetchone()
            if row is None:
                break
            taken = db.execute(
                # <> '' names the index of such acts; without it all acts after this one would be read.
                "SELECT 1 FROM acts AS a WHERE a.takes_back = ? AND a.takes_back <> '' AND a.id > a.takes_back"
                " AND NOT EXISTS (SELECT 1 FROM taken_back WHERE act = a.id)",
                (target,),
            ).fetchone()
            was = db.execute("SELECT 1 FROM taken_back WHERE act = ?", (target,)).fetchone()
            if bool(taken) == bool(was):
                break
            change = "INSERT INTO taken_back VALUES (?)" if taken else "DELETE FROM taken_back WHERE act = ?"
            db.execute(change, (target,))
            scope = local(db, row[0])
            if target not in arrived and (scope or not row[0]):
                changed.add(scope)
            target = row[1]
    return changed


def remake(db: sqlite3.Connection, scopes: Iterable[str]) -> set[str]:
    """Make the state of these records, or of the PROJECT, again from the log. returns : the records concerned"""
    from cessl_gui.store.log import acts

    concerned, before = set(scopes), counting_as.merges(db)
    for scope in list(concerned):
        empty(db, scope)
        where = (
            "record IN (SELECT content FROM record_contents WHERE record_id = ?)"
            if scope
            else f"record = ? AND kind IN {OF_PROJECT}"
        )
        rows = db.execute(f"SELECT {acts.BUT_NOTES} FROM acts WHERE {where} ORDER BY id", (scope,))
        notes: dict[str, str] = {}  # reader -> act
        for row in rows:
            (act,) = acts.acts([row])
            note_sight(db, act, scope)
            note_base(db, act)
            if row["taken"] or act.takes_back:
                continue
            if row["is_note"]:
                notes[act.reader] = act.id
            else:
                apply(db, act, scope)
        for act_id in notes.values():
            (act,) = acts.acts(db.execute("SELECT * FROM acts WHERE id = ?", (act_id,)))
            apply(db, act, scope)
        if scope:
            counting_as.add(db, scope)
            show_all(db, scope)
    if PROJECT in concerned:
        concerned |= counting_as.change(db, before)
    return concerned - {PROJECT}


def empty(db: sqlite3.Connection, scope: str) -> None:
    if scope:
        for table in OF_RECORDS:
            db.execute(f"DELETE FROM {table} WHERE record_id = ?", (scope,))
    else:
        db.execute("DELETE FROM model_states")
        db.execute(f"DELETE FROM settings WHERE {FOLLOWING}")


def note_sight(db: sqlite3.Connection, act: Act, record_id: str) -> None:
    """What was seen stays seen, also where the act no longer holds."""
    if row := _seen(act, record_id):
        db.execute(_SEE, row)


def note_base(db: sqlite3.Connection, act: Act) -> None:
    """A list is changed from what it was for whoever chose first, also where that choice no longer holds."""
    if act.kind == "setting" and act.payload is not None and not act.takes_back:
        base = act.content["key"], json.dumps(act.content["old"])
        db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", base)


def _seen(act: Act, record_id: str) -> tuple[str, str, int, int, int] | None:
    """Record, reader, and whether prediction, file and measurements were seen; None where nothing was."""
    if act.reader == HEADER_READER or not act.record:
        return None
    seen = (
        act.kind == "reveal"
        or act.prediction_visible == 1
        or (act.kind == "reading" and act.content.get("new") == ReadingState.CONFIRMED)
    )
    file_seen = seen or (act.kind == "label" and act.file_visible != 0)
    if not (file_seen or act.measurements_visible):
        return None
    return record_id, act.reader, int(seen), int(file_seen), int(act.measurements_visible == 1)


def show(db: sqlite3.Connection, record_id: str, act: Act) -> None:
    """Among the readers, the latest word is shown."""
    if act.kind in _SHOW:
        query, key = _SHOW[act.kind]
        db.execute(query, (record_id, act.content.get(key)))
    elif act.kind == "reading":
        _show_reading(db, record_id)


def show_all(db: sqlite3.Connection, record_id: str = "") -> None:
    """The same for everything of a record, or of all records."""
    for table, key in (("labels", "code"), ("marks", "mark")):
        where = "WHERE record_id = ?" if record_id else ""
        db.execute(
            f"UPDATE {table} AS o SET shown = (act IS (SELECT MAX(act) FROM {table} AS i"
            f" WHERE i.record_id = o.record_id AND i.{key} = o.{key} AND i.reader <> 'header')) {where}",
            (record_id,) if record_id else (),
        )
    _show_reading(db, record_id)


def _show_reading(db: sqlite3.Connection, record_id: str) -> None:
    where = "WHERE record_id = ?" if record_id else ""
    db.execute(
        "UPDATE readings AS o SET shown = (reading <> '' AND act IS"
        f" (SELECT MAX(act) FROM readings AS i WHERE i.record_id = o.record_id)) {where}",
        (record_id,) if record_id else (),
    )
