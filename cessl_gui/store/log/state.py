"""Today's state, which follows from the acts: each that holds is applied in the order of ids, per reader.

An act holds unless an act that holds takes it back. Nothing depends on the order in which acts arrive: what a new act
cannot simply be added to is made again from the log.

Payloads, by kind (old: what the reader saw before; it is for people):
label {code, old, new}; reading {old, new}; reveal {}; mark {mark, old, new}; note {old, new};
caliper {caliper, old, new}, each null or [lead, start_s, end_s, start_mv, end_mv, marched];
adjudication {code, old, new}; annotation {annotation, old, new}, each null or [code, start_s, end_s, lead];
setting {key, old, new}, lists of texts, and moved where one of them was; model {model, status};
digits {old, new}, codes by key, of this reader; wording {code, of, old, new}, see statements.vocabulary.Wording;
removal {contents, why}; model file {model, sha256} and import {what, step, count}, which change nothing.
Of merged statements, see counting_as.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cessl_gui.core.types import HEADER_READER, ReadingState
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.list_changes import merged

if TYPE_CHECKING:
    from cessl_gui.store.log.acts import Act

# What they list is agreed among readers; other settings are a desk's own.
LOGGED_SETTINGS = ("panel", "statements", counting_as.SETTING)
DIGITS, WORDING = "digits", "wording"  # kinds; begin the keys of their settings: digits READER, wording CODE
FOLLOWING = f"(key IN {LOGGED_SETTINGS} OR key GLOB '{DIGITS} *' OR key GLOB '{WORDING} *')"  # settings made of acts
ACTIVE = "active"
FIRST = "first"  # how a version becomes the active one of a project that has none: nobody chose it
FILE = "model file"
OF_RECORDS = ("labels", "readings", "marks", "calipers", "notes", "adjudications", "annotations")
PROJECT = ""  # the scope of acts that are about no record

_SET_LABEL = (
    "INSERT INTO labels VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET state = excluded.state, act = excluded.act"
)
# <> '' names the index of such acts; without it the whole log would be read for each.
_MET = "SELECT takes_back FROM acts WHERE takes_back <> '' AND takes_back IN (SELECT value FROM json_each(?))"
_LOCAL = "SELECT content, record_id FROM record_contents WHERE content IN (SELECT value FROM json_each(?))"
_SEE = (
    "INSERT INTO readings VALUES (?, ?, '', '', 0, 0, 0, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " seen = max(seen, excluded.seen), file_seen = max(file_seen, excluded.file_seen),"
    " measurements_seen = max(measurements_seen, excluded.measurements_seen)"
)
_TAKE_LABEL = f"{_SET_LABEL} WHERE excluded.act > labels.act"
_SHOW_LABEL, _SHOW_MARK = (
    f"UPDATE {table} SET shown = (act IS (SELECT MAX(act) FROM {table} WHERE record_id = ?1 AND {key} = ?2"
    f" AND reader <> 'header')) WHERE record_id = ?1 AND {key} = ?2"
    for table, key in (("labels", "code"), ("marks", "mark"))
)


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
    records = {content: local(db, content) or content for content in {act.record for act, _ in said}}
    for act in {act.record: act for act, _ in said}.values():
        note_sight(db, act, records[act.record])
    db.executemany(_SET_LABEL, [(records[act.record], c["code"], act.reader, c["new"], act.id) for act, c in said])
    db.executemany(_SHOW_LABEL, dict.fromkeys((records[act.record], c["code"]) for act, c in said))
    merged_codes = {code for code, _ in counting_as.merges(db)}
    remake(db, {records[act.record] for act, c in said if c["code"] in merged_codes})


def follow_taken(db: sqlite3.Connection, taken: Sequence[Act]) -> set[str]:
    """The same for acts that came from others, of any time. returns : the records concerned"""
    targets = [act.takes_back for act in taken if act.takes_back]
    scopes = settle(db, [*targets, *_some(db, _MET, (act.id for act in taken))])
    records = dict(_some(db, _LOCAL, {act.record for act in taken}))
    merges = (*counting_as.merges(db), *counting_as.to_bring_in(db))
    merged_codes = {code for pair in merges for code in pair}
    labels = []
    for act in taken:
        record_id = records.get(act.record, PROJECT)
        said = act.content if act.kind == "label" and act.payload and not act.takes_back else {}
        if said and said["code"] not in merged_codes:
            labels.append((record_id, said["code"], act, said["new"]))
        else:
            scopes.add(record_id)  # acts on records that are not here wait for them
    added = [one for one in labels if one[0] and one[0] not in scopes]
    db.executemany(_SEE, dict.fromkeys(row for record_id, _, act, _ in added if (row := _seen(act, record_id))))
    db.executemany(_TAKE_LABEL, [(record_id, code, act.reader, new, act.id) for record_id, code, act, new in added])
    db.executemany(_SHOW_LABEL, dict.fromkeys((record_id, code) for record_id, code, *_ in added))
    return remake(db, scopes) | {record_id for record_id, *_ in added}


def _some(db: sqlite3.Connection, query: str, values: Iterable[str]) -> list[Any]:
    """Rows of a query of many values; plain ones where it has one column."""
    rows = db.execute(query, (json.dumps([*values]),)).fetchall()
    return [row[0] if len(row) == 1 else tuple(row) for row in rows]


def local(db: sqlite3.Connection, content: str) -> str:
    """The record of this project that has, or had, a content; "" where there is none."""
    row = db.execute("SELECT record_id FROM record_contents WHERE content = ?", (content,)).fetchone()
    return row[0] if row else ""


def settle(db: sqlite3.Connection, targets: Iterable[str]) -> set[str]:
    """Find again whether these acts hold, and what that changes. returns : the records concerned, or PROJECT"""
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
            changed.add(local(db, row[0]))
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
            else f"record = ? AND kind IN ('setting', 'model', '{DIGITS}', '{WORDING}')"
        )
        rows = db.execute(
            f"SELECT {acts.COLUMNS}, EXISTS (SELECT 1 FROM taken_back WHERE act = id) AS taken FROM acts"
            f" WHERE {where} ORDER BY id",
            (scope,),
        )
        for row in rows:  # one at a time: what was said of a record may be long
            (act,) = acts.acts([row])
            note_sight(db, act, scope)
            note_base(db, act)
            if not row["taken"] and not act.takes_back:
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


def apply(db: sqlite3.Connection, act: Act, record_id: str) -> None:
    """Put an act that holds over what came before it. An erased one, or of a later version's kind, changes nothing."""
    if act.payload is not None and act.kind in _APPLY:
        _APPLY[act.kind](db, act, act.content, record_id)


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
    if act.kind in ("label", "mark"):
        query, key = {"label": (_SHOW_LABEL, "code"), "mark": (_SHOW_MARK, "mark")}[act.kind]
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


def _label(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(_SET_LABEL, (record_id, content["code"], act.reader, content["new"], act.id))


def _reading(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(
        "INSERT INTO readings VALUES (?, ?, ?, ?, 0, ?, 0, 0, 0, 0) ON CONFLICT DO UPDATE SET"
        " reading = excluded.reading, act = excluded.act, confirmed = max(confirmed, excluded.confirmed)",
        (record_id, act.reader, content["new"], act.id, int(content["new"] == ReadingState.CONFIRMED)),
    )


def _reveal(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute("UPDATE readings SET revealed = 1 WHERE record_id = ? AND reader = ?", (record_id, act.reader))


def _mark(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(
        "INSERT INTO marks VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET value_ms = excluded.value_ms,"
        " act = excluded.act",
        (record_id, content["mark"], act.reader, content["new"], act.id),
    )


def _caliper(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    values = content["new"] or [None] * 6
    db.execute(
        "INSERT INTO calipers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET lead = excluded.lead,"
        " start_s = excluded.start_s, end_s = excluded.end_s, start_mv = excluded.start_mv, end_mv = excluded.end_mv,"
        " marched = excluded.marched, act = excluded.act",
        (record_id, content["caliper"], act.reader, *values, act.id, act.id),
    )


def _note(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)", (record_id, act.reader, content["new"], act.id))


def _adjudication(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    values = (record_id, content["code"], content["new"], act.id)
    db.execute("INSERT OR REPLACE INTO adjudications VALUES (?, ?, ?, ?)", values)


def _annotation(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    values = (record_id, content["annotation"], act.reader, *(content["new"] or [None] * 4), act.id)
    db.execute("INSERT OR REPLACE INTO annotations VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def _setting(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    current = _kept(db, content["key"], content["old"])
    _keep(db, content["key"], merged(current, content["old"], content["new"]))


def _digits(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    _keep(db, f"{DIGITS} {act.reader}", content["new"])


def _wording(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    key = f"{WORDING} {content['code']}"
    _keep(db, key, _kept(db, key, {}) | {content["of"]: content["new"]})


def _kept(db: sqlite3.Connection, key: str, default: Any) -> Any:
    row = db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return json.loads(row[0]) if row else default


def _keep(db: sqlite3.Connection, key: str, value: Any) -> None:
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(value)))


def _model(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute("INSERT OR IGNORE INTO model_states VALUES (?, '', '', '')", (content["model"],))
    if act.how == FIRST and db.execute("SELECT 1 FROM model_states WHERE active_act <> ''").fetchone():
        return
    if content["status"] == ACTIVE:
        db.execute("UPDATE model_states SET active_act = ? WHERE model_id = ?", (act.id, content["model"]))
    else:
        db.execute(
            "UPDATE model_states SET status = ?, status_act = ? WHERE model_id = ?",
            (content["status"], act.id, content["model"]),
        )


def _removal(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    rows = [(one, act.id) for one in content["contents"]]
    db.executemany("INSERT INTO removed VALUES (?, ?) ON CONFLICT DO UPDATE SET act = min(act, excluded.act)", rows)


_APPLY: dict[str, Callable[[sqlite3.Connection, Act, dict[str, Any], str], None]] = {
    "label": _label,
    "reading": _reading,
    "reveal": _reveal,
    "mark": _mark,
    "caliper": _caliper,
    "note": _note,
    "adjudication": _adjudication,
    "annotation": _annotation,
    "setting": _setting,
    DIGITS: _digits,
    WORDING: _wording,
    "model": _model,
    "removal": _removal,
}
KINDS = tuple(_APPLY)
