"""Who gave what holds after an undo: the event that the undo brought back, not the undo itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence


def origin(events: Sequence[sqlite3.Row], value: str) -> sqlite3.Row | None:
    """The event by which the latest of these came to hold: itself, or the one that an undo or redo brought back.

    events : all of one thing (a statement of a record, a mark), oldest first, each with its kind
    value  : the column that is set; a step that brings back another value than the trail has is an act of its own
    """
    done: list[sqlite3.Row] = []
    taken_back: list[sqlite3.Row] = []
    for event in events:
        if event["kind"] == "undo" and done and _value(done[:-1], value) == event[value]:
            taken_back.append(done.pop())
        elif event["kind"] == "redo" and taken_back and taken_back[-1][value] == event[value]:
            done.append(taken_back.pop())
        else:
            done.append(event)
            taken_back.clear()
    return done[-1] if done else None


def _value(events: Sequence[sqlite3.Row], value: str) -> object:
    return events[-1][value] if events else None


def origins(events: Iterable[sqlite3.Row], key: tuple[str, str], value: str) -> dict[tuple[str, str], sqlite3.Row]:
    """(record id, code or mark) -> `origin` of its events, which come oldest first."""
    of: dict[tuple[str, str], list[sqlite3.Row]] = {}
    for event in events:
        of.setdefault((event[key[0]], event[key[1]]), []).append(event)
    latest = {one: origin(some, value) for one, some in of.items()}
    return {one: event for one, event in latest.items() if event is not None}
