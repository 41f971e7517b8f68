"""Steps that are undone and redone behind the window: of several ECGs, of an import, of merged statements."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import ReadingState
from cessl_gui.store.log.acts import Act
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART

CLOSED = (ReadingState.CONFIRMED, ReadingState.EXCLUDED)
TOGETHER, BROUGHT_TOGETHER = 20, 50  # acts in one transaction, for which who labels meanwhile waits: some 50 ms

Pairs = Sequence[tuple[Act, Act]]  # acts that are taken back, each with the act that this concerns


@dataclass
class Back:
    """What came of it.

    records : ids of the records concerned, without those of an import; count : acts of an import
    left    : labels of an import whose readings have been closed in the meantime: they stay as they are
    """

    records: dict[str, None] = field(default_factory=dict)
    count: int = 0
    left: int = 0


def step_back(project: Project, reader: str, way: str, task: Task = NOBODY_WAITS) -> Back:
    """Undo or redo (`way`) the latest step of a reader, some acts in each transaction.

    An import holds as long as anything that it brought may hold, so that undo finds it wherever this breaks off.

    raises : Cancelled, ProjectError; what was done by then stays so, and the next undo (or redo) takes the rest; of an
             import that was brought back in part, undo takes all, and redo after it brings all
    """
    project.records.check_writable()
    pairs, back = project.steps.pairs(reader, way), Back()
    brought = project.steps.brought(pairs, way)
    if way == "undo":
        take_brought(project, brought, reader, way, back, task=task)
    _take(project, pairs, reader, way, back, task=task)
    if way == "redo":
        take_brought(project, brought, reader, way, back, task=task)
    return back


def _take(project: Project, pairs: Pairs, reader: str, way: str, back: Back, *, task: Task) -> None:
    step = new_step()
    steps = task.steps("Undoing" if way == "undo" else "Redoing", len(pairs))
    done = 0
    for end in range(len(pairs), 0, -TOGETHER):  # from the last one on, as undo does
        task.check()
        part = pairs[max(0, end - TOGETHER) : end]
        with project.atomic():
            project.steps.take(part, reader, way, step)
        records = (project.records.of_content(act.record) for _, act in part if act.record)
        back.records |= dict.fromkeys(filter(None, records))
        done += len(part)
        steps.done(done)
        time.sleep(0.001)  # whoever waits to write has a turn


def take_brought(project: Project, pairs: Pairs, reader: str, way: str, back: Back, *, task: Task) -> None:
    """Take back, or bring back, what an import brought. Labels of readings that are closed by now are left.

    raises : as step_back
    """
    steps, step = task.steps("Taking back" if way == "undo" else "Taking in", len(pairs)), uuid.uuid4().hex
    for begin in range(0, len(pairs), BROUGHT_TOGETHER):
        task.check()
        part = pairs[begin : begin + BROUGHT_TOGETHER]
        with project.atomic():
            open_ones = [pair for pair in part if not _is_closed(project, pair[1])]
            project.steps.take(open_ones, reader, way, step)
        back.count, back.left = back.count + len(open_ones), back.left + len(part) - len(open_ones)
        steps.done(begin + len(part))
        time.sleep(0.001)


def _is_closed(project: Project, act: Act) -> bool:
    """Whether a label is part of a closed reading: the one that is shown, or its own reader's.

    Others' confirmations do not bind who reads apart from them.
    """
    record_id = project.records.of_content(act.record) if act.kind == "label" else ""
    if not record_id:
        return False
    state = project.records.standing(record_id)[0]
    is_apart = state == ReadingState.CONFIRMED and act.reader in project.settings.get(APART, [])
    return (state in CLOSED and not is_apart) or project.readers.reading_of(record_id, act.reader) in CLOSED
