"""What is damaged in a project, from which copy it can be mended, and what would be lost."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cessl_gui.core.errors import CesslError, NotWritten, ProjectError
from cessl_gui.core.files import full_path, why
from cessl_gui.core.plural import counted
from cessl_gui.store.care.verify import Verdict, verify, verify_file
from cessl_gui.store.exchange import union
from cessl_gui.store.exchange.union import Known
from cessl_gui.store.folder import project_folder
from cessl_gui.store.log import state
from cessl_gui.store.log.acts import acts
from cessl_gui.store.project import Project, restore
from cessl_gui.store.sqlite.database import MIGRATIONS, Database
from cessl_gui.store.sqlite.taking_over import replay

Progress = Callable[[float], None]


@dataclass
class Plan:
    """How a project would be mended.

    damage : what is wrong, in sentences; empty for a sound project
    copy   : the copy of an earlier day that would take the database's place; None: the log is whole, and what holds
             today is made again from it; or there is no sound copy, see can_be_done
    newer  : acts of the damaged database that the copy does not have
    """

    damage: list[str] = field(default_factory=list)
    copy: Path | None = None
    newer: int = 0
    can_be_done: bool = True

    @property
    def words(self) -> str:
        """What would be done, and lost, for a person."""
        if not self.damage:
            return "Nothing is damaged."
        if not self.can_be_done:
            return "There is no sound copy of an earlier day: nothing can be put back."
        if self.copy is None:
            return "The log of acts is whole: what holds today is made again from it, and nothing is lost."
        kept = "The damaged database stays beside it."
        if not self.newer:
            return f"{self.copy.name} takes its place: it has every act that can be read here. {kept}"
        return (
            f"{self.copy.name} takes its place, which has {counted(self.newer, 'act')} less. Those whose chain is whole"
            f" and signed are added to it; the others are lost. {kept}"
        )


def plan(folder: Path, progress: Progress = lambda share: None) -> Plan:
    """Look for damage and for the newest sound copy; nothing is changed. raises : ProjectError"""
    folder = full_path(folder)
    verdict = _looked_at(folder, progress)
    if verdict.is_sound:
        return Plan()
    if verdict.is_log_whole:
        return Plan(verdict.wrong)
    copies = sorted((folder / project_folder.BACKUPS).glob("*.sqlite"), key=lambda path: path.stat().st_mtime)
    earlier: Path | None = None  # of an earlier version of the program, which has no log to be looked through
    for copy in reversed(copies):
        with suppress(CesslError, sqlite3.Error, OSError):
            if _is_of_earlier_version(copy):
                earlier = earlier or copy
            elif verify_file(copy).is_sound:
                return Plan(verdict.wrong, copy, _newer(folder / project_folder.DATABASE, copy))
    if earlier:
        return Plan(verdict.wrong, earlier, _newer(folder / project_folder.DATABASE, earlier))
    return Plan(verdict.wrong, can_be_done=False)


def repair(folder: Path, what: Plan, progress: Progress = lambda share: None) -> list[str]:
    """Carry a plan out. returns : what was done, in sentences. raises : ProjectBusy, ProjectError, NotWritten"""
    folder = full_path(folder)
    if not what.damage:
        return ["Nothing is damaged."]
    if not what.can_be_done:
        raise ProjectError("There is no sound copy of an earlier day.", f"Look for one of {folder.name} elsewhere.")
    if what.copy is None:
        with Project.open(folder, create=False) as project:
            _make_anew(project, progress)
        return ["What holds today was made again from the log of acts."]
    damaged = folder / project_folder.DATABASE
    done: list[str] = []
    # Whole before it takes the place: a kill in between leaves the damaged database, and nothing that looks sound.
    staged = folder / project_folder.BACKUPS / f".{uuid.uuid4().hex}.unfinished"
    try:
        staged.mkdir(mode=0o700)
        shutil.copyfile(what.copy, staged / project_folder.DATABASE)
        if damaged.exists():
            with closing(Database(staged / project_folder.DATABASE)) as database:
                done = _added(database, damaged)
        restore(folder, staged / project_folder.DATABASE)
    except OSError as error:
        raise NotWritten(f"{what.copy.name} cannot be put back ({why(error)}).", "Free some space.") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    Project.open(folder, create=False).close()
    return [f"{what.copy.name} has taken the database's place; the damaged one is kept beside it.", *done]


def _looked_at(folder: Path, progress: Progress) -> Verdict:
    """What is wrong; a database that cannot be read at all is a verdict too."""
    try:
        return verify(folder, progress)
    except (CesslError, sqlite3.Error) as error:
        if not (folder / project_folder.DATABASE).is_file() and not project_folder.is_emptied(folder):
            raise
        words = error.what if isinstance(error, CesslError) else f"The database cannot be read ({error})."
        return Verdict(wrong=[words])


def _make_anew(project: Project, progress: Progress) -> None:
    with project.atomic() as db:
        total = db.execute("SELECT COUNT(*) FROM acts").fetchone()[0]
        for table in ("taken_back", *state.OF_RECORDS, "model_states", "removed"):
            db.execute(f"DELETE FROM {table}")
        db.execute(f"DELETE FROM settings WHERE {state.FOLLOWING}")
        replay(db, db, lambda count: progress(count / max(total, 1)))


def _newer(damaged: Path, copy: Path) -> int:
    """How many acts a damaged database has that its copy has not, as far as they can be read."""
    ids: list[set[str]] = [set(), set()]
    for path, found in zip((damaged, copy), ids, strict=True):
        with suppress(sqlite3.Error), closing(_read(path)) as db:
            for (act_id,) in db.execute("SELECT id FROM acts"):
                found.add(act_id)
    return len(ids[0] - ids[1])


def _is_of_earlier_version(copy: Path) -> bool:
    """raises : sqlite3.Error for one that cannot be read"""
    with closing(_read(copy)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        return 0 < version < len(MIGRATIONS) and db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"


def _added(database: Database, damaged: Path) -> list[str]:
    """Add to a copy what the damaged database has beyond it, as far as its chains are whole and signed."""
    here = {one.id: one.number for one in union.known(database)}
    try:
        with closing(_read(damaged)) as db:
            heads = db.execute(
                "SELECT d.*, h.number, h.hash, h.signed_by, h.signature FROM devices AS d JOIN heads AS h"
                " ON h.device = d.id"
            ).fetchall()
            devices = [Known(*row) for row in heads]
            more = []
            for one in devices:
                query = "SELECT * FROM acts WHERE device = ? AND number > ? ORDER BY number"
                more += list(acts(db.execute(query, (one.id, here.get(one.id, 0))).fetchall()))
        taken = union.take(database, devices, more)
    except (CesslError, sqlite3.Error, ValueError, TypeError):
        return ["No later acts could be read in the damaged database."]
    return [f"{counted(taken.acts, 'later act')} could be added to it.", *taken.refused]


def _read(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA trusted_schema = OFF")
    return db
