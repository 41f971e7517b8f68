"""Undo and redo: at once what concerns one ECG or the panel; behind the window what concerns more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader import several
from cessl_gui.bridge.reader.panel import as_seen
from cessl_gui.bridge.reader.step_words import words
from cessl_gui.bridge.reader.undo import MANY, concerned, refreshed, why_not
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState
from cessl_gui.store.log import counting_as
from cessl_gui.store.log.acts import Act
from cessl_gui.store.log.steps import IMPORT
from cessl_gui.store.project import Project
from cessl_gui.tasks.steps_back import step_back

if TYPE_CHECKING:
    from cessl_gui.bridge.reader.reading import Reading
    from cessl_gui.bridge.session import Session

UNDO, REDO = "undo", "redo"
STAY_MERGED = (
    " Another reader has merged them too, so they stay merged: Statements > Merge into another > Take apart ends it for"
    " all."
)
STAYS = ". Nothing is to be seen of it, as others have chosen the same since"


class Stepped(NamedTuple):
    """done : what was undone or redone, in words; record_id : of the record concerned, "" for the panel"""

    done: str
    record_id: str


class SteppedBehind(NamedTuple):
    """What came of a step behind the window. states : where records of a move stand now, where nothing else changed"""

    states: dict[str, ReadingState]
    sentence: str


def step(session: Session, way: str) -> Stepped | None:
    """Undo or redo the latest step of the reader.

    returns : None where there is none, where it may not be, and where it has begun behind the window: `several.ended`
              shows what came of it, a SteppedBehind
    """
    acts = concerned(session.project, session.reader, way)
    if _is_long(acts):
        if not several.is_busy(session) and not _is_taking(session, acts):
            done = words(acts, session.vocabulary())
            project, reader = session.project, session.reader
            is_move = all(act.kind == "reading" for act in acts)
            session._runner.start(
                TaskKind.MOVE, lambda task: _behind(project, reader, way, task, done=done, is_move=is_move)
            )
        return None
    done, before = words(acts, session.vocabulary()), as_seen(session)
    record_id = at_once(session, way)
    if record_id is None:
        return None
    stays = STAYS if record_id == "" and as_seen(session) == before else ""
    return Stepped(done + stays, record_id)


def _is_taking(session: Session, acts: Sequence[Act]) -> bool:
    """Whether what an import brings still comes, which is said then: the rest would come after its undo."""
    runs = TaskKind.TAKE_LABELS in session.busy or TaskKind.TAKE_MARKS in session.busy
    is_taking = runs and any(act.kind == IMPORT for act in acts)
    if is_taking:
        session.problem.emit("The import still runs.", "Wait for it to end, or cancel it.", "")
    return is_taking


def at_once(reading: Reading, way: str) -> str | None:
    """The same in this thread, however long it takes.

    returns : the record concerned, the first of several; "" for the panel; None where nothing was done
    """
    steps, reader = reading.project.steps, reading.reader
    acts = steps.to_undo(reader) if way == UNDO else steps.to_redo(reader)
    ids = _records(reading.project, acts)
    why = why_not(reading.project, ids[0], acts) if ids else ""
    if why:
        reading.problem.emit("This would change a reading that is closed.", why, "")
    if why or not acts:
        return None
    took: list[Act] = []
    take = steps.undo if way == UNDO else steps.redo
    if not reading._committed(lambda: took.extend(take(reader, *([reading._in_sight(ids[0])] if ids else [])))):
        return None
    _show(reading, took)
    return ids[0] if ids else ""


def _show(reading: Reading, acts: Sequence[Act]) -> None:
    """Memory and views follow what is on disk."""
    kinds = refreshed(acts)
    for record_id in _records(reading.project, acts):
        reading._labels[record_id] = reading.project.labels.current(record_id)
        reading._announce(record_id, kinds)
    if ChangeKind.SETTINGS in kinds:
        reading.changed.emit(Change(ChangeKind.SETTINGS))
    reading.changed.emit(Change(ChangeKind.UNDO))


def _records(project: Project, acts: Sequence[Act]) -> list[str]:
    contents = dict.fromkeys(act.record for act in acts if act.record)
    return list(filter(None, map(project.records.of_content, contents)))


def _is_long(acts: Sequence[Act]) -> bool:
    """Whether a step is more than what one key may wait for."""
    is_bulk = any(act.kind == IMPORT or act.content.get("key") == counting_as.SETTING for act in acts)
    return is_bulk or len(acts) > MANY or len({act.record for act in acts if act.record}) > 1


def _behind(project: Project, reader: str, way: str, task: Task, *, done: str, is_move: bool) -> SteppedBehind:
    merges = _merges(project, reader, way)
    back = step_back(project, reader, way, task)
    states = {i: project.records.standing(i)[0] for i in back.records} if is_move else {}
    left = back.left_words(project, way)
    stay = STAY_MERGED if way == UNDO and merges & {*project.settings.get(counting_as.SETTING, [])} else ""
    return SteppedBehind(states, f"{'Undone' if way == UNDO else 'Redone'}: {done}.{left}{stay}")


def _merges(project: Project, reader: str, way: str) -> set[str]:
    """The merges that a step made."""
    said = [act.content for act in concerned(project, reader, way)]
    return {one for c in said if c.get("key") == counting_as.SETTING for one in {*c["new"]} - {*c["old"]}}
