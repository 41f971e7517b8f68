"""What is done with several records at once: on disk, behind the window, before the window shows it.

It is one step, which is undone as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader.undo import MANY, before_exclusion, concerned, words_of_reading
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome, ReadingState
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

CLOSED = (ReadingState.CONFIRMED, ReadingState.EXCLUDED)
TOGETHER = 20  # in one transaction: a label that is given meanwhile waits for one

Where = Callable[[Project, str, ReadingState], ReadingState | None]  # a record is to go; None: it stays


class Moved(NamedTuple):
    """states : where each record went; asked : how many were meant; done : "deferred", "excluded" or "included"
    back : "Undone" or "Redone", where that is what was done
    """

    states: dict[str, ReadingState]
    asked: int
    done: str
    back: str = ""


def defer(session: Session, ids: Sequence[str]) -> bool:
    """Put records off in the background; confirmed and excluded ones stay. `ended` brings a Moved.

    returns : whether it has begun
    """
    stay = (*CLOSED, ReadingState.DEFERRED)
    return _start(session, ids, "deferred", lambda _p, _id, now: None if now in stay else ReadingState.DEFERRED)


def toggle_excluded(session: Session, ids: Sequence[str]) -> bool:
    """Exclude records, or include them where all are excluded; confirmed ones stay as they are. As `defer`."""
    of, excluded = session.columns().rows.of, session.columns().is_in(ReadingState.EXCLUDED)
    if all((row := of(i)) is not None and excluded[row] for i in ids):
        return _start(session, ids, "included", lambda project, i, now: before_exclusion(project, i))
    return _start(session, ids, "excluded", lambda _p, _id, now: None if now in CLOSED else ReadingState.EXCLUDED)


def step_back(session: Session, way: str) -> bool:
    """Undo or redo the latest step in the background, where it concerns several records; as `defer`.

    way : "undo" or "redo";  returns : False where it concerns one record or none, which the session does itself
    """
    project, reader = session.project, session.reader
    if len({act.record for act in concerned(project, reader, way) if act.record}) < 2:
        return False
    if not _is_busy(session):
        session._runner.start(TaskKind.MOVE, lambda task: _stepped(project, reader, way, task))
    return True


def _is_busy(session: Session) -> bool:
    if TaskKind.MOVE in session.busy:
        session.problem.emit("ECGs are still being moved.", "Wait for it to end, or cancel it.", "")
    return TaskKind.MOVE in session.busy


def _start(session: Session, ids: Sequence[str], done: str, where: Where) -> bool:
    if _is_busy(session):
        return False
    project, reader, asked = session.project, session.reader, tuple(ids)
    session._runner.start(
        TaskKind.MOVE, lambda task: Moved(_moved(project, asked, where, reader, task), len(asked), done)
    )
    return True


def _moved(project: Project, ids: Sequence[str], where: Where, reader: str, task: Task) -> dict[str, ReadingState]:
    """raises : Cancelled, ProjectError; what was moved by then stays"""
    states: dict[str, ReadingState] = {}
    project.records.check_writable()
    steps, step = task.steps("Moving", len(ids)), new_step()
    for begin in range(0, len(ids), TOGETHER):
        task.check()
        with project.atomic():
            for record_id in ids[begin : begin + TOGETHER]:
                state = where(project, record_id, project.records.standing(record_id)[0])
                if state is not None:
                    project.records.set_reading(record_id, state, reader, step=step)
                    states[record_id] = state
        steps.done(min(begin + TOGETHER, len(ids)))
        time.sleep(0.001)  # whoever waits to write has a turn
    return states


def _stepped(project: Project, reader: str, way: str, task: Task) -> Moved:
    """raises : Cancelled, ProjectError; what was undone by then stays so, and the next undo (or redo) takes the rest"""
    project.records.check_writable()
    pairs, step, states = project.steps.pairs(reader, way), new_step(), dict[str, ReadingState]()
    steps, done = task.steps("Moving", len(pairs)), words_of_reading(pairs[0][1].content)
    for end in range(len(pairs), 0, -TOGETHER):  # from the last one on, as undo does
        task.check()
        part = pairs[max(0, end - TOGETHER) : end]
        with project.atomic():
            project.steps.take(part, reader, way, step)
            ids = filter(None, (project.records.of_content(act.record) for _, act in part))
            states |= {record_id: project.records.standing(record_id)[0] for record_id in ids}
        steps.done(len(states))
        time.sleep(0.001)
    return Moved(states, len(states), done, "Undone" if way == "undo" else "Redone")


def ended(session: Session, outcome: Outcome) -> None:
    """Memory and views follow what is on disk."""
    if outcome.ending != Ending.FINISHED or len(outcome.result.states) > MANY:
        session.read_again()
        return
    for record_id, state in outcome.result.states.items():
        session._infos[record_id] = replace(session._infos[record_id], reading=state)
        session._sight.moved(session._infos[record_id])
    session.changed.emit(Change(ChangeKind.READING, tuple(outcome.result.states)))
    session.changed.emit(Change(ChangeKind.UNDO))
