"""Recordings on their way to the model, some at once: read, judged, and made into what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.types import Record
from cessl_gui.ecg.gate import Verdict, judge
from cessl_gui.tasks.models.modelling import input_of

Name = TypeVar("Name")
HELD_BYTES = 64 << 20


class Shown(NamedTuple):
    """What a model is shown of one record. x : float32 (12, 6144); measured : what it reads beside the signal"""

    x: np.ndarray
    measured: np.ndarray


@dataclass
class Prepared(Generic[Name]):
    """What is known of a recording.

    record : without its signal, once it is shown
    shown  : None where it is no ECG
    error  : what ended the work on it
    """

    name: Name
    record: Record | None = None
    verdict: Verdict | None = None
    shown: Shown | None = None
    error: Exception | None = None


def prepared(
    names: Sequence[Name], read: Callable[[Name], Record], measured: Callable[[Name, Record], np.ndarray]
) -> list[Prepared[Name]]:
    """All of them in the order of their names; whatever one brings about but Cancelled, the others go on.

    One step is done for all before the next one, as far as their signals take no more than HELD_BYTES: what a step
    needs stays in the processor's cache, and a prediction takes a tenth less time.
    """
    coming = [Prepared(name) for name in names]

    def begin(one: Prepared[Name]) -> None:
        one.record = read(one.name)

    def look(one: Prepared[Name]) -> None:
        assert one.record is not None
        one.verdict = judge(one.record)

    def show(one: Prepared[Name]) -> None:
        assert one.record is not None
        assert one.verdict is not None
        x = input_of(one.record, one.verdict)
        one.shown = None if x is None else Shown(x, measured(one.name, one.record))
        one.record = replace(one.record, signal_mv=one.record.signal_mv[:, :0].copy())

    done, held = 0, 0
    for count, one in enumerate(coming, 1):
        _try(begin, [one])
        held += one.record.signal_mv.nbytes if one.record else 0
        if held > HELD_BYTES or count == len(coming):
            _try(look, coming[done:count])
            _try(show, coming[done:count])
            done, held = count, 0
    return coming


def _try(work: Callable[[Prepared[Name]], None], some: Iterable[Prepared[Name]]) -> None:
    for one in some:
        if one.error is None:
            try:
                work(one)
            except Cancelled:
                raise
            except Exception as error:
                one.record, one.error = None, error
