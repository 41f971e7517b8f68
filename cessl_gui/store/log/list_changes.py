"""Changes of a list, as a panel, that were made without knowledge of each other: each moves only what it moved."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def merged(current: Sequence[str], old: Sequence[str], new: Sequence[str]) -> list[str]:
    """A list after a change from old to new that was made without knowledge of other changes: they stay.

    Where old is current, the result is new. What was removed meanwhile stays away, what was added or moved keeps its
    place; what this change adds or moves goes before what it goes before in new.
    """
    new, before, here = list(dict.fromkeys(new)), set(old), set(current)
    stay = set(_in_order(old, new))
    gone = before.difference(new)
    result = [one for one in dict.fromkeys(current) if one in stay or (one not in new and one not in gone)]
    there = set(result)
    following: str | None = None  # of new, and in the result
    for one in reversed(new):
        if one not in there and (one in here or one not in before):
            result.insert(len(result) if following is None else result.index(following), one)
            there.add(one)
        following = one if one in there else following
    return result


def _in_order(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """As many as possible of both lists that stand in the same order in both: the others were moved."""
    places = {one: place for place, one in enumerate(old)}
    both = [one for one in new if one in places]
    ends: list[int] = []  # the smallest place at which a sequence of each length ends, and which of both that is
    at: list[int] = []
    before: list[int] = []
    for number, one in enumerate(both):
        length = bisect_left(ends, places[one])
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [places[one]]
        at[length : length + 1] = [number]
    found, number = [], at[-1] if at else -1
    while number >= 0:
        found.append(both[number])
        number = before[number]
    return found[::-1]
