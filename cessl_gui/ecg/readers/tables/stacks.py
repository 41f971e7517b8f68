"""Which array of a file holds the samples, and how many recordings there are in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.readers.members import member

SIGNAL_NAMES = ("signal_mv", "tracings", "signals", "signal", "ecg", "ecgs", "p_signal", "val", "data", "x")
MOST_LEADS, LEAST_SAMPLES = 32, 64


@dataclass(frozen=True)
class Arrays:
    """What a file holds. values: name -> array, or what is read like one; said: attributes, of the file under "" """

    path: Path
    format: str
    values: Mapping[str, Any]
    said: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stack:
    """The recordings of a file. array: (recordings, ...) or, where `single`, one recording"""

    arrays: Arrays
    name: str
    array: Any
    single: bool

    def members(self) -> list[Path]:
        if self.single:
            return [self.arrays.path]
        return [member(self.arrays.path, place) for place in range(self.array.shape[0])]


def stack_of(arrays: Arrays, dataset: str = "") -> Stack:
    """The array that holds the samples.

    dataset : its name, where a person chose it
    raises  : UnreadableRecording where there is none, or where several could be it
    """
    path = arrays.path
    usable = {name: array for name, array in arrays.values.items() if is_signal(array)}
    if dataset:
        if dataset not in usable:
            raise UnreadableRecording(f"{path.name} has no samples called {dataset[:40]}.", _choose(usable))
        name = dataset
    else:
        if not usable:
            raise UnreadableRecording(f"{path.name} holds no array of samples.", "It may hold no ECG.")
        last = {name: name.rsplit("/")[-1].casefold() for name in usable}
        known = [name for word in SIGNAL_NAMES for name in usable if last[name] == word]
        if not known and len(usable) > 1:
            raise UnreadableRecording(f"{path.name} holds several arrays.", _choose(usable))
        alike = [name for name in known if last[name] == last[known[0]]]
        if len(alike) > 1:  # of several groups: what one of them says is not true of another
            raise UnreadableRecording(f"{path.name} holds several arrays of this name.", _choose(alike))
        name = (known or list(usable))[0]
    array = usable[name]
    # One of two dimensions is a recording, unless neither can be its leads: then each row is one of a single lead.
    single = array.ndim == 1 or (array.ndim == 2 and min(array.shape) <= MOST_LEADS)
    return Stack(arrays, name, array, single)


def is_signal(array: Any) -> bool:
    if array.dtype.kind not in "iuf" or not 1 <= array.ndim <= 3:
        return False
    shape = array.shape[1:] if array.ndim == 3 else array.shape
    return (
        max(shape, default=0) >= LEAST_SAMPLES and 0 not in array.shape and (array.ndim < 3 or min(shape) <= MOST_LEADS)
    )


def _choose(usable: Iterable[str]) -> str:
    return f"Choose one: --set dataset={' or '.join(list(usable)[:5]) or 'NAME'}."
