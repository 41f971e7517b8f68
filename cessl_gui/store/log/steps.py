"""Undo and redo: acts that take acts back, per reader, without limit and across restarts.

A step is what one action of a reader did. Undo takes back the latest step that holds; redo takes back the latest undo,
as long as the reader has done nothing since. What was taken over from before version 10 is not undone by a step.

An import is a step of the reader who imported, whosever labels it brought: its acts of kind import name another step,
that of all it brought, which no reader's undo finds by itself.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import uuid
from collections.abc import Sequence

from cessl_gui.store.log import acts, state
from cessl_gui.store.log.acts import NOT_KNOWN, Act, Sight
from cessl_gui.store.sqlite.database import Database

_OF_READER = "SELECT * FROM acts WHERE reader = ? AND length(step) = 26 AND payload IS NOT NULL"
IMPORT = "import"
WITH_SIGHT = ("label", "annotation", "note")  # kinds of acts that keep what was in sight
UNSEEN = Sight(
    file=False
)  # of ECGs that are not open: a label with an unknown sight would count as one that saw the file
_HOLDS = "NOT EXISTS (SELECT 1 FROM taken_back WHERE act = id)"


def new_step() -> str:
    """A name for one action, under which all that it does is undone."""
    return secrets.token_hex(13)


class Steps:
    """What a reader can undo and redo."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def to_undo(self, reader: str, most: int | None = None) -> list[Act]:
        """The acts that undo() would take back, in their order; empty if there are none. most : the last of them"""
        return self._latest(f"takes_back = '' AND {_HOLDS}", reader, "", most)

    def to_redo(self, reader: str, most: int | None = None) -> list[Act]:
        """The acts that redo() would bring back, in their order; empty if there are none. most : the last of them"""
        return [*{act.id: act for _, act in self.pairs(reader, "redo", most)}.values()]

    def undo(self, reader: str, sight: Sight = NOT_KNOWN) -> list[Act]:
        """Take the latest step of a reader back, in one transaction. returns : the acts that no longer hold"""
        with self._database.atomic() as db:
            return self._step(db, reader, "undo", sight)

    def redo(self, reader: str, sight: Sight = NOT_KNOWN) -> list[Act]:
        """Bring back what undo() took back last. returns : the acts that hold again"""
        with self._database.atomic() as db:
            return self._step(db, reader, "redo", sight)

    def _step(self, db: sqlite3.Connection, reader: str, way: str, sight: Sight) -> list[Act]:
        pairs = self.pairs(reader, way)
        brought = self.brought(pairs, way)
        if brought:
            self._take_back(db, brought, reader, way, UNSEEN, step=uuid.uuid4().hex)
        self._take_back(db, pairs, reader, way, sight)
        return [act for _, act in (*brought, *pairs)]

    def brought(self, pairs: Sequence[tuple[Act, Act]], way: str) -> list[tuple[Act, Act]]:
        """As pairs(), of what the imports among these pairs brought: it goes and comes before they do."""
        steps = dict.fromkeys(str(act.content.get("step", "")) for _, act in pairs if act.kind == IMPORT)
        if way == "undo":
            return [(act, act) for step in filter(None, steps) for act in self.of(step)]
        return [pair for step in filter(None, steps) for pair in self._taken_of(step)]

    def note_import(self, what: str, brought: str, count: int, reader: str, step: str) -> None:
        """Let a reader's undo of `step` take back what an import brings, which has the step `brought`.

        what : label or mark;  count : of them, with what follows in this transaction
        """
        acts.append(self._database, IMPORT, "", reader, {"what": what, "step": brought, "count": count}, step=step)

    def imports(self, step: str) -> tuple[list[Act], bool]:
        """The acts that began an import, which brought what has this step; and whether they still hold."""
        rows = self._database.all(
            f"SELECT *, {_HOLDS} AS holds FROM acts WHERE record = '' AND kind = ? AND takes_back = '' ORDER BY id",
            (IMPORT,),
        )
        found = [(act, bool(row["holds"])) for row, act in zip(rows, acts.acts(rows), strict=True)]
        found = [(act, holds) for act, holds in found if act.content.get("step") == step]
        return [act for act, _ in found], any(holds for _, holds in found)

    def pairs(self, reader: str, way: str, most: int | None = None) -> list[tuple[Act, Act]]:
        """What undo() or redo() would do: acts that would be taken back, each with the act that this concerns.

        Of redo, all that took it back: on two computers of a team, one thing may have been undone twice.
        """
        if way == "undo":
            return [(act, act) for act in self.to_undo(reader, most)]
        undone = json.dumps([undo.takes_back for undo in self._undone(reader, most)])
        return self._takers("SELECT value FROM json_each(?)", undone)

    def take(self, pairs: Sequence[tuple[Act, Act]], reader: str, way: str, step: str) -> None:
        """Undo or redo a part of what pairs() or brought() gave, in one transaction. step : one for all parts, see
        new_step; of what an import brought, one that is no reader's"""
        with self._database.atomic() as db:
            self._take_back(db, pairs, reader, way, UNSEEN, step=step)

    def of(self, step: str) -> list[Act]:
        """The acts of a step that hold, in their order, whoever's they are; not those that a removal erased."""
        rows = self._database.all(
            f"SELECT * FROM acts WHERE step = ? AND takes_back = '' AND payload IS NOT NULL AND {_HOLDS} ORDER BY id",
            (step,),
        )
        return [*acts.acts(rows)]

    def take_back(self, taken: Sequence[Act], reader: str) -> None:
        """Take acts back, whoever's they are, in one transaction; the reader's redo brings them back."""
        if taken:
            self.take([(act, act) for act in taken], reader, "undo", new_step())

    def _taken_of(self, step: str) -> list[tuple[Act, Act]]:
        """The acts that took back those of a step, and hold, each with the act that it took back."""
        return self._takers("SELECT id FROM acts WHERE step = ? AND takes_back = ''", step)

    def _takers(self, ids: str, value: str) -> list[tuple[Act, Act]]:
        """The acts that took back those of a query, and hold, each with the act that it took back."""
        rows = self._database.all(
            f"SELECT * FROM acts WHERE takes_back IN ({ids}) AND takes_back <> '' AND payload IS NOT NULL AND {_HOLDS}"
            " ORDER BY id",
            (value,),
        )
        return [(undo, self._act(undo.takes_back)) for undo in acts.acts(rows)]

    def _undone(self, reader: str, most: int | None) -> list[Act]:
        last = self._database.one(
            "SELECT MAX(id) FROM acts WHERE reader = ? AND length(step) = 26 AND takes_back = ''", (reader,)
        )
        return self._latest(f"how = 'undo' AND takes_back <> '' AND {_HOLDS}", reader, (last and last[0]) or "", most)

    def _latest(self, which: str, reader: str, after: str, most: int | None) -> list[Act]:
        """The acts of the latest step of a reader that a condition meets, though others lie between them.

        after : an act after which the last of them lies
        """
        query = f"{_OF_READER} AND {which}"
        last = self._database.one(f"{query} AND id > ? ORDER BY id DESC LIMIT 1", (reader, after))
        if last is None:
            return []
        rows = self._database.all(
            f"{query} AND step = ? ORDER BY id DESC LIMIT ?", (reader, last["step"], -1 if most is None else most)
        )
        return [*acts.acts(reversed(rows))]

    def _act(self, act_id: str) -> Act:
        (row,) = self._database.all("SELECT * FROM acts WHERE id = ?", (act_id,))
        return next(acts.acts([row]))

    def _take_back(
        self,
        db: sqlite3.Connection,
        steps: Sequence[tuple[Act, Act]],
        reader: str,
        how: str,
        sight: Sight,
        *,
        step: str = "",
    ) -> None:
        """Add an act against each first of a pair; the second says what was done."""
        step, targets = step or new_step(), []
        for target, act in steps:
            payload = act.content
            if how == "undo" and "old" in payload:
                payload = payload | {"old": payload.get("new"), "new": payload["old"]}
            seen = sight if act.kind in WITH_SIGHT else NOT_KNOWN
            acts.add(
                self._database, act.kind, act.record, reader, payload,
                how=how, step=step, takes_back=target.id, sight=seen,
            )  # fmt: skip
            targets.append(target.id)
        state.remake(db, state.settle(db, targets))
