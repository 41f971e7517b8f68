"""What an act that holds changes in today's state, by its kind.

What is said of records may come in any order: of what one reader says of one thing, the latest act stands. What is of
no record (setting, model, digits, wording) has to come in the order of ids.

Payloads, by kind (old: what the reader saw before; it is for people):
label {code, old, new}; reading {old, new}; reveal {}; mark {mark, old, new}; note {old, new};
caliper {caliper, old, new}, each null or [lead, start_s, end_s, start_mv, end_mv, marched];
adjudication {code, old, new}; annotation {annotation, old, new}, each null or [code, start_s, end_s, lead];
setting {key, old, new}, lists of texts, and moved where one of them was; model {model, status};
digits {old, new}, codes by key, of this reader; wording {code, of, old, new}, see statements.vocabulary.Wording;
removal {contents, why}; model file {model, sha256} and import {what, step, count}, which change nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cessl_gui.core.types import ReadingState
from cessl_gui.store.log.list_changes import merged

if TYPE_CHECKING:
    from cessl_gui.store.log.acts import Act

DIGITS, WORDING = "digits", "wording"  # kinds; begin the keys of their settings: digits READER, wording CODE
ACTIVE = "active"
FIRST = "first"  # how a version becomes the active one of a project that has none: nobody chose it
SET_LABEL = (
    "INSERT INTO labels VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET state = excluded.state, act = excluded.act"
    " WHERE excluded.act > labels.act"
)


def apply(db: sqlite3.Connection, act: Act, record_id: str) -> None:
    """Put an act that holds over what came before it. An erased one, or of a later version's kind, changes nothing."""
    if act.payload is not None and act.kind in _APPLY:
        _APPLY[act.kind](db, act, act.content, record_id)


def _label(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(SET_LABEL, (record_id, content["code"], act.reader, content["new"], act.id))


def _reading(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(
        "INSERT INTO readings VALUES (?, ?, ?, ?, 0, ?, 0, 0, 0, 0) ON CONFLICT DO UPDATE SET"
        " reading = iif(excluded.act > act, excluded.reading, reading), act = max(act, excluded.act),"
        " confirmed = max(confirmed, excluded.confirmed)",
        (record_id, act.reader, content["new"], act.id, int(content["new"] == ReadingState.CONFIRMED)),
    )


def _reveal(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute("UPDATE readings SET revealed = 1 WHERE record_id = ? AND reader = ?", (record_id, act.reader))


def _mark(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(
        "INSERT INTO marks VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET value_ms = excluded.value_ms,"
        " act = excluded.act WHERE excluded.act > marks.act",
        (record_id, content["mark"], act.reader, content["new"], act.id),
    )


def _caliper(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    values = content["new"] or [None] * 6
    db.execute(
        "INSERT INTO calipers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET lead = excluded.lead,"
        " start_s = excluded.start_s, end_s = excluded.end_s, start_mv = excluded.start_mv, end_mv = excluded.end_mv,"
        " marched = excluded.marched, act = excluded.act WHERE excluded.act > calipers.act",
        (record_id, content["caliper"], act.reader, *values, act.id, act.id),
    )
    db.execute(
        "UPDATE calipers SET first = ?1 WHERE record_id = ?2 AND caliper = ?3 AND reader = ?4 AND first > ?1",
        (act.id, record_id, content["caliper"], act.reader),
    )


def _note(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(
        "INSERT INTO notes VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET note = excluded.note, act = excluded.act"
        " WHERE excluded.act > notes.act",
        (record_id, act.reader, content["new"], act.id),
    )


def _adjudication(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    db.execute(
        "INSERT INTO adjudications VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state,"
        " act = excluded.act WHERE excluded.act > adjudications.act",
        (record_id, content["code"], content["new"], act.id),
    )


def _annotation(db: sqlite3.Connection, act: Act, content: dict[str, Any], record_id: str) -> None:
    values = (record_id, content["annotation"], act.reader, *(content["new"] or [None] * 4), act.id)
    db.execute(
        "INSERT INTO annotations VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET code = excluded.code,"
        " start_s = excluded.start_s, end_s = excluded.end_s, lead = excluded.lead, act = excluded.act"
        " WHERE excluded.act > annotations.act",
        values,
    )


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
