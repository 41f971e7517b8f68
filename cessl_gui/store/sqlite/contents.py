"""Values that no version of this program writes, looked for once, at opening: nothing later stumbles on them."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import ReadingState
from cessl_gui.store.log import act_ids
from cessl_gui.store.sqlite.setting_shapes import LONGEST_TEXT, fits, is_texts
from cessl_gui.store.sqlite.sqlite_errors import damaged

if TYPE_CHECKING:
    from cessl_gui.store.sqlite.database import Database

_TODO = "Take a copy of an earlier day, or ask who gave you the project for another one."
_NAME = "length({0}) NOT BETWEEN 1 AND 200 OR {0} GLOB '.*' OR {0} GLOB '*[/\\:]*' OR instr({0}, char(0))"
_READING = ", ".join(f"'{state}'" for state in (*ReadingState, ""))
_STATUS = "'', 'base', 'candidate', 'adopted', 'discarded'"
LATEST_EVENT = 1 << 53

# table, what is wrong where this holds, in words, and the column that names the row
_WRONG = [
    ("records", _NAME.format("id"), "has an id that is no file name", "id"),
    ("records", "NOT (fs_hz > 0 AND fs_hz <= 1e6)", "has a sampling rate that no ECG has", "name"),
    ("records", "samples NOT BETWEEN 0 AND 10000000000", "has a number of samples that no ECG has", "name"),
    ("records", f"length(name) > 1000 OR length(source) > {LONGEST_TEXT}", "has too long a name", "id"),
    (
        "records",
        " OR ".join(
            f"NOT json_valid({c}) OR json_type({c}) <> 'array' OR length({c}) > {LONGEST_TEXT}"
            for c in ("leads", "derived", "statements", "warnings")
        ),
        "has a list that cannot be read",
        "name",
    ),
    ("readings", f"reading NOT IN ({_READING})", "has a reading state that there is not", "record_id"),
    ("labels", f"length(code) NOT BETWEEN 1 AND {LONGEST_TEXT}", "has a statement without a name", "record_id"),
    ("marks", "NOT abs(value_ms) < 1e9", "has a mark that is no time", "record_id"),
    (
        "calipers",
        "lead IS NOT NULL AND NOT COALESCE(abs(start_s) < 1e9 AND abs(end_s) < 1e9 AND abs(start_mv) < 1e9"
        " AND abs(end_mv) < 1e9 AND marched IN (0, 1), 0)",
        "has a caliper that is at no place",
        "record_id",
    ),
    (
        "adjudications",
        f"length(code) NOT BETWEEN 1 AND {LONGEST_TEXT}",
        "has a decision without a statement",
        "record_id",
    ),
    (
        "annotations",
        f"code IS NOT NULL AND NOT COALESCE(length(code) BETWEEN 1 AND {LONGEST_TEXT} AND abs(start_s) < 1e9"
        " AND abs(COALESCE(end_s, 0)) < 1e9 AND length(lead) < 1000, 0)",
        "has a beat or stretch that is at no place",
        "record_id",
    ),
    ("models", _NAME.format("id"), "is a model whose id is no file name", "name"),
    (
        "models",
        "id NOT IN (SELECT model_id FROM model_states WHERE status <> '')",
        "is a model of which nothing says whether it was adopted",
        "name",
    ),
    ("model_states", f"status NOT IN ({_STATUS})", "is a model with a status that there is not", "model_id"),
    ("sqlite_sequence", f"seq NOT BETWEEN 0 AND {LATEST_EVENT}", "takes no more revisions", "name"),
    ("acts", f"seq = (SELECT MAX(seq) FROM acts) AND seq > {LATEST_EVENT}", "is followed by no more acts", "id"),
    ("acts", f"seq = (SELECT MAX(seq) FROM acts WHERE id > '{act_ids.LATEST}')", "is of no time that there is", "id"),
]


def check_contents(database: Database, of: Collection[str] | None = None) -> tuple[str, ...]:
    """Settings that cannot be read go back to those of a new project, which is said; the rest is for a person.

    of      : look at these records alone, and at what is of no record; None: at all
    returns : what was mended, in sentences
    raises  : ProjectDamaged that names the first row with a value that cannot be; ProjectError where `of` says which
    """
    for words in refusals(database.connection, of):
        raise damaged(words, database.backups, _TODO) if of is None else ProjectError(words, _TODO)
    return _mend_settings(database)


def refusals(db: sqlite3.Connection, of: Collection[str] | None = None) -> Iterator[str]:
    """Why a project cannot be opened, in sentences: the first row of each kind with a value that cannot be.

    of : as in `check_contents`
    """
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, wrong, words, name in _WRONG:
        if table not in tables:
            continue
        key = "id" if table == "records" else "record_id" if name == "record_id" else ""
        some = f" AND {key} IN (SELECT value FROM json_each(?))" if key and of is not None else ""
        values = (json.dumps(sorted(of)),) if some and of is not None else ()
        row = db.execute(f"SELECT {name} FROM {table} WHERE ({wrong}){some} LIMIT 1", values).fetchone()
        if row:
            yield f"In this project {_short(row[0])} {words} (table {table})."
    # What is written here cannot be an orphan: SQLite refuses it.
    orphans = db.execute("PRAGMA foreign_key_check") if of is None else ()
    for table, parent in dict.fromkeys((row[0], row[2]) for row in orphans):
        yield f"The table {table} speaks of {parent} that the project does not have."
    for row in db.execute("SELECT * FROM models"):
        if not _is_model(row):
            yield f"The model {_short(row['name'])} of this project is described by values that cannot be."


def _is_model(row: sqlite3.Row) -> bool:
    """Whether a model is described by values that can be."""
    try:
        statements, thresholds = json.loads(row["statements"]), json.loads(row["thresholds"])
        files = json.loads(row["files"])
        return (
            is_texts(statements)
            and all(isinstance(v, int | float) and math.isfinite(v) for v in thresholds.values())
            and all(isinstance(v, str) and not {"/", "\\"} & set(k) and k not in ("..", ".") for k, v in files.items())
            and isinstance(json.loads(row["metrics"]), dict)
        )
    except (ValueError, AttributeError, RecursionError):
        return False


def _mend_settings(database: Database) -> tuple[str, ...]:
    bad = [key for key, value in database.connection.execute("SELECT key, value FROM settings") if not fits(key, value)]
    if not bad:
        return ()
    with database.atomic() as db:
        db.executemany("DELETE FROM settings WHERE key = ?", [(key,) for key in bad])
    names = ", ".join(_short(key) for key in bad[:5])
    return (f"Settings that could not be read are as in a new project: {names}.",)


def texts(value: str, whose: str) -> tuple[str, ...]:
    """A list of texts from the database. raises : ProjectError that says whose it is"""
    if value == "[]":  # most are
        return ()
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        content = None
    if not is_texts(content):
        raise ProjectError(f"In this project {_short(whose)} has a list that cannot be read (table records).", _TODO)
    return tuple(content)


def _short(name: object) -> str:
    words = " ".join(str(name).split())
    return words if len(words) <= 60 else f"{words[:60]}..."
