"""What is done with several records at once: on disk, behind the window, before the window shows it.

It is one step, which is undone as a whole; see stepping.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader.undo import MANY, before_exclusion
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.plural import counted
from cessl_gui.core.task import Task
from cessl_gui.core.types import Ending, Outcome, ReadingState
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

CLOSED = (ReadingState.CONFIRMED, ReadingState.EXCLUDED)
MOVES = ("deferred", "excluded", "included")  # words for what is done here
TOGETHER = 20  # in one transaction: a label that is given meanwhile waits for one

Where = Callable[[Project, str, ReadingState], ReadingState | None]  # a record is to go; None: it stays


class Moved(NamedTuple):
    """states : where each record went; asked : how many were meant; done : "deferred", "excluded" or "included" """

    states: dict[str, ReadingState]
    asked: int
    done: str

    @property
    def sentence(self) -> str:
        """What came of it."""
        stayed = self.asked - len(self.states)
        why = f" {stayed} stay as they are: a finished reading is reopened first." if stayed else ""
        return f"{counted(len(self.states), 'ECG')} {self.done}.{why}"


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


def is_busy(session: Session) -> bool:
    """Whether ECGs are still being moved, which is said then."""
    if TaskKind.MOVE in session.busy:
        session.problem.emit("ECGs are still being moved.", "Wait for it to end, or cancel it.", "")
    return TaskKind.MOVE in session.busy


def _start(session: Session, ids: Sequence[str], done: str, where: Where) -> bool:
    if is_busy(session):
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


def ended(session: Session, outcome: Outcome) -> None:
    """Memory and views follow what is on disk, after a move of several records or a step behind the window."""
    if outcome.ending == Ending.FINISHED and 0 < len(outcome.result.states) <= MANY:
        _show_moved(session, outcome.result.states)
    else:
        session.read_again()


def _show_moved(session: Session, states: Mapping[str, ReadingState]) -> None:
    """Records have gone to other places of the queue, on disk."""
    for record_id, state in states.items():
        session._infos[record_id] = replace(session._infos[record_id], reading=state)
        session._sight.moved(session._infos[record_id])
    session.changed.emit(Change(ChangeKind.READING, tuple(states)))
    session.changed.emit(Change(ChangeKind.UNDO))
