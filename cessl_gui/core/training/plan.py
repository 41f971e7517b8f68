"""What a training would learn from, told before it begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """Labels of one statement: ECGs and patients that have it, and that have it not.

    missing : how many more patients who have it, or have it not, before it can be learned; 0 where it can
    """

    code: str
    present: int
    absent: int
    patients: int
    patients_absent: int
    missing: int = 0


@dataclass(frozen=True)
class Plan:
    """start : name of the version it starts from; megabytes : what it takes of memory, estimated

    seconds : by what the last training on this machine took; None before the first
    """

    start: str
    statements: tuple[Counted, ...]
    n_labelled: int
    n_patients: int
    n_unlabelled: int
    seconds: float | None
    megabytes: int
    enough: int
