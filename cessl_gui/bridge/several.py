"""What is done with several records at once: one transaction, on disk before the window shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cessl_gui.bridge.undo import Edit, ReadingChange, Stamp
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.types import ReadingState
from cessl_gui.store.steps import new_step

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

CLOSED = (ReadingState.CONFIRMED, ReadingState.EXCLUDED)


def defer(session: Session, ids: Sequence[str]) -> int:
    """Put records off; confirmed and excluded ones stay. Returns how many were."""
    open_ones = [i for i in ids if session.info(i).reading not in (*CLOSED, ReadingState.DEFERRED)]
    return _move(session, dict.fromkeys(open_ones, ReadingState.DEFERRED))


def toggle_excluded(session: Session, ids: Sequence[str]) -> tuple[int, bool]:
    """Exclude records, or include them where all are excluded; confirmed ones stay as they are.

    returns : how many were moved, and whether they were excluded
    """
    states = {i: session.info(i).reading for i in ids}
    if set(states.values()) == {ReadingState.EXCLUDED}:
        return _move(session, {i: session._before_exclusion(i) for i in ids}), False
    return _move(session, {i: ReadingState.EXCLUDED for i, state in states.items() if state not in CLOSED}), True


def _move(session: Session, states: dict[str, ReadingState]) -> int:
    edits = [Edit(i, (ReadingChange(session.info(i).reading, state),)) for i, state in states.items()]

    def commit() -> None:
        with session.project.atomic():
            for edit in edits:
                edit.write(session.project, Stamp(session.reader, "set", step=new_step()))

    if not edits or not session._committed(commit):
        return 0
    for record_id in states:
        session._infos[record_id] = session.project.records.get(record_id)
        session._sight.moved(session._infos[record_id])
    session.changed.emit(Change(ChangeKind.READING, tuple(states)))
    session.changed.emit(Change(ChangeKind.UNDO))
    return len(edits)
