"""Which record a recording is: new, known, a revision of the one at its path, or possibly another one's duplicate.

A record keeps its id for good, and with it labels, calipers, history and models. The same samples at the same path are
the same ECG, whatever its header says by now; equal samples at another path are only said to be equal.
"""

from __future__ import annotations

import enum
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import HEADER_READER, Record, State
from cessl_gui.store.log import state
from cessl_gui.store.log.acts import content
from cessl_gui.store.sqlite.database import Database, now_utc
from cessl_gui.store.tables.labels import Labels
from cessl_gui.store.tables.settings import Settings

DIGESTS = ("stored_sha256", "signal_sha256")
_MET = (
    "SELECT * FROM (SELECT (SELECT act FROM removed WHERE content = ?1) IS NOT NULL AS is_removed,"
    " EXISTS (SELECT 1 FROM record_contents WHERE content = ?1) OR EXISTS (SELECT 1 FROM sources WHERE path = ?2)"
    " AS is_here) WHERE is_removed OR is_here"
)


class Met(enum.StrEnum):
    """What a recording is to the project that meets it."""

    NEW = "new"
    KNOWN = "known"
    REVISED = "revised"
    REMOVED = "removed"  # from this project, for good


class Identity:
    """Takes recordings in, and finds equal ones."""

    def __init__(self, database: Database) -> None:
        self._database, self._labels, self._settings = database, Labels(database), Settings(database)

    def whose(self, record: Record) -> tuple[str, Met]:
        """The id of the record that a recording belongs to, its own for a new one, and what it is."""
        met = self._database.one(_MET, (record.id, record.source))
        if met is None:
            return record.id, Met.NEW
        if met["is_removed"]:
            return record.id, Met.REMOVED
        known = self._database.one(
            "SELECT r.* FROM record_contents AS c JOIN records AS r ON r.id = c.record_id WHERE c.content = ?",
            (record.id,),
        )
        there = self._database.one(
            "SELECT r.* FROM sources AS s JOIN records AS r ON r.id = s.record_id WHERE s.path = ?", (record.source,)
        )
        if there and (
            _reads_otherwise(there, record) if there["sha256"] == record.sha256 else _is_equal(there, record)
        ):
            return there["id"], Met.REVISED
        if known:
            return known["id"], Met.KNOWN
        return record.id, Met.NEW

    def take_in(self, record: Record) -> tuple[str, Met]:
        """Catalogue a recording; see `take_in_all`."""
        (taken,) = self.take_in_all([(record, "")])
        return taken

    def take_in_all(
        self, some: Sequence[tuple[Record, str]], whose: Sequence[tuple[str, Met]] = ()
    ) -> list[tuple[str, Met]]:
        """Catalogue recordings with their headers' opinions, all or none; see `whose`. Their paths are remembered.

        some  : each with its stamp, how its files look; see `stamp`
        whose : what `whose` has said of them, where nothing has been taken in since
        """
        taken, opinions, met_here = list[tuple[str, Met]](), dict[str, Sequence[str]](), set[str]()
        with self._database.atomic() as db:
            for number, (record, stamp) in enumerate(some):
                # A second one with the content or the path of one before it: that one has changed the answer.
                is_first = met_here.isdisjoint((record.id, record.source))
                met_here |= {record.id, record.source}
                record_id, met = whose[number] if whose and is_first else self.whose(record)
                if met == Met.REMOVED or db.execute("SELECT 1 FROM removed WHERE content = ?", (record.id,)).fetchone():
                    why = self.why_removed(record)
                    raise ProjectError(f"{record.name} cannot come back. {why}", "Use a new project for it.")
                if met == Met.NEW:
                    _insert(db, record)
                db.execute("INSERT OR IGNORE INTO record_contents VALUES (?, ?)", (record.id, record_id))
                if met == Met.NEW:
                    if db.execute("SELECT 1 FROM acts WHERE record = ? LIMIT 1", (record.id,)).fetchone():
                        state.remake(db, [record_id])  # others' acts have come before their recording
                elif met == Met.REVISED:
                    row = db.execute("SELECT * FROM records WHERE id = ?", (record_id,)).fetchone()
                    self._change(db, row, _columns(record))
                else:  # of an earlier version of the program
                    digests = {name: value for name, value in _digests(record).items() if value}
                    _set(db, record_id, digests, only_empty=True)
                db.execute(
                    "INSERT OR REPLACE INTO sources (path, record_id, stamp) VALUES (?, ?, ?)",
                    (record.source, record_id, stamp),
                )
                if met != Met.KNOWN:
                    opinions[record_id] = record.statements
                taken.append((record_id, met))
            self._opinions(opinions)
        return taken

    def stamp(self, path: str) -> tuple[str, str]:
        """The record that was met at a path, and how its files looked then; "" where nothing is known."""
        row = self._database.one("SELECT record_id, stamp FROM sources WHERE path = ?", (path,))
        return (row["record_id"], row["stamp"]) if row else ("", "")

    def move(self, record_id: str, source: str) -> None:
        """Its source lies at another place now; that is noted among its revisions."""
        with self._database.atomic() as db:
            row = db.execute("SELECT * FROM records WHERE id = ?", (record_id,)).fetchone()
            self._change(db, row, {"source": source})

    def is_of(self, record_id: str, record: Record) -> bool:
        """Whether a recording read from a source is this record's: a content it had, or its samples."""
        row = self._database.one("SELECT * FROM records WHERE id = ?", (record_id,))
        met = self._database.one(
            "SELECT 1 FROM record_contents WHERE content = ? AND record_id = ?", (record.id, record_id)
        )
        return bool(met) or (row is not None and _is_equal(row, record))

    def revisions(self, record_id: str) -> list[dict]:
        """How its source was corrected, oldest first: changes {column: [before, after]}, at_utc."""
        rows = self._database.all(
            "SELECT changes, at_utc FROM record_revisions WHERE record_id = ? ORDER BY seq", (record_id,)
        )
        return [{"changes": json.loads(row["changes"]), "at_utc": row["at_utc"]} for row in rows]

    def without_digest(self) -> list[str]:
        """Records of earlier versions, whose samples cannot be compared yet."""
        return [row["id"] for row in self._database.all("SELECT id FROM records WHERE signal_sha256 = ''")]

    def set_digests(self, digests: Iterable[tuple[str, str]]) -> None:
        """Keep (record id, digest of its signal)."""
        with self._database.atomic() as db:
            for record_id, digest in digests:
                _set(db, record_id, {"signal_sha256": digest}, only_empty=True)

    def why_removed(self, record: Record) -> str:
        """Why a recording was removed from this project for good, and when; "" where it was not."""
        row = self._database.one(
            "SELECT a.payload, a.at_utc FROM removed AS r JOIN acts AS a ON a.id = r.act WHERE r.content = ?",
            (record.id,),
        )
        return f"It was removed on {row['at_utc'][:10]} ({content(row['payload']).get('why', '')})." if row else ""

    def duplicates(self, record_id: str = "") -> list[tuple[sqlite3.Row, ...]]:
        """Groups of records (rows of id, name, patient) with equal samples, in the order of import.

        record_id : only the groups of this one
        """
        groups: dict[tuple[str, ...], tuple[sqlite3.Row, ...]] = {}
        for digest in DIGESTS:
            by_digest: dict[str, list[sqlite3.Row]] = {}
            # +rowid: by the index of digests, and not through all records in the order of their ids
            repeated = (
                f"= (SELECT NULLIF({digest}, '') FROM records WHERE id = ?)"
                if record_id
                else f"IN (SELECT {digest} FROM records WHERE {digest} <> '' GROUP BY {digest} HAVING COUNT(*) > 1)"
            )
            for row in self._database.all(
                f"SELECT {digest} AS digest, id, name, patient FROM records WHERE {digest} {repeated}"
                f" AND {digest} <> '' ORDER BY +rowid",
                (record_id,) if record_id else (),
            ):
                by_digest.setdefault(row["digest"], []).append(row)
            by_digest = {digest: group for digest, group in by_digest.items() if len(group) > 1}
            for group in by_digest.values():
                groups.setdefault(tuple(row["id"] for row in group), tuple(group))
        return list(groups.values())

    def spell(self, record_id: str, bare: str) -> None:
        """Keep the bare spelling of a record's patient, "" where the id is written so already; see resembling."""
        with self._database.atomic() as db:
            if bare:
                db.execute("INSERT OR REPLACE INTO patient_spellings VALUES (?, ?)", (record_id, bare))
            else:
                db.execute("DELETE FROM patient_spellings WHERE record_id = ?", (record_id,))

    def unspelled(self) -> list[str]:
        """Records of earlier versions: how the id of their patient is written is known when they are read again."""
        rows = self._database.all(
            "SELECT s.record_id FROM patient_spellings AS s JOIN records AS r ON r.id = s.record_id"
            " WHERE s.bare = '' AND r.patient <> ''"
        )
        return [row[0] for row in rows]

    def resembling(self) -> dict[str, list[str]]:
        """Bare spelling -> the patients of whom some are written otherwise: those of one may be one patient."""
        rows = self._database.all(
            "SELECT s.bare, r.patient FROM patient_spellings AS s JOIN records AS r ON r.id = s.record_id"
            " WHERE r.patient <> '' AND s.bare <> '' UNION SELECT patient, patient FROM records"
            " WHERE patient IN (SELECT bare FROM patient_spellings) ORDER BY 1, 2"
        )
        of: dict[str, list[str]] = {}
        for bare, patient in rows:
            of.setdefault(bare, []).append(patient)
        return of

    def hear_again(self, record_id: str) -> None:
        """Let a header's words have the meaning that the project gives them now."""
        row = self._database.one("SELECT statements FROM records WHERE id = ?", (record_id,))
        with self._database.atomic():
            self._opinions({record_id: json.loads(row["statements"]) if row else []})

    def unname(self, patient: str, why: str) -> None:
        """Take the patient from all records that have this one, with the reason among their warnings."""
        with self._database.atomic() as db:
            for row in db.execute("SELECT * FROM records WHERE patient = ?", (patient,)).fetchall():
                self._change(db, row, {"patient": "", "warnings": json.dumps([*json.loads(row["warnings"]), why])})

    def unnamed(self, patient: str, said: str) -> list[str]:
        """Records that this patient was taken from, last of all patients, with a warning that begins so."""
        rows = self._database.all(
            "SELECT id, warnings FROM records WHERE patient = '' AND json_array(?, '') ="
            " (SELECT json_extract(changes, '$.patient') AS patients FROM record_revisions"
            " WHERE record_id = records.id AND patients IS NOT NULL ORDER BY rowid DESC LIMIT 1)",
            (patient,),
        )
        return [row["id"] for row in rows if any(one.startswith(said) for one in json.loads(row["warnings"]))]

    def name_again(self, record_ids: Iterable[str], patient: str, said: str) -> None:
        """Give records their patient back, and take away the warnings that begin so."""
        with self._database.atomic() as db:
            for record_id in record_ids:
                row = db.execute("SELECT * FROM records WHERE id = ?", (record_id,)).fetchone()
                warnings = [one for one in json.loads(row["warnings"]) if not one.startswith(said)]
                self._change(db, row, {"patient": patient, "warnings": json.dumps(warnings)})

    def warn(self, patient: str, doubt: str) -> int:
        """Add a doubt to the warnings of all records that have this patient. returns : how many these are"""
        with self._database.atomic() as db:
            rows = db.execute("SELECT * FROM records WHERE patient = ?", (patient,)).fetchall()
            for row in rows:
                if doubt not in (said := json.loads(row["warnings"])):
                    self._change(db, row, {"warnings": json.dumps([*said, doubt])})
        return len(rows)

    def no_longer_warn(self, patient: str, doubt: str) -> None:
        """Take a doubt away from the warnings of all records that have this patient."""
        with self._database.atomic() as db:
            for row in db.execute("SELECT * FROM records WHERE patient = ?", (patient,)).fetchall():
                warnings = [one for one in json.loads(row["warnings"]) if one != doubt]
                self._change(db, row, {"warnings": json.dumps(warnings)})

    def _change(self, db: sqlite3.Connection, row: sqlite3.Row, now: dict[str, object]) -> None:
        record_id = row["id"]
        changes = {name: [row[name], value] for name, value in now.items() if row[name] != value}
        _set(db, record_id, now)
        # Equal stored samples under another gain, rate or lead: what a model said was said of another signal.
        if changes.keys() & {"signal_sha256", "leads", "fs_hz"} and row["signal_sha256"]:
            db.execute("DELETE FROM predictions WHERE record_id = ?", (record_id,))
        db.execute(
            "INSERT INTO record_revisions (record_id, changes, at_utc) VALUES (?, ?, ?)",
            (record_id, json.dumps(changes), now_utc()),
        )

    def _opinions(self, of_records: Mapping[str, Sequence[str]]) -> None:
        """What the headers of records say now, by record; what one no longer says is taken back."""
        said = self._labels.said(of_records, HEADER_READER)
        heard = {record_id: [word.replace("\0", " ") for word in words] for record_id, words in of_records.items()}
        meant = self._settings.meant(dict.fromkeys(chain(*heard.values())))
        changes: list[tuple[str, str, State | None]] = []
        for record_id, words in heard.items():
            before = said[record_id]
            codes = dict.fromkeys(meant.get(word) or vocabulary()[word].code for word in words)
            changes += [(record_id, code, State.PRESENT) for code in codes if before.get(code) is None]
            changes += [(record_id, code, None) for code in before if before[code] is not None and code not in codes]
        if changes:
            self._labels.set_many(changes, HEADER_READER, kind="header")


def _is_equal(row: sqlite3.Row, record: Record) -> bool:
    """Whether a recording has the samples that a record has."""
    return any(value and row[name] == value for name, value in _digests(record).items())


def _reads_otherwise(row: sqlite3.Row, record: Record) -> bool:
    """Whether this version of the program reads the same file otherwise than the one that catalogued it."""
    now = _columns(record)
    return bool(row["signal_sha256"]) and any(row[name] != now[name] for name in ("signal_sha256", "leads", "fs_hz"))


def _digests(record: Record) -> dict[str, str]:
    return {"stored_sha256": record.stored_sha256, "signal_sha256": record.signal_sha256}


def _columns(record: Record) -> dict[str, object]:
    """What a record's source says of it, as the catalogue keeps it."""
    return {
        "name": record.name,
        "sha256": record.sha256,
        "fs_hz": record.fs_hz,
        "samples": record.signal_mv.shape[1],
        "leads": json.dumps(record.leads),
        "derived": json.dumps(record.derived),
        "patient": record.patient,
        "recorded_at": record.recorded_at,
        "age": record.age,
        "sex": record.sex,
        "statements": json.dumps(record.statements),
        "warnings": json.dumps(record.warnings),
        "format": record.format,
        "synthetic": int(record.synthetic),
        **_digests(record),
    }


def _insert(db: sqlite3.Connection, record: Record) -> None:
    values = {"id": record.id, "source": record.source, "added_utc": now_utc(), **_columns(record)}
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO records ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def _set(db: sqlite3.Connection, record_id: str, values: Mapping[str, object], only_empty: bool = False) -> None:
    for name, value in values.items():
        empty = f" AND {name} = ''" if only_empty else ""
        db.execute(f"UPDATE records SET {name} = ? WHERE id = ?{empty}", (value, record_id))
