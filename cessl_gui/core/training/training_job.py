"""What one fine-tuning is asked to do, and the names of what it may adapt."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Mode(enum.StrEnum):
    """What a person asks to be adapted."""

    AUTO = "auto"  # what the folds find best
    OUTPUT = "output"  # the output layer alone
    FAST = "fast"  # CE-SSL on the upper layers
    EXACT = "exact"  # CE-SSL on all layers, as published


class Method(enum.StrEnum):
    """What was adapted. Stored with each version."""

    CURRENT = "current"  # nothing: the model that was there before
    OUTPUT_LAYER = "output layer"
    FAST = "fast"
    EXACT = "exact"


@dataclass(frozen=True)
class TrainingJob:
    """Everything one fine-tuning needs, JSON-able: a snapshot, so labelling can go on meanwhile.

    labels   : record id -> code -> State value; codes not there are not assessed
    patients : record id -> patient key; every labelled record has one (its own id where unknown)
    unusable : records that could not be read, or are no ECG that a model can judge; known once it has been done
    taught   : patients that the current model learned from: what it says of them shows nothing
    sensitivity : code -> share of those who have it that the threshold is to find, 0..1; without: the best F2
    """

    id: str
    backbone: str
    statements: tuple[str, ...]
    labels: dict[str, dict[str, str]]
    patients: dict[str, str]
    unlabelled: tuple[str, ...]
    seed: int = 0
    mode: Mode = Mode.AUTO
    device: str = "auto"
    taught: tuple[str, ...] = ()
    uncertain: str | None = None  # the State that an uncertain statement is learned as; None: it is left out
    sensitivity: dict[str, float] = field(default_factory=dict)
    unusable: tuple[str, ...] = ()
