"""Recordings on their way to the model, some at once: read, judged, and made into what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from cessl_gui.core.types import Record
from cessl_gui.ecg.gate import Verdict, judge
from cessl_gui.tasks.models.modelling import input_of

Name = TypeVar("Name")


class Shown(NamedTuple):
    """What a model is shown of one record. x : float32 (12, 6144); measured : what it reads beside the signal"""

    x: np.ndarray
    measured: np.ndarray


@dataclass
class Prepared(Generic[Name]):
    """What is known of a recording. shown : None where it is no ECG; error : what ended the work on it"""

    name: Name
    record: Record | None = None
    verdict: Verdict | None = None
    shown: Shown | None = None
    error: Exception | None = None


def prepared(
    names: Sequence[Name], read: Callable[[Name], Record], measured: Callable[[Name, Record], np.ndarray]
) -> list[Prepared[Name]]:
    """All of them in the order of their names; whatever one brings about, the others go on.

    One step is done for all before the next one: what a step needs stays in the processor's cache, and a prediction
    takes a tenth less time.
    """
    coming = [Prepared(name) for name in names]

    def step(work: Callable[[Prepared[Name]], None]) -> None:
        for one in coming:
            if one.error is None:
                try:
                    work(one)
                except Exception as error:
                    one.error = error

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

    for work in (begin, look, show):
        step(work)
    return coming
