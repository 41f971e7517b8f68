"""One statement merged into another: labels of the one count as labels of the other, until they are taken apart again.

Each reader's label of the one becomes a label of the other as well, of the same reader, where that reader has said
nothing of the other. Both stay: exports and the history name both. All of it is one step of the log.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from cessl_gui.core.errors import CesslError
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import State
from cessl_gui.store.act_ids import now_utc
from cessl_gui.store.project import Project
from cessl_gui.tasks.taking_labels import CHUNK, CHUNK_BACK, chunks

KIND = "merged"
MERGED = "merged statements"  # setting: name (of the step), code, into, at_utc of each merge
_SIGHT = ("prediction_visible", "file_visible", "measurements_visible")


@dataclass(frozen=True)
class Merge:
    """name : of the step in the log. code, into : the statement that is no longer offered, and what it counts as"""

    name: str
    code: str
    into: str
    at_utc: str


def merges(project: Project) -> list[Merge]:
    """The merges that hold, the latest last."""
    return [Merge(**one) for one in project.settings.get(MERGED, [])]


def merge(project: Project, code: str, into: str, reader: str, task: Task = NOBODY_WAITS) -> int:
    """Let all labels of a statement count as labels of another; the panel offers the other alone.

    returns : how many labels that are
    raises  : CesslError where it makes no sense, Cancelled with nothing changed
    """
    if code == into:
        raise CesslError("A statement cannot be merged into itself.", "Choose another one.")
    if any(into == one.code or code == one.code for one in merges(project)):
        raise CesslError("One of the two has been merged into another statement.", "Take these apart first.")
    said = project.labels.said_of(into)
    rows = [row for row in project.labels.under(code) if (row["record_id"], row["reader"]) not in said]
    by_sight: dict[tuple, list[dict[str, Any]]] = {}
    for row in rows:
        by_sight.setdefault((row["reader"], *(row[name] for name in _SIGHT)), []).append(row)
    name = uuid.uuid4().hex
    steps, done = task.steps("Merging", len(rows)), 0
    with project.atomic():
        for (by, *sight), group in by_sight.items():
            seen: dict[str, Any] = {
                key: None if one is None else bool(one) for key, one in zip(_SIGHT, sight, strict=True)
            }
            for some in chunks(group, CHUNK):
                task.check()
                changes = [(row["record_id"], into, State(row["state"])) for row in some]
                project.labels.set_many(changes, by, kind=KIND, step=name, **seen)
                done += len(some)
                steps.done(done)
        _change_panel(project, code, into, reader, name)
        kept = {"name": name, "code": code, "into": into, "at_utc": now_utc()}
        project.settings.set(MERGED, [*project.settings.get(MERGED, []), kept])
    return len(rows)


def take_apart(project: Project, code: str, reader: str, task: Task = NOBODY_WAITS) -> int:
    """Undo the merge of a statement: labels that came by it no longer hold, what was said since stays.

    returns : how many labels no longer hold
    """
    found = next((one for one in merges(project) if one.code == code), None)
    if found is None:
        return 0
    acts = project.steps.of(found.name)
    steps, done = task.steps("Taking apart", len(acts)), 0
    with project.atomic():
        for some in chunks(acts, CHUNK_BACK):
            task.check()
            project.steps.take_back(some, reader)
            done += len(some)
            steps.done(done)
        left = [one for one in project.settings.get(MERGED, []) if one["code"] != code]
        project.settings.set(MERGED, left)
    return sum(act.kind == "label" for act in acts)


def _change_panel(project: Project, code: str, into: str, reader: str, step: str) -> None:
    """Offer the other statement in the place of the one."""
    settings = project.settings
    codes = settings.panel()
    if code in codes:
        new = [one for one in codes if one != code] if into in codes else [into if o == code else o for o in codes]
        settings.set("panel", new, reader, step)
    own = settings.get("statements", [])
    if code in own:
        settings.set("statements", [one for one in own if one != code], reader, step)
