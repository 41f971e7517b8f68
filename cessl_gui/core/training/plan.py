"""What a training would learn from, told before it begins."""

from __future__ import annotations

from dataclasses import dataclass

from cessl_gui.core.plural import counted
from cessl_gui.core.training.pace import time_left
from cessl_gui.core.training.training_job import Mode

OUTPUT_S = 0.14  # for each labelled ECG, on two cores: docs/learning.md
ALL_LAYERS_S = 6  # for each labelled ECG, reckoned from a step of the small network on two cores: docs/benchmarks.md


@dataclass(frozen=True)
class Counted:
    """Labels of one statement: ECGs and patients that have it, and that have it not.

    more, more_absent : how many more patients who have it, and have it not, before it can be learned; 0 where it can
    """

    code: str
    present: int
    absent: int
    patients: int
    patients_absent: int
    more: int = 0
    more_absent: int = 0

    @property
    def can_be_learned(self) -> bool:
        return not self.more and not self.more_absent


@dataclass(frozen=True)
class Plan:
    """start : name of the base model it starts from; against : of the version that it is compared with, "" for that one
    megabytes : what it takes of memory, estimated
    n_unlabelled : that there are; n_read : ECGs that it reads, the unlabelled ones only where CE-SSL is tried
    kind    : what it takes its time for
    seconds : by what the last training of this kind on this machine took; None before the first
    """

    start: str
    statements: tuple[Counted, ...]
    n_labelled: int
    n_patients: int
    n_unlabelled: int
    n_read: int
    kind: Mode
    seconds: float | None
    megabytes: int
    enough: int
    against: str = ""

    @property
    def sentence(self) -> str:
        """What it learns from. Of unlabelled ECGs only where they take part."""
        labelled = f"{counted(self.n_labelled, 'labelled ECG')} of {counted(self.n_patients, 'patient')}"
        unlabelled = counted(self.n_unlabelled, "unlabelled ECG")
        compared = f"; compared with {self.against}" if self.against else ""
        if self.kind == Mode.OUTPUT:
            start = f"From {self.start}, with {labelled}{compared}."
            take = f"{unlabelled} {'takes' if self.n_unlabelled == 1 else 'take'} no part"
            return f"{start} {take}: CE-SSL, which learns from them, is tried with more labels, or when asked for."
        return f"From {self.start}, with {labelled} and {unlabelled}{compared}."

    @property
    def time(self) -> str:
        """How long it takes, in words."""
        if self.seconds is not None:
            return time_left(self.seconds).removesuffix(" left")
        if self.kind == Mode.OUTPUT:
            other = f"{time_left(OUTPUT_S * self.n_labelled).removesuffix(' left')} on two cores"
        elif self.kind == Mode.FAST:
            other = "some minutes on two cores"
        else:
            minutes = max(1, round(ALL_LAYERS_S * self.n_labelled / 60))
            other = f"all layers take some {minutes} min on two cores, less on a graphics card"
        return f"not measured on this machine yet; {other}"
