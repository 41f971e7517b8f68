"""Records, their reading states, the quarantine list, predictions and settings of a project."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from cessl_gui.core.types import Prediction, ReadingState, Record, RecordInfo
from cessl_gui.store.columns.prediction_table import PredictionTable, Stored
from cessl_gui.store.columns.record_columns import RecordColumns
from cessl_gui.store.columns.rows import Rows
from cessl_gui.store.log import acts
from cessl_gui.store.sqlite.contents import texts
from cessl_gui.store.sqlite.database import Database, now_utc
from cessl_gui.store.tables.identity import Identity, Met

_REVEALED = "revealed"
TWINS_NAMED = 3
UNREAD = (str(ReadingState.NEW), str(ReadingState.IN_PROGRESS))


class Records:
    """The recordings that a project refers to. Nothing is ever removed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.identity = Identity(database)

    def add(self, record: Record) -> bool:
        """Take in a record and its header's opinion; False if it is known already, see Identity.take_in."""
        return self.identity.take_in(record)[1] == Met.NEW

    def check_writable(self) -> None:
        """raises : ReadingOnly"""
        self._database.check_writable()

    def all(self) -> list[RecordInfo]:
        """The record list, in the order of import."""
        states, twins = self._states(), self._twins()
        rows = self._database.all("SELECT * FROM records ORDER BY rowid")
        return [_info(row, states.get(row["id"]), twins.get(row["id"], ())) for row in rows]

    def get(self, record_id: str) -> RecordInfo:
        """raises : KeyError"""
        row = self._database.one("SELECT * FROM records WHERE id = ?", (record_id,))
        if row is None:
            raise KeyError(record_id)
        return _info(row, self._states(record_id).get(record_id), self._twins(record_id).get(record_id, ()))

    def sources(self, ids: Iterable[str]) -> dict[str, str]:
        """Record id -> its source, of those of these records that are here, in the order of import."""
        query = "SELECT id, source FROM records WHERE id IN (SELECT value FROM json_each(?)) ORDER BY rowid"
        return dict(self._database.each(query, (json.dumps([*ids]),)))

    def of_content(self, content: str) -> str:
        """The id of the record that was met with a content; "" if there is none."""
        row = self._database.one("SELECT record_id FROM record_contents WHERE content = ?", (content,))
        return row["record_id"] if row else ""

    def ids(self) -> list[str]:
        return [record_id for (record_id,) in self._database.each("SELECT id FROM records ORDER BY rowid")]

    def standings(self) -> dict[str, ReadingState]:
        """Record id -> where it stands in the queue, of all records in the order of import."""
        states, by_text = self._states(), {str(state): state for state in ReadingState}
        return {record_id: by_text[states.get(record_id, str(ReadingState.NEW))] for record_id in self.ids()}

    def patients(self) -> dict[str, str]:
        """Record id -> its patient, "" where the source names none; in the order of import."""
        return dict(self._database.each("SELECT id, patient FROM records ORDER BY rowid"))

    def of_patients(self, patients: Sequence[str]) -> list[RecordInfo]:
        """The records of these patients in the order of import, without what readers and other records say of them."""
        if not patients:
            return []
        rows = self._database.all(
            "SELECT * FROM records WHERE patient IN (SELECT value FROM json_each(?)) ORDER BY rowid",
            (json.dumps(patients),),
        )
        return [_info(row, None) for row in rows]

    def count(self) -> int:
        row = self._database.one("SELECT COUNT(*) AS n FROM records")
        return row["n"] if row else 0

    def columns(self, rows: Rows | None = None) -> RecordColumns:
        """What lists show of all records, compact. rows : the places that other columns give these records"""
        columns = RecordColumns()
        columns.fill(
            self._database.each("SELECT id, name, source, patient, recorded_at, age, sex FROM records ORDER BY rowid")
        )
        columns.fill_reading(self._states().items())
        if rows is not None:
            columns.place(rows)
        return columns

    def first_unread(self) -> str:
        """The first record by name whose reading nobody has finished or put off; "" without one."""
        row = self._database.one(
            "SELECT id FROM records AS r WHERE NOT EXISTS (SELECT 1 FROM readings AS g WHERE g.record_id = r.id"
            f" AND g.shown = 1 AND g.reading NOT IN {UNREAD}) ORDER BY name COLLATE NOCASE, rowid LIMIT 1"
        )
        return row["id"] if row else ""

    def source_row(self, record_id: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        """Paths where the record was met, its SHA-256, and its header's words."""
        row = self._database.one("SELECT source, sha256, statements FROM records WHERE id = ?", (record_id,))
        if row is None:
            raise KeyError(record_id)
        more = self._database.all("SELECT path FROM sources WHERE record_id = ?", (record_id,))
        paths = tuple(dict.fromkeys([row["source"], *(r["path"] for r in more)]))
        return paths, row["sha256"], tuple(json.loads(row["statements"]))

    def signal_digest(self, record_id: str) -> str:
        """Of the signal that the record has; "" where an earlier version did not keep it."""
        row = self._database.one("SELECT signal_sha256 FROM records WHERE id = ?", (record_id,))
        return row["signal_sha256"] if row else ""

    def places(self) -> Iterator[tuple[str, str]]:
        """(record id, path) of every place where a record was met."""
        return self._database.each("SELECT id, source FROM records UNION ALL SELECT record_id, path FROM sources")

    def set_reading(self, record_id: str, state: ReadingState, reader: str, kind: str = "set", step: str = "") -> None:
        """Move a record in the reading queue; an act of its own, nothing is overwritten.

        step : under which it is undone; "": it is not undone by a reader's undo
        """
        with self._database.atomic():
            old = self._states(record_id).get(record_id, ReadingState.NEW)
            payload = {"old": str(old), "new": str(state)}
            acts.append(self._database, "reading", record_id, reader, payload, how=kind, step=step)

    def standing(self, record_id: str) -> tuple[ReadingState, str]:
        """Where a record stands in the reading queue, and the act that put it there; "" where none shown did."""
        state = ReadingState(self._states(record_id).get(record_id, ReadingState.NEW))
        shown, values = self._database.shown()
        row = self._database.one(
            f"SELECT act FROM readings WHERE record_id = ? AND reading <> '' AND {shown}", (record_id, *values)
        )
        return state, row["act"] if row else ""

    def reading_before_exclusion(self, record_id: str) -> ReadingState:
        """The latest state in the reading queue other than excluded."""
        rows = self._database.all(
            "SELECT * FROM acts WHERE kind = 'reading' AND takes_back = '' AND id NOT IN (SELECT act FROM taken_back)"
            " AND record IN (SELECT content FROM record_contents WHERE record_id = ?) ORDER BY id DESC",
            (record_id,),
        )
        states = (str(act.content.get("new")) for act in acts.acts(rows))
        return ReadingState(next((state for state in states if state != ReadingState.EXCLUDED), ReadingState.NEW))

    def reveal(self, record_id: str, reader: str) -> None:
        """Note for good that the reader asked to see the opinions of model and file before confirming."""
        acts.append(self._database, "reveal", record_id, reader, {})

    def prime(self, ids: Iterable[str], reader: str) -> None:
        """Note for good that a list showed these opinions to the reader. They stay hidden where the record is read."""
        with self._database.atomic():
            for record_id in ids:
                acts.append(self._database, "primed", record_id, reader, {}, sight=acts.Sight(True, True))

    def reading_events(self) -> dict[str, list[dict]]:
        """Record id -> how it moved in the queue, oldest first: state, reader, at_utc, kind.

        state : of the queue; or "revealed": the reader asked to see the prediction
        kind  : set, undo, redo
        """
        events: dict[str, list[dict]] = {}
        rows = self._database.all(
            "SELECT acts.*, c.record_id FROM acts JOIN record_contents AS c ON c.content = acts.record"
            " WHERE kind IN ('reading', 'reveal') ORDER BY acts.id"
        )
        for row, act in zip(rows, acts.acts(rows), strict=True):
            state = _REVEALED if act.kind == "reveal" else act.content.get("new", "")
            event = {"state": state, "reader": act.reader, "at_utc": act.at_utc, "kind": act.how}
            events.setdefault(row["record_id"], []).append(event)
        return events

    def seen(self, record_id: str = "", reader: str = "") -> set[str]:
        """Records whose prediction may have been seen: asked for, shown at a label, or once confirmed.

        record_id : look at this one alone; "" is all
        reader    : by this one; "" is anybody
        """
        return self._where("seen = 1", record_id, reader)

    def file_seen(self, record_id: str = "", reader: str = "") -> set[str]:
        """Records whose file's diagnoses may have been seen: those of seen(), or shown at a label. Before version 4
        they stood beside every label. record_id, reader : as of seen()"""
        return self._where("file_seen = 1", record_id, reader)

    def uncovered(self, record_id: str = "", reader: str = "") -> set[str]:
        """Records of which the opinions of model and file are no longer hidden: a reader asked for them, or has
        confirmed the reading and not undone that.

        record_id : look at this one alone; "" is all
        """
        return self._where("(confirmed = 1 OR revealed = 1)", record_id, reader)

    def _where(self, what: str, record_id: str, reader: str) -> set[str]:
        given = {"record_id": record_id, "reader": reader or self._database.only}
        some = "".join(f" AND {column} = ?" for column, value in given.items() if value)
        rows = self._database.all(
            f"SELECT DISTINCT record_id FROM readings WHERE {what}{some}", tuple(filter(None, given.values()))
        )
        return {row["record_id"] for row in rows}

    def _twins(self, record_id: str = "") -> dict[str, tuple[str, ...]]:
        """Record id -> what is to be said of the records that have the same samples."""
        words: dict[str, tuple[str, ...]] = {}
        for group in self.identity.duplicates(record_id):
            some = group[: TWINS_NAMED + 1]
            for row in group:
                others = [other for other in some if other["id"] != row["id"]][:TWINS_NAMED]
                names = ", ".join(
                    other["name"] + (" (of another patient)" if other["patient"] != row["patient"] else "")
                    for other in others
                )
                more = f" and {len(group) - 1 - len(others)} more" if len(group) - 1 > len(others) else ""
                words[row["id"]] = (f"same samples as {names}{more}: one ECG twice?",)
        return words

    def _states(self, record_id: str = "") -> dict[str, str]:
        """Record id -> where it stands in the queue, by the latest word of all readers (see Project.read_apart); of
        one record, or of all."""
        where, values = ("record_id = ? AND ", (record_id,)) if record_id else ("", ())
        shown, whose = self._database.shown()
        query = f"SELECT record_id, reading FROM readings WHERE reading <> '' AND {where}"
        states = dict(self._database.each(query + shown, (*values, *whose)))
        if self._database.only:  # what somebody excluded is excluded for all
            excluded = self._database.each(f"{query}shown = 1 AND reading = 'excluded'", values)
            states = {**dict(excluded), **states}
        return states


class Quarantine:
    """Files that could not be read, each with its reason."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, source: str, reason: str) -> None:
        with self._database.atomic() as db:
            db.execute("INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?)", (str(source), reason, now_utc()))

    def remove(self, source: str) -> None:
        """Take a file off the list, once it was read after all."""
        with self._database.atomic() as db:
            db.execute("DELETE FROM quarantine WHERE source = ?", (str(source),))

    def all(self) -> list[tuple[str, str, str]]:
        """(source, reason, UTC time), by source"""
        return [tuple(row) for row in self._database.all("SELECT * FROM quarantine ORDER BY source")]


class Predictions:
    """Per record and model the probabilities, or why there are none (ecg.gate). They can be computed again; they are
    kept so that the list opens at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self, model_id: str, predictions: Iterable[Prediction], refused: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """refused : record id -> why it is not predicted"""
        rows = [
            (model_id, p.record_id, json.dumps(p.probabilities), json.dumps(p.leads), "", p.likeness)
            for p in predictions
        ]
        rows += [(model_id, record_id, "{}", "[]", reason, None) for record_id, reason in refused.items()]
        with self._database.atomic() as db:
            db.executemany(
                "INSERT OR REPLACE INTO predictions (model_id, record_id, probabilities, leads, reason, likeness)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def get(self, record_id: str, model_id: str) -> Prediction | None:
        row = self._database.one(
            "SELECT record_id, probabilities, leads, likeness FROM predictions"
            " WHERE model_id = ? AND record_id = ? AND reason = ''",
            (model_id, record_id),
        )
        return PredictionTable(Rows(), model_id, [Stored(*row)]).get(record_id) if row else None

    def all(self, model_id: str, rows: Rows | None = None) -> PredictionTable:
        """Record id -> what this model says of it; refused records are not there.

        rows : the places of the records, where other columns are to be compared with these
        """
        stored = self._database.each(
            "SELECT record_id, probabilities, leads, likeness FROM predictions WHERE model_id = ? AND reason = ''",
            (model_id,),
        )
        predictions = PredictionTable(Rows() if rows is None else rows, model_id, map(Stored._make, stored))
        if predictions.unreadable and not self._database.reading_only:  # to be computed again
            with self._database.atomic() as db:
                gone = [(model_id, record_id) for record_id in predictions.unreadable]
                db.executemany("DELETE FROM predictions WHERE model_id = ? AND record_id = ?", gone)
        return predictions

    def refused(self, model_id: str) -> dict[str, str]:
        """Record id -> why it is not predicted."""
        rows = self._database.all(
            "SELECT record_id, reason FROM predictions WHERE model_id = ? AND reason <> ''", (model_id,)
        )
        return {row["record_id"]: row["reason"] for row in rows}

    def judged(self) -> dict[str, str]:
        """Record id -> why no model predicts it, "" where one has: of all records that any model has met."""
        return dict(map(tuple, self._database.all("SELECT DISTINCT record_id, reason FROM predictions")))

    def missing(self, model_id: str) -> list[str]:
        """Records that this model has neither predicted nor refused yet."""
        rows = self._database.all(
            "SELECT id FROM records WHERE id NOT IN (SELECT record_id FROM predictions WHERE model_id = ?)"
            " ORDER BY rowid",
            (model_id,),
        )
        return [row["id"] for row in rows]


def _info(row: sqlite3.Row, reading: str | None, doubts: Sequence[str] = ()) -> RecordInfo:
    def words(column: str) -> tuple[str, ...]:
        return tuple(texts(row[column], row["name"]))

    return RecordInfo(
        id=row["id"],
        name=row["name"],
        source=row["source"],
        fs_hz=row["fs_hz"],
        samples=row["samples"],
        leads=words("leads"),
        derived=words("derived"),
        patient=row["patient"],
        recorded_at=row["recorded_at"],
        age=row["age"],
        sex=row["sex"],
        warnings=(*words("warnings"), *doubts),
        format=row["format"],
        synthetic=bool(row["synthetic"]),
        reading=ReadingState(reading) if reading else ReadingState.NEW,
    )
