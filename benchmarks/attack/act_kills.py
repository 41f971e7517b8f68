"""kill -9 while many labels are given at once, undone, taken in from a file, or counted as another statement.

Each kill is of a fresh copy of one project. It is opened again: what was acknowledged is there, what is done at once is
there whole or not at all, what goes in steps goes on, and `verify` finds nothing.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.attack.kills import killed
from benchmarks.attack.project_files import RECORDS, STATES, made
from benchmarks.attack.watch import Tally, watched
from cessl_gui.store.care.verify import verify
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import DATABASE, Project
from cessl_gui.tasks import merging_statements
from cessl_gui.tasks.labels import label_columns, label_import, taking_labels
from cessl_gui.tasks.labels.label_tables import read_table

READER, OWN, OTHER = "dr kill", "local:own", "local:other"
AT_ONCE, OF_FILE = 80, 50  # labels given at once; statements of each record in a file
SLOWEST_S = {"giving many labels": 0.7, "undoing": 0.7, "merging statements": 0.7, "importing labels": 1.2}

Say = Callable[[str], None]


def attack(seed: int, count: int) -> list[Tally]:
    """count : kills of each kind"""
    rng = np.random.default_rng(seed)
    tallies = {what: Tally(f"kills while {what}") for what in SLOWEST_S}
    counting_as.AT_ONCE, counting_as.TOGETHER = 2, 1  # as where records are many: a transaction for each
    with tempfile.TemporaryDirectory() as outer:
        sound = Path(outer) / "sound.cessl"
        watched(lambda: made(sound) | _labelled(sound))
        _file(Path(outer) / "labels.csv")
        for number in range(count):
            for what, (work, look) in WORKS.items():
                folder = Path(outer) / f"{what} {number}.cessl"
                shutil.copytree(sound, folder)
                delay_s = 0.05 + float(rng.random()) * SLOWEST_S[what]
                said = killed(lambda say, f=folder, do=work: do(f, say), delay_s)
                outcome = watched(lambda f=folder, s=said, look=look: _looked_at(f, s, look))
                answer = outcome.answer or {}
                tallies[what].take(f"{number} after {delay_s:.2f} s", outcome, answer.get("wrong", ""))
                shutil.rmtree(folder)
    return list(tallies.values())


def _looked_at(folder: Path, said: list[str], look: Callable[[Path, list[str]], list[str]]) -> dict:
    with Project.open(folder):
        pass
    wrong = [*verify(folder).wrong[:3], *look(folder, said), *verify(folder).wrong[:3]]
    return {"wrong": "; ".join(wrong)} if wrong else {"acknowledged": len(said)}


def _labelled(folder: Path) -> dict:
    with Project.open(folder) as project:
        project.settings.set("statements", [OWN])
        project.labels.set_many([(f"r{number}", OWN, STATES[number % 3]) for number in range(RECORDS)], "dr a")
    return {}


def _file(path: Path) -> None:
    rows = [f"ECG {n},local:f{c},{STATES[c % 3]}" for n in range(RECORDS) for c in range(OF_FILE)]
    path.write_text("\n".join(["record,statement,state", *rows]))


def _kept(folder: Path) -> list[tuple[str, str, dict]]:
    """(how, what it takes back, payload) of all acts of the reader, in their order."""
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        rows = db.execute(
            "SELECT how, takes_back, payload FROM acts WHERE reader = ? ORDER BY seq", (READER,)
        ).fetchall()
    return [(how, target, json.loads(payload)) for how, target, payload in rows]


# --- many at once


def _many(folder: Path, say: Say) -> None:
    with Project.open(folder) as project:
        for number in range(1000):
            changes = [(f"r{i % RECORDS}", f"local:{number} {i}", STATES[i % 3]) for i in range(AT_ONCE)]
            project.labels.set_many(changes, READER, step=new_step())
            say(f"{number}")


def _many_whole(folder: Path, said: list[str]) -> list[str]:
    counts = Counter(payload["code"].split()[0] for _, _, payload in _kept(folder))
    wrong = [f"{counts[one]} of {AT_ONCE} labels are kept" for one in counts if counts[one] != AT_ONCE]
    return wrong + [f"what was acknowledged, {one}, is lost" for one in said if f"local:{one}" not in counts]


# --- undo


def _undo(folder: Path, say: Say) -> None:
    with Project.open(folder) as project:
        for number in range(1000):
            project.labels.set("r1", f"local:{number}", STATES[number % 3], READER, step=new_step())
            say("label")
            project.steps.undo(READER)
            say("undo")
            project.steps.redo(READER)
            say("redo")


def _undo_whole(folder: Path, said: list[str]) -> list[str]:
    kept = ["undo" if how == "undo" else "redo" if how == "redo" else "label" for how, _, _ in _kept(folder)]
    fits = kept[: len(said)] == said and len(kept) <= len(said) + 1
    return [] if fits else [f"{len(said)} acts acknowledged, {len(kept)} kept, or others"]


# --- one statement counted as another


def _statements(folder: Path, say: Say) -> None:
    with Project.open(folder) as project:
        for _ in range(1000):
            merging_statements.merge(project, OWN, OTHER, READER)
            say("merged")
            merging_statements.take_apart(project, OWN, READER)
            say("apart")


def _statements_whole(folder: Path, said: list[str]) -> list[str]:
    with Project.open(folder) as project:
        wrong = ["labels do not follow yet"] if counting_as.to_bring_in(project._database.connection) else []
        held = bool(merging_statements.merges(project))
        kept = [payload for _, _, payload in _kept(folder) if payload.get("key") == counting_as.SETTING]
        if len(kept) not in (len(said), len(said) + 1) or held != bool(len(kept) % 2):
            wrong.append(f"{len(said)} merges acknowledged, {len(kept)} kept")
        wrong += _counts(project, RECORDS * held)
        merging_statements.take_apart(project, OWN, READER)
        wrong += _counts(project, 0)
    return wrong


def _counts(project: Project, expected: int) -> list[str]:
    own, others = (_by_a(project, code) for code in (OWN, OTHER))
    right = (own, others) == (RECORDS, expected)
    return [] if right else [f"{own} labels of one statement, {others} of the other, and {expected} expected"]


def _by_a(project: Project, code: str) -> int:
    return sum(of.get("dr a", {}).get(code) is not None for of in project.readers.by_reader().values())


# --- a file of labels


def _import(folder: Path, say: Say) -> None:
    with Project.open(folder) as project:
        for _ in range(1000):
            taking_labels.take_in(project, _seen(project, folder), file="labels.csv")
            say("in")
            taking_labels.take_back(project, READER)
            say("back")


def _seen(project: Project, folder: Path) -> label_import.Preview:
    table = read_table(folder.with_name("labels.csv"))
    return label_import.preview(project, table, label_columns.guess(table), READER)


def _import_whole(folder: Path, said: list[str]) -> list[str]:
    """What broke off can be taken back, and taken in whole."""
    with Project.open(folder) as project:
        while taking_labels.last_taken(project):
            taking_labels.take_back(project, READER)
        left = len(_of_reader(project))
        taking_labels.take_in(project, _seen(project, folder), file="labels.csv")
        wrong = [] if not left else [f"{left} labels stayed after all was taken back"]
        count = len(_of_reader(project))
        return wrong + ([] if count == RECORDS * OF_FILE else [f"{count} of {RECORDS * OF_FILE} labels of the file"])


def _of_reader(project: Project) -> list[tuple[str, str]]:
    return [(record, code) for record, of in project.readers.by_reader().items() for code in of.get(READER, {})]


WORKS = {
    "giving many labels": (_many, _many_whole),
    "undoing": (_undo, _undo_whole),
    "merging statements": (_statements, _statements_whole),
    "importing labels": (_import, _import_whole),
}
