"""A hundred ways to alter what people did, in the file itself: `verify` must name each.

Run by `python -m benchmarks.attack` and, one by one, by tests/store/test_verify.py.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.attack.watch import Tally, watched
from cessl_gui.core.types import LEADS_12, Caliper, ModelInfo, ReadingState, Record, State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.log import device
from cessl_gui.store.log.acts import acts, hash_of
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project

Harm = Callable[[sqlite3.Connection], None]
CODES = ("164889003", "426783006", "local:x")


def made(folder: Path) -> Path:
    """A project with acts of every kind, of two devices."""
    signal_mv = np.zeros((12, 10), np.float32)
    for day in (1, 2):
        with Project.open(folder) as project:
            if day == 1:
                for number in (1, 2, 3):
                    name, digest = f"ECG {number}", f"{number:064d}"
                    record = Record(f"r{number}", name, f"/x/{number}.hea", digest, signal_mv, 500.0, LEADS_12)
                    project.records.add(record)
                model = ModelInfo("m1", "Base", "tiny", "0" * 64, CODES[:1], {CODES[0]: 0.5}, "base", "base", "2026")
                project.models.add(model, {})
                project.models.activate("m1", "ann")
                project.settings.set("panel", list(CODES), "ann")
            for record_id in ("r1", "r2", "r3"):
                for code, state in zip(CODES, State, strict=True):
                    project.labels.set(record_id, code, state, ("ann", "bob")[day - 1], step=new_step())
                project.records.set_reading(record_id, ReadingState.CONFIRMED, "ann")
            project.records.reveal("r2", "bob")
            project.marks.set("r1", {"t_offset": 372.0 + day}, "ann")
            project.calipers.set("r1", {"a": Caliper("a", "II", 0.1, 0.2 * day, 0.0, 0.1)}, "ann")
            project.notes.set("r1", f"seen on day {day}", "ann")
            project.steps.undo("bob")
            project.steps.undo("ann")
        if day == 1:
            (heads := device.user_data() / device.HEADS).mkdir(exist_ok=True)
            for path in heads.glob("*.json"):  # as on another computer: the next day is another device's
                if device.kept_outside(path.stem).get("folder") == str(folder):
                    path.unlink()
    return folder


def _run(*statements: str) -> Harm:
    def harm(db: sqlite3.Connection) -> None:
        for statement in statements:
            db.execute(statement)

    return harm


def _without_rules(harm: Harm) -> Harm:
    """The triggers are away while the harm is done, and are back as if nothing had been."""

    def whole(db: sqlite3.Connection) -> None:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        harm(db)
        for _, sql in triggers:
            db.execute(sql)

    return whole


def _chain_anew(sign: Callable[[bytes], bytes], key: str = "") -> Harm:
    """Alter an early label of the last device, then make all hashes after it anew, and the head."""

    def harm(db: sqlite3.Connection) -> None:
        db.row_factory = sqlite3.Row
        name = _last_device(db)
        db.execute(
            "UPDATE acts SET payload = replace(payload, 'present', 'absent') WHERE device = ? AND number <"
            " (SELECT MAX(number) FROM acts WHERE device = ?)",
            (name, name),
        )
        previous, number = b"", 0
        rows = db.execute("SELECT * FROM acts WHERE device = ? ORDER BY number", (name,)).fetchall()
        for act in acts(rows):
            previous, number = hash_of(act, previous), act.number
            db.execute("UPDATE acts SET hash = ? WHERE id = ?", (previous, act.id))
        db.execute(
            "UPDATE heads SET number = ?, hash = ?, signature = ? WHERE device = ?",
            (number, previous, sign(device.message(name, number, previous)), name),
        )
        if key:
            db.execute("UPDATE heads SET signed_by = ? WHERE device = ?", (key, name))
            db.execute("UPDATE devices SET key = ? WHERE id = ?", (key, name))

    return harm


def _last_device(db: sqlite3.Connection) -> str:
    return db.execute("SELECT device FROM acts ORDER BY seq DESC LIMIT 1").fetchone()[0]


def _tail_cut(count: int, heads_too: bool) -> Harm:
    """The last acts go; with heads_too, the head says what it said then, with its true signature of that time."""

    def harm(db: sqlite3.Connection) -> None:
        name = _last_device(db)
        last = db.execute("SELECT MAX(number) FROM acts WHERE device = ?", (name,)).fetchone()[0] - count
        db.execute("DELETE FROM acts WHERE device = ? AND number > ?", (name, last))
        if heads_too:
            hash_ = db.execute("SELECT hash FROM acts WHERE device = ? AND number = ?", (name, last)).fetchone()[0]
            signature = device.private_key().sign(device.message(name, last, hash_))
            change = "UPDATE heads SET number = ?, hash = ?, signature = ? WHERE device = ?"
            db.execute(change, (last, hash_, signature, name))

    return harm


def _under_another_device(db: sqlite3.Connection) -> None:
    """All that a device did, done again by one that the stranger made, signed with the stranger's key."""
    db.row_factory = sqlite3.Row
    key = Ed25519PrivateKey.generate()
    public, name = key.public_key().public_bytes_raw().hex(), _last_device(db)
    other = device.device_id(public, "n")
    db.execute("INSERT INTO devices VALUES (?, ?, 'n', 'desk', '2026', 0)", (other, public))
    previous, number = b"", 0
    for act in list(acts(db.execute("SELECT * FROM acts WHERE device = ? ORDER BY number", (name,)).fetchall())):
        db.execute("UPDATE acts SET device = ?, id = substr(id, 1, 18) || ? WHERE id = ?", (other, other[:8], act.id))
    for act in acts(db.execute("SELECT * FROM acts WHERE device = ? ORDER BY number", (other,)).fetchall()):
        previous, number = hash_of(act, previous), act.number
        db.execute("UPDATE acts SET hash = ? WHERE id = ?", (previous, act.id))
    signature = key.sign(device.message(other, number, previous))
    db.execute("INSERT INTO heads VALUES (?, ?, ?, ?, ?)", (other, number, previous, public, signature))
    db.execute("DELETE FROM heads WHERE device = ?", (name,))
    db.execute("DELETE FROM devices WHERE id = ?", (name,))


def _inserted(db: sqlite3.Connection) -> None:
    """An act more, after the last, chained as it should be."""
    db.row_factory = sqlite3.Row
    name = _last_device(db)
    (last,) = acts(db.execute("SELECT * FROM acts WHERE device = ? ORDER BY number DESC LIMIT 1", (name,)).fetchall())
    db.execute(
        "INSERT INTO acts SELECT NULL, substr(id, 1, 17) || 'f' || substr(id, 19), device, number + 1, reader, at_utc,"
        " kind, how, record, step, '', prediction_visible, file_visible, measurements_visible, payload, salt, digest,"
        " hash FROM acts WHERE id = ?",
        (last.id,),
    )
    (new,) = acts(db.execute("SELECT * FROM acts WHERE device = ? ORDER BY number DESC LIMIT 1", (name,)).fetchall())
    db.execute("UPDATE acts SET hash = ? WHERE id = ?", (hash_of(new, last.hash), new.id))


_NOBODY = Ed25519PrivateKey.generate()
_PUBLIC = _NOBODY.public_key().public_bytes_raw().hex()
_ROWS = {"an early act": "seq = 3", "one in the middle": "seq = 15", "the last": "seq = (SELECT MAX(seq) FROM acts)"}
_ALTERED = {
    "reader": "reader || 'a'", "time": "'2020-01-01T00:00:00.000Z'", "kind": "'other'", "how": "how || 'x'",
    "record": "record || '9'", "step": "step || '0'", "target": "'0123456789abcdef0123456789'",
    "prediction": "1 - COALESCE(prediction_visible, 0)", "file": "1 - COALESCE(file_visible, 0)",
    "measurements": "1 - COALESCE(measurements_visible, 0)", "salt": "salt || '0'", "hash": "zeroblob(32)",
    "payload": "replace(replace(payload, 'absent', 'maybe'), '}', ',\"z\":1}')", "id": "substr(id, 1, 17) || 'e' ||"
    " substr(id, 19)", "number": "number + 100", "seq": "seq + 1000 * (seq < 20) - 900 * (seq >= 20)",
}  # fmt: skip
_COLUMNS = {
    "time": "at_utc", "target": "takes_back", "prediction": "prediction_visible", "file": "file_visible",
    "measurements": "measurements_visible",
}  # fmt: skip
_TRIGGERS = (
    "acts_stay", "acts_are_kept", "devices_stay", "devices_are_kept", "models_stay", "models_are_kept",
    "record_revisions_stay", "record_revisions_are_kept",
)  # fmt: skip
_OF_STATE = {
    "a label changed": "UPDATE labels SET state = 'uncertain' WHERE record_id = 'r1'",
    "a label removed": "DELETE FROM labels WHERE record_id = 'r2' AND reader = 'ann'",
    "a label added": "INSERT INTO labels VALUES ('r3', 'local:y', 'ann', 'present', 'a', 1)",
    "another's label": "UPDATE labels SET reader = 'eve' WHERE record_id = 'r2' AND reader = 'ann'",
    "another word shown": "UPDATE labels SET shown = 1 - shown WHERE record_id = 'r2'",
    "a reading changed": "UPDATE readings SET reading = 'deferred'",
    "a reading not seen": "UPDATE readings SET seen = 0, file_seen = 0",
    "a reading hidden": "UPDATE readings SET revealed = 0, confirmed = 0",
    "a reading removed": "DELETE FROM readings WHERE record_id = 'r2'",
    "a mark changed": "UPDATE marks SET value_ms = 380",
    "a mark removed": "DELETE FROM marks",
    "a caliper changed": "UPDATE calipers SET end_s = 9",
    "a caliper removed": "DELETE FROM calipers",
    "a note changed": "UPDATE notes SET note = 'x'",
    "a note removed": "DELETE FROM notes",
    "another model": "UPDATE model_states SET active_act = ''",
    "another status": "UPDATE model_states SET status = 'discarded'",
    "an undo forgotten": "DELETE FROM taken_back",
    "an undo added": "INSERT INTO taken_back SELECT id FROM acts WHERE seq = 20",
    "another panel": "UPDATE settings SET value = '[]' WHERE key = 'panel'",
    "no panel": "DELETE FROM settings WHERE key = 'panel'",
    "a recording without its labels": "UPDATE record_contents SET record_id = 'r1' WHERE content = 'r3'",
    "a removal": "INSERT INTO removed VALUES ('r1', 'a')",
    "an erased label": "INSERT INTO removed VALUES ('r3', 'a')",
}
HARMS: dict[str, Harm] = {
    **{
        f"{what} of {which}": _without_rules(
            _run(f"UPDATE acts SET {_COLUMNS.get(what, what)} = {value} WHERE {where}")
        )
        for what, value in _ALTERED.items()
        for which, where in _ROWS.items()
    },
    **{f"{which} removed": _without_rules(_run(f"DELETE FROM acts WHERE {where}")) for which, where in _ROWS.items()},
    **{f"trigger {name} dropped": _run(f"DROP TRIGGER {name}") for name in _TRIGGERS},
    "a trigger that does nothing": _run(
        "DROP TRIGGER acts_stay", "CREATE TRIGGER acts_stay BEFORE UPDATE ON acts BEGIN SELECT 1; END"
    ),
    "a trigger more": _run("CREATE TRIGGER evil AFTER INSERT ON labels BEGIN DELETE FROM notes; END"),
    "an index dropped": _run("DROP INDEX acts_by_record"),
    **{what: _run(statement) for what, statement in _OF_STATE.items()},
    **{f"the last {n} cut": _without_rules(_tail_cut(n, False)) for n in (1, 2, 5)},
    **{f"the last {n} cut with a true head": _without_rules(_tail_cut(n, True)) for n in (1, 2, 5, 10)},
    "five in the middle removed": _without_rules(_run("DELETE FROM acts WHERE seq BETWEEN 12 AND 16")),
    "all removed": _without_rules(_run("DELETE FROM heads", "DELETE FROM acts", "DELETE FROM devices")),
    "all of the last device removed": _without_rules(
        _run(
            "DELETE FROM heads WHERE device = (SELECT device FROM acts ORDER BY seq DESC LIMIT 1)",
            "DELETE FROM acts WHERE device = (SELECT device FROM acts ORDER BY seq DESC LIMIT 1)",
            "DELETE FROM devices WHERE id NOT IN (SELECT device FROM heads)",
        )
    ),
    "all of the first device removed": _without_rules(
        _run(
            "DELETE FROM heads WHERE device = (SELECT device FROM acts ORDER BY seq LIMIT 1)",
            "DELETE FROM acts WHERE device = (SELECT device FROM acts ORDER BY seq LIMIT 1)",
            "DELETE FROM devices WHERE id NOT IN (SELECT device FROM heads)",
        )
    ),
    "an act added": _without_rules(_inserted),
    "two readers exchanged": _without_rules(
        _run("UPDATE acts SET reader = CASE reader WHEN 'ann' THEN 'bob' WHEN 'bob' THEN 'ann' ELSE reader END")
    ),
    "two acts exchanged": _without_rules(
        _run(
            "UPDATE acts SET number = -number WHERE seq IN (14, 15)",
            "UPDATE acts SET number = (SELECT -b.number FROM acts AS b WHERE b.seq = 29 - acts.seq AND b.number < 0)"
            " WHERE seq = 14",
            "UPDATE acts SET number = (SELECT number - 1 FROM acts AS b WHERE b.seq = 14) WHERE seq = 15",
        )
    ),
    "the chain made anew": _without_rules(_chain_anew(lambda message: bytes(64))),
    "the chain made anew, signed by a stranger": _without_rules(_chain_anew(_NOBODY.sign)),
    "the chain made anew with a stranger's key": _without_rules(_chain_anew(_NOBODY.sign, _PUBLIC)),
    "the chain made anew by another device": _without_rules(_under_another_device),
    "the chain made anew on this computer": _without_rules(
        _chain_anew(lambda message: device.private_key().sign(message))
    ),
    "a head removed": _run("DELETE FROM heads WHERE device = (SELECT MIN(device) FROM heads)"),
    "all heads removed": _run("DELETE FROM heads"),
    "a head's number": _run("UPDATE heads SET number = number - 1"),
    "a head's hash": _run("UPDATE heads SET hash = zeroblob(32)"),
    "a head's signature": _run("UPDATE heads SET signature = zeroblob(64)"),
    "a head's key": _run(f"UPDATE heads SET signed_by = '{_PUBLIC}'"),
    "heads without a key": _run("UPDATE heads SET signed_by = '', signature = x''"),
    "a device's key": _without_rules(_run(f"UPDATE devices SET key = '{_PUBLIC}'")),
    "a device's beginning": _without_rules(_run("UPDATE devices SET nonce = nonce || '0'")),
    "a device that took over": _without_rules(_run("UPDATE devices SET from_version = 9, nonce = '', key = ''")),
}


def harmed(folder: Path, harm: Harm) -> None:
    """Do it to a project that nobody has open, and leave no file beside the database."""
    with closing(sqlite3.connect(folder / "project.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("BEGIN")
        harm(db)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def attack(seed: int, count: int) -> Tally:
    """Each harm once, or the first `count` of them."""
    tally = Tally("tampering")
    with tempfile.TemporaryDirectory() as outer:
        folder = made(Path(outer) / "good.cessl")
        sound = Path(outer) / "sound.sqlite"
        shutil.copy(folder / "project.sqlite", sound)
        for name, harm in list(HARMS.items())[:count]:
            shutil.copy(sound, folder / "project.sqlite")
            harmed(folder, harm)
            outcome = watched(lambda: {"named": verify(folder).wrong})
            tally.take(name, outcome, "" if (outcome.answer or {}).get("named") else "not named")
    return tally
