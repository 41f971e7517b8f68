"""Is the log of acts whole, and does today's state follow from it? Looks only; nothing in the project is changed.

What was altered, removed, added or put in another order is named, act by act. What a computer keeps outside the project
shows a cut end and a chain that was made again; nobody else's computer can show more than what it has met.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from cessl_gui.core.errors import CesslError, ProjectError
from cessl_gui.core.files import full_path
from cessl_gui.core.plural import counted
from cessl_gui.store.folder import project_folder
from cessl_gui.store.log import act_ids, counting_as, device, state
from cessl_gui.store.log.act_contents import unfit
from cessl_gui.store.log.acts import Act, acts, canonical, content, hash_of
from cessl_gui.store.sqlite import database, schema, snapshot
from cessl_gui.store.sqlite.contents import refusals
from cessl_gui.store.sqlite.sqlite_errors import sqlite_errors
from cessl_gui.store.sqlite.taking_over import replay

_STATE = ("taken_back", *state.OF_RECORDS, "model_states", "removed")  # tables that follow from the log
_COPIED = ("record_contents", "settings")
MOST_NAMED = 1000  # findings; more are counted
REPORTED_EVERY = 5_000


@dataclass
class Verdict:
    """What was found. wrong: what must not be, in sentences; notes: what cannot be checked, or should be known."""

    acts: int = 0
    devices: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unnamed: int = 0  # findings beyond MOST_NAMED
    is_log_whole: bool = False  # whether all that was found is in what follows from the log, or in triggers and indexes

    @property
    def is_sound(self) -> bool:
        return not self.wrong

    def say(self, words: str) -> None:
        if len(self.wrong) < MOST_NAMED:
            self.wrong.append(words)
        else:
            self.unnamed += 1


def verify(folder: Path, progress: Callable[[float], None] = lambda share: None) -> Verdict:
    """Look through the log of a project, which may be open elsewhere.

    progress : hears the share that is done; what it raises ends the work
    raises   : ProjectError where there is no project, or one of another version of the program
    """
    path = folder / project_folder.DATABASE
    if not path.is_file():
        raise ProjectError(f"There is no project at {folder}.", "Check the name.")
    return verify_file(path, folder, progress)


def verify_file(
    path: Path, folder: Path | None = None, progress: Callable[[float], None] = lambda share: None
) -> Verdict:
    """The same for one database file, as a copy of an earlier day.

    folder : the project that it is of, to compare with what this computer keeps outside; None: do not
    """
    verdict = Verdict()
    with sqlite_errors(path.parent / project_folder.BACKUPS), closing(_opened(path)) as db:
        db.execute("BEGIN")  # one state of it, whatever is written meanwhile
        _check_version(db)
        if not _schema_fits(db, verdict):
            return verdict
        total, of_schema = db.execute("SELECT COUNT(*) FROM acts").fetchone()[0], len(verdict.wrong)
        _check_chains(db, verdict, lambda count: progress(0.5 * count / max(total, 1)))
        _check_heads(db, verdict)
        _check_recordings(db, verdict)
        if folder:
            _check_outside(db, folder, verdict)
        for words in refusals(db):  # a project that cannot be opened, even to make anew what follows from the log
            verdict.say(words)
        verdict.is_log_whole = len(verdict.wrong) == of_schema
        _check_state(db, verdict, lambda count: progress(0.5 + 0.5 * count / max(total, 1)))
    return verdict


def _opened(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing; a copy in memory where even looking needs a file beside the database."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        db.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        db.close()
        db = sqlite3.connect(":memory:", isolation_level=None)
        snapshot.load(path, db)
    db.row_factory = sqlite3.Row
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, database.LONGEST_VALUE)
    db.execute("PRAGMA trusted_schema = OFF")
    return db


def _check_version(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != len(database.MIGRATIONS):
        newer = version > len(database.MIGRATIONS)
        raise ProjectError(
            f"This project is of version {version}; this program knows {len(database.MIGRATIONS)}.",
            "Update the program." if newer else "Open it once, which brings it up to date, then verify it.",
        )


def _schema_fits(db: sqlite3.Connection, verdict: Verdict) -> bool:
    """Triggers and indexes are as ours; False where tables are not, so that nothing more can be said."""
    try:
        to_mend = schema.differences(db, database.MIGRATIONS)
    except CesslError as error:
        verdict.say(error.what)
        return False
    for kind, name, sql in to_mend:
        verdict.say(f"The {kind} {name[:60]} {'is missing or altered' if sql else 'is not one of ours'}.")
    page = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if page != "ok":
        verdict.say(f"The database is damaged ({page}).")
    return page == "ok"


def _check_chains(db: sqlite3.Connection, verdict: Verdict, progress: Callable[[int], None]) -> None:
    removed = {row[0] for row in db.execute("SELECT content FROM removed")}
    cursor = db.execute("SELECT * FROM acts ORDER BY device, number")
    before: Act | None = None
    seq = 0
    for count, row in enumerate(cursor, 1):
        (act,) = acts([row])
        if before is None or before.device != act.device:
            before, seq = None, 0
            verdict.devices += 1
        for wrong in _wrong_with(act, before, removed):
            verdict.say(wrong)
        if row["seq"] <= seq:
            verdict.say(f"{_named(act)} was put in another place.")
        before, seq = act, row["seq"]
        verdict.acts = count
        if count % REPORTED_EVERY == 0:
            progress(count)


def _wrong_with(act: Act, before: Act | None, removed: set[str]) -> Iterator[str]:
    expected = before.number + 1 if before else 1
    if act.number != expected:
        missing = f"{expected} to {act.number - 1}" if act.number - 1 > expected else f"{expected}"
        yield f"Acts of device {act.device} are missing: {missing}."
    elif hash_of(act, before.hash if before else b"") != act.hash:
        yield f"{_named(act)} was altered, or an act before it."
    if before and act.id <= before.id:
        yield f"{_named(act)} is earlier than the one before it."
    if not act_ids.is_id(act.id) or act.id[18:] != act.device[:8]:
        yield f"{_named(act)} has an id that its device does not give."
    if act.payload is None:
        if act.record not in removed:
            yield f"What {_named(act)} says is gone, and nobody has removed its recording."
    elif canonical(content(act.payload)) != act.payload or act.digest or unfit(act):
        yield f"What {_named(act)} says cannot be read."


def _check_heads(db: sqlite3.Connection, verdict: Verdict) -> None:
    rows = db.execute(
        "SELECT d.*, h.number, h.hash, h.signed_by, h.signature FROM devices AS d"
        " LEFT JOIN heads AS h ON h.device = d.id"
    ).fetchall()
    for row in rows:
        name = row["id"]
        took_over = name.startswith(device.TAKEN_OVER)
        if took_over != bool(row["from_version"]):
            verdict.say(f"Device {name} is not what it says it is.")
        if not took_over and device.device_id(row["key"], row["nonce"]) != name:
            verdict.say(f"Device {name} has another key than the one it began with.")
        last = db.execute("SELECT MAX(number) FROM acts WHERE device = ?", (name,)).fetchone()[0] or 0
        if row["number"] is None:
            verdict.say(f"The end of device {name} is not signed: its head is missing.")
            continue
        if row["number"] > last:
            verdict.say(f"The last {row['number'] - last} acts of device {name} are missing.")
        elif row["number"] < last:
            verdict.say(f"The last {last - row['number']} acts of device {name} are not signed: they were added.")
        else:
            held = db.execute("SELECT hash FROM acts WHERE device = ? AND number = ?", (name, last)).fetchone()
            if held is None or held[0] != row["hash"]:
                verdict.say(f"The chain of device {name} does not end with the act that was signed.")
        if row["key"] and not row["signed_by"]:
            verdict.say(f"The end of device {name} is not signed: a sync or merge that broke off is to be done again.")
            continue
        if row["key"] and row["signed_by"] != row["key"]:
            verdict.say(f"The end of device {name} is signed with another key than its own.")
        if not row["signed_by"] and not row["key"]:
            verdict.notes.append(f"The acts of device {name} are not signed: it had no place for a key.")
        elif not device.is_signed(row["signed_by"], row["signature"], device.message(name, row["number"], row["hash"])):
            verdict.say(f"The signature at the end of device {name} is not that of its key.")


def _check_recordings(db: sqlite3.Connection, verdict: Verdict) -> None:
    """Acts are of contents: each recording has its own, so that nothing said of one is shown at another."""
    of_others = (
        "SELECT r.id FROM records AS r LEFT JOIN record_contents AS c ON c.content = r.id WHERE c.record_id IS NOT r.id"
    )
    for (record_id,) in db.execute(f"{of_others} ORDER BY r.id"):
        verdict.say(f"What was said of the recording {record_id[:60]} is tied to another one, or to none.")
    (lost,) = db.execute(
        "SELECT COUNT(DISTINCT record) FROM acts WHERE record <> '' AND record NOT IN (SELECT content FROM"
        " record_contents UNION ALL SELECT content FROM removed)"
    ).fetchone()
    if lost:
        verdict.notes.append(
            f"The log holds what was said of {counted(lost, 'recording')} that the project does not have."
        )


def _check_outside(db: sqlite3.Connection, folder: Path, verdict: Verdict) -> None:
    """What this computer keeps in mind of the project is in it."""
    kept = device.kept_of_folder(full_path(folder))
    for one in kept:
        if not one["accepted"]:
            for words in device.missing(db, one["heads"]):
                if words not in verdict.wrong:
                    verdict.say(words)
    known = {name for one in kept for name in one["heads"]}
    own = device.public_key()
    for (name,) in db.execute("SELECT id FROM devices WHERE key = ? AND key <> ''", (own,)):
        elsewhere = device.kept_outside(name)
        if name not in known and elsewhere:
            verdict.notes.append(f"Device {name} wrote here at another place, {elsewhere['folder']}.")
            verdict.notes += device.missing(db, elsewhere["heads"])
        elif name not in known:
            verdict.notes.append(f"Of device {name}, which is this computer, no end is kept outside the project.")
    if not kept:
        verdict.notes.append("This computer has not written here: a cut end can only be seen where acts were given.")


def _check_state(db: sqlite3.Connection, verdict: Verdict, progress: Callable[[int], None]) -> None:
    """Make today's state again, in a file that goes with its connection, and compare."""
    with closing(sqlite3.connect("", isolation_level=None)) as made:
        made.execute("BEGIN")
        for table in (*_STATE, *_COPIED):
            made.execute(db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0])
        made.executemany("INSERT INTO record_contents VALUES (?, ?)", db.execute("SELECT * FROM record_contents"))
        try:
            replay(db, made, progress)
        except (KeyError, TypeError, sqlite3.Error):
            verdict.say("Today's state cannot be made from the log: it holds acts that nobody can have done.")
            return
        tables = {}
        for table in _STATE:
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})"))
            tables[table] = f"SELECT * FROM {table} ORDER BY {columns}"
        tables["settings"] = f"SELECT key, value FROM settings WHERE {state.FOLLOWING} ORDER BY key"
        if counting_as.to_bring_in(db):
            verdict.say("Not all labels follow a merge of statements yet: open the project, which goes on with it.")
            del tables["labels"]
        for table, query in tables.items():
            _compare(table, db.execute(query), made.execute(query), verdict)


def _compare(table: str, there: sqlite3.Cursor, follows: sqlite3.Cursor, verdict: Verdict) -> None:
    """Rows that only one of two sorted lists has."""
    there.row_factory = follows.row_factory = None
    differ = 0
    first = ""
    for one, other in zip_longest(there, follows):
        if one != other:
            differ += 1
            first = first or " ".join(str(value) for value in (one or other)[:3])[:100]
    if differ:
        verdict.say(f"The table {table} does not follow from the acts, from the row {first} on.")


def _named(act: Act) -> str:
    return f"Act {act.number} of device {act.device} ({act.kind} of {act.reader or 'the program'}, {act.at_utc})"
