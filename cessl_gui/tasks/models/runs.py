"""How the last training of a project ended. It counts as failed from its first moment, as a killed one has to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from cessl_gui.core.errors import Cancelled, CesslError, MemoryShort, TooFewLabels, memory_ran_out
from cessl_gui.store.project import Project
from cessl_gui.store.sqlite.database import now_utc

LAST = "last training"  # the setting: [when it began, why it failed]; empty where it did not
KILLED = "The program ended before the training did, or the disk was full."
P = ParamSpec("P")
T = TypeVar("T")
KEPT = "The model and all labels are as they were."


@dataclass(frozen=True)
class FailedRun:
    """started_utc : when it began; reason : a sentence"""

    started_utc: str
    reason: str


def last_failed(project: Project) -> FailedRun | None:
    """The last training, where it failed and no other has ended since. One that runs counts as failed."""
    said = project.settings.get(LAST, [])
    if isinstance(said, list) and len(said) == 2 and all(isinstance(text, str) for text in said):
        return FailedRun(*said)
    return None


def marked(train: Callable[Concatenate[Project, P], T]) -> Callable[Concatenate[Project, P], T]:
    """A training of a project that is marked as failed unless it ends well, is cancelled or lacks labels.

    raises : what it raises, and MemoryShort where memory ran out; ProjectError where the project takes no mark: then
             nothing is begun
    """

    @functools.wraps(train)
    def run(project: Project, /, *given: P.args, **more: P.kwargs) -> T:
        started = now_utc()
        project.settings.set(LAST, [started, KILLED])
        try:
            made = train(project, *given, **more)
        except (Cancelled, KeyboardInterrupt, TooFewLabels):  # by a person, or before it began
            _mark(project, [])
            raise
        except BaseException as error:
            short = MemoryShort() if memory_ran_out(error) else None
            _mark(project, [started, _sentence(short or error)])
            if short:
                raise short from error
            raise
        _mark(project, [])
        return made

    return run


def _mark(project: Project, said: list[str]) -> None:
    with suppress(CesslError):  # a full disk: the first mark stays, and the training's own words are said
        project.settings.set(LAST, said)


def _sentence(error: BaseException) -> str:
    if isinstance(error, CesslError):
        return error.what
    return f"Something in the program failed: {error or type(error).__name__}."
