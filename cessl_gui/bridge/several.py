"""What is done with several records at once: one transaction, on disk before the window shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cessl_gui.bridge.undo import Edit, ReadingChange, Stamp
from cessl_gui.core.types import Change, ReadingState

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
    edits = [
        Edit(
            i, (ReadingChange(session.info(i).reading, state),), "included" if _is_included(session, i) else str(state)
        )
        for i, state in states.items()
    ]

    def commit() -> None:
        with session.project.atomic():
            for edit in edits:
                edit.write(session.project, Stamp(session.reader, "set"))

    if not edits or not session._committed(commit):
        return 0
    for edit in edits:
        session._infos[edit.record_id] = session.project.records.get(edit.record_id)
        session._sight.moved(session._infos[edit.record_id])
        session._history.add(edit)
    session.changed.emit(Change("reading", tuple(states)))
    session.changed.emit(Change("undo"))
    return len(edits)


def _is_included(session: Session, record_id: str) -> bool:
    return session.info(record_id).reading == ReadingState.EXCLUDED
